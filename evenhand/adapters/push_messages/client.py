"""How a message is handed to whatever reaches the bank's own app: one signed POST, answered 2xx where it was taken.

The gateway knows its user by the mobile number in the bank's files. `message` is the same in every try, so that a
gateway may tell them apart; see docs/howto/sending.md.
"""

from dataclasses import dataclass, field

from evenhand.adapters.signed import ask
from evenhand.outreach.channels import Outgoing
from evenhand.runtime.config import config


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Where it is and the secret shared with it. In a demo it is on this machine or refused."""

    url: str
    secret: str = field(repr=False)
    public_url: str
    demo: bool
    name: str = "push"

    def hand(self, message: Outgoing) -> str:
        """Hand a message over; returns the gateway's reference, or ours where it gives none."""
        said = {
            "message": str(message.id),
            "to": message.to,
            "language": message.language,
            "title": message.subject,
            "text": message.text,
            "tell": f"{self.public_url}/channels/push/told",
        }
        found = ask(
            f"{self.url.rstrip('/')}/messages", said, secret=self.secret, at=message.at, demo=self.demo
        )  # fmt: skip
        return found or str(message.id)


def of_settings() -> Push | None:
    """The gateway that the settings name; None where they name none."""
    found = config()
    if found.push_url is None or found.push_secret is None:
        return None
    return Push(
        url=found.push_url, secret=found.push_secret, public_url=found.public_url, demo=found.mode == "demo"
    )  # fmt: skip
