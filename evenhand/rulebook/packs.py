"""Which policy packs are in force at an instant. No pack in force means that nothing is known to be allowed: the gate
refuses everything then."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache, lru_cache

from django.db import connection

from evenhand.compliance.packs import SHIPPED, Pack, loads_pack, shipped_packs
from evenhand.rulebook.content import inflated
from evenhand.rulebook.models import PolicyPack


class UnknownPack(LookupError):
    """There is no such pack here."""


def active_packs(at: datetime) -> tuple[Pack, ...]:
    """The packs in force at an aware instant, by name; none where none is in force.

    One statement, `SELECT rulebook_active_packs(at)`; who asks for facts anyway may ask it there and hand the digests
    to `packs_of`. Raises PackError when a content of old cannot be read any more: nothing may be judged without it.
    """
    return packs_of(active_digests(at))


def active_digests(at: datetime) -> list[str]:
    """The digests of the packs in force at an aware instant, by name of the pack."""
    assert at.tzinfo is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT rulebook_active_packs(%s)", [at])
        (digests,) = cursor.fetchone()
    found: list[str] = digests
    return found


def packs_of(digests: Iterable[str]) -> tuple[Pack, ...]:
    """The packs of digests, each read from its row once in a process; raises UnknownPack."""
    return tuple(map(pack_of, digests))


@lru_cache(maxsize=256)
def pack_of(digest: str) -> Pack:
    """The pack of one digest, whose content never changes; raises UnknownPack."""
    row = PolicyPack.objects.filter(digest=digest).values_list("name", "version", "content").first()
    if row is None:
        raise UnknownPack(f"there is no pack with the digest {digest}")
    name, version, content = row
    return loads_pack(inflated(content).decode(), f"{name}@{version}")


def shipped_content(name: str) -> bytes | None:
    """The file of a pack that comes with the program; none where it has no such pack."""
    return (SHIPPED / name / "pack.toml").read_bytes() if name in shipped_packs() else None


@cache
def shipped_pack(name: str) -> Pack:
    """A pack that comes with the program, read once in a process; raises UnknownPack, and PackError."""
    content = shipped_content(name)
    if content is None:
        raise UnknownPack(f"no pack {name} comes with the program")
    return loads_pack(content.decode(), f"{name}/pack.toml")
