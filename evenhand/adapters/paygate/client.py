"""How we speak to the gateway: one signed request that begins a payment and is answered with the page to pay on.

The shape is that of Standard Webhooks in both directions: id, timestamp and signature in headers, JSON in the body. A
bank's own gateway is another folder beside this one.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from uuid import UUID

from standardwebhooks.webhooks import Webhook

from evenhand.adapters.loopback import on_this_machine
from evenhand.kernel.money import to_major
from evenhand.payments.gateway import GatewayFailed
from evenhand.runtime.config import config

TIMEOUT_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Where the gateway is and the secret shared with it. In a demo it is on this machine or refused."""

    url: str
    secret: str
    demo: bool

    def __post_init__(self) -> None:
        if self.demo and not on_this_machine(urlsplit(self.url).hostname or ""):
            raise GatewayFailed(f"a demo speaks to nobody outside this machine, not to {self.url}")

    def begin(
        self,
        *,
        intent: UUID,
        amount_minor: int,
        currency: str,
        notify: str,
        language: str,
        now: datetime,
    ) -> str:
        """Begin a payment and return the address of the page to pay on; the same intent again gives the same page."""
        body = json.dumps({
            "intent": str(intent), "amount": str(to_major(amount_minor, currency)), "currency": currency,
            "notify": notify, "language": language,
        })  # fmt: skip
        sent_at = now.astimezone(UTC)
        request = Request(  # noqa: S310  the scheme was checked with the setting
            f"{self.url.rstrip('/')}/payments",
            data=body.encode(),
            headers={
                "Content-Type": "application/json",
                "webhook-id": str(intent),
                "webhook-timestamp": str(int(sent_at.timestamp())),
                "webhook-signature": Webhook(self.secret).sign(str(intent), sent_at, body),
            },
        )
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                page: str = json.loads(answer.read(65_536))["page"]
        except (URLError, TimeoutError, OSError, ValueError, KeyError) as error:
            raise GatewayFailed(
                f"the gateway did not answer as expected: {type(error).__name__}"
            ) from None
        return page


def of_settings() -> Gateway | None:
    """The gateway that the settings name; None where they name none."""
    found = config()
    if found.paygate_url is None or found.paygate_secret is None:
        return None
    return Gateway(url=found.paygate_url, secret=found.paygate_secret, demo=found.mode == "demo")
