"""`GET /tasks`: the inbox of a role or a person, derived from the running cases (GEN-10)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime
from sqlalchemy import Row

from api.auth import Caller, require
from api.deps import Given
from api.errors import language, responses
from api.paging import Page, Paged
from api.ticket_verbs import path_of
from models.shared import task_store
from models.shared.actor import Actor, Role
from models.shared.tables import TaskRow
from models.ticket import task_words

Json = dict[str, Any]
OVERSEERS = (Role.SUPERVISOR, Role.MANAGER)
"""Who may look into the inbox of any role or person."""

router = APIRouter(tags=["tasks"])

_EXAMPLE: Json = {
    "items": [
        {
            "folio": "T-2031-000123",
            "key": "assign",
            "room": "ticket",
            "action": "assign",
            "settle": {"method": "POST", "path": "/tickets/T-2031-000123/assign"},
            "role": "supervisor",
            "user": None,
            "due": "2031-03-03T15:30:00Z",
            "overdue": False,
            "since": "2031-03-03T15:00:00Z",
            "sentence": "Asignar un ingeniero",
            "detail": {"covered": True, "again": False},
            "case": {
                "client": "C1", "client_name": "Cliente de ejemplo", "site": "S1", "site_name": "Matriz",
                "device": "LX450-0007", "symptom": "La impresora no enciende", "priority": "high",
                "state": "classified", "sla_breached": False,
            },
        }
    ],
    "next_cursor": None,
}  # fmt: skip


@router.get(
    "/tasks", summary="The inbox: who must do what, by when, and what settles it",
    responses=responses(401, 403, example=_EXAMPLE),
)  # fmt: skip
async def tasks(
    request: Request,
    given: Given,
    caller: Caller,
    page: Annotated[Page, Paged("due")],
    role: Annotated[
        Role | None, Query(description="Of this role; another than one's own: supervisor, manager")
    ] = None,
    user: Annotated[str | None, Query(description="Of this person", max_length=80)] = None,
    mine: Annotated[bool, Query(description="Only what names the caller")] = False,
    room: Annotated[
        str | None, Query(description="Of this process", examples=["ticket"], max_length=40)
    ] = None,
    overdue: Annotated[bool | None, Query(description="Past its date, or not")] = None,
    due_before: Annotated[AwareDatetime | None, Query(description="With a date before this one")] = None,
) -> Json:
    now = given.clock.now()
    asked = task_store.tasks().where(_whose(caller, role, user, mine))
    if room is not None:
        asked = asked.where(TaskRow.room == room)
    if overdue is not None:
        asked = asked.where(task_store.overdue(now, overdue))
    if due_before is not None:
        asked = asked.where(TaskRow.due < due_before)
    async with given.sessions() as session:
        rows = (await session.execute(page.window(asked, task_store.DUE, task_store.PLACE))).all()
    kept, cursor = page.cut(rows, lambda row: (row.sorted_by, row.place))
    items = [_shown(row, language(request)) for row in kept]
    for item, row in zip(items, kept, strict=True):
        item["overdue"] = row.TaskRow.due is not None and row.TaskRow.due < now
    return {"items": items, "next_cursor": cursor}


def _whose(caller: Actor, role: Role | None, user: str | None, mine: bool) -> Any:
    """The tasks that were asked for, never more than the caller may see (GEN-11)."""
    own = caller.client if caller.role is Role.CLIENT else caller.user
    foreign = role not in (None, caller.role) or user not in (None, own)
    if not foreign:
        seen = task_store.seen_by(caller)
        return seen & (TaskRow.user == own) if mine or user is not None else seen
    require(caller, *OVERSEERS)
    wanted = TaskRow.role == role if role is not None else TaskRow.user == user
    if role is not None and user is not None:
        wanted &= TaskRow.user == user
    return wanted & (TaskRow.user == own) if mine else wanted


_FACTS = ("client", "client_name", "site", "site_name", "device", "symptom", "priority", "state")


def _shown(row: Row[Any], spoken: str) -> Json:
    task: TaskRow = row.TaskRow
    return {
        "folio": task.folio,
        "key": task.key,
        "room": task.room,
        "action": task.action,
        "settle": {"method": "POST", "path": path_of(task.folio, task.action, task.detail.get("n"))},
        "role": task.role,
        "user": task.user or None,
        "due": task.due,
        "since": task.since,
        "sentence": task_words.sentence(task.key, task.action, task.role, task.detail, spoken),
        "detail": task.detail,
        "case": {**{name: getattr(row, name) or None for name in _FACTS}, "sla_breached": row.sla_breached},
    }
