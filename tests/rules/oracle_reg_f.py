"""12 CFR 1006.14(b) worked by hand for one debtor and whole days, sharing no code with the judge.

A contact is (hour, kind, debts): the hour counts from the start of the first day, and kinds are those below.
"""

HOURS_A_DAY = 24
COUNTED = ("UNANSWERED", "VOICEMAIL", "TALK")  # calls out that were connected
NOT_CONNECTED = ("BUSY", "OUT_OF_SERVICE")
TALKS = ("TALK", "TALK_IN")
OTHERS = ("ABANDONED_IN", "TEXT", "CONSENT", "REVOKED")
KINDS = (*COUNTED, *NOT_CONNECTED, "TALK_IN", *OTHERS)


def answer(contacts, hour, debt):
    """How many calls about the debt stand in the seven days ending on the hour's day, and whether a talk locks it."""
    today = hour // HOURS_A_DAY
    counted = sum(
        kind in COUNTED
        and debt in debts
        and today - 6 <= at // HOURS_A_DAY <= today
        and not excused(contacts, at)
        for at, kind, debts in contacts
    )
    locked = any(
        kind in TALKS and debt in debts and today - 6 <= at // HOURS_A_DAY
        for at, kind, debts in contacts
    )
    return counted, locked and not excused(contacts, hour)


def excused(contacts, hour):
    """Whether a call at that hour falls under consent: seven days, until revoked, until the next talk."""
    for given, kind, _ in contacts:
        if kind != "CONSENT" or not given < hour or hour // HOURS_A_DAY > given // HOURS_A_DAY + 6:
            continue
        ended = any(
            given < at and (at < hour if kind in TALKS else kind == "REVOKED" and at <= hour)
            for at, kind, _ in contacts
        )
        if not ended:
            return True
    return False
