"""Programs we start beside us: found again after a crash, stopped in order, their last words kept in a log."""

import asyncio
import os
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from kit.problems import Problem

_ENOSPC = "No space left on device"


class Process:
    """A process by its id and its time of birth, so that a number given again is never mistaken for it."""

    def __init__(self, pid: int, born: float, handle: "subprocess.Popen[bytes] | None" = None) -> None:
        self.pid = pid
        self.born = born
        self._handle = handle

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """The running process with this id, if there is one."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    @property
    def running(self) -> bool:
        if self._handle is not None:
            return self._handle.poll() is None
        try:
            found = psutil.Process(self.pid)
            return found.create_time() == self.born and found.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    @property
    def exit_code(self) -> int | None:
        return self._handle.poll() if self._handle is not None else None

    def send(self, sent: signal.Signals) -> None:
        if self.running:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sent)

    async def gone(self, within: float, every: float = 0.02) -> bool:
        """Whether it ended within so many seconds; looked at `every` so many."""
        deadline = asyncio.get_running_loop().time() + within
        while self.running:
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(every)
        return True

    async def stop(self, polite: signal.Signals = signal.SIGTERM, within: float = 15) -> None:
        """Asks it to end; after so many seconds it is killed."""
        self.send(polite)
        if not await self.gone(within):
            await self.kill()

    async def kill(self) -> None:
        """kill -9, as a power cut would."""
        self.send(signal.SIGKILL)
        await self.gone(5)


def spawn(
    argv: Sequence[str], log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Process:
    """Starts a program in a session of its own: Ctrl-C reaches us first, and we stop it in order."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        handle = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
        )
    try:
        born = psutil.Process(handle.pid).create_time()
    except psutil.NoSuchProcess:
        born = 0.0
    return Process(handle.pid, born, handle)


def program(name: str) -> str:
    """The path of a program that came with our environment's packages. Raises Problem("program_missing")."""
    folder = Path(sysconfig.get_path("scripts"))
    path = folder / name
    if not path.exists():
        raise Problem("program_missing", program=path)
    return str(path)


def last_words(log: Path, lines: int = 3) -> str:
    """The end of a log, for a message."""
    if not log.exists():
        return ""
    with log.open("rb") as text:
        text.seek(max(0, log.stat().st_size - 8192))
        tail = text.read().decode(errors="replace").splitlines()
    return " / ".join(line.strip() for line in tail[-lines:] if line.strip())


def check_space(folder: Path, needed_mb: int = 300) -> None:
    """Raises Problem("disk_full") before anything is written that could not be finished."""
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < needed_mb:
        raise Problem("disk_full", free=free, folder=folder, needed=needed_mb)


def filled_up(words: str) -> bool:
    """Whether a program's last words say that the disk is full."""
    return _ENOSPC in words or "disk is full" in words
