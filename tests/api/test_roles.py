"""The table role × action is what the front door does: 403 exactly where it grants nothing (GEN-11)."""

from typing import Any

import pytest

from api.ticket_verbs import VERBS, path_of
from models.shared.actor import Role
from models.ticket.permissions import ALLOWED
from tests.api.building import Door, user_row
from tests.api.desk import Desk

pytestmark = pytest.mark.req("GEN-11")
ROLES = sorted(set(Role) - {Role.SYSTEM})
_REGISTER = {"channel": "phone", "contact": {"name": "Ana"}, "symptom": "No imprime"}
_PIECE = {"kind": "text", "name": "nota.txt", "content_base64": "SG9sYQ=="}


@pytest.fixture
async def folio(door: Door) -> str:
    """A ticket of client C1, and one person of each role."""
    async with door.services.sessions.begin() as session:
        session.add_all([user_row(f"a_{role}", role) for role in ROLES])
    return await Desk(door.services.sessions, door.clock).register()


async def test_every_verb_is_refused_to_exactly_the_roles_without_it(door: Door, folio: str) -> None:
    calls = {verb: (path_of(folio, verb, 1), one.example) for verb, one in VERBS.items()}
    calls |= {"register": ("/tickets", _REGISTER), "evidence": (path_of(folio, "evidence"), _PIECE)}
    calls["correct"] = (path_of(folio, "correct"), {"client": "C1", "reason": "Era de otro equipo"})
    assert calls.keys() | {"see"} == ALLOWED.keys()
    wrong = []
    for verb, (path, body) in calls.items():
        for role in ROLES:
            answer = await _post(door, role, path, body)
            if (answer.status_code == 403) != (role not in ALLOWED[verb]) or answer.status_code not in (
                403,
                503,
            ):
                wrong.append((verb, role.value, answer.status_code, answer.text))
    assert wrong == []


async def test_every_way_to_look_is_closed_to_exactly_the_roles_that_may_not(door: Door, folio: str) -> None:
    paths = (
        "/tickets",
        f"/tickets/{folio}",
        f"/tickets/{folio}/log",
        f"/tickets/{folio}/sla",
        "/search?q=Uno",
    )
    for path in paths:
        for role in ROLES:
            answer = await door.http.get(f"/api/v1{path}", headers=door.as_(f"a_{role}"))
            assert answer.status_code == (200 if role in ALLOWED["see"] else 403), (path, role)


async def test_another_clients_ticket_is_as_unknown_as_none(door: Door, folio: str) -> None:
    async with door.services.sessions.begin() as session:
        other = user_row("stranger", "client")
        other.client = None
        session.add(other)
    for verb in sorted(verb for verb, roles in ALLOWED.items() if Role.CLIENT in roles and verb in VERBS):
        answer = await _post(door, "stranger", path_of(folio, verb, 1), VERBS[verb].example)
        assert answer.status_code == 404, verb
    answer = await door.http.get(f"/api/v1/tickets/{folio}", headers=door.as_("stranger"))
    assert answer.status_code == 404


async def _post(door: Door, who: str, path: str, body: Any) -> Any:
    user = f"a_{who}" if who in ROLES else who
    return await door.http.post(f"/api/v1{path}", json=body, headers=door.as_(user))
