"""Item definitions: from elements to Types."""

from collections.abc import Mapping

from lxml import etree

from evenhand.dmn.cells import ANYTHING
from evenhand.dmn.place import Place
from evenhand.dmn.types import ANY, KINDS, Type
from evenhand.dmn.xml import NAMED_MAX

_NESTING_MAX = 20
_PARTS_MAX = 2_000  # components within components, each as often as it is named


class Types:
    """The types a document defines, each worked out when it is first named."""

    def __init__(self, root: etree._Element, place: Place) -> None:
        self._place = place
        self._elements: Mapping[str, etree._Element] = {
            element.get("name", ""): element
            for element in place.some(root, "itemDefinition", NAMED_MAX)
        }
        self._done: dict[str, Type] = {}

    def of(self, reference: str | None, depth: int = 0) -> Type:
        """The type of a typeRef such as ``number``, ``feel:string`` or ``tLoan``; any for one nobody knows."""
        if not reference:
            return ANY
        name = reference.rpartition(":")[2].strip()
        if name in self._elements:
            return self._defined(name, depth)
        return Type(KINDS.get(name.lower(), ""))

    def member_names(self) -> set[str]:
        """Names of all components, which may follow a dot."""
        return {
            component.get("name", "")
            for element in self._elements.values()
            for component in element.iter(f"{{{self._place.space}}}itemComponent")
        }

    def _defined(self, name: str, depth: int) -> Type:
        if name not in self._done:
            if depth > _NESTING_MAX:
                raise self._place.fail(
                    f"the item definition {name!r} stands on itself or nests too deeply",
                    f"at most {_NESTING_MAX} levels",
                )
            self._done[name] = self._bounded(name, self._read(self._elements[name], depth))
        return self._done[name]

    def _bounded(self, name: str, of: Type) -> Type:
        """The type, which others may name many times over: whoever walks it walks all of its parts each time."""
        if of.levels > _NESTING_MAX or of.parts > _PARTS_MAX:
            raise self._place.fail(
                f"the item definition {name!r} has {of.parts:,} parts in {of.levels} levels",
                f"at most {_PARTS_MAX:,} in {_NESTING_MAX}",
            )
        return of

    def _read(self, element: etree._Element, depth: int) -> Type:
        place = self._place
        collection = element.get("isCollection") == "true"
        components = {
            part.get("name", ""): self._read(part, depth + 1)
            for part in place.children(element, "itemComponent")
        }
        if components:
            return Type("context", components, collection)
        base = self.of(
            element.findtext(f"{{{place.space}}}typeRef") or element.get("typeRef"), depth + 1
        )
        limits = ANYTHING
        for tag in ("allowedValues", "typeConstraint"):
            text = place.text(place.child(element, tag))
            if text:
                limits = place.at(column=element.get("name", "")).tests(text)
        if limits == ANYTHING:
            limits = base.limits
        return Type(
            base.kind,
            base.components,
            collection or base.collection,
            place.listed(limits),
            limits,
        )
