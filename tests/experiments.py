"""Experiments for tests: planned by an analyst, approved by a supervisor, through the doors the screens use."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from evenhand.cycle import experiments
from evenhand.rulebook import experiments as plans
from evenhand.rulebook.content import deflated, digest_of, sha256_of
from evenhand.rulebook.experiments import Plan
from evenhand.rulebook.models import Experiment, StrategyVersion
from evenhand.strategy.design import Question
from evenhand.strategy.judge import STARTER
from tests.world import NOW, a_supervisor, an_analyst

START = date(2026, 9, 29)
PLAN = Plan(
    title="先不催收 | Leave alone at first",
    question="早期提醒与致电是否带来还款？ | Do early reminders and calls bring payments?",
    challenger=None,
    challenger_share=0,
    holdout_share=9_999,
    holdout_days_max=30,
    start_on=START,
    stop_on=date(2026, 12, 28),
    measure=Question(baseline=Decimal("0.40"), effect=Decimal("0.02")),
    daily_rate=Decimal("0.0005"),
    cost_to_people="利息照计 | Interest goes on",
)


def letters_instead_of_calls() -> bytes:
    """The starter strategy, writing where it would call."""
    text = STARTER.read_text(encoding="utf-8")
    changed = text.replace('<text>"CALL"</text>', '<text>"LETTER"</text>')
    assert changed != text
    return changed.encode()


def an_approved_version(content: bytes, number: int = 90) -> StrategyVersion:
    """A version that may challenge."""
    return StrategyVersion.objects.create(
        number=number,
        title="只用信函 | Letters only",
        state="APPROVED",
        content=deflated(content),
        content_sha256=sha256_of(content),
        digest=digest_of(content),
        created_at=NOW,
        checked_at=NOW,
    )


def a_draft(salt: str = "autumn", **changes: Any) -> int:
    """A draft; its salt is fixed so that a story always tells of the same people."""
    number = plans.plan_experiment(plan=replace(PLAN, **changes), by=an_analyst().id, now=NOW)
    Experiment.objects.filter(number=number).update(salt=salt)
    return number


def an_experiment(now: datetime = NOW, **changes: Any) -> int:
    """An approved experiment, from the day after the first night on."""
    number = a_draft(**changes)
    asks, decides = an_analyst(), a_supervisor()
    experiments.ask_approval(number=number, note="", by=asks.id, now=now)
    experiments.decide_approval(
        number=number, verdict="APPROVED", reason="", by=decides.id, now=now
    )
    return number
