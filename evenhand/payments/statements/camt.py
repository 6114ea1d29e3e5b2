"""ISO 20022 camt.053 and camt.054, versions 2 to 13, read entry by entry.

Source: Bank-to-Customer Cash Management, message definitions camt.053.001 and camt.054.001. The reader is lxml with
entities, network and huge trees off; a document type is refused, so nothing in a file can grow or fetch.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

from lxml import etree

from evenhand.payments.statements.entries import (
    TEXT_MAX,
    Refusing,
    Statement,
    StatementEntry,
    minor,
    refusing,
    shared,
)

NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.05([34])\.001\.(\d\d)")
VERSIONS = range(2, 14)
CHUNK_BYTES = 1 << 16
_HOLDERS = {"3": "Stmt", "4": "Ntfctn"}


def read_camt(content: bytes, name: str) -> Statement:
    """The entries of a camt.053 or camt.054 file, in its order; raises StatementRefused."""
    refuse = refusing(name)
    reading = _Reading(refuse)
    for event, element in _events(content, refuse):
        reading.take(event, element)
    if reading.version is None or not reading.holders:
        refuse(1, "Document", "a camt.053 with a Stmt or a camt.054 with a Ntfctn")
    return Statement(
        format=reading.version,
        account=reading.account,
        entries=tuple(reading.entries),
        pending=reading.pending,
    )


def _events(content: bytes, refuse: Refusing) -> Iterator[tuple[str, Any]]:
    parser = etree.XMLPullParser(
        events=("start", "end"),
        tag=("{*}Document", "{*}Stmt", "{*}Ntfctn", "{*}Ntry", "{*}Acct"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    checked = False
    try:
        for at in range(0, len(content), CHUNK_BYTES):
            parser.feed(content[at : at + CHUNK_BYTES])
            for event, element in parser.read_events():
                if not checked:
                    checked = True
                    if element.getroottree().docinfo.doctype:
                        refuse(1, "DOCTYPE", "a document without one")
                yield event, element
        parser.close()
    except etree.XMLSyntaxError as error:
        refuse(error.lineno or 1, "XML", "a well-formed document of reasonable depth")
    if not checked:
        refuse(1, "Document", "the root of a camt document")


class _Reading:
    """What was read so far of one document."""

    def __init__(self, refuse: Refusing) -> None:
        self.refuse = refuse
        self.version: str | None = None
        self.space, self.holder, self.account = "", "", ""
        self.holders, self.pending = 0, 0
        self.entries: list[StatementEntry] = []

    def take(self, event: str, element: Any) -> None:
        if self.version is None:
            self._root(element)
            return
        space, _, tag = str(element.tag)[1:].rpartition("}")
        if event == "start" or space != self.space:
            return
        if tag == "Acct" and self._holder(element) == self.holder:
            self.account = self.account or _text(element, self._path("Id", "*"), deep=True)
        elif tag == "Ntry" and self._holder(element) == self.holder:
            self._entry(element)
            self._forget(element)
        elif tag == self.holder:
            self.holders += 1

    def _root(self, element: Any) -> None:
        space, _, tag = str(element.tag)[1:].rpartition("}")
        found = NAMESPACE.fullmatch(space)
        if tag != "Document" or found is None or int(found[2]) not in VERSIONS:
            self.refuse(
                element.sourceline or 1,
                "Document",
                "the namespace of camt.053.001 or camt.054.001, version 02 to 13",
            )
        self.version, self.space = f"camt.05{found[1]}.001.{found[2]}", space
        self.holder = _HOLDERS[found[1]]

    def _holder(self, element: Any) -> str:
        parent = element.getparent()
        return "" if parent is None else str(parent.tag).rpartition("}")[2]

    def _forget(self, element: Any) -> None:
        """Free what was read, so that a long file needs little memory."""
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]

    def _path(self, *names: str) -> str:
        return _path(self.space, names)

    def _entry(self, entry: Any) -> None:
        line = entry.sourceline or 0
        status = entry.find(self._path("Sts"))
        said = "" if status is None else (_text(status, self._path("Cd")) or _own(status))
        if said not in {"BOOK", "PDNG", "INFO", "FUTR"}:
            self.refuse(line, "Ntry/Sts", "BOOK, PDNG, INFO or FUTR")
        if said != "BOOK":
            self.pending += 1
            return
        sign = self._sign(entry, line, "Ntry/CdtDbtInd")
        whole, currency = self._amount(entry, line)
        booked_on = self._day(entry, "BookgDt", line)
        value_on = self._day(entry, "ValDt", line) or booked_on
        if value_on is None:
            self.refuse(line, "Ntry/ValDt", "a value date or a booking date")
        reference = _text(entry, self._path("AcctSvcrRef"))
        takes_back = _text(entry, self._path("RvslInd")).lower() in {"true", "1"}
        details = entry.findall(self._path("NtryDtls", "TxDtls"))
        for place, part in self._parts(details, whole, currency):
            detail = details[place] if place is not None else None
            own = "" if detail is None else _text(detail, self._path("Refs", "AcctSvcrRef"))
            several = reference and place is not None and len(details) > 1
            split = f"{reference}/{place}" if several else reference
            self.entries.append(
                StatementEntry(
                    line=line if detail is None else detail.sourceline or line,
                    amount_minor=sign * part,
                    currency=currency,
                    value_on=value_on,
                    booked_on=booked_on or value_on,
                    bank_reference=own or split,
                    structured=self._structured(details if place is None else [detail]),
                    remitter=self._remitter(details if place is None else [detail]),
                    text=self._words(details if place is None else [detail]),
                    takes_back=takes_back,
                )
            )

    def _parts(self, details: list[Any], whole: int, currency: str) -> list[tuple[int | None, int]]:
        """Which transaction moved how much; the entry as one where its transactions do not add up to it."""
        if len(details) == 1:
            return [(0, whole)]
        found = shared(whole, [self._part(detail, currency) for detail in details])
        return list(enumerate(found)) if found else [(None, whole)]

    def _part(self, detail: Any, currency: str) -> int | None:
        for path in (self._path("AmtDtls", "TxAmt", "Amt"), self._path("Amt")):
            amount = detail.find(path)
            if amount is not None and amount.get("Ccy") == currency:
                return minor(_own(amount), currency, amount.sourceline, "TxDtls/Amt", self.refuse)
        return None

    def _sign(self, entry: Any, line: int, element: str) -> int:
        said = _text(entry, self._path("CdtDbtInd"))
        if said not in {"CRDT", "DBIT"}:
            self.refuse(line, element, "CRDT or DBIT")
        return 1 if said == "CRDT" else -1

    def _amount(self, entry: Any, line: int) -> tuple[int, str]:
        amount = entry.find(self._path("Amt"))
        currency = "" if amount is None else str(amount.get("Ccy") or "")
        if amount is None or not re.fullmatch("[A-Z]{3}", currency):
            self.refuse(line, "Ntry/Amt", "an amount with its currency in Ccy")
        return minor(_own(amount), currency, amount.sourceline, "Ntry/Amt", self.refuse), currency

    def _day(self, entry: Any, element: str, line: int) -> date | None:
        found = entry.find(self._path(element))
        if found is None:
            return None
        said = _text(found, self._path("Dt"))
        moment = _text(found, self._path("DtTm"))
        try:
            return date.fromisoformat(said[:10]) if said else datetime.fromisoformat(moment).date()
        except ValueError:
            self.refuse(found.sourceline or line, f"Ntry/{element}", "a date such as 2026-09-30")

    def _structured(self, details: list[Any]) -> tuple[str, ...]:
        found = [
            _own(reference)
            for detail in details
            for path in (
                self._path("RmtInf", "Strd", "CdtrRefInf", "Ref"),
                self._path("Refs", "EndToEndId"),
            )
            for reference in detail.iterfind(path)
        ]
        return tuple(
            dict.fromkeys(one[:TEXT_MAX] for one in found if one not in {"", "NOTPROVIDED"})
        )

    def _remitter(self, details: list[Any]) -> str:
        for detail in details:
            for path in (("Dbtr", "Nm"), ("Dbtr", "Pty", "Nm")):
                if name := _text(detail, self._path("RltdPties", *path)):
                    return name[:TEXT_MAX]
        return ""

    def _words(self, details: list[Any]) -> str:
        words = [
            _own(block)
            for detail in details
            for path in (self._path("RmtInf", "Ustrd"), self._path("RmtInf", "Strd", "AddtlRmtInf"))
            for block in detail.iterfind(path)
        ]
        return " ".join(word for word in words if word)[:TEXT_MAX]


@cache
def _path(space: str, names: tuple[str, ...]) -> str:
    return "/".join(f"{{{space}}}{name}" for name in names)


def _own(element: Any) -> str:
    return (element.text or "").strip()


def _text(element: Any, path: str, *, deep: bool = False) -> str:
    found = element.find(path)
    if found is None:
        return ""
    return (
        next((text.strip() for text in found.itertext() if text.strip()), "")
        if deep
        else _own(found)
    )
