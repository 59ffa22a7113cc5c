"""Database, engine or mail server away for a while: nothing is half done, and work goes on by itself (GEN-13)."""

import asyncio

import httpx
import pytest
from sqlalchemy import select

from models.shared.tables import OutboxRow
from tests.adapters.smtp_servers import HANG_UP, SILENCE
from tests.faults.harness import DATABASE, ENGINE, WORKER, Site, until
from tests.faults.ticket import check
from tests.ticket import lives

pytestmark = pytest.mark.engine


@pytest.mark.req("GEN-13", "GEN-05")
async def test_without_a_database_actions_are_told_to_come_back_and_then_happen_once(site: Site) -> None:
    folio = await lives.registered(site.desk)
    await site.kill(DATABASE)
    ask = ("supervisor", f"/tickets/{folio}/assign", {"engineer": "engineer1"}, f"{folio}-away")
    for _ in range(3):
        _told_to_come_back(await site.desk.once(*ask))
    await site.up()
    answer = await site.desk.ask(*ask)
    assert answer.status_code == 200
    await check(site, folio)


@pytest.mark.req("GEN-13", "GEN-05")
async def test_an_action_accepted_while_the_database_is_away_waits_for_it(site: Site) -> None:
    """The engine has taken it: the caller is told to come back, and finds it done."""
    folio = await lives.registered(site.desk)
    site.stop_worker_at("before_record", "assign")
    ask = ("supervisor", f"/tickets/{folio}/assign", {"engineer": "engineer1"}, f"{folio}-late")
    first = asyncio.create_task(site.desk.ask(*ask))
    await site.reached("before_record")
    await site.kill(DATABASE)
    site.go_on("before_record")
    _told_to_come_back(await site.desk.once("supervisor", f"/tickets/{folio}/note", {"text": "Otra"}, "n"))
    await site.up()
    assert (await first).status_code == 200
    again = await site.desk.ask(*ask)
    assert again.json() == (await first).json()
    await check(site, folio)


@pytest.mark.req("GEN-13", "GEN-02")
async def test_without_an_engine_a_registration_comes_back_to_the_folio_it_was_given(site: Site) -> None:
    """The folio is reserved before the engine is asked: asking again costs no second one."""
    await site.kill(ENGINE, WORKER)
    ask = ("call_center", "/tickets", {**lives.PHONE, "symptom": "Sin motor"}, "without-an-engine")
    _told_to_come_back(await site.desk.once(*ask))
    await site.up()
    folio = (await site.desk.ask(*ask)).json()["folio"]
    other = await lives.registered(site.desk)
    assert int(other[-6:]) == int(folio[-6:]) + 1
    await check(site, folio, other)


@pytest.mark.req("GEN-08")
@pytest.mark.parametrize(
    ("phase", "how", "outcome"),
    [
        ("rcpt", "550 no such person", "failed"),
        ("data", "451 come back later", "sent"),
        ("ehlo", HANG_UP, "sent"),
        ("mail", SILENCE, "sent"),
        ("body", SILENCE, "doubt"),
        ("body", HANG_UP, "doubt"),
        ("accepted", HANG_UP, "doubt"),
    ],
)
async def test_a_mail_server_that_misbehaves_holds_no_case_up_and_gets_no_letter_twice(
    site: Site, phase: str, how: str, outcome: str
) -> None:
    """What it surely did not take is sent when it is well again; what it may have taken is never sent again."""
    folio = await lives.registered(site.desk)
    await check(site, folio)
    site.inbox.seen.clear()
    site.inbox.at[phase] = how
    await site.desk.do("supervisor", f"/tickets/{folio}/message", {"text": "Vamos en camino"})
    await site.desk.do("call_center", f"/tickets/{folio}/note", {"text": "El caso sigue."})
    await until(lambda: phase in site.inbox.seen, "the letter is tried")
    if outcome != "sent":
        await until(lambda: _settled_as(site, folio, outcome), f"the letter is {outcome}")
    site.inbox.at.clear()
    counts = await check(site, folio)
    assert counts.get(outcome, 0) == (1 if outcome != "sent" else counts["sent"])


def _told_to_come_back(answer: httpx.Response | None) -> None:
    assert answer is not None
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["errors"][0]["code"] == "away"


async def _settled_as(site: Site, folio: str, state: str) -> bool:
    async with site.sessions() as sessions, sessions() as session:
        states = await session.scalars(select(OutboxRow.state).where(OutboxRow.folio == folio))
        return state in states.all()
