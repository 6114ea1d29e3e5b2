"""What a letter must show. Which fields are required is pack data: in China the seven of CCM Art. 69."""

from collections.abc import Iterable, Mapping


def missing_fields(
    given: Mapping[str, object] | Iterable[str], required: Iterable[str]
) -> tuple[str, ...]:
    """The required field codes that are not given, in the order of `required`.

    `given` is either the codes a letter shows, or its content by code, where None and blank text are not shown.
    """
    if isinstance(given, str):
        raise TypeError("field codes are given as a list or by code, not as one text")
    shown = (
        {code for code, content in given.items() if _says_something(content)}
        if isinstance(given, Mapping)
        else set(given)
    )
    return tuple(code for code in required if code not in shown)


def _says_something(content: object) -> bool:
    return content is not None and content is not False and bool(str(content).strip())
