"""The diagram of a document (DMNDI): where another modeller draws each decision and input, drawn when there is none."""

from collections.abc import Iterable, Iterator

from lxml import etree

from evenhand.dmn.reading.xml import NAMESPACES

DMNDI = {
    "1.2": "http://www.omg.org/spec/DMN/20180521/DMNDI/",
    "1.3": "https://www.omg.org/spec/DMN/20191111/DMNDI/",
    "1.4": "https://www.omg.org/spec/DMN/20211108/DMNDI/",
    "1.5": "https://www.omg.org/spec/DMN/20230324/DMNDI/",
}
DC = "http://www.omg.org/spec/DMN/20180521/DC/"
DI = "http://www.omg.org/spec/DMN/20180521/DI/"

_SIZES = {"decision": (180, 80), "inputData": (150, 45)}  # pixels, as modellers draw them
_GAP_X, _GAP_Y = 30, 60
_LEFT, _TOP = 200, 80  # clear of the tools a modeller lays over the corner
_PER_ROW = 6


def draw(root: etree._Element) -> None:
    """Add a diagram of decisions, inputs and requirements, unless there is one or it is DMN 1.1, which had none."""
    if _diagram(root) is not None or _version(root) not in DMNDI:
        return
    space = DMNDI[_version(root)]
    names = {"dmndi": space, "dc": DC, "di": DI}
    holder = etree.SubElement(root, f"{{{space}}}DMNDI", nsmap=names)
    etree.SubElement(holder, f"{{{space}}}DMNDiagram", id=_free(root, "diagram"))
    for element, x, y in _places(root):
        _shape(root, element, x, y)
    for requirement in _requirements(root):
        add_edge(root, requirement)
    etree.indent(holder, level=1)
    before = holder.getprevious()
    holder.tail = before.tail if before is not None else None
    if before is not None:
        before.tail = root.text


def add_shape(root: etree._Element, element: etree._Element) -> None:
    """Draw one more decision or input below the others, if the document has a diagram."""
    diagram = _diagram(root)
    if diagram is None:
        return
    bottoms = [
        float(bounds.get("y", "0")) + float(bounds.get("height", "0"))
        for bounds in diagram.iter(f"{{{DC}}}Bounds")
    ]
    _shape(root, element, _LEFT, max(bottoms, default=0) + _GAP_Y)


def add_edge(root: etree._Element, requirement: etree._Element) -> None:
    """Draw one information requirement, if the document has a diagram that shows both of its ends."""
    diagram = _diagram(root)
    decision = requirement.getparent()
    target = next(
        (child.get("href", "").rpartition("#")[2] for child in _elements(requirement)), ""
    )
    assert decision is not None
    if diagram is None:
        return
    ends = [_bounds(diagram, one) for one in (target, decision.get("id", ""))]
    if None in ends:
        return
    below, above = (end for end in ends if end is not None)
    space = etree.QName(diagram).namespace
    edge = etree.SubElement(diagram, f"{{{space}}}DMNEdge")
    edge.set("id", _free(root, f"edge-{requirement.get('id')}"))
    edge.set("dmnElementRef", requirement.get("id", ""))
    for x, y in ((_middle(below), below[1]), (_middle(above), above[1] + above[3])):
        etree.SubElement(edge, f"{{{DI}}}waypoint", x=_number(x), y=_number(y))


def forget(root: etree._Element, ids: Iterable[str]) -> None:
    """Take out of every diagram what was drawn for these elements."""
    gone = set(ids)
    for shown in list(root.iter("{*}DMNShape", "{*}DMNEdge")):
        parent = shown.getparent()
        if shown.get("dmnElementRef") in gone and parent is not None:
            parent.remove(shown)


def _places(root: etree._Element) -> Iterator[tuple[etree._Element, float, float]]:
    """Decisions from the last down to the first, each row below those that require it; inputs at the foot."""
    space = etree.QName(root).namespace
    decisions = root.findall(f"{{{space}}}decision")
    inputs = root.findall(f"{{{space}}}inputData")
    levels = _levels(decisions)
    middle = _LEFT + _row_width("inputData", min(len(inputs), _PER_ROW)) / 2
    y: float = _TOP
    for level in sorted(set(levels.values()), reverse=True):
        row = [d for d in decisions if levels[d.get("id", "")] == level]
        left = max(_LEFT, middle - _row_width("decision", len(row)) / 2)
        for at, decision in enumerate(row):
            yield decision, left + at * (_SIZES["decision"][0] + _GAP_X), y
        y += _SIZES["decision"][1] + _GAP_Y
    for at, element in enumerate(inputs):
        width, height = _SIZES["inputData"]
        row_at, column_at = divmod(at, _PER_ROW)
        yield element, _LEFT + column_at * (width + _GAP_X), y + row_at * (height + _GAP_Y // 2)


def _row_width(kind: str, count: int) -> int:
    return count * (_SIZES[kind][0] + _GAP_X) - _GAP_X


def _levels(decisions: list[etree._Element]) -> dict[str, int]:
    """How many decisions stand below each, by id; a circle of requirements ends the count."""
    needs = {d.get("id", ""): [_target(r) for r in _requirements(d)] for d in decisions}
    levels = dict.fromkeys(needs, 0)
    for _ in needs:
        for name, others in needs.items():
            below = [levels[other] + 1 for other in others if other in levels]
            levels[name] = min(max(below, default=0), len(needs))
    return levels


def _shape(root: etree._Element, element: etree._Element, x: float, y: float) -> None:
    diagram = _diagram(root)
    assert diagram is not None
    if not element.get("id"):
        element.set("id", _free(root, etree.QName(element).localname))
    width, height = _SIZES[etree.QName(element).localname]
    shape = etree.SubElement(diagram, f"{{{etree.QName(diagram).namespace}}}DMNShape")
    shape.set("id", _free(root, f"shape-{element.get('id')}"))
    shape.set("dmnElementRef", element.get("id", ""))
    place = {"x": _number(x), "y": _number(y), "width": str(width), "height": str(height)}
    etree.SubElement(shape, f"{{{DC}}}Bounds", place)


def _requirements(parent: etree._Element) -> Iterator[etree._Element]:
    for requirement in parent.iter("{*}informationRequirement"):
        if not requirement.get("id"):
            requirement.set("id", _free(parent, "requirement"))
        yield requirement


def _elements(parent: etree._Element) -> list[etree._Element]:
    return [child for child in parent if isinstance(child.tag, str)]


def _target(requirement: etree._Element) -> str:
    return next((c.get("href", "").rpartition("#")[2] for c in _elements(requirement)), "")


def _diagram(root: etree._Element) -> etree._Element | None:
    return next(root.iter("{*}DMNDiagram"), None)


def _version(root: etree._Element) -> str:
    return NAMESPACES[str(etree.QName(root).namespace)]


def _bounds(diagram: etree._Element, element_id: str) -> tuple[float, float, float, float] | None:
    for shape in diagram.iter("{*}DMNShape"):
        bounds = shape.find(f"{{{DC}}}Bounds")
        if shape.get("dmnElementRef") == element_id and bounds is not None:
            x, y, width, height = (float(bounds.get(n, "0")) for n in ("x", "y", "width", "height"))
            return x, y, width, height
    return None


def _middle(bounds: tuple[float, float, float, float]) -> float:
    return bounds[0] + bounds[2] / 2


def _number(value: float) -> str:
    return f"{value:g}"


def _free(inside: etree._Element, stem: str) -> str:
    taken = {e.get("id") for e in inside.getroottree().iter() if isinstance(e.tag, str)}
    if stem not in taken:
        return stem
    return next(name for n in range(1, len(taken) + 2) if (name := f"{stem}-{n}") not in taken)
