"""One document in the namespaces of another version of DMN."""

import re

from evenhand.dmn.documents.diagram import DMNDI
from evenhand.dmn.errors import ModelError
from evenhand.dmn.reading.xml import NAMESPACES

LATEST = "1.5"
EXPORTED = "1.3"  # the newest version that the modellers in use open

_SPACES = {version: space for space, version in NAMESPACES.items()}
_SINCE = {
    **dict.fromkeys(("conditional", "filter", "for", "every", "some"), "1.4"),
    "typeConstraint": "1.5",
}
_TAG = re.compile(r"<[^<>!?/][^<>]*>")
_DECLARED = re.compile(r'(xmlns(?::[\w.-]+)?=")([^"]*)(?=")')
_NAME = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")


def space_in(version: str) -> str:
    """The namespace of a version's own elements."""
    return _SPACES[version]


def in_version(text: str, own: str, version: str, file: str = "") -> str:
    """A serialised document of version `own` as another; ModelError when it holds what the other does not know."""
    if own not in DMNDI or version not in DMNDI:
        raise ModelError(
            f"DMN {own} cannot be written as {version}",
            expected="versions from 1.2 to 1.5 for both",
            file=file,
        )
    spaces = {_SPACES[own]: _SPACES[version], DMNDI[own]: DMNDI[version]}

    def renamed(tag: re.Match[str]) -> str:
        name = _NAME.match(tag[0])
        assert name is not None
        if version < _SINCE.get(name[1], version):
            raise ModelError(
                f"DMN {version} has no {name[1]}", expected=f"version {own}", file=file
            )
        return _DECLARED.sub(lambda m: m[1] + spaces.get(m[2], m[2]), tag[0])

    return _TAG.sub(renamed, text)
