"""What every page has in common: its headers, its words, its marks."""

import re

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import translation

from evenhand.access.actions import add_staff
from evenhand.access.models import Desk
from evenhand.arrangements.models import Promise
from evenhand.casework.models import Case, CloseReason, Hold
from evenhand.cycle.models import Run
from evenhand.delinquency.ageing import BUCKETS, RISK_CLASSES
from evenhand.portfolio.feeds import FEEDS, TAKE_OVER
from evenhand.portfolio.models import FileState
from evenhand.strategy.facts import FACTS
from evenhand.web import extract
from evenhand.web.labels import LABELS, label_of
from evenhand.web.masking import mask


@pytest.fixture
def supervisor(client: Client, db: None) -> Client:
    client.force_login(
        add_staff(name="someone", role="supervisor", desk="", password="green river 77 stone")
    )
    return client


def said(template: str, language: str, **given: object) -> str:
    """What a template says, without its markup."""
    with translation.override(language):
        return re.sub(r"<[^>]+>", "", Template(template).render(Context(given)))


# The frame


def test_a_page_runs_nothing_that_is_written_into_it(supervisor: Client) -> None:
    answer = supervisor.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = answer.content.decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_pages_with_people_on_them_are_not_kept_by_the_browser(supervisor: Client) -> None:
    assert supervisor.get("/").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "工作台"), ("en", "Worklist")])
def test_the_header_speaks_the_language_chosen(
    supervisor: Client, language: str, word: str
) -> None:
    supervisor.post("/language/", {"language": language, "next": "/"})
    answer = supervisor.get("/")
    assert answer.headers["Content-Language"] == language
    assert word in answer.content.decode()


def test_who_says_nothing_of_a_language_is_spoken_to_in_chinese(client: Client, db: None) -> None:
    assert client.get("/staff/login/").headers["Content-Language"] == "zh-hans"


@pytest.mark.parametrize(
    ("state", "shown"), [(Run.State.PUBLISHED, True), (Run.State.TREATED, False)]
)
def test_the_banking_day_is_that_of_the_last_published_night(
    supervisor: Client, state: str, shown: bool
) -> None:
    from datetime import UTC, date, datetime

    Run.objects.create(
        banking_day=date(2026, 9, 28),
        state=state,
        code_version="1",
        started_at=datetime(2026, 9, 28, 20, tzinfo=UTC),
    )
    assert ('datetime="2026-09-28"' in supervisor.get("/").content.decode()) is shown


# Words


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("desk", Desk.values),
        ("case_state", Case.State.values),
        ("close_reason", CloseReason.values),
        ("hold", Hold.Reason.values),
        ("promise", Promise.State.values),
        ("run_state", Run.State.values),
        ("file_state", FileState.values),
        ("feed", [*FEEDS, *TAKE_OVER]),
        ("bucket", BUCKETS),
        ("risk_class", RISK_CLASSES),
        *((fact.name, fact.codes) for fact in FACTS if fact.name in LABELS),
    ],
)
def test_every_code_has_words(kind: str, codes: list[str]) -> None:
    assert [code for code in codes if code not in LABELS[kind]] == []


@pytest.mark.parametrize(
    ("language", "label"), [("zh-hans", "致电"), ("en", "Call"), ("en-gb", "Call")]
)
def test_a_code_is_said_in_the_language_of_the_page(language: str, label: str) -> None:
    assert said("{{ code|label:'treatment' }}", language, code="CALL") == label


def test_a_code_of_the_bank_is_its_own_label() -> None:
    assert label_of("core_status", "X9", "en") == "X9"
    assert said("{{ code|label:'desk' }}", "en", code="") == "—"


def test_the_catalogues_hold_exactly_what_the_sources_say() -> None:
    from babel.messages.pofile import read_po

    marked = {m if isinstance(m, str) else m[0] for _, m in extract.messages(extract.PACKAGE)}
    for locale in ("zh_Hans", "en"):
        with (extract.LOCALES / locale / "LC_MESSAGES" / "django.po").open("rb") as file:
            known = {m.id if isinstance(m.id, str) else m.id[0] for m in read_po(file) if m.id}
        assert known == marked, "run `python -m evenhand.web.extract`"


# Amounts, names, numbers


@pytest.mark.parametrize(
    ("template", "language", "text"),
    [
        ("{% money 1248630 'CNY' %}", "zh-hans", "¥12,486.30"),
        ("{% money 1248630 'CNY' %}", "en", "CN¥12,486.30"),
        ("{% money 500 'JPY' %}", "zh-hans", "JP¥500"),
        ("{% money none 'CNY' %}", "en", "—"),
        ("{% days 1 %}", "en", "1 day"),
        ("{% days 47 %}", "en", "47 days"),
        ("{% days 47 %}", "zh-hans", "47 天"),
        ("{{ '张三伟'|masked }}", "en", "张*伟"),
    ],
)
def test_a_tag_writes(template: str, language: str, text: str) -> None:
    assert said(template, language, none=None) == text


@pytest.mark.parametrize(
    ("plain", "masked"),
    [
        ("张三伟", "张*伟"),
        ("张伟", "张*"),
        ("欧阳三伟", "欧**伟"),
        ("Ann Example", "A. E."),
        ("13800001234", "138****1234"),
        ("1234", "**34"),
        ("样例客户000018", "样*0018"),
        ("", ""),
    ],
)
def test_a_name_or_number_is_masked(plain: str, masked: str) -> None:
    assert mask(plain) == masked


def test_an_icon_that_does_not_exist_is_a_fault() -> None:
    from lucide import IconDoesNotExist

    with pytest.raises(IconDoesNotExist):
        said("{% icon 'no-such-thing' %}", "en")
