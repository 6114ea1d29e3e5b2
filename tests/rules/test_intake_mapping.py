"""The portfolio file: what a bank may state, and what is refused with a sentence."""

from decimal import Decimal

import pytest

from evenhand.portfolio.mapping import PortfolioError, find_portfolio, read_portfolio
from evenhand.portfolio.terms import AmountsIn, Encoding, Leads, MinimumDueIs, Portfolio

BANK = """
name = "信用卡"
base_currency = "CNY"
case_threshold = '100.00'
[rates]
USD = "7.10"
[ageing]
grace_days = 5
minimum_due_is = "increment"
leads = "stated"
[feeds.accounts]
files = "ZHXX_*.txt"
encoding = "GB18030"
delimiter = "|"
dates = "%Y%m%d"
amounts = "minor"
ignore = ["备注"]
columns = { account_ref = "账号", core_status = "状态" }
codes.core_status = { "正常" = "ACTIVE" }
constants = { currency = "CNY" }
"""


def written(tmp_path, text):
    path = tmp_path / "portfolio.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_bank_states_its_terms_and_how_its_files_are_written(tmp_path):
    portfolio = read_portfolio(written(tmp_path, BANK))
    assert portfolio.rates == {"USD": Decimal("7.10")}
    assert portfolio.ageing.grace_days == 5
    assert portfolio.ageing.minimum_due_is is MinimumDueIs.INCREMENT
    assert portfolio.ageing.leads is Leads.STATED
    assert portfolio.case_threshold_minor == 10_000
    layout = portfolio.layout("accounts")
    assert layout.encoding is Encoding.GB18030
    assert layout.amounts is AmountsIn.MINOR
    assert layout.columns["account_ref"] == "账号"
    assert layout.codes["core_status"] == {"正常": "ACTIVE"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nam = 'x'", "nam is not known"),
        ("[feeds.acounts]\n", "feeds.acounts is not known"),
        ("[ageing]\ngrace = 3", "ageing.grace is not known"),
        ("[ageing]\ngrace_days = -1", "ageing.grace_days is -1; expected a whole number"),
        ("[ageing]\ntolerance_full = 10", "ageing.tolerance_full is 10; expected a text"),
        ("case_threshold = '1.005'", "case_threshold is '1.005'; expected an amount of CNY"),
        ("case_threshold = '-1'", "case_threshold is '-1'; expected an amount of CNY"),
        ("[ageing]\nleads = 'core'", "ageing.leads is 'core'; expected one of computed, stated"),
        ("[rates]\nCNY = '1'", "rates.CNY changes nothing: CNY is the base currency"),
        ("[rates]\nUSD = 7.1", "rates.USD is 7.1; expected a text in quotes"),
        ("[rates]\nUSD = '-7'", "rates.USD is '-7'; expected a number above zero"),
        ("base_currency = 'yuan'", "base_currency is 'yuan'; expected a currency code"),
        ("[feeds.customers]\namounts = 'minor'", "feeds.customers.amounts changes nothing"),
        ("[feeds.customers]\ndates = '%Y%m%d'", "feeds.customers.dates changes nothing"),
        ("[feeds.payments]\ndates = '%y%m'", "expected %Y, %m and %d in it"),
        (
            "[feeds.payments]\namounts = 'minor'\ndecimal_mark = ','",
            "decimal_mark changes nothing",
        ),
        ("[feeds.payments.columns]\namount = 'amount'", "columns.amount changes nothing"),
        ("[feeds.payments.columns]\namuont = 'x'", "feeds.payments.columns.amuont is not known"),
        ("[feeds.accounts.codes.core_status]\nA = 'OPEN'", "A is 'OPEN'; expected one of ACTIVE"),
        ("[feeds.accounts.codes.core_status]\nACTIVE = 'ACTIVE'", "changes nothing"),
        (
            "[feeds.payments]\nconstants.currency='CNY'\ndefaults.currency='CNY'",
            "exclude each other",
        ),
        ("name = ", "is not TOML"),
    ],
)
def test_what_is_not_understood_or_changes_nothing_is_refused_by_file_and_key(
    tmp_path, text, sentence
):
    path = written(tmp_path, text)
    with pytest.raises(PortfolioError) as refused:
        read_portfolio(path)
    assert str(path) in str(refused.value)
    assert sentence in str(refused.value)


def test_the_portfolio_lies_with_the_feeds_or_beside_their_folder_or_is_plain(tmp_path):
    folder = tmp_path / "2026-09-30"
    folder.mkdir()
    assert find_portfolio(None, folder) == Portfolio()
    written(tmp_path, "name = 'beside'")
    assert find_portfolio(None, folder).name == "beside"
    written(folder, "name = 'within'")
    assert find_portfolio(None, folder).name == "within"
    stated = tmp_path / "other.toml"
    stated.write_text("name = 'stated'")
    assert find_portfolio(stated, folder).name == "stated"
