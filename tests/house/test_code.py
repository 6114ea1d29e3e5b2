"""How the code is written: size, words, money and the clock."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import (
    PACKAGE,
    ROOT,
    all_code,
    code,
    dotted,
    files,
    functions,
    models,
    tree,
    where,
)

LINES_OF_A_FUNCTION_MAX = 60
LINES_OF_A_FILE_MAX = 500

# Each exception says why, and goes when its reason goes.
LONG_FUNCTIONS: dict[str, str] = {
    "tests/rules/oracle_ageing.py:oracle": "written apart from the rules, to be read from top to bottom",
}
LONG_FILES: dict[str, str] = {}
FLOATS_NEAR_MONEY: dict[str, str] = {}


def long_functions(file: Path) -> Iterator[str]:
    for function in functions(tree(file)):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines >= LINES_OF_A_FUNCTION_MAX:
            yield f"{file.relative_to(ROOT)}:{function.name}"


def test_functions_stay_under_sixty_lines() -> None:
    assert {name for file in all_code() for name in long_functions(file)} == set(LONG_FUNCTIONS)


def test_files_stay_under_five_hundred_lines() -> None:
    sizes = {str(f.relative_to(ROOT)): len(f.read_bytes().splitlines()) for f in all_code()}
    assert {f for f, lines in sizes.items() if lines >= LINES_OF_A_FILE_MAX} == set(LONG_FILES)


@pytest.mark.parametrize("reasons", [LONG_FUNCTIONS, LONG_FILES, FLOATS_NEAR_MONEY])
def test_an_exception_says_why(reasons: dict[str, str]) -> None:
    assert all(len(reason.split()) > 3 for reason in reasons.values())


def test_every_model_says_what_one_row_is() -> None:
    silent = [
        f"{where(file, model)} {model.name}"
        for file in code()
        for model in models(tree(file))
        if not (ast.get_docstring(model) or "").startswith("One row is")
    ]
    assert silent == []


def is_app_config(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and [dotted(b) for b in node.bases] == ["AppConfig"]


def public(module: ast.Module) -> Iterator[ast.AST]:
    """Public functions and classes of a module, and public methods of its public classes that override nothing."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name.startswith("_") or is_app_config(node):
                continue
            yield node
            if isinstance(node, ast.ClassDef) and not node.bases:
                inner = (n for n in node.body if isinstance(n, ast.FunctionDef))
                yield from (n for n in inner if not n.name.startswith("_"))


def test_everything_public_has_a_docstring() -> None:
    undocumented = [
        f"{where(file, node)} {node.name}"
        for file in code()
        for node in public(tree(file))
        if not ast.get_docstring(node)
    ]
    assert undocumented == []


# Money


def is_money(node: ast.AST) -> bool:
    """Whether an expression is an amount: its last name ends with _minor."""
    name = node.slice if isinstance(node, ast.Subscript) else node
    if isinstance(name, ast.Constant):
        return str(name.value).endswith("_minor")
    return dotted(name).endswith("_minor")


def floats_near_money(module: ast.Module) -> Iterator[ast.AST]:
    """Places where an amount is divided truly, made a float, annotated as one or kept in a column of floats."""
    for node in ast.walk(module):
        match node:
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                near = is_money(left) or is_money(right)
            case ast.Call(func=called, args=[first, *rest]):
                name = dotted(called)
                near = (name == "float" and is_money(first)) or (
                    name.rpartition(".")[2] in {"field", "FloatField"}
                    and is_money(first)
                    and any("float" in ast.unparse(r) for r in rest)
                )
            case ast.AnnAssign(target=target, annotation=annotation):
                near = is_money(target) and "float" in ast.unparse(annotation)
            case ast.arg(arg=name, annotation=annotation) if annotation is not None:
                near = name.endswith("_minor") and "float" in ast.unparse(annotation)
            case ast.FunctionDef(name=name, returns=returns) if returns is not None:
                near = name.endswith("_minor") and "float" in ast.unparse(returns)
            case ast.Assign(targets=[target], value=ast.Call(func=called)):
                near = is_money(target) and dotted(called).endswith("FloatField")
            case ast.Tuple(elts=[ast.Constant(value=str(name)), kind]):
                near = name.endswith("_minor") and "float" in ast.unparse(kind)
            case _:
                near = False
        if near:
            yield node


@pytest.mark.parametrize(
    "line",
    [
        "share = paid_minor / total",
        "share = 1 / row.paid_minor",
        "x = float(arrears_minor)",
        "x = float(row['arrears_minor'])",
        "paid_minor: float = 0",
        "def pay(amount_minor: float): ...",
        "def paid_minor() -> float: ...",
        "amount_minor = models.FloatField()",
        "schema = [('amount_minor', pa.float64())]",
    ],
)
def test_a_float_near_money_is_noticed(line: str) -> None:
    assert list(floats_near_money(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    ["x = paid_minor // 2", "x = Decimal(paid_minor)", "rate: float = 0.5", "f(paid_minor, 1.0)"],
)
def test_whole_numbers_and_rates_are_not_taken_for_floats(line: str) -> None:
    assert not list(floats_near_money(ast.parse(line)))


def test_no_float_comes_near_money() -> None:
    found = {where(f, node) for f in code() for node in floats_near_money(tree(f))}
    assert {place.split(":")[0] for place in found} == set(FLOATS_NEAR_MONEY), sorted(found)


# The clock

CLOCKS = {
    *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.strftime"),
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "timezone.now"),
    *("datetime.datetime.now", "datetime.date.today", "localdate", "localtime", "localdate"),
    *("timezone.localdate", "timezone.localtime", "functions.Now", "Now"),
}
SQL_CLOCK = re.compile(
    r"\b(now\(\)|current_(date|time|timestamp)\b|clock_timestamp\(|localtimestamp\b"
    r"|statement_timestamp\(|transaction_timestamp\()",
    re.IGNORECASE,
)
SPEAKS_SQL = re.compile(r"\b(select|insert|update|delete|merge|create|alter)\b", re.IGNORECASE)

# Who may read the clock: the edges, where `now` and the banking day are chosen and handed down.
EDGES = {
    "evenhand/cli": "the command line chooses the day and the instant",
    "evenhand/kernel/ids.py": "a key carries the millisecond it was made, and nothing reads it",
    "evenhand/runtime": "servers, processes and files live in the machine's time",
    "evenhand/site": "the web server's edge",
    "evenhand/workbench": "a screen is an edge: it hands `now` to the action it calls",
    "evenhand/web": "middleware and log-in are edges",
    "evenhand/adapters/paygate/sandbox.py": "a process of its own that plays an outside thing",
    "evenhand/adapters/sandboxes.py": "processes of their own that play outside things",
    "evenhand/adapters/pbx_calls/sandbox.py": "a process of its own that plays an outside thing",
}


def clock_reads(module: ast.Module) -> Iterator[ast.AST]:
    """Places that read the machine's or the database's clock, or let a column do so."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call | ast.keyword) and reads_clock(node):
            yield node
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and SPEAKS_SQL.search(node.value)
            and SQL_CLOCK.search(node.value)
        ):
            yield node


def reads_clock(node: ast.Call | ast.keyword) -> bool:
    if isinstance(node, ast.keyword):
        if node.arg in {"auto_now", "auto_now_add"}:
            return True
        return node.arg in {"default", "default_factory"} and dotted(node.value) in CLOCKS
    return dotted(node.func) in CLOCKS


def is_edge(file: Path) -> bool:
    name = str(file.relative_to(ROOT))
    edges = any(name == edge or name.startswith(edge + "/") for edge in EDGES)
    return edges or file.name in {"tasks.py", "middleware.py"}


@pytest.mark.parametrize(
    "line",
    [
        "x = datetime.now(UTC)",
        "x = time.time()",
        "x = timezone.localdate()",
        "d = models.DateTimeField(auto_now=True)",
        "d = models.DateTimeField(default=timezone.now)",
        "cursor.execute('UPDATE run SET done_at = now()')",
        "cursor.execute('SELECT current_date')",
    ],
)
def test_a_read_of_the_clock_is_noticed(line: str) -> None:
    assert list(clock_reads(ast.parse(line)))


@pytest.mark.parametrize("line", ["x = time.monotonic()", "x = f(now)", "'as of now() it is'"])
def test_measuring_how_long_something_takes_is_no_read_of_the_clock(line: str) -> None:
    assert not list(clock_reads(ast.parse(line)))


def test_only_the_edges_read_the_clock() -> None:
    found = [
        where(file, node)
        for file in code()
        if not is_edge(file)
        for node in clock_reads(tree(file))
    ]
    assert found == []


def test_no_template_reads_the_clock() -> None:
    pages = [f for f in files() if f.suffix == ".html" and f.is_relative_to(PACKAGE)]
    assert [f.name for f in pages if re.search(r"{%\s*now\b", f.read_text())] == []


# What is not used here


def test_no_model_overrides_save_or_orders_itself() -> None:
    found = []
    for file in code():
        for model in models(tree(file)):
            names = {f.name for f in functions(ast.Module(body=model.body, type_ignores=[]))}
            ordered = any(
                isinstance(n, ast.Assign) and dotted(n.targets[0]) == "ordering"
                for n in ast.walk(model)
            )
            if ordered or names & {"save", "delete"}:
                found.append(where(file, model))
    assert found == []


def test_what_a_row_points_to_is_protected() -> None:
    unprotected = [
        where(file, node)
        for file in code()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.keyword)
        and node.arg == "on_delete"
        and dotted(node.value) != "models.PROTECT"
    ]
    assert unprotected == []


def test_migrations_import_nothing_of_ours() -> None:
    found = []
    for file in files():
        if "migrations" in file.parts and file.suffix == ".py":
            for node in ast.walk(tree(file)):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
                found += [where(file, node) for n in names if n.split(".")[0] in {"evenhand", ""}]
    assert found == []
