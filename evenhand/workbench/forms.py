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
    then_amount = forms.CharField(label=_("Then"), max_length=AMOUNT_LENGTH_MAX, required=False)
    then_on = forms.DateField(label=_("Pays by"), widget=day_input(), required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)
        for name in ("amount", "then_amount"):
            self.fields[name].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        """A second part has an amount and a day after the first's."""
        said = self.cleaned_data
        text, day = said.get("then_amount", "").strip(), said.get("then_on")
        if bool(text) != (day is not None):
            self.add_error("then_on", _("A second part has an amount and a day."))
        elif text and day is not None:
            try:
                said["then"] = [(amount_of(text, self.currency), day)]
            except forms.ValidationError as error:
                self.add_error("then_amount", error)
            if "due_on" in said and day <= said["due_on"]:
                self.add_error("then_on", _("The second part falls due after the first."))
        return said

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


class SaysPaid(OnTheDay):
    """What she says she has paid, as far as she knows."""

    amount = forms.CharField(
        label=_("Amount, if known"), max_length=AMOUNT_LENGTH_MAX, required=False
    )
    paid_on = forms.DateField(label=_("Paid on, if known"), widget=day_input(), required=False)

    def __init__(self, *args: Any, currency: str, today: date, **kwargs: Any) -> None:
        self.currency, self.today = currency, today
        super().__init__(*args, **kwargs)
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def clean_amount(self) -> int | None:
        """The amount in minor units, none where she does not know."""
        text = self.cleaned_data["amount"]
        return amount_of(text, self.currency) if text.strip() else None

    def clean_paid_on(self) -> date | None:
        """Not after today."""
        paid_on: date | None = self.cleaned_data["paid_on"]
        if paid_on is not None and paid_on > self.today:
            raise forms.ValidationError(_("That day has not come yet."))
        return paid_on


class Placing(OnTheDay):
    """The account that waiting money is for: by its number or a card's last digits."""

    account = forms.CharField(label=_("Account number or card tail"), max_length=64)


class Splitting(OnTheDay):
    """The parts of a sum, one amount after another."""

    parts = forms.CharField(label=_("Parts"), max_length=200)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)

    def clean_parts(self) -> list[int]:
        """The amounts in minor units."""
        return [amount_of(text, self.currency) for text in self.cleaned_data["parts"].split()]


class Noting(OnTheDay):
    """What was found out."""

    text = forms.CharField(label=_("Note"), max_length=500)
