"""A letter handed over: set, kept sealed, and waiting for the next run of the print house."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from evenhand.adapters.typst_letters.documents import Head, collection_letter
from evenhand.adapters.typst_letters.post import LetterPost
from evenhand.adapters.typst_letters.setting import FontsMissing
from evenhand.adapters.typst_letters.signs import GENUINE_DAYS, token
from evenhand.outreach.channels import NotHanded, Outgoing
from evenhand.outreach.messages.checking import text_terms
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """The print room: where letters lie, and where the code on them leads."""

    post: LetterPost
    public_url: str
    secret: bytes = field(repr=False)
    zone: ZoneInfo
    name: str = "print"

    def hand(self, message: Outgoing) -> str:
        """Set a letter and let it wait for the next run; returns the sha256 of the PDF. The same again is the same."""
        about = message.about
        if about is None or not about.name:
            raise NotHanded("NO_NAME")
        until_on = about.on + timedelta(days=GENUINE_DAYS)
        head = Head(
            terms=text_terms(), name=about.name, address=message.to, number=str(message.id)[:18].upper(), on=about.on,
            qr=f"{self.public_url}/l/{token(message.id, self.secret, until_on=until_on)}",
        )  # fmt: skip
        letter = collection_letter(
            head, lang=message.language, title=message.subject, words=message.text, cards=about.cards,
            currency=about.currency,
        )  # fmt: skip
        try:
            return self.post.keep(message.id, letter, at=message.at)
        except FontsMissing:
            raise NotHanded("NO_FONTS", again=True) from None
        except OSError:
            raise NotHanded(
                "DISK", again=True
            ) from None  # a letter that does not lie whole goes into no run

    def copy(self, message_id: UUID) -> bytes | None:
        """A letter as it left, as PDF; None where it is not kept."""
        return self.post.pdf(message_id)


def of_settings() -> Print:
    """The print room of this installation."""
    found = config()
    keys = read_keys(found.key_file)
    return Print(
        post=LetterPost(found.lake / "letters", found.home / "print-runs", keys),
        public_url=found.public_url, secret=keys.token_key,
        zone=ZoneInfo(found.time_zone),
    )  # fmt: skip
