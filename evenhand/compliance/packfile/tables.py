"""Reading TOML tables key by key, so that nothing is left unread and every refusal says where."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NoReturn

from evenhand.compliance.packfile.errors import PackError
from evenhand.kernel.text import Bilingual

MISSING: Any = object()


class Table:
    """One table of a pack. `take` hands out a key once and checks it; `finish` refuses what nobody took."""

    def __init__(self, content: Any, file: str, rule: str = "", key: str = "") -> None:
        self.file, self.rule, self.key = file, rule, key
        if not isinstance(content, dict):
            self.refuse("", f"is {content!r}, expected a table")
        self.left: dict[str, Any] = dict(content)

    def refuse(self, key: str, problem: str) -> NoReturn:
        """Raise PackError for a key of this table."""
        raise PackError(self.file, self.rule, ".".join(k for k in (self.key, key) if k), problem)

    def finish(self) -> None:
        """Refuse keys that nothing reads."""
        if self.left:
            self.refuse(next(iter(self.left)), "is not known here; nothing would read it")

    def take(
        self, key: str, wanted: str, fits: Callable[[Any], bool], default: Any = MISSING
    ) -> Any:
        """The value of a key, or `default` when it is absent; refused when absent without one or unfit."""
        if key not in self.left:
            if default is MISSING:
                self.refuse(key, f"is missing, expected {wanted}")
            return default
        value = self.left.pop(key)
        if not fits(value):
            self.refuse(key, f"is {value!r}, expected {wanted}")
        return value

    def text(self, key: str, default: Any = MISSING) -> str:
        """Some text, not empty."""
        return str(self.take(key, "some text", lambda v: isinstance(v, str) and bool(v), default))

    def code(self, key: str, among: Iterable[str], default: Any = MISSING) -> str:
        """One of some codes."""
        codes = tuple(sorted(among))
        return str(self.take(key, f"one of {', '.join(codes)}", lambda v: v in codes, default))

    def codes(self, key: str, among: Iterable[str], default: Any = MISSING) -> tuple[str, ...]:
        """Some of some codes, each once: one text or a list that is not empty."""
        allowed = frozenset(among)

        def fits(value: Any) -> bool:
            values = [value] if isinstance(value, str) else value
            return (
                isinstance(values, list)
                and bool(values)
                and all(isinstance(v, str) and v in allowed for v in values)
                and len(set(values)) == len(values)
            )

        found = self.take(key, f"some of {', '.join(sorted(allowed))}, each once", fits, default)
        return (found,) if isinstance(found, str) else tuple(found)

    def whole(self, key: str, least: int, default: Any = MISSING) -> Any:
        """A whole number from `least`; the default as it is given."""
        return self.take(
            key,
            f"a whole number from {least}",
            lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= least,
            default,
        )

    def yes(self, key: str, default: bool = False) -> bool:
        """True or false."""
        return bool(self.take(key, "true or false", lambda v: isinstance(v, bool), default))

    def day(self, key: str, default: Any = MISSING) -> Any:
        """A date; the default as it is given."""
        return self.take(
            key,
            "a date such as 2026-01-30",
            lambda v: isinstance(v, date) and not isinstance(v, datetime),
            default,
        )

    def minute(self, key: str, default: Any = MISSING) -> Any:
        """A time on the wall as HH:MM, in minutes since midnight; 24:00 is the end of the day."""
        value = self.take(key, "a time such as 08:00", lambda v: minutes_of(v) is not None, default)
        return minutes_of(value) if isinstance(value, str) else value

    def both(self, key: str) -> Bilingual:
        """A wording in both languages."""
        wording = self.take(
            key,
            "a table of zh and en, neither empty",
            lambda v: (
                isinstance(v, dict)
                and set(v) == {"zh", "en"}
                and all(isinstance(side, str) and side for side in v.values())
            ),
        )
        return Bilingual(zh=wording["zh"], en=wording["en"])

    def both_or_none(self, key: str) -> Bilingual | None:
        """A wording in both languages, where there is one."""
        return self.both(key) if key in self.left else None

    def tables(self, key: str) -> list["Table"]:
        """The tables of a list; none when the key is absent."""
        rows = self.take(key, "a list of tables", lambda v: isinstance(v, list), [])
        return [Table(row, self.file, self.rule, f"{key}[{n}]") for n, row in enumerate(rows)]

    def raw(self, key: str, default: Any = MISSING) -> Any:
        """A table, as it is, for a reader of its own."""
        return self.take(key, "a table", lambda v: isinstance(v, dict), default)


def minutes_of(text: Any) -> int | None:
    """Minutes since midnight of a text HH:MM from 00:00 to 24:00; None when it is none."""
    if not isinstance(text, str):
        return None
    hours, colon, minutes = text.partition(":")
    if not (
        colon
        and len(hours) == len(minutes) == 2
        and (hours + minutes).isascii()
        and (hours + minutes).isdigit()
    ):
        return None
    total = int(hours) * 60 + int(minutes)
    return total if int(minutes) < 60 and total <= 24 * 60 else None


def plain(value: Any) -> Any:
    """A value of TOML in its canonical JSON form: dates as ISO text."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
