"""The built-in functions of FEEL over lists and contexts (OMG DMN 1.5, chapter 10)."""

from collections.abc import Callable
from decimal import Decimal, DecimalException
from functools import cmp_to_key

from evenhand.dmn.feel import operators
from evenhand.dmn.feel.calls import Builtin
from evenhand.dmn.feel.run import Run
from evenhand.dmn.numbers import CONTEXT, total
from evenhand.dmn.values import order

Items = list[object]


def charge(run: Run, value: object) -> None:
    """Spend a step for every item and every 64 characters within a value."""
    run.spend()
    if isinstance(value, str):
        run.spend(len(value) // 64)
    elif isinstance(value, list):
        for one in value:
            charge(run, one)
    elif isinstance(value, dict):
        for one in value.values():
            charge(run, one)


def _on_list(work: Callable[[Run, Items], object]) -> Callable[..., object]:
    """A function of one list; a single value counts as a list of it, null as none."""

    def call(run: Run, given: object) -> object:
        if given is None:
            return None
        items = given if isinstance(given, list) else [given]
        run.spend(len(items))
        return work(run, items)

    return call


def _on_any(work: Callable[[Run, Items], object]) -> Callable[..., object]:
    """A function of one list or of any number of values."""
    single = _on_list(work)

    def call(run: Run, *given: object) -> object:
        return single(run, given[0] if len(given) == 1 else list(given))

    return call


def _numbers(items: Items) -> list[Decimal] | None:
    numbers = [one for one in items if isinstance(one, Decimal)]
    return numbers if len(numbers) == len(items) and numbers else None


def _extreme(sign: int) -> Callable[[Run, Items], object]:
    def work(_run: Run, items: Items) -> object:
        if not items:
            return None
        best = items[0]
        for one in items:
            found = order(one, best)
            if found is None:
                return None
            best = one if found == sign else best
        return best

    return work


def _sum(_run: Run, items: Items) -> object:
    numbers = _numbers(items)
    return None if numbers is None else _safely(lambda: total(numbers))


def _mean(_run: Run, items: Items) -> object:
    numbers = _numbers(items)
    if numbers is None:
        return None
    return _safely(lambda: CONTEXT.divide(total(numbers), Decimal(len(numbers))))


def _product(_run: Run, items: Items) -> object:
    numbers = _numbers(items)
    if numbers is None:
        return None
    result: object = Decimal(1)
    for number in numbers:
        result = operators.calculate("*", result, number)
    return result


def _median(_run: Run, items: Items) -> object:
    numbers = sorted(_numbers(items) or [])
    if not numbers:
        return None
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]
    pair = numbers[middle - 1 : middle + 1]
    return _safely(lambda: CONTEXT.divide(total(pair), Decimal(2)))


def _safely(work: Callable[[], Decimal]) -> Decimal | None:
    try:
        return work()
    except DecimalException:
        return None


def _contains(run: Run, items: object, element: object) -> object:
    if items is None:
        return None
    listed = items if isinstance(items, list) else [items]
    return any(operators.equal(run, one, element) is True for one in listed)


def _append(run: Run, items: object, *more: object) -> object:
    if items is None:
        return None
    listed = items if isinstance(items, list) else [items]
    run.spend(len(listed) + len(more))
    return [*listed, *more]


def _concatenate(run: Run, *given: object) -> object:
    if any(one is None for one in given):
        return None
    joined = [item for one in given for item in (one if isinstance(one, list) else [one])]
    run.spend(len(joined))
    return joined


def _distinct(run: Run, items: Items) -> object:
    kept: Items = []
    for one in items:
        if not any(operators.equal(run, one, other) is True for other in kept):
            kept.append(one)
    return kept


def _union(run: Run, *given: object) -> object:
    joined = _concatenate(run, *given)
    return _distinct(run, joined) if isinstance(joined, list) else None


def _flatten(run: Run, items: Items) -> object:
    flat: Items = []
    for one in items:
        run.spend()
        if isinstance(one, list):
            inner = _flatten(run, one)
            assert isinstance(inner, list)
            flat.extend(inner)
        else:
            flat.append(one)
    return flat


def _place(number: object, length: int) -> int | None:
    """A 0-based place from FEEL's, which counts from 1, or backwards from -1."""
    if not isinstance(number, Decimal) or number != number.to_integral_value():
        return None
    if 1 <= number <= length:
        return int(number) - 1
    return length + int(number) if -length <= number <= -1 else None


def _sublist(run: Run, items: object, start: object, length: object) -> object:
    if not isinstance(items, list):
        return None
    run.spend(len(items))
    begin = _place(start, len(items))
    if begin is None:
        return None
    if length is None:
        return items[begin:]
    if not isinstance(length, Decimal) or not 0 <= length <= len(items) - begin:
        return None
    return items[begin : begin + int(length)]


def _remove(run: Run, items: object, position: object) -> object:
    at = _place(position, len(items)) if isinstance(items, list) else None
    if at is None or not isinstance(items, list):
        return None
    run.spend(len(items))
    return items[:at] + items[at + 1 :]


def _insert(run: Run, items: object, position: object, new: object) -> object:
    at = _place(position, len(items)) if isinstance(items, list) else None
    if at is None or not isinstance(items, list):
        return None
    run.spend(len(items))
    return [*items[:at], new, *items[at:]]


def _index_of(run: Run, items: object, match: object) -> object:
    if not isinstance(items, list):
        return None
    return [
        Decimal(at)
        for at, one in enumerate(items, start=1)
        if operators.equal(run, one, match) is True
    ]


def _all(_run: Run, items: Items) -> object:
    return operators.conjunction([operators.truth_of(one) for one in items])


def _any(_run: Run, items: Items) -> object:
    return operators.disjunction([operators.truth_of(one) for one in items])


def _join(run: Run, items: object, delimiter: object) -> object:
    if not isinstance(items, list) or not isinstance(delimiter, str | None):
        return None
    texts = [one for one in items if isinstance(one, str)]
    if len(texts) != sum(one is not None for one in items):
        return None
    run.spend(sum(len(text) + len(delimiter or "") for text in texts) // 64 + len(texts))
    return (delimiter or "").join(texts)


def _sort(run: Run, items: Items) -> object:
    if any(order(items[0], one) is None for one in items):
        return None
    run.spend(len(items) * len(items).bit_length())
    return sorted(items, key=cmp_to_key(lambda one, other: order(one, other) or 0))


def _get_value(_run: Run, context: object, key: object) -> object:
    return context.get(key) if isinstance(context, dict) and isinstance(key, str) else None


def _one(name: str, work: Callable[[Run, Items], object]) -> Builtin:
    return Builtin(name, ("list",), 1, _on_list(work))


def _many(name: str, call: Callable[..., object]) -> Builtin:
    return Builtin(name, ("list",), 1, call, variadic=True)


CALLS = (
    _many("min", _on_any(_extreme(-1))),
    _many("max", _on_any(_extreme(1))),
    _many("sum", _on_any(_sum)),
    _many("mean", _on_any(_mean)),
    _many("product", _on_any(_product)),
    _many("median", _on_any(_median)),
    _many("all", _on_any(_all)),
    _many("any", _on_any(_any)),
    _one("count", lambda _run, items: Decimal(len(items))),
    _one("reverse", lambda _run, items: items[::-1]),
    _one("flatten", _flatten),
    _one("distinct values", _distinct),
    _one("sort", _sort),
    _many("append", _append),
    _many("concatenate", _concatenate),
    _many("union", _union),
    Builtin("list contains", ("list", "element"), 2, _contains),
    Builtin("sublist", ("list", "start position", "length"), 2, _sublist),
    Builtin("remove", ("list", "position"), 2, _remove),
    Builtin("insert before", ("list", "position", "newItem"), 3, _insert),
    Builtin("index of", ("list", "match"), 2, _index_of),
    Builtin("string join", ("list", "delimiter"), 1, _join),
    Builtin("get value", ("m", "key"), 2, _get_value),
)
