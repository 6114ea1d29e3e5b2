"""The tables whose rows are sealed: the journal's own, and what other rooms add by name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One sealed table, by expressions of its columns in SQL.

    `tx` is a bigint column with the default `journal_tx()`. `key` names a row for ever: its stream, a slash and a name
    that is no whole number, such as `'PERSON/' || customer_id || '/contact_event:' || id`. `hash` is a bytea: sha256 of
    the UTF-8 of `content`, a text of the part of the row that never changes. A BRIN index on `tx` lets sealing find it.
    """

    name: str
    table: str
    key: str
    stream: str
    hash: str
    content: str
    tx: str = "tx"


LINES = Source(
    name="lines",
    table="journal_line",
    key="stream_kind || '/' || stream_id || '/' || number",
    stream="stream_kind || '/' || stream_id",
    hash="hash",
    content="detail::text",
)
_SOURCES: dict[str, Source] = {LINES.name: LINES}


def register(source: Source) -> None:
    """Let the rows of a table be sealed with the lines. Called once, when the room is loaded."""
    assert _SOURCES.get(source.name, source) == source, f"{source.name} is another table already"
    _SOURCES[source.name] = source


def sources() -> tuple[Source, ...]:
    """The lines first, then the others by name."""
    return (LINES, *(_SOURCES[name] for name in sorted(_SOURCES) if name != LINES.name))
