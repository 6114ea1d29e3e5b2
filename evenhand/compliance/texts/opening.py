"""How a contact opens: who speaks, and for whom. Chinese (CN-COL-IDENT) and English."""

import re
from functools import cache
from typing import NamedTuple

from evenhand.compliance.texts.plain import compiled, plain, word_list
from evenhand.compliance.vocabulary import ACTORS


class Opening(NamedTuple):
    """What an opening says of its speaker, in the words found; empty where it does not say."""

    bank: str = ""  # the institution named
    agency: str = ""  # the agency named as the speaker
    entrusted: str = ""  # the words that say the agency acts for the bank
    as_bank: str = ""  # the words by which the speaker speaks as the bank


def read_opening(text: str) -> Opening:
    """Who an opening says is speaking."""
    told = plain(text).text
    found = (find.search(told) for find in _finds())
    return Opening(*(match[0] if match else "" for match in found))


@cache
def _finds() -> tuple[re.Pattern[str], ...]:
    lists = word_list("opening.toml")
    return tuple(
        compiled(lists["find"][name], lists["words"], where=f"opening.toml {name}")
        for name in Opening._fields
    )


def opening_lacks(text: str, *, sender: str) -> tuple[str, ...]:
    """What is wrong with a first contact's opening; empty: it identifies itself.

    Codes: INSTITUTION_NOT_NAMED, AGENCY_NOT_NAMED, RELATION_NOT_STATED, SPEAKS_AS_BANK. `sender` is of ACTORS: an
    agency names itself and the bank that entrusted it, and never speaks as the bank; a debt buyer names itself.
    """
    if sender not in ACTORS:
        raise ValueError(f"sender {sender!r}: expected one of {sorted(ACTORS)}")
    said = read_opening(text)
    if sender == "DEBT_BUYER":
        wrong = {"SPEAKS_AS_BANK": bool(said.as_bank), "INSTITUTION_NOT_NAMED": not said.agency}
    elif sender == "AGENCY":
        wrong = {
            "SPEAKS_AS_BANK": bool(said.as_bank),
            "AGENCY_NOT_NAMED": not said.agency,
            "INSTITUTION_NOT_NAMED": not said.bank,
            "RELATION_NOT_STATED": not said.entrusted,
        }
    else:
        wrong = {"INSTITUTION_NOT_NAMED": not said.bank}
    return tuple(code for code, holds in wrong.items() if holds)
