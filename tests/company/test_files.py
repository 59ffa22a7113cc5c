"""Search before registering, and the files of client, site and device (GEN-18)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from models.company.file_store import client_file, device_file, search, site_file
from models.company.search import said_folio, said_phone, serial_key, words
from models.company.types import Found
from models.shared.tables import CaseRow, TaskRow
from postventa.master_data import import_inline
from tests.company.data import NOW, company

pytestmark = pytest.mark.req("GEN-18")
DAY = timedelta(days=1)


def case(folio: str, opened_at: datetime = NOW, **fields: Any) -> CaseRow:
    values: dict[str, Any] = dict.fromkeys(
        (
            "priority",
            "type",
            "channel",
            "client",
            "site",
            "device",
            "assignee",
            "waiting_for",
            "closed_as",
        ),
        "",
    )
    values |= {"room": "ticket", "state": "assigned", "open": True, "live": True, "revision": 1}
    values |= {"escalation_level": 0, "sla_breached": False, "document": {}}
    return CaseRow(folio=folio, opened_at=opened_at, updated_at=opened_at, **(values | fields))


async def load(session: AsyncSession) -> None:
    await import_inline(session, company(), NOW, "development")
    session.add_all(
        [
            case("T-2031-000001", NOW - DAY, client="C1", site="S1", device="ABC-001"),
            case("T-2031-000002", client="C2", site="S2", device="XYZ-777"),
            case(
                "T-2031-000003",
                NOW - 2 * DAY,
                client="C1",
                site="S1",
                device="ABC-001",
                state="closed",
                open=False,
                live=False,
                document={"satisfaction": {"score": 4}},
            ),
        ]
    )
    await session.flush()


def ids(found: Found) -> tuple[list[str], list[str], list[str], list[str]]:
    return (
        [client.id for client in found.clients],
        [site.id for site in found.sites],
        [device.serial for device in found.devices],
        [line.folio for line in found.cases],
    )


FIRST = (["C1"], ["S1"], ["ABC-001"], ["T-2031-000001"])
SECOND = (["C2"], ["S2"], ["XYZ-777"], ["T-2031-000002"])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("nunez imprenta", (["C1"], [], [], ["T-2031-000001"])),
        ("5550102030", (["C1"], [], [], ["T-2031-000001"])),
        ("+52 1 55 5010 2030", (["C1"], [], [], ["T-2031-000001"])),
        ("0102030", (["C1"], [], [], ["T-2031-000001"])),
        ("INU010203AB1", (["C1"], [], [], ["T-2031-000001"])),
        ("Ana Peña", (["C2"], [], [], ["T-2031-000002"])),
        ("ágora TIJUANA", (["C2"], ["S2"], [], ["T-2031-000002"])),
        ("abc001", FIRST),
        ("ABC 0", FIRST),
        ("z777", SECOND),
        ("t 2031 1", FIRST),
        ("T-2031-000002/3", SECOND),
        ("T-2031-000009", ([], [], [], [])),
        ("nobody", ([], [], [], [])),
        ("%", ([], [], [], [])),
    ],
)
async def test_what_is_said_finds_client_site_device_and_open_cases(
    session: AsyncSession, said: str, expected: tuple[list[str], list[str], list[str], list[str]]
) -> None:
    await load(session)
    assert ids(await search(session, said, NOW)) == expected


async def test_a_closed_case_is_found_by_its_folio_alone(session: AsyncSession) -> None:
    await load(session)
    found = await search(session, "T-2031-000003", NOW)
    assert ids(found) == (["C1"], ["S1"], ["ABC-001"], ["T-2031-000003"])


@pytest.mark.req("GEN-11")
@pytest.mark.parametrize("said", ["ágora", "XYZ-777", "T-2031-000002", "6646101302"])
async def test_a_client_finds_only_what_is_its_own(session: AsyncSession, said: str) -> None:
    await load(session)
    assert await search(session, said, NOW, client="C1") == Found()
    assert await search(session, said, NOW, client="C2") != Found()


async def test_a_clients_file_holds_everything_in_order_of_time(session: AsyncSession) -> None:
    await load(session)
    session.add_all([task("T-2031-000001", "late", NOW + DAY), task("T-2031-000001", "soon", NOW)])
    await session.flush()
    found = await client_file(session, "C1", NOW)
    assert found is not None
    assert [line.folio for line in found.cases] == ["T-2031-000001", "T-2031-000003"]
    assert [line.satisfaction for line in found.cases] == [None, 4]
    assert [promise.key for promise in found.promises] == ["soon", "late"]
    assert [contract.id for contract in found.contracts] == ["K1"]
    assert [(device.serial, device.covered) for device in found.devices] == [("ABC-001", True)]
    assert [site.id for site in found.sites] == ["S1"]
    assert found.contacts == ()
    other = await client_file(session, "C2", NOW)
    assert other is not None
    assert [person.id for person in other.contacts] == ["ana"]
    assert other.promises == ()
    assert await client_file(session, "C9", NOW) is None


def task(folio: str, key: str, due: datetime) -> TaskRow:
    return TaskRow(
        folio=folio,
        key=key,
        room="ticket",
        action="follow_up",
        role="engineer",
        user="",
        due=due,
        since=NOW,
        detail={},
    )


async def test_a_sites_file_names_its_client(session: AsyncSession) -> None:
    await load(session)
    found = await site_file(session, "S2", NOW)
    assert found is not None
    assert (found.client.id, [line.folio for line in found.cases]) == ("C2", ["T-2031-000002"])
    assert await site_file(session, "S9", NOW) is None


@pytest.mark.req("TCK-16")
async def test_a_devices_history_is_one_call(session: AsyncSession) -> None:
    await load(session)
    found = await device_file(session, "ABC-001", NOW)
    assert found is not None
    assert [line.folio for line in found.cases] == ["T-2031-000001", "T-2031-000003"]
    assert [(reading.counter, reading.value) for reading in found.readings] == [("mono", 15)]
    assert await device_file(session, "NO", NOW) is None


def test_what_is_said_is_compared_without_accents_and_punctuation() -> None:
    assert words("  Peña & Ágora-Núñez, S.A. ") == ["pena", "agora", "nunez", "s", "a"]
    assert serial_key("abc-001/x") == "abc001x"
    assert (said_phone("+52 (55) 5010-2030"), said_phone("10 20"), said_phone("ABC-1")) == (
        "5550102030",
        "1020",
        "",
    )
    assert (said_folio("t 2031 123"), said_folio("T-2031-000123/2"), said_folio("2031")) == (
        "T-2031-000123",
        "T-2031-000123",
        "",
    )
