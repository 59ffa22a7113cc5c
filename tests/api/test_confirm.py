"""The client's one click: the page behind the link, what it shows, and what it can still do (TCK-13)."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from kit import links
from kit.codec import KeyRing
from models.shared.case import Contact
from models.shared.tables import LogRow, OutboxRow, RevisionRow
from models.ticket import rules
from models.ticket.messages import Reason
from tests.api.building import SECRET, Door
from tests.api.desk import CALL_CENTER, Desk
from tests.api.running import get, opened, post, running, solved

pytestmark = pytest.mark.req("TCK-13")


@pytest_asyncio.fixture
async def live(keys: KeyRing, database: str, tmp_path: Path) -> AsyncIterator[Door]:
    async with running(keys, database, tmp_path) as door:
        yield door


async def link(door: Door, folio: str) -> str:
    """The path of the newest link that was sent to the client."""
    async with door.services.sessions() as session:
        asked = select(OutboxRow).where(OutboxRow.folio == folio, OutboxRow.template == "resolved")
        row = (await session.scalars(asked.order_by(OutboxRow.id.desc()).limit(1))).one()
    found = re.search(r"/c/[\w-]+", row.data["link"])
    assert found is not None
    return found.group()


async def look(door: Door, path: str, status: int = 200) -> str:
    answer = await door.http.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


async def say(door: Door, path: str, **form: str) -> Any:
    return await door.http.post(path, data=form)


async def steps(door: Door) -> int:
    async with door.services.sessions() as session:
        return len((await session.scalars(select(RevisionRow.revision))).all())


async def test_yes_closes_the_ticket_as_confirmed_by_its_client(live: Door) -> None:
    folio = await opened(live)
    await solved(live, folio)
    path = await link(live, folio)
    page = await look(live, path)
    assert "Sí, ya funciona" in page
    assert "Se guió al cliente" in page
    answer = await say(live, path, answer="yes")
    assert answer.status_code == 303
    after = await live.http.get(f"http://127.0.0.1:8000{path.rsplit('/', 1)[0]}/{answer.headers['location']}")
    assert "Su reporte está cerrado" in after.text
    ticket = await get(live, "supervisor", f"/tickets/{folio}")
    assert (ticket["state"], ticket["closed_as"]) == ("closed", "confirmed")
    assert [(one["actor"], one["role"]) for one in ticket["log"] if one["event"] == "confirmed"] == [
        ("link", "client")
    ]


async def test_no_sends_it_back_to_work_with_the_clients_words(live: Door) -> None:
    folio = await opened(live)
    await solved(live, folio)
    path = await link(live, folio)
    assert (await say(live, path, answer="no", reason="  Sigue manchando ")).status_code == 303
    ticket = await get(live, "supervisor", f"/tickets/{folio}")
    assert ticket["state"] == "assigned"
    assert "dissatisfied" in ticket["escalation"]["triggers"]
    rejected = [one["detail"]["reason"] for one in ticket["log"] if one["event"] == "rejected"]
    assert rejected == ["Sigue manchando"]
    assert "Seguimos trabajando" in await look(live, path)
    late = await say(live, path, answer="yes")
    assert late.status_code == 409
    assert "Seguimos trabajando" in late.text


async def test_a_link_holds_only_while_its_resolution_stands(live: Door) -> None:
    folio = await opened(live)
    await solved(live, folio)
    old = await link(live, folio)
    await say(live, old, answer="no", reason="Sigue igual")
    await solved(live, folio)
    assert "Hay una respuesta más reciente" in await look(live, old)
    assert (await say(live, old, answer="yes")).status_code == 409
    assert (await get(live, "supervisor", f"/tickets/{folio}"))["state"] == "resolved"
    assert (await say(live, await link(live, folio), answer="yes")).status_code == 303


@pytest.mark.req("GEN-05")
async def test_a_double_click_is_one_answer(live: Door) -> None:
    folio = await opened(live)
    await solved(live, folio)
    path = await link(live, folio)
    await say(live, path, answer="yes")
    before = await steps(live)
    assert (await say(live, path, answer="yes")).status_code == 409
    assert await steps(live) == before


async def test_who_left_no_company_still_answers_by_its_link(live: Door) -> None:
    folio = await opened(live, device="no sé cuál")
    await post(live, "call_center", f"/tickets/{folio}/classify", {"type": "user_error", "priority": "low"})
    assert (await solved(live, folio))["client"] is None
    assert (await say(live, await link(live, folio), answer="yes")).status_code == 303
    assert (await get(live, "supervisor", f"/tickets/{folio}"))["state"] == "closed"


# --- Without an engine: nothing but looking ----------------------------------------------------------------------


async def signed(door: Door, **said: Any) -> tuple[str, str]:
    desk = Desk(door.services.sessions, door.clock)
    folio = await desk.register(**said)
    ticket = await desk.solve(folio)
    return folio, f"/c/{links.sign(SECRET, 'confirm', folio, ticket.revision)}"


async def test_looking_changes_nothing_however_often_a_mail_scanner_does(door: Door) -> None:
    folio, path = await signed(door)
    before = await steps(door)
    for _ in range(3):
        await look(door, path)
    await door.http.head(path)
    assert await steps(door) == before
    async with door.services.sessions() as session:
        events = (await session.scalars(select(LogRow.event).where(LogRow.folio == folio))).all()
    assert "confirmed" not in events


async def test_the_page_needs_nothing_from_elsewhere_and_runs_no_script(door: Door) -> None:
    contact = Contact(name="<script>", email="a@b.mx")
    _, path = await signed(door, symptom="<script>alert(1)</script>", contact=contact)
    page = await look(door, path)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not re.findall(r"(?:src|href|action)\s*=", page)
    answer = await door.http.get(path)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")


async def test_an_english_speaker_reads_english(door: Door) -> None:
    contact = Contact(name="Karen", email="k@b.mx", language="en")
    _, path = await signed(door, contact=contact)
    page = await look(door, path)
    assert '<html lang="en">' in page
    assert "Yes, it works" in page


async def test_a_link_we_did_not_sign_or_for_something_else_opens_nothing(door: Door) -> None:
    folio, path = await signed(door)
    other = links.sign(SECRET, "survey", folio, 99)
    missing = links.sign(SECRET, "confirm", "T-2031-999999", 1)
    for wrong in (
        path[:-2],
        "/c/x",
        f"/c/{other}",
        f"/c/{missing}",
        f"/c/{links.sign('no', 'confirm', folio, 99)}",
    ):
        assert "Este enlace no es válido" in await look(door, wrong, 404)
        assert (await say(door, wrong, answer="yes")).status_code == 404


async def test_a_refusal_without_words_is_asked_for_them(door: Door) -> None:
    _, path = await signed(door)
    answer = await say(door, path, answer="no", reason="  ")
    assert answer.status_code == 422
    assert "Por favor cuéntenos qué sigue fallando." in answer.text
    assert 'aria-describedby="wrong"' in answer.text
    assert (await say(door, path, answer="maybe")).status_code == 422


async def test_while_the_engine_is_away_the_client_is_asked_to_come_back(door: Door) -> None:
    _, path = await signed(door)
    answer = await say(door, path, answer="yes")
    assert answer.status_code == 503
    assert "Intente de nuevo en un momento" in answer.text


async def test_the_link_of_a_later_reminder_is_good_for_the_same_resolution(door: Door) -> None:
    desk = Desk(door.services.sessions, door.clock)
    folio = await desk.register()
    solved_in = (await desk.solve(folio)).revision
    reminded = await desk.wait(folio, door.clock.at + timedelta(days=1, hours=1))
    assert reminded.revision > solved_in
    for revision in (solved_in, reminded.revision):
        assert "Sí, ya funciona" in await look(door, f"/c/{links.sign(SECRET, 'confirm', folio, revision)}")


async def test_of_a_ticket_that_was_cancelled_there_is_nothing_left_to_answer(door: Door) -> None:
    desk = Desk(door.services.sessions, door.clock)
    folio = await desk.register()
    revision = (await desk.solve(folio)).revision
    await desk.act(folio, rules.reject, desk.order(CALL_CENTER, Reason(reason="Sigue igual")))
    await desk.act(folio, rules.cancel, desk.order(CALL_CENTER, Reason(reason="Se repuso el equipo")))
    path = f"/c/{links.sign(SECRET, 'confirm', folio, revision)}"
    assert "Su reporte se canceló" in await look(door, path)
    assert (await say(door, path, answer="yes")).status_code == 409
