"""Search before registering, and the file of a client, a site or a device in order of time (GEN-18)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.company.search import said_folio, said_phone, serial_key, words
from models.company.store import as_device, as_person, client, device, device_rows, site
from models.company.tables import ClientRow, ContractRow, DeviceRow, ReadingRow, SiteRow, UserRow
from models.company.types import (
    CaseLine,
    Client,
    ClientFile,
    Contract,
    Device,
    DeviceFile,
    Found,
    Promise,
    Reading,
    Site,
    SiteFile,
)
from models.shared.tables import CaseRow, TaskRow

_MOST = 50
"""So many of each kind are enough to choose from; whoever finds more says more."""


async def search(session: AsyncSession, said: str, at: datetime, client: str = "") -> Found:
    """What somebody may mean by a phone, name, serial, site or folio, with the open cases of what was found.

    `client` keeps a client within what is its own (GEN-11). Sites and clients of what was found come along.
    """
    if not words(said):
        return Found()
    case = await _case(session, said_folio(said), client)
    serials = [case.device] if case else await _serials(session, said, client)
    sites = [case.site] if case else await _sites(session, said, client)
    clients = [case.client] if case else await _clients(session, said, client)
    cases = [case] if case else await _open_cases(session, serials, sites, clients)
    units = await session.execute(device_rows().where(DeviceRow.serial.in_(serials)))
    found_devices = [as_device(row, at) for row in units]
    sites += [unit.site for unit in found_devices]
    found_sites = await _load_sites(session, SiteRow.id.in_(sites))
    clients += [place.client for place in found_sites]
    rows = await session.scalars(
        select(ClientRow).where(ClientRow.id.in_(clients)).order_by(ClientRow.name, ClientRow.id)
    )
    found_clients = tuple(Client.model_validate(row, from_attributes=True) for row in rows)
    return Found(clients=found_clients, sites=found_sites, devices=tuple(found_devices), cases=tuple(cases))


async def _case(session: AsyncSession, folio: str, client: str) -> CaseLine | None:
    if not folio:
        return None
    asked = _lines().where(CaseRow.folio == folio, _own(CaseRow.client, client))
    row = (await session.execute(asked)).one_or_none()
    return None if row is None else CaseLine.model_validate(row, from_attributes=True)


async def _serials(session: AsyncSession, said: str, client: str) -> list[str]:
    """By the beginning of a serial, which has an index; else by any part of it of four characters or more."""
    key = serial_key(said)
    asked = select(DeviceRow.serial).join(SiteRow, SiteRow.id == DeviceRow.site)
    asked = asked.where(_own(SiteRow.client, client)).order_by(DeviceRow.serial).limit(_MOST)
    if len(key) < 3 or not any(letter.isdigit() for letter in key):
        return []
    found = (await session.scalars(asked.where(DeviceRow.search.like(f"{key}%")))).all()
    if not found and len(key) >= 4:
        found = (await session.scalars(asked.where(DeviceRow.search.like(f"%{key}%")))).all()
    return list(found)


async def _sites(session: AsyncSession, said: str, client: str) -> list[str]:
    asked = select(SiteRow.id).where(_says(SiteRow.search, said), _own(SiteRow.client, client))
    return list(await session.scalars(asked.order_by(SiteRow.name, SiteRow.id).limit(_MOST)))


async def _clients(session: AsyncSession, said: str, client: str) -> list[str]:
    """By what is known of the client itself or of one of its people."""
    people = select(UserRow.client).where(UserRow.client.is_not(None), _says(UserRow.search, said))
    asked = select(ClientRow.id).where(
        or_(_says(ClientRow.search, said), ClientRow.id.in_(people)), _own(ClientRow.id, client)
    )
    return list(await session.scalars(asked.order_by(ClientRow.name, ClientRow.id).limit(_MOST)))


def _says(written: InstrumentedAttribute[str], said: str) -> ColumnElement[bool]:
    """Every word that was said is part of what is written; a phone is one word."""
    phone = said_phone(said)
    spoken = [phone] if phone else words(said)
    return and_(*(written.contains(word) for word in spoken))


def _own(column: InstrumentedAttribute[str], client: str) -> ColumnElement[bool]:
    return column == client if client else literal(True)


async def _open_cases(
    session: AsyncSession, serials: Sequence[str], sites: Sequence[str], clients: Sequence[str]
) -> list[CaseLine]:
    about = or_(CaseRow.device.in_(serials), CaseRow.site.in_(sites), CaseRow.client.in_(clients))
    return await _cases(session, and_(CaseRow.live, about), _MOST)


def _lines() -> Any:
    score = func.jsonb_extract_path_text(CaseRow.document, "satisfaction", "score", type_=String)
    columns = [getattr(CaseRow, name) for name in CaseLine.model_fields if name != "satisfaction"]
    return select(*columns, score.label("satisfaction"))


async def _cases(
    session: AsyncSession, about: ColumnElement[bool], limit: int | None = None
) -> list[CaseLine]:
    """Cases in order of time, the newest first."""
    asked = _lines().where(about).order_by(CaseRow.opened_at.desc(), CaseRow.folio.desc()).limit(limit)
    return [CaseLine.model_validate(row, from_attributes=True) for row in await session.execute(asked)]


async def _load_sites(session: AsyncSession, which: ColumnElement[bool]) -> tuple[Site, ...]:
    rows = await session.scalars(select(SiteRow).where(which).order_by(SiteRow.name, SiteRow.id))
    return tuple(Site.model_validate(row, from_attributes=True) for row in rows)


async def _load_devices(
    session: AsyncSession, which: ColumnElement[bool], at: datetime
) -> tuple[Device, ...]:
    return tuple(as_device(row, at) for row in await session.execute(device_rows().where(which)))


async def _promises(session: AsyncSession, about: ColumnElement[bool]) -> tuple[Promise, ...]:
    """What running cases still wait for, the soonest first."""
    asked = select(TaskRow).join(CaseRow, CaseRow.folio == TaskRow.folio).where(about)
    rows = await session.scalars(asked.order_by(TaskRow.due.nulls_last(), TaskRow.folio, TaskRow.key))
    return tuple(Promise.model_validate(row, from_attributes=True) for row in rows)


async def client_file(session: AsyncSession, id: str, at: datetime) -> ClientFile | None:
    """All that is known of a client; None when there is no such client."""
    found = await client(session, id)
    if found is None:
        return None
    people = await session.scalars(select(UserRow).where(UserRow.client == id).order_by(UserRow.id))
    contracts = await session.scalars(
        select(ContractRow).where(ContractRow.client == id).order_by(ContractRow.start, ContractRow.id)
    )
    return ClientFile(
        client=found,
        contacts=tuple(as_person(row) for row in people),
        sites=await _load_sites(session, SiteRow.client == id),
        contracts=tuple(Contract.model_validate(row, from_attributes=True) for row in contracts),
        devices=await _load_devices(session, SiteRow.client == id, at),
        cases=tuple(await _cases(session, CaseRow.client == id)),
        promises=await _promises(session, CaseRow.client == id),
    )


async def site_file(session: AsyncSession, id: str, at: datetime) -> SiteFile | None:
    """All that is known of a site; None when there is no such site."""
    found = await site(session, id)
    if found is None:
        return None
    owner = await client(session, found.client)
    assert owner is not None  # a foreign key holds it
    return SiteFile(
        site=found,
        client=owner,
        devices=await _load_devices(session, SiteRow.id == id, at),
        cases=tuple(await _cases(session, CaseRow.site == id)),
        promises=await _promises(session, CaseRow.site == id),
    )


async def device_file(session: AsyncSession, serial: str, at: datetime) -> DeviceFile | None:
    """A device's history in one call (TCK-16): where it stands, its cases and readings; None when unknown."""
    found = await device(session, serial, at)
    if found is None:
        return None
    readings = await session.scalars(
        select(ReadingRow).where(ReadingRow.serial == serial).order_by(ReadingRow.at, ReadingRow.counter)
    )
    return DeviceFile(
        device=found,
        cases=tuple(await _cases(session, CaseRow.device == serial)),
        promises=await _promises(session, CaseRow.device == serial),
        readings=tuple(Reading.model_validate(row, from_attributes=True) for row in readings),
    )
