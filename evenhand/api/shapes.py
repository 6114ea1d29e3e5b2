"""What is asked and answered, field by field. What is not named here is refused."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import core_schema

from evenhand.compliance.vocabulary import CONTACTS, OUTCOMES, PLACES, PURPOSES, ROLES
from evenhand.outreach.rules import NOT_SENT, VOICE_OUTCOMES

Text = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9._:@+-]*$")]
Reference = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
Key = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9._:-]+$")]
Word = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words = Annotated[list[Word], Field(max_length=50)]
Number = Annotated[int, Field(ge=0, le=1_000_000)]
SINCE = datetime(2000, 1, 1, tzinfo=UTC)  # no contact that counts is older
Moment = Annotated[AwareDatetime, Field(ge=SINCE)]
Said = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
Signature = Annotated[str, Field(max_length=100)]


@dataclass(frozen=True)
class OneOf:
    """A text that is one of these codes, in the document as well."""

    codes: frozenset[str]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return core_schema.literal_schema(sorted(self.codes))


Act = Annotated[str, OneOf(CONTACTS)]
Role = Annotated[str, OneOf(ROLES)]
Place = Annotated[str, OneOf(PLACES | {""})]
Purpose = Annotated[str, OneOf(PURPOSES)]
Outcome = Annotated[str, OneOf(OUTCOMES)]
NotSent = Annotated[str, OneOf(NOT_SENT)]
ListedOutcome = Annotated[str, OneOf(VOICE_OUTCOMES | {"NOT_DIALLED"})]


class Strict(Schema):
    """Anything that comes in: a field that is not named is refused."""

    model_config = ConfigDict(extra="forbid")


class Asking(Strict):
    """A contact that is to be made."""

    reference: Reference = Field(description="The case as the client knows it")
    act: Act = Field(description="What is to be done")
    role: Role = Field("CONSUMER", description="Who is to be reached")
    to: Text = Field(
        "", description="A key of who is to be reached, where it is not the person herself"
    )
    place: Place = ""
    point: Text = Field("", description="The key of the number or address, of those the case lists")
    purpose: Purpose = "COLLECT"
    more: dict[Word, bool | Number | Word | Words] = Field(
        default_factory=dict,
        max_length=20,
        description="What is said of the act besides, by the names of the rules",
    )


class LineOfCall(Strict):
    """What the line says of one contact. It is signed as it is written, so its times are texts."""

    outcome: Outcome
    talk_seconds: int | None = Field(None, ge=0, le=86_400)
    started_at: Moment | None = None
    answered_at: Moment | None = None
    ended_at: Moment | None = None
    recording: Text = Field("", description="Under which the recording is found")


class PermitLine(LineOfCall):
    """The record of a permitted contact; it names its permit, so that it stands for no other."""

    permit: UUID


class EventLine(LineOfCall):
    """The record of a contact told of late; it names the key under which it is told."""

    key: Key


class Result(Strict):
    """How a permitted contact ended."""

    record: PermitLine
    signature: Signature = Field(
        "", description="Ed25519 over the record's canonical JSON, in base64"
    )
    verified: bool | None = Field(None, description="Whether the person's identity was verified")
    said: Said = Field(
        "", description="The person's own words, where she asked not to be contacted"
    )


class Release(Strict):
    """Proof that nothing was sent."""

    proof: NotSent
    evidence: "NotSentEvidence"
    signature: Signature


class NotSentEvidence(Strict):
    """What the line or the channel said; it names its permit."""

    permit: UUID
    proof: NotSent
    at: Moment
    said: str = Field(min_length=1, max_length=200)


class Telling(Strict):
    """A contact that was made already, without a permit, or one in which the person turned to the client."""

    reference: Reference
    act: Act
    direction: Literal["OUT", "IN"] = "OUT"
    happened_at: Moment
    role: Role = "CONSUMER"
    to: Text = ""
    place: Place = ""
    point: Text = ""
    purpose: Purpose = "COLLECT"
    record: EventLine
    signature: Signature = ""
    verified: bool | None = None
    said: Said = ""


class Listing(Strict):
    """Which page of a list."""

    after: str = Field("", max_length=100, description="The `next` of the page before")
    limit: int = Field(50, ge=1, le=200)


class NextQuery(Strict):
    """About whom and what the next lawful times are asked."""

    reference: Reference
    act: Act | None = None


class Reason(Schema):
    """One rule's word against the contact, or for somebody to look at it first."""

    code: str
    decision: str
    rule: str
    pack: str
    sentence: str
    instrument: str
    article: str
    strength: str
    numbers: dict[str, Any]
    lifts_at: datetime | None


class NextTime(Schema):
    """When an act would be allowed next, if nothing else happens; no `at`: not by time alone."""

    act: str
    point: str
    now: str
    at: datetime | None
    until: datetime | None


class Permit(Schema):
    """A contact that was asked for or told of, and what became of it. Only RESERVED permits, and only once."""

    id: UUID
    reference: str
    at: datetime
    origin: str
    act: str
    direction: str
    role: str
    to: str
    place: str
    point: str
    purpose: str
    decision: str
    state: str
    state_reason: str
    reserved_until: datetime | None
    sent_at: datetime | None
    ended_at: datetime | None
    outcome: str
    talk_seconds: int | None
    to_review: bool
    packs: list[str]
    reasons: list[Reason]
    next_allowed: NextTime | None


class Page(Schema):
    """A page of contacts, the earliest first."""

    permits: list[Permit]
    next: str | None


class Point(Schema):
    """One way to reach the person, masked."""

    point: str
    kind: str
    masked: str


class KnownCase(Schema):
    """A case as far as a client needs to know it."""

    reference: str
    points: list[Point]


class NextTimes(Schema):
    """The next lawful times."""

    reference: str
    times: list[NextTime]


class Error(Schema):
    """One field that is not as expected."""

    field: str
    expected: str


class ProblemShape(Schema):
    """Why something was not done."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[Error]
    reasons: list[Reason] | None = None


class CorePayment(Strict):
    """One payment the core has booked by day."""

    reference: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[!-~]+$")]
    account: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[!-~]+$")] = Field(
        description="The bank's own number of the account"
    )
    amount: Annotated[str, Field(max_length=20, pattern=r"^\d{1,15}(\.\d{1,3})?$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    value_on: date
    taken_back: bool = Field(False, description="Whether it takes an earlier one back")


class CoreRecord(Strict):
    """What the core signs: the key of the word, and payments since the last; none is a word too."""

    key: Key
    payments: Annotated[list[CorePayment], Field(max_length=200)]


class CoreTelling(Strict):
    """A signed word of the core."""

    record: CoreRecord
    signature: Signature = Field(description="Ed25519 over the record's canonical JSON, in base64")


class CoreLineAnswer(Schema):
    """What became of one payment."""

    reference: str
    state: Literal["BOOKED", "KNOWN", "NOT_IN_COLLECTIONS", "OTHER_CURRENCY", "REFERENCE_REUSED"]


class CoreAnswer(Schema):
    """What became of each payment told of, in their order."""

    payments: list[CoreLineAnswer]


class CallListing(Strict):
    """A list the bank's own dialler wants."""

    most: int = Field(ge=1, le=200)
    desk: Literal["", "EARLY", "MIDDLE", "LATE", "CARE"] = ""


class ListedCall(Schema):
    """One number that may be dialled before `until`. Its permit counts from now on."""

    permit: UUID
    case: UUID
    number: str
    language: str
    until: datetime
    purpose: str
    tone: str
    announce_recording: bool


class CallListAnswer(Schema):
    """The numbers the gate permits now, the most urgent first."""

    calls: list[ListedCall]


class ListedResult(Strict):
    """What came of one listed permit; NOT_DIALLED where it never was."""

    permit: UUID
    outcome: ListedOutcome
    started_at: Moment | None = None
    answered_at: Moment | None = None
    ended_at: Moment | None = None
    talk_seconds: int | None = Field(None, ge=0, le=86_400)
    recording: Text = Field("", description="Under which the recording is found")
    recording_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class ResultsRecord(Strict):
    """What the dialler signs: its own key of these results, and the results."""

    key: Key
    results: Annotated[list[ListedResult], Field(min_length=1, max_length=200)]


class ResultsTelling(Strict):
    """Signed results of listed permits; all are taken, or none."""

    record: ResultsRecord
    signature: Signature = Field(description="Ed25519 over the record's canonical JSON, in base64")


class ResultsAnswer(Schema):
    """How many results were new, and how many were known before."""

    taken: int
    known: int
