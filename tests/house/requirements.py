"""Writes `docs/requirements.md`: every requirement with the tests that carry its mark. `python -m tests.house.requirements`.

Marks are read from the tests' source, so that nothing has to be run or even installed.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "requirements.md"

RULES: dict[str, dict[str, str]] = {
    "Every process": {
        "GEN-01": "A case is one durable workflow, the only owner of its state; the database holds what is read",
        "GEN-02": "A folio one can say on the phone, and a number under it for each later contact",
        "GEN-03": "The case log is append-only; an accepted action is in it exactly once, a refused one nowhere",
        "GEN-04": "A gate refuses at once with the complete list of what is missing; there is one door",
        "GEN-05": "The same request twice is one case, one action, one answer",
        "GEN-06": "Policy is versioned data; a case keeps the one it was opened under",
        "GEN-07": "Business time: calendars, holidays, changes of time zone, checked minute by minute",
        "GEN-08": "Notices in the recipient's language and channel, at most once; what failed is visible",
        "GEN-09": "A supervisor reads the case in the Temporal UI and filters by search attributes",
        "GEN-10": "The inbox: who must do what, by when, and which action settles it",
        "GEN-11": "Roles are enforced on every action by one table, which is also the documentation",
        "GEN-12": "A waiting case costs nothing, and continues as new within a budget",
        "GEN-13": "Bad input is a problem+json that says all that is wrong; away is 503, nothing half done",
        "GEN-14": "Evidence is kept outside histories, by content, checked, and served to who may see it",
        "GEN-15": "Personal data in histories is encrypted; an authorised person reads it in the UI",
        "GEN-16": "Recorded histories of every release replay",
        "GEN-17": "Time can be simulated: weeks in seconds, by the same code",
        "GEN-18": "Search before registering; a client's and a site's file",
        "GEN-19": "Notes, messages, promises that escalate when missed, corrections",
    },
    "Tickets": {
        "TCK-01": "Every contact ends registered, by whatever channel",
        "TCK-02": "The client gets the folio, and hears of every change that matters to it",
        "TCK-03": "The STAR record: symptom, testing, action, resolution",
        "TCK-04": "Type and priority are proposed, decided, and changed with a reason; coverage is shown",
        "TCK-05": "Two clocks in business time, as a ledger of segments",
        "TCK-06": "Warnings before a breach, each once; a breach is for ever",
        "TCK-07": "The supervisor assigns, the system proposes; nobody assigned is never silence",
        "TCK-08": "Contact, diagnosis, visits and parts",
        "TCK-09": "What escalates: triggers, and anyone on the case by hand",
        "TCK-10": "The ladder: supervisor, manager, director; acknowledged with a next step and its date",
        "TCK-11": "Not solved: escalate, reassign, diagnose again, every diagnosis kept",
        "TCK-12": "The close gate, and the only thing in it that can be waived",
        "TCK-13": "The client confirms, rejects, or is tried to be reached before a close without its word",
        "TCK-14": "On close: attention time and both clocks as a statement anyone can recompute",
        "TCK-15": "Reopen, merge, parent of an outage, cancel",
        "TCK-16": "Recurrence by device",
        "TCK-17": "Satisfaction, one click; a low score opens a recovery",
        "TCK-18": "Tickets open for weeks survive deploys",
        "TCK-19": "Indicators and their reviews",
        "TCK-20": "Solved in the first contact by the call centre, through the same gate",
        "TCK-21": "The account executive registers, sees, comments and is told",
        "TCK-22": "A breach that can be foreseen is said when it can be foreseen",
        "TCK-23": "A complaint is told apart from a failure",
    },
    "Performance (`make bench` measures; tests hold what can be counted)": {
        "PERF-1": "Ticket throughput against a bare workflow with the same updates",
        "PERF-2": "The same against one activity per effect",
        "PERF-3": "History events and payload sizes of a full ticket",
        "PERF-4": "Registering by HTTP until it is durable",
        "PERF-5": "Lists and indicators over a million closed cases",
        "PERF-6": "A month of a million devices",
        "PERF-7": "A finished period run again",
        "PERF-8": "A hundred thousand open tickets; timers due together",
        "PERF-9": "What encryption and the log cost",
        "PERF-10": "A simulated month of a thousand tickets",
    },
}
DELIVERED = frozenset(
    [f"GEN-{n:02}" for n in (*range(1, 12), *range(13, 18))]
    + [f"TCK-{n:02}" for n in (*range(2, 15), 18, 20)]
)
"""What this release promises: each of these has at least one test."""

PLANNED = {
    "DEL-01 … DEL-08": "Delivery and installation",
    "SWP-01 … SWP-05": "Equipment swap",
    "ANN-01 … ANN-14": "Avoiding the annulment of orders",
    "BIL-01 … BIL-11": "Monthly reading to invoice",
    "TON, PUR, INV, REM, QLT, CON": "Toner, purchasing, warehouse, remanufacturing, quality, consultive service",
    "GEN-20": "Out of scope by decision: sales strategy, accounting policy, collection, payroll, formal training",
}

Proofs = dict[str, dict[str, list[str]]]
"""Requirement → test file → names of its tests; an empty list is the whole file."""


def proofs() -> Proofs:
    """Every mark of every test file."""
    found: Proofs = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        file = path.relative_to(ROOT).as_posix()
        for requirement, test in _marks(ast.parse(path.read_text(encoding="utf-8"))):
            tests = found.setdefault(requirement, {}).setdefault(file, [])
            if test and test not in tests:
                tests.append(test)
    return found


def _marks(module: ast.Module) -> Iterator[tuple[str, str]]:
    whole = set()
    for node in module.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
        ):
            whole |= set(_ids(node.value))
    yield from ((requirement, "") for requirement in sorted(whole))
    for one in ast.walk(module):
        if isinstance(one, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in one.decorator_list:
                yield from ((id, one.name) for id in _ids(decorator) if id not in whole)


def _ids(node: ast.expr) -> Iterator[str]:
    """The ids of every `pytest.mark.req(...)` in an expression, also inside lists and parameters."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == "req":
            yield from (str(arg.value) for arg in one.args if isinstance(arg, ast.Constant))


def page() -> str:
    """The whole page, as it must stand in `docs/`."""
    found = proofs()
    lines = [
        "# Requirements and the tests that prove them",
        "",
        "Written by `python -m tests.house.requirements` from the `@pytest.mark.req` marks; a test holds this page to",
        "it. *Delivered* means that this release promises it; *begun* that parts of it are there and tested.",
    ]
    for title, rules in RULES.items():
        lines += ["", f"## {title}", "", "| id | rule | state | tests |", "|---|---|---|---|"]
        lines += [_row(id, rule, found.get(id, {})) for id, rule in rules.items()]
    lines += ["", "## Planned", "", "| id | what |", "|---|---|"]
    lines += [f"| {id} | {what} |" for id, what in PLANNED.items()]
    return "\n".join(lines) + "\n"


def _row(id: str, rule: str, tests: dict[str, list[str]]) -> str:
    state = "delivered" if id in DELIVERED else "begun" if tests else "planned"
    links = "<br>".join(_links(file, names) for file, names in sorted(tests.items()))
    return f"| {id} | {rule} | {state} | {links or '–'} |"


def _links(file: str, names: list[str]) -> str:
    said = ": " + ", ".join(f"`{name.removeprefix('test_')}`" for name in sorted(names)) if names else ""
    return f"[{file.removeprefix('tests/')}](../{file}){said}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
