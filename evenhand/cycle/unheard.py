"""What was handed over and never heard of again: after a while, by channel, nobody can say what became of it."""

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

from evenhand.outreach import gate, messages_kept, results
from evenhand.outreach.guard import channel_terms
from evenhand.outreach.messages_kept import Became
from evenhand.outreach.models import Message

AT_ONCE = 1_000
BY = "dispatcher"
State = Message.State


def unheard(*, now: datetime) -> Counter[str]:
    """Say of such messages and of their contacts that nobody knows; returns how many by act.

    They count, and what a late receipt says counts instead. The contact is ended first: cut off between the two, the
    next time does the rest.
    """
    done: Counter[str] = Counter()
    for act, terms in channel_terms().items():
        rows = Message.objects.filter(
            channel=act,
            state=State.HANDED,
            handed_at__lt=now - timedelta(minutes=terms.heard_minutes),
        ).order_by("handed_at", "id")
        while several := list(rows.values_list("id", "contact")[:AT_ONCE]):
            for _, contact in several:
                with suppress(gate.PermitSettled, gate.UnknownPermit):  # told of otherwise
                    results.unheard(contact=contact, by=BY)
            said = [Became(key, State.UNKNOWN, "NOTHING_HEARD") for key, _ in several]
            done[act] += len(messages_kept.became(said, now=now))
    return +done
