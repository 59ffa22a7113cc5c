"""The lock files hold what pyproject asks for, with hashes and without addresses."""

import re
import tomllib
from pathlib import Path

import pytest

from kit.engine_facts import ROOT
from postventa.doctor import locked

RUN, DEV = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _asked(*extras: str) -> dict[str, tuple[int, ...]]:
    """The least version pyproject asks for, by package."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = list(document["project"]["dependencies"]) + document["build-system"]["requires"]
    for extra in extras:
        wanted += document["project"]["optional-dependencies"][extra]
    parsed = (re.match(r"([\w.-]+)(?:\[[\w,]+\])?>=([\d.]+)$", item) for item in wanted)
    return {_canonical(found[1]): _version(found[2]) for found in parsed if found}


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


@pytest.mark.parametrize(("lock", "extras"), [(RUN, ()), (DEV, ("dev",))])
def test_everything_pyproject_asks_for_is_locked_at_a_version_it_accepts(
    lock: Path, extras: tuple[str, ...]
) -> None:
    held = {_canonical(name): _version(version) for name, version in locked(lock).items()}
    asked = _asked(*extras)
    assert len(asked) > 20
    assert {name for name, least in asked.items() if held.get(name, ()) < least} == set()


def test_run_and_development_agree_on_every_version() -> None:
    run, dev = locked(RUN), locked(DEV)
    assert {name: dev.get(name) for name in run} == run


@pytest.mark.parametrize("lock", [RUN, DEV])
def test_every_package_has_hashes_and_no_line_names_a_place(lock: Path) -> None:
    text = lock.read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", text.strip()) if not entry.startswith("#")]
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert re.search(r"://|--index|--find|--trusted|\s@\s|file:\S", text) is None
