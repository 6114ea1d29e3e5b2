"""Reading and judging one file: what is refused whole, what is quarantined, and that every row is accounted for."""

import hashlib
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.portfolio import feeds
from evenhand.portfolio.checking import check, mask
from evenhand.portfolio.loading import EVERY_FEED
from evenhand.portfolio.mapping import parse_portfolio
from evenhand.portfolio.reading import FileRefusedError, Stated, read_manifest, read_sheet
from evenhand.portfolio.terms import Portfolio

HEADER = "customer_ref,account_ref,currency,payment_ref,value_on,posted_on,amount,method\n"
GOOD = "C1,A1,CNY,P1,2026-09-01,2026-09-02,100.50,BANK\n"
YEN = Portfolio(rates={"JPY": Decimal("0.05")})


def judged(text, feed=feeds.PAYMENTS, portfolio=YEN, stated=None):
    content = text if isinstance(text, bytes) else text.encode()
    return check(read_sheet(content, feed, portfolio.layout(feed.name), stated), feed, portfolio)


def refused(text, feed=feeds.PAYMENTS, portfolio=YEN, stated=None):
    with pytest.raises(FileRefusedError) as error:
        judged(text, feed, portfolio, stated)
    return error.value.reason


def test_a_good_row_becomes_typed_values_with_its_line():
    checked = judged(HEADER + GOOD)
    assert checked.faults == ()
    assert checked.lines.tolist() == [2]
    assert checked.rows.to_pylist() == [
        {
            "customer_ref": "C1", "account_ref": "A1", "currency": "CNY", "payment_ref": "P1",
            "value_on": date(2026, 9, 1), "posted_on": date(2026, 9, 2), "amount": 10_050,
            "method": "BANK",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({0: ""}, ("customer_ref", "ref.present")),
        ({1: "  "}, ("account_ref", "ref.present")),
        ({3: "P" * 65}, ("payment_ref", "ref.short")),
        ({2: "XXX"}, ("currency", "currency.rated")),
        ({2: ""}, ("currency", "currency.present")),
        ({4: "2026-02-30"}, ("value_on", "date.valid")),
        ({4: "2026-9-1"}, ("value_on", "date.valid")),
        ({4: "20260901"}, ("value_on", "date.valid")),
        ({5: ""}, ("posted_on", "date.present")),
        ({6: ""}, ("amount", "money.present")),
        ({6: "1.005"}, ("amount", "money.exact")),
        ({6: "1,000.00"}, ("amount", "money.valid")),
        ({6: "1e3"}, ("amount", "money.valid")),
        ({6: "."}, ("amount", "money.valid")),
        ({6: "99999999999999999999"}, ("amount", "money.valid")),
        ({6: "0"}, ("amount", "amount.positive")),
        ({6: "-5"}, ("amount", "amount.positive")),
        ({2: "JPY", 6: "100.5"}, ("amount", "money.exact")),
    ],
)
def test_a_bad_payment_is_quarantined_by_field_and_rule(change, fault):
    values = GOOD.strip().split(",")
    for at, value in change.items():
        values[at] = value
    row = ",".join(f'"{v}"' if "," in v else v for v in values)
    checked = judged(f"{HEADER}{GOOD.replace('P1', 'P0')}{row}\n")
    assert [(f.line, f.field, f.rule) for f in checked.faults] == [(3, *fault)]
    assert checked.lines.tolist() == [2]
    assert (checked.rows_in, checked.rows_quarantined) == (2, 1)


@pytest.mark.parametrize(
    ("feed", "text", "fault"),
    [
        (
            feeds.STATEMENTS,
            "customer_ref,account_ref,currency,statement_on,due_on,minimum_due,balance\n"
            "C,A,CNY,2026-09-05,2026-09-05,1,1\n",
            ("due_on", "due.after-statement"),
        ),
        (
            feeds.STATEMENTS,
            "customer_ref,account_ref,currency,statement_on,due_on,minimum_due,balance\n"
            "C,A,CNY,2026-09-05,2026-09-25,-1,1\n",
            ("minimum_due", "amount.not-negative"),
        ),
        (
            feeds.ACCOUNTS,
            "customer_ref,account_ref,product,currency,credit_limit,balance,core_status\n"
            "C,A,GOLD,CNY,1,1,OPEN\n",
            ("core_status", "code.known"),
        ),
        (
            feeds.ACCOUNTS,
            "customer_ref,account_ref,product,currency,credit_limit,balance,core_status,cycle_day\n"
            "C,A,GOLD,CNY,1,1,ACTIVE,32\n",
            ("cycle_day", "int.valid"),
        ),
        (
            feeds.ACCOUNTS,
            "customer_ref,account_ref,product,currency,credit_limit,balance,core_status,card_tail\n"
            "C,A,GOLD,CNY,1,1,ACTIVE,12345\n",
            ("card_tail", "tail.four-digits"),
        ),
        (
            feeds.CUSTOMERS,
            "customer_ref,name,deceased\nC,Card Holder,maybe\n",
            ("deceased", "bool.known"),
        ),
        (
            feeds.CONTACT_POINTS,
            "customer_ref,kind,value,source\nC,MOBILE,,CONTRACT\n",
            ("value", "value.present"),
        ),
    ],
)
def test_each_feed_has_its_own_rules(feed, text, fault):
    checked = judged(text, feed)
    assert [(f.field, f.rule) for f in checked.faults] == [fault]
    assert checked.rows_quarantined == checked.rows_in == 1


PLAIN = {
    "ref": "R1", "code": "X1", "text": "some text", "secret": "a secret", "tail": "1234",
    "date": "2026-09-05", "instant": "2026-09-05T10:00:00+08:00", "int": "5", "bool": "Y",
    "money": "12.30", "currency": "CNY",
}  # fmt: skip


@pytest.mark.parametrize("feed", EVERY_FEED.values(), ids=lambda f: f.name)
@pytest.mark.parametrize("required_only", [True, False], ids=["required", "all"])
def test_every_feed_takes_a_row_of_its_columns(feed, required_only):
    columns = [c for c in feed.columns if c.required or not required_only]
    values = [c.codes[0] if c.codes else str(c.minimum or PLAIN[c.kind]) for c in columns]
    values = [
        "2026-09-25" if c.name == "due_on" else v for c, v in zip(columns, values, strict=True)
    ]
    text = f"{','.join(c.name for c in columns)}\n{','.join(values)}\n"
    checked = judged(text, feed)
    assert checked.faults == ()
    assert checked.rows.column_names == [c.name for c in columns]
    assert all(v is not None for v in checked.rows.to_pylist()[0].values())


def test_a_credit_balance_and_one_over_the_limit_are_normal():
    text = (
        "customer_ref,account_ref,product,currency,credit_limit,balance,core_status\n"
        "C1,A1,GOLD,CNY,1000,-12.30,ACTIVE\nC1,A2,GOLD,CNY,1000,1200,ACTIVE\n"
    )
    checked = judged(text, feeds.ACCOUNTS)
    assert checked.faults == ()
    assert checked.rows.column("balance").to_pylist() == [-1_230, 120_000]


def test_the_first_row_of_a_key_stands_and_the_later_is_quarantined():
    checked = judged(HEADER + GOOD + GOOD.replace("100.50", "7") + GOOD.replace("P1", "P2"))
    assert [(f.line, f.rule) for f in checked.faults] == [(3, "key.unique")]
    assert checked.lines.tolist() == [2, 4]


def test_a_bad_row_does_not_take_the_key_of_a_good_one():
    checked = judged(HEADER + GOOD.replace("100.50", "x") + GOOD)
    assert [(f.line, f.rule) for f in checked.faults] == [(2, "money.valid")]
    assert checked.lines.tolist() == [3]


def test_lines_are_those_of_the_file_with_breaks_inside_values_and_ragged_rows():
    text = (
        "customer_ref,name,region\n"
        'C1,"Card\nHolder One",EAST\n'
        "C2,Card Holder Two\n"
        '"C3","Card\n\nHolder Three",EAST\n'
        "C4,Card Holder Four,EAST,extra\n"
        "C5,Card Holder Five,EAST\n"
    )
    checked = judged(text, feeds.CUSTOMERS)
    assert checked.lines.tolist() == [2, 5, 9]
    assert [(f.line, f.rule, f.expected) for f in checked.faults] == [
        (4, "row.columns", "3 fields, found 2"),
        (8, "row.columns", "3 fields, found 4"),
    ]
    assert (checked.rows_in, checked.rows_quarantined) == (5, 2)


def test_an_empty_line_is_a_row_in_quarantine_and_empty_lines_at_the_end_are_nothing():
    checked = judged(HEADER + "\n" + GOOD + "\n\n")
    assert checked.lines.tolist() == [3]
    assert {f.line for f in checked.faults} == {2}
    assert (checked.rows_in, checked.rows_quarantined) == (2, 1)


def test_a_file_without_rows_is_a_file():
    checked = judged(HEADER)
    assert (checked.rows_in, checked.rows.num_rows, checked.faults) == (0, 0, ())


SUM = "#TRAILER,2,101.50\n"
TWO = HEADER + GOOD + GOOD.replace("P1", "P2").replace("100.50", "1.00")


def test_a_trailer_that_agrees_is_no_row():
    assert judged(TWO + SUM).rows_in == 2
    assert judged(TWO + "#TRAILER,2").rows_in == 2


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (TWO + "#TRAILER,3,101.50\n", "file.rows"),
        (TWO + "#TRAILER,2,101.51\n", "file.total"),
        (TWO + "#TRAILER,two\n", "file.trailer"),
        (TWO[:-20], "file.truncated"),
        (TWO.replace("amount", "amout"), "column.present"),
        (TWO.replace("method", "mehtod"), "column.known"),
        (TWO.replace("method", "amount"), "file.header"),
        (TWO.replace("BANK", '"BANK', 1), "file.quotes"),
        ("", "file.header"),
        (TWO.encode().replace(b"BANK", b"\xff\xff"), "file.encoding"),
        (b"\xef\xbb\xbf" + TWO.encode().replace(b"BANK", b"\xb9\xf1"), "file.encoding"),
        (b"PAR1" + b"\x00" * 40, "file.truncated"),
    ],
)
def test_a_bad_file_is_refused_whole(text, rule):
    assert refused(text)["rule"] == rule


@pytest.mark.parametrize(
    ("stated", "rule"),
    [
        (Stated(sha256="0" * 64), "file.sha256"),
        (Stated(rows=3), "file.rows"),
        (Stated(total=Decimal("1.00")), "file.total"),
    ],
)
def test_what_the_manifest_states_must_be_so(stated, rule):
    good = Stated(sha256=hashlib.sha256(TWO.encode()).hexdigest(), rows=2, total=Decimal("101.50"))
    assert judged(TWO, stated=good).rows_in == 2
    assert refused(TWO, stated=stated)["rule"] == rule


def test_trailer_and_manifest_must_agree():
    assert refused(TWO + SUM, stated=Stated(rows=3))["rule"] == "file.rows"


def test_a_folder_states_its_files_in_toml_or_json(tmp_path):
    (tmp_path / "manifest.json").write_text(
        '{"files": [{"name": "p.csv", "feed": "payments", "rows": 2, "total": "1.50"}]}'
    )
    assert read_manifest(tmp_path).files["p.csv"].total == Decimal("1.50")
    (tmp_path / "manifest.toml").write_text(
        'synthesised = ["customers.name"]\n[[files]]\nname = "p.csv"\nrows = 3\n'
    )
    manifest = read_manifest(tmp_path)
    assert manifest.files["p.csv"].rows == 3
    assert manifest.marks("customers") == ["name"]
    (tmp_path / "manifest.toml").write_text('[[files]]\nname = "p.csv"\nrow = 3\n')
    with pytest.raises(FileRefusedError, match="row is not known"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8-SIG"), ("gb18030", "GB18030")],
)
def test_the_encoding_is_found(encoding, name):
    text = "customer_ref,name,region\nC1,持卡人甲,华东\n"
    sheet = read_sheet(
        text.encode(encoding), feeds.CUSTOMERS, Portfolio().layout("customers"), None
    )
    assert sheet.encoding == name
    assert sheet.columns.to_pylist() == [
        {"customer_ref": "C1", "name": "持卡人甲", "region": "华东"}
    ]


BANK = {
    "feeds": {
        "payments": {
            "encoding": "GB18030",
            "delimiter": "|",
            "dates": "%Y%m%d",
            "thousands_mark": ",",
            "sign": "trailing",
            "ignore": ["备注"],
            "columns": {
                "customer_ref": "客户号", "account_ref": "账号", "payment_ref": "流水号",
                "value_on": "起息日", "posted_on": "入账日", "amount": "金额", "method": "渠道",
            },
            "codes": {"method": {"柜面": "COUNTER"}},
            "constants": {"currency": "CNY"},
            "defaults": {"method": "OTHER"},
        }
    }
}  # fmt: skip


def test_a_bank_s_own_layout_is_read_through_its_mapping():
    text = (
        "客户号|账号|流水号|起息日|入账日|金额|渠道|备注\n"
        "C1|A1|P1|20260901|20260902|1,234,567.80|柜面|x\n"
        "C1|A1|P2|20260901|20260902|12,34.00||x\n"
        "C1|A1|P3|20260901|20260902|5.00-||x\n"
        "C1|A1|P4|20260901|20260902|7||x\n"
    )
    checked = judged(text.encode("gb18030"), portfolio=parse_portfolio(BANK))
    assert checked.rows.column("amount").to_pylist() == [123_456_780, 700]
    assert checked.rows.column("method").to_pylist() == ["COUNTER", "OTHER"]
    assert checked.rows.column("currency").to_pylist() == ["CNY", "CNY"]
    assert [(f.line, f.field, f.rule) for f in checked.faults] == [
        (3, "amount", "money.valid"),
        (4, "amount", "amount.positive"),
    ]


@pytest.mark.parametrize(
    ("layout", "text", "minor"),
    [
        ({"amounts": "minor"}, "12345", 12_345),
        ({"amounts": "minor", "sign": "credit"}, "12345CR", -12_345),
        ({"sign": "credit"}, "12.5DR", 1_250),
        ({"sign": "credit"}, "12.5 CR", -1_250),
        ({"decimal_mark": ",", "thousands_mark": "."}, "1.234,5", 123_450),
        ({}, "+3", 300),
        ({}, "-0.01", -1),
        ({}, " 7.10 ", 710),
        ({}, "7.100", 710),
    ],
)
def test_amounts_are_read_as_the_bank_writes_them(layout, text, minor):
    portfolio = parse_portfolio({"feeds": {"accounts": layout}}) if layout else Portfolio()
    header = "customer_ref,account_ref,product,currency,credit_limit,balance,core_status\n"
    checked = judged(f'{header}C,A,G,CNY,0,"{text}",ACTIVE\n', feeds.ACCOUNTS, portfolio)
    assert checked.faults == ()
    assert checked.rows.column("balance").to_pylist() == [minor]


def parquet(table):
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def test_parquet_carries_days_and_decimals_as_they_are_and_no_floats():
    table = pa.table(
        {
            "customer_ref": ["C1"], "account_ref": ["A1"], "currency": ["CNY"],
            "payment_ref": ["P1"], "value_on": [date(2026, 9, 1)], "posted_on": [date(2026, 9, 2)],
            "amount": [Decimal("100.50")],
        }
    )  # fmt: skip
    checked = judged(parquet(table), portfolio=replace(YEN))
    assert checked.rows.column("amount").to_pylist() == [10_050]
    assert checked.rows.column("value_on").to_pylist() == [date(2026, 9, 1)]
    assert checked.lines.tolist() == [1]
    whole = parquet(table)
    assert refused(whole[: len(whole) - 10])["rule"] == "file.truncated"
    floats = table.set_column(6, "amount", pa.array([100.5]))
    assert refused(parquet(floats))["rule"] == "column.exact"


@pytest.mark.parametrize(
    ("feed", "row", "hidden"),
    [
        (feeds.PAYMENTS, "6222020011112222,A,XXX,P1,2026-09-01,2026-09-02,1,BANK", "62220200"),
        (feeds.PAYMENTS, "C,A,CNY,P,19912345678,2026-09-02,1,BANK", "1234567"),
        (feeds.PAYMENTS, "C,A,持卡人甲,P,2026-09-01,2026-09-02,1,BANK", "持卡人"),
        (feeds.PAYMENTS, "C,A,HOLDER,P,2026-09-01,2026-09-02,1,BANK", "HOLD"),
        (feeds.PAYMENTS, "C,A,CNY,P,2026-09-01,2026-09-02", "2026"),
    ],
)
def test_values_in_quarantine_are_masked(feed, row, hidden):
    faults = judged(f"{HEADER}{row}\n", feed).faults
    assert faults
    assert all(hidden not in mask(f, feed) for f in faults)


def test_a_mistyped_number_or_day_can_still_be_seen():
    faults = judged(HEADER + "C,A,CNY,P,2026-02-30,2026-09-02,12.345,BANK\n").faults
    assert {mask(f, feeds.PAYMENTS) for f in faults} == {"2026-02-30", "12.345"}


FIELD = st.sampled_from(["", "C1", "CNY", "2026-09-01", "1.00", "x,y", "1.005", "a\nb", '"', "是"])


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.lists(FIELD, min_size=7, max_size=9), max_size=12))
def test_rows_in_are_rows_loaded_and_rows_quarantined(rows):
    written = [",".join(f'"{v.replace(chr(34), chr(34) * 2)}"' for v in row) for row in rows]
    checked = judged(HEADER + "".join(f"{row}\n" for row in written))
    assert checked.rows_in == len(rows)
    assert checked.rows_in == len(checked.lines) + checked.rows_quarantined
    assert checked.rows.num_rows == len(checked.lines)
    assert len({f.line for f in checked.faults}) == checked.rows_quarantined
    starts = [2 + sum(r.count("\n") + 1 for r in written[:at]) for at in range(len(rows))]
    assert sorted({*checked.lines.tolist(), *(f.line for f in checked.faults)}) == starts
