"""What comes back by mail is told apart: notices, robots, complaints, and what somebody wrote herself."""

from contextlib import suppress

import pytest

from evenhand.adapters.smtp_mail.reading import Unreadable, came

OURS = "0192000000007000800000000000000a"


def notice(action, status, *, returned=True):
    headers = f"Message-ID: <{OURS}@bank.example>\r\nSubject: x\r\n" if returned else ""
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: bounces@bank.example\r\nSubject: notice\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nwords for people\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\nOriginal-Envelope-Id: 01920000-0000-7000-8000-00000000000a\r\n\r\n"
        f"Final-Recipient: rfc822; anna@mx.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{headers}\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", "FAILED"),
        ("failed", "4.4.7", "FAILED"),  # tried for days and given up
        ("delayed", "4.4.1", "DELAYED"),
        ("relayed", "2.0.0", "DELIVERED"),
        ("delivered", "2.0.0", "DELIVERED"),
    ],
)
def test_a_notice_says_what_became_of_which_mail(action, status, kind):
    found = came(notice(action, status))
    assert (found.kind, found.status) == (kind, status)
    assert found.envelope_id == "01920000-0000-7000-8000-00000000000a"
    assert OURS in found.refers_to


def test_of_a_status_the_figures_are_kept_and_no_words_that_may_name_her():
    assert came(notice("failed", "5.1.1 (anna@mx.example unknown)")).status == "5.1.1"
    assert came(notice("failed", "none at all")).status == ""


def test_what_no_database_takes_is_left_out():
    found = came(plain("wo\0rds", Message_ID="<a\0b@mx.example>", From="a\0nna@mx.example"))
    assert (found.words, found.message_id) == ("words", "<ab@mx.example>")
    assert "\0" not in found.sender


def plain(words, **headers):
    lines = {"From": "Anna <anna@mx.example>", "To": "card@bank.example", "Subject": "Re"} | headers
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{words}".encode()


@pytest.mark.parametrize(
    "header",
    [
        {"Auto_Submitted": "auto-replied"},
        {"X_Autoreply": "yes"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
    ],
)
def test_a_robot_that_answers_is_no_answer(header):
    assert came(plain("I am away until Monday.", **header)).kind == "AUTO"


def test_of_an_answer_her_own_words_are_kept_without_what_she_quotes():
    said = "我已经还款了，请查收。\r\n谢谢\r\n\r\n在 2026年9月28日，示例银行 写道：\r\n> 您尾号1234的信用卡\r\n"
    found = came(plain(said, In_Reply_To=f"<{OURS}@bank.example>"))
    assert (found.kind, found.words) == ("ANSWER", "我已经还款了，请查收。\n谢谢")
    assert found.sender == "anna@mx.example"
    assert OURS in found.refers_to


def test_an_answer_in_html_alone_is_read_too():
    raw = (
        b"From: a@b.example\r\nTo: card@bank.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        b"<p>Please <b>stop</b></p><blockquote>old words</blockquote>"
    )
    words = came(raw).words
    assert "stop" in words
    assert "old words" not in words


def test_a_complaint_by_her_provider_is_told_from_an_answer():
    raw = (
        "From: fbl@mx.example\r\nTo: card@bank.example\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{OURS}@bank.example>\r\n\r\nwords\r\n--b--\r\n"
    ).encode()
    found = came(raw)
    assert found.kind == "COMPLAINT"
    assert OURS in found.refers_to


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"no header at all",
        b"From: a@b.example\r\nContent-Type: text/plain; charset=klingon\r\n\r\nwords",
        b"From: =?utf-8?q?\r\nContent-Type: multipart/report\r\n\r\n--",
        b"From: " + b"(" * 5_000 + b"\r\n\r\nwords",
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(2_000)
        ),
    ],
)
def test_whatever_comes_it_is_read_or_refused_and_nothing_breaks(raw):
    with suppress(Unreadable):
        assert came(raw).kind in {"ANSWER", "AUTO"}
