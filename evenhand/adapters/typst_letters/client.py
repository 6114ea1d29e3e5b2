"""A letter handed over: set, kept sealed, and waiting for the next run of the print house."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from evenhand.adapters.typst_letters.documents import Head, collection_letter
from evenhand.adapters.typst_letters.post import LetterPost
from evenhand.adapters.typst_letters.setting import FontsMissing, Letter, in_both
from evenhand.adapters.typst_letters.signs import GENUINE_DAYS, token
from evenhand.outreach.channels import About, NotHanded, Outgoing
from evenhand.outreach.messages.checking import IN_BOTH, LANGUAGES, TITLES_IN_BOTH, text_terms
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
        letter = _letter(head, message, about)
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


def _letter(head: Head, message: Outgoing, about: About) -> Letter:
    """The letter in her language, or in both."""

    def made(lang: str, title: str, words: str) -> Letter:
        return collection_letter(
            head, lang=lang, title=title, words=words, cards=about.cards, currency=about.currency
        )

    if message.language != "both":
        return made(message.language, message.subject, message.text)
    titles, words = message.subject.split(TITLES_IN_BOTH, 1), message.text.split(IN_BOTH, 1)
    said = dict(zip(LANGUAGES, zip(titles, words, strict=True), strict=True))
    return in_both(lambda lang: made(lang, *said[lang]))


def of_settings() -> Print:
    """The print room of this installation."""
    found = config()
    keys = read_keys(found.key_file)
    return Print(
        post=LetterPost(found.lake / "letters", found.home / "print-runs", keys),
        public_url=found.public_url, secret=keys.token_key,
        zone=ZoneInfo(found.time_zone),
    )  # fmt: skip
