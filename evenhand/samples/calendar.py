"""Days as the columns count them: whole numbers since 1970-01-01, which is what `date32` holds."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def months_before(month: date, count: int) -> date:
    """The first day of the month `count` months earlier; later when below zero."""
    index = month.year * 12 + month.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def dates(numbers: npt.NDArray[np.int64]) -> pa.Array:
    """Day numbers as `date32`."""
    return pa.array(numbers.astype(np.int32)).cast(pa.date32())
