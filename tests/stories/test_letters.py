"""Letters from the gate to the print house and back: what must stand in them, what is kept, and what the post says."""

import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
import zxingcpp
from django.test import Client

from evenhand.adapters.typst_letters import setting
from evenhand.adapters.typst_letters.client import Print
from evenhand.adapters.typst_letters.documents import (
    Head,
    PlanRow,
    PlanTerms,
    collection_letter,
    plan_agreement,
    statement_letter,
)
from evenhand.adapters.typst_letters.post import LetterPost
from evenhand.adapters.typst_letters.postings import NotPostings, read_posted, read_returned
from evenhand.adapters.typst_letters.setting import FontsMissing, in_both, set_letters
from evenhand.adapters.typst_letters.signs import NotOurs, read_token, token
from evenhand.casework.models import Case
from evenhand.casework.queries import point_rows
from evenhand.cycle.dispatching import dispatch, lanes
from evenhand.cycle.posted import letter_posted, letter_returned
from evenhand.cycle.queueing import WAYS, queue_messages
from evenhand.kernel.ids import uuid7
from evenhand.outreach import messages_kept
from evenhand.outreach.asked import Asked
from evenhand.outreach.channels import CardFigures
from evenhand.outreach.lane import gate_now
from evenhand.outreach.messages.checking import text_terms
from evenhand.outreach.models import ContactEvent, Message, MessageText, Reply
from evenhand.outreach.queue import Wanted, enqueue
from evenhand.outreach.texts import install_texts
from evenhand.portfolio.models import PointState
from evenhand.rulebook.packs import shipped_content
from evenhand.runtime.config import SettingError, config
from evenhand.runtime.keys import new_keys, read_keys
from tests.bank import FIRST, NOON, a_night_with, mobile
from tests.contacts import MORNING, clock_at, in_force

AT = datetime(2026, 9, 28, 2, tzinfo=UTC)
SECRET = b"a secret of the print room, long"
ADDRESS = "200001 上海市黄浦区中山东一路1号"
CARDS = (
    CardFigures(
        tail="4321", overdue_days=42, due_minor=184_567, owed_minor=1_246_567,
        parts_minor=(("PRINCIPAL", 1_200_000), ("INTEREST", 34_567), ("LATE_CHARGE", 12_000)),
    ),
    CardFigures(tail="8765", overdue_days=12, due_minor=24_567, owed_minor=204_567, parts_minor=()),
)  # fmt: skip
PLAN = PlanTerms(
    debt_minor=3_105_000, owed_minor=(("PRINCIPAL", 3_000_000), ("INTEREST", 90_000), ("LATE_CHARGE", 15_000)),
    waived_minor=0, instalments=tuple(PlanRow(n, date(2026, 10, 28), 86_250, 0, 0) for n in range(1, 37)),
    currency="CNY", grace_days=5, cure_days=10, yearly_simple=Decimal(0), yearly_effective=Decimal(0),
    default_yearly=Decimal("0.1825"), default_charge_rate=Decimal("0.05"),
)  # fmt: skip


def head(**given):
    said = {
        "terms": text_terms(), "name": "样例", "address": ADDRESS, "number": "01A2", "on": date(2026, 9, 28),
        "qr": "https://bank.example/l/abc",
    }  # fmt: skip
    return Head(**said | given)


def a_letter(lang="zh", **given):
    said = {
        "title": "还款通知书",
        "words": "明细如下。\n\n请与我行联系。",
        "cards": CARDS,
        "currency": "CNY",
    }
    return collection_letter(given.pop("head", head()), lang=lang, **said | given)


def text_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize(
    ("lang", "stands"),
    [
        # name and balance; reason and rules; rights and duties; ask, pay, object, proof; the bank; its seal
        ("zh", "样例|¥14,511.34|征信业管理条例|权利与义务|证明材料|协商|95500|业务专用章|12378"),
        ("en", "样例|CN¥14,511.34|credit register|rights and duties|prove it|instalments|95500|Seal"),
    ],
)  # fmt: skip
def test_a_letter_holds_everything_it_must_in_its_language_and_is_archival_and_accessible(
    lang, stands
):
    pdf = set_letters([a_letter(lang)], at=AT)
    text = text_of(pdf)
    plain = "".join(text.split())
    assert [words for words in stands.split("|") if "".join(words.split()) not in plain] == []
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf


def test_a_letter_in_both_languages_says_everything_twice_and_counts_its_pages_as_one():
    both = in_both(a_letter)
    pdf = set_letters([both, a_letter()], at=AT)
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_range() for page in document]
    assert len(pages) == 3
    assert "权利与义务" in pages[0]
    assert "rights and duties" in pages[1]
    assert "第 2 页，共 2 页 / page 2 of 2" in pages[1].replace("\r\n", "")
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf


def a_picture(folder):
    """A red dot of one pixel."""
    raw = zlib.compress(b"\x00\xff\x00\x00")

    def chunk(kind, data):
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    path = folder / "seal.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", raw) + chunk(b"IEND", b"")
    )
    return path


def test_the_banks_seal_is_set_where_it_gave_one_and_refused_where_it_is_none(
    tmp_path, monkeypatch
):
    plain = set_letters([a_letter()], at=AT)
    picture = a_picture(tmp_path)
    monkeypatch.setenv("EVENHAND_SEAL_IMAGE", str(picture))
    config.cache_clear()
    sealed = set_letters([a_letter()], at=AT)
    assert b"/Subtype /Image" in sealed or b"/Subtype/Image" in sealed
    assert b"/Subtype/Image" not in plain
    assert b"/Subtype /Image" not in plain
    assert "业务专用章" not in text_of(sealed)  # said to who cannot see it
    assert b"<pdfuaid:part>1</pdfuaid:part>" in sealed
    (tmp_path / "seal.svg").write_text("<svg/>")
    for wrong in ("seal.svg", "none.png"):
        monkeypatch.setenv("EVENHAND_SEAL_IMAGE", str(tmp_path / wrong))
        config.cache_clear()
        with pytest.raises(SettingError, match="EVENHAND_SEAL_IMAGE"):
            set_letters([a_letter()], at=AT)
    config.cache_clear()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_plan_holds_what_the_law_wants_in_it_and_all_its_costs(lang):
    text = text_of(
        set_letters([plan_agreement(head(), lang=lang, terms=PLAN, settlement=False)], at=AT)
    )
    wanted = ["30,000.00", "900.00", "CNY", "36", "862.50", "31,050.00", "18.25%", "5.00%"]
    assert [words for words in wanted if words not in text] == []
    assert ("不再申请新的信用卡" if lang == "zh" else "no other credit card") in text.replace(
        "\r\n", ""
    )


def test_a_statement_shows_each_line_and_what_it_comes_to():
    lines = [
        (date(2026, 9, 1), "利息", 34_567, 1_246_567),
        (date(2026, 9, 2), "还款", -46_567, 1_200_000),
    ]
    text = text_of(
        set_letters(
            [
                statement_letter(
                    head(), lang="zh", lines=lines, owed_minor=1_200_000, currency="CNY"
                )
            ],
            at=AT,
        )
    )
    assert "+¥345.67" in text
    assert "¥12,000.00" in text


@pytest.mark.parametrize("name", ['#panic("x")', "]$\\*_`", "<b>&amp;", "李\u202e四", "a" * 80])
def test_a_name_is_printed_and_never_read_as_markup(name):
    text = text_of(set_letters([a_letter(head=head(name=name, address=name))], at=AT))
    assert name[:6].strip("\u202e") in text or name.startswith("李")


def test_the_same_letter_is_the_same_bytes():
    assert set_letters([a_letter()], at=AT) == set_letters([a_letter()], at=AT)


def test_letters_are_set_side_by_side():
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: set_letters([a_letter()], at=AT), range(12)))
    assert len(set(made)) == 1


def altered(signed):
    """The same with another sign in its middle: the last one may carry bits that nobody reads."""
    at = len(signed) // 2
    return signed[:at] + ("B" if signed[at] == "A" else "A") + signed[at + 1 :]


def test_the_code_on_a_letter_leads_where_it_says_and_holds_nothing_of_hers():
    message = uuid7()
    address = f"https://bank.example/l/{token(message, SECRET, until_on=date(2027, 3, 1))}"
    page = pypdfium2.PdfDocument(set_letters([a_letter(head=head(qr=address))], at=AT))[0]
    [code] = zxingcpp.read_barcodes(page.render(scale=3, grayscale=True).to_numpy().squeeze())
    assert code.text == address
    assert read_token(address.rpartition("/")[2], SECRET) == (message, date(2027, 3, 1))
    for wrong in (
        "",
        "x",
        "中",
        altered(address.rpartition("/")[2]),
        token(message, b"other", until_on=AT.date()),
    ):
        with pytest.raises(NotOurs):
            read_token(wrong, SECRET)


def test_without_fonts_the_reason_is_said(monkeypatch):
    monkeypatch.setattr(setting, "FAMILIES", {"Noto Serif SC", "Font Of Nobody"})
    setting._fonts.cache_clear()
    try:
        with pytest.raises(FontsMissing, match="Font Of Nobody, which is not here; the package"):
            setting.check_fonts()
    finally:
        setting._fonts.cache_clear()


@pytest.fixture
def room(lake_home):
    """The print room of this installation."""
    new_keys(config().key_file, made_at=AT)
    return LetterPost(
        config().lake / "letters", config().home / "print-runs", read_keys(config().key_file)
    )


def test_a_run_is_one_file_with_a_manifest_and_nothing_is_printed_twice(room):
    names = [uuid7() for _ in range(3)]
    for name in names:
        room.keep(name, a_letter(), at=AT)
    room.keep(names[0], a_letter(), at=AT)
    run = room.make_run(at=AT)
    assert (run.number, run.letters, run.pages) == (1, 3, 3)
    rows = (run.folder / "manifest.csv").read_text().splitlines()
    assert [row.split(",")[:5] for row in rows[1:]] == [
        [str(number), str(name), str(number), "1", "200001"]
        for number, name in enumerate(sorted(names), 1)
    ]
    assert len(pypdfium2.PdfDocument(run.folder / "letters.pdf")) == 3
    assert room.make_run(at=AT) is None


def test_a_run_that_was_cut_off_after_it_stood_prints_nobody_again(room, monkeypatch):
    room.keep(uuid7(), a_letter(), at=AT)
    with monkeypatch.context() as patch:
        seen = []

        def cut_off(self):
            seen.append(1)
            if len(seen) > 1:
                raise KeyboardInterrupt

        patch.setattr(LetterPost, "_take_from_waiting", cut_off)
        with pytest.raises(KeyboardInterrupt):
            room.make_run(at=AT)
    assert room.make_run(at=AT) is None
    assert len(list((room.runs).iterdir())) == 1


def test_what_lies_in_the_print_room_is_sealed(room):
    name = uuid7()
    room.keep(name, a_letter(), at=AT)
    kept = (room.root / "kept" / f"{name}.pdf.enc").read_bytes()
    assert b"%PDF" not in kept
    assert room.pdf(name).startswith(b"%PDF")
    assert room.pdf(uuid7()) is None


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            "message,posted_on,tracking\nx,2026-09-28,T1\n",
            "p.csv, line 2, message: expected the id of a message",
        ),
        (
            f"message,posted_on,tracking\n{UUID(int=1)},28/9,T1\n",
            "p.csv, line 2, posted_on: expected a day",
        ),
        (
            f"message,posted_on,tracking\n{UUID(int=1)},2026-09-28,\n",
            "p.csv, line 2, tracking: expected 1 to 40",
        ),
        (
            f"message,posted_on,tracking\n{UUID(int=1)},2026-09-28,T1,more\n",
            "p.csv, line 2, row: expected 3 fields",
        ),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_taken(raw, said):
    good = f"{UUID(int=2)},2026-09-28,T2\n"
    rows, [bad] = read_posted((raw + good).encode(), "p.csv")
    assert str(bad).startswith(said)
    assert [row.tracking for row in rows] == ["T2"]


@pytest.mark.parametrize("raw", [b"", b"a,b,c\n", b"\xff\xfe"])
def test_a_file_that_is_none_is_refused_whole(raw):
    with pytest.raises(NotPostings, match=r"r\.csv"):
        read_returned(raw, "r.csv")


@pytest.fixture
def anna(lake_home, tmp_path):
    """Anna has owed 500.00 for twenty days, and has an address."""
    config.cache_clear()
    a_night_with(tmp_path / "feeds", mobile("C1", kind="ADDRESS", value=ADDRESS))
    install_texts(is_demo=True, now=NOON)
    in_force(shipped_content("cn").decode())
    return Case.objects.get()


def printed(anna):
    [point] = [row.key for row in point_rows(anna.customer_id) if row.kind == "ADDRESS"]
    asked = Asked("LETTER", point=point, purpose="COLLECT", more=WAYS["LETTER"].more)
    enqueue(
        [
            Wanted(
                customer_id=anna.customer_id, facts_seq=anna.customer.facts_seq, asked=asked, request_key="tonight",
                not_before=MORNING, expires_at=MORNING + timedelta(hours=8),
            )
        ],
        by="night", now=MORNING,
    )  # fmt: skip
    return dispatched()


def dispatched():
    keys = read_keys(config().key_file)
    room = Print(
        post=LetterPost(config().lake / "letters", config().home / "print-runs", keys),
        public_url="http://127.0.0.1", secret=keys.token_key,
        zone=ZoneInfo("Asia/Shanghai"),
    )  # fmt: skip
    with lanes({"LETTER": room}) as several:
        assert dict(dispatch(several, keys=keys, clock=gate_now)) == {"HANDED": 1}
    return room, Message.objects.get()


@pytest.mark.django_db(transaction=True)
def test_a_letter_goes_through_the_gate_to_the_print_house_and_counts_when_it_is_posted(anna):
    with clock_at():
        room, message = printed(anna)
        text = text_of(room.copy(message.id))
        assert "尾号 4321" in text
        assert "¥500.00" in text
        assert "上海市" in text
        assert room.post.make_run(at=AT).letters == 1
        assert letter_posted(message_id=message.id, tracking="EMS1", now=NOON)
        assert not letter_posted(message_id=message.id, tracking="EMS1", now=NOON)
        assert not letter_posted(message_id=uuid7(), tracking="EMS1", now=NOON)
    message.refresh_from_db()
    assert (message.state, ContactEvent.objects.get().outcome) == ("DELIVERED", "DELIVERED")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("reason", "dead", "to_read"),
    [("MOVED", True, 0), ("REFUSED", False, 0), ("DECEASED", False, 1)],
)
def test_a_letter_that_comes_back_is_kept_and_a_wrong_address_is_used_no_more(
    anna, reason, dead, to_read
):
    keys = read_keys(config().key_file)
    with clock_at():
        _, message = printed(anna)
        letter_posted(message_id=message.id, tracking="EMS1", now=NOON)
        for first in (True, False):
            assert (
                letter_returned(message_id=message.id, reason=reason, keys=keys, now=NOON) is first
            )
        Case.objects.update(channel="LETTER", treatment="LETTER")
        said = {"on": FIRST, "zone": ZoneInfo("Asia/Shanghai"), "by": "night", "now": MORNING}
        assert queue_messages(**said) == (0 if dead else 1)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("RETURNED", reason)
    assert PointState.objects.filter(unusable_until__isnull=False).exists() is dead
    assert Reply.objects.filter(state="TO_READ").count() == to_read


@pytest.mark.django_db(transaction=True)
def test_before_a_step_at_law_she_gets_one_last_letter_in_a_stay(anna):
    Case.objects.update(channel="NONE", treatment="LEGAL_CANDIDATE")
    said = {"zone": ZoneInfo("Asia/Shanghai"), "by": "night", "now": MORNING}
    with clock_at():
        assert queue_messages(on=FIRST, **said) == 1
        assert queue_messages(on=FIRST + timedelta(days=1), **said) == 0
        room, message = dispatched()
        text = "".join(text_of(room.copy(message.id)).split())
    assert "最后通知书" in text
    assert "最后一次书面通知" in text
    assert "对金额有异议的" in text
    assert MessageText.objects.get(id=message.text_id).purpose == "FINAL_NOTICE"


@pytest.mark.django_db(transaction=True)
def test_where_no_final_notice_is_in_use_the_letter_that_collects_is_sent(anna):
    MessageText.objects.filter(purpose="FINAL_NOTICE").update(state="RETIRED")
    Case.objects.update(treatment="LEGAL_CANDIDATE")
    with clock_at():
        queue_messages(on=FIRST, zone=ZoneInfo("Asia/Shanghai"), by="night", now=MORNING)
        _, message = dispatched()
    assert MessageText.objects.get(id=message.text_id).purpose == "COLLECT"


@pytest.mark.django_db(transaction=True)
def test_a_bank_that_writes_in_both_languages_sends_one_letter_and_keeps_its_words(
    anna, monkeypatch
):
    both = replace(text_terms(), letters_in_both=True)
    monkeypatch.setattr("evenhand.cycle.said.text_terms", lambda: both)
    with clock_at():
        room, message = printed(anna)
    assert (message.language, message.state) == ("both", "HANDED")
    text = text_of(room.copy(message.id))
    assert "尾号 4321" in text
    assert "ending 4321" in text
    words = messages_kept.words_of(message, read_keys(config().key_file))
    assert "请您尽快还款" in words
    assert "Please pay" in words
    assert room.post.make_run(at=AT).pages == 2


@pytest.mark.django_db
def test_whether_a_letter_is_ours_anybody_may_ask_and_nothing_else_is_told(room):
    secret = read_keys(config().key_file).token_key
    page = Client()
    message = uuid7()
    ours = page.get(f"/l/{token(message, secret, until_on=date(2099, 1, 1))}")
    assert ours.status_code == 200
    assert str(message)[:18].upper() in ours.content.decode()
    old = page.get(
        f"/l/{token(message, secret, until_on=date(2020, 1, 1))}", headers={"accept-language": "en"}
    )
    assert "may have changed" in old.content.decode()
    assert page.get("/l/nonsense").status_code == 404


FROM_A_PROCESS_THAT_SET_ONE = """
import multiprocessing, sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from evenhand.adapters.typst_letters.setting import Letter, set_letters
from evenhand.cli.serve import begin_processes_afresh

AT = datetime(2026, 9, 28, tzinfo=UTC)
LETTER = Letter(lang="zh", title="t", sender="s", sender_line="s", address=("a",), references=(), blocks=("b",))

def one():
    with ThreadPoolExecutor(1) as threads:  # as pages are answered
        found = threads.submit(set_letters, [LETTER], at=AT).result()
    sys.exit(0 if found else 1)

if __name__ == "__main__":
    set_letters([LETTER], at=AT)
    begin_processes_afresh()
    process = multiprocessing.Process(target=one)
    process.start()
    process.join(120)
    process.kill()
    sys.exit(process.exitcode)
"""


def test_the_pages_set_letters_although_the_process_that_began_them_has_set_some(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(FROM_A_PROCESS_THAT_SET_ONE)
    subprocess.run([sys.executable, script], check=True, timeout=180)
