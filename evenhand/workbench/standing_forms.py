"""What a collector fills in about holds, consents, opt-outs and preferences of a case."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from evenhand.compliance.packfile.questions import OF_STANDING
from evenhand.compliance.vocabulary import EFFECTS
from evenhand.portfolio.queries import standing_sources
from evenhand.portfolio.standing_detail import DETAIL, NEEDED
from evenhand.web.labels import label_of
from evenhand.workbench.forms import OnTheDay, day_input, reasons

RECORDED_BY_ALL = (
    "OPT_OUT", "CEASE", "CONSENT", "INCONVENIENT_TIME", "INCONVENIENT_PLACE", "NUMBER_INVALID", "DISPUTED", "ATTORNEY",
)  # fmt: skip
RECORDED_BY_FEW = (*RECORDED_BY_ALL, "BANKRUPTCY", "LOST_CONTACT", "PLAN_HONOURED")
ENDED_BY_ALL = frozenset({"CONSENT", "LOST_CONTACT"})
"""Kinds whose end makes the gate stricter; the end of any other takes a protection away."""
_EFFECTS = ("CONTACT", "INTEREST", "FEES", "LEGAL", "REPORTING", "SALE")
assert set(_EFFECTS) == EFFECTS
_NOTE_MAX, _REASON_MAX = 500, 200


def _codes(kind: str, codes: Any) -> list[tuple[str, str]]:
    language = get_language() or ""
    return [(code, label_of(kind, code, language)) for code in codes]


def _several(kind: str, codes: Any, label: Any, **given: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=lambda: _codes(kind, codes),
        widget=forms.CheckboxSelectMultiple,
        **given,
    )


def _one(kind: str, codes: Any, label: Any, **given: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=lambda: [("", "—"), *_codes(kind, codes)], **given
    )


def _debts(debts: Mapping[str, str]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("Accounts (none ticked: all)"),
        choices=list(debts.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


def _reason(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=_REASON_MAX)


class _Until(OnTheDay):
    """An end, a review date, both or neither, each after the banking day."""

    until_on = forms.DateField(
        label=_("End (that day no longer)"), widget=day_input(), required=False
    )
    review_on = forms.DateField(label=_("Review"), widget=day_input(), required=False)

    def clean_until_on(self) -> date | None:
        """After the banking day."""
        until_on: date | None = self.cleaned_data["until_on"]
        if until_on is not None and until_on <= self.day:
            raise forms.ValidationError(_("It ends after the banking day."))
        return until_on

    def clean_review_on(self) -> date | None:
        """After the banking day."""
        review_on: date | None = self.cleaned_data["review_on"]
        if review_on is not None and review_on <= self.day:
            raise forms.ValidationError(_("A review lies after the banking day."))
        return review_on

    def clean(self) -> None:
        """The kinds that need one of the two say so."""
        given = self.cleaned_data
        if self.needs_one and not self.errors and not (given["until_on"] or given["review_on"]):
            self.add_error("until_on", _("Give an end or a review date."))

    needs_one = False


class FullHold(_Until):
    """A hold with what it stops, for which accounts, and a review date beside or instead of an end."""

    reason = forms.ChoiceField(label=_("Reason"), choices=reasons)
    effects = _several("effect", _EFFECTS, _("What it stops"), initial=["CONTACT"])
    note = forms.CharField(label=_("What shows it"), max_length=_NOTE_MAX, required=False)
    field_order = ("reason", "effects", "debts", "until_on", "review_on", "note")
    needs_one = True

    def __init__(self, *args: Any, debts: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(debts) > 1:
            self.fields["debts"] = _debts(debts)
        self.order_fields(self.field_order)


class Extension(_Until):
    """Until when a hold goes on, and why."""

    reason = _reason(_("Why it goes on"))
    needs_one = True


class Ending(OnTheDay):
    """Why a hold is lifted or a standing fact ends."""

    reason = _reason(_("Why"))


class Standing(_Until):
    """A wish or a state of the person: the parts its kind has, until when, from whom, and what shows it."""

    source = _one("standing_source", standing_sources(), _("From whom"), initial="CARDHOLDER")
    evidence = forms.CharField(
        label=_("What shows it"),
        max_length=_NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The words said, or where they stand."),
    )

    def __init__(
        self,
        *args: Any,
        kind: str,
        points: Mapping[str, str],
        debts: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        own = {
            name: _part(name, points, required=name in NEEDED.get(kind, ()))
            for name in DETAIL[kind]
            if name not in ("to", "unresponsive")
        }
        if kind in ("DISPUTED", "CEASE", "CONSENT") and len(debts) > 1:
            own["debts"] = _debts(debts)
        self.fields = {**own, **self.fields}
        for name in ("points", "point"):
            if name in self.fields and not points and name not in NEEDED.get(kind, ()):
                del self.fields[name]

    def clean(self) -> None:
        """A time of the day has a beginning and an end."""
        given = self.cleaned_data
        opens, closes = given.get("opens"), given.get("closes")
        if opens is not None and opens == closes:
            self.add_error("closes", _("From a time until another."))

    def detail(self) -> dict[str, Any]:
        """The parts given, as the fact is stored."""
        given = {name: self.cleaned_data[name] for name in DETAIL[self.kind] if name in self.fields}
        return {
            name: value.strftime("%H:%M") if name in ("opens", "closes") else value
            for name, value in given.items()
            if value not in ("", [], None, False)
        }


def _part(name: str, points: Mapping[str, str], *, required: bool) -> forms.Field:
    question = OF_STANDING[name]
    match name:
        case "media":
            label = _("By what (none ticked: every way)")
            return _several("medium", sorted(question.values), label, required=required)
        case "days":
            order = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
            return _several("weekday", order, _("Days (none ticked: every day)"), required=required)
        case "points":
            return forms.MultipleChoiceField(
                label=_("Numbers and addresses (none ticked: all)"),
                choices=list(points.items()),
                widget=forms.CheckboxSelectMultiple,
                required=required,
            )
        case "point":
            return forms.ChoiceField(
                label=_("Number or address"), choices=[("", "—"), *points.items()]
            )
        case "opens" | "closes":
            named = _("From") if name == "opens" else _("Until")
            return forms.TimeField(label=named, widget=forms.TimeInput(attrs={"type": "time"}))
        case "scope":
            return _one("consent_scope", sorted(question.values), _("To what"))
        case "place":
            return _one("place", sorted(question.values), _("Place"))
        case "state":
            return _one("bankruptcy", sorted(question.values), _("State"))
        case "proof":
            return _one("lost_proof", sorted(question.values), _("How it is known"))
    labels = {
        "contact_known": _("How to reach the lawyer is known"),
        "consented": _("The lawyer consents to direct contact"),
        "portfolio_wide": _("Concerns all debts"),
    }
    return forms.BooleanField(label=labels[name], required=False)
