"""All the SQL of what every case shares: read model, log, inbox, folios, requests. Never commits (GEN-01, GEN-03)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from models.shared.case import Columns, Event, RecordStep, Request, Task
from models.shared.patch import JsonObject, merge
from models.shared.tables import CaseRow, FolioRow, LogRow, RequestRow, RevisionRow, TaskRow


async def reserve_folio(session: AsyncSession, request: Request, prefix: str, at: datetime) -> RequestRow:
    """The folio of a registration: the one this request was given before, or the next of the year (GEN-02, GEN-05).

    The folio is the caller's once this transaction commits; the same request always gets the same one.
    """
    claimed = await session.execute(
        upsert(RequestRow)
        .values(key=request.key, fingerprint=request.fingerprint, folio="", at=at)
        .on_conflict_do_nothing()
        .returning(RequestRow.key)
    )
    if claimed.scalar_one_or_none() is None:
        return (
            await session.scalars(select(RequestRow).where(RequestRow.key == request.key).with_for_update())
        ).one()
    number = await session.scalar(
        upsert(FolioRow)
        .values(prefix=prefix, year=at.year, last=1)
        .on_conflict_do_update(index_elements=["prefix", "year"], set_={"last": FolioRow.last + 1})
        .returning(FolioRow.last)
    )
    folio = f"{prefix}-{at.year}-{number:06d}"
    await session.execute(update(RequestRow).where(RequestRow.key == request.key).values(folio=folio))
    return RequestRow(key=request.key, fingerprint=request.fingerprint, folio=folio, revision=None, at=at)


async def locked(session: AsyncSession, folio: str) -> tuple[int, JsonObject, int] | None:
    """Revision, document and last log line of a case, held until the transaction ends; None when it is new."""
    last = select(func.coalesce(func.max(LogRow.seq), 0)).where(LogRow.folio == folio).scalar_subquery()
    found = await session.execute(
        select(CaseRow.revision, CaseRow.document, last).where(CaseRow.folio == folio).with_for_update()
    )
    row = found.one_or_none()
    return (row[0], row[1], row[2]) if row else None


async def recorded(session: AsyncSession, step: RecordStep) -> bool:
    """Whether the revision on record is this very step, and not another one of the same number."""
    row = await session.get(RevisionRow, (step.folio, step.revision))
    key = step.request.key if step.request else None
    return row is not None and (row.verb, row.request_key, row.patch) == (step.verb, key, step.patch)


async def write_case(
    session: AsyncSession, room: str, step: RecordStep, document: JsonObject, columns: Columns
) -> None:
    """The read model as this step leaves it."""
    values = {**columns.model_dump(), "revision": step.revision, "updated_at": step.at, "document": document}
    if step.revision == 1:
        await session.execute(insert(CaseRow).values(folio=step.folio, room=room, **values))
    else:
        await session.execute(update(CaseRow).where(CaseRow.folio == step.folio).values(**values))


async def write_log(session: AsyncSession, step: RecordStep, last: int) -> None:
    """The step and its lines, after the `last` one."""
    key = step.request.key if step.request else None
    row = {"folio": step.folio, "revision": step.revision, "at": step.at, "verb": step.verb}
    await session.execute(insert(RevisionRow).values(**row, request_key=key, patch=step.patch))
    if step.events:
        lines = [_line(step, event, last + i) for i, event in enumerate(step.events, start=1)]
        await session.execute(insert(LogRow), lines)


async def write_tasks(session: AsyncSession, room: str, step: RecordStep, tasks: Sequence[Task]) -> None:
    """The case's part of the inbox; a task that goes on keeps since when it is there."""
    keys = [task.key for task in tasks]
    await session.execute(delete(TaskRow).where(TaskRow.folio == step.folio, TaskRow.key.not_in(keys)))
    if not tasks:
        return
    rows = [
        {"folio": step.folio, "room": room, "since": step.at, **task.model_dump(mode="python")}
        for task in tasks
    ]
    asked = upsert(TaskRow)
    kept = {name: asked.excluded[name] for name in ("action", "role", "user", "due", "detail")}
    await session.execute(asked.on_conflict_do_update(index_elements=["folio", "key"], set_=kept), rows)


async def write_answer(session: AsyncSession, step: RecordStep) -> None:
    """From now on the same request is answered from here, whatever becomes of the run (GEN-05)."""
    if step.request is None:
        return
    row = {
        "key": step.request.key,
        "fingerprint": step.request.fingerprint,
        "folio": step.folio,
        "revision": step.revision,
        "at": step.at,
    }
    asked = upsert(RequestRow).values(row)
    await session.execute(
        asked.on_conflict_do_update(
            index_elements=["key"],
            set_={"revision": asked.excluded.revision},
            where=RequestRow.revision.is_(None),
        )
    )


async def at_revision(session: AsyncSession, folio: str, revision: int) -> tuple[JsonObject, datetime]:
    """The document of a case as it was at a revision, and when that was: its patches folded (GEN-05)."""
    rows = await session.execute(
        select(RevisionRow.patch, RevisionRow.at)
        .where(RevisionRow.folio == folio, RevisionRow.revision <= revision)
        .order_by(RevisionRow.revision)
    )
    document: JsonObject = {}
    at: datetime | None = None
    for patch, at in rows:  # noqa: B007  (the last one's time is the answer's)
        document = merge(document, patch)
    if at is None:
        raise LookupError(f"{folio} has no revision {revision}")
    return document, at


async def log_lines(session: AsyncSession, folio: str, revision: int | None = None) -> list[dict[str, Any]]:
    """The case log in order, up to a revision when one is given."""
    asked = select(LogRow).where(LogRow.folio == folio).order_by(LogRow.seq)
    if revision is not None:
        asked = asked.where(LogRow.revision <= revision)
    return [
        {
            "seq": row.seq,
            "at": row.at.isoformat().replace("+00:00", "Z"),
            "event": row.event,
            "actor": row.actor,
            "role": row.role,
            "detail": row.detail,
            "evidence": row.evidence,
        }
        for row in await session.scalars(asked)
    ]


def _line(step: RecordStep, event: Event, seq: int) -> dict[str, Any]:
    return {
        "folio": step.folio,
        "seq": seq,
        "revision": step.revision,
        "at": step.at,
        "event": event.event,
        "actor": event.actor.user,
        "role": event.actor.role.value,
        "detail": event.detail,
        "evidence": list(event.evidence),
    }
