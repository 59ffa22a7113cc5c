"""What the clocks of a case would be, by the policy in force, without opening one (TCK-05)."""

from typing import Any

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, ConfigDict, Field

from api.auth import actor
from api.deps import Given
from api.errors import responses
from api.texts import ES, sentence
from models.shared.clock_preview import PauseSpan, Preview, Targets, preview
from models.shared.errors import Fault, Invalid
from models.shared.message import Strict
from models.shared.policy import Policy, budgets, case_calendar
from models.shared.policy_store import current_policy
from models.ticket.types import Priority

_ASKED: dict[str, Any] = {
    "priority": "high",
    "opened_at": "2031-03-03T09:00:00-06:00",
    "calendar": "business",
    "pauses": [{"from": "2031-03-03T10:00:00-06:00", "to": "2031-03-03T11:30:00-06:00"}],
    "at": "2031-03-03T12:00:00-06:00",
}
_ANSWERED: dict[str, Any] = {
    "first_response": {"due_at": "2031-03-03T16:00:00Z", "consumed_minutes": 180, "remaining_minutes": 0},
    "resolution": {"due_at": "2031-03-04T16:30:00Z", "consumed_minutes": 90, "remaining_minutes": 390},
}


class PauseBody(Strict):
    """A pause from one instant to another; without an end it lasts."""

    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime | None = None


class PreviewBody(Strict):
    """`calendar` is a name of the policy (else the tickets' own), `service_level` that of the client's contract."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ASKED]})

    priority: Priority
    opened_at: AwareDatetime
    calendar: str = Field(default="", max_length=80)
    service_level: str = Field(default="", max_length=80)
    pauses: tuple[PauseBody, ...] = Field(default=(), max_length=1000)
    at: AwareDatetime


router = APIRouter(prefix="/sla", tags=["sla"])


@router.post(
    "/preview",
    summary="Both clocks for a priority, an opening time and pauses, without opening anything",
    dependencies=[Depends(actor)],
    responses=responses(401, example=_ANSWERED),
)
async def preview_clocks(given: Given, body: PreviewBody) -> Preview:
    async with given.sessions() as session:
        _, policy = await current_policy(session)
    return previewed(policy, body)


def previewed(policy: Policy, body: PreviewBody) -> Preview:
    """The clocks under a policy; raises `Invalid` for an unknown calendar and for times that contradict."""
    if body.calendar and body.calendar not in policy.calendars:
        message = sentence("unknown_calendar", ES, name=body.calendar)
        fault = Fault(code="unknown_calendar", message=message, path="calendar")
        raise Invalid(message, code="unknown_calendar", faults=(fault,))
    budget = getattr(budgets(policy.ticket, body.service_level), body.priority)
    spans = [PauseSpan.model_validate({"from": pause.from_, "to": pause.to}) for pause in body.pauses]
    calendar = case_calendar(policy, body.calendar, body.opened_at.year, body.at.year)
    targets = Targets(first_response=budget.first_response, resolution=budget.resolution)
    return preview(targets, calendar, body.opened_at, spans, body.at)
