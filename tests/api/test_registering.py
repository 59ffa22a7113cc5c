"""What a client, an engineer and the monitoring machine may say, and that every contact ends registered (TCK-01)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from kit.codec import KeyRing
from tests.api.building import Door
from tests.api.running import get, post, running

pytestmark = pytest.mark.req("TCK-01")
ANA: dict[str, Any] = {"channel": "portal", "contact": {"name": "Ana"}, "symptom": "No imprime"}


@pytest_asyncio.fixture
async def live(keys: KeyRing, database: str, tmp_path: Path) -> AsyncIterator[Door]:
    async with running(keys, database, tmp_path) as door:
        yield door


async def register(door: Door, user: str, status: int = 201, **said: Any) -> Any:
    return await post(door, user, "/tickets", {**ANA, **said}, status)


async def test_a_contact_of_whom_nothing_is_known_is_registered_and_awaits_classification(live: Door) -> None:
    ticket = await register(live, "call_center", channel="phone", device="creo que es la azul", symptom="¿?")
    assert (ticket["state"], ticket["waiting_for"]) == ("registered", "classification")
    assert (ticket["client"], ticket["site"], ticket["device"]) == (None, None, None)
    assert ticket["place"]["reported"] == "creo que es la azul"
    (task,) = [
        one for one in (await get(live, "call_center", "/tasks"))["items"] if one["action"] == "classify"
    ]
    assert (task["folio"], task["detail"]) == (ticket["folio"], {"reported": "creo que es la azul"})


async def test_what_staff_classifies_stays_open_to_question_while_the_device_is_unknown(live: Door) -> None:
    said: dict[str, Any] = {"type": "equipment_stopped", "priority": "high"}
    unknown = await register(live, "call_center", channel="phone", device="NO-EXISTE", **said)
    assert (unknown["state"], unknown["priority"]) == ("registered", "high")
    known = await register(live, "call_center", channel="phone", device="ABC-001", **said)
    assert known["state"] == "classified"


async def test_a_client_speaks_of_its_own_and_decides_no_priority(live: Door) -> None:
    ticket = await register(
        live, "client1", device="ABC-001", client="C2", type="equipment_stopped", priority="high", symptom="¿Cómo escaneo?"
    )  # fmt: skip
    assert (ticket["client"], ticket["device"], ticket["state"]) == ("C1", "ABC-001", "registered")
    assert (ticket["type"], ticket["priority"]) == ("operative_support", "low")
    claimed = [one["detail"]["claimed"] for one in ticket["log"] if one["event"] == "registered"]
    assert claimed == [{"type": "equipment_stopped", "priority": "high"}]


async def test_another_clients_device_is_as_unknown_to_a_client_as_none(live: Door) -> None:
    ticket = await register(live, "client1", device="XYZ-777")
    assert (ticket["client"], ticket["site"], ticket["device"]) == ("C1", None, None)
    assert ticket["place"]["reported"] == "XYZ-777"
    assert "S2" not in str(ticket["place"])


async def test_an_engineer_registers_what_is_asked_beside_the_visit_with_when_it_happened(live: Door) -> None:
    happened = (live.clock.at - timedelta(hours=3)).replace(microsecond=0)
    ticket = await register(live, "engineer1", device="ABC-001", occurred_at=happened.isoformat())
    assert ticket["occurred_at"] == happened.isoformat().replace("+00:00", "Z")
    assert ticket["opened_at"] > ticket["occurred_at"]
    future = (live.clock.at + timedelta(days=1)).isoformat()
    await register(live, "engineer1", 422, occurred_at=future)


async def test_the_machine_registers_for_the_device_it_watches(live: Door) -> None:
    ticket = await register(live, "monitoring", channel="monitoring", device="ABC-001", symptom="Atasco")
    assert (ticket["client"], ticket["site"], ticket["device"]) == ("C1", "S1", "ABC-001")
    assert (ticket["type"], ticket["priority"], ticket["state"]) == (
        "technical_failure",
        "medium",
        "registered",
    )
    assert "client_confirmation" not in {one["code"] for one in ticket["missing"]}


@pytest.mark.req("GEN-04", "TCK-13")
@pytest.mark.parametrize("user", ["client1", "engineer1"])
async def test_nobody_gets_round_the_clients_confirmation_by_calling_a_report_monitoring(
    door: Door, user: str
) -> None:
    refused = await register(door, user, 403, channel="monitoring", device="ABC-001")
    assert [one["code"] for one in refused["errors"]] == ["channel"]


@pytest.mark.req("GEN-05")
async def test_the_same_contact_twice_is_one_ticket(live: Door) -> None:
    first = await post(live, "client1", "/tickets", ANA, 201, key="k")
    assert (await post(live, "client1", "/tickets", ANA, 201, key="k")) == first
    assert (await post(live, "supervisor", "/tickets", ANA, 201, key="k"))["folio"] != first["folio"]
    await post(live, "client1", "/tickets", {**ANA, "symptom": "Otra cosa"}, 422, key="k")


@pytest.mark.req("GEN-13")
async def test_bad_input_names_every_place(live: Door) -> None:
    body = {"channel": "paloma", "contact": {"email": "no"}, "symptom": " ", "extra": 1}
    refused = await post(live, "call_center", "/tickets", body, 422)
    paths = {one["path"] for one in refused["errors"]}
    assert paths == {"channel", "contact.name", "contact.email", "symptom", "extra"}
