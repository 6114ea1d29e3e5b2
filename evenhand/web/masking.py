"""How people's names and numbers are shown to those who need not know all of them."""

import re

CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def mask(text: str) -> str:
    """Mask a name or a number for a screen.

    >>> [mask(t) for t in ("张三伟", "张伟", "样例客户000018", "Ann Example", "13800001234")]
    ['张*伟', '张*', '样*0018', 'A. E.', '138****1234']
    """
    text = text.strip()
    if CHINESE.match(text):
        return _chinese(text)
    digits = sum(c.isdigit() for c in text)
    if digits * 2 > len(text):
        return _number(text)
    return " ".join(f"{word[0].upper()}." for word in text.split())


def _chinese(name: str) -> str:
    if number := re.search(r"\d+$", name):  # nobody real: the number tells made-up people apart
        return f"{name[0]}*{number.group()[-4:]}"
    if len(name) <= 2:
        return name[0] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def _number(text: str) -> str:
    kept_before, kept_after = (3, 4) if len(text) >= 11 else (0, min(4, len(text) // 2))
    hidden = len(text) - kept_before - kept_after
    return text[:kept_before] + "*" * hidden + text[len(text) - kept_after :]
