"""What is filled in about a policy pack, and by the second person."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evenhand.rulebook.pack_objections import CONTENT_MAX_BYTES
from evenhand.workbench.strategy_forms import DecideApproval, Once

__all__ = ["AskPack", "DecideApproval", "ImportPack", "Once"]


def _note(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class ImportPack(Once):
    """A pack file brought in."""

    file = forms.FileField(
        label=_("Pack file (.toml)"), widget=forms.ClearableFileInput(attrs={"accept": ".toml"})
    )

    def clean_file(self) -> Any:
        """Neither of another kind nor too large."""
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith(".toml"):
            raise forms.ValidationError(_("A pack is one .toml file."))
        if file.size > CONTENT_MAX_BYTES:
            raise forms.ValidationError(_("The file is too large: 4 MB is the most."))
        return file


class AskPack(Once):
    """From which day, and what the second person is told; a draft needs a statement in a live database."""

    version = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)
    from_on = forms.DateField(
        label=_("From the day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = _note(_("For the second person"))
    statement = _note(_("Why this draft goes into a live database"))

    def __init__(self, *args: Any, day: date, needs_statement: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {})["from_on"] = day
        super().__init__(*args, **kwargs)
        if not needs_statement:
            del self.fields["statement"]
