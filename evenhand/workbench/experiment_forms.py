"""What an analyst and a second person fill in about an experiment. Shares and rates are typed in per cent."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from evenhand.kernel.text import one_side
from evenhand.rulebook.experiment_rows import ExperimentRow
from evenhand.rulebook.experiments import TITLE_MAX_CHARACTERS, Plan
from evenhand.strategy.arms import SLOTS
from evenhand.strategy.codes import HOLDOUT_DAYS_MAX
from evenhand.strategy.design import Question

PER_CENT = Decimal(100)
NOTE_MAX_CHARACTERS = 500
SIZED_BY = (
    "challenger_share", "holdout_share", "holdout_days_max", "start_on", "stop_on", "baseline", "effect", "power",
    "alpha", "measure_days", "daily_rate",
)  # fmt: skip


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _per_cent(label: Any, low: str, high: str, places: int = 2, **given: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=Decimal(low),
        max_value=Decimal(high),
        decimal_places=places,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
        **given,
    )


class ExperimentForm(forms.Form):
    """A plan. `request_key` makes a second click do nothing; `seen` is the digest of the draft it changes."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    title = forms.CharField(
        label=_("Title"),
        max_length=TITLE_MAX_CHARACTERS,
        help_text=_("Both languages in one line: Chinese, a bar, English."),
    )
    question = forms.CharField(
        label=_("What is it to find out?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    challenger = forms.TypedChoiceField(
        label=_("Challenger"), required=False, coerce=int, empty_value=None
    )
    challenger_share = _per_cent(_("Challenger's share, %"), "0", "99.99")
    holdout_share = _per_cent(_("Hold-out's share, %"), "0", "99.99")
    holdout_days_max = forms.IntegerField(
        label=_("Held out at most to day"), min_value=1, max_value=HOLDOUT_DAYS_MAX
    )
    start_on = _day(_("From the night of"))
    stop_on = _day(_("Up to, not including"))
    measure_days = forms.IntegerField(
        label=_("Cured within, days from entry"), min_value=1, max_value=365
    )
    baseline = _per_cent(_("Cure rate today, %"), "0.01", "99.99")
    effect = _per_cent(_("Smallest difference worth finding, points"), "0.01", "99.99")
    power = _per_cent(_("Power, %"), "50", "99.9")
    alpha = _per_cent(_("Significance, %"), "0.01", "49.9")
    daily_rate = _per_cent(
        _("Interest and late charges on arrears in a day, %"), "0", "99", places=4
    )
    cost_to_people = forms.CharField(
        label=_("What the people held out may lose"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, versions: list[tuple[int, str]], **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "experiment_%s")
        super().__init__(*args, **kwargs)
        challenger, language = self.fields["challenger"], get_language() or ""
        assert isinstance(challenger, forms.TypedChoiceField)
        challenger.choices = [
            ("", _("None: a hold-out alone")),
            *((number, f"{number} · {one_side(title, language)}") for number, title in versions),
        ]

    def clean(self) -> dict[str, Any]:
        """Shares that leave a champion, days in order, an effect that leaves a rate."""
        found: dict[str, Any] = super().clean() or {}
        challenger, holdout = found.get("challenger_share"), found.get("holdout_share")
        if challenger is not None and holdout is not None:
            if challenger + holdout >= PER_CENT:
                self.add_error(
                    "holdout_share", _("The shares leave nobody with the strategy in force.")
                )
            elif not challenger + holdout:
                self.add_error(
                    "holdout_share", _("An experiment has a challenger, a hold-out or both.")
                )
        start_on, stop_on = found.get("start_on"), found.get("stop_on")
        if start_on and stop_on and stop_on <= start_on:
            self.add_error("stop_on", _("An experiment ends after it starts."))
        baseline, effect = found.get("baseline"), found.get("effect")
        if baseline and effect and not (effect < baseline or baseline + effect < PER_CENT):
            self.add_error("effect", _("No rate is that far from today's."))
        return found

    def measure(self) -> Question:
        """The measure as it was typed; the fields of SIZED_BY are to be valid."""
        typed = self.cleaned_data
        return Question(
            baseline=typed["baseline"] / PER_CENT,
            effect=typed["effect"] / PER_CENT,
            power=typed["power"] / PER_CENT,
            alpha=typed["alpha"] / PER_CENT,
            measure_days=typed["measure_days"],
        )

    def can_be_sized(self) -> bool:
        """Whether all that the size depends on is typed and valid, whatever the rest is."""
        self.is_valid()
        return all(self.cleaned_data.get(name) is not None for name in SIZED_BY)

    def plan(self) -> Plan:
        """The plan as it was typed."""
        typed = self.cleaned_data
        return Plan(
            title=typed["title"],
            question=typed["question"],
            challenger=typed["challenger"],
            challenger_share=_slots(typed["challenger_share"]),
            holdout_share=_slots(typed["holdout_share"]),
            holdout_days_max=typed["holdout_days_max"],
            start_on=typed["start_on"],
            stop_on=typed["stop_on"],
            measure=self.measure(),
            daily_rate=typed["daily_rate"] / PER_CENT,
            cost_to_people=typed["cost_to_people"],
        )


def _slots(per_cent: Decimal) -> int:
    return int(per_cent * SLOTS / PER_CENT)


def initial_of(row: ExperimentRow) -> dict[str, Any]:
    """What a form about a draft begins with."""
    kept = {name: Decimal(row.design[name]) for name in ("baseline", "effect", "power", "alpha")}
    return {
        "seen": row.digest,
        "title": row.title,
        "question": row.question,
        "challenger": row.challenger,
        "challenger_share": _typed(Decimal(row.challenger_share) / SLOTS),
        "holdout_share": _typed(Decimal(row.holdout_share) / SLOTS),
        "holdout_days_max": row.holdout_days_max,
        "start_on": row.start_on,
        "stop_on": row.stop_on,
        "measure_days": row.design["measure_days"],
        "daily_rate": _typed(Decimal(row.design["daily_rate"])),
        "cost_to_people": row.cost_to_people,
        **{name: _typed(share) for name, share in kept.items()},
    }


def first_initial(start_on: date | None) -> dict[str, Any]:
    """What a form about a plan that is not written yet begins with."""
    return {
        "challenger_share": "0",
        "holdout_share": "5",
        "holdout_days_max": HOLDOUT_DAYS_MAX,
        "start_on": start_on,
        "measure_days": 30,
        "power": "80",
        "alpha": "5",
        "daily_rate": "0.05",
    }


def _typed(share: Decimal) -> str:
    return f"{(share * PER_CENT).normalize():f}"


class AskForm(forms.Form):
    """A word to the second person."""

    note = forms.CharField(
        label=_("For the second person"),
        required=False,
        max_length=NOTE_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DecideForm(forms.Form):
    """The second person's answer; who refuses says why. `read` is the question her page showed."""

    read = forms.UUIDField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(choices=[("APPROVED", "APPROVED"), ("REFUSED", "REFUSED")])
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=NOTE_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class StopForm(forms.Form):
    """Why it is stopped."""

    reason = forms.CharField(
        label=_("Why it is stopped"),
        max_length=NOTE_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
