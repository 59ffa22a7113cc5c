"""Characteristic tickets, each told once: for the tests of the workflow, of faults, and for the golden histories."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from tests.stack import PIXEL, Advance, Desk, Json

Life = Callable[[Desk, Advance], Awaitable[str]]
"""What people do with one ticket, and how time passes; its folio."""

PHONE: Json = {
    "channel": "phone",
    "contact": {"name": "Ana Ruiz", "email": "ana@alameda.example"},
    "symptom": "No imprime nada",
    "device": "LX45024444",
}
SOLVED: Json = {
    "mode": "remote",
    "root_cause": "Fusor gastado",
    "actions": ["Se cambió el fusor"],
    "history_reviewed": True,
    "solved": True,
}
RESOLVED: Json = {"resolution": "resolved", "failure_class": "desgaste", "summary": "Imprime bien"}
PHOTO: Json = {"kind": "photo", "name": "hoja.png", "content_base64": PIXEL}


async def registered(desk: Desk, **changes: object) -> str:
    """A ticket by telephone, classified at once; its folio."""
    body = {**PHONE, "type": "equipment_stopped", "priority": "high", **changes}
    return str((await desk.do("call_center", "/tickets", body))["folio"])


async def assigned(desk: Desk, **changes: object) -> str:
    folio = await registered(desk, **changes)
    await desk.do("supervisor", f"/tickets/{folio}/assign", {"engineer": "engineer1"})
    await desk.do("engineer1", f"/tickets/{folio}/contact", {"mode": "phone", "outcome": "reached"})
    return folio


async def resolved(desk: Desk, folio: str) -> None:
    """The assigned engineer solves and documents it."""
    await desk.do("engineer1", f"/tickets/{folio}/diagnose", SOLVED)
    await desk.do("engineer1", f"/tickets/{folio}/evidence", PHOTO)
    await desk.do("engineer1", f"/tickets/{folio}/resolve", RESOLVED)


async def full_life(desk: Desk, _: Advance) -> str:
    """From the first call to the survey, with a visit, a pause, a part and a promise."""
    folio = str((await desk.do("call_center", "/tickets", PHONE))["folio"])
    ticket = f"/tickets/{folio}"
    await desk.do("call_center", f"{ticket}/classify", {"type": "equipment_stopped", "priority": "high"})
    await desk.do("supervisor", f"{ticket}/assign", {"engineer": "engineer1"})
    await desk.do("engineer1", f"{ticket}/contact", {"mode": "phone", "outcome": "reached"})
    await desk.do("engineer1", f"{ticket}/pause", {"reason": "waiting_client"})
    await desk.do("engineer1", f"{ticket}/resume", {})
    await desk.do("call_center", f"{ticket}/note", {"text": "Abren a las diez."})
    await desk.do("call_center", f"{ticket}/message", {"text": "Su técnico va en camino."})
    window = {"from": "2031-12-04T10:00:00-06:00", "to": "2031-12-04T12:00:00-06:00"}
    await desk.do("engineer1", f"{ticket}/visits", window)
    await desk.do("engineer1", f"{ticket}/visits/1/arrive", {})
    waiting = SOLVED | {"solved": False, "pending_parts": [{"part": "rodillo-toma"}]}
    await desk.do("engineer1", f"{ticket}/diagnose", waiting)
    await desk.do(
        "supervisor", f"{ticket}/acknowledge", {"next_step": "Rodillo", "by": "2031-12-05T10:00:00-06:00"}
    )
    await desk.do("warehouse", f"{ticket}/parts/1", {"state": "received"})
    await desk.do("engineer1", f"{ticket}/parts/1", {"state": "installed"})
    await desk.do("engineer1", f"{ticket}/visits/1/leave", {})
    await resolved(desk, folio)
    await desk.do("call_center", f"{ticket}/confirm", {"comment": "Ya imprime"})
    await desk.do("call_center", f"{ticket}/survey", {"score": 5})
    return folio


async def first_contact(desk: Desk, _: Advance) -> str:
    """Solved on the telephone."""
    folio = await registered(desk, evidence=[PHOTO], priority="low", type="user_error")
    body = RESOLVED | {"root_cause": "Bandeja mal puesta", "actions": ["Se explicó"], "taught": "La bandeja"}
    await desk.do("call_center", f"/tickets/{folio}/resolve", body)
    await desk.do("call_center", f"/tickets/{folio}/confirm", {})
    return folio


async def rejected_and_reopened(desk: Desk, _: Advance) -> str:
    """The client does not accept it, then does, then it fails again."""
    folio = await assigned(desk)
    await resolved(desk, folio)
    await desk.do("client1", f"/tickets/{folio}/reject", {"reason": "Sigue manchando"})
    await desk.do("engineer1", f"/tickets/{folio}/diagnose", SOLVED)
    await desk.do("engineer1", f"/tickets/{folio}/resolve", RESOLVED)
    await desk.do("client1", f"/tickets/{folio}/confirm", {})
    await desk.do("client1", f"/tickets/{folio}/reopen", {"reason": "Volvió a fallar"})
    await desk.do("call_center", f"/tickets/{folio}/note", {"text": "Muy molesto."})
    return folio


async def up_the_ladder(desk: Desk, advance: Advance) -> str:
    """A high one nobody looks at: every warning and breach, and up to the director."""
    folio = await registered(desk)
    await advance(timedelta(days=3))
    return folio


async def unconfirmed(desk: Desk, advance: Advance) -> str:
    """The client never says whether it works: reminded, warned, called, closed unconfirmed, over."""
    folio = await assigned(desk, priority="low", type="operative_support")
    await resolved(desk, folio)
    await advance(timedelta(days=2, hours=1))
    await desk.do("call_center", f"/tickets/{folio}/contact", {"mode": "phone", "outcome": "not_reached"})
    await advance(timedelta(days=14))
    return folio


async def talkative(desk: Desk, _: Advance) -> str:
    """So many notes that its history is cut in two."""
    folio = await assigned(desk)
    notes = [{"text": f"Nota {n}"} for n in range(50)]
    for one in notes:
        await desk.do("call_center", f"/tickets/{folio}/note", one)
    await asyncio.gather(*(desk.do("supervisor", f"/tickets/{folio}/note", one) for one in notes[:8]))
    return folio


def soon(seconds: float) -> str:
    """A date in a moment, by the clock on the wall."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
