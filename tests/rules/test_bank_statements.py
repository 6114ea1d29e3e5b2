"""Bank statements in three formats are read into the same entries, and a bad file is refused with its place."""

import tarfile
from datetime import date
from pathlib import Path

import pytest

from evenhand.payments.statements.entries import StatementRefused
from evenhand.payments.statements.reading import read_statement
from tests.rules.statements import CAMT_053, camt, entry

DAY = date(2026, 9, 28)
SAMPLES = Path(__file__).parents[3] / "shared/data/camt_samples.tar.gz"
MT940 = b""":20:START
:25:9000
:28C:1/1
:60F:C260927CNY1000,00
:61:2609280928C100,00NTRF6222//B1
:86:first words
second line
:61:260928RC10,5NTRFNONREF
:86:166?00GIRO?20taken ?21back?32LI?33 SI
:61:2601021231D1,NCHGNONREF
:62F:C260928CNY1089,50
-"""


def test_an_entry_of_camt_says_sum_days_references_and_words():
    [found] = read_statement(camt(entry("B1", "1234.50", ref="6222")), "a.xml").entries

    assert (found.amount_minor, found.currency, found.value_on, found.booked_on) == (
        123_450,
        "CNY",
        DAY,
        DAY,
    )
    assert (found.bank_reference, found.structured) == ("B1", ("6222",))
    assert (found.remitter, found.text) == ("甲乙", "还款")


def test_money_that_went_out_is_below_zero_and_what_is_pending_is_counted_only():
    statement = read_statement(
        camt(entry("B1", sign="DBIT"), entry("B2", status="PDNG"), entry("B3", status="INFO")), "a"
    )

    assert [one.amount_minor for one in statement.entries] == [-10_000]
    assert statement.pending == 2


def test_an_entry_of_several_transactions_is_split_where_they_add_up():
    def parts(first, second):
        said = "".join(
            f'<TxDtls><AmtDtls><TxAmt><Amt Ccy="CNY">{amount}</Amt></TxAmt></AmtDtls></TxDtls>'
            for amount in (first, second)
        )
        whole = entry("B1").replace("<NtryDtls>", f"<NtryDtls>{said}", 1)
        return whole.replace(whole[whole.index("<TxDtls><Rltd") : whole.index("</NtryDtls>")], "")

    split = read_statement(camt(parts("60.00", "40.00")), "a").entries
    whole = read_statement(camt(parts("60.00", "30.00")), "a").entries

    assert [(one.amount_minor, one.bank_reference) for one in split] == [
        (6_000, "B1/0"),
        (4_000, "B1/1"),
    ]
    assert [(one.amount_minor, one.bank_reference) for one in whole] == [(10_000, "B1")]


def test_an_entry_of_mt940_says_the_same():
    first, second, third = read_statement(MT940, "a.sta").entries

    assert (first.amount_minor, first.value_on, first.bank_reference) == (10_000, DAY, "B1")
    assert (first.structured, first.text) == (("6222",), "first words second line")
    assert (second.amount_minor, second.takes_back) == (-1_050, True)
    assert (second.remitter, second.text) == ("LI SI", "taken back")
    assert (third.value_on, third.booked_on) == (date(2026, 1, 2), date(2025, 12, 31))


def test_a_row_of_csv_says_the_same():
    content = "\ufeffvalue_on,amount,currency,reference,remitter\n2026-09-28,100.00,CNY,6222,甲\n2026-09-28,-1,CNY,,\n"
    first, second = read_statement(content.encode(), "a.csv").entries

    assert (first.line, first.amount_minor, first.structured) == (2, 10_000, ("6222",))
    assert (second.line, second.amount_minor) == (3, -100)


@pytest.mark.parametrize(
    ("content", "line", "element"),
    [
        (b"", 1, "file"),
        (b"<Document/>", 1, "Document"),
        (camt(entry("B1"), space="urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"), 2, "Document"),
        (camt(entry("B1"), space=CAMT_053[:-2] + "99"), 2, "Document"),
        (camt(entry("B1"))[:400], 5, "XML"),
        (camt(entry("B1"), entry("B2", sign="C")), 7, "Ntry/CdtDbtInd"),
        (camt(entry("B1", status="DONE")), 3, "Ntry/Sts"),
        (camt(entry("B1", "1e3")), 3, "Ntry/Amt"),
        (camt(entry("B1", "-5.00")), 3, "Ntry/Amt"),
        (camt(entry("B1", "5.005")), 3, "Ntry/Amt"),
        (camt(entry("B1", "9" * 40)), 3, "Ntry/Amt"),
        (camt(entry("B1", currency="yuan")), 3, "Ntry/Amt"),
        (camt(entry("B1")).replace(b"2026-09-28", b"2026-02-30"), 4, "Ntry/BookgDt"),
        (MT940.replace(b":60F:", b":99F:"), 5, ":61:"),
        (MT940.replace(b"C100,00", b"X100,00"), 5, ":61:"),
        (MT940.replace(b":61:2609280928", b":61:2613280928"), 5, ":61:"),
        (b"value_on,amount\n2026-09-28,1\n", 1, "head"),
        (b"value_on,amount,currency\n2026-09-28,1\n", 2, "row"),
        (b"value_on,amount,currency\n28.9.2026,1,CNY\n", 2, "value_on"),
        (b"value_on,amount,currency\n2026-09-28,one,CNY\n", 2, "amount"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_line_element_and_what_was_expected(content, line, element):
    with pytest.raises(StatementRefused) as refused:
        read_statement(content, "a")

    assert (refused.value.line, refused.value.element) == (line, element)
    assert refused.value.expected


def test_a_document_type_is_refused_in_any_encoding_before_anything_grows():
    laughs = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    text = camt(entry("&b;")).decode().replace("<Document", f"{laughs}<Document")

    for content in (text.encode(), text.replace("UTF-8", "UTF-16").encode("utf-16")):
        with pytest.raises(StatementRefused, match="DOCTYPE"):
            read_statement(content, "a")


def test_a_document_of_no_end_of_depth_is_refused():
    with pytest.raises(StatementRefused, match="reasonable depth"):
        read_statement(b"<a>" * 100_000, "a")


@pytest.mark.data
@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not here")
def test_the_samples_of_the_standard_are_read_and_the_wrong_one_is_refused():
    with tarfile.open(SAMPLES) as tar:
        files = {
            Path(m.name).name: tar.extractfile(m).read() for m in tar if m.name.endswith(".xml")
        }
    found = {}
    for name, content in sorted(files.items()):
        try:
            statement = read_statement(content, name)
            found[name] = (statement.format, len(statement.entries))
        except StatementRefused as refused:
            found[name] = (refused.element, refused.line)

    assert found == {
        "camt053.v2.minimal.xml": ("camt.053.001.02", 1),
        "camt053.v2.multi.statement.xml": ("camt.053.001.02", 2),
        "camt053.v2.wrong.xml": ("Document", 1),
        "camt053.v4.xml": ("camt.053.001.04", 1),
        "camt053.v8.xml": ("camt.053.001.08", 1),
        "camt054.v2.xml": ("camt.054.001.02", 1),
        "camt054.v8.xml": ("camt.054.001.08", 1),
    }
