"""The gateway as the rooms see it; which one it is, the settings say by name."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


class GatewayFailed(RuntimeError):
    """The gateway did not begin the payment; the message says why. Nothing was paid."""


class PaymentGateway(Protocol):
    """Where payments are begun. It is called outside transactions, and answers or fails within seconds."""

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
        """Begin a payment and return the address of the page to pay on; raises GatewayFailed."""


def gateway() -> PaymentGateway | None:
    """The gateway of this installation; None where there is none. Raises GatewayFailed where it may not be used."""
    found: PaymentGateway | None = import_string(settings.PAYMENT_GATEWAY)()
    return found
