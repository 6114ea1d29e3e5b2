"""What the house tests read: the files of the checkout and their syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "evenhand"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return tuple(sorted(p for name in listed.split("\0") if name and (p := ROOT / name).is_file()))


def code() -> list[Path]:
    """Python files of the package, migrations apart."""
    inside = (f for f in files() if f.suffix == ".py" and f.is_relative_to(PACKAGE))
    return [f for f in inside if "migrations" not in f.parts]


def all_code() -> list[Path]:
    """Every Python file of the checkout, migrations apart, and `dev`."""
    python = (f for f in files() if f.suffix == ".py" or f == ROOT / "dev")
    return [f for f in python if "migrations" not in f.parts]


@cache
def tree(file: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def where(file: Path, node: ast.AST) -> str:
    """A place people can go to: file and line."""
    return f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def functions(module: ast.Module) -> Iterator[Function]:
    """Every function of a module, methods and inner functions too."""
    return (n for n in ast.walk(module) if isinstance(n, Function))


def models(module: ast.Module) -> Iterator[ast.ClassDef]:
    """Every model class of a module."""
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and any(
            ast.unparse(base) in {"models.Model", "AbstractUser", "Model"} for base in node.bases
        ):
            yield node


def dotted(node: ast.AST) -> str:
    """The dotted name of an expression such as ``datetime.now``, or nothing when it is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".strip(".")
    return ""
