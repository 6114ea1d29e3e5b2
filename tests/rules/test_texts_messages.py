"""A limited-content message holds what 12 CFR 1006.2(j) asks for and allows, and not a word more."""

import pytest

from evenhand.compliance.texts.messages import limited_content

ASKED = "This is Robin Smith calling from ABC, Inc. Please contact me at 1-800-555-1212."
LIMITED = [
    ASKED,
    "This is Robin Smith calling from ABC, Inc. Please contact me or Jim Johnson at 1-800-555-1212.",
    "Hello, this is Robin Smith from ABC, Inc. Please return my call at (800) 555-1212.",
    "This is ABC, Inc. Please call Jim Johnson at 1-800-555-1212.",
    "Good morning Ms. Jones. My name is Robin Smith and I'm calling from Harbor Services. Please call me back at "
    "(800) 555-1212. You may speak with any representative.",
    "Hi, this is Robin Smith with ABC, Inc. Today is Monday, June 1. Please call me or any of our representatives at "
    "1-800-555-1212 any weekday between 9 a.m. and 5 p.m.",
    "This is Robin Smith from ABC, Inc. Please contact me at 1-800-555-1212. It is 10 a.m. on Monday, June 1, 2026.",
    "This is Robin Smith calling from ABC, Inc. Please call 1-800-555-1212. Again, that's 1-800-555-1212.",
    "This is Robin Smith calling from ABC, Inc. Please contact me at 1-800-555-1212 until 6:00 p.m. Pacific time.",
]
NOT_LIMITED = [
    ("MORE_THAN_ALLOWED", ASKED + " This is an attempt to collect a debt."),
    ("MORE_THAN_ALLOWED", ASKED + " Thank you."),
    ("MORE_THAN_ALLOWED", ASKED + " Your reference is 12345."),
    ("MORE_THAN_ALLOWED", ASKED.replace("Inc. ", "Inc. This is urgent. ")),
    ("MORE_THAN_ALLOWED", ASKED.replace("1212.", "1212 about an important matter.")),
    (
        "MORE_THAN_ALLOWED",
        ASKED.replace("Inc. ", "Inc. I am calling regarding your balance of $500. "),
    ),
    ("MORE_THAN_ALLOWED", ASKED.replace("Inc.", "Inc. Regarding Your Balance.")),
    ("MORE_THAN_ALLOWED", "This is Robin Smith calling from"),
    (
        "MORE_THAN_ALLOWED",
        "This is Robin Smith calling from ABC, Inc. Please contact me at 1-800-555",
    ),
    ("MORE_THAN_ALLOWED", ASKED.lower()),
    ("MORE_THAN_ALLOWED", "您好，请回电。"),
    ("NAME_SHOWS_COLLECTION", ASKED.replace("ABC, Inc.", "Ficus Debt Collection Services.")),
    ("NAME_SHOWS_COLLECTION", ASKED.replace("ABC, Inc.", "Harbor Recovery.")),
    ("NAME_SHOWS_COLLECTION", ASKED.replace("ABC, Inc.", "ABC Receivables Management.")),
    ("NO_BUSINESS_NAME", "This is Robin Smith. Please contact me at 1-800-555-1212."),
    (
        "NO_REQUEST_TO_REPLY",
        "This is Robin Smith calling from ABC, Inc. My number is 1-800-555-1212.",
    ),
    ("NOBODY_TO_REPLY_TO", "This is ABC, Inc. Please contact us at 1-800-555-1212."),
    ("NO_NUMBER", "This is Robin Smith calling from ABC, Inc. Please contact me."),
    ("NO_REQUEST_TO_REPLY", ""),
]


@pytest.mark.parametrize("text", LIMITED)
def test_what_the_rule_allows_is_limited_and_no_communication(text: str) -> None:
    assert limited_content(text, medium="voicemail", to="consumer") == (True, False, True, ())


@pytest.mark.parametrize(("why", "text"), NOT_LIMITED)
def test_anything_else_is_a_communication_with_its_reason(why: str, text: str) -> None:
    reading = limited_content(text, medium="VOICEMAIL", to="CONSUMER")
    assert (reading.limited_content, reading.communication) == (False, True)
    assert why in reading.why


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"medium": "text"}, "NOT_A_VOICEMAIL"),
        ({"medium": "email"}, "NOT_A_VOICEMAIL"),
        ({"to": "friend"}, "NOT_FOR_THE_CONSUMER"),
        ({"state_addition": "Licence 1234567."}, "STATE_ADDITION"),
    ],
)
def test_another_medium_another_person_or_a_states_words_end_it(
    change: dict[str, str], why: str
) -> None:
    reading = limited_content(ASKED, **{"medium": "voicemail", "to": "consumer", **change})
    assert reading == (False, True, True, (why,))


def test_every_message_is_an_attempt_to_communicate() -> None:
    for text in [*LIMITED, *(text for _, text in NOT_LIMITED)]:
        assert limited_content(text, medium="voicemail", to="consumer").attempt_to_communicate
