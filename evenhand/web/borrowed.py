"""Sentences of Django and allauth that their own Chinese catalogues lack, or say in other words than ours.

Named here, they stand in our catalogues, which are asked first.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

BORROWED = (
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
    _("Authenticator code"),
    _("Code"),
    _("Incorrect code."),
    _("Incorrect password."),
)
