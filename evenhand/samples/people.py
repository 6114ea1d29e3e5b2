"""People who are recognisably made up: names, numbers and addresses that can belong to nobody.

Telephone numbers lie under the country code 999, which E.164 assigns to no country; mail domains under `.invalid`
(RFC 2606) reach nobody; places are called 样例 (sample).
"""

from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Numbers = npt.NDArray[np.int64]


def padded(numbers: Numbers, digits: int) -> pa.Array:
    """The numbers as text with leading zeros."""
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=digits, padding="0")


def affixed(before: str, middle: pa.Array, after: str = "") -> pa.Array:
    """Each text between two fixed ones."""
    return pc.binary_join_element_wise(before, middle, after, "")


def repeated(
    value: str | bool | date | None, count: int, kind: pa.DataType | None = None
) -> pa.Array:
    """The same value `count` times."""
    return pa.repeat(pa.scalar(value, type=kind), count)


def names(numbers: Numbers) -> pa.Array:
    """样例持卡人 and the person's number."""
    return affixed("样例持卡人", padded(numbers, 5))


def phones(numbers: Numbers) -> pa.Array:
    """`+999 1990 …`: shaped like a mobile number, under a country code that is nobody's."""
    assert numbers.max(initial=0) < 10**8
    return affixed("+999199", padded(numbers, 8))


def emails(numbers: Numbers) -> pa.Array:
    """An address in a domain that does not exist."""
    return affixed("sample", padded(numbers, 5), "@cards.example.invalid")


def addresses(numbers: Numbers) -> pa.Array:
    """A house in 样例市."""
    return affixed("样例市样例区样例路", pa.array(numbers).cast(pa.string()), "号")


def scattered(numbers: Numbers, salt: int, bound: int) -> Numbers:
    """A repeatable draw for each number: 0 ≤ draw < bound, the same in any order or subset (splitmix64)."""
    with np.errstate(over="ignore"):
        z = numbers.astype(np.uint64) + np.uint64(salt) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z % np.uint64(bound)).astype(np.int64)
