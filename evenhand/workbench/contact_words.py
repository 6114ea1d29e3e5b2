"""Times and reasons of contacts in the words of the page's language."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.compliance.explain import Explained
from evenhand.compliance.packfile.terms import by_in_words
from evenhand.web.labels import label_of


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """One reason as a page says it: the sentence, the law behind it, and when it alone would lift."""

    said: str
    citation: str
    strength: str
    confidence: str
    note: str
    code: str
    rule: str
    pack: str
    decision: str
    by: str
    lifts_at: datetime | None


def reason_words(reason: Explained) -> ReasonWords:
    """A reason in words; one whose pack has no sentence for it is told by its code."""
    language = get_language() or ""
    by = reason.numbers.get("by", {})
    article = _("art. %(article)s") % {"article": reason.article} if reason.article else ""
    return ReasonWords(
        said=reason.sentence or reason.code,
        citation=" · ".join(part for part in (reason.instrument, article) if part),
        strength=label_of("strength", reason.strength, language) if reason.strength else "",
        confidence=label_of("confidence", reason.confidence, language) if reason.confidence else "",
        note=reason.note,
        code=reason.code,
        rule=reason.rule,
        pack=reason.pack,
        decision=reason.decision,
        by=by_in_words(by, language),
        lifts_at=reason.lifts_at,
    )


def when_words(at: datetime, now: datetime) -> str:
    """A moment as people say it: the time alone today, tomorrow by its word, else with its day."""
    there, here = localtime(at), localtime(now)
    time = there.strftime("%H:%M")
    if there.date() == here.date():
        return time
    if there.date() == here.date() + timedelta(days=1):
        return _("tomorrow %(time)s") % {"time": time}
    return f"{there:%Y-%m-%d} {time}"


def until_words(at: datetime, since: datetime) -> str:
    """The end of a span that begins at a moment: the time alone on the same day, else with its day."""
    there, here = localtime(at), localtime(since)
    return there.strftime("%H:%M" if there.date() == here.date() else "%Y-%m-%d %H:%M")
