"""One door for every verb: each state and each role is let in or refused with why (GEN-04, GEN-11)."""

from pathlib import Path

import pytest

from models.shared.actor import Actor, Role
from models.shared.errors import DomainError, NotAllowed, NotNow
from models.shared.texts import codes, text
from models.ticket import rules
from models.ticket.permissions import ALLOWED, may, permit
from models.ticket.types import OPEN_STATES, State, Ticket
from tests.ticket.building import (
    CALL,
    CLIENT,
    CLIENT_ID,
    ENGINEER,
    IN_STATE,
    OTHER,
    PLACE,
    ROLES,
    VERBS,
    after,
    assigned,
    at,
    do,
    order,
    registered,
)
from tests.ticket.roles_page import PAGE, page

OPEN = set(OPEN_STATES)
WORKED = {State.ASSIGNED, State.DIAGNOSED}
LIVE = OPEN | {State.RESOLVED}
NOT_CANCELLED = set(State) - {State.CANCELLED}
ACCEPTED: dict[str, set[State]] = {
    "classify": OPEN,
    "assign": OPEN - {State.REGISTERED},
    "contact": NOT_CANCELLED,
    "visits": WORKED,
    "diagnose": WORKED,
    "pause": OPEN,
    "evidence": LIVE,
    "note": NOT_CANCELLED,
    "message": NOT_CANCELLED,
    "follow_up": NOT_CANCELLED,
    "correct": OPEN,
    "escalate": OPEN,
    "confirm": {State.RESOLVED},
    "reject": {State.RESOLVED},
    "override": {State.RESOLVED},
    "reopen": {State.CLOSED},
    "cancel": OPEN,
    "survey": {State.CLOSED},
}
"""Where a verb is accepted, for those that need nothing else."""


def _ready(verb: str, state: State) -> Ticket:
    """A ticket in the state, with the engineer that the verb needs."""
    engineer = {"assign": "engineer2", "diagnose": "engineer1"}.get(verb)
    return IN_STATE[state]().model_copy(update={"assignee": engineer} if engineer else {})


@pytest.mark.req("GEN-04")
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("verb", ACCEPTED)
def test_a_verb_is_accepted_in_its_states_and_refused_with_the_state_it_met_in_the_others(
    verb: str, state: State
) -> None:
    ticket = _ready(verb, state)
    if state in ACCEPTED[verb]:
        assert do(ticket, verb, at(minutes=1)).events
        return
    with pytest.raises(NotNow) as refused:
        do(ticket, verb, at(minutes=1))
    expected = "not_classified" if (verb, state) == ("assign", State.REGISTERED) else f"is_{state}"
    assert refused.value.code == expected
    assert refused.value.message.endswith(".")


STANDING = {
    "arrive": WORKED,
    "leave": NOT_CANCELLED,
    "fail": NOT_CANCELLED,
    "parts": LIVE,
    "resume": OPEN,
    "acknowledge": set(State),
    "resolve": OPEN,
    "close": {State.RESOLVED},
}
"""Verbs that need something to act on; every other state refuses them, and these too when there is nothing."""


@pytest.mark.req("GEN-04")
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("verb", STANDING)
def test_a_verb_about_something_that_is_not_there_is_refused_in_every_state(verb: str, state: State) -> None:
    with pytest.raises(DomainError) as refused:
        do(IN_STATE[state](), verb, at(minutes=1))
    assert refused.value.code
    assert refused.value.message
    if state not in STANDING[verb] and state is not State.REGISTERED and verb != "close":
        assert isinstance(refused.value, NotNow | NotAllowed)


def test_every_verb_is_in_one_of_the_tables() -> None:
    assert sorted(VERBS) == sorted({*ACCEPTED, *STANDING})


@pytest.mark.req("GEN-11")
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("verb", VERBS)
def test_a_role_that_the_table_does_not_name_is_refused_whatever_the_state(verb: str, role: Role) -> None:
    name = verb.replace("_", "-")
    allowed = role in ALLOWED[name]
    for make in IN_STATE.values():
        try:
            getattr(rules, verb)(make(), order(verb, ROLES[role]), at(minutes=1))
            refusal = ""
        except DomainError as error:
            refusal = error.code
        assert (refusal == "role") is not allowed


@pytest.mark.req("GEN-11")
def test_the_table_says_what_the_processes_of_the_company_say() -> None:
    granted = {verb: {str(role) for role in roles} for verb, roles in ALLOWED.items()}
    assert granted["assign"] == {"supervisor", "manager"}
    assert granted["acknowledge"] == {"supervisor", "manager", "director"}
    assert granted["override"] == {"supervisor", "manager"}
    assert granted["resolve"] == {"engineer", "call_center"}
    assert granted["confirm"] == granted["reject"] == granted["survey"] == {"client", "call_center"}
    assert granted["classify"] == {"call_center", "supervisor"}
    assert {verb for verb, roles in granted.items() if "client" in roles} == {
        "register", "see", "evidence", "note", "escalate", "confirm", "reject", "reopen", "survey",
    }  # fmt: skip
    assert {verb for verb, roles in granted.items() if "monitoring" in roles} == {
        "register", "see", "evidence", "note", "close",
    }  # fmt: skip
    assert not any({"system", "admin"} & roles for roles in granted.values())


@pytest.mark.req("GEN-11")
def test_the_account_executive_registers_sees_and_comments_but_never_works_or_acknowledges() -> None:
    granted = {verb for verb, roles in ALLOWED.items() if Role.ACCOUNT_EXECUTIVE in roles}
    assert {"register", "see", "note"} <= granted
    assert not granted & {"assign", "classify", "acknowledge", "diagnose", "resolve", "close", "override"}


@pytest.mark.req("GEN-11")
@pytest.mark.parametrize("verb", ["evidence", "note", "escalate"])
def test_a_client_acts_on_its_own_cases_only(verb: str) -> None:
    ours = assigned()
    assert after(ours, verb, actor=CLIENT)
    for stranger in (
        Actor(user="client2", role=Role.CLIENT, client="otra"),
        Actor(user="x", role=Role.CLIENT),
    ):
        with pytest.raises(NotAllowed) as refused:
            do(ours, verb, actor=stranger)
        assert refused.value.code == "other_client"


@pytest.mark.req("GEN-11")
def test_a_ticket_of_nobody_known_is_no_clients_own() -> None:
    unknown = registered(place=PLACE.model_copy(update={"client": ""}))
    with pytest.raises(NotAllowed):
        permit(unknown, "note", Actor(user="x", role=Role.CLIENT, client=""))


@pytest.mark.req("GEN-11")
@pytest.mark.parametrize(
    "verb",
    [
        "contact",
        "visits",
        "arrive",
        "leave",
        "fail",
        "diagnose",
        "parts",
        "pause",
        "resume",
        "resolve",
        "close",
    ],
)
def test_an_engineer_works_on_what_is_assigned_to_them_only(verb: str) -> None:
    ticket = assigned()
    permit(ticket, verb, ENGINEER)
    with pytest.raises(NotAllowed) as refused:
        permit(ticket, verb, OTHER)
    assert refused.value.code == "other_engineer"


@pytest.mark.req("GEN-11")
def test_an_engineer_registers_notes_and_corrects_on_any_case() -> None:
    for verb in ("note", "evidence", "escalate", "correct"):
        permit(assigned(), verb, OTHER)


@pytest.mark.req("GEN-11")
def test_who_may_not_is_told_which_role_may_not_do_what_in_spanish() -> None:
    with pytest.raises(NotAllowed, match=r"Su rol \(cliente\) no puede hacer esto: asignar ingeniero\."):
        may("assign", Role.CLIENT)
    permit(assigned(), "note", CALL)


@pytest.mark.req("GEN-11")
def test_the_roles_in_the_documentation_are_those_of_the_code() -> None:
    written = Path(PAGE).read_text()
    assert written == page(), "run: python -m tests.ticket.roles_page"
    for verb in ALLOWED:
        assert f"| `{verb}` " in written


def test_every_verb_and_role_has_words() -> None:
    assert set(ALLOWED) == codes("verb")
    assert {str(role) for role in Role} == codes("role")
    assert text("verb.assign", "en") == "assign an engineer"
    assert CLIENT.client == CLIENT_ID
