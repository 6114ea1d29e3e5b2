"""What the robot says and asks, in order, and what it makes of the keys. Nothing here knows of telephones or sound.

Nothing of a debt is said before the person has keyed the last four of her identity number or, where the bank has none,
of her card. "It is not me" and "call me no more" are taken at once. What she says of paying is repeated to her before
it is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from evenhand.adapters.sip_voice.speech import amount_parts, date_parts

CHECK_TRIES = 2
SILENCES = 2  # in a row, until the robot takes its leave
WRONG_KEYS = 3  # in a row

WISHES = ("PAID", "PROMISE", "PERSON", "WRONG_PERSON", "STOP")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """What one call needs to know: of nobody but her it is made to."""

    language: str  # zh-CN or en
    check: str = field(repr=False)  # four digits, or three and a * for X
    check_of: str  # ID or CARD
    due_minor: int = field(repr=False)
    currency: str
    overdue_from_on: date | None = field(repr=False)
    today: date
    promise_until_on: date  # the last day that can be promised


@dataclass(frozen=True, slots=True)
class Turn:
    """Clips to play, and how many keys are then waited for; none: the call ends after them."""

    parts: tuple[str, ...]
    keys: int = 0
    person: bool = False  # afterwards she is put through to somebody


@dataclass(slots=True)
class Found:
    """What came of a conversation."""

    identified: bool | None = None  # None: it was not asked or not answered
    wish: str = ""  # of WISHES
    promised_on: date | None = None
    machine: bool = False
    heard: list[str] = field(default_factory=list)  # the clips, and keys in [], several as •


class Dialogue:
    """One conversation: each of `keyed`, `silent` and `machine` answers with what comes next."""

    def __init__(self, plan: CallPlan) -> None:
        self.plan, self.found = plan, Found()
        self._next: Callable[[str], Turn] = self._opening
        self._turn = Turn(())
        self._tries = CHECK_TRIES
        self._silences = self._wrong = 0
        self._day: date | None = None

    def begin(self) -> Turn:
        """What is said when somebody answers."""
        return self._ask(self._opening, "opening", keys=1)

    def keyed(self, keys: str) -> Turn:
        """She pressed as many keys as were waited for, or fewer and then none."""
        self.found.heard.append(f"[{'•' * len(keys) if self._turn.keys > 1 else keys}]")
        self._silences = 0
        return self._next(keys)

    def silent(self) -> Turn:
        """She pressed nothing in time."""
        self._silences += 1
        if self._silences >= SILENCES:
            return self._end("silence", "bye")
        again = tuple(part for part in self._turn.parts if part != "silence")
        return self._say(Turn(("silence", *again), self._turn.keys))

    def machine(self) -> Turn:
        """A machine answered: it is told to call back, and nothing else."""
        self.found.machine = True
        return self._end("machine")

    def _opening(self, keys: str) -> Turn:
        if keys == "3":
            self.found.identified = False
            return self._wish("WRONG_PERSON", "wrong_person")
        if keys == "9":
            return self._wish("STOP", "stopped")
        if keys != "1":
            return self._again()
        return self._ask(self._check, f"check_{self.plan.check_of.lower()}", keys=4)

    def _check(self, keys: str) -> Turn:
        if keys == self.plan.check:
            self.found.identified = True
            return self._menu_after(*self._what_is_due())
        self._tries -= 1
        if self._tries:
            return self._ask(
                self._check, "check_wrong", f"check_{self.plan.check_of.lower()}", keys=4
            )
        return self._end("check_failed")

    def _what_is_due(self) -> tuple[str, ...]:
        plan = self.plan
        since = (
            ("since", *date_parts(plan.overdue_from_on, plan.language, year_of=plan.today))
            if plan.overdue_from_on
            else ()
        )
        due = amount_parts(plan.due_minor, plan.currency, plan.language)
        return ("owed_before", *due, *since, "owed_after", "how_to_pay")

    def _menu_after(self, *parts: str) -> Turn:
        return self._ask(self._menu, *parts, "menu", keys=1)

    def _menu(self, keys: str) -> Turn:
        if keys == "1":
            return self._wish("PAID", "paid_noted")
        if keys == "2":
            return self._ask(self._promise, "ask_day", keys=4)
        if keys == "3":
            self.found.identified = False
            return self._wish("WRONG_PERSON", "wrong_person")
        if keys == "0":
            self.found.wish = "PERSON"
            return self._say(Turn(("person_soon",), person=True))
        if keys == "9":
            return self._wish("STOP", "stopped")
        if keys == "5":
            return self._menu_after(*self._what_is_due())
        return self._again()

    def _promise(self, keys: str) -> Turn:
        day = day_of(keys, self.plan.today)
        if day is None or day > self.plan.promise_until_on:
            self._wrong += 1
            if self._wrong >= WRONG_KEYS:
                return self._end("too_many")
            until = date_parts(self.plan.promise_until_on, self.plan.language)
            return self._ask(self._promise, "day_refused", *until, "ask_day", keys=4)
        self._day = day
        return self._ask(
            self._confirm, "day_back", *date_parts(day, self.plan.language), "confirm", keys=1
        )

    def _confirm(self, keys: str) -> Turn:
        if keys == "1":
            self.found.promised_on = self._day
            return self._wish("PROMISE", "promise_kept")
        if keys == "2":
            return self._ask(self._promise, "ask_day", keys=4)
        return self._again()

    def _again(self) -> Turn:
        """The same once more, for a key that means nothing here."""
        self._wrong += 1
        if self._wrong >= WRONG_KEYS:
            return self._end("too_many")
        return self._say(self._turn)

    def _wish(self, wish: str, part: str) -> Turn:
        self.found.wish = wish
        return self._end(part)

    def _ask(self, then: Callable[[str], Turn], *parts: str, keys: int) -> Turn:
        self._next = then
        return self._say(Turn(parts, keys))

    def _end(self, *parts: str) -> Turn:
        return self._say(Turn(parts))

    def _say(self, turn: Turn) -> Turn:
        self._turn = turn
        self.found.heard.extend(turn.parts)
        return turn


def day_of(keys: str, today: date) -> date | None:
    """The next day that two digits of a month and two of a day name; None where they name none."""
    if len(keys) != 4 or not keys.isdigit():
        return None
    for year in range(today.year, today.year + 9):  # the 29th of February is not in every year
        try:
            day = date(year, int(keys[:2]), int(keys[2:]))
        except ValueError:
            continue
        if day >= today:
            return day
    return None


def check_of(identity_number: str, card_tail: str) -> tuple[str, str] | None:
    """The four keys that show who she is, and of what they are; an X is keyed as *. None where neither is known."""
    last = identity_number[-4:].upper().replace("X", "*")
    if len(last) == 4 and last[:3].isdigit() and (last[3].isdigit() or last[3] == "*"):
        return last, "ID"
    if len(card_tail) == 4 and card_tail.isdigit():
        return card_tail, "CARD"
    return None
