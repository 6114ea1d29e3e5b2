"""What rules may ask: a closed vocabulary of names with their types; others are refused, in packs and in facts.

A name has one meaning wherever it is asked. Of the act: its own fields, what is said of it in `more`, what is known in
`Facts.known`, and what the judge works out. Of an event: its fields, its `more`, and what is read from the line.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from evenhand.compliance.vocabulary import (
    ACTORS,
    ACTS,
    BASES,
    CONTACTS,
    DIRECTIONS,
    HOLDS,
    OUTCOMES,
    PLACES,
    PURPOSES,
    ROLES,
    STANDING,
    THIRD_PARTIES,
)
from evenhand.compliance.zones import WEEKDAYS

MEDIUM_OF: Mapping[str, str] = {
    "CALL": "PHONE", "RINGLESS_VOICEMAIL": "PHONE", "TEXT": "TEXT", "EMAIL": "EMAIL", "PUSH": "PUSH",
    "LETTER": "LETTER", "POSTCARD": "LETTER", "VISIT": "VISIT", "VISIT_CARD": "VISIT",
    "SOCIAL_PRIVATE": "SOCIAL", "SOCIAL_PUBLIC": "SOCIAL",
}  # fmt: skip
MEDIA = frozenset(MEDIUM_OF.values())
GROUPS: Mapping[str, frozenset[str]] = {  # words that stand for several acts or roles
    "ANY_CONTACT": CONTACTS,
    "ANY_MESSAGE": frozenset({"TEXT", "EMAIL", "PUSH", "SOCIAL_PRIVATE"}),
    "ANY_CALL": frozenset({"CALL", "RINGLESS_VOICEMAIL"}),
    "ANY_THIRD_PARTY": THIRD_PARTIES,
}
SCOPES = frozenset({
    "HOURS", "CALLS", "MESSAGES", "DISCLOSURE", "LATE_CALLS", "ENTRY", "THIRD_PARTY", "MARKETING",
})  # fmt: skip


class Question(NamedTuple):
    """One name: BOOL, CODE (one of `values`), LIST (some of them), INT, DATE or TEXT (any text, or several)."""

    name: str
    kind: str
    values: frozenset[str] = frozenset()
    home: str = "more"  # field, more, known, derived or measure
    key: str = ""  # under which the judge finds it, where that is not its name


def _questions(home: str, kind: str, names: str) -> dict[str, Question]:
    return {name: Question(name, kind, home=home) for name in names.split()}


def _codes(home: str, kind: str, **values: Iterable[str]) -> dict[str, Question]:
    return {
        name: Question(name, kind, frozenset(codes.split() if isinstance(codes, str) else codes), home)
        for name, codes in values.items()
    }  # fmt: skip


OF_ACT: Mapping[str, Question] = {
    **_codes("field", "CODE", act=ACTS, direction=DIRECTIONS, role=ROLES, actor=ACTORS, place=PLACES,
             purpose={*PURPOSES, ""}, basis={*BASES, ""}, outcome=OUTCOMES),
    **_questions("field", "TEXT", "to point collector"),
    **_questions("more", "BOOL", """
        first opt_out_notice content_only_confirmation discloses_debt safe_harbor autodialed prerecorded notice_given
        threatens_suit consent consent_fresh requested answer_doubted id_shown audio_video_recording enters
        entry_consent bank_consent caller_number_altered signature marketing recording subcontracted identity_verified
        speaks_as_bank offers_to_pay"""),
    **_questions("more", "INT", "collectors"),
    **_questions("more", "DATE", "demand_due read_at"),
    **_questions("more", "TEXT", """
        debts_mentioned components opt_out_requires script_flags template reply_number addressee"""),
    **_codes("more", "LIST",
        disclosures="MINI_MIRANDA FROM_DEBT_COLLECTOR INSTITUTION AGENCY ENTRUSTING_BANK TRANSFER LICENCE_NUMBER",
        content_flags="""POSING_AS_AUTHORITY POSING_AS_BANK THREAT INSULT PRIVACY MISLEADING EXTRA_FEES_OR_BORROWING
            PUBLIC_POSTING PRIVATE_DEVICE ENTERING_HOME DISCLOSURE FALSE_POLICE DEADLINE_PRESSURE UNDUE_PRESSURE""",
        discloses="DEBT BALANCE",
        letter_fields="""NAME_BALANCE REASON_REGULATIONS RIGHTS_DUTIES QUERY_PAY_OBJECT_EVIDENCE BANK_CONTACT
            BUSINESS_SEAL OTHER"""),
    **_codes("more", "CODE",
        charge_kind="INTEREST FEE PENALTY", device="INSTITUTION PRIVATE",
        contact_source="""CONTRACT RESERVED DEBTOR_AUTHORISED PUBLIC_CHANNEL RESERVED_CONTACT AUTHORISED_BODY
            BOUGHT SOCIAL_MEDIA UNKNOWN"""),
    **_questions("known", "INT", "dpd agreed_unanswered_per_number_day"),
    **_questions("known", "BOOL", """
        email_domain_public email_used_by_consumer employer_prohibits text_consent_direct paid settled discharged
        placement_notice_sent agency_licensed agency_listed agency_may_subcontract impact_assessment_done time_barred
        statute_barred refused_on_that_ground joint_debt_proven legal_sign_off heir_renounced spoke
        agency_contract_ended paid_by_recovery_alone retention_running debtor_objects"""),
    **_questions("known", "DATE", """
        creditor_notice_sent creditor_notice_opt_out_by reassigned_checked_on text_consent_on transferred_on
        transfer_notice_sent validation_end letter_sent letter_undeliverable agency_inspected_on call_date sent
        initial_communication last_activity register_entry treatment_end application last_moratorium_end"""),
    **_questions("known", "TEXT", "state placed_with disputed"),
    **_codes("known", "LIST", creditor_notice_elements="""
        TRANSFER EMAIL_AND_USE THIRD_PARTY_ACCESS OPT_OUT_HOW OPT_OUT_DATE"""),
    **_codes("known", "CODE",
        email_kind="EMPLOYER PERSONAL", reassigned_result="REASSIGNED NOT_REASSIGNED",
        moratorium="STANDARD MENTAL_HEALTH_CRISIS", account_phase="SERVICING COLLECTIONS CHARGED_OFF",
        debtor_status="ALIVE DEAD INCAPACITATED MISSING"),
    **_questions("derived", "INT", "agency_years_uninspected"),
    **_codes("derived", "CODE", medium=MEDIA, weekday=WEEKDAYS),
    **_codes("derived", "LIST", holding=HOLDS, standing=STANDING, consents=SCOPES),
    **_questions("derived", "TEXT", "debt_kinds"),
    **_questions("derived", "DATE", "today last_inbound_in_medium"),
    **_questions("derived", "BOOL", """
        to_debtor first_reply_in_medium first_since_opt_out
        reply_in_designated_time payment_to_disputed location_known calls_consented"""),
}  # fmt: skip

OF_EVENT: Mapping[str, Question] = {
    **_codes("field", "CODE", act=ACTS, direction=DIRECTIONS, role=ROLES, actor=ACTORS, place=PLACES,
             outcome=OUTCOMES),
    **_questions("field", "TEXT", "to point collector"),
    **_questions("field", "INT", "talk_seconds"),
    **_questions("field", "BOOL", "verified"),
    **_codes("more", "CODE",
        purpose=PURPOSES, basis=BASES, content="VERIFICATION DUPLICATIVE_NOTICE ORIGINAL_CREDITOR VALIDATION_NOTICE",
        typed_result=OUTCOMES, stop_medium=MEDIA, no_work_calls="ORAL WRITTEN"),
    **_codes("more", "LIST", consent_scopes=SCOPES),
    **_questions("more", "BOOL", """
        cease dispute_written dispute_duplicative original_creditor consent revoke_calls_consent requested
        discloses_debt autodialed"""),
    **_questions("more", "DATE", "consent_calls_from consent_calls_until received"),
    **_questions("more", "TEXT", "text stop_address dispute_scope debts_mentioned debts_discussed"),
    **_codes("derived", "CODE", medium=MEDIA),
    **_questions("derived", "BOOL", "answered effective_talk contradicted reads_as_opt_out"),
}  # fmt: skip

OF_STANDING: Mapping[str, Question] = {
    **_questions("more", "BOOL", "contact_known unresponsive consented portfolio_wide oral"),
    **_questions("more", "TEXT", "points point to opens closes"),
    **_codes("more", "CODE", state="PENDING ADJUDGED DISCHARGED", scope=SCOPES, place=PLACES,
        source="CONSUMER CREDITOR_FILE", proof="NUMBER_INVALID FAILED_CALLS FAILED_DAYS"),
    **_codes("more", "LIST", media=MEDIA, days=WEEKDAYS),
}  # fmt: skip

OF_HOLD: Mapping[str, Question] = {
    **_questions("more", "TEXT", "event components"),
    **_questions("more", "INT", "days extendable_days"),
}
