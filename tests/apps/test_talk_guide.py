"""What collectors are given to say breaks no ban in either language; nothing of a debt comes before she is verified."""

import pytest
from django.urls import reverse

from evenhand.compliance.stated import StatedError
from evenhand.compliance.texts.forbidden import findings
from evenhand.cycle.talk_guide import BEFORE_SHE_IS_VERIFIED, _step, steps
from evenhand.outreach.messages.slots import filled, samples, slots_in
from tests.world import (
    DAY,
    a_case,
    a_closed_case,
    a_collector,
    a_line,
    a_person,
    a_run,
    a_supervisor,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("step", steps(), ids=lambda step: step.code)
def test_no_step_says_what_may_not_be_said(step, language):
    text = filled(step.says.for_language(language), samples(), language=language, currency="CNY")
    assert findings(text, sender="FIRST_PARTY", channel="CALL", language=language) == ()


def test_the_steps_come_in_order_and_the_first_name_the_bank_alone():
    assert [step.code for step in steps()] == [
        "IDENTIFY", "VERIFY", "EXPLAIN", "LISTEN", "OFFER", "REPEAT", "RIGHTS",
    ]  # fmt: skip
    for step in steps()[: len(BEFORE_SHE_IS_VERIFIED)]:
        assert set(slots_in(step.says.zh) + slots_in(step.says.en)) <= {"bank", "hotline"}
    early = {
        "code": "VERIFY",
        "zh": "核实",
        "en": "verify",
        "says_zh": "您欠{due}",
        "says_en": "{due}",
    }
    with pytest.raises(StatedError, match="before she is verified"):
        _step(early)
    with pytest.raises(StatedError, match="says_en"):
        _step(early | {"says_zh": "您好", "says_en": ""})


@pytest.mark.parametrize(
    ("language", "words"), [("zh-CN", "应还¥1,234.56"), ("en-US", "CN¥1,234.56 is due")]
)
def test_the_case_shows_it_in_her_language_with_her_figures(client, language, words):
    a_run(DAY)
    case = a_case(customer=a_person(language=language))
    a_line(case)
    client.force_login(a_collector())
    page = client.get(
        reverse("workbench:case", args=[case.id]), headers={"accept-language": "en"}
    ).text
    assert "Say who you are" in page
    assert words in page


def test_a_closed_case_has_no_guide(client):
    a_run(DAY)
    closed = a_closed_case()
    client.force_login(a_supervisor())
    page = client.get(
        reverse("workbench:case", args=[closed.id]), headers={"accept-language": "en"}
    ).text
    assert "What to say" not in page
