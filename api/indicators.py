"""`GET /indicators/ticket`: how well tickets were served in a period (TCK-19)."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from api.auth import Caller, require
from api.deps import Given
from api.errors import responses
from models.shared.actor import Role
from models.shared.errors import Fault, Invalid
from models.shared.policy_store import current_policy
from models.ticket import indicator_store, indicators
from models.ticket.indicators import Fact

Json = dict[str, Any]
READERS = (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR, Role.QUALITY)
USUAL = timedelta(days=30)
"""The period when none is asked for: so long until now."""

Instant = Annotated[AwareDatetime | date, Field(union_mode="left_to_right")]


class By(StrEnum):
    TYPE = "type"
    CLIENT = "client"
    PRIORITY = "priority"


router = APIRouter(prefix="/indicators", tags=["indicators"])

_TOTAL: Json = indicators.measure(
    [
        Fact(client="C1", type="technical_failure", priority="medium", cancelled=False, resolved=True, first_response=25,
             first_response_in_time=True, resolution=310, resolution_in_time=True, first_contact=True),
    ], closed=1, still_open=3,
).model_dump(mode="json")  # fmt: skip
_EXAMPLE: Json = {
    "from": "2031-03-01T06:00:00Z",
    "to": "2031-04-01T06:00:00Z",
    "by": "priority",
    "total": _TOTAL,
    "groups": [{"key": "medium", **_TOTAL}],
    "recurrence": [{"device": "LX450-0007", "failures": 3}],
    "now": {
        "by_channel": {"phone": 4},
        "by_state": {"assigned": 3, "closed": 1},
        "by_level": {"0": 3, "1": 1},
        "sla": {"breached": 1, "in_time": 3},
        "notifications": {"pending": 0, "sending": 0, "sent": 12, "failed": 0, "doubt": 0},
    },
}


@router.get(
    "/ticket",
    summary="How well tickets were served in a period, in all and by type, client or priority",
    responses=responses(401, 403, example=_EXAMPLE),
)
async def ticket(
    given: Given,
    caller: Caller,
    from_: Annotated[
        Instant | None,
        Query(alias="from", description="A day, or an instant; 30 days before `to` when missing"),
    ] = None,
    to: Annotated[
        Instant | None, Query(description="A day, included, or an instant, not included; now")
    ] = None,
    by: By | None = None,
) -> Json:
    require(caller, *READERS)
    now = given.clock.now()
    async with given.sessions() as session:
        _, policy = await current_policy(session)
        zone = ZoneInfo(policy.calendars[policy.ticket.calendar].timezone)
        until = _instant(to, zone, days=1) if to else now
        since = _instant(from_, zone) if from_ else until - USUAL
        if until <= since:
            raise _backwards()
        facts = await indicator_store.facts(session, since, until, now)
        closed = await indicator_store.closed(session, since, until, by)
        still_open = await indicator_store.still_open(session, until, by)
        recurring = await indicator_store.recurring(session, since, until)
        present = await indicator_store.summary(session)
    return {
        "from": since,
        "to": until,
        "by": by,
        "total": indicators.measure(facts, sum(closed.values()), sum(still_open.values())),
        "groups": _groups(facts, closed, still_open, by) if by else [],
        "recurrence": [{"device": device, "failures": failures} for device, failures in recurring],
        "now": present,
    }


def _groups(facts: list[Fact], closed: dict[str, int], still_open: dict[str, int], by: By) -> list[Json]:
    keys = sorted({getattr(one, by) for one in facts} | closed.keys() | still_open.keys())
    return [
        {
            "key": key or None,
            **indicators.measure(
                [one for one in facts if getattr(one, by) == key], closed.get(key, 0), still_open.get(key, 0)
            ).model_dump(),
        }
        for key in keys
    ]


def _instant(said: datetime | date, zone: ZoneInfo, days: int = 0) -> datetime:
    """A day begins at its midnight where the tickets' calendar is."""
    if isinstance(said, datetime):
        return said.astimezone(UTC)
    return datetime.combine(said + timedelta(days=days), time(), zone).astimezone(UTC)


def _backwards() -> Invalid:
    message = "El periodo debe terminar después de empezar."
    return Invalid(message, code="period", faults=(Fault(code="period", message=message, path="to"),))
