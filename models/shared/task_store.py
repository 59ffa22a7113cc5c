"""The inbox as SQL: tasks of running cases with the facts of their case (GEN-10). Never commits."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, func, literal, or_, select

from models.shared.actor import Actor, Role
from models.shared.tables import CaseRow, TaskRow

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""What a task without a date is sorted by: last."""

DUE: ColumnElement[datetime] = func.coalesce(TaskRow.due, literal(NEVER)).label("sorted_by")
PLACE: ColumnElement[str] = (TaskRow.folio + "/" + TaskRow.key).label("place")


def tasks() -> Any:
    """Every task with what its case is about: `symptom` and `client_name` as the case's document has them."""
    text = func.jsonb_extract_path_text
    asked: Any = select(
        TaskRow,
        DUE,
        PLACE,
        CaseRow.client,
        CaseRow.site,
        CaseRow.device,
        CaseRow.priority,
        CaseRow.state,
        CaseRow.sla_breached,
        text(CaseRow.document, "symptom", type_=String).label("symptom"),
        text(CaseRow.document, "place", "client_name", type_=String).label("client_name"),
        text(CaseRow.document, "place", "site_name", type_=String).label("site_name"),
    )
    return asked.join(CaseRow, CaseRow.folio == TaskRow.folio)


def seen_by(person: Actor) -> ColumnElement[bool]:
    """What a person has to do: the tasks of its role and those that name it (GEN-11).

    An engineer has only those that name it; a client those that name its company.
    """
    if person.role is Role.CLIENT:
        return and_(
            TaskRow.role == Role.CLIENT, TaskRow.user == person.client, CaseRow.client == person.client
        )
    if person.role is Role.ENGINEER:
        return TaskRow.user == person.user
    return or_(TaskRow.role == person.role, TaskRow.user == person.user)


def overdue(at: datetime, late: bool) -> ColumnElement[bool]:
    """Past its date, or not; without a date nothing is."""
    return TaskRow.due < at if late else or_(TaskRow.due.is_(None), TaskRow.due >= at)
