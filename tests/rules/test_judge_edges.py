"""Every number of every shipped pack matters: changed by one, it changes a verdict at its edge."""

from datetime import date, timedelta

import pytest

from evenhand.compliance.packs import PackError, load_pack, shipped_packs
from tests.rules.judge_probes import alone, changed, differs, numbers_of, read

PACKS = {name: load_pack(name) for name in shipped_packs()}


def numbers():
    """Pack, rule, version and path of each number in a rule, in its measures, and of the effective talk."""
    for name, pack in PACKS.items():
        for place, rule in enumerate(pack.content.get("rule", [])):
            for path in numbers_of(rule):
                yield pytest.param(
                    name,
                    place,
                    ("rule", 0, *path),
                    id=f"{name}-{rule['id']}-{place}-{'.'.join(map(str, path))}",
                )
            parts = alone(pack, rule)
            for number, measure in enumerate(parts["measure"]):
                for path in numbers_of(measure):
                    yield pytest.param(
                        name, place, ("measure", number, *path),
                        id=f"{name}-{rule['id']}-{place}-{measure['name']}-{'.'.join(map(str, path))}",
                    )  # fmt: skip
            if "effective_talk" in repr(rule) and "effective_talk" in parts:
                yield pytest.param(
                    name,
                    place,
                    ("effective_talk", "talk_seconds"),
                    id=f"{name}-{rule['id']}-{place}-talk",
                )


@pytest.mark.parametrize(("name", "place", "path"), list(numbers()))
def test_a_number_changed_by_one_changes_a_verdict(name, place, path):
    pack = PACKS[name]
    rule = pack.content["rule"][place]
    content = alone(pack, rule)
    one = read(content)
    others = [
        other for by in (1, -1) if (other := readable(changed(content, path, by))) is not None
    ]
    assert others
    if rule["kind"] == "deadline":
        start = date(2026, 1, 14)
        assert all(
            other.rules[0].check.step.due(start) != one.rules[0].check.step.due(start)
            for other in others
        )
        return
    first = max(date.fromisoformat(rule["valid_from"]), pack.valid_from, date(2026, 6, 17))
    last = rule.get("valid_to")
    day = (
        first
        if last is None or first < date.fromisoformat(last)
        else date.fromisoformat(last) - timedelta(days=1)
    )
    assert any(differs(one, other, content["rule"][0], day) for other in others)


def readable(content):
    """The pack, or None where the number leaves what the loader allows."""
    try:
        return read(content)
    except PackError:
        return None
