"""How a pack is refused."""


class PackError(ValueError):
    """A pack that says something it must not: names the file, the rule, the key, and what was expected."""

    def __init__(self, file: str, rule: str, key: str, problem: str) -> None:
        self.file, self.rule, self.key, self.problem = file, rule, key, problem
        place = ", ".join(part for part in (file, rule, key) if part)
        super().__init__(f"{place}: {problem}")
