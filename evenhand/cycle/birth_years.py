"""Ages of people, for reading whether a strategy falls evenly; a birth year is never a fact of a decision.

The book does not keep birth years. They are read where a customers file brought them, the newest file first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.cycle.manifest import Manifest
from evenhand.cycle.people import Ints, ints
from evenhand.runtime.lake import Lake

UNKNOWN = "UNKNOWN"
_YOUNGEST = {
    "UNDER_18": 0,
    "18_25": 18,
    "26_35": 26,
    "36_45": 36,
    "46_55": 46,
    "56_65": 56,
    "66_UP": 66,
}
AGE_BANDS = (UNKNOWN, *_YOUNGEST)
FILES_READ_MAX = 7  # a customers file lists everyone, so the newest nearly always says all


@dataclass(frozen=True, slots=True)
class BirthFile:
    """One customers file that says birth years: the banking day it came with and its name among the facts."""

    banking_day: date
    name: str


def birth_files(lake: Lake, manifest: Manifest) -> tuple[BirthFile, ...]:
    """The customers files known to the night that say birth years, the newest first; at most FILES_READ_MAX."""
    folders = sorted((lake.root / "facts").glob("day=*"), reverse=True)
    days = [date.fromisoformat(folder.name.removeprefix("day=")) for folder in folders]
    days = [day for day in days if day <= manifest.banking_day]
    customers = sorted(
        (file for file in manifest.files if file["feed"] == "customers"),
        key=lambda file: file["file_no"],
        reverse=True,
    )
    numbers = [part.number for part in manifest.parts]
    found: list[BirthFile] = []
    for file in customers[:FILES_READ_MAX]:
        name = f"customers.{file['sha256'][:12]}.parquet"
        day = next((day for day in days if _says_years(lake, day, numbers, name)), None)
        if day is not None:
            found.append(BirthFile(day, name))
    return tuple(found)


def _says_years(lake: Lake, day: date, numbers: Sequence[int], name: str) -> bool:
    paths = (lake.facts(day, number) / name for number in numbers)
    first = next((path for path in paths if path.exists()), None)
    return first is not None and "birth_year" in pq.read_schema(first).names


def age_bands(
    files: Sequence[BirthFile], lake: Lake, number: int, customer_keys: Ints, on: date
) -> npt.NDArray[np.int16]:
    """For each person (keys ascending) the index into AGE_BANDS by the age reached in the year of `on`."""
    years = np.zeros(len(customer_keys), dtype=np.int64)
    for file in files:
        if years.all():
            break
        path = lake.facts(file.banking_day, number) / file.name
        if path.exists():
            _fill(years, customer_keys, pq.read_table(path, columns=["customer_key", "birth_year"]))
    bands = np.searchsorted(list(_YOUNGEST.values()), on.year - years, side="right")
    return np.where(years > 0, bands, 0).astype(np.int16)


def _fill(years: Ints, customer_keys: Ints, said: pa.Table) -> None:
    """Write the years a file says where no newer file said one."""
    if not len(customer_keys):
        return
    keys, born = ints(said["customer_key"]), ints(said["birth_year"])
    at = np.minimum(np.searchsorted(customer_keys, keys), len(customer_keys) - 1)
    use = (customer_keys[at] == keys) & (born > 0) & (years[at] == 0)
    years[at[use]] = born[use]
