"""Importing master data: a file or what a scenario brings inline, all of it validated before any of it is written."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from models.company.import_store import known, upsert
from models.company.rules import check
from models.company.types import Counts, MasterData
from models.shared.errors import Fault, Invalid
from models.shared.policy import policy
from models.shared.shapes import faults
from postventa.master_files import REFUSED, Source, read

SAMPLE = Path(__file__).parent / "sample" / "company.yaml"
"""The sample company: one user per role, password `demo`, for development alone."""


async def import_file(session: AsyncSession, path: Path, now: datetime, environment: str) -> Counts:
    """Loads a file or a folder of master data; see `import_source`."""
    return await import_source(session, read(path), now, environment)


async def import_inline(
    session: AsyncSession, document: Mapping[str, Any], now: datetime, environment: str
) -> Counts:
    """Loads master data that is already at hand, as a scenario has it; see `import_source`."""
    return await import_source(session, Source(dict(document), {}), now, environment)


async def import_source(session: AsyncSession, source: Source, now: datetime, environment: str) -> Counts:
    """Writes what is new or differs and commits nothing; the same again changes nothing.

    Raises `Invalid` with everything that is wrong, each with its path and, where it has one, its line. Passwords,
    and so the demo users, are refused outside the environment "development".
    """
    data = parse(source)
    there = await known(session, data)
    if wrong := check(data, there, passwords=environment == "development"):
        raise Invalid(REFUSED, faults=_placed(wrong, source.places))
    return await upsert(session, data, now)


def parse(source: Source) -> MasterData:
    """The master data of `source`, right in itself; raises `Invalid` with everything that is not."""
    document = {table: rows if table == "policy" else _said(rows) for table, rows in source.document.items()}
    wrong: list[Fault] = []
    data = MasterData()
    try:
        data = MasterData.model_validate(
            {table: rows for table, rows in document.items() if rows is not None}
        )
    except ValidationError as error:
        wrong += faults(error)
    overrides = document.get("policy")
    if isinstance(overrides, Mapping):
        try:
            policy(overrides)
        except Invalid as error:
            wrong += error.faults
    if wrong:
        raise Invalid(REFUSED, faults=_placed(wrong, source.places))
    return data


def _said(value: Any) -> Any:
    """`value` without what is null: in a row that is the same as not said."""
    if isinstance(value, Mapping):
        return {key: _said(inner) for key, inner in value.items() if inner is not None}
    return [_said(item) for item in value] if isinstance(value, list | tuple) else value


def _placed(wrong: Iterable[Fault], places: Mapping[str, str]) -> list[Fault]:
    return [_with_place(fault, places) for fault in wrong]


def _with_place(fault: Fault, places: Mapping[str, str]) -> Fault:
    path = fault.path
    while path and path not in places:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    where = places.get(path) if path else None
    return fault.model_copy(update={"message": f"{fault.message} ({where})"}) if where else fault
