"""The day list of visits as SQL over the tickets' documents (TCK-08). Never commits."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    String,
    cast,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import undefer

from models.shared.tables import CaseRow
from models.ticket.messages import ROOM
from models.ticket.types import Place

_HOME = Place().timezone
"""The time zone of a site that says none: documents leave defaults out."""

_EACH = func.jsonb_each(CaseRow.document["visits"]).table_valued("key", "value", name="visit")
_VISIT = cast(_EACH.c.value, JSONB)
_ZONE: ColumnElement[str] = func.coalesce(
    func.jsonb_extract_path_text(CaseRow.document, "place", "timezone", type_=String), literal(_HOME)
)

START: ColumnElement[datetime] = cast(_VISIT["start"].astext, DateTime(timezone=True)).label("start")
NUMBER: ColumnElement[int] = cast(_VISIT["n"].astext, Integer).label("n")
PLACE: ColumnElement[str] = (CaseRow.folio + "/" + _VISIT["n"].astext).label("place")


def visits(day: date | None, now: datetime) -> Any:
    """The visits whose window begins on a day of the site's own calendar; today there when none is given.

    A visit of a ticket that was over before that day is no work of it.
    """
    local = cast(func.timezone(_ZONE, START), Date)
    wanted = literal(day, Date) if day else cast(func.timezone(_ZONE, literal(now)), Date)
    begins = func.timezone(_ZONE, cast(wanted, DateTime(timezone=False)))
    return (
        select(CaseRow, NUMBER, START, PLACE)
        .join(_EACH, true())
        .where(CaseRow.room == ROOM, local == wanted, CaseRow.open | (CaseRow.updated_at >= begins))
        .options(undefer(CaseRow.document))
    )
