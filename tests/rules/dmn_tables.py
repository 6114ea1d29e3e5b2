"""Small decision models written as rows, for the tests of the reader, the evaluator and the kernel."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from evenhand.dmn import Model, loads

DMN_15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def decision(
    rows: Sequence[str],
    *,
    inputs: Sequence[str],
    outputs: Sequence[str] = ("answer",),
    name: str = "choice",
    policy: str = "FIRST",
    requires: Sequence[str] = (),
    defaults: Sequence[str] = (),
    values: Sequence[str] = (),
    limits: Sequence[str] = (),
) -> str:
    """One decision; each row is its cells and outputs parted by ``|``, then perhaps a description.

    `requires` are names of other decisions; every input that does not begin with one is an input datum.
    `limits` say what the inputs may hold, `values` what the outputs may; `policy` may be followed by an aggregation.
    """
    facts = [i for i in inputs if i.partition(".")[0] not in requires]
    needs = "".join(f'<requiredDecision href="#d-{other}"/>' for other in requires)
    needs += "".join(f'<requiredInput href="#f-{fact}"/>' for fact in facts)
    columns = ""
    for at, expression in enumerate(inputs):
        text = f"<text>{escape(limits[at])}</text>" if limits and limits[at] else ""
        limited = f"<inputValues>{text}</inputValues>" if text else ""
        columns += (
            f"<input><inputExpression><text>{expression}</text></inputExpression>{limited}</input>"
        )
    for at, output in enumerate(outputs):
        default = f"<text>{escape(defaults[at])}</text>" if defaults else ""
        entry = f"<defaultOutputEntry>{default}</defaultOutputEntry>" if defaults else ""
        allowed = (
            f"<outputValues><text>{escape(values[at])}</text></outputValues>" if values else ""
        )
        columns += f'<output name="{output}">{allowed}{entry}</output>'
    collected, _, aggregation = policy.partition("COLLECT ")
    policy = "COLLECT" if aggregation else collected
    aggregation = f' aggregation="{aggregation}"' if aggregation else ""
    rules = "".join(_rule(row, len(inputs), len(outputs)) for row in rows)
    return (
        f'<decision id="d-{name}" name="{name}"><informationRequirement>{needs}</informationRequirement>'
        f'<decisionTable hitPolicy="{policy}"{aggregation}>{columns}{rules}</decisionTable></decision>'
    )


def _rule(row: str, inputs: int, outputs: int) -> str:
    parts = [escape(part.strip()) for part in row.split("|")]
    note = f"<description>{parts.pop()}</description>" if len(parts) > inputs + outputs else ""
    tests = "".join(f"<inputEntry><text>{part}</text></inputEntry>" for part in parts[:inputs])
    given = "".join(f"<outputEntry><text>{part}</text></outputEntry>" for part in parts[inputs:])
    return f"<rule>{note}{tests}{given}</rule>"


def document(*decisions: str, facts: Sequence[str] = ("x", "y", "z"), space: str = DMN_15) -> bytes:
    """The whole file."""
    data = "".join(f'<inputData id="f-{fact}" name="{fact}"/>' for fact in facts)
    body = data + "".join(decisions)
    return f'<definitions xmlns="{space}" name="m" namespace="m">{body}</definitions>'.encode()


def model(*decisions: str, facts: Sequence[str] = ("x", "y", "z")) -> Model:
    """The model of these decisions, as if read from ``table.dmn``."""
    return loads(document(*decisions, facts=facts), "table.dmn")
