"""The page of holds, consents and wishes: what stands, what stood, who may change it, and what is refused where."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse

from evenhand.casework.models import Case, Hold
from evenhand.casework.queries import point_rows
from evenhand.cycle.day import lift_hold
from evenhand.portfolio.models import Person, StandingFact
from evenhand.portfolio.points import learn
from evenhand.web.masking import mask
from tests.bank import FIRST, Bank, account, customer, mobile, statement
from tests.world import (
    NOW,
    a_case,
    a_collector,
    a_hold,
    a_standing_fact,
    a_supervisor,
    an_analyst,
    an_officer,
)

pytestmark = pytest.mark.django_db

UNTIL = FIRST + timedelta(days=30)


@pytest.fixture
def case(tmp_path, home):
    """A case of two accounts after a real night."""
    bank = Bank(tmp_path / "feeds", partitions=1)
    due_on = FIRST - timedelta(days=34)
    bank.sends(
        FIRST,
        customers=[customer("C1")],
        contact_points=[mobile("C1")],
        accounts=[account("A1", "C1", card_tail="1111"), account("A2", "C1", card_tail="2222")],
        statements=[
            statement(ref, "C1", str(due_on - timedelta(days=20)), str(due_on), "1000.00")
            for ref in ("A1", "A2")
        ],
    )
    bank.night(FIRST)
    return Case.objects.get()


@pytest.fixture
def collector(client, case):
    client.force_login(a_collector(case.desk))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def page_of(case):
    return reverse("workbench:standing", args=[case.id])


def recording(case, kind):
    return reverse("workbench:standing-record", args=[case.id, kind])


def given(**more):
    return {
        "request_key": uuid4(),
        "source": "CARDHOLDER",
        "evidence": "she said so on the phone",
    } | more


def holding(**more):
    return {
        "request_key": uuid4(),
        "reason": "DISPUTE",
        "effects": ["CONTACT"],
        "until_on": str(UNTIL),
    } | more


def key_of(case, tail):
    """The account's key as the gate names the debt."""
    return str(case.accounts.get(card_tail=tail).account_key)


def point_of(case):
    """The gate's name for her one number."""
    return point_rows(case.customer_id)[0].key


def seq(case):
    return Person.objects.values_list("facts_seq", flat=True).get(id=case.customer_id)


SAID = [
    ("OPT_OUT", {"media": ["TEXT", "EMAIL"]}, {"media": ["TEXT", "EMAIL"]}),
    ("OPT_OUT", {}, {}),
    ("CEASE", {}, {}),
    ("CONSENT", {"scope": "HOURS", "media": "PHONE"}, {"scope": "HOURS", "media": ["PHONE"]}),
    (
        "INCONVENIENT_TIME",
        {"days": ["MO", "TU"], "opens": "08:00", "closes": "12:30"},
        {"days": ["MO", "TU"], "opens": "08:00", "closes": "12:30"},
    ),
    ("INCONVENIENT_PLACE", {"place": "WORK"}, {"place": "WORK"}),
    ("ATTORNEY", {"contact_known": "on"}, {"contact_known": True}),
    ("DISPUTED", {}, {}),
]


def test_a_collector_records_what_the_cardholder_says(collector, case):
    before = seq(case)
    for number, (kind, parts, detail) in enumerate(SAID, 1):
        answer = collector.post(recording(case, kind), given(**parts), follow=True)
        assert answer.redirect_chain == [(page_of(case), 302)]
        fact = StandingFact.objects.latest("recorded_at")
        assert (fact.kind, fact.detail, fact.source) == (kind, detail, "CARDHOLDER")
        assert seq(case) == before + number
    assert fact.recorded_by.username in answer.text
    assert "she said so on the phone" in answer.text


def test_a_number_and_an_account_are_recorded_by_their_keys_and_shown_masked(collector, case):
    point, debt = point_of(case), key_of(case, "2222")
    collector.post(recording(case, "NUMBER_INVALID"), given(point=point))
    collector.post(recording(case, "DISPUTED"), given(debts=[debt]))
    disputed, invalid = StandingFact.objects.order_by("kind")
    assert (invalid.detail, disputed.debts) == ({"point": point}, [debt])
    page = collector.get(page_of(case)).text
    assert "000-C1" not in page
    assert f"Mobile {mask('000-C1')}" in page
    assert "only 2222" in " ".join(page.split())


def test_the_same_form_sent_twice_is_recorded_once(collector, case):
    form = given()
    for _click in range(2):
        assert collector.post(recording(case, "CEASE"), form).status_code == 302
    assert StandingFact.objects.count() == 1


def test_what_cannot_be_recorded_is_refused_at_its_field(collector, case):
    before = seq(case)
    refusals = [
        ("OPT_OUT", {"media": ["PIGEON"]}, "media"),
        ("CONSENT", {}, "scope"),
        ("INCONVENIENT_TIME", {"opens": "09:00", "closes": "09:00"}, "closes"),
        ("INCONVENIENT_TIME", {"opens": "25:00", "closes": "09:00"}, "opens"),
        ("INCONVENIENT_PLACE", {"place": ""}, "place"),
        ("NUMBER_INVALID", {"point": "7"}, "point"),
        ("CEASE", {"evidence": ""}, "evidence"),
        ("CEASE", {"source": "RUMOUR"}, "source"),
        ("CEASE", {"until_on": str(FIRST)}, "until_on"),
        ("CEASE", {"review_on": str(FIRST)}, "review_on"),
        ("CEASE", {"request_key": "x"}, "request_key"),
        ("DISPUTED", {"debts": ["13"]}, "debts"),
    ]
    for kind, parts, field in refusals:
        answer = collector.post(recording(case, kind), given(**parts))
        assert answer.status_code == 422
        assert list(answer.context["standing_form"].errors) == [field]
    assert (StandingFact.objects.count(), seq(case)) == (0, before)


def test_a_consent_ends_at_the_beginning_of_its_last_day_at_the_bank(collector, case):
    collector.post(
        recording(case, "CONSENT"), given(scope="HOURS", until_on=str(FIRST + timedelta(days=90)))
    )
    assert StandingFact.objects.get().until_at.isoformat() == "2026-12-26T16:00:00+00:00"


def test_a_hold_says_what_it_stops_for_which_accounts_and_when_it_is_looked_at(collector, case):
    address = reverse("workbench:standing-hold", args=[case.id])
    debt = key_of(case, "1111")
    part = {
        "effects": ["INTEREST", "FEES"],
        "debts": [debt],
        "until_on": "",
        "review_on": str(UNTIL),
    }
    answer = collector.post(address, holding(**part), follow=True)
    assert "The hold is placed." in answer.text
    case.refresh_from_db()
    assert case.treatment != "HOLD", "it leaves contact alone"
    collector.post(address, holding())
    case.refresh_from_db()
    assert case.treatment == "HOLD"
    first, second = Hold.objects.order_by("placed_at")
    assert (first.effects, first.debts, first.until_on, first.review_on) == (
        ["FEES", "INTEREST"], [debt], None, UNTIL,
    )  # fmt: skip
    assert (second.effects, second.debts, second.until_on) == (["CONTACT"], [], UNTIL)


def test_a_hold_that_cannot_be_placed_is_refused_at_its_field(collector, case):
    refusals = [
        ({"reason": "MOOD"}, "reason"),
        ({"effects": []}, "effects"),
        ({"until_on": ""}, "until_on"),
        ({"until_on": str(FIRST)}, "until_on"),
        ({"debts": ["13"]}, "debts"),
    ]
    for parts, field in refusals:
        answer = collector.post(
            reverse("workbench:standing-hold", args=[case.id]), holding(**parts)
        )
        assert (answer.status_code, list(answer.context["hold_form"].errors)) == (422, [field])
    assert not Hold.objects.exists()


def extending(case, hold):
    return reverse("workbench:hold-extend", args=[case.id, hold.id])


def lifting(case, hold):
    return reverse("workbench:hold-lift", args=[case.id, hold.id])


def ending(case, fact):
    return reverse("workbench:standing-end", args=[case.id, fact.id])


def test_a_hold_is_extended_and_both_rows_stay_on_the_page(collector, case):
    hold = a_hold(case.customer, effects=["FEES"])
    form = {
        "request_key": uuid4(),
        "until_on": "",
        "review_on": str(UNTIL),
        "reason": "not settled",
    }
    answer = collector.post(extending(case, hold), form, follow=True)
    [stands], [before] = answer.context["holds"], answer.context["holds_before"]
    assert (stands.row.extends, stands.row.review_on, before.row.extended) == (True, UNTIL, True)
    assert "not settled" in answer.text


def test_an_extension_without_its_day_or_reason_is_refused_on_its_row(collector, case):
    hold = a_hold(case.customer)
    for form, field in (({"reason": "x"}, "until_on"), ({"until_on": str(UNTIL)}, "reason")):
        answer = collector.post(extending(case, hold), {"request_key": uuid4()} | form)
        [shown] = answer.context["holds"]
        assert (answer.status_code, list(shown.extension.errors)) == (422, [field])


def test_a_hold_lifted_meanwhile_cannot_be_extended(collector, case):
    hold = a_hold(case.customer)
    lift_hold(hold_id=hold.id, by=None, reason="settled", now=NOW)
    form = {"request_key": uuid4(), "until_on": str(UNTIL), "reason": "x"}
    answer = collector.post(extending(case, hold), form)
    assert answer.status_code == 422
    assert Hold.objects.count() == 1


def test_who_lifts_says_why_and_it_stays_on_the_page(client, case):
    client.force_login(a_supervisor())
    hold, fact = a_hold(case.customer), a_standing_fact(case.customer)
    for address in (lifting(case, hold), ending(case, fact)):
        assert client.post(address, {"request_key": uuid4(), "reason": ""}).status_code == 422
        form = {"request_key": uuid4(), "reason": "settled in writing"}
        answer = client.post(address, form, follow=True)
        assert "settled in writing" in answer.text
    assert (answer.context["holds"], answer.context["facts"]) == ([], [])
    assert (len(answer.context["holds_before"]), len(answer.context["facts_before"])) == (1, 1)


WHO = {"supervisor": a_supervisor, "officer": an_officer}


@pytest.mark.parametrize("who", ["collector", *WHO])
def test_what_protects_a_person_is_taken_away_only_by_who_may_lift(client, case, who):
    client.force_login(a_collector(case.desk) if who == "collector" else WHO[who]())
    expected = 403 if who == "collector" else 302
    hold, fact = a_hold(case.customer), a_standing_fact(case.customer)
    page = client.get(page_of(case)).text
    assert [address in page for address in (lifting(case, hold), ending(case, fact))] == [
        expected == 302
    ] * 2
    form = {"reason": "settled"}
    answers = [
        client.post(address, form | {"request_key": uuid4()}).status_code
        for address in (lifting(case, hold), ending(case, fact))
    ]
    lost = given(proof="FAILED_DAYS")
    answers.append(client.post(recording(case, "LOST_CONTACT"), lost).status_code)
    assert answers == [expected] * 3


def test_a_consent_is_withdrawn_by_the_collector(collector, case):
    fact = a_standing_fact(case.customer, kind="CONSENT", detail={"scope": "HOURS"})
    assert "Withdraw" in collector.get(page_of(case)).text
    form = {"request_key": uuid4(), "reason": "she changed her mind"}
    assert collector.post(ending(case, fact), form).status_code == 302
    assert StandingFact.objects.get().end_reason == "she changed her mind"


def test_a_kind_that_is_not_recorded_by_hand_is_not_found(client, case):
    client.force_login(a_supervisor())
    for kind in ("THIRD_PARTY_STOP", "FIRST_CONTACT", "MOOD"):
        assert client.post(recording(case, kind), given()).status_code == 404


@pytest.mark.parametrize("who", [lambda: a_collector("LATE"), an_analyst])
def test_nobody_else_sees_or_changes_what_stands(client, case, who):
    client.force_login(who())
    hold, fact = a_hold(case.customer), a_standing_fact(case.customer)
    before = seq(case)
    assert client.get(page_of(case)).status_code == 404
    posts = {
        recording(case, "CEASE"): given(),
        reverse("workbench:standing-hold", args=[case.id]): holding(),
        extending(case, hold): {"request_key": uuid4(), "until_on": str(UNTIL), "reason": "x"},
        ending(case, fact): {"request_key": uuid4(), "reason": "x"},
    }
    assert [client.post(a, f).status_code for a, f in posts.items()] == [404] * 4
    assert (
        client.post(lifting(case, hold), {"request_key": uuid4(), "reason": "x"}).status_code == 403
    )
    assert (seq(case), Hold.objects.count(), StandingFact.objects.count()) == (before, 1, 1)


def test_what_belongs_to_another_person_is_not_found_on_this_case(client, case):
    client.force_login(a_supervisor())
    other = a_case().customer
    form = {"request_key": uuid4(), "reason": "x", "until_on": str(UNTIL)}
    for address in (
        extending(case, a_hold(other)),
        lifting(case, a_hold(other)),
        ending(case, a_standing_fact(other)),
    ):
        assert client.post(address, form).status_code == 404


def test_a_review_that_is_due_is_marked(collector, case):
    a_hold(case.customer, until_on=None, review_on=FIRST)
    a_standing_fact(case.customer, review_on=FIRST)
    context = collector.get(page_of(case)).context
    assert [shown.row.review_due for shown in (*context["holds"], *context["facts"])] == [True] * 2


def test_the_page_speaks_both_languages(collector, case):
    a_hold(
        case.customer,
        reason="BREATHING_SPACE",
        effects=["CONTACT", "FEES"],
        debts=[key_of(case, "1111")],
    )
    a_standing_fact(case.customer, kind="INCONVENIENT_TIME",
                    detail={"days": ["MO"], "opens": "08:00", "closes": "12:00"})  # fmt: skip
    pages = {
        language: collector.get(page_of(case), headers={"accept-language": language}).text
        for language in ("en", "zh-hans")
    }
    for said in ("Breathing space", "no fees", "1111", "Monday", "08:00–12:00"):
        assert said in pages["en"]
    for said in ("喘息期", "停止收费", "1111", "周一", "08:00–12:00"):
        assert said in pages["zh-hans"]


def test_each_way_to_reach_her_shows_where_it_is_from_what_was_learnt_and_what_she_wished(
    collector, case
):
    [point] = point_rows(case.customer_id)
    page = collector.get(page_of(case)).text
    assert "the contract" in page
    assert "nothing yet" in page
    assert point.value not in page
    with transaction.atomic():
        learn(case.customer_id, point.key, "EMPTY_NUMBER", now=NOW)
        a_standing_fact(case.customer, detail={"points": [point.key]})
    page = collector.get(page_of(case)).text
    assert "not used before 2027-03-27" in page
    assert "Opt-out" in page
    with transaction.atomic():
        learn(case.customer_id, point.key, "CONVERSATION", verified=True, now=NOW)
    assert "she was reached" in collector.get(page_of(case)).text
    chinese = collector.get(page_of(case), headers={"accept-language": "zh-hans"}).text
    assert "合同约定" in chinese
