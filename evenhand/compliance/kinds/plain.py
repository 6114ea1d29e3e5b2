"""The two plainest kinds: what is forbidden as such, and what is needed first."""

from evenhand.compliance.kinds.common import Check, Context, Found
from evenhand.compliance.packfile.predicates import Predicate
from evenhand.compliance.packfile.tables import Table
from evenhand.compliance.situation import Situation, compiled

ALWAYS = Found({})


def read_forbid(table: Table, context: Context) -> Check:
    """What matches `when` is refused."""
    del table, context
    return Check(lambda _: ALWAYS)


def read_require(table: Table, context: Context) -> Check:
    """`needs = predicate` or a list of alternatives of which one must hold."""
    asked = table.take(
        "needs", "a table, or a list of tables", lambda v: isinstance(v, dict | list) and bool(v)
    )
    rows = asked if isinstance(asked, list) else [asked]
    reader = context.of_act()
    alternatives = [
        reader.read(row, f"needs[{n}]" if isinstance(asked, list) else "needs")
        for n, row in enumerate(rows)
    ]
    tests = [compiled(alternative) for alternative in alternatives]
    names = sorted({name for alternative in alternatives for name in alternative.names})

    def run(situation: Situation) -> Found | None:
        asked = situation.asked
        unknown = False
        for test in tests:
            answer = test(asked)
            if answer:
                return None
            unknown = unknown or answer is None
        return Found({"needed": names, **_lacking(alternatives, situation)}, None, unknown)

    return Check(
        run,
        {"needs": [alternative.written() for alternative in alternatives]},
        frozenset({"needed", "missing"}),
        may_be_unknown=any(_may_be_unknown(alternative) for alternative in alternatives),
        asks=tuple(alternatives),
    )


def _lacking(alternatives: list[Predicate], situation: Situation) -> dict[str, list[str]]:
    """Of lists that must hold all of something: what is not there."""
    missing: list[str] = []
    for alternative in alternatives:
        for condition in alternative.conditions:
            if isinstance(condition.written, dict) and "all" in condition.written:
                there = set(situation.asked[condition.question.name] or ())
                missing += [word for word in condition.written["all"] if word not in there]
    return {"missing": missing} if missing else {}


def _may_be_unknown(predicate: Predicate) -> bool:
    always = {"act", "direction", "role", "actor", "collector", "purpose", "basis", "to", "holding", "standing",
              "consents", "medium", "weekday", "to_debtor", "first_reply_in_medium", "reply_in_designated_time",
              "location_known", "debt_kinds"}  # fmt: skip
    return any(
        c.absent is None and c.question.home != "measure" and c.question.name not in always
        for c in predicate.conditions
    )
