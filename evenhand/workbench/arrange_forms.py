"""What is filled in to find out what she can afford, and to draw an arrangement up."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from evenhand.arrangements.affordability import (
    DOCUMENTS,
    ESSENTIALS,
    HOUSEHOLD_MAX,
    Depth,
    Means,
)
from evenhand.arrangements.giving_up import REASONS
from evenhand.arrangements.house import DEFAULT_REGION, house
from evenhand.arrangements.offers import WAIVED_PARTS
from evenhand.arrangements.schedules import Method
from evenhand.cycle.agreeing import Wanted
from evenhand.web.labels import label_of
from evenhand.workbench.forms import AMOUNT_LENGTH_MAX, OnTheDay, amount_of, day_input

NOTE_MAX = 500
PLAN_REASONS = tuple(reason for reason in REASONS if reason not in ("PART_OF_PLAN", "SETTLED"))


def labelled(kind: str, codes: Any) -> list[tuple[str, str]]:
    """Codes to choose from, with their words."""
    language = get_language() or ""
    return [(code, label_of(kind, code, language)) for code in codes]


class Amount(forms.CharField):
    """A sum as people write it; empty is nothing."""

    def __init__(self, *, label: Any, required: bool = False) -> None:
        super().__init__(label=label, required=required, max_length=AMOUNT_LENGTH_MAX)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}


class Money(OnTheDay):
    """A form with sums in a currency; `minor` reads one, nothing where it is empty or zero."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Every sum in minor units."""
        for name, field in self.fields.items():
            if isinstance(field, Amount) and name in self.cleaned_data:
                text = self.cleaned_data[name].strip()
                try:
                    plain = text.replace(",", "")
                    zero = not plain or not plain.strip("0.")
                    self.cleaned_data[name] = 0 if zero else amount_of(text, self.currency)
                except forms.ValidationError as error:
                    self.add_error(name, error)
        return self.cleaned_data


class Household(Money):
    """Who lives on the money, and where."""

    region = forms.ChoiceField(
        label=_("Place"), choices=lambda: labelled("living_region", house().floors)
    )
    adults = forms.IntegerField(label=_("Adults"), min_value=1, max_value=HOUSEHOLD_MAX, initial=1)
    dependants = forms.IntegerField(
        label=_("Dependants"), min_value=0, max_value=HOUSEHOLD_MAX, initial=0
    )
    debts = Amount(label=_("Other debts a month"))


class Declaration(Household):
    """One minute of her own word: a band of income and what she needs to live."""

    income_band = forms.ChoiceField(
        label=_("Income a month"), choices=lambda: labelled("income_band", house().income_bands)
    )
    essentials = Amount(label=_("Needed to live a month"))

    def means(self) -> Means:
        """What she said; a band counts with its lower end."""
        said = self.cleaned_data
        return Means(
            depth=Depth.DECLARATION,
            region=said["region"],
            adults=said["adults"],
            dependants=said["dependants"],
            income_minor=house().income_bands[said["income_band"]],
            essentials_minor={"OTHER": said["essentials"]} if said["essentials"] else {},
            debts_minor=said["debts"],
        )


class Budget(Household):
    """Everything that comes in and goes out in a month, with papers."""

    income = Amount(label=_("Income a month, after tax"), required=True)
    documents = forms.MultipleChoiceField(
        label=_("Papers seen"),
        choices=lambda: labelled("document", DOCUMENTS),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or ""
        for code in ESSENTIALS:
            self.fields[code.lower()] = Amount(label=label_of("essential", code, language))

    @property
    def essentials(self) -> list[Any]:
        """The fields of what she needs to live."""
        return [self[code.lower()] for code in ESSENTIALS]

    def means(self) -> Means:
        """What she said."""
        said = self.cleaned_data
        return Means(
            depth=Depth.BUDGET,
            region=said["region"],
            adults=said["adults"],
            dependants=said["dependants"],
            income_minor=said["income"],
            essentials_minor={
                code: said[code.lower()] for code in ESSENTIALS if said[code.lower()]
            },
            debts_minor=said["debts"],
            documents=tuple(said["documents"]),
        )


class PlanWish(Money):
    """The plan that is tried and drawn up."""

    kind = forms.ChoiceField(
        label=_("Arrangement"),
        choices=lambda: labelled("plan_kind", ("INSTALMENTS", "ARTICLE_70")),
    )
    months = forms.IntegerField(
        label=_("Months"),
        min_value=1,
        max_value=60,
        widget=forms.NumberInput(attrs={"type": "range", "min": 1, "max": 60, "step": 1}),
    )
    method = forms.ChoiceField(
        label=_("Method"), choices=lambda: labelled("plan_method", [m.value for m in Method])
    )
    first_on = forms.DateField(label=_("First due"), widget=day_input(), required=False)
    late_charge = Amount(label=_("Waive late-payment charges"))
    fee = Amount(label=_("Waive fees"))
    interest = Amount(label=_("Waive interest"))
    note = forms.CharField(label=_("Note"), max_length=NOTE_MAX, required=False)

    def wanted(self) -> Wanted:
        """What is asked for."""
        said = self.cleaned_data
        return Wanted(
            kind=said["kind"],
            months=said["months"],
            method=said["method"],
            first_on=said["first_on"],
            waives_minor={
                part: said[part.lower()]
                for part in ("LATE_CHARGE", "FEE", "INTEREST")
                if said[part.lower()]
            },
            note=said["note"],
        )


class Extension(OnTheDay):
    """What is due now, by a later day."""

    due_on = forms.DateField(label=_("Pays by"), widget=day_input())


class Settlement(Money):
    """A sum that settles everything, in one part or a few."""

    sum = Amount(label=_("Sum that settles it"), required=True)
    parts = forms.IntegerField(label=_("Parts"), min_value=1, max_value=3, initial=1)
    note = forms.CharField(label=_("Note"), max_length=NOTE_MAX, required=False)


class WaiverWish(Money):
    """A part of one account to be given up."""

    account = forms.ChoiceField(label=_("Card"))
    part = forms.ChoiceField(label=_("Part"), choices=lambda: labelled("ledger_side", WAIVED_PARTS))
    amount = Amount(label=_("Amount"), required=True)
    reason = forms.ChoiceField(
        label=_("Reason"), choices=lambda: labelled("waiver_reason", PLAN_REASONS)
    )
    note = forms.CharField(label=_("Note"), max_length=NOTE_MAX, required=False)

    def __init__(self, *args: Any, accounts: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"] = forms.ChoiceField(
            label=_("Card"), choices=[(str(key), tail or "—") for key, tail in accounts.items()]
        )


class RestWish(Money):
    """A rest for one with nothing left over."""

    token = Amount(label=_("A month of her own accord, if she wishes"))
    stop_interest = forms.BooleanField(label=_("Stop interest and fees"), required=False)
    specialist = forms.BooleanField(label=_("To the specialist team"), required=False)
    advice_given = forms.BooleanField(label=_("Told of free advice"), required=False)


class Agreement(OnTheDay):
    """How she agreed, and what shows it."""

    how = forms.ChoiceField(
        label=_("How"), choices=lambda: labelled("agreed_how", ("ORAL", "SIGNED"))
    )
    evidence = forms.CharField(label=_("Recording or signed paper"), max_length=200, required=False)
    undertakes = forms.BooleanField(
        label=_("She undertakes to apply for no bank's card until it is settled"), required=False
    )


class Reason(OnTheDay):
    """Why something is ended, refused or sent again."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


def region_or_default(region: str) -> str:
    """The region where its floor is known, else the one that holds elsewhere."""
    return region if region in house().floors else DEFAULT_REGION


def initial(key: UUID, **more: Any) -> dict[str, Any]:
    """What a form starts with."""
    return {"request_key": key, **more}
