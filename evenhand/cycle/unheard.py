"""What was handed over and never heard of again: after a while, by channel, nobody can say what became of it."""

from collections import Counter
from datetime import datetime, timedelta

from evenhand.outreach import messages_kept
from evenhand.outreach.guard import channel_terms
from evenhand.outreach.messages_kept import Became
from evenhand.outreach.models import Message

AT_ONCE = 1_000
State = Message.State


def unheard(*, now: datetime) -> Counter[str]:
    """Say of such messages that they are unknown; returns how many by act. Their contacts count, and a late receipt is
    still taken."""
    done: Counter[str] = Counter()
    for act, terms in channel_terms().items():
        rows = Message.objects.filter(
            channel=act,
            state=State.HANDED,
            handed_at__lt=now - timedelta(minutes=terms.heard_minutes),
        ).order_by("handed_at", "id")
        while keys := list(rows.values_list("id", flat=True)[:AT_ONCE]):
            said = [Became(key, State.UNKNOWN, "NOTHING_HEARD") for key in keys]
            done[act] += len(messages_kept.became(said, now=now))
    return +done
