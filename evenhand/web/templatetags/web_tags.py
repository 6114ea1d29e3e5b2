"""Tags that every template has: money, icons, labels of stored codes, masks."""

import lucide
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext

from evenhand.kernel.money import format_minor
from evenhand.web.labels import label_of
from evenhand.web.masking import mask

register = template.Library()


def _babel_locale() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh_Hans_CN"


@register.simple_tag
def money(amount_minor: int | None, currency: str) -> str:
    """The amount of minor units as people of the page's language write it; a dash for none."""
    if amount_minor is None:
        return "—"
    return format_html(
        '<span class="tabular">{}</span>', format_minor(amount_minor, currency, _babel_locale())
    )


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """A lucide icon in the colour of the text around it; screen readers pass over it."""
    # str + "" makes a plain string of a template's SafeString, so that attributes are escaped.
    drawn = lucide._render_icon(name + "", size, **{"class": "icon", "aria-hidden": "true"})
    return mark_safe(drawn)  # noqa: S308


@register.filter
def label(code: str | None, kind: str) -> str:
    """The words for a stored code, e.g. ``{{ case.treatment|label:"treatment" }}``; a dash for none."""
    return label_of(kind, code, get_language() or "zh-hans") if code else "—"


@register.filter
def masked(text: str | None) -> str:
    """A name or number as it may be shown to everyone on the desk."""
    return mask(text) if text else "—"


@register.simple_tag
def days(number: int | None) -> str:
    """A number of days with its unit; a dash for none."""
    if number is None:
        return "—"
    return ngettext("%(number)d day", "%(number)d days", number) % {"number": number}
