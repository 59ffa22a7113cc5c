"""Reading master data for the rooms: who and what a case is about, and who works. Nothing here commits."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.company.tables import (
    AbsenceRow,
    ClientRow,
    ContractRow,
    DeviceRow,
    ModelRow,
    PartRow,
    SiteRow,
    UserRow,
)
from models.company.types import Absence, Client, Device, Engineer, Part, Person, Site
from models.shared.actor import Role


async def client(session: AsyncSession, id: str) -> Client | None:
    """The client `id`; its `service_level` is what the ticket's targets are resolved by (TCK-05)."""
    row = await session.get(ClientRow, id)
    return None if row is None else Client.model_validate(row, from_attributes=True)


async def site(session: AsyncSession, id: str) -> Site | None:
    row = await session.get(SiteRow, id)
    return None if row is None else Site.model_validate(row, from_attributes=True)


async def device(session: AsyncSession, serial: str, at: datetime) -> Device | None:
    """The device `serial` where it stands, and whether a contract covers it at `at` (TCK-04)."""
    found = await devices(session, [serial], at)
    return found[0] if found else None


async def devices(session: AsyncSession, serials: Collection[str], at: datetime) -> list[Device]:
    """Those of `serials` that exist, by serial; see `device`."""
    rows = await session.execute(device_rows().where(DeviceRow.serial.in_(sorted(serials))))
    return [as_device(row, at) for row in rows]


DeviceColumns = Row[DeviceRow, SiteRow, str, str, ContractRow]


def device_rows() -> Select[DeviceRow, SiteRow, str, str, ContractRow]:
    """Devices with what `as_device` needs of their site, client, model and contract, by serial."""
    return (
        select(DeviceRow, SiteRow, ClientRow.name, ModelRow.name, ContractRow)
        .join(SiteRow, SiteRow.id == DeviceRow.site)
        .join(ClientRow, ClientRow.id == SiteRow.client)
        .join(ModelRow, ModelRow.id == DeviceRow.model)
        .outerjoin(ContractRow, ContractRow.id == DeviceRow.contract)
        .order_by(DeviceRow.serial)
    )


def as_device(row: DeviceColumns, at: datetime) -> Device:
    """A device at an instant; contract days are those of its site's time zone."""
    unit, place, client_name, model_name, _ = row
    contract: ContractRow | None = row[4]  # an outer join, which the types do not tell
    today = at.astimezone(ZoneInfo(place.timezone)).date()
    in_force = (
        contract is not None and contract.start <= today and (contract.end is None or today <= contract.end)
    )
    return Device(
        serial=unit.serial,
        model=unit.model,
        model_name=model_name,
        site=place.id,
        site_name=place.name,
        zone=place.zone,
        client=place.client,
        client_name=client_name,
        contract=unit.contract or "",
        in_force=in_force,
        covered=in_force and (unit.installed_on is None or unit.installed_on <= today),
        address=unit.address,
    )


async def parts(session: AsyncSession, ids: Collection[str]) -> dict[str, Part]:
    """Those of `ids` that are in the catalogue, with cost and lead time (TCK-09)."""
    rows = await session.scalars(select(PartRow).where(PartRow.id.in_(sorted(ids))))
    return {row.id: Part.model_validate(row, from_attributes=True) for row in rows}


async def user(session: AsyncSession, id: str) -> Person | None:
    row = await session.get(UserRow, id)
    return None if row is None else as_person(row)


async def password_hash(session: AsyncSession, id: str) -> str | None:
    """The argon2 hash of a demo user; None for everybody else (see `models.company.passwords.matches`)."""
    return await session.scalar(select(UserRow.password_hash).where(UserRow.id == id))


async def users_by_role(session: AsyncSession, role: Role, zone: str, at: datetime) -> list[Person]:
    """Everyone of `role` who answers for `zone` at `at`, by id; a user without zones answers for all.

    Nobody left because of zones or absences means everyone of the role: a message never ends in silence (TCK-07).
    """
    away = select(AbsenceRow.user).where(AbsenceRow.starts_at <= at, at < AbsenceRow.ends_at)
    of_role = select(UserRow).where(UserRow.role == role).order_by(UserRow.id)
    in_zone = of_role
    if zone:
        in_zone = of_role.where(or_(UserRow.zones == [], UserRow.zones.contains([zone])))
    for asked in (in_zone.where(UserRow.id.not_in(away)), in_zone, of_role):
        if found := (await session.scalars(asked)).all():
            return [as_person(row) for row in found]
    return []


def as_person(row: UserRow) -> Person:
    return Person(
        id=row.id,
        name=row.name or row.id,
        role=Role(row.role),
        email=row.email,
        phone=row.phone,
        whatsapp=row.whatsapp,
        language=row.language,
        zones=tuple(row.zones),
        client=row.client or "",
    )


async def set_shift(session: AsyncSession, id: str, shift: str) -> None:
    """The hours a user works from now on (TCK-07)."""
    await session.execute(update(UserRow).where(UserRow.id == id).values(shift=shift))


async def engineers(session: AsyncSession, at: datetime) -> list[Engineer]:
    """All engineers by id, with their absences that are not over at `at` (TCK-07)."""
    rows = await session.scalars(select(UserRow).where(UserRow.role == Role.ENGINEER).order_by(UserRow.id))
    people = rows.all()
    away = await absences(session, [row.id for row in people], at)
    return [
        Engineer(
            id=row.id,
            name=row.name or row.id,
            zones=tuple(row.zones),
            skills=tuple(row.skills),
            shift=row.shift,
            absences=tuple(absence for absence in away if absence.user == row.id),
        )
        for row in people
    ]


async def absences(session: AsyncSession, users: Collection[str], at: datetime) -> list[Absence]:
    """The absences of `users` that are not over at `at`, in order of time."""
    asked = select(AbsenceRow).where(AbsenceRow.user.in_(sorted(users)), AbsenceRow.ends_at > at)
    rows = await session.scalars(asked.order_by(AbsenceRow.starts_at, AbsenceRow.id))
    return [Absence.model_validate(row, from_attributes=True) for row in rows]


async def add_absence(session: AsyncSession, absence: Absence, now: datetime) -> None:
    """Enters an absence of a user that exists."""
    session.add(AbsenceRow(**absence.model_dump(), at=now))
    await session.flush()
