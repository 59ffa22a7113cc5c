"""The front door with an engine that skips time and a worker behind it, all in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from api.deps import ConnectedEngine
from kit.clock import SystemClock
from kit.codec import KeyRing
from kit.database import create_engine
from kit.engine import time_skipping_engine
from postventa.master_data import import_inline
from tests.api.building import Door, open_door, settings_for, user_row
from tests.company.data import company
from workers import wiring

STAFF = {
    "call_center": "call_center", "supervisor": "supervisor", "manager": "manager", "engineer1": "engineer",
    "engineer2": "engineer", "engineer3": "engineer", "client1": "client", "monitoring": "monitoring",
}  # fmt: skip
NOTE = {"kind": "text", "name": "nota.txt", "content_base64": "SW1wcmltZSBiaWVu"}
FIRST_CONTACT = {
    "resolution": "resolved", "failure_class": "uso", "summary": "Se guió al cliente", "root_cause": "Bandeja mal puesta",
    "actions": ["Se acomodó la bandeja"],
}  # fmt: skip


@asynccontextmanager
async def running(keys: KeyRing, database: str, folder: Path) -> AsyncIterator[Door]:
    """A small company at work: API, worker and engine over the database, at today's time."""
    settings = settings_for(folder, database_url=database)
    store = create_engine(database)
    async with (
        time_skipping_engine(keys) as engine,
        open_door(keys, settings, ConnectedEngine(engine.client)) as door,
    ):
        door.clock.at = SystemClock().now()
        async with door.services.sessions.begin() as session:
            await import_inline(session, company(), door.clock.at, "development")
            session.add_all([user_row(user, role) for user, role in STAFF.items()])
        parts = wiring.Parts(engine.client, store, settings, SystemClock())
        (worker,) = wiring.workers(parts)
        async with worker:
            yield door
    await store.dispose()


async def post(door: Door, user: str, path: str, body: Any, status: int = 200, key: str = "") -> Any:
    """A call that must answer with the status; its JSON."""
    headers = door.as_(user) | ({"Idempotency-Key": key} if key else {})
    answer = await door.http.post(f"/api/v1{path}", json=body, headers=headers)
    assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
    return answer.json()


async def get(door: Door, user: str, path: str, status: int = 200, **asked: Any) -> Any:
    answer = await door.http.get(f"/api/v1{path}", params=asked, headers=door.as_(user))
    assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
    return answer.json()


async def opened(door: Door, **said: Any) -> str:
    """A classified ticket of client C1 by e-mail; its folio."""
    body = {
        "channel": "email", "contact": {"name": "Ana <b>Núñez</b>", "email": "ana@nunez.example"},
        "symptom": "Mancha <i>todo</i>", "device": "ABC-001", "type": "technical_failure", "priority": "medium", **said,
    }  # fmt: skip
    return str((await post(door, "call_center", "/tickets", body, 201))["folio"])


async def solved(door: Door, folio: str) -> Any:
    """Resolved by the call centre in the first contact, with evidence."""
    await post(door, "call_center", f"/tickets/{folio}/evidence", NOTE)
    return await post(door, "call_center", f"/tickets/{folio}/resolve", FIRST_CONTACT)
