"""A bank statement of any format that is known, told apart by its first bytes and not by its name."""

import re

from evenhand.payments.statements.camt import read_camt
from evenhand.payments.statements.entries import Statement, refusing
from evenhand.payments.statements.mt940 import read_mt940
from evenhand.payments.statements.table import read_table

FILE_BYTES_MAX = 256 * 1024 * 1024


def read_statement(content: bytes, name: str) -> Statement:
    """The entries of a file; raises StatementRefused with the line, the element and what was expected there."""
    if len(content) > FILE_BYTES_MAX:
        refusing(name)(1, "file", f"at most {FILE_BYTES_MAX} bytes")
    if not content.strip():
        refusing(name)(1, "file", "a bank statement, and not an empty file")
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return read_camt(content, name)
    if re.match(rb"(\{1:|:\d{2}[A-Z]?:)", start):
        return read_mt940(content, name)
    return read_table(content, name)
