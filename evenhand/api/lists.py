"""Call lists for the bank's own dialler, and what it tells of them: the same functions as behind the files."""

from evenhand.access.clients import ClientRow
from evenhand.api.asking import by, not_ready
from evenhand.api.problems import Problem
from evenhand.api.records import is_signed, sent_record
from evenhand.api.shapes import CallListing, ListedCall, ListedResult, ResultsTelling
from evenhand.cycle.call_lists import (
    NOT_DIALLED,
    CallResult,
    ResultsRefused,
    take_list,
    take_results,
)
from evenhand.outreach import gate
from evenhand.outreach.human_calls import CallTold


def listed(client: ClientRow, key: str, asked: CallListing) -> list[ListedCall]:
    """The numbers the gate permits now; the same key again gives the same list. Raises Problem."""
    try:
        rows = take_list(
            most=asked.most,
            desk=asked.desk,
            call_list=f"{by(client)}:{key}",
            by=by(client),
            actor=client.actor,
        )
    except gate.NoWeek:
        raise not_ready() from None
    names = ListedCall.model_fields
    return [ListedCall(**{name: getattr(row, name) for name in names}) for row in rows]


def results(client: ClientRow, told: ResultsTelling, body: bytes) -> dict[str, int]:
    """Let results count, all or none. Raises Problem, which names each field that is not as expected."""
    if not is_signed(sent_record(body, "record"), told.signature, client.public_key):
        raise Problem(422, "not-as-expected", "a signature of the client's key", field="signature")
    try:
        new, known = take_results([_result(one) for one in told.record.results])
    except ResultsRefused as refused:
        problem = Problem(422, "not-as-expected", "nothing was taken")
        problem.fields = [
            {"field": f"record.results.{fault.number}.{fault.field}", "expected": fault.expected}
            for fault in refused.faults
        ]
        raise problem from None
    return {"taken": new, "known": known}


def _result(one: ListedResult) -> CallResult:
    if one.outcome == NOT_DIALLED:
        return CallResult(one.permit, CallTold(not_dialled=NOT_DIALLED))
    said = one.model_dump(exclude={"permit"})
    return CallResult(one.permit, CallTold(**said))
