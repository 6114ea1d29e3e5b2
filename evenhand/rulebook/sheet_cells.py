"""What analysts type into a spreadsheet, as FEEL: Chinese punctuation, numbers, yes and no, codes without quotes."""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from evenhand.dmn.cells import CellError, parse_literal, parse_tests
from evenhand.dmn.documents.texts import parts

_SIGNS = {
    **{wide: chr(ord(wide) - 0xFEE0) for wide in "（），．＜＞＝［］－＋０１２３４５６７８９"},
    **{"【": "[", "】": "]", "、": ",", "≥": ">=", "≤": "<=", "…": "..", "。": ".", "\u3000": " "},
    **dict.fromkeys("−–—", "-"),
}
_QUOTES = {'"': '"', "＂": '"＂', "“": '”"', "”": '”"', "「": "」"}  # what opens, what may close
_WORDS = {
    "是": "true",
    "真": "true",
    "否": "false",
    "假": "false",
    "TRUE": "true",
    "FALSE": "false",
}
_CODE = re.compile(r"[\w+.-]+")


def feel_test(text: str, kind: str, codes: Sequence[str]) -> str:
    """An input cell as FEEL; as it was typed when it is FEEL already or cannot be made so."""
    return _feel(text, kind, codes, output=False)


def feel_answer(text: str, kind: str, codes: Sequence[str]) -> str:
    """An output entry as FEEL; as it was typed when it is FEEL already or cannot be made so."""
    return _feel(text, kind, codes, output=True)


def number_text(number: int | float | Decimal) -> str:
    """A number of a spreadsheet as it shows it: fifteen digits, no exponent, no `.0`."""
    exact = Decimal(number) if isinstance(number, int) else Decimal(f"{number:.15g}")
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _feel(text: str, kind: str, codes: Sequence[str], *, output: bool) -> str:
    text = text.strip()
    if not text or _reads(text, output=output):
        return text
    ascii_text = half_width(text)
    if kind == "boolean":
        ascii_text = re.sub(r"\w+", lambda word: _WORDS.get(word[0], word[0]), ascii_text)
    elif codes and kind in ("string", ""):
        ascii_text = _with_quotes(ascii_text, codes)
    return ascii_text if _reads(ascii_text, output=output) else text


@lru_cache(maxsize=10_000)
def _reads(text: str, *, output: bool) -> bool:
    try:
        if output:
            parse_literal(text)
        else:
            parse_tests(text)
    except CellError:
        return False
    return True


def half_width(text: str) -> str:
    """Full-width punctuation and digits as ASCII, outside strings; the quotes of a string as ``"``."""
    made: list[str] = []
    closers, skip = "", False
    for sign in text:
        if skip:
            skip = False
            made.append(sign)
        elif closers:
            skip = sign == "\\"
            if sign in closers:
                closers, sign = "", '"'
            elif sign == '"':
                sign = '\\"'
            made.append(sign)
        elif sign in _QUOTES:
            closers = _QUOTES[sign]
            made.append('"')
        else:
            made.append(_SIGNS.get(sign, sign))
    return "".join(made)


def _with_quotes(text: str, codes: Sequence[str]) -> str:
    """Codes typed bare in quotes, also within ``not(…)``."""
    inner = re.fullmatch(r"not\s*\((.*)\)", text, re.DOTALL)
    if inner:
        return f"not({_with_quotes(inner[1], codes)})"
    quoted = (f'"{p}"' if _CODE.fullmatch(p) and p in codes else p for p in parts(text))
    return ",".join(quoted)
