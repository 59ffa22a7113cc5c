"""Scenario files: timed API calls and what they must answer (GEN-17). Reading and checking only; nothing runs here.

Every error names its place, `file:line`, so that a file written by somebody else can be put right.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from postventa.expectation import Check, ExpectationError, find, parse_check, parse_path

_FIELDS = {"name", "start", "load", "steps"}
_STEP_FIELDS = {"at", "as", "call", "body", "headers", "status", "save", "expect"}
_CALL = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/.*)")
_OFFSET = re.compile(r"\+(?:\d+(?:\.\d+)?[mhd])+")
_OFFSET_PART = re.compile(r"(\d+(?:\.\d+)?)([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SAVED = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True)
class Place:
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class ScenarioError(Exception):
    """The file is bad, and where. The command exits with 2."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place


@dataclass(frozen=True)
class Call:
    """One timed call. `status` None means any 2xx; `user` empty means without a token."""

    place: Place
    at: datetime
    user: str
    method: str
    path: str
    body: Any
    headers: Mapping[str, str]
    status: int | None
    save: Mapping[str, str]
    expect: tuple[Check, ...]


@dataclass(frozen=True)
class Scenario:
    """`load` is "sample", a master data file, or inline master data."""

    name: str
    place: Place
    start: datetime
    start_place: Place
    load: str | Path | Mapping[str, Any]
    load_place: Place
    calls: tuple[Call, ...]


def read(path: Path) -> Scenario:
    """The scenario in a file; raises `ScenarioError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(Place(str(path), 1), f"cannot be read: {error}") from error
    return parse(text, path)


def parse(text: str, path: Path) -> Scenario:
    """The scenario in `text`, which came from `path`; raises `ScenarioError`."""
    file = str(path)
    try:
        document = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ScenarioError(Place(file, mark.line + 1 if mark else 1), str(error.problem)) from error
    except YAMLError as error:
        raise ScenarioError(Place(file, 1), str(error)) from error
    return _Reader(file).scenario(document, path)


def substitute(value: Any, saved: Mapping[str, Any]) -> Any:
    """`value` with every `${name}` replaced; alone in a text it keeps what was saved as it was, a number say."""
    if isinstance(value, Mapping):
        return {key: substitute(inner, saved) for key, inner in value.items()}
    if isinstance(value, list):
        return [substitute(inner, saved) for inner in value]
    if not isinstance(value, str):
        return value
    if whole := _SAVED.fullmatch(value):
        return saved[whole[1]]
    return _SAVED.sub(lambda match: str(saved[match[1]]), value)


def failures(call: Call, status: int, answer: Any, saved: Mapping[str, Any]) -> list[str]:
    """What does not hold of an answer, one sentence each."""
    found = []
    if call.status is None and not 200 <= status < 300:
        found.append(f"status: expected 2xx, found {status}")
    elif call.status is not None and status != call.status:
        found.append(f"status: expected {call.status}, found {status}")
    for check in call.expect:
        actual = Check(substitute(check.path, saved), substitute(check.operators, saved))
        if failure := actual.failure(answer):
            found.append(failure)
    found += [
        f"save {name}: nothing at {path}" for name, path in call.save.items() if find(answer, path) is None
    ]
    return found


class _Reader:
    """Turns the YAML tree of one file into a scenario, keeping every place for the errors."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.saved: set[str] = set()

    def scenario(self, document: Any, path: Path) -> Scenario:
        top = Place(self.file, 1)
        fields = self._mapping(document, top, "a scenario", _FIELDS, {"start", "steps"})
        start_place = self._place(document, "start")
        start = self._instant(fields["start"], start_place)
        steps = fields["steps"]
        if not isinstance(steps, CommentedSeq) or not steps:
            raise ScenarioError(self._place(document, "steps"), "steps must be a list with at least one step")
        calls: list[Call] = []
        for index, step in enumerate(steps):
            place = Place(self.file, steps.lc.item(index)[0] + 1)
            calls.append(self._call(step, place, start, calls[-1].at if calls else start))
        return Scenario(
            name=self._text(document, "name", path.stem),
            place=top,
            start=start,
            start_place=start_place,
            load=self._load(document, path),
            load_place=self._place(document, "load"),
            calls=tuple(calls),
        )

    def _load(self, document: CommentedMap, path: Path) -> str | Path | Mapping[str, Any]:
        load = document.get("load", "sample")
        if isinstance(load, CommentedMap):
            plain: dict[str, Any] = _plain(load)
            return plain
        place = self._place(document, "load")
        if not isinstance(load, str):
            raise ScenarioError(place, "load must be sample, a master data file or inline master data")
        if load == "sample":
            return load
        file = path.parent / load
        if not file.is_file():
            raise ScenarioError(place, f"load: there is no file {load}")
        return file

    def _call(self, step: Any, place: Place, start: datetime, before: datetime) -> Call:
        fields = self._mapping(step, place, "a step", _STEP_FIELDS, {"at", "call"})
        at = self._at(fields["at"], self._place(step, "at"), start)
        if at < before:
            raise ScenarioError(self._place(step, "at"), "at: time never goes back from one step to the next")
        call = _CALL.fullmatch(self._text(step, "call", ""))
        if call is None:
            raise ScenarioError(
                self._place(step, "call"), "call must be a method and a path, as in POST /tickets"
            )
        status = fields.get("status")
        if status is not None and (not isinstance(status, int) or not 100 <= status <= 599):
            raise ScenarioError(self._place(step, "status"), "status must be an HTTP status")
        for part in ("call", "body", "headers", "expect"):
            self._known_names(step, part)
        expect, save = self._expect(step), self._save(step)
        self.saved |= save.keys()
        return Call(
            place=place,
            at=at,
            user=self._text(step, "as", ""),
            method=call[1],
            path=call[2].strip(),
            body=_plain(fields.get("body")),
            headers=self._texts(step, "headers"),
            status=status,
            save=save,
            expect=expect,
        )

    def _expect(self, step: CommentedMap) -> tuple[Check, ...]:
        expect = self._inner(step, "expect")
        checks = []
        for path in expect:
            try:
                checks.append(parse_check(str(path), _plain(expect[path])))
            except ExpectationError as error:
                raise ScenarioError(self._place(expect, path), f"expect: {error}") from error
        return tuple(checks)

    def _save(self, step: CommentedMap) -> dict[str, str]:
        save = self._texts(step, "save")
        for name, path in save.items():
            try:
                parse_path(path)
            except ExpectationError as error:
                raise ScenarioError(self._place(step["save"], name), f"save: {error}") from error
        return save

    def _texts(self, step: CommentedMap, key: str) -> dict[str, str]:
        inner = self._inner(step, key)
        for name in inner:
            self._text(inner, name, "")
        return {str(name): str(value) for name, value in inner.items()}

    def _inner(self, step: CommentedMap, key: str) -> CommentedMap:
        inner = step.get(key)
        if inner is None:
            return CommentedMap()
        if not isinstance(inner, CommentedMap):
            raise ScenarioError(self._place(step, key), f"{key} must be a mapping")
        return inner

    def _known_names(self, step: CommentedMap, part: str) -> None:
        for name in _names(step.get(part)):
            if name not in self.saved:
                raise ScenarioError(
                    self._place(step, part), f"{part}: ${{{name}}} was not saved by an earlier step"
                )

    def _mapping(self, node: Any, place: Place, what: str, known: set[str], needed: set[str]) -> CommentedMap:
        if not isinstance(node, CommentedMap):
            raise ScenarioError(place, f"{what} must be a mapping")
        for key in node:
            if key not in known:
                allowed = ", ".join(sorted(known))
                raise ScenarioError(
                    self._place(node, key), f"unknown field {key!r} in {what}; known: {allowed}"
                )
        for key in sorted(needed):
            if node.get(key) is None:
                raise ScenarioError(place, f"{what} needs {key}")
        return node

    def _text(self, node: CommentedMap, key: str, default: str) -> str:
        value = node.get(key, default)
        if not isinstance(value, str):
            raise ScenarioError(self._place(node, key), f"{key} must be a text")
        return value

    def _at(self, value: Any, place: Place, start: datetime) -> datetime:
        if isinstance(value, str) and _OFFSET.fullmatch(value):
            parts = _OFFSET_PART.findall(value)
            return start + sum((float(count) * _UNITS[unit] for count, unit in parts), timedelta())
        if isinstance(value, str) and not value[:4].isdigit():
            raise ScenarioError(
                place, f"at: {value!r} is neither an offset like +90m, +25h, +3d nor a timestamp"
            )
        return self._instant(value, place)

    def _instant(self, value: Any, place: Place) -> datetime:
        try:
            moment = datetime.fromisoformat(str(_plain(value)))
        except ValueError as error:
            raise ScenarioError(place, f"{value!r} is not a timestamp with an offset") from error
        if moment.tzinfo is None:
            raise ScenarioError(place, f"{value!r} has no offset from UTC")
        return moment.astimezone(UTC)

    def _place(self, node: CommentedMap, key: str) -> Place:
        if key not in node:
            return Place(self.file, node.lc.line + 1)
        return Place(self.file, node.lc.key(key)[0] + 1)


def _names(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [name for pair in value.items() for inner in pair for name in _names(inner)]
    if isinstance(value, list):
        return [name for inner in value for name in _names(inner)]
    return _SAVED.findall(value) if isinstance(value, str) else []


def _plain(value: Any) -> Any:
    """What JSON would hold: plain mappings, lists, numbers and texts; a timestamp is a text with its offset."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    return str(value)
