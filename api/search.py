"""Who or what a caller means, and the file of a client, a site or a device (GEN-18, TCK-16)."""

from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Query

from api.auth import Caller
from api.deps import Given
from api.errors import responses
from api.search_examples import CLIENT, DEVICE, FOUND, SITE
from models.company import file_store
from models.company.types import ClientFile, DeviceFile, Found, SiteFile
from models.shared.actor import Actor, Role
from models.shared.errors import Unknown
from models.shared.message import Frozen
from models.shared.policy_store import current_policy
from models.ticket import recurrence
from models.ticket.permissions import may
from models.ticket.recurrence import Recurrence

Id = Annotated[str, Path(max_length=80, examples=["C1"])]

F = TypeVar("F", bound=Frozen)

router = APIRouter(tags=["search"])


class DeviceHistory(DeviceFile):
    """A device's file with whether it fails too often."""

    recurrence: Recurrence


@router.get(
    "/search",
    summary="What somebody means by a phone, name, serial, site or folio",
    responses=responses(401, 403, example=FOUND),
)
async def search(
    given: Given,
    caller: Caller,
    q: Annotated[
        str, Query(min_length=1, max_length=200, description="As it was said", examples=["55 5010 1103"])
    ],
) -> Found:
    may("see", caller.role)
    async with given.sessions() as session:
        return await file_store.search(session, q, given.clock.now(), _only(caller))


@router.get(
    "/clients/{id}",
    summary="A client's file: sites, contracts, devices, cases, promises",
    responses=responses(401, 403, 404, example=CLIENT),
)
async def client(given: Given, caller: Caller, id: Id) -> ClientFile:
    may("see", caller.role)
    async with given.sessions() as session:
        found = await file_store.client_file(session, id, given.clock.now())
    return _own(caller, found, found.client.id if found else "", f"No existe el cliente {id}.")


@router.get(
    "/sites/{id}",
    summary="A site's file: devices, cases, promises",
    responses=responses(401, 403, 404, example=SITE),
)
async def site(given: Given, caller: Caller, id: Id) -> SiteFile:
    may("see", caller.role)
    async with given.sessions() as session:
        found = await file_store.site_file(session, id, given.clock.now())
    return _own(caller, found, found.client.id if found else "", f"No existe el sitio {id}.")


@router.get(
    "/devices/{serial}",
    summary="A device's file: where, contract, cases, readings, recurrence",
    responses=responses(401, 403, 404, example=DEVICE),
)
async def device(given: Given, caller: Caller, serial: Id) -> DeviceHistory:
    may("see", caller.role)
    now = given.clock.now()
    async with given.sessions() as session:
        found = await file_store.device_file(session, serial, now)
        kept = _own(caller, found, found.device.client if found else "", f"No existe el equipo {serial}.")
        _, policy = await current_policy(session)
        failing = await recurrence.of_device(session, serial, policy.ticket.recurrence, now)
    return DeviceHistory(**dict(kept), recurrence=failing)


def _only(caller: Actor) -> str:
    return caller.client if caller.role is Role.CLIENT else ""


def _own(caller: Actor, found: F | None, owner: str, sentence: str) -> F:
    """The file, if the caller may see it; another client's is as unknown as one that does not exist (GEN-11)."""
    if found is None or (caller.role is Role.CLIENT and owner != caller.client):
        raise Unknown(sentence, code="file")
    return found
