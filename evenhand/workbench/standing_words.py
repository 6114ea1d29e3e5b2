"""What a standing fact says, in words of the page's language."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.casework.queries import AccountLine, PointRow
from evenhand.web.labels import label_of
from evenhand.web.masking import mask

_SHOWN_AS = {
    "media": "medium",
    "scope": "consent_scope",
    "days": "weekday",
    "place": "place",
    "state": "bankruptcy",
    "proof": "lost_proof",
}


def join(words: Iterable[str]) -> str:
    """Words one after the other, as the page's language does it."""
    return ("、" if (get_language() or "").startswith("zh") else ", ").join(words)


def detail_words(detail: Mapping[str, Any], points: Mapping[str, str]) -> list[str]:
    """Each part of a fact's detail in words; `points` are masked numbers and addresses by their keys."""
    language = get_language() or ""
    said = []
    for name, kind in _SHOWN_AS.items():
        codes = detail.get(name, [])
        if codes:
            listed = [codes] if isinstance(codes, str) else codes
            said.append(join(label_of(kind, code, language) for code in listed))
    if "opens" in detail:
        said.append(f"{detail['opens']}–{detail['closes']}")
    keys = [*detail.get("points", []), *([detail["point"]] if "point" in detail else [])]
    if keys:
        said.append(join(points.get(key, _("a number no longer sent by the bank")) for key in keys))
    if detail.get("contact_known"):
        said.append(_("how to reach the lawyer is known"))
    if detail.get("consented"):
        said.append(_("the lawyer consents to direct contact"))
    if detail.get("unresponsive"):
        said.append(_("the lawyer does not answer"))
    if detail.get("portfolio_wide"):
        said.append(_("concerns all debts"))
    return said


def masked_points(points: Iterable[PointRow]) -> dict[str, str]:
    """The numbers and addresses as they may be shown, by key."""
    language = get_language() or ""
    return {
        point.key: f"{label_of('contact_kind', point.kind, language)} {mask(point.value)}"
        for point in points
    }


def debt_words(debts: Iterable[str], lines: Iterable[AccountLine]) -> list[str]:
    """The debts named, by card tail; one the case no longer shows is named by its key."""
    tails = {str(line.account_key): line.card_tail or line.product for line in lines}
    return [tails.get(key, key) for key in debts]
