"""A document for other modellers."""

from evenhand.dmn.documents.document import Document
from evenhand.dmn.documents.versions import EXPORTED
from evenhand.dmn.errors import ModelError


def exported(content: bytes, file: str = "") -> bytes:
    """The document with a diagram, as DMN 1.3; in its own version when that says what 1.3 cannot."""
    document = Document.read(content, file).drawn()
    try:
        return document.write(version=EXPORTED)
    except ModelError:
        return document.write()
