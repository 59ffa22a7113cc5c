"""What the rooms ask of the master data, on a real database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from models.company import duty, store
from models.company.types import Absence, Engineer
from models.shared.actor import Role
from models.shared.policy import policy
from postventa.master_data import import_inline
from tests.company.data import NOW, company

HOUR = timedelta(hours=1)


async def load(session: AsyncSession, **changes: Any) -> None:
    await import_inline(session, company() | changes, NOW, "development")


async def absent(session: AsyncSession, user: str, starts: datetime, ends: datetime) -> None:
    entry = Absence(user=user, starts_at=starts, ends_at=ends, reason="enfermedad", by="sup")
    await store.add_absence(session, entry, NOW)


@pytest.mark.req("TCK-05")
async def test_a_client_brings_its_service_level(session: AsyncSession) -> None:
    await load(session)
    found = await store.client(session, "C1")
    assert found is not None
    assert (found.name, found.service_level, found.language) == ("Imprenta Núñez", "oro", "es")
    assert await store.client(session, "C9") is None
    site = await store.site(session, "S2")
    assert site is not None
    assert (site.client, site.zone, site.timezone) == ("C2", "norte", "America/Tijuana")
    assert await store.site(session, "S9") is None


@pytest.mark.req("TCK-04")
@pytest.mark.parametrize(
    ("at", "covered"),
    [
        (datetime(2030, 1, 1, 5, 59, tzinfo=UTC), False),  # still December at the site
        (datetime(2030, 1, 1, 6, 0, tzinfo=UTC), True),
        (datetime(2031, 3, 4, 5, 59, tzinfo=UTC), True),  # the last day, until local midnight
        (datetime(2031, 3, 4, 6, 0, tzinfo=UTC), False),
    ],
)
async def test_a_device_is_covered_on_the_local_days_of_its_contract(
    session: AsyncSession, at: datetime, covered: bool
) -> None:
    await load(session)
    found = await store.device(session, "ABC-001", at)
    assert found is not None
    assert (found.in_force, found.covered) == (covered, covered)
    assert (found.client, found.site, found.zone, found.model) == ("C1", "S1", "centro", "M1")


@pytest.mark.req("TCK-04")
async def test_a_device_without_contract_or_not_yet_installed_is_not_covered(session: AsyncSession) -> None:
    document = company()["devices"]
    document[0]["installed_on"] = "2031-03-04"
    await load(session, devices=document)
    found = {one.serial: one for one in await store.devices(session, ["ABC-001", "XYZ-777", "NO"], NOW)}
    assert {serial: (one.in_force, one.covered) for serial, one in found.items()} == {
        "ABC-001": (True, False),
        "XYZ-777": (False, False),
    }
    assert await store.device(session, "NO", NOW) is None


@pytest.mark.req("TCK-09")
async def test_parts_bring_cost_and_lead_time(session: AsyncSession) -> None:
    await load(session)
    found = await store.parts(session, ["P1", "P9"])
    assert {id: (str(part.cost), part.lead_time_days) for id, part in found.items()} == {"P1": ("5000.00", 6)}


@pytest.mark.req("GEN-08")
async def test_a_role_is_reached_by_zone_and_presence_and_never_by_nobody(session: AsyncSession) -> None:
    await load(session)

    async def reached(zone: str, at: datetime = NOW) -> list[str]:
        return [person.id for person in await store.users_by_role(session, Role.ENGINEER, zone, at)]

    assert await reached("norte") == ["eng-all", "eng-norte"]
    assert await reached("") == ["eng-all", "eng-norte"]
    assert await reached("sur") == ["eng-all"]
    await absent(session, "eng-all", NOW, NOW + HOUR)
    assert await reached("norte") == ["eng-norte"]
    assert await reached("sur") == ["eng-all"]
    assert await reached("norte", NOW + HOUR) == ["eng-all", "eng-norte"]
    assert await store.users_by_role(session, Role.DIRECTOR, "", NOW) == []


async def test_a_role_that_only_works_elsewhere_is_reached_all_the_same(session: AsyncSession) -> None:
    users = [{"id": "sup-norte", "role": "supervisor", "zones": ["norte"]}]
    await load(session, users=users)
    found = await store.users_by_role(session, Role.SUPERVISOR, "centro", NOW)
    assert [person.id for person in found] == ["sup-norte"]


async def test_a_user_is_known_with_role_client_and_address(session: AsyncSession) -> None:
    await load(session)
    found = await store.user(session, "ana")
    assert found is not None
    assert (found.role, found.client, found.phone) == (Role.CLIENT, "C2", "664 610 1302")
    nameless = await store.user(session, "eng-all")
    assert nameless is not None
    assert nameless.name == "eng-all"
    assert await store.user(session, "nobody") is None


@pytest.mark.req("TCK-07")
async def test_engineers_come_with_what_their_proposal_weighs(session: AsyncSession) -> None:
    await load(session)
    await absent(session, "eng-norte", NOW + HOUR, NOW + 2 * HOUR)
    await absent(session, "eng-norte", NOW - 2 * HOUR, NOW)
    everybody, north = await store.engineers(session, NOW)
    assert everybody == Engineer(id="eng-all", name="eng-all")
    assert (north.zones, north.skills, north.shift) == (("norte",), ("M1",), "08:00-16:00")
    assert [absence.starts_at for absence in north.absences] == [NOW + HOUR]
    assert not duty.absent(north, NOW)
    assert duty.absent(north, NOW + HOUR)
    assert not duty.absent(north, NOW + 2 * HOUR)


@pytest.mark.req("TCK-07")
@pytest.mark.parametrize(
    ("shift", "hour", "on"),
    [
        ("", 9, True),
        ("", 18, False),
        ("always", 3, True),
        ("08:00-16:00", 8, True),
        ("08:00-16:00", 16, False),
        ("06:00-10:00; 14:00-16:00", 12, False),
        ("06:00-10:00; 14:00-16:00", 15, True),
        ("nocturno", 12, True),
    ],
)
def test_a_shift_is_a_calendar_or_hours(shift: str, hour: int, on: bool) -> None:
    monday = datetime(2031, 3, 3, 6, 0, tzinfo=UTC)  # midnight in Mexico City
    assert duty.on_shift(shift, monday + hour * HOUR, policy()) is on


@pytest.mark.req("TCK-07")
def test_hours_are_not_on_over_the_weekend() -> None:
    saturday = datetime(2031, 3, 8, 16, 0, tzinfo=UTC)
    assert not duty.on_shift("08:00-16:00", saturday, policy())
