"""What can be wrong with a model, and what can be wrong with a question put to it."""


class ModelError(ValueError):
    """A model that cannot be used. It says where: file, decision, row (1-based) and column, and what was expected."""

    def __init__(
        self,
        problem: str,
        *,
        expected: str = "",
        file: str = "",
        decision: str = "",
        row: int | None = None,
        column: str = "",
    ) -> None:
        self.problem = problem
        self.expected = expected
        self.file = file
        self.decision = decision
        self.row = row
        self.column = column
        super().__init__(str(self))

    def __str__(self) -> str:
        where = [
            self.file,
            f"decision {self.decision!r}" if self.decision else "",
            f"row {self.row}" if self.row is not None else "",
            f"column {self.column!r}" if self.column else "",
        ]
        place = ", ".join(part for part in where if part)
        text = f"{place}: {self.problem}" if place else self.problem
        return f"{text}; expected {self.expected}" if self.expected else text


class DecisionError(ValueError):
    """A question a table cannot answer: an input missing or of another kind, or two UNIQUE rules matching."""
