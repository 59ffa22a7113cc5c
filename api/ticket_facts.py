"""What is looked up for a ticket before it is asked for: place, coverage, recurrence, engineers, policy."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from models.company import store as company
from models.company.duty import on_shift
from models.company.types import Device
from models.shared.actor import Actor, Role
from models.shared.case import Contact
from models.shared.errors import Fault, Unknown
from models.shared.message import Frozen
from models.shared.policy import Policy, TicketPolicy, ticket_policy
from models.shared.policy_store import current_policy
from models.ticket import proposals, store
from models.ticket.messages import ContactBody, Diagnose, PartFacts
from models.ticket.proposals import Candidate
from models.ticket.types import Place

DEFAULT_TIMEZONE = "America/Mexico_City"


class Found(Frozen):
    """The place a contact speaks of, with what only opening a ticket needs of it."""

    place: Place
    calendar: str = ""
    service_level: str = ""
    language: str = "es"
    email: str = ""
    """The client's own address, for a contact that left no way to be reached."""


async def place(
    session: AsyncSession, caller: Actor, device: str, site: str, client: str, at: datetime
) -> Found:
    """Whose printer it is and where, as far as it can be told; what cannot be identified is kept as said (TCK-01).

    A client speaks of its own things only: another's device is as unknown as one that does not exist.
    """
    found = await company.device(session, device, at) if device else None
    if found and caller.role is Role.CLIENT and found.client != caller.client:
        found = None
    said = device if device and not found else ""
    site_id = found.site if found else site
    there = await company.site(session, site_id) if site_id else None
    if there and caller.role is Role.CLIENT and there.client != caller.client:
        there = None
    said = said or (site if site and not there else "")
    client_id = caller.client or (found.client if found else there.client if there else client)
    whose = await company.client(session, client_id) if client_id else None
    said = said or (client if client and not whose else "")
    known = Place(
        client=whose.id if whose else "",
        client_name=whose.name if whose else "",
        site=there.id if there else "",
        site_name=there.name if there else "",
        zone=there.zone if there else "",
        timezone=(there.timezone if there else "") or DEFAULT_TIMEZONE,
        reported=said,
        **_of_device(found),
    )
    return Found(
        place=known,
        calendar=there.calendar if there else "",
        service_level=whose.service_level if whose else "",
        language=whose.language if whose else "es",
        email=whose.email if whose else "",
    )


def contact(said: ContactBody, found: Found) -> Contact:
    """How the person is reached; who left no way at all is reached at the client's own address."""
    given = said.model_dump()
    if not (said.phone or said.email or said.whatsapp):
        given["email"] = found.email
    return Contact(**given, language=found.language)


async def opening_policy(session: AsyncSession, found: Found, at: datetime) -> tuple[Policy, TicketPolicy]:
    """The policy in force, and the part of it that a ticket opened now keeps for life (GEN-06)."""
    version, policy = await current_policy(session)
    return policy, ticket_policy(policy, version, found.calendar, found.service_level, at.year)


async def recent_failures(
    session: AsyncSession, device: str, policy: TicketPolicy, at: datetime, but: str = ""
) -> tuple[datetime, ...]:
    since = at - timedelta(days=policy.recurrence_within_days)
    return await store.failures(session, device, since, but)


async def candidates(session: AsyncSession, at: datetime) -> list[Candidate]:
    """Every engineer with shift, absence and load as they are at `at` (TCK-07)."""
    _, policy = await current_policy(session)
    people = await company.engineers(session, at)
    loads = await store.loads(session, [one.id for one in people])
    return [
        Candidate(
            id=one.id,
            name=one.name,
            zones=one.zones,
            skills=one.skills,
            on_shift=on_shift(one.shift, at, policy),
            absent=any(away.starts_at <= at for away in one.absences),
            load=loads.get(one.id, 0),
        )
        for one in people
    ]


async def anybody_eligible(session: AsyncSession, where: Place, at: datetime) -> bool:
    return bool(proposals.engineers(await candidates(session, at), where.zone, where.model))


async def engineer_name(session: AsyncSession, id: str) -> str:
    """The name of an engineer.

    Raises:
        Unknown: there is no such user, or it is no engineer.
    """
    person = await company.user(session, id)
    if person is None or person.role is not Role.ENGINEER:
        message = f"No existe el ingeniero «{id}»."
        raise Unknown(
            message, code="engineer", faults=(Fault(code="engineer", message=message, path="engineer"),)
        )
    return person.name


async def catalogue(session: AsyncSession, body: Diagnose) -> dict[str, PartFacts]:
    """What the catalogue says of the parts a diagnosis asks for; those it lacks are left out."""
    found = await company.parts(session, {one.part for one in body.pending_parts})
    return {
        id: PartFacts(name=part.name, cost=str(part.cost), lead_time_days=part.lead_time_days)
        for id, part in found.items()
    }


def _of_device(device: Device | None) -> dict[str, object]:
    if device is None:
        return {}
    return {
        "device": device.serial,
        "model": device.model,
        "contract": device.contract,
        "covered": device.covered,
    }
