"""Which arm of an experiment a person is in, and whom its hold-out may leave alone. Pure.

The arm is a function of the person's key and the experiment's salt, so it is the same on every machine, every night,
by night and by day, and nobody has to remember it. See docs/decisions/0009-arms-and-the-hold-out.md.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.strategy.codes import (
    ARMS,
    DISCRETIONARY,
    HOLDOUT_DAYS_MAX,
    HOLDOUT_EXEMPTIONS,
    NEVER_HELD_OUT,
    PROMISED,
    TREATMENTS,
)
from evenhand.strategy.judge import CHOSEN, Strategy

SLOTS = 10_000
ARM_CODES = tuple(ARMS)
CHAMPION, CHALLENGER, HOLDOUT = (
    ARM_CODES.index(code) for code in ("CHAMPION", "CHALLENGER", "HOLDOUT")
)
LEFT_ALONE: Mapping[str, str | int] = {
    "treatment": "WAIT",
    "channel": "NONE",
    "tone": "NONE",
    "priority": 0,  # a case that waits must not stand at the top of a worklist
}
_CODE = pa.dictionary(pa.int16(), pa.string())
_MASK = 2**64 - 1
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # the finaliser of SplitMix64
_AT_ONCE = 1 << 16  # keys hashed at once, few enough to stay in the cache

Keys = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One experiment as a night knows it. Shares are of SLOTS; who is in neither is with the champion."""

    number: int
    salt: str
    start_on: date  # who was past due before is not held out: nobody's treatment is broken off
    challenger_share: int
    holdout_share: int
    holdout_days_max: int  # days past due after which nobody is held out
    challenger: str = ""  # path in the lake of the strategy that decides for its arm
    challenger_digest: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.holdout_days_max <= HOLDOUT_DAYS_MAX:
            raise ValueError(f"nobody is held out after day {HOLDOUT_DAYS_MAX}")
        if min(self.challenger_share, self.holdout_share) < 0 or self.champion_share <= 0:
            raise ValueError("the shares of an experiment leave a champion")
        if bool(self.challenger) != bool(self.challenger_share):
            raise ValueError("an experiment has a challenger and a share for it, or neither")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Experiment":
        """An experiment back from what `as_data` gave, or from JSON of it."""
        return cls(**dict(data) | {"start_on": date.fromisoformat(data["start_on"])})

    def as_data(self) -> dict[str, Any]:
        """The experiment as JSON holds it."""
        return asdict(self) | {"start_on": self.start_on.isoformat()}

    def days_running(self, on: date) -> int:
        """How many days it has run, the banking day included: who is past due longer entered before it."""
        return (on - self.start_on).days + 1

    @property
    def champion_share(self) -> int:
        """What the strategy in force keeps."""
        return SLOTS - self.challenger_share - self.holdout_share


def slot(customer_key: int, salt: str) -> int:
    """A number of 0..SLOTS-1 for a person, the same as `slots` gives."""
    mixed = _mixed_one((_mixed_one(customer_key & _MASK) + _seed(salt)) & _MASK)
    return (mixed >> 32) * SLOTS >> 32


def slots(customer_keys: Keys, salt: str) -> Keys:
    """A number of 0..SLOTS-1 for each person: even over any set of keys, and independent from salt to salt."""
    found = np.empty(len(customer_keys), dtype=np.int64)
    seed = np.uint64(_seed(salt))
    for start in range(0, len(found), _AT_ONCE):
        mixed = customer_keys[start : start + _AT_ONCE].astype(np.int64).view(np.uint64)
        _mix(mixed)
        mixed += seed
        _mix(mixed)
        mixed >>= np.uint64(32)
        mixed *= np.uint64(SLOTS)
        mixed >>= np.uint64(32)
        found[start : start + _AT_ONCE] = mixed
    return found


def _seed(salt: str) -> int:
    return int.from_bytes(hashlib.sha256(salt.encode()).digest()[:8], "big")


def _mixed_one(value: int) -> int:
    value = (value ^ value >> 30) * _FIRST & _MASK
    value = (value ^ value >> 27) * _SECOND & _MASK
    return value ^ value >> 31


def _mix(values: npt.NDArray[np.uint64]) -> None:
    values ^= values >> np.uint64(30)
    values *= np.uint64(_FIRST)
    values ^= values >> np.uint64(27)
    values *= np.uint64(_SECOND)
    values ^= values >> np.uint64(31)


def arm_of(customer_key: int, experiment: Experiment) -> str:
    """The arm a person is in for as long as the experiment runs."""
    place = slot(customer_key, experiment.salt)
    if place < experiment.holdout_share:
        return "HOLDOUT"
    return (
        "CHALLENGER"
        if place < experiment.holdout_share + experiment.challenger_share
        else "CHAMPION"
    )


def arms_of(customer_keys: Keys, experiment: Experiment) -> npt.NDArray[np.int16]:
    """The arm of each person, as an index into ARM_CODES."""
    place = slots(customer_keys, experiment.salt)
    found = np.full(len(place), CHAMPION, dtype=np.int16)
    found[place < experiment.holdout_share + experiment.challenger_share] = CHALLENGER
    found[place < experiment.holdout_share] = HOLDOUT
    return found


def exemptions(
    facts: Mapping[str, object],
    *,
    segment: str,
    treatment: str,
    chosen: bool,
    days_max: int = HOLDOUT_DAYS_MAX,
    days_running: int | None = None,
) -> tuple[str, ...]:
    """Every reason, of HOLDOUT_EXEMPTIONS, to treat a person of the hold-out as ever; with none she is held out.

    `days_max` and `days_running` are the experiment's: nobody is held out who is longer past due than either.
    A fact that is not known counts for her: it exempts.
    """
    days: Any = facts["overdue_days"]
    entries: Any = facts["entries"]
    checks = {
        "NOT_PAST_DUE": days is None or days < 1,
        "AFTER_LAST_DAY": days is not None and days > days_max,
        "ENTERED_BEFORE": None not in (days, days_running) and days > days_running,
        "DECEASED": facts["deceased"] is not False,
        "VULNERABLE": facts["vulnerable"] is not False,
        "HOLD": facts["hold"] != "NONE",
        "ADDRESS_BOUNCED": (entries is None or entries <= 1) and facts["address_valid"] is not True,
        "PROMISED": facts["promise"] is None or facts["promise"] in PROMISED,
        "SEGMENT": segment in NEVER_HELD_OUT,
        "CHOSEN_BY_HAND": chosen,
        "NOT_DISCRETIONARY": treatment not in DISCRETIONARY,
    }
    assert tuple(checks) == tuple(HOLDOUT_EXEMPTIONS)
    return tuple(reason for reason, holds in checks.items() if holds)


def may_be_held_out(
    facts: pa.Table, rows: Keys | None = None, *, days_max: int = HOLDOUT_DAYS_MAX
) -> Keys:
    """The rows, among all or those given, whose facts exempt nobody: within the days, and no person to spare.

    What was decided for them is not looked at: the same people in every arm, so that arms can be compared.
    """
    days = pc.fill_null(facts["overdue_days"], 0).to_numpy()
    within = (days >= 1) & (days <= days_max)
    rows = np.flatnonzero(within) if rows is None else rows[within[rows]]
    names = ("deceased", "vulnerable", "hold", "entries", "address_valid", "promise")
    few = facts.select([*names, *([CHOSEN] if CHOSEN in facts.column_names else [])]).take(
        pa.array(rows)
    )
    spared = [
        pc.fill_null(few["deceased"], True),
        pc.fill_null(few["vulnerable"], True),
        pc.fill_null(pc.not_equal(few["hold"].cast(pa.string()), "NONE"), True),
        pc.and_(
            pc.fill_null(pc.less_equal(few["entries"], 1), True),
            pc.invert(pc.fill_null(few["address_valid"], False)),
        ),
        pc.or_(few["promise"].is_null(), _among(few["promise"], PROMISED)),
    ]
    if CHOSEN in few.column_names:
        spared.append(few[CHOSEN].is_valid())
    free = np.ones(len(rows), dtype=bool)
    for reason in spared:
        free &= ~reason.to_numpy().astype(bool)
    return rows[free]


def _among(column: pa.ChunkedArray, values: frozenset[str]) -> pa.ChunkedArray:
    return pc.is_in(column.cast(pa.string()), pa.array(sorted(values)))


def decide_in_arms(
    facts: pa.Table,
    customer_keys: Keys,
    *,
    strategy: Strategy,
    experiment: Experiment | None,
    challenger: Strategy | None,
    on: date,
) -> pa.Table:
    """Decide for every row as its arm has it on a banking day: `Strategy.decide_batch` and two columns.

    `arm` is of ARMS, null when no experiment runs: it says who was assigned what. `withheld` is the treatment that the
    hold-out kept from a person, null where it kept none: it says to whom the assignment applied. Rule numbers stay
    those of the tables, also where the hold-out puts LEFT_ALONE in place of their answers.
    """
    decided = strategy.decide_batch(facts)
    none = pa.nulls(facts.num_rows, _CODE)
    if experiment is None:
        return decided.append_column("arm", none).append_column("withheld", none)
    assert (challenger is not None) == bool(experiment.challenger_share)
    arm = arms_of(customer_keys, experiment)
    if challenger is not None:
        rows = np.flatnonzero(arm == CHALLENGER)
        seen = [name for name in facts.column_names if name in challenger.facts_used | {CHOSEN}]
        other = challenger.decide_batch(facts.select(seen).take(pa.array(rows)))
        decided = _replaced(decided, rows, {name: other[name] for name in other.column_names})
    days_max = min(experiment.holdout_days_max, experiment.days_running(on))
    decided, withheld = _held_out(facts, decided, np.flatnonzero(arm == HOLDOUT), days_max)
    coded = pa.DictionaryArray.from_arrays(pa.array(arm), list(ARM_CODES))
    return decided.append_column("arm", coded).append_column("withheld", withheld)


def _held_out(
    facts: pa.Table, decided: pa.Table, rows: Keys, days_max: int
) -> tuple[pa.Table, pa.Array]:
    """The decisions with LEFT_ALONE where the hold-out applies, and what it withheld."""
    rows = may_be_held_out(facts, rows, days_max=days_max)
    few = decided.select(["segment", "treatment"]).take(pa.array(rows))
    discretionary = pc.and_(
        _among(few["treatment"], DISCRETIONARY),
        pc.invert(_among(few["segment"], NEVER_HELD_OUT)),
    ).to_numpy()
    rows = rows[discretionary.astype(bool)]
    withheld = _none_withheld(decided.num_rows)
    kept = {"withheld": decided["treatment"].take(pa.array(rows))}
    [withheld] = _replaced(pa.table({"withheld": withheld}), rows, kept).columns
    return _replaced(decided, rows, LEFT_ALONE), withheld


def _none_withheld(rows: int) -> pa.DictionaryArray:
    indices = pa.array(np.zeros(rows, dtype=np.int16), mask=np.ones(rows, dtype=bool))
    return pa.DictionaryArray.from_arrays(indices, list(TREATMENTS))


def _replaced(table: pa.Table, rows: Keys, answers: Mapping[str, Any]) -> pa.Table:
    """The table with other answers in some rows: a column for these rows, or one value for all of them."""
    if not len(rows):
        return table
    for name, answer in answers.items():
        column = table[name]
        column = _coded(column) if pa.types.is_dictionary(column.type) else _whole(column)
        array = _merged(column, rows, answer)
        table = table.set_column(table.column_names.index(name), name, array)
    return table


def _merged(column: Any, rows: Keys, answer: Any) -> pa.Array:
    if not pa.types.is_dictionary(column.type):
        return _with_values(column, rows, answer)
    known = column.dictionary.to_pylist()
    codes = [answer] if isinstance(answer, str) else _coded(answer).dictionary.to_pylist()
    known += [code for code in codes if code not in known]
    place = np.array([known.index(code) for code in codes], dtype=np.int16)
    values = place[0] if isinstance(answer, str) else place[_coded(answer).indices.to_numpy()]
    indices = _with_values(column.indices.cast(pa.int16()), rows, values)
    return pa.DictionaryArray.from_arrays(indices, known)


def _with_values(column: pa.Array, rows: Keys, values: Any) -> pa.Array:
    """The numbers of a column with other values in some rows."""
    none = column.is_null().to_numpy(zero_copy_only=False) if column.null_count else None
    if none is not None:
        none[rows] = False
        column = pc.fill_null(column, 0)
    merged = column.to_numpy(zero_copy_only=False).copy()
    merged[rows] = values
    return pa.array(merged, column.type, mask=none)


def _coded(column: Any) -> pa.DictionaryArray:
    return _whole(column.unify_dictionaries() if isinstance(column, pa.ChunkedArray) else column)


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
