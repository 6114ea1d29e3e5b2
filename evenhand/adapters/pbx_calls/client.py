"""How a call is asked of the PBX: one signed POST, answered with 2xx where it was taken.

Whatever bridges to a PBX answers it: Asterisk by ARI or AMI, FreeSWITCH by its event socket; see
docs/reference/calls.md. 4xx and 503 took nothing; anything else, and a line that breaks after the request left, leaves
open what it did.
"""

from dataclasses import dataclass, field

from evenhand.adapters.signed import ask
from evenhand.outreach.channels import Dialling
from evenhand.runtime.config import config


@dataclass(frozen=True, slots=True, kw_only=True)
class Pbx:
    """Where it is and the secret shared with it. In a demo it is on this machine or refused."""

    url: str
    secret: str = field(repr=False)
    public_url: str
    demo: bool
    name: str = "pbx"

    def ring(self, call: Dialling) -> str:
        """Ask for a call; returns the PBX's reference, empty where it gives none."""
        return ask(
            f"{self.url.rstrip('/')}/calls",
            _said(call, self.public_url),
            secret=self.secret,
            at=call.at,
            demo=self.demo,
        )


def _said(call: Dialling, public_url: str) -> dict[str, object]:
    return {
        "call": str(call.id),
        "extension": call.extension,
        "number": call.to,
        "language": call.language,
        "permitted_at": call.permitted_at.isoformat(),
        "until": call.until.isoformat(),
        "record": True,
        "announce_recording": True,
        "tell": f"{public_url}/channels/pbx/told",
    }


def of_settings() -> Pbx | None:
    """The PBX that the settings name; None where they name none."""
    found = config()
    if found.pbx_url is None or found.pbx_secret is None:
        return None
    return Pbx(
        url=found.pbx_url, secret=found.pbx_secret, public_url=found.public_url, demo=found.mode == "demo",
    )  # fmt: skip
