"""Writing master data: what an import refers to, and the upsert of its rows. Nothing here commits or deletes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Boolean, Table, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.dml import ReturningInsert

from models.company import search
from models.company.passwords import hashed, matches
from models.company.rules import Known
from models.company.tables import (
    ClientRow,
    ContractRow,
    DeviceRow,
    ModelRow,
    PartRow,
    ReadingRow,
    SiteRow,
    StockRow,
    UserRow,
)
from models.company.types import Counts, MasterData, UserIn
from models.shared.policy import policy
from models.shared.policy_store import current_policy, publish
from models.shared.tables import Base

_BATCH = 1000


async def known(session: AsyncSession, data: MasterData) -> Known:
    """What is already there of all that `data` refers to, for `models.company.rules.check`."""
    serials = {reading.serial for reading in data.readings}
    devices = await _pairs(session, DeviceRow.serial, DeviceRow.model, serials)
    named = {device.model for device in data.devices} | {unit.model for unit in data.stock}
    named |= {model for part in data.parts for model in part.fits} | set(devices.values())
    clients = {site.client for site in data.sites} | {contract.client for contract in data.contracts}
    clients |= {user.client for user in data.users if user.client}
    sites = {row.site for row in data.devices}
    contracts = {row.contract for row in data.devices if row.contract}
    rules = policy(data.policy) if data.policy is not None else (await current_policy(session))[1]
    others = SiteRow.id.not_in([row.id for row in data.sites])
    used = await session.scalars(select(SiteRow.calendar).where(SiteRow.calendar != "", others).distinct())
    counters = await _pairs(session, ModelRow.id, ModelRow.counters, named)
    return Known(
        clients=frozenset(await _pairs(session, ClientRow.id, ClientRow.name, clients)),
        sites=await _pairs(session, SiteRow.id, SiteRow.client, sites),
        models={model: tuple(names) for model, names in counters.items()},
        contracts=await _pairs(session, ContractRow.id, ContractRow.client, contracts),
        devices=devices,
        calendars=frozenset(rules.calendars),
        used_calendars=frozenset(used),
    )


async def _pairs(
    session: AsyncSession,
    key: InstrumentedAttribute[str],
    value: InstrumentedAttribute[Any],
    wanted: Iterable[str],
) -> dict[str, Any]:
    rows = await session.execute(select(key, value).where(key.in_(sorted(wanted))))
    return {row[0]: row[1] for row in rows}


async def upsert(session: AsyncSession, data: MasterData, now: datetime, by: str = "import") -> Counts:
    """Writes every row of `data` that is new or differs, and the policy; what the file leaves out stays.

    `data` has passed `rules.check`. The same file again changes nothing.
    """
    rules = policy(data.policy) if data.policy is not None else (await current_policy(session))[1]
    await publish(session, rules, by, now)
    counts = Counts()
    for table, rows in await _tables(session, data):
        counts = counts.plus(await _write(session, table, rows))
    return counts


async def _tables(
    session: AsyncSession, data: MasterData
) -> list[tuple[type[Base], Sequence[Mapping[str, Any]]]]:
    """The rows as the tables hold them, in an order in which references come before what refers."""
    return [
        (ClientRow, [_plain(row, search=search.client_search(row)) for row in data.clients]),
        (SiteRow, [_plain(row, search=search.site_search(row)) for row in data.sites]),
        (ModelRow, [_plain(row) for row in data.models]),
        (ContractRow, [_plain(row, tariff=row.tariff.model_dump(mode="json")) for row in data.contracts]),
        (DeviceRow, [_plain(row, search=search.device_search(row)) for row in data.devices]),
        (PartRow, [_plain(row) for row in data.parts]),
        (StockRow, [_plain(row) for row in data.stock]),
        (UserRow, await _user_rows(session, data.users)),
        (ReadingRow, [_plain(row) for row in data.readings]),
    ]


def _plain(row: BaseModel, **more: object) -> dict[str, Any]:
    values = {
        name: list(value) if isinstance(value, tuple) else value for name, value in row.model_dump().items()
    }
    return values | more


async def _user_rows(session: AsyncSession, users: Sequence[UserIn]) -> list[dict[str, Any]]:
    """Users with a hash in the place of their password. One that still matches is kept; equal ones are made once."""
    former = await _pairs(session, UserRow.id, UserRow.password_hash, (user.id for user in users))

    @cache
    def kept(password_hash: str | None, password: str) -> str:
        return password_hash if password_hash and matches(password_hash, password) else made(password)

    made = cache(hashed)
    rows = []
    for user in users:
        row = _plain(user, search=search.user_search(user))
        password = row.pop("password")
        rows.append(row | {"password_hash": kept(former.get(user.id), password) if password else None})
    return rows


async def _write(session: AsyncSession, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> Counts:
    table = kind.__table__
    assert isinstance(table, Table)
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    fields = [column for column in table.columns if column.name not in keys]
    upserted: ReturningInsert[bool] = statement.on_conflict_do_update(
        index_elements=keys,
        set_={column.name: statement.excluded[column.name] for column in fields},
        where=or_(*(column.is_distinct_from(statement.excluded[column.name]) for column in fields)),
    ).returning(literal_column("(xmax = 0)", Boolean))
    fresh: list[bool] = []
    for start in range(0, len(rows), _BATCH):
        batch = [dict(row) for row in rows[start : start + _BATCH]]
        fresh.extend((await session.scalars(upserted, batch)).all())
    created = sum(fresh)
    return Counts(created=created, updated=len(fresh) - created, unchanged=len(rows) - len(fresh))
