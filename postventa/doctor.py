"""Looks at everything the stack needs, says what is wrong and how to put it right."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.service import RPCError

from kit.database import MigrationState, create_engine, create_sessions, migration_state
from kit.engine_facts import ROOT, engine_facts
from kit.ports import free, holder
from kit.problems import Problem
from kit.settings import Settings
from kit.temporal import build_id, connect, current_version
from models.shared.message import Frozen
from models.shared.tables import OutboxRow, RequestRow
from postventa.stack import Stack, running
from postventa.texts import say

_SPACE_MB = 1_000
_ORPHAN_AFTER = timedelta(hours=1)


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    BAD = "bad"


class Finding(Frozen):
    """One thing looked at. `fix` is empty when nothing is wrong."""

    verdict: Verdict
    what: str
    fix: str = ""


def _ok(what: str) -> Finding:
    return Finding(verdict=Verdict.OK, what=what)


def _bad(what: str, fix: str) -> Finding:
    return Finding(verdict=Verdict.BAD, what=what, fix=fix)


def _warning(what: str, fix: str) -> Finding:
    return Finding(verdict=Verdict.WARNING, what=what, fix=fix)


async def examine(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    """Every finding, the machine first, then the running stack."""
    yield _python(sys.version_info[:3])
    yield _packages(ROOT / "requirements.lock")
    yield _data(settings.data)
    yield _space(settings.data)
    stack = running(settings.data)
    if stack is None:
        for finding in _ports(settings):
            yield finding
        yield _warning(say("not_up"), say("up_fix"))
        return
    for finding in _parts(stack):
        yield finding
    with stack.applied():
        here = Settings()
        async for finding in _engine(here):
            yield finding
        async for finding in _database(here, now):
            yield finding


def _python(found: tuple[int, ...]) -> Finding:
    text = say("python", found=".".join(map(str, found)))
    return _ok(text) if found >= (3, 11) else _bad(text, say("python_fix"))


def locked(lock: Path) -> dict[str, str]:
    """Name and version of every package of a lock file."""
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)", lock.read_text(), flags=re.MULTILINE))


def _packages(lock: Path) -> Finding:
    wanted = locked(lock)
    wrong = []
    for name, version in wanted.items():
        found = ""
        with suppress(metadata.PackageNotFoundError):
            found = metadata.version(name)
        if found != version:
            wrong.append(f"{name} {found or '–'} ≠ {version}")
    if wrong:
        return _bad(say("packages_differ", names=", ".join(wrong)), say("packages_fix"))
    return _ok(say("packages", count=len(wanted)))


def _data(folder: Path) -> Finding:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    text = say("data", folder=folder)
    return _ok(text) if os.access(there, os.W_OK | os.X_OK) else _bad(text, say("data_fix"))


def _space(folder: Path) -> Finding:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free_mb = shutil.disk_usage(there).free // 1_000_000
    text = say("space", free=free_mb, folder=folder)
    return _ok(text) if free_mb >= _SPACE_MB else _bad(text, say("space_fix"))


def _ports(settings: Settings) -> list[Finding]:
    wanted = {"api": settings.port} | {
        f"temporal {role}": port for role, port in engine_facts().ports.model_dump().items()
    }
    return [
        _ok(say("port", port=port, role=role))
        if free(port)
        else _warning(say("port_taken", port=port, role=role, holder=holder(port)), say("port_fix"))
        for role, port in wanted.items()
    ]


def _parts(stack: Stack) -> list[Finding]:
    found = [_ok(say("stack", pid=stack.launcher.pid))]
    for name, part in stack.parts.items():
        if not part.running:
            log = stack.data / "logs" / f"{name}.log"
            found.append(_bad(say("part_dead", part=name), say("part_fix", log=log)))
    return found


async def _engine(settings: Settings) -> AsyncIterator[Finding]:
    try:
        async with asyncio.timeout(10):
            client = await connect(settings)
            current = await current_version(client)
    except (RPCError, RuntimeError, TimeoutError, Problem) as error:
        yield _bad(say("engine_away", why=error), say("version_fix"))
        return
    yield _ok(say("engine", address=client.service_client.config.target_host, namespace=client.namespace))
    if current == build_id():
        yield _ok(say("version", found=current))
    else:
        yield _bad(say("version_other", found=current or "–", expected=build_id()), say("version_fix"))


async def _database(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    try:
        async with asyncio.timeout(10):
            state = await migration_state(settings.database_url)
    except (OSError, SQLAlchemyError, TimeoutError) as error:
        yield _bad(say("database_away", why=error), say("version_fix"))
        return
    yield _ok(say("database"))
    if state is not MigrationState.CURRENT:
        yield _bad(say("migrations", found=state), say("migrations_fix"))
        return
    yield _ok(say("migrations", found=state))
    engine = create_engine(settings.database_url)
    try:
        async with create_sessions(engine)() as session:
            yield await _reservations(session, now)
            yield await _outbox(session)
    finally:
        await engine.dispose()


async def _reservations(session: AsyncSession, now: datetime) -> Finding:
    """Folios that were reserved and never became a case: harmless when young, forgotten when old."""
    left = select(func.count()).where(RequestRow.revision.is_(None), RequestRow.at < now - _ORPHAN_AFTER)
    count = (await session.execute(left)).scalar_one()
    text = say("reservations", count=count)
    return _warning(text, say("reservations_fix")) if count else _ok(text)


async def _outbox(session: AsyncSession) -> Finding:
    rows = await session.execute(
        select(OutboxRow.state, func.count().label("messages")).group_by(OutboxRow.state)
    )
    by_state = {row.state: row.messages for row in rows}
    text = say(
        "outbox",
        failed=by_state.get("failed", 0),
        doubt=by_state.get("doubt", 0),
        waiting=by_state.get("pending", 0) + by_state.get("sending", 0),
    )
    unsettled = by_state.get("failed", 0) + by_state.get("doubt", 0)
    return _warning(text, say("outbox_fix")) if unsettled else _ok(text)
