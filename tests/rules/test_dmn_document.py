"""Working on a document: edits change what they name and nothing else."""

from pathlib import Path

import pytest
from lxml import etree

import evenhand.packs
from evenhand.dmn import ModelError, loads
from evenhand.dmn.documents.diagram import DC, DMNDI
from evenhand.dmn.documents.document import ANNOTATION, Document
from evenhand.dmn.documents.export import exported
from evenhand.dmn.reading.xml import NAMESPACES
from tests.rules.dmn_tables import DMN_15, decision, document

STARTER = (Path(evenhand.packs.__path__[0]) / "starter/strategy.dmn").read_bytes()

FOREIGN = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- made elsewhere -->
<d:definitions xmlns:d="{DMN_15}" xmlns:other="urn:other" id="m" name="m" namespace="m" other:made="2024">
  <d:extensionElements><other:settings colour="red"/></d:extensionElements>
  <d:inputData id="f-x" name="x"/>
  <d:decision id="d-sum" name="sum"><d:literalExpression><d:text>x + 1</d:text></d:literalExpression></d:decision>
  <d:decision id="d-choice" name="choice">
    <d:informationRequirement id="r-1"><d:requiredInput href="#f-x"/></d:informationRequirement>
    <d:decisionTable id="t" hitPolicy="FIRST">
      <d:input id="i-x"><d:inputExpression typeRef="number"><d:text>x</d:text></d:inputExpression></d:input>
      <d:output id="o" name="answer" typeRef="string"/>
      <!-- the young -->
      <d:rule id="a">
        <d:inputEntry id="a-1" other:width="80"><d:text>about five</d:text></d:inputEntry>
        <d:outputEntry id="a-2"><d:text><![CDATA["A" & more]]></d:text></d:outputEntry>
      </d:rule>
      <d:rule id="b">
        <d:description>the rest</d:description>
        <d:inputEntry id="b-1"><d:text>-</d:text></d:inputEntry>
        <d:outputEntry id="b-2"><d:text>"B"</d:text></d:outputEntry>
      </d:rule>
    </d:decisionTable>
  </d:decision>
</d:definitions>
""".encode()


def small(*rows: str, **more) -> Document:
    """One table over x and y that answers one thing."""
    rows = rows or ('[1..30] | true | "A" | first', '- | - | "B"')
    return Document.read(document(decision(rows, inputs=["x", "y"], **more)), "table.dmn")


def texts(made: Document, table: str = "choice") -> list[tuple[str, ...]]:
    return [rule.texts for rule in made.table(table).rules]


def test_a_document_that_is_only_read_is_written_as_it_was():
    assert Document.read(FOREIGN).write() == FOREIGN
    assert loads(Document.read(STARTER).write()).digest == loads(STARTER).digest


def test_a_cell_that_cannot_be_read_is_a_text_like_any_other():
    table = Document.read(FOREIGN).table("choice")
    assert [rule.texts for rule in table.rules] == [
        ("about five", '"A" & more', ""),
        ("-", '"B"', "the rest"),
    ]
    assert [(c.id, c.label, c.name, c.kind) for c in table.columns] == [
        ("i-x", "x", "x", "number"),
        ("o", "answer", "answer", "string"),
    ]


def test_an_edit_changes_the_lines_it_names_and_no_other():
    made = Document.read(FOREIGN)
    made.set_cell("choice", "a", "i-x", " < 5 ")
    made.set_annotation("choice", "b", "其余 |\n the rest")
    before, after = FOREIGN.decode().splitlines(), made.write().decode().splitlines()
    assert [(old, new.strip()) for old, new in zip(before, after, strict=True) if old != new] == [
        (before[13], '<d:inputEntry id="a-1" other:width="80"><d:text>&lt; 5</d:text></d:inputEntry>'),
        (before[17], "<d:description>其余 | the rest</d:description>"),
    ]  # fmt: skip


def test_a_rule_is_added_behind_another_with_an_id_of_its_own():
    made = small()
    first, last = (rule.id for rule in made.table("choice").rules)
    added = made.add_rule("choice", after=first)
    copied = made.add_rule("choice", copy_of=first)
    assert [rule.id for rule in made.table("choice").rules] == [first, added, last, copied]
    assert texts(made)[1] == ("-", "-", "", "")
    assert texts(made)[3] == texts(made)[0]
    ids = [e.get("id") for e in etree.fromstring(made.write()).iter() if e.get("id")]
    assert len(ids) == len(set(ids))


def test_an_id_never_comes_back_for_another_rule_while_a_higher_one_stands():
    made = small()
    one, two = made.add_rule("choice"), made.add_rule("choice")
    made.delete_rule("choice", one)
    assert made.add_rule("choice") not in (one, two)


@pytest.mark.parametrize(
    ("rule", "places", "order"),
    [("1", 1, "2134"), ("1", 9, "2341"), ("4", -2, "1423"), ("3", -9, "3124"), ("2", 0, "1234")],
)
def test_a_rule_moves_and_stops_at_the_ends(rule, places, order):
    made = small(*(f"{n} | - | {n}" for n in range(1, 5)))
    made.move_rule("choice", f"rule-{rule}", places)
    assert "".join(row[0] for row in texts(made)) == order


def test_a_block_is_pasted_and_grows_the_table_by_rules():
    made = small()
    last = made.table("choice").rules[-1].id
    y = made.table("choice").inputs[1].id
    touched = made.paste("choice", last, y, [["true", '"C"', "why"], ["", '"D"']])
    assert touched == (last, made.table("choice").rules[-1].id)
    assert texts(made)[1:] == [("-", "true", '"C"', "why"), ("-", "-", '"D"', "")]
    made.paste("choice", None, ANNOTATION, [["below"]])
    assert texts(made)[3] == ("-", "-", "", "below")


def test_a_block_that_does_not_fit_writes_nothing():
    made = small()
    before = made.write()
    answer = made.table("choice").outputs[0].id
    with pytest.raises(ModelError, match="3 columns wide; expected at most 2"):
        made.paste("choice", None, answer, [["1", "2", "3"]])
    with pytest.raises(ModelError, match=r"row 2, column 'answer': the character"):
        made.paste("choice", "rule-1", answer, [['"A"'], ["\x00"]])
    assert made.write() == before


def test_cleared_cells_ask_for_nothing():
    made = small()
    made.clear("choice", ["rule-1"])
    assert texts(made)[0] == ("-", "-", "", "")


def test_a_new_column_brings_its_requirement_and_its_fact():
    made = Document.read(STARTER)
    added = made.add_input("contact", "risk_class", "风险分类 | risk class", "string")
    made.set_cell("contact", made.table("contact").rules[0].id, added, '"LOSS"')
    model = loads(made.write())
    assert model["contact"].inputs[-1].expression == "risk_class"
    assert made.facts[-1].label == "风险分类 | risk class"
    made.remove_column("contact", added)
    assert loads(made.write()).digest == loads(STARTER).digest


def test_a_new_column_may_ask_an_earlier_table():
    made = Document.read(STARTER)
    made.add_input("contact", "segment.desk", kind="string")
    assert "segment" in made.table("contact").requires
    assert loads(made.write())["contact"].inputs[-1].expression == "segment.desk"


def test_a_requirement_stays_while_another_column_or_cell_needs_it():
    made = small("1 | 2 | x", "- | - | 1")
    x = made.table("choice").inputs[0].id
    made.remove_column("choice", x)
    assert b"#f-x" in made.write()
    made.set_cell("choice", "rule-1", made.table("choice").outputs[0].id, "2")
    made.remove_column("choice", made.add_input("choice", "x"))
    assert b"#f-x" not in made.write()


def test_an_output_is_added_empty_and_taken_out_again():
    made = small()
    added = made.add_output("choice", "tone", "语气 | tone", "string")
    made.set_cell("choice", "rule-1", added, '"SOFT"')
    assert texts(made)[0] == ("[1..30]", "true", '"A"', '"SOFT"', "first")
    made.remove_column("choice", added)
    assert texts(made) == texts(small())


def test_hit_policy_labels_allowed_values_and_default_are_written():
    made = small('- | - | "A"')
    answer = made.table("choice").outputs[0].id
    made.set_hit_policy("choice", "COLLECT", "COUNT")
    made.set_label("choice", None, "选择 | Choice")
    made.set_label("choice", answer, "答 | answer")
    made.set_allowed("choice", answer, '"A","B, or C"')
    made.set_default("choice", answer, '"A"')
    table = Document.read(made.write()).table("choice")
    assert (table.hit_policy, table.aggregation, table.label) == (
        "COLLECT",
        "COUNT",
        "选择 | Choice",
    )
    assert table.outputs[0].choices == ('"A"', '"B, or C"')
    assert (table.outputs[0].label, table.outputs[0].default) == ("答 | answer", '"A"')
    made.set_hit_policy("choice", "FIRST")
    for clear in (made.set_allowed, made.set_default, made.set_label):
        clear("choice", answer, "")
    made.set_label("choice", None, "")
    assert loads(made.write()).digest == loads(small('- | - | "A"').write()).digest


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda d: d.set_cell("chance", "rule-1", "x", "1"), "no table 'chance'; expected choice"),
        (lambda d: d.add_rule("chance"), "no table 'chance'"),
        (lambda d: d.set_cell("choice", "rule-9", "x", "1"), "no rule 'rule-9'"),
        (lambda d: d.add_rule("choice", after="rule-9"), "no rule 'rule-9'"),
        (lambda d: d.set_cell("choice", "rule-1", "z", "1"), "no column 'z'"),
        (lambda d: d.set_cell("choice", "rule-2", "choice-in-2", "1" * 20_001),
         "'choice', row 2, column 'y': a text of 20,001 characters; expected at most 20,000"),
        (lambda d: d.set_cell("choice", "rule-1", "choice-in-1", "\x07"), "characters that XML can hold"),
        (lambda d: d.set_hit_policy("choice", "BEST"), "expected UNIQUE, ANY"),
        (lambda d: d.set_hit_policy("choice", "FIRST", "SUM"), "does not aggregate by 'SUM'"),
        (lambda d: d.add_input("choice", "x"), "a name no other column has"),
        (lambda d: d.add_input("choice", "1 + 1"), "asks for nothing the document has"),
        (lambda d: d.add_input("choice", "z", kind="text"), "'text' is no type"),
        (lambda d: d.remove_column("choice", "choice-out-1"), "it is the last output"),
        (lambda d: d.set_default("choice", "choice-in-1", "1"), "an input has no default"),
        (lambda d: d.add_rule("choice", rule_id="rule-1"), "is taken"),
        (lambda d: d.add_rule("choice", rule_id="7 up"), "'7 up' is no id"),
    ],
)  # fmt: skip
def test_an_edit_that_cannot_be_is_refused_and_changes_nothing(edit, says):
    made = small()
    before = made.write()
    with pytest.raises(ModelError, match=says) as refused:
        edit(made)
    assert str(refused.value).startswith("table.dmn")
    assert made.write() == before


def test_annotation_entries_are_read_and_written_where_they_stand():
    entries = "<annotationEntry><text>one</text></annotationEntry><annotationEntry><text>two</text></annotationEntry>"
    content = document(decision(["1 | 2 | 3"], inputs=["x", "y"])).replace(
        b"</rule>", f"{entries}</rule>".encode()
    )
    made = Document.read(content)
    assert texts(made)[0][-1] == "one two"
    made.set_annotation("choice", "rule-1", "both")
    assert texts(made)[0][-1] == "both"
    assert b"description" not in made.write()
    assert loads(made.write())["choice"].rules[0].annotation == "both"
    made.set_annotation("choice", "rule-1", "")
    assert texts(made)[0][-1] == ""


@pytest.mark.parametrize("space", NAMESPACES)
def test_every_version_is_read_edited_and_written(space):
    content = document(decision(["1 | 2"], inputs=["x"]), space=space)
    made = Document.read(content)
    added = made.add_rule("choice")
    made.set_cell("choice", added, made.table("choice").outputs[0].id, "4")
    made.drawn()
    assert loads(made.write()).evaluate("choice", {"x": 7}) == 4


def test_a_type_is_written_as_the_version_refers_to_it():
    old = next(space for space, version in NAMESPACES.items() if version == "1.1")
    content = document(decision(["1 | 2"], inputs=["x"]), space=old).replace(
        b' name="m"', b' xmlns:feel="http://www.omg.org/spec/FEEL/20140401" name="m"'
    )
    made = Document.read(content)
    made.add_input("choice", "w", kind="number")
    assert made.write().count(b'typeRef="feel:number"') == 2


# What another modeller needs: dmn-js and dmn-moddle were tried by hand, and asked for these.


def modeller_needs(content: bytes) -> list[str]:
    """What dmn-js would stumble over: the version, an id, a reference or a shape that is missing."""
    root = etree.fromstring(content)
    space = etree.QName(root).namespace
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    wanting = [] if NAMESPACES[space] == "1.3" else ["version 1.3"]
    wanting += [f"{i} twice" for i in set(ids) if ids.count(i) > 1]
    wanting += [f"{a} of definitions" for a in ("id", "name", "namespace") if not root.get(a)]
    shown = {e.get("dmnElementRef") for e in root.iter(f"{{{DMNDI['1.3']}}}*")}
    drawn = ("decision", "inputData", "informationRequirement")
    for element in root.iter(*(f"{{{space}}}{name}" for name in drawn)):
        if element.get("id") not in shown:
            wanting.append(f"no shape of {element.get('id')}")
    wanting += [f"shape of nothing: {ref}" for ref in shown - {None} if ref not in ids]
    for element in root.iter(f"{{{space}}}requiredInput", f"{{{space}}}requiredDecision"):
        if element.get("href", "").removeprefix("#") not in ids:
            wanting.append(f"nothing is {element.get('href')}")
    boxes = root.findall(f".//{{{DC}}}Bounds")
    places = {(box.get("x"), box.get("y")) for box in boxes}
    return [*wanting, *(["shapes on top of each other"] if len(places) < len(boxes) else [])]


def edited() -> Document:
    made = Document.read(STARTER).drawn()
    made.add_rule("segment", after=made.table("segment").rules[0].id)
    made.add_rule("treatment", copy_of=made.table("treatment").rules[3].id)
    made.add_input("contact", "risk_class", "风险分类 | risk class", "string")
    made.add_input("contact", "region", "地区 | region", "string")
    made.remove_column("contact", made.table("contact").inputs[2].id)
    return made


def made_anew() -> Document:
    starter = Document.read(STARTER)
    return Document.new("starter", starter.tables, starter.facts, description="made anew")


@pytest.mark.parametrize("make", [lambda: Document.read(STARTER).drawn(), edited, made_anew])
def test_an_exported_document_has_what_another_modeller_needs(make):
    assert modeller_needs(make().write(version="1.3")) == []


def test_a_document_made_of_tables_says_the_same():
    assert loads(made_anew().write()).digest == loads(STARTER).digest


def test_another_version_says_the_same():
    for version in ("1.2", "1.3", "1.4"):
        assert (
            loads(Document.read(STARTER).drawn().write(version=version)).digest
            == loads(STARTER).digest
        )


LOOP = document(
    f'<decision id="l" name="l"><for xmlns="{DMN_15}"/></decision>',
    decision(["1 | 2"], inputs=["x"]),
)


def test_an_export_is_of_the_version_that_modellers_open_if_it_can_be():
    assert modeller_needs(exported(STARTER)) == []
    assert loads(exported(STARTER)).digest == loads(STARTER).digest
    assert exported(LOOP) == Document.read(LOOP).drawn().write()


def test_a_version_that_lacks_an_element_is_refused():
    made = Document.read(LOOP)
    with pytest.raises(ModelError, match=r"DMN 1.3 has no for; expected version 1.5"):
        made.write(version="1.3")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<a/>", "expected DMN `definitions`"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "has a DOCTYPE"),
        (document(decision(["1 | 2"], inputs=["x"]).replace("<rule>", '<rule id="r">') * 2), "this name"),
        (document(decision(["1 | 2", "2 | 2"], inputs=["x"]).replace("<rule>", '<rule id="r">')),
         "row 2: the id 'r' stands twice"),
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_worked_on_is_refused(content, says):
    with pytest.raises(ModelError, match=says):
        Document.read(content, "bad.dmn")
