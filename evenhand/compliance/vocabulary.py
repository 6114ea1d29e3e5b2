"""The words facts and rules are written in. A code that is not here is refused when a pack or a fact is read."""

ACTS = frozenset({
    "CALL", "RINGLESS_VOICEMAIL", "TEXT", "EMAIL", "PUSH", "LETTER", "POSTCARD", "VISIT", "VISIT_CARD",
    "SOCIAL_PRIVATE", "SOCIAL_PUBLIC", "ANSWER_INBOUND", "CHARGE", "APPLY_PAYMENT", "SELL_DEBT",
    "PLACE_WITH_AGENCY", "START_LEGAL_ACTION", "FURNISH", "HOLD_RECEIVED", "ERASE", "DECIDE_BY_MODEL",
})  # fmt: skip
CONTACTS = frozenset({
    "CALL", "RINGLESS_VOICEMAIL", "TEXT", "EMAIL", "PUSH", "LETTER", "POSTCARD", "VISIT", "VISIT_CARD",
    "SOCIAL_PRIVATE", "SOCIAL_PUBLIC",
})  # fmt: skip
DIRECTIONS = frozenset({"OUT", "IN"})
ROLES = frozenset({
    "CONSUMER", "SPOUSE", "GUARDIAN", "EXECUTOR", "HEIR", "GUARANTOR", "AUTHORISED_REPRESENTATIVE",
    "CONSUMER_ATTORNEY", "DEBT_ADVISER", "CREDITOR", "CONSUMER_REPORTING_AGENCY", "SUPPLEMENTARY_HOLDER",
    "RELATIVE", "NEIGHBOUR", "COLLEAGUE", "EMPLOYER", "FRIEND", "REFEREE", "RESERVED_CONTACT",
    "THIRD_PARTY_LOCATION", "OTHER",
})  # fmt: skip
THIRD_PARTIES = frozenset({  # who owes nothing and speaks for nobody who does
    "SPOUSE", "SUPPLEMENTARY_HOLDER", "RELATIVE", "NEIGHBOUR", "COLLEAGUE", "EMPLOYER", "FRIEND", "REFEREE",
    "RESERVED_CONTACT", "THIRD_PARTY_LOCATION", "OTHER",
})  # fmt: skip
ACTORS = frozenset({"FIRST_PARTY", "AGENCY", "DEBT_BUYER", "FIELD_STAFF", "ROBOT"})
PLACES = frozenset({"HOME", "MOBILE", "WORK", "OTHER"})
OUTCOMES = frozenset({
    "UNANSWERED", "VOICEMAIL", "VOICEMAIL_FULL", "VOICEMAIL_LIMITED_CONTENT", "VOICEMAIL_NO_MESSAGE_BY_CHOICE",
    "NO_ANSWER_NO_VOICEMAIL", "RINGING", "BUSY", "OUT_OF_SERVICE", "OFF", "EMPTY_NUMBER", "REJECTED",
    "DROPPED_AFTER_ANSWER", "ABANDONED", "ANSWERED", "CONVERSATION", "DELIVERED", "UNDELIVERABLE",
})  # fmt: skip
PURPOSES = frozenset({
    "COLLECT", "REMIND", "ASK_CONSENT", "AT_DEBTOR_REQUEST", "COMPLAINT_RESPONSE", "OPT_OUT_CONFIRMATION",
    "SPECIFIED_REMEDY_NOTICE", "TERMINATE_EFFORTS", "LOCATE", "SERVICE",
})  # fmt: skip
ACTIONS = frozenset({"NOTIFY_AGENT", "STOP_AGENT_WORK"})  # due at once when a rule says so
BASES = frozenset({"REQUIRED_BY_LAW", "ACTIVE_LITIGATION"})
EFFECTS = frozenset(
    {"CONTACT", "INTEREST", "FEES", "LEGAL", "REPORTING", "SALE"}
)  # of a hold, each on its own
HOLDS = frozenset({
    "DISPUTE", "COMPLAINT", "HARDSHIP", "FRAUD", "DECEASED", "ILLNESS", "DISASTER", "OTHER", "PLAN",
    "BREATHING_SPACE", "DEBT_ADVICE_PAUSE", "MENTAL_CAPACITY", "SENSITIVE_EVENT",
})  # fmt: skip
STANDING = frozenset({
    "OPT_OUT",  # detail: media [TEXT …] or address (a point key) or nothing: every medium
    "CEASE",
    "CONSENT",  # detail: scope (HOURS, CALLS, MESSAGES, DISCLOSURE, LATE_CALLS …), media, points
    "INCONVENIENT_TIME",  # detail: days [MO …], opens and closes as HH:MM
    "INCONVENIENT_PLACE",  # detail: place
    "ATTORNEY",  # detail: contact_known, unresponsive, consented
    "BANKRUPTCY",  # detail: state PENDING or ADJUDGED
    "DISPUTED",  # an oral or late dispute: to be shown, stops nothing by itself
    "THIRD_PARTY_STOP",  # detail: to (the third party's key)
    "LOST_CONTACT",  # detail: proof
    "NUMBER_INVALID",  # detail: point
    "PLAN_HONOURED",  # a signed plan that is being kept
    "FIRST_CONTACT",  # the first contact was made: who was told what
})  # fmt: skip
