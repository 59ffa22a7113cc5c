"""`/users/{id}`: absences, shifts, and the work of one who is ill given to others (TCK-07)."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, ConfigDict, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from api import once, reassigning
from api.auth import Caller, require
from api.deps import Given
from api.errors import responses
from api.idempotency import Identity
from models.company import store as company
from models.company.duty import is_shift
from models.company.types import Absence, Person
from models.shared.actor import Role
from models.shared.errors import Fault, Invalid, Unknown
from models.shared.message import Strict
from models.shared.policy_store import current_policy
from models.ticket.messages import Line, Reach, Words

Json = dict[str, Any]
PLANNERS = (Role.SUPERVISOR, Role.MANAGER)
User = Annotated[str, Path(description="The user's id", max_length=80, examples=["engineer1"])]

router = APIRouter(prefix="/users", tags=["users"])

_FROM, _TO = "2031-03-04T09:00:00-06:00", "2031-03-07T18:00:00-06:00"
_ABSENCE: Json = {"user": "engineer1", "from": _FROM, "to": _TO, "reason": "Incapacidad", "by": "supervisor"}
_OUTCOME: Json = {
    "user": "engineer1",
    "reassigned": 1,
    "items": [
        {"folio": "T-2031-000123", "outcome": "reassigned", "engineer": "engineer2", "code": "", "message": ""},
        {
            "folio": "T-2031-000130", "outcome": "nobody_eligible", "engineer": None, "code": "nobody_eligible",
            "message": "Ningún ingeniero disponible atiende esa zona y ese modelo.",
        },
    ],
}  # fmt: skip


class AbsenceBody(Strict):
    """From an instant to another, the second one outside it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"from": _FROM, "to": _TO, "reason": "Incapacidad"}]}
    )

    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    reason: Line

    @model_validator(mode="after")
    def _forwards(self) -> "AbsenceBody":
        if self.to <= self.from_:
            raise Invalid(
                _ENDS, code="ends_before", faults=(Fault(code="ends_before", message=_ENDS, path="to"),)
            )
        return self


_ENDS = "La ausencia debe terminar después de empezar."


class ShiftBody(Strict):
    """A calendar of the policy, or hours of its days ("08:00-16:00", several with `;`); empty is the usual ones."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"shift": "08:00-16:00"}]})

    shift: Reach


class ReassignBody(Strict):
    """Without `to` each ticket goes to the engineer the system proposes first for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Incapacidad"}]})

    to: Line | None = None
    reason: Words


@router.post(
    "/{id}/absences",
    status_code=201,
    summary="Enter a time somebody is not there",
    responses=responses(400, 401, 403, 404, example=_ABSENCE, success=201),
)
async def add_absence(given: Given, caller: Caller, identity: Identity, id: User, body: AbsenceBody) -> Json:
    require(caller, *PLANNERS)
    now = given.clock.now().replace(microsecond=0)
    absence = Absence(user=id, starts_at=body.from_, ends_at=body.to, reason=body.reason, by=caller.user)
    async with given.sessions.begin() as session:
        await _person(session, id)
        if await once.before(session, identity, now) is None:
            await company.add_absence(session, absence, now)
            await once.made(session, identity, f"users/{id}/absences")
    return _shown(absence)


@router.get(
    "/{id}/absences",
    summary="The absences of somebody that are not over",
    responses=responses(401, 403, 404, example={"items": [_ABSENCE], "next_cursor": None}),
)
async def absences(given: Given, caller: Caller, id: User) -> Json:
    if caller.user != id:
        require(caller, *PLANNERS)
    async with given.sessions() as session:
        await _person(session, id)
        found = await company.absences(session, [id], given.clock.now())
    return {"items": [_shown(one) for one in found], "next_cursor": None}


@router.post(
    "/{id}/shift",
    summary="Say when somebody works",
    responses=responses(400, 401, 403, 404, example={"user": "engineer1", "shift": "08:00-16:00"}),
)
async def set_shift(given: Given, caller: Caller, identity: Identity, id: User, body: ShiftBody) -> Json:
    require(caller, *PLANNERS)
    now = given.clock.now().replace(microsecond=0)
    async with given.sessions.begin() as session:
        await _person(session, id)
        _, policy = await current_policy(session)
        if not is_shift(body.shift, policy):
            message = f"«{body.shift}» no es un calendario ni un horario como 08:00-16:00."
            raise Invalid(message, code="shift", faults=(Fault(code="shift", message=message, path="shift"),))
        if await once.before(session, identity, now) is None:
            await company.set_shift(session, id, body.shift)
            await once.made(session, identity, f"users/{id}/shift")
    return {"user": id, "shift": body.shift}


@router.post(
    "/{id}/reassign",
    summary="Give all open tickets of somebody to others, each through its own gate",
    responses=responses(400, 401, 403, 404, example=_OUTCOME),
)
async def reassign(given: Given, caller: Caller, identity: Identity, id: User, body: ReassignBody) -> Json:
    require(caller, *PLANNERS)
    async with given.sessions() as session:
        await _person(session, id)
    if body.to == id:
        message = "El trabajo debe pasar a otra persona."
        raise Invalid(
            message, code="same_engineer", faults=(Fault(code="same_engineer", message=message, path="to"),)
        )
    items = await reassigning.reassign(given, caller, identity, id, body.to, body.reason)
    return {
        "user": id,
        "reassigned": sum(one.outcome is reassigning.Outcome.REASSIGNED for one in items),
        "items": [one.model_dump(mode="json") for one in items],
    }


async def _person(session: AsyncSession, id: str) -> Person:
    found = await company.user(session, id)
    if found is None:
        raise Unknown(f"No existe el usuario {id}.", code="user")
    return found


def _shown(absence: Absence) -> Json:
    return {
        "user": absence.user, "from": absence.starts_at, "to": absence.ends_at, "reason": absence.reason,
        "by": absence.by,
    }  # fmt: skip
