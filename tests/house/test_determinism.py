"""Nothing in a workflow looks outside, and nothing it decides depends on the order of a set (design.md, GEN-16).

Beside the SDK's sandbox, which sees only what runs, this reads what is written: the workflows, and every module of
the models that they pass through the sandbox, by their imports.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.engine_facts import ROOT

OUTSIDE = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.monotonic",
    "time.perf_counter",
    "time.sleep",
    "os.environ",
    "os.getenv",
    "os.urandom",
    "uuid.uuid1",
    "uuid.uuid4",
    "asyncio.sleep",
    "asyncio.wait",
    "asyncio.as_completed",
    "asyncio.create_task",
}
MODULES = {
    "random",
    "secrets",
    "socket",
    "subprocess",
    "threading",
    "requests",
    "httpx",
    "locale",
    "platform",
}
BUILTINS = {"open", "input", "hash", "id", "vars", "globals"}
SETS = {"set", "frozenset"}
ORDERED = {"sorted", "len", "min", "max", "any", "all", "sum", "frozenset", "set", "bool"}
"""What may take a set: its answer does not depend on the order."""

SEQUENCES = {
    "list",
    "tuple",
    "iter",
    "next",
    "enumerate",
    "zip",
    "map",
    "filter",
    "dict",
    "str",
    ".join",
    ".extend",
}
"""What makes something with an order of what it is given."""


def modules() -> list[Path]:
    """The workflows, and all of this project's modules that they import, directly or not."""
    found: dict[Path, None] = {}
    waiting = sorted((ROOT / "workflows").glob("*.py"))
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = None
            waiting += _imports(path)
    return sorted(found)


def _imports(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
        for name in names:
            file = ROOT.joinpath(*name.split(".")).with_suffix(".py")
            if file.exists() and name.split(".")[0] in ("models", "workflows"):
                yield file


def faults(source: str) -> list[str]:
    """What in a module's text looks outside, or goes through a set in whatever order it has."""
    tree = ast.parse(source)
    return [f"line {node.lineno}: {what}" for node, what in (*_outside(tree), *_sets(tree))]


def _outside(tree: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _dotted(node) in OUTSIDE:
            yield node, _dotted(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILTINS:
            yield node, f"{node.func.id}()"
        elif isinstance(node, ast.Import):
            yield from ((node, one.name) for one in node.names if one.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            yield node, str(node.module)


def _sets(tree: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """A set that is gone through: by a loop, a comprehension, a star, or what makes a sequence of it."""
    known = _names_of_sets(tree)
    for node in ast.walk(tree):
        for gone_through in _gone_through(node):
            if _is_set(gone_through, known):
                yield gone_through, f"the order of a set: {ast.unparse(gone_through)}"


def _gone_through(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.For | ast.AsyncFor):
        yield node.iter
    elif isinstance(node, ast.ListComp | ast.DictComp):
        yield from (one.iter for one in node.generators)
    elif isinstance(node, ast.GeneratorExp):
        yield from (one.iter for one in node.generators if not getattr(node, "unordered", False))
    elif isinstance(node, ast.Starred):
        yield node.value
    elif isinstance(node, ast.Call):
        if _called(node) in ORDERED:
            for argument in node.args:
                argument.unordered = True  # type: ignore[attr-defined]
        elif _called(node) in SEQUENCES:
            yield from node.args


def _called(node: ast.Call) -> str:
    """The name of a function, or that of a method after its point."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return f".{function.attr}"
    return function.id if isinstance(function, ast.Name) else ""


def _names_of_sets(tree: ast.AST) -> set[str]:
    """Names that a module gives to sets, by what it assigns or annotates."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _is_set(node.value, found):
            found |= {one.id for one in node.targets if isinstance(one, ast.Name)}
        elif isinstance(node, ast.AnnAssign | ast.arg) and node.annotation and _says_set(node.annotation):
            name = node.arg if isinstance(node, ast.arg) else getattr(node.target, "id", "")
            found.add(name)
    return found - {""}


def _says_set(annotation: ast.expr) -> bool:
    return ast.unparse(annotation).split("[")[0].lower() in (*SETS, "abstractset", "collection")


def _is_set(node: ast.expr, known: set[str]) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Name):
        return node.id in known
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
        return _is_set(node.left, known) or _is_set(node.right, known)
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Name):
            return function.id in SETS
        return isinstance(function, ast.Attribute) and function.attr in (
            "union",
            "intersection",
            "difference",
            "symmetric_difference",
        )
    return False


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.req("GEN-16", "TCK-18")
@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_workflow_is_made_of_looks_nowhere_outside_and_orders_what_it_goes_through(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


def test_every_rule_of_the_ticket_is_among_what_is_read() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in modules()}
    assert {"workflows/ticket.py", "models/ticket/timers.py", "models/shared/calendar.py"} <= names


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\nat = datetime.now()",
        "import random",
        "from secrets import token_hex",
        "import os\nhome = os.environ['HOME']",
        "for one in {1, 2}: pass",
        "names: set[str] = found()\nfirst = [one for one in names]",
        "def rule(given: frozenset[str]) -> str:\n    return ', '.join(given)",
        "codes = {1} | other\nlisted = list(codes)",
        "text = open('file').read()",
        "key = hash('name')",
    ],
)
def test_what_must_not_be_there_would_be_found(source: str) -> None:
    assert faults(source)


@pytest.mark.parametrize(
    "source",
    [
        "for one in sorted({1, 2}): pass",
        "found = 3 in {1, 2}",
        "held = any(one > 1 for one in {1, 2})",
        "names = {one for one in [1, 2]}",
        "both = len({1} | {2})",
    ],
)
def test_what_does_no_harm_is_let_be(source: str) -> None:
    assert faults(source) == []
