"""The stack comes up from one command, keeps itself up, is found again after kill -9, and goes down clean."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from kit.ports import claim, holder, next_free
from kit.postgres import serving
from kit.problems import Problem
from kit.processes import Process
from postventa.stack import Stack, file_of, only_one, orphans, running

pytestmark = pytest.mark.engine


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder; whatever a failed test left running in it is ended."""
    with tempfile.TemporaryDirectory(prefix="pv-", ignore_cleanup_errors=True) as folder:
        path = Path(folder).resolve() / "data"
        yield path
        for pid in orphans(path):
            os.kill(pid, signal.SIGKILL)
        if server := serving(path / "postgres"):
            server.send(signal.SIGKILL)


def _environment(data: Path) -> dict[str, str]:
    outside = ("POSTVENTA_", "TEMPORAL_", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(outside)}
    return kept | {"POSTVENTA_DATA": str(data), "POSTVENTA_LANGUAGE": "en"}


def _command(data: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "postventa", *words],
        env=_environment(data),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@asynccontextmanager
async def _up(data: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`postventa up`, until it says that it is ready; killed at the end if it still runs."""
    launcher = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "postventa", "up",
        env=_environment(data), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        await _said(launcher, "Ready.")
        yield launcher
    finally:
        if launcher.returncode is None:
            launcher.kill()
        await launcher.communicate()


async def _said(launcher: asyncio.subprocess.Process, words: str) -> str:
    """The first line with these words."""
    assert launcher.stdout is not None
    heard = ""
    async with asyncio.timeout(120):
        while line := (await launcher.stdout.readline()).decode():
            heard += line
            if words in line:
                return line
    raise AssertionError(f"it ended without saying {words!r}:\n{heard}")


def _stack(data: Path) -> Stack:
    stack = running(data)
    assert stack is not None
    return stack


def _pids(stack: Stack) -> dict[str, int]:
    return {name: part.pid for name, part in stack.parts.items()}


def _lives(pid: int) -> bool:
    """Whether it still runs; one that only waits for its parent to notice its end does not."""
    process = Process.of(pid)
    return process is not None and process.running


async def _ready(stack: Stack) -> bool:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(f"http://127.0.0.1:{stack.port}/ready", timeout=10)).status_code == 200


async def test_up_answers_a_second_up_says_so_and_down_leaves_no_process(data: Path) -> None:
    async with _up(data) as launcher:
        stack = _stack(data)
        assert set(stack.parts) == {"postgres", "temporal", "workers", "api"}
        assert await _ready(stack)
        second = await asyncio.to_thread(_command, data, "up")
        assert (second.returncode, f"already running (pid {launcher.pid})" in second.stdout) == (0, True)
        assert stack.base_url in second.stdout
        looked = await asyncio.to_thread(_command, data, "doctor")
        assert "workers' version" in looked.stdout
        assert "migrations: current" in looked.stdout
        ended = await asyncio.to_thread(_command, data, "down")
        assert ended.returncode == 0
        assert await asyncio.wait_for(launcher.wait(), 60) == 0
    assert not any(_lives(pid) for pid in _pids(stack).values())
    assert not file_of(data).exists()


async def test_a_part_that_dies_is_started_again_and_ctrl_c_stops_everything(data: Path) -> None:
    async with _up(data) as launcher:
        before = _pids(_stack(data))
        for part in ("workers", "temporal", "postgres", "api"):
            os.kill(before[part], signal.SIGKILL)
            await _said(launcher, f"{part} is back")
        after = _pids(_stack(data))
        assert all(after[part] != before[part] for part in before)
        launcher.send_signal(signal.SIGINT)
        await _said(launcher, "All stopped.")
        assert await asyncio.wait_for(launcher.wait(), 60) == 0
    assert not any(_lives(pid) for pid in after.values())


async def test_after_kill_9_of_the_launcher_the_next_up_takes_over_what_it_left(data: Path) -> None:
    async with _up(data) as launcher:
        left = _pids(_stack(data))
        launcher.kill()
        await launcher.wait()
    assert all(_lives(pid) for pid in left.values())
    async with _up(data) as launcher:
        now = _pids(_stack(data))
        assert now["postgres"] == left["postgres"]
        assert not any(_lives(left[part]) for part in ("workers", "temporal", "api"))
        assert await _ready(_stack(data))
        launcher.kill()
        await launcher.wait()
    cleared = await asyncio.to_thread(_command, data, "down")
    assert cleared.returncode == 0
    assert not any(_lives(pid) for pid in now.values())


def test_a_default_port_that_is_taken_is_moved_and_one_asked_for_is_refused(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert next_free(port) != port
        assert next_free(port, taken=frozenset({port + 1})) not in (port, port + 1)
        assert f"pid {os.getpid()}" in holder(port)
        with pytest.raises(Problem) as refused:
            claim(port, "api", "POSTVENTA_PORT")
        assert (refused.value.code, refused.value.places["port"]) == ("port_busy", port)
        done = subprocess.run(
            [sys.executable, "-m", "postventa", "up"],
            env=_environment(data) | {"POSTVENTA_PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1
        assert f"Port {port} (api) is taken" in done.stderr
        assert "POSTVENTA_PORT" in done.stderr
        assert "Traceback" not in done.stderr


def test_without_a_stack_the_commands_say_how_to_start_it(data: Path) -> None:
    imported = _command(data, "import", __file__)
    assert (imported.returncode, "postventa up" in imported.stderr) == (1, True)
    assert "postventa up" in _command(data, "down").stdout


def test_only_one_launcher_has_a_folder_and_its_claim_ends_with_it(data: Path) -> None:
    with only_one(data) as first, only_one(data) as second:
        assert (first, second) == (True, False)
    with only_one(data) as again:
        assert again
