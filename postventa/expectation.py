"""What a scenario expects of an answer: paths into it and what must hold there (GEN-17).

A path is `escalation.level`, `items[0].folio` or `log[*].event`; a star gathers a list, and entries that lack what
follows are left out. Timestamps compare as instants, and computed ones hold within a minute; decimals compare as
numbers, written as text or not. What is not there and what is null are the same: `absent` and `eq: null` hold, and
so do the denials `ne` and `lacks`; everything else fails.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

TOLERANCE = timedelta(seconds=60)
"""The virtual clock runs on while the engine works, so a computed instant is some seconds late."""

_PATH = re.compile(r"(?:^|\.)(?P<name>[^.\[\]]+)|\[(?P<index>-?\d+|\*)\]")
_DECIMAL = re.compile(r"-?\d+(\.\d+)?")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")

Part = str | int | None
"""A field's name, an index, or None for every entry of a list."""


class ExpectationError(ValueError):
    """The expectation itself cannot be understood."""


@dataclass(frozen=True)
class Check:
    """One expectation: what is at `path` must satisfy every operator of `operators`."""

    path: str
    operators: Mapping[str, Any]

    def failure(self, answer: Any) -> str:
        """Why it does not hold, as a sentence; empty when it does."""
        found = find(answer, self.path)
        for operator, wanted in self.operators.items():
            if not OPERATORS[operator](found, wanted):
                return f"{self.path}: expected {operator} {wanted!r}, found {found!r}"
        return ""


def parse_check(path: str, wanted: Any) -> Check:
    """A check from one entry of `expect`. A mapping is always operators; anything else is `eq`."""
    parse_path(path)
    operators = wanted if isinstance(wanted, Mapping) else {"eq": wanted}
    if not operators:
        raise ExpectationError(f"{path}: no operator")
    for operator, value in operators.items():
        if operator not in OPERATORS:
            raise ExpectationError(f"{path}: unknown operator {operator!r}; one of {', '.join(OPERATORS)}")
        if operator == "absent" and not isinstance(value, bool):
            raise ExpectationError(f"{path}: absent takes true or false")
        if operator == "length":
            _parse_length(path, value)
    return Check(path, dict(operators))


def _parse_length(path: str, value: Any) -> None:
    if isinstance(value, Mapping):
        if not value or set(value) & {"length", "absent"}:
            raise ExpectationError(f"{path}: length takes a number or operators on a number")
        parse_check(path, value)
    elif not _is_count(value):
        raise ExpectationError(f"{path}: length takes a number or operators on a number")


def _is_count(value: Any) -> bool:
    if isinstance(value, str):
        return value.startswith("${")  # what was saved is put in when the step runs
    return isinstance(value, int) and not isinstance(value, bool)


def parse_path(path: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    end = 0
    for match in _PATH.finditer(path):
        if match.start() != end:
            break
        end = match.end()
        name, index = match["name"], match["index"]
        parts.append(name if name is not None else None if index == "*" else int(index))
    if not path or end != len(path):
        raise ExpectationError(f"{path!r} is not a path like a.b, a[0].b or a[*].b")
    return tuple(parts)


def find(answer: Any, path: str) -> Any:
    """What is at the path: a value, a list when the path has a star, or None."""
    parts = parse_path(path)
    if None not in parts:
        return next(_walk(answer, parts), None)
    star = parts.index(None)
    if not isinstance(next(_walk(answer, parts[:star]), None), list):
        return None
    return [value for value in _walk(answer, parts) if value is not None]


def _walk(value: Any, parts: tuple[Part, ...]) -> Iterator[Any]:
    if not parts:
        yield value
        return
    part, rest = parts[0], parts[1:]
    if isinstance(part, str):
        if isinstance(value, Mapping) and part in value:
            yield from _walk(value[part], rest)
    elif isinstance(value, list):
        if part is None:
            for entry in value:
                yield from _walk(entry, rest)
        elif -len(value) <= part < len(value):
            yield from _walk(value[part], rest)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value))
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    return None


def _instant(value: Any) -> datetime | None:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return datetime.fromisoformat(value)
    return None


def _numbers(found: Any, wanted: Any) -> tuple[Decimal, Decimal] | None:
    a, b = _number(found), _number(wanted)
    return None if a is None or b is None else (a, b)


def _instants(found: Any, wanted: Any) -> tuple[datetime, datetime] | None:
    a, b = _instant(found), _instant(wanted)
    return None if a is None or b is None else (a, b)


def _equal(found: Any, wanted: Any) -> bool:
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return found.keys() == wanted.keys() and all(_equal(found[key], wanted[key]) for key in wanted)
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(_equal, found, wanted))
    if moments := _instants(found, wanted):
        return abs(moments[0] - moments[1]) <= TOLERANCE
    both_text = isinstance(found, str) and isinstance(wanted, str)
    if both_text and "." not in found + wanted:
        return bool(found == wanted)  # a serial "0012" is not "12"
    if numbers := _numbers(found, wanted):
        return numbers[0] == numbers[1]
    return type(found) is type(wanted) and bool(found == wanted)


def _matches(found: Any, wanted: Any) -> bool:
    """Equal, or an object that has at least the wanted fields."""
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return all(key in found and _matches(found[key], value) for key, value in wanted.items())
    return _equal(found, wanted)


def _has(found: Any, wanted: Any) -> bool:
    if isinstance(found, str):
        return isinstance(wanted, str) and wanted in found
    if isinstance(found, Mapping):
        return _matches(found, wanted) if isinstance(wanted, Mapping) else wanted in found
    return isinstance(found, list) and any(_matches(entry, wanted) for entry in found)


def _each(wanted: Any) -> list[Any]:
    return wanted if isinstance(wanted, list) else [wanted]


def _contains(found: Any, wanted: Any) -> bool:
    return found is not None and all(_has(found, one) for one in _each(wanted))


def _lacks(found: Any, wanted: Any) -> bool:
    return not any(_has(found, one) for one in _each(wanted))


def _ordered(holds: Callable[[Any, Any], bool], slack: timedelta) -> Callable[[Any, Any], bool]:
    """An order over instants (with some slack), numbers, or texts; nothing else has one."""

    def check(found: Any, wanted: Any) -> bool:
        if moments := _instants(found, wanted):
            return holds(moments[0] + slack, moments[1])
        if numbers := _numbers(found, wanted):
            return holds(*numbers)
        return isinstance(found, str) and isinstance(wanted, str) and holds(found, wanted)

    return check


def _length(found: Any, wanted: Any) -> bool:
    if not isinstance(found, str | list | Mapping):
        return False
    operators = wanted if isinstance(wanted, Mapping) else {"eq": wanted}
    return all(OPERATORS[operator](len(found), value) for operator, value in operators.items())


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": _equal,
    "ne": lambda found, wanted: not _equal(found, wanted),
    "gt": _ordered(lambda a, b: bool(a > b), timedelta()),
    "gte": _ordered(lambda a, b: bool(a >= b), TOLERANCE),
    "lt": _ordered(lambda a, b: bool(a < b), timedelta()),
    "lte": _ordered(lambda a, b: bool(a <= b), -TOLERANCE),
    "contains": _contains,
    "lacks": _lacks,
    "absent": lambda found, wanted: (found is None or found == []) is wanted,
    "length": _length,
}
