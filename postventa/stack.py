"""The running stack as it is written down: `.data/stack.json`, by which `down`, `doctor` and `import` find it."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from pydantic import ValidationError

from kit.engine_facts import engine_facts
from kit.processes import Process
from models.shared.message import Frozen

MARK = "POSTVENTA_STACK"
"""In the environment of every process we start, with the data folder: an orphan is known by it."""


class Part(Frozen):
    """One process of the stack."""

    pid: int
    born: float

    @property
    def running(self) -> bool:
        return Process(self.pid, self.born).running


class Stack(Frozen):
    """A running stack. An empty `temporal_address` or `mailbox` is one of the operator's own."""

    release: str
    data: Path
    launcher: Part
    parts: dict[str, Part] = {}
    host: str
    port: int
    base_url: str
    database_url: str
    temporal_address: str = ""
    temporal_ui_url: str = ""
    temporal_ports: dict[str, int] = {}
    smtp_url: str = ""
    ready: bool = False

    def environment(self) -> dict[str, str]:
        """The settings of a program that works with this stack."""
        settings = {
            MARK: str(self.data),
            "POSTVENTA_DATA": str(self.data),
            "POSTVENTA_HOST": self.host,
            "POSTVENTA_PORT": str(self.port),
            "POSTVENTA_TEMPORAL_UI_URL": self.temporal_ui_url,
            "DATABASE_URL": self.database_url,
        }
        if self.smtp_url:
            settings["POSTVENTA_SMTP_URL"] = self.smtp_url
        if self.temporal_address:
            settings["TEMPORAL_ADDRESS"] = self.temporal_address
            settings["TEMPORAL_NAMESPACE"] = engine_facts().namespace
            settings["TEMPORAL_CONFIG_FILE"] = os.devnull
        return settings

    @contextmanager
    def applied(self) -> Iterator[None]:
        """For a block, this process has the stack's settings too: the SDK looks for the engine in the environment."""
        added = self.environment()
        before = {name: os.environ.get(name) for name in added}
        os.environ.update(added)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def file_of(data: Path) -> Path:
    return data / "stack.json"


def written(data: Path) -> Stack | None:
    """What was written down last, whether it still runs or not."""
    with suppress(OSError, ValidationError):
        return Stack.model_validate_json(file_of(data).read_text())
    return None


def running(data: Path) -> Stack | None:
    """The stack whose launcher lives, or None."""
    stack = written(data)
    return stack if stack and stack.launcher.running else None


def write(stack: Stack) -> None:
    """Replaces the file at once; it holds the database's address, so only its owner reads it."""
    draft = file_of(stack.data).with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(stack.model_dump_json(indent=1))
    draft.replace(file_of(stack.data))


@contextmanager
def only_one(data: Path) -> Iterator[bool]:
    """Whether we are the one launcher of this folder; the claim ends with the process, however it ends."""
    data.mkdir(parents=True, exist_ok=True, mode=0o711)
    with (data / "stack.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def orphans(data: Path) -> Mapping[int, str]:
    """Processes that a launcher of this folder started and did not live to stop: their command by pid."""
    found: dict[int, str] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == str(data):
                found[process.pid] = " ".join(process.cmdline()[-3:])
    return found
