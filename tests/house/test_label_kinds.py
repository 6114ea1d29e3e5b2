"""Every kind of label that a page asks for by name is one that there is."""

import re
from pathlib import Path

import pytest

from evenhand.web.labels import LABELS

ROOT = Path(__file__).parents[2] / "evenhand"
ASKED = re.compile(r"""\|label:"(\w+)"|label_of\(\s*"(\w+)\"""")


def asked_for():
    """Kind and file of each label that is asked for by a fixed name."""
    for path in sorted([*ROOT.rglob("*.html"), *ROOT.rglob("*.py")]):
        for in_page, in_code in ASKED.findall(path.read_text(encoding="utf-8")):
            yield in_page or in_code, path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize(("kind", "file"), sorted(set(asked_for())))
def test_a_kind_that_is_asked_for_is_known(kind, file):
    assert kind in LABELS, f"{file} asks for labels of {kind}"


def test_the_pages_ask_for_labels():
    assert len(set(asked_for())) > 30
