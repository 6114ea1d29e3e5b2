"""How staff log in, as allauth asks for it."""

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys

ABOUT = b"access.authenticator"


class StaffLogin(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up: the bank's administrator adds staff."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count nothing here: axes counts wrong passwords per name and place, in the database that every process sees.

        allauth would count per name alone, so anyone who knows a name could keep its owner out.
        """


class StaffTotp(DefaultMFAAdapter):  # type: ignore[misc]
    """An authenticator names the member of staff and the house; its secret is kept sealed."""

    def get_totp_label(self, user: Any) -> str:
        return str(user.get_username())

    def encrypt(self, text: str) -> str:
        sealed = read_keys(config().key_file).seal(text.encode(), about=ABOUT)
        return base64.b64encode(sealed).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        sealed = base64.b64decode(encrypted_text)
        return read_keys(config().key_file).unseal(sealed, about=ABOUT).decode()
