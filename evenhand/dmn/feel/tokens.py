"""The tokens of an expression, and names that hold spaces and signs found among them by the longest match."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from evenhand.dmn.feel.errors import FeelError

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>(?:\d+(?:\.(?!\.)\d+)?|\.\d+)(?:[eE][+-]?\d{1,3}(?!\w))?)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<word>[^\W\d]\w*)
      | (?P<sign>\.\.|\*\*|<=|>=|!=|[^\s\w"])
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}
_ESCAPE = re.compile(
    r"\\(u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)",
    re.DOTALL,
)
KEYWORDS = frozenset(
    {"and", "or", "between", "in", "if", "then", "else", "for", "return", "some", "every"}
    | {"satisfies", "true", "false", "null", "instance", "of", "function"}
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text; `kind` is number, string, word, sign or end."""

    kind: str
    text: str

    def is_(self, *texts: str) -> bool:
        """True for a word or sign that reads so."""
        return self.kind in ("word", "sign") and self.text in texts


END = Token("end", "")


def tokens(text: str) -> list[Token]:
    """Split a text; raise FeelError at the first character that begins no token."""
    return list(_split(text))


def _split(text: str) -> Iterator[Token]:
    text = text.rstrip()
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise FeelError(f"cannot read {shortened(text[at:].strip())!r} in {shortened(text)!r}")
        assert match.lastgroup is not None
        yield Token(match.lastgroup, match[match.lastgroup])
        at = match.end()


def shortened(text: str, length: int = 60) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= length else text[: length - 1] + "…"


@lru_cache(maxsize=4096)
def parts(name: str) -> tuple[str, ...]:
    """The tokens a name consists of, so that spaces in and around its signs do not matter."""
    try:
        return tuple(token.text for token in _split(name))
    except FeelError:
        return (name,)


class Names:
    """What may be named at a place: variables, members that may follow a dot, and functions with their parameters.

    Immutable; functions are variables too.
    """

    def __init__(
        self,
        variables: Iterable[str] = (),
        members: Iterable[str] = (),
        functions: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.functions = dict(functions or {})
        self.variables = frozenset(variables).union(self.functions)
        self.members = frozenset(members)

    def also(self, variables: Iterable[str] = (), members: Iterable[str] = ()) -> "Names":
        """These names and more."""
        added = frozenset(variables)
        functions = {name: of for name, of in self.functions.items() if name not in added}
        return Names(self.variables | added, self.members.union(members), functions)

    @cached_property
    def filtering(self) -> "Names":
        """Within the brackets of a filter every member may be named by itself, and the item."""
        return self.also([*self.members, "item"])

    @cached_property
    def _variables(self) -> dict[str, list[tuple[tuple[str, ...], str]]]:
        return _by_first(self.variables)

    @cached_property
    def _members(self) -> dict[str, list[tuple[tuple[str, ...], str]]]:
        return _by_first(self.members)

    def variable_at(self, found: list[Token], at: int) -> tuple[str, int] | None:
        """The longest variable that stands at `at`, and how many tokens it takes."""
        return _longest(self._variables, found, at)

    def member_at(self, found: list[Token], at: int) -> tuple[str, int] | None:
        """The longest member that stands at `at`, and how many tokens it takes."""
        return _longest(self._members, found, at)


def _by_first(names: Iterable[str]) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    grouped: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name in names:
        split = parts(name)
        if split and not (len(split) == 1 and split[0] in KEYWORDS):
            grouped.setdefault(split[0], []).append((split, name))
    for group in grouped.values():
        group.sort(key=lambda entry: (-len(entry[0]), entry[1]))
    return grouped


def _longest(
    grouped: dict[str, list[tuple[tuple[str, ...], str]]], found: list[Token], at: int
) -> tuple[str, int] | None:
    if at >= len(found) or found[at].kind == "string":
        return None
    for split, name in grouped.get(found[at].text, ()):
        here = found[at : at + len(split)]
        if tuple(t.text for t in here) == split and all(t.kind != "string" for t in here):
            return name, len(split)
    return None


def unescaped(text: str) -> str:
    """What stands between the quotes of a string literal; raise FeelError at an escape that is none."""

    def one(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) == 11:  # one character as the two halves of UTF-16: uD83D\uDCA9
            halves = int(code[1:5], 16) << 16 | int(code[7:], 16)
            return halves.to_bytes(4).decode("utf-16-be")
        point = int(code[1:], 16) if len(code) > 1 else -1
        if 0 <= point < 0xD800 or 0xDFFF < point < 0x110000:
            return chr(point)
        if code not in _ESCAPES:
            raise FeelError(f'\\{code} is no escape of a string (\\n, \\t, \\", \\\\ or \\uXXXX)')
        return _ESCAPES[code]

    return _ESCAPE.sub(one, text)
