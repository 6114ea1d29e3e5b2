"""What the parser says of a text that is no expression."""


class FeelError(ValueError):
    """A text that cannot be read, or that asks for too much. The caller adds where it stands and what was expected."""
