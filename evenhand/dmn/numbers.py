"""Numbers of FEEL: IEEE 754 decimal128, 34 digits, half to even (OMG DMN 1.5, chapter 10).

Arithmetic takes the context from here and never the thread's own, so that no caller's settings change an answer.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow

DIGITS_MAX = 34
CONTEXT = Context(
    prec=DIGITS_MAX,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=1,
    flags=[],
    traps=[DivisionByZero, InvalidOperation, Overflow],
)

EXACT = Context(
    prec=2 * DIGITS_MAX + 12
)  # for cuts between numbers of cells, and sums of their shifted digits


def total(numbers: Iterable[Decimal]) -> Decimal:
    """The sum, each step rounded to 34 digits."""
    result = Decimal(0)
    for number in numbers:
        result = CONTEXT.add(result, number)
    return result


def number_of(text: str) -> Decimal | None:
    """The number written so, such as -12.50, rounded to 34 digits; None for any other text."""
    digits = text.removeprefix("-").replace(".", "", 1)
    if not digits.isascii() or not digits.isdigit():
        return None
    return CONTEXT.create_decimal(text)
