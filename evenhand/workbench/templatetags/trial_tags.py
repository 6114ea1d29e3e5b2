"""Tags of a trial's pages: shares, changes, pairs of bars."""

from collections.abc import Mapping

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from evenhand.web.labels import LABELS, label_of
from evenhand.workbench.trial_pictures import Move, Pair

register = template.Library()

TEN = 10


@register.filter
def permille(share: int) -> str:
    """A share in thousandths as a percentage with one digit."""
    return f"{share // TEN}.{share % TEN}%"


@register.filter
def signed(number: int) -> str:
    """A change with its sign; 0 for none."""
    return f"+{number:,}" if number > 0 else f"−{-number:,}" if number else "0"


@register.filter
def group_label(code: str, kind: str) -> str:
    """The words for a group; a code of the bank's own, such as a product, is its own label."""
    language = get_language() or "zh-hans"
    if code in LABELS["any_group"]:
        return label_of("any_group", code, language)
    return label_of(kind, code, language) if kind in LABELS else code


@register.filter
def half(text: str) -> str:
    """The half of a table's text that is in the page's language; Chinese stands before the bar."""
    chinese, _bar, english = text.partition(" | ")
    return english if english and (get_language() or "").startswith("en") else chinese


@register.filter
def side(text: Mapping[str, str]) -> str:
    """The page's side of a text kept in both languages."""
    return text["en" if (get_language() or "").startswith("en") else "zh"]


def _rect(colour: str, x: int, y: int, width: int, height: int) -> tuple[str, int, int, int, int]:
    return colour, x, y, width, height


def _drawn(rects: list[tuple[str, int, int, int, int]], height: int) -> SafeString:
    shapes = format_html_join(
        "", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', (r for r in rects if r[3])
    )
    return format_html(
        '<svg class="pair-line" viewBox="0 0 1000 {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        height,
        shapes,
    )


@register.simple_tag
def pair_bar(bars: Pair) -> SafeString:
    """The bar before above the bar after; what goes past the limit is red and the limit a dark line."""
    rects = [
        _rect("fill-slate-100", 0, 0, 1000, 20),
        _rect("fill-slate-400", 0, 2, bars.before_within, 7),
        _rect("fill-red-300", bars.before_within, 2, bars.before_over, 7),
        _rect("fill-teal-600", 0, 11, bars.after_within, 7),
        _rect("fill-red-600", bars.after_within, 11, bars.after_over, 7),
    ]
    if bars.limit is not None:
        rects.append(_rect("fill-slate-900", min(bars.limit, 994), 0, 6, 20))
    return _drawn(rects, 20)


@register.simple_tag
def move_bar(move: Move) -> SafeString:
    """Where a share stood and where it goes, on a line from none to all."""
    rects = [
        _rect("fill-slate-200", 0, 7, 1000, 2),
        _rect("fill-teal-300", move.left, 6, move.length, 4),
        _rect("fill-slate-500", min(move.before, 988), 2, 12, 12),
        _rect("fill-teal-700", min(move.after, 988), 0, 12, 16),
    ]
    return _drawn(rects, 16)
