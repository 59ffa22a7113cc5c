"""Scenario files: what is read, what is refused and where, and what an expectation holds of (GEN-17)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from postventa.expectation import ExpectationError, find, parse_check
from postventa.scenario import Scenario, ScenarioError, failures, parse, substitute

pytestmark = pytest.mark.req("GEN-17")

HEAD = 'name: A case\nstart: "2031-03-03T09:00:00-06:00"\nsteps:\n'


def scenario(steps: str, head: str = HEAD) -> Scenario:
    return parse(head + steps, Path("case.yaml"))


def refusal(steps: str, head: str = HEAD) -> str:
    with pytest.raises(ScenarioError) as caught:
        scenario(steps, head)
    return str(caught.value)


def holds(path: str, wanted: Any, answer: Any) -> bool:
    return not parse_check(path, wanted).failure(answer)


def test_the_example_of_the_interface_is_read_whole() -> None:
    found = scenario(
        "  - {at: '+0m', as: call_center, call: POST /tickets, body: {channel: phone}, status: 201, save: {t: folio}}\n"
        '  - {at: "+25h", as: supervisor, call: "GET /tickets/${t}", '
        'expect: {escalation.level: {gte: 2}, "log[*].event": {contains: escalated}}}\n'
    )
    assert found.name == "A case"
    assert found.load == "sample"
    assert found.start == datetime(2031, 3, 3, 15, tzinfo=UTC)
    first, second = found.calls
    assert (first.method, first.path, first.user) == ("POST", "/tickets", "call_center")
    assert (first.body, first.status, first.save) == ({"channel": "phone"}, 201, {"t": "folio"})
    assert second.at == datetime(2031, 3, 4, 16, tzinfo=UTC)
    assert [check.path for check in second.expect] == ["escalation.level", "log[*].event"]


@pytest.mark.parametrize(
    ("at", "hours"),
    [("+90m", 1.5), ("+2h", 2), ("+3d", 72), ("+1d2h30m", 26.5), ("+1.5h", 1.5), ("2031-03-03T16:00:00Z", 1)],
)
def test_at_is_an_offset_from_the_start_or_a_timestamp(at: str, hours: float) -> None:
    found = scenario(f"  - {{at: {at}, call: GET /tasks}}\n")
    assert (found.calls[0].at - found.start).total_seconds() == hours * 3600


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ("  - {call: GET /tasks}\n", "case.yaml:4: a step needs at"),
        ("  - {at: +0m}\n", "case.yaml:4: a step needs call"),
        ("  - at: +0m\n    call: GET /tasks\n    expects: {}\n", "case.yaml:6: unknown field 'expects'"),
        ("  - at: +0m\n    call: TAKE /tasks\n", "case.yaml:5: call must be a method and a path"),
        ("  - {at: soon, call: GET /tasks}\n", "case.yaml:4: at: 'soon' is neither"),
        ("  - {at: +3w, call: GET /tasks}\n", "case.yaml:4: at: '+3w' is neither"),
        ("  - {at: 2031-03-03T16:00:00, call: GET /tasks}\n", "has no offset"),
        ("  - {at: 2031-03-03T10:00:00Z, call: GET /a}\n", "case.yaml:4: at: time never goes back"),
        (
            "  - {at: +2h, call: GET /a}\n  - {at: +1h, call: GET /a}\n",
            "case.yaml:5: at: time never goes back",
        ),
        ("  - {at: +0m, call: GET /a, status: ok}\n", "case.yaml:4: status must be an HTTP status"),
        ("  - at: +0m\n    call: GET /a/${t}\n", "case.yaml:5: call: ${t} was not saved"),
        (
            "  - {at: +0m, call: GET /a, save: {t: folio}, expect: {x: '${t}'}}\n",
            "expect: ${t} was not saved",
        ),
        (
            "  - at: +0m\n    call: GET /a\n    expect:\n      a: 1\n      b: {about: 3}\n",
            "case.yaml:8: expect: b: unknown",
        ),
        ("  - {at: +0m, call: GET /a, expect: {'a..b': 1}}\n", "case.yaml:4: expect: 'a..b' is not a path"),
        ("  - {at: +0m, call: GET /a, expect: {a: {length: many}}}\n", "length takes a number"),
        ("  - {at: +0m, call: GET /a, expect: {a: {length: {length: 1}}}}\n", "length takes a number"),
        ("  - {at: +0m, call: GET /a, expect: {a: {absent: 1}}}\n", "absent takes true or false"),
        ("  - {at: +0m, call: GET /a, expect: {a: {}}}\n", "no operator"),
        ("  - {at: +0m, call: GET /a, expect: [a]}\n", "expect must be a mapping"),
        ("  - {at: +0m, call: GET /a, save: {t: 'a b['}}\n", "save: 'a b[' is not a path"),
        ("  - {at: +0m, as: 3, call: GET /a}\n", "as must be a text"),
        ("  - {at: +0m, at: +1m, call: GET /a}\n", "case.yaml:4: found duplicate key"),
        ("  - {at: +0m, call: GET /a\n", "case.yaml:5: "),
        ("  - just words\n", "case.yaml:4: a step must be a mapping"),
        ("  []\n", "case.yaml:3: steps must be a list with at least one step"),
    ],
)
def test_a_bad_step_is_refused_with_its_place(steps: str, sentence: str) -> None:
    assert sentence in refusal(steps)


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ("name: x\nsteps:\n", "case.yaml:1: a scenario needs start"),
        ("name: x\nstart: monday\nsteps:\n", "case.yaml:2: 'monday' is not a timestamp"),
        ("name: x\nstart: 2031-03-03T09:00:00\nsteps:\n", "case.yaml:2: datetime"),
        (
            "name: x\nstart: '2031-03-03T09:00:00'\nsteps:\n",
            "case.yaml:2: '2031-03-03T09:00:00' has no offset",
        ),
        ("name: x\nspeed: 3\nsteps:\n", "case.yaml:2: unknown field 'speed'"),
        (HEAD.replace("steps", "load: none.yaml\nsteps"), "case.yaml:3: load: there is no file none.yaml"),
        (HEAD.replace("steps", "load: 3\nsteps"), "case.yaml:3: load must be"),
    ],
)
def test_a_bad_head_is_refused_with_its_place(head: str, sentence: str) -> None:
    found = refusal("  - {at: +0m, call: GET /a}\n", head)
    assert sentence.replace("datetime", "") in found


def test_a_file_that_cannot_be_read_is_a_bad_file(tmp_path: Path) -> None:
    from postventa.scenario import read

    with pytest.raises(ScenarioError, match="cannot be read"):
        read(tmp_path / "nowhere.yaml")


def test_master_data_comes_from_the_sample_a_file_or_inline(tmp_path: Path) -> None:
    (tmp_path / "company.yaml").write_text("clients: []\n")
    step = "steps:\n  - {at: +0m, call: GET /a}\n"
    start = "start: 2031-03-03T09:00:00-06:00\n"
    assert parse(start + step, tmp_path / "s.yaml").load == "sample"
    assert parse(start + "load: company.yaml\n" + step, tmp_path / "s.yaml").load == tmp_path / "company.yaml"
    inline = parse(start + "load:\n  contracts: [{id: C1, start: 2030-01-01}]\n" + step, tmp_path / "s.yaml")
    assert inline.load == {"contracts": [{"id": "C1", "start": "2030-01-01"}]}


def test_what_was_saved_is_put_into_calls_bodies_and_expectations() -> None:
    saved = {"t": "T-2031-000001", "n": 2}
    assert substitute("GET /tickets/${t}/visits/${n}", saved) == "GET /tickets/T-2031-000001/visits/2"
    assert substitute({"into": "${t}", "many": ["${n}", 7, None]}, saved) == {
        "into": "T-2031-000001",
        "many": [2, 7, None],
    }


def test_an_answer_is_held_against_status_expectations_and_saves() -> None:
    call = scenario(
        "  - {at: +0m, call: GET /a, save: {t: folio}}\n"
        "  - {at: +0m, call: GET /b, expect: {into: '${t}', size: {gt: 3}}, save: {x: gone}}\n"
    ).calls[1]
    saved = {"t": "T-1"}
    assert failures(call, 200, {"into": "T-1", "size": 4, "gone": 1}, saved) == []
    assert failures(call, 409, {"into": "T-2", "size": 3}, saved) == [
        "status: expected 2xx, found 409",
        "into: expected eq 'T-1', found 'T-2'",
        "size: expected gt 3, found 3",
        "save x: nothing at gone",
    ]


def test_a_stated_status_must_be_exactly_that() -> None:
    call = scenario("  - {at: +0m, call: GET /a, status: 409}\n").calls[0]
    assert failures(call, 409, None, {}) == []
    assert failures(call, 200, None, {}) == ["status: expected 409, found 200"]


ANSWER = {
    "state": "open",
    "closed_at": None,
    "price": "0.10",
    "count": 3,
    "flag": True,
    "due": "2031-03-03T15:00:00Z",
    "serial": "0012",
    "log": [
        {"event": "registered", "detail": {"level": 1, "by": "x"}},
        {"event": "escalated", "detail": {"level": 2}},
        {"event": "noted"},
    ],
    "items": [],
    "escalation": {"level": 2, "triggers": ["open_limit"]},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("state", "open"),
        ("escalation.triggers[0]", "open_limit"),
        ("log[-1].event", "noted"),
        ("log[*].event", ["registered", "escalated", "noted"]),
        ("log[*].detail.level", [1, 2]),
        ("items[*].x", []),
        ("closed_at", None),
        ("nothing.here", None),
        ("nothing[*].here", None),
        ("state[*]", None),
        ("log[9]", None),
        ("log.event", None),
    ],
)
def test_a_path_finds_its_value(path: str, value: Any) -> None:
    assert find(ANSWER, path) == value


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("state", "open"),
        ("state", {"ne": "closed"}),
        ("price", 0.1),
        ("price", "0.1"),
        ("price", {"gt": "0.09", "lt": 1}),
        ("count", {"gte": 3, "lte": 3}),
        ("count", 3.0),
        ("flag", True),
        ("flag", {"ne": 1}),
        ("serial", {"ne": "12"}),
        ("due", "2031-03-03T09:00:00-06:00"),
        ("due", "2031-03-03T14:59:00Z"),
        ("due", {"gte": "2031-03-03T15:00:30Z", "lte": "2031-03-03T14:59:30Z"}),
        ("due", {"gt": "2031-03-03T08:59:59-06:00", "lt": "2031-03-03T15:00:01Z"}),
        ("due", {"ne": "2031-03-03T15:01:01Z"}),
        ("closed_at", None),
        ("closed_at", {"absent": True}),
        ("missing", {"absent": True}),
        ("missing", {"ne": 3, "lacks": "x"}),
        ("state", {"absent": False}),
        ("items[*].x", {"absent": True, "length": 0}),
        ("log[*].event", {"contains": "escalated", "lacks": "closed", "length": 3}),
        ("log[*].event", {"contains": ["noted", "registered"], "lacks": ["closed", "paused"]}),
        ("log", {"contains": {"event": "registered", "detail": {"level": 1}}, "length": {"gte": 3, "lt": 4}}),
        ("log", {"lacks": {"event": "noted", "detail": {"level": 1}}}),
        ("state", {"contains": "pe", "length": 4}),
        ("escalation", {"contains": "level"}),
        ("escalation", {"eq": {"triggers": ["open_limit"], "level": 2}}),
        ("escalation.triggers", ["open_limit"]),
    ],
)
def test_an_expectation_that_is_true_holds(path: str, wanted: Any) -> None:
    assert holds(path, wanted, ANSWER)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("state", "closed"),
        ("state", {"ne": "open"}),
        ("state", {"gt": 3}),
        ("price", "0.11"),
        ("count", "three"),
        ("count", {"gte": 3, "lt": 3}),
        ("flag", 1),
        ("count", True),
        ("serial", "12"),
        ("due", "2031-03-03T15:01:01Z"),
        ("due", {"gte": "2031-03-03T15:01:01Z"}),
        ("due", {"lte": "2031-03-03T14:58:59Z"}),
        ("due", {"gt": "2031-03-03T15:00:00Z"}),
        ("due", {"lt": "2031-03-03T15:00:00Z"}),
        ("missing", "x"),
        ("missing", {"gt": 1}),
        ("missing", {"contains": "x"}),
        ("missing", {"length": 0}),
        ("missing", {"absent": False}),
        ("state", {"absent": True}),
        ("log[*].event", {"contains": ["noted", "closed"]}),
        ("log[*].event", {"lacks": ["closed", "noted"]}),
        ("log", {"contains": {"event": "noted", "detail": {"level": 1}}}),
        ("log[*].event", {"length": {"gt": 3}}),
        ("escalation", {"eq": {"level": 2}}),
        ("escalation.triggers", []),
        ("count", {"contains": 3}),
    ],
)
def test_an_expectation_that_is_false_fails(path: str, wanted: Any) -> None:
    assert not holds(path, wanted, ANSWER)


def test_a_star_at_the_root_reads_a_list_answer() -> None:
    assert holds("[*].event", {"contains": "noted"}, ANSWER["log"])


def test_an_empty_path_is_refused() -> None:
    with pytest.raises(ExpectationError):
        parse_check("", 1)
