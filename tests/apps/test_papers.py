"""Papers printed from screens: the agreement and the statement as they would lie before her, and who printed them."""

import pypdfium2
import pytest
from django.urls import reverse

from evenhand.arrangements.models import Plan
from evenhand.arrangements.queries import schedule_of
from evenhand.journal.models import Line
from tests.apps.test_screens_arrange import case, plan
from tests.world import DAY, a_collector, an_analyst

__all__ = ["case", "plan"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def read(answer):
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Cache-Control"] == "no-store"
    document = pypdfium2.PdfDocument(answer.content)
    return "".join(page.get_textpage().get_text_range() for page in document)


def printed():
    return [event.detail["paper"] for event in Line.objects.filter(kind="PAPER_PRINTED")]


def test_the_agreement_of_a_plan_is_printed_with_every_instalment_and_all_costs(client, plan):
    address = reverse("paper-plan", args=[plan.id])
    assert address in client.get(reverse("workbench:plan", args=[plan.id])).content.decode()
    words = read(client.get(address))
    sums = {f"{row.total_minor / 100:,.2f}" for row in schedule_of(plan).instalments}
    assert {one for one in sums if one not in words} == set()
    assert "信用卡个性化分期还款协议" in words
    assert "年化综合成本" in words
    assert printed() == ["AGREEMENT"]


@pytest.mark.parametrize("state", ["ASKED", "REFUSED", "WITHDRAWN", "LAPSED"])
def test_terms_that_nobody_offered_her_are_not_printed(client, plan, state):
    ended = {} if state == "ASKED" else {"ended_on": DAY, "end_reason": "OTHER"}
    Plan.objects.update(state=state, **ended)
    address = reverse("paper-plan", args=[plan.id])
    assert address not in client.get(reverse("workbench:plan", args=[plan.id])).content.decode()
    assert client.get(address).status_code == 404
    assert printed() == []


def test_the_statement_is_printed_line_by_line_until_today(client, case):
    client.force_login(a_collector())
    [line] = case.accounts.all()
    address = reverse("paper-statement", args=[case.id, line.account_key])
    page = client.get(reverse("workbench:statement", args=[case.id, line.account_key]))
    assert address in page.content.decode()
    assert "9,500.00" in read(client.get(address))
    assert printed() == ["STATEMENT"]


def test_nobody_prints_the_papers_of_a_case_that_is_not_theirs(client, case, plan):
    [line] = case.accounts.all()
    papers = (
        reverse("paper-plan", args=[plan.id]),
        reverse("paper-statement", args=[case.id, line.account_key]),
    )
    for stranger in (an_analyst(), a_collector("LATE")):
        client.force_login(stranger)
        assert [client.get(address).status_code for address in papers] == [404, 404]
    assert printed() == []
    client.force_login(a_collector())
    assert client.get(reverse("paper-statement", args=[case.id, 99])).status_code == 404
    assert client.post(papers[0]).status_code == 405
