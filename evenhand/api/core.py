"""What the bank's core tells of by day: a signed word, taken once."""

import hashlib

from evenhand.access.clients import ClientRow
from evenhand.api.asking import by, reused
from evenhand.api.problems import Problem
from evenhand.api.records import is_signed, sent_record
from evenhand.api.shapes import CorePayment, CoreTelling
from evenhand.cycle.core_word import CoreLine, WordReused, core_tells
from evenhand.journal.rules import canonical
from evenhand.kernel.money import MoneyError, to_minor
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from evenhand.web.clock import clock

AMOUNT_MINOR_MAX = 2**53


def payments(
    client: ClientRow, key: str, told: CoreTelling, body: bytes
) -> tuple[list[dict[str, str]], bool]:
    """What became of each payment told of, and whether it was told before. Raises Problem."""
    if told.record.key != key:
        raise Problem(422, "not-as-expected", "the Idempotency-Key", field="record.key")
    record = sent_record(body, "record")
    if not is_signed(record, told.signature, client.public_key):
        raise Problem(422, "not-as-expected", "a signature of the client's key", field="signature")
    lines = [_line(number, one) for number, one in enumerate(told.record.payments)]
    references = [line.reference for line in lines]
    if len(set(references)) != len(references):
        raise Problem(422, "not-as-expected", "each reference once", field="record.payments")
    try:
        return core_tells(
            lines, request_key=f"{by(client)}:{key}", sha256=hashlib.sha256(canonical(record)).hexdigest(),
            keys=read_keys(config().key_file), now=clock(),
        )  # fmt: skip
    except WordReused:
        raise reused() from None


def _line(number: int, one: CorePayment) -> CoreLine:
    try:
        minor = to_minor(one.amount, one.currency)
    except MoneyError:
        minor = 0
    if not 0 < minor < AMOUNT_MINOR_MAX:
        expected = f"an amount of {one.currency} above zero"
        raise Problem(422, "not-as-expected", expected, field=f"record.payments.{number}.amount")
    return CoreLine(
        reference=one.reference,
        account=one.account,
        amount_minor=-minor if one.taken_back else minor,
        currency=one.currency,
        value_on=one.value_on,
    )
