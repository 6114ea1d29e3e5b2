"""The published test cases of DMN (dmn-tck): what they give, what they expect, and whether an answer is that."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from lxml import etree

from evenhand.dmn.feel import temporal

SPACE = {"t": "http://www.omg.org/spec/DMN/20160719/testcase"}
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
CLOSE = Decimal("1e-8")  # the cases give numbers rounded to some digits

_READ = {
    "boolean": lambda text: text == "true",
    "string": lambda text: text or "",
    "date": temporal.date_of,
    "time": temporal.time_of,
    "dateTime": temporal.date_time_of,
    "duration": temporal.duration_of,
}


def checks(folder: Path) -> Iterator[tuple[str, str, str, dict[str, object], object]]:
    """Per expected result: the file's name, the case, the decision, the inputs and what is expected."""
    for file in sorted(folder.glob("*-test-*.xml")):
        root = etree.parse(file)
        for case in root.findall("t:testCase", SPACE):
            inputs = {node.get("name"): _value(node) for node in case.findall("t:inputNode", SPACE)}
            for result in case.findall("t:resultNode", SPACE):
                expected = _value(result.find("t:expected", SPACE))
                yield file.name, case.get("id"), result.get("name"), inputs, expected


def _value(node: etree._Element) -> object:
    listed = node.find("t:list", SPACE)
    if listed is not None:
        return [_value(item) for item in listed.findall("t:item", SPACE)]
    parts = node.findall("t:component", SPACE)
    if parts:
        return {part.get("name"): _value(part) for part in parts}
    found = node.find("t:value", SPACE)
    if found is None or found.get(NIL) == "true":
        return None
    kind = (found.get(TYPE) or "string").rpartition(":")[2]
    return _READ.get(kind, Decimal)(found.text)


def agrees(found: object, expected: object) -> bool:
    """Equal, numbers within rounding and a list of one for its item where a list is not expected."""
    if isinstance(found, bool) or isinstance(expected, bool) or found is None or expected is None:
        return found is expected
    if isinstance(found, Decimal) and isinstance(expected, Decimal):
        return abs(found - expected) <= CLOSE
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(agrees, found, expected))
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(
            agrees(found[key], expected[key]) for key in expected
        )
    if isinstance(found, dt.datetime) != isinstance(expected, dt.datetime):
        return False
    return found == expected
