"""What a collector fills in on a case."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from evenhand.casework.queries import hold_reasons
from evenhand.kernel.money import MoneyError, to_minor
from evenhand.web.labels import label_of

AMOUNT_LENGTH_MAX = 20


def day_input() -> forms.DateInput:
    """How a day is asked for."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def reasons() -> list[tuple[str, str]]:
    """The reasons for a hold to choose from."""
    language = get_language() or ""
    return [("", "—"), *((code, label_of("hold", code, language)) for code in hold_reasons())]


class OnTheDay(forms.Form):
    """A form about a case on a banking day. `request_key` makes a second click do nothing.

    `row` tells one of several such forms on a page from the others.
    """

    request_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, day: date, row: str = "", **kwargs: Any) -> None:
        self.day = day
        kwargs["auto_id"] = f"{type(self).__name__.lower()}{row}_%s"
        super().__init__(*args, **kwargs)


def amount_of(text: str, currency: str) -> int:
    """An amount as people write it, in minor units; raises ValidationError unless it is one above zero."""
    try:
        amount_minor = to_minor(text.replace(",", "").strip(), currency)
    except MoneyError:
        raise forms.ValidationError(_("Not an amount of this currency.")) from None
    if not 0 < amount_minor < 2**62:
        raise forms.ValidationError(_("The amount is to be above zero."))
    return amount_minor


class Promise(OnTheDay):
    """An amount she says she will pay by a day."""

    amount = forms.CharField(label=_("Amount"), max_length=AMOUNT_LENGTH_MAX)
    due_on = forms.DateField(label=_("Pays by"), widget=day_input())

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def clean_amount(self) -> int:
        """The amount in minor units, above zero."""
        return amount_of(self.cleaned_data["amount"], self.currency)

    def clean_due_on(self) -> date:
        """Not before the banking day."""
        due_on: date = self.cleaned_data["due_on"]
        if due_on < self.day:
            raise forms.ValidationError(_("A promise cannot fall due before the banking day."))
        return due_on


class Payment(OnTheDay):
    """An amount to be paid at the gateway."""

    amount = forms.CharField(label=_("Amount"), max_length=AMOUNT_LENGTH_MAX)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def clean_amount(self) -> int:
        """The amount in minor units, above zero."""
        return amount_of(self.cleaned_data["amount"], self.currency)


class Hold(OnTheDay):
    """A reason to leave the person in peace until a day."""

    reason = forms.ChoiceField(label=_("Reason"), choices=reasons)
    until_on = forms.DateField(label=_("End or review"), widget=day_input())

    def clean_until_on(self) -> date:
        """After the banking day."""
        until_on: date = self.cleaned_data["until_on"]
        if until_on <= self.day:
            raise forms.ValidationError(_("A hold ends after the banking day."))
        return until_on
