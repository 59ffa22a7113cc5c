"""Search and files over HTTP; a client finds and opens only what is its own (GEN-11, GEN-18)."""

from datetime import timedelta
from typing import Any

import pytest

from models.ticket.types import Priority, Type
from postventa.master_data import import_inline
from tests.api.building import MONDAY, Door, user_row
from tests.api.desk import PLACE, Desk
from tests.company.data import company

pytestmark = pytest.mark.req("GEN-18")
ABC = PLACE.model_copy(
    update={"client": "C1", "client_name": "Imprenta Núñez", "site": "S1", "device": "ABC-001"}
)
XYZ = PLACE.model_copy(
    update={"client": "C2", "client_name": "Colegio Ágora", "site": "S2", "device": "XYZ-777"}
)


@pytest.fixture
async def desk(door: Door) -> Desk:
    async with door.services.sessions.begin() as session:
        await import_inline(session, company(), MONDAY, "development")
        session.add_all([user_row("call_center", "call_center"), user_row("monitoring", "monitoring")])
    return Desk(door.services.sessions, door.clock)


async def get(door: Door, user: str, path: str, status: int = 200, **asked: Any) -> Any:
    answer = await door.http.get(f"/api/v1{path}", params=asked, headers=door.as_(user))
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_phone_a_name_a_serial_a_site_and_a_folio_lead_to_the_open_case(
    door: Door, desk: Desk
) -> None:
    folio = await desk.register(place=ABC)
    for said in ("55 5010 2030", "nunez", "abc001", "Núñez Centro", folio):
        found = await get(door, "call_center", "/search", q=said)
        assert [case["folio"] for case in found["cases"]] == [folio], said
        assert [one["id"] for one in found["clients"]] == ["C1"], said


@pytest.mark.req("GEN-11")
async def test_a_client_finds_nothing_of_another(door: Door, desk: Desk) -> None:
    folio = await desk.register(place=XYZ)
    nothing: Any = {"clients": [], "sites": [], "devices": [], "cases": []}
    for said in ("XYZ-777", "Ágora", folio, "3336101502"):
        assert await get(door, "client1", "/search", q=said) == nothing
    own = await get(door, "client1", "/search", q="ABC-001")
    assert [one["serial"] for one in own["devices"]] == ["ABC-001"]


@pytest.mark.req("GEN-11")
async def test_a_client_opens_its_own_files_and_no_others(door: Door, desk: Desk) -> None:
    await desk.register(place=ABC)
    await desk.register(place=XYZ)
    for own in ("/clients/C1", "/sites/S1", "/devices/ABC-001"):
        assert await get(door, "client1", own)
    for other in ("/clients/C2", "/sites/S2", "/devices/XYZ-777"):
        refused = await get(door, "client1", other, 404)
        missing = await get(door, "client1", other[:-1] + "9", 404)
        assert refused["type"] == missing["type"]
        assert await get(door, "call_center", other)


async def test_a_clients_file_has_its_cases_and_what_is_promised_on_them(door: Door, desk: Desk) -> None:
    folio = await desk.register(place=ABC)
    file = await get(door, "call_center", "/clients/C1")
    assert [one["id"] for one in file["sites"]] == ["S1"]
    assert [one["serial"] for one in file["devices"]] == ["ABC-001"]
    assert [(one["folio"], one["type"]) for one in file["cases"]] == [(folio, "technical_failure")]
    assert [(one["folio"], one["action"]) for one in file["promises"]] == [(folio, "assign")]


@pytest.mark.req("TCK-16")
async def test_a_devices_file_says_whether_it_fails_too_often(door: Door, desk: Desk) -> None:
    for _ in range(2):
        await desk.register(place=ABC)
    await desk.register(place=ABC, type=Type.USER_ERROR, priority=Priority.LOW)
    file = await get(door, "call_center", "/devices/ABC-001")
    assert file["recurrence"] | {"failures": 2} == {
        "failures": 2,
        "within_days": 30,
        "limit": 3,
        "recurrent": False,
    }
    assert len(file["recurrence"]["failures"]) == 2
    await desk.register(place=ABC)
    assert (await get(door, "call_center", "/devices/ABC-001"))["recurrence"]["recurrent"] is True
    door.clock.at += timedelta(days=31)
    later = await get(door, "call_center", "/devices/ABC-001")
    assert later["recurrence"]["failures"] == []
    assert len(later["cases"]) == 4
    assert [one["value"] for one in later["readings"]] == [15]


@pytest.mark.req("GEN-13")
async def test_what_is_not_there_is_unknown_and_no_question_is_invalid(door: Door, desk: Desk) -> None:
    assert desk
    for path in ("/clients/no", "/sites/no", "/devices/no"):
        await get(door, "call_center", path, 404)
    await get(door, "call_center", "/search", 422, q="")
    await get(door, "admin", "/search", 403, q="ABC")
