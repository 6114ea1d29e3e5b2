"""Tags of the staff screens: counts, durations, bars, lines of files."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.cycle.why import Source
from evenhand.kernel.text import Bilingual, one_side
from evenhand.workbench.expectations import in_words

register = template.Library()

DIGEST_SHOWN = 12
MINUTE = 60


@register.filter
def count(number: int | str | None) -> str:
    """A number of things with its thousands apart; a dash for none, and for a total that was not counted."""
    return f"{number:,}" if isinstance(number, int) else "—"


@register.filter
def duration(length: timedelta | None) -> str:
    """A length of time in minutes and seconds; a dash for none."""
    if length is None:
        return "—"
    seconds = length.total_seconds()
    if seconds < MINUTE:
        return _("%(seconds)s s") % {"seconds": f"{seconds:.1f}"}
    minutes, rest = divmod(round(seconds), MINUTE)
    return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}


@register.filter
def short(digest: str) -> str:
    """The first characters of a digest, enough to tell it by."""
    return digest[:DIGEST_SHOWN] if digest else "—"


@register.filter
def percent(share: Decimal | None, digits: int = 2) -> str:
    """A share as a percentage; a dash for none."""
    return "—" if share is None else f"{share * 100:.{digits}f} %"


@register.filter
def thousandths(share: Decimal) -> int:
    """A share as thousandths, at most all of them: how wide a bar is."""
    return min(int(share * 1000), 1000)


@register.simple_tag
def bar(width: int, colour: str = "fill-teal-600") -> SafeString:
    """A bar of so many thousandths of its column; screen readers pass over it, the number stands beside it."""
    return format_html(
        '<svg class="bar-line" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="fill-slate-100" width="1000" height="8"/><rect class="{}" width="{}" height="8"/></svg>',
        colour,
        width,
    )


@register.inclusion_tag("workbench/source.html")
def source(file: Any, line: int | None = None) -> dict[str, Any]:
    """The file and line something came from; a dash where it came from no file."""
    if isinstance(file, Source):
        return {"file": file, "name": file.file, "line": file.line}
    return {"file": file, "name": file.name if file else "", "line": line}


@register.inclusion_tag("workbench/field.html")
def field(bound: Any) -> dict[str, Any]:
    """One field of a form with its label and what is wrong with it."""
    return {"field": bound}


@register.filter
def one_language(text: str | None) -> str:
    """The page's side of a text that says both languages, such as a table's label."""
    return one_side(text or "", get_language() or "")


@register.filter
def in_language(text: Bilingual) -> str:
    """The page's side of a wording that exists in both languages."""
    return text.for_language(get_language() or "")


@register.filter
def expected(sentence: str | None) -> str:
    """What a refused field should have held, in the page's language."""
    return in_words(sentence or "")
