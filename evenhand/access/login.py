"""How staff log in, as allauth asks for it."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest


class StaffLogin(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up: the bank's administrator adds staff."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class StaffTotp(DefaultMFAAdapter):  # type: ignore[misc]
    """An authenticator names the member of staff and the house."""

    def get_totp_label(self, user: Any) -> str:
        return str(user.get_username())
