"""The house stands as `docs/design.md` says: floors, names, sizes, and nothing of anybody's machine."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.house.source import FLOORS, ROOT, name, python, tracked

LIMITS = {
    "workflows": 300,
    "models": 250,
    "activities": 200,
    "api": 150,
    "workers": 40,
    "kit": 250,
    "postventa": 250,
}
"""Lines past which one looks whether two concepts share a file; the test fails at one and a half times that."""
FUNCTION = 30
PLUMBING = {"api/auth.py": 250, "api/errors.py": 250, "workers/wiring.py": 100}
"""Not routers and not workers, though they stand beside them."""
DATA = (
    "models/migrations/versions/", "models/ticket/types.py", "models/company/types.py", "postventa/demo_day.py",
)  # fmt: skip
"""Lists of words, columns or scenes: they may be as long as what they list."""
ADDRESSES = re.compile(rb"(?<![\w.:/$}~-])/(?:work|root|home|Users)/[\w.]")
INDEXES = re.compile(rb"^\s*(?:--index-url|--extra-index-url|-i|--find-links|--trusted-host)\b", re.MULTILINE)


@pytest.mark.req("GEN-01")
def test_floors_import_downwards_only_and_what_is_true_knows_neither_engine_nor_web() -> None:
    assert lint_imports(str(ROOT / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS


@pytest.mark.req("GEN-01")
def test_only_the_recording_of_an_accepted_step_writes_the_read_model_and_the_log() -> None:
    writers = {"write_case", "write_log", "write_tasks", "write_answer"}
    callers = {
        name(path)
        for path in python(*FLOORS)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in writers
    }
    assert callers == {"activities/recording.py"}


def test_every_init_is_empty() -> None:
    full = [name(path) for path in tracked() if path.name == "__init__.py" and path.read_text().strip()]
    assert full == []


def test_nothing_is_called_utils_helpers_or_managers() -> None:
    vague = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"}
    parts = {
        part.removesuffix(".py") for path in python(*FLOORS, "tests") for part in path.relative_to(ROOT).parts
    }
    assert parts & vague == set()


def test_rules_of_a_room_ask_nothing_of_the_outside() -> None:
    banned = {"datetime.now", "datetime.utcnow", "time.time", "random.random", "uuid.uuid4", "os.environ"}
    asked = [
        (name(path), node.lineno, ast.unparse(node))
        for path in python("models", "workflows")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in banned
    ]
    assert asked == []


def test_no_file_is_half_again_as_long_as_its_floor_allows() -> None:
    sizes = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python(*LIMITS)}
    allowed = {
        file: PLUMBING.get(file, LIMITS[file.split("/")[0]]) for file in sizes if not file.startswith(DATA)
    }
    for file, limit in allowed.items():
        if sizes[file] > limit:
            sys.stdout.write(f"{file}: {sizes[file]} lines, {limit} is where to look again\n")
    for file, line, length in _long_functions():
        sys.stdout.write(f"{file}:{line}: a function of {length} lines\n")
    assert {file: sizes[file] for file, limit in allowed.items() if sizes[file] > limit * 1.5} == {}


def _long_functions() -> Iterator[tuple[str, int, int]]:
    for path in python(*FLOORS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION:
                    yield name(path), node.lineno, length


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = {name(path): hits for path in tracked() if (hits := _hits(ADDRESSES, path))}
    assert found == {}


def test_no_file_names_where_packages_come_from() -> None:
    assert {name(path): hits for path in tracked() if (hits := _hits(INDEXES, path))} == {}
    hosts = _package_hosts()
    named = [(name(path), host) for path in tracked() for host in hosts if host.encode() in path.read_bytes()]
    assert named == []
    locks = [path for path in tracked() if path.suffix == ".lock"]
    assert len(locks) == 2
    assert [name(path) for path in locks if b"://" in path.read_bytes()] == []


def _hits(pattern: re.Pattern[bytes], path: Path) -> list[str]:
    if path == Path(__file__):
        return []
    content = path.read_bytes()
    return [] if b"\0" in content[:8000] else [hit.decode() for hit in pattern.findall(content)]


def _package_hosts() -> set[str]:
    """The hosts this machine gets its packages from, besides the public index; none when nothing is configured."""
    said = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    return set(re.findall(r"https?://(?:[^@/\s]*@)?([\w.-]+)", said.stdout)) - {
        "pypi.org",
        "files.pythonhosted.org",
    }
