"""What an analyst and a second person fill in about a strategy."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from evenhand.rulebook.trials import CONTACTS_MAX
from evenhand.strategy.codes import CHANNELS
from evenhand.web.labels import label_of

TITLE_MAX_CHARACTERS = 120
FILE_MAX_BYTES = 16 * 1024 * 1024
CONTACTED = tuple(channel for channel in CHANNELS if channel != "NONE")


class Once(forms.Form):
    """A form whose `request_key` makes a second click do nothing."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{type(self).__name__.lower()}_%s")
        super().__init__(*args, **kwargs)


class NewDraft(Once):
    """A draft from the content of a version."""

    based_on = forms.IntegerField(label=_("From version"), min_value=1)
    title = forms.CharField(
        label=_("Title"),
        max_length=TITLE_MAX_CHARACTERS,
        help_text=_("Both languages in one line: Chinese, a bar, English."),
    )
    note = forms.CharField(
        label=_("Why"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class Capacities(Once):
    """Contacts the house can make in a day, a field for each channel; an empty one leaves the channel as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or ""
        for channel in CONTACTED:
            self.fields[channel] = forms.IntegerField(
                label=label_of("channel", channel, language),
                required=False,
                min_value=0,
                max_value=CONTACTS_MAX,
            )

    @property
    def contacts_per_day(self) -> dict[str, int]:
        """What was filled in, by channel."""
        return {
            channel: self.cleaned_data[channel]
            for channel in CONTACTED
            if self.cleaned_data[channel] is not None
        }


class Upload(Once):
    """A file brought in: a workbook of ours or a DMN document of any modeller."""

    file = forms.FileField(
        label=_("File (.xlsx or .dmn)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.dmn,.xml"}),
    )

    def clean_file(self) -> Any:
        """Neither of another kind nor too large."""
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith((".xlsx", ".dmn", ".xml")):
            raise forms.ValidationError(_("A workbook (.xlsx) or a DMN document (.dmn, .xml)."))
        if file.size > FILE_MAX_BYTES:
            raise forms.ValidationError(_("The file is too large: 16 MB is the most."))
        return file


class ImportDraft(Upload):
    """A file that becomes a draft of its own."""

    title = forms.CharField(
        label=_("Title"),
        max_length=TITLE_MAX_CHARACTERS,
        help_text=_("Both languages in one line: Chinese, a bar, English."),
    )
    field_order = ("title", "file")


class ImportInto(Upload):
    """A file that takes the place of a draft's tables, if nobody changed them since."""

    seen_revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class TryStrategy(Once):
    """Past nights to try a version over."""

    nights = forms.MultipleChoiceField(label=_("Nights"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, days: list[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.fields["nights"]
        assert isinstance(choices, forms.MultipleChoiceField)
        choices.choices = [(day.isoformat(), day.isoformat()) for day in days]
        choices.initial = [day.isoformat() for day in days[:1]]


class AskApproval(Once):
    """What the second person is told."""

    note = forms.CharField(
        label=_("For the second person"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DecideApproval(Once):
    """The second person's answer; a refusal says why. `read` is the question her page showed."""

    read = forms.UUIDField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(choices=[("APPROVED", ""), ("REFUSED", "")])
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        """A refusal without a reason helps nobody."""
        data = super().clean() or {}
        if data.get("verdict") == "REFUSED" and not data.get("reason", "").strip():
            self.add_error("reason", _("Say why, so that it can be mended."))
        return data


class ActivateStrategy(Once):
    """The banking day from which a version decides."""

    from_on = forms.DateField(
        label=_("From the night of"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, day: date | None, **kwargs: Any) -> None:
        if day is not None:
            kwargs.setdefault("initial", {})["from_on"] = day + timedelta(days=1)
        super().__init__(*args, **kwargs)
