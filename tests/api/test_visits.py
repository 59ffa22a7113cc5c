"""The day list of visits and the service sheet to be signed (TCK-08)."""

import re
import zlib
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activities.evidence import EvidenceDesk
from models.ticket import rules
from models.ticket.messages import AgreeVisit, FailVisit, Nothing
from tests.api.building import Door, user_row
from tests.api.desk import ENGINEER, PLACE, Desk

pytestmark = pytest.mark.req("TCK-08")
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TIJUANA = PLACE.model_copy(update={"timezone": "America/Tijuana", "site_name": "Tijuana"})


@pytest.fixture
async def desk(door: Door) -> Desk:
    async with door.services.sessions.begin() as session:
        session.add_all([user_row("engineer2", "engineer"), user_row("call_center", "call_center")])
    return Desk(door.services.sessions, door.clock)


async def agree(desk: Desk, folio: str, start: datetime) -> None:
    body = AgreeVisit.model_validate({"from": start, "to": start + timedelta(hours=2)})
    await desk.act(folio, rules.visits, desk.order(ENGINEER, body))


async def visited(desk: Desk, start: datetime, **said: Any) -> str:
    """A ticket with a visit agreed by engineer1."""
    folio = await desk.register(**said)
    await desk.assign(folio)
    await agree(desk, folio, start)
    return folio


async def day(door: Door, who: str, **asked: Any) -> list[Any]:
    answer = await door.http.get("/api/v1/visits", params=asked, headers=door.as_(who))
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


async def test_the_day_of_an_engineer_is_in_order_of_time_with_what_it_needs_to_know(
    door: Door, desk: Desk
) -> None:
    late = await visited(desk, datetime(2031, 3, 4, 20, tzinfo=UTC))
    early = await visited(desk, datetime(2031, 3, 4, 16, tzinfo=UTC), symptom="Raya las hojas")
    await visited(desk, datetime(2031, 3, 5, 16, tzinfo=UTC))
    seen = await day(door, "engineer1", day="2031-03-04")
    assert [one["folio"] for one in seen] == [early, late]
    first = seen[0]
    assert (first["from"], first["to"], first["state"]) == (
        "2031-03-04T16:00:00Z",
        "2031-03-04T18:00:00Z",
        "agreed",
    )
    assert (first["site_name"], first["device"], first["symptom"]) == ("Matriz", "LX1", "Raya las hojas")
    assert first["contact"] == {"name": "Ana Núñez", "phone": "+52 55 1234 5678"}
    assert first["sheet"] == f"/tickets/{early}/visits/1/sheet"


async def test_a_day_is_that_of_the_site(door: Door, desk: Desk) -> None:
    at = datetime(
        2031, 3, 5, 7, tzinfo=UTC
    )  # one at night in Mexico City, still the evening before in Tijuana
    mexico, tijuana = await visited(desk, at), await visited(desk, at, place=TIJUANA)
    assert [one["folio"] for one in await day(door, "supervisor", day="2031-03-05")] == [mexico]
    assert [one["folio"] for one in await day(door, "supervisor", day="2031-03-04")] == [tijuana]
    door.clock.at = at
    assert {one["folio"] for one in await day(door, "supervisor")} == {mexico, tijuana}


async def test_a_visit_stays_on_its_day_whatever_came_of_it(door: Door, desk: Desk) -> None:
    start = datetime(2031, 3, 3, 16, tzinfo=UTC)
    done, failed = await visited(desk, start), await visited(desk, start)
    door.clock.at = start
    await desk.act(done, rules.arrive, desk.order(ENGINEER, Nothing(), 1))
    await desk.act(failed, rules.fail, desk.order(ENGINEER, FailVisit(cause="Oficina cerrada"), 1))
    seen = {one["folio"]: (one["state"], one["cause"]) for one in await day(door, "call_center")}
    assert seen == {done: ("arrived", ""), failed: ("failed", "Oficina cerrada")}


@pytest.mark.req("GEN-11")
async def test_an_engineer_sees_its_own_day_and_a_client_none(door: Door, desk: Desk) -> None:
    await visited(desk, datetime(2031, 3, 4, 16, tzinfo=UTC))
    assert len(await day(door, "supervisor", day="2031-03-04", engineer="engineer1")) == 1
    assert await day(door, "supervisor", day="2031-03-04", engineer="engineer2") == []
    assert await day(door, "engineer2", day="2031-03-04") == []
    for who, asked in (("engineer2", {"engineer": "engineer1"}), ("client1", {})):
        answer = await door.http.get("/api/v1/visits", params=asked, headers=door.as_(who))
        assert answer.status_code == 403


async def read(door: Door, folio: str, who: str = "engineer1", n: int = 1) -> str:
    """What the sheet says, taken from the PDF's own content."""
    answer = await door.http.get(f"/api/v1/tickets/{folio}/visits/{n}/sheet", headers=door.as_(who))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", answer.content, re.DOTALL)
    contents = [zlib.decompress(one) for one in streams if one[:1] == b"x"]
    texts = [text for one in contents for text in re.findall(rb"\((.*?[^\\])\) Tj", one, re.DOTALL)]
    picture = "with" if b"/Subtype /Image" in answer.content else "without"
    said = [re.sub(rb"\\([()])", rb"\1", text).decode("windows-1252") for text in texts]
    return "\n".join([f"{picture} a picture", *said])


async def test_the_sheet_says_in_spanish_what_was_found_done_and_used(door: Door, desk: Desk) -> None:
    start = datetime(2031, 3, 3, 16, tzinfo=UTC)
    folio = await visited(desk, start, symptom="Mancha “todas” las páginas 😀")
    door.clock.at = start
    await desk.act(folio, rules.arrive, desk.order(ENGINEER, Nothing(), 1))
    await desk.diagnose(
        folio, solved=False, mode="on_site", root_cause="Tambor dañado", actions=["Se limpió", "Se midió"],
        pending_parts=[{"part": "rodillo", "quantity": 2}],
    )  # fmt: skip
    said = await read(door, folio)
    for words in ("Hoja de servicio", f"{folio} · visita 1 · en sitio", "Uno", "Matriz", "LX1", "Ana Núñez", "Andrés",
                  "03/03/2031 10:00", "Mancha “todas” las páginas ?", "Diagnóstico", "Tambor dañado", "• Se limpió",
                  "2 × Rodillo (pedida)", "Nombre y firma del cliente", "without a picture"):  # fmt: skip
        assert words in said, words


async def test_the_signature_on_the_case_is_drawn_with_who_and_when(door: Door, desk: Desk) -> None:
    folio = await visited(desk, datetime(2031, 3, 3, 16, tzinfo=UTC))
    store = EvidenceDesk(door.services.evidence, door.services.sessions, door.clock)
    blob = await store.take_in("signature", "firma.png", PNG)
    await desk.prove(folio, blob.sha256, "signature")
    said = await read(door, folio, "client1")
    assert "with a picture" in said
    assert "Ana Núñez · 03/03/2031 09:00" in said


async def test_a_signature_that_cannot_be_drawn_does_not_lose_the_sheet(door: Door, desk: Desk) -> None:
    folio = await visited(desk, datetime(2031, 3, 3, 16, tzinfo=UTC))
    store = EvidenceDesk(door.services.evidence, door.services.sessions, door.clock)
    blob = await store.take_in("signature", "firma.png", PNG[:24] + b"\x00" * 40)
    await desk.prove(folio, blob.sha256, "signature")
    assert "Nombre y firma del cliente" in await read(door, folio)


@pytest.mark.req("GEN-11", "GEN-13")
async def test_the_sheet_of_another_client_or_of_no_visit_is_unknown(door: Door, desk: Desk) -> None:
    folio = await visited(
        desk, datetime(2031, 3, 3, 16, tzinfo=UTC), place=PLACE.model_copy(update={"client": "C2"})
    )
    for who, path in (
        ("client1", f"{folio}/visits/1"),
        ("engineer1", f"{folio}/visits/2"),
        ("engineer1", "T-9/visits/1"),
    ):
        answer = await door.http.get(f"/api/v1/tickets/{path}/sheet", headers=door.as_(who))
        assert answer.status_code == 404
