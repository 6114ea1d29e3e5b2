"""DMN documents as XML trees: no entities, no network, bounded size and depth."""

from lxml import etree

from evenhand.dmn.errors import ModelError

NAMESPACES = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}

SIZE_MAX_BYTES = 16 * 1024 * 1024
DEPTH_MAX = 60
RULES_MAX = 10_000
COLUMNS_MAX = 200
CELL_MAX_CHARACTERS = 20_000
NAMED_MAX = 1_000  # decisions, and likewise input data, functions and types


def parse(content: bytes, file: str = "", *, whole: bool = False) -> etree._Element:
    """The root of a document, or ModelError. `whole` keeps what says nothing: comments, instructions, CDATA."""
    if len(content) > SIZE_MAX_BYTES:
        raise ModelError(
            f"the file has {len(content):,} bytes", expected=size_expected(), file=file
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=not whole,
        remove_pis=not whole,
        strip_cdata=not whole,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ModelError(f"is no XML ({error.msg})", expected="a DMN document", file=file) from None
    if root.getroottree().docinfo.doctype:
        raise ModelError("has a DOCTYPE", expected="a document without one", file=file)
    if _depth(root) > DEPTH_MAX:
        raise ModelError("is nested too deeply", expected=f"at most {DEPTH_MAX} levels", file=file)
    return root


def space_of(root: etree._Element, file: str = "") -> str:
    """The namespace of a DMN document's own elements; ModelError when it is no DMN `definitions`."""
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in NAMESPACES:
        raise ModelError(
            f"the document is {name.text!r}",
            expected=f"DMN `definitions` of version {', '.join(NAMESPACES.values())}",
            file=file,
        )
    return str(name.namespace)


def size_expected() -> str:
    """The limit of size, in words."""
    return f"at most {SIZE_MAX_BYTES:,} bytes"


def _depth(root: etree._Element) -> int:
    depth = deepest = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest
