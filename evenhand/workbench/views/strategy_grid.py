"""The tables of a strategy version as a grid: read, written in cell by cell, and what the machine has against them."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from evenhand.dmn.documents.document import TableText
from evenhand.rulebook import actions
from evenhand.rulebook.actions import Outdated, Saved, StrategyRefused
from evenhand.rulebook.queries import (
    UnknownStrategy,
    latest_content,
    revision_content,
    revision_rows,
)
from evenhand.web.clock import clock
from evenhand.workbench import column_page, grid, strategy_page
from evenhand.workbench.cell_words import Column, Words, normal
from evenhand.workbench.once import done_before, once
from evenhand.workbench.pages import staff_of

see = permission_required("access.see_strategies", raise_exception=True)
write = permission_required("access.edit_strategies", raise_exception=True)
LATELY = 30  # steps looked at for who else is at work
_WAYS: Mapping[str, Callable[..., Saved]] = {"UNDO": actions.undo, "REDO": actions.redo}


@see
def table(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """One table as a grid; of an earlier revision, or of a version that cannot change, to read."""
    version = strategy_page.version_or_404(number)
    wanted = request.GET.get("revision", "")
    revision = int(wanted) if wanted.isdecimal() and len(wanted) < 8 else version.revision
    content = _content(number, revision)
    shown = _table(content, name)
    can_edit = strategy_page.may_edit(request, version) and revision == version.revision
    drawn = _grid(shown, can_edit=can_edit)
    context = {
        "version": version,
        "revision": revision,
        "is_past": revision != version.revision,
        "tables": strategy_page.tabs(content),
        "table": shown,
        "heads": grid.heads(drawn.columns, get_language() or ""),
        "rows": drawn.rows(shown),
        "can_edit": can_edit,
        "beside": _beside(request, number),
        "policies": column_page.policies(),
        "policy": column_page.policy_words(shown),
        "policy_letter": shown.hit_policy[:1],
        "facts_to_add": column_page.facts_to_add(shown, get_language() or ""),
    }
    return render(request, "workbench/strategy_table.html", context)


@require_POST
@write
def edit(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """Do one step of the editor; answers with the rows that differ from what the page has seen.

    A body of {key, seen, operation}. 409 when somebody else changed the same place, with what stands there now;
    422 when it cannot be done; in both nothing is changed.
    """
    try:
        body = json.loads(request.body)
        key, seen, operation = UUID(body["key"]), int(body["seen"]), dict(body["operation"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": "a step is {key, seen, operation}"}, status=400)
    strategy_page.version_or_404(number)
    done: list[Saved] = []

    def act() -> None:
        done.append(_step(number, name, operation, seen, staff_of(request).id))

    try:
        if not done_before(request, str(key)):
            once(request, key, act)
    except Outdated as outdated:
        said = {"error": str(outdated), "newest": outdated.newest, "by": outdated.by}
        answer = _answer(request, number, name, seen, all_rows=True)
        return JsonResponse(answer | said, status=409)
    except StrategyRefused as refused:
        return JsonResponse(
            _answer(request, number, name, seen, all_rows=True) | {"error": str(refused)},
            status=422,
        )
    answer = _answer(request, number, name, seen, also=operation.get("rule"))
    if done and operation.get("act") in ("ADD_RULE", "COPY_RULE"):
        answer["focus"] = done[0].detail.get("new_rule") or done[0].detail.get("rule")
    return JsonResponse(answer)


@see
def since(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """What changed after the revision a page has seen."""
    seen = request.GET.get("seen", "")
    strategy_page.version_or_404(number)
    if not seen.isdecimal():
        raise Http404
    return JsonResponse(_answer(request, number, name, int(seen)))


@see
def look(request: HttpRequest, number: int) -> HttpResponse:
    """What the machine has against the newest content, or that of a revision."""
    version = strategy_page.version_or_404(number)
    wanted = request.GET.get("revision", "")
    revision = int(wanted) if wanted.isdecimal() and len(wanted) < 8 else version.revision
    content = _content(number, revision)
    context = strategy_page.findings_context(content, request.GET.get("table", ""))
    context["version"] = version
    return render(request, "workbench/strategy_findings.html", context)


@see
def cell(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """What a text in a column says, how many people of last night's book it holds, and what the column held."""
    version = strategy_page.version_or_404(number)
    shown = _table(_content(number, version.revision), name)
    wanted = request.GET.get("column", "")
    column = next((c for c in grid.columns_of(shown) if c.id == wanted), None)
    if column is None:
        raise Http404
    text = request.GET.get("text", "")[:2000]
    context = column_page.about(column, text, _words(), editing="editing" in request.GET)
    context["row"] = request.GET.get("row", "")[:6]
    return render(request, "workbench/strategy_cell.html", context)


def _step(number: int, name: str, operation: dict[str, Any], seen: int, by: UUID) -> Saved:
    act = str(operation.get("act"))
    if act in _WAYS:
        return _WAYS[act](number=number, by=by, now=clock())
    operation["table"] = name
    columns = {c.id: c for c in grid.columns_of(_table(_newest(number), name))}
    for key in ("text", "was"):
        if act in ("SET_CELL", "SET_ANNOTATION") and isinstance(operation.get(key), str):
            column = columns.get(operation.get("column", "annotation"))
            operation[key] = normal(operation[key], column) if column else operation[key]
    if act == "PASTE":
        operation["rows"] = _normal_block(operation, columns, "rows")
        operation["was"] = _normal_block(operation, columns, "was")
    first = operation.pop("first", False)
    saved = actions.edit(
        number=number, operation=operation, by=by, now=clock(), seen={"revision": seen}
    )
    if act == "ADD_RULE" and first:
        made = saved.detail["rule"]
        rules = [rule.id for rule in _table(_newest(number), name).rules]
        up = {"act": "MOVE_RULE", "table": name, "rule": made, "places": -rules.index(made)}
        actions.edit(
            number=number, operation=up, by=by, now=clock(), seen={"revision": saved.revision}
        )
    return saved


def _normal_block(
    operation: Mapping[str, Any], columns: Mapping[str, Column], key: str
) -> list[list[str]]:
    """The block with every text as its column writes it; blocks run inputs, outputs, comment."""
    order = [*list(columns)[1:], next(iter(columns))]
    at = order.index(operation["column"]) if operation.get("column") in order else len(order)
    return [
        [
            normal(str(text), columns[order[at + n]]) if at + n < len(order) else str(text)
            for n, text in enumerate(row)
        ]
        for row in operation.get(key) or []
    ]


def _answer(
    request: HttpRequest,
    number: int,
    name: str,
    seen: int,
    *,
    all_rows: bool = False,
    also: str | None = None,
) -> dict[str, Any]:
    """The state of the table for a page that has seen a revision: `rows` by rule, their order where it changed."""
    version = strategy_page.version_or_404(number)
    answer: dict[str, Any] = {
        "revision": version.revision,
        "rows": {},
        "beside": _beside(request, number),
        "chip": render_to_string("workbench/strategy_state.html", {"state": version.state}),
    }
    new = grid.table_of(_content(number, version.revision), name)
    old = grid.table_of(_content(number, min(seen, version.revision)), name)
    if new is None or old is None or not grid.same_columns(old, new):
        return answer | {"reload": True}
    drawn = _grid(new, can_edit=strategy_page.may_edit(request, version))
    changed = {rule.id: rule for rule in new.rules} if all_rows else grid.changed_rules(old, new)
    if also:
        changed |= {rule.id: rule for rule in new.rules if rule.id == also}
    places = {rule.id: place for place, rule in enumerate(new.rules, start=1)}
    answer["rows"] = {
        rule_id: drawn.row(places[rule_id], rule) for rule_id, rule in changed.items()
    }
    if all_rows or [rule.id for rule in old.rules] != list(places):
        answer["order"] = list(places)
    return answer


def _beside(request: HttpRequest, number: int) -> str:
    """Who else wrote in the draft of late, and the last step."""
    context = {
        "steps": strategy_page.others(
            revision_rows(number, limit=LATELY), staff_of(request), clock()
        )
    }
    return render_to_string("workbench/strategy_beside.html", context)


def _newest(number: int) -> bytes:
    return latest_content(number)[1]


def _content(number: int, revision: int) -> bytes:
    try:
        return revision_content(number, revision)
    except UnknownStrategy:
        raise Http404 from None


def _table(content: bytes, name: str) -> TableText:
    found = grid.table_of(content, name)
    if found is None:
        raise Http404
    return found


def _words() -> Words:
    return Words(strategy_page.base_currency(), get_language() or "")


def _grid(shown: TableText, *, can_edit: bool) -> grid.Grid:
    return grid.Grid(grid.columns_of(shown), _words(), can_edit)
