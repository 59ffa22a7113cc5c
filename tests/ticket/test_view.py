"""A ticket as the world sees it: the API's answer, the read model's columns, the Temporal UI (GEN-09, TCK-14)."""

import json
from typing import Any

import pytest

from models.ticket import board, inbox, timers, view
from models.ticket.types import Channel, Place, Priority, State, Ticket
from tests.ticket.building import (
    ANA,
    BY_PHONE_ONLY,
    FOLIO,
    IN_STATE,
    MONDAY,
    PLACE,
    after,
    assigned,
    at,
    classified,
    closed,
    first_contact,
    registered,
    registration,
    resolved,
    waited,
)

TICKET = set(
    """folio state channel type priority proposed client site device symptom assignee opened_at closed_at closed_as
    waiting_for next_deadline missing escalation sla star diagnoses parts visits resolution attention satisfaction
    links log""".split()  # noqa: SIM905
)
"""The fields of `api.md`, "A ticket, exactly"; others may be added."""
CLOCK = {"state", "target_minutes", "consumed_minutes", "remaining_minutes", "due_at", "met_at", "breached"}


def _full() -> Ticket:
    """A ticket to which everything that can has happened."""
    ticket = after(assigned(), "visits")
    ticket = after(after(ticket, "arrive", at(hours=3)), "leave", at(hours=4))
    part = [{"part": "placa", "quantity": 2}]
    ticket = after(ticket, "diagnose", at(hours=4), mode="on_site", pending_parts=part, solved=True)
    ticket = after(ticket, "parts", at(hours=4), state="installed")
    ticket = after(after(ticket, "evidence", at(hours=4)), "acknowledge", at(hours=4))
    ticket = after(ticket, "resolve", at(hours=5))
    ticket = after(after(ticket, "override", at(hours=5)), "close", at(hours=6))
    return after(ticket, "survey", at(hours=7), score=4)


@pytest.mark.req("GEN-03")
@pytest.mark.parametrize("ticket", [_full(), *(make() for make in IN_STATE.values())])
def test_a_ticket_has_the_fields_of_the_interface_in_every_state(ticket: Ticket) -> None:
    line = {"seq": 1, "at": "2031-03-03T15:00:00Z", "event": "registered"}
    shown = view.present(ticket, at(hours=8), [line])
    assert set(shown) >= TICKET
    assert shown["log"] == [line]
    assert set(shown["sla"]) == {"first_response", "resolution"}
    assert set(shown["sla"]["first_response"]) == CLOCK
    assert set(shown["sla"]["resolution"]) == CLOCK | {"paused_minutes"}
    assert set(shown["escalation"]) == {"level", "acknowledged", "triggers", "history"}
    assert set(shown["proposed"]) == {"type", "priority"}
    for one in shown["missing"]:
        assert set(one) == {"code", "message"}
    assert json.loads(json.dumps(shown)) == shown


@pytest.mark.req("GEN-03")
def test_an_item_of_a_list_is_the_same_without_log_star_and_diagnoses() -> None:
    ticket = _full()
    whole, item = view.present(ticket, at(hours=8), []), view.present(ticket, at(hours=8))
    assert set(whole) - set(item) == {"log", "star", "diagnoses"} == set(view.DETAILS)
    assert item == {key: whole[key] for key in item}


def test_what_is_not_known_is_null_and_not_an_empty_word() -> None:
    shown = view.present(registered(place=Place()), MONDAY)
    unknown = ("client", "site", "device", "assignee", "closed_at", "closed_as", "resolution", "attention")
    assert [shown[name] for name in (*unknown, "satisfaction")] == [None] * 9
    assert view.present(closed(), at(days=1))["waiting_for"] is None


def test_what_was_done_is_shown_as_it_was_said() -> None:
    shown = view.present(_full(), at(hours=8), [])
    [visit] = shown["visits"]
    assert (visit["from"], visit["to"], visit["state"]) == (
        "2031-03-03T18:00:00Z",
        "2031-03-03T19:00:00Z",
        "left",
    )
    [part] = shown["parts"]
    assert (part["name"], part["quantity"], part["state"], part["special"], part["cost"]) == (
        "Placa", 2, "installed", True, "900",
    )  # fmt: skip
    assert shown["satisfaction"] == {"score": 4, "comment": "", "at": "2031-03-03T22:00:00Z"}
    assert shown["closed_as"] == "override"
    assert shown["diagnoses"][0]["root_cause"] == "Fusor gastado"
    assert shown["last_contact"] == f"{FOLIO}/1"
    assert shown["override"]["by"] == "supervisor1"
    assert shown["opened_at"] == "2031-03-03T15:00:00Z"


@pytest.mark.req("TCK-10")
def test_the_escalation_tells_level_answers_and_history() -> None:
    ticket = waited(after(after(assigned(), "escalate"), "contact"), at(hours=2))
    shown = view.present(ticket, at(hours=2))["escalation"]
    [line] = shown["history"]
    assert (shown["level"], shown["acknowledged"], shown["triggers"]) == (2, False, ["manual"])
    assert (line["trigger"], line["level"], line["active"], line["at"]) == (
        "manual",
        2,
        True,
        "2031-03-03T15:00:00Z",
    )
    answered = view.present(after(ticket, "acknowledge", at(hours=3)), at(hours=3))["escalation"]
    assert answered["acknowledged"] is True
    assert answered["history"][0]["acknowledged"]["next_step"] == "Enviar respaldo"
    assert answered["level"] == 2


@pytest.mark.req("TCK-10")
def test_a_trigger_raised_twice_is_named_once_and_told_twice() -> None:
    shown = view.present(after(after(assigned(), "escalate"), "escalate"), MONDAY)["escalation"]
    assert (shown["triggers"], len(shown["history"])) == (["manual"], 2)


@pytest.mark.req("GEN-01")
@pytest.mark.parametrize("ticket", [_full(), *(make() for make in IN_STATE.values())])
def test_the_document_holds_the_whole_ticket(ticket: Ticket) -> None:
    document = view.document(ticket)
    assert view.ticket_of(json.loads(json.dumps(document))) == ticket


@pytest.mark.req("GEN-01", "GEN-09")
@pytest.mark.parametrize("state", State)
def test_the_columns_of_the_read_model_say_the_same_as_the_ticket(state: State) -> None:
    ticket = IN_STATE[state]()
    room = view.TicketRoom()
    columns = room.columns(view.document(ticket))
    assert columns == room.columns_of(ticket)
    assert (columns.state, columns.live) == (state, state is not State.CANCELLED)
    assert columns.open is (state in ("registered", "classified", "assigned", "diagnosed"))
    assert (columns.client, columns.site, columns.device) == ("papelera", "apodaca", "SN-0042")
    assert (columns.next_wake, columns.next_deadline) == (
        timers.next_wake(ticket),
        timers.next_deadline(ticket),
    )
    assert columns.waiting_for == inbox.waiting_for(ticket)
    assert columns.resolved_at == (MONDAY if state in ("resolved", "closed") else None)
    assert columns.closed_at == ticket.closed_at
    assert columns.closed_as == ("confirmed" if state is State.CLOSED else "")
    assert room.tasks(view.document(ticket)) == inbox.tasks(ticket)
    assert room.name == "ticket"


@pytest.mark.req("TCK-06")
def test_the_read_model_knows_a_breach_of_either_clock() -> None:
    def breached(ticket: Ticket) -> bool:
        return view.TicketRoom().columns_of(ticket).sla_breached

    assert not breached(assigned(Priority.HIGH))
    assert breached(waited(assigned(Priority.HIGH), at(hours=2)))
    assert breached(waited(after(assigned(Priority.HIGH), "contact"), at(hours=9)))
    assert view.TicketRoom().columns_of(waited(assigned(), at(days=2))).escalation_level == 2


@pytest.mark.req("GEN-08")
def test_a_message_may_say_the_facts_of_the_case_and_reaches_its_contact() -> None:
    ticket = after(assigned(synthesis="Mancha al imprimir"), "message")
    facts = view.TicketRoom().facts(view.document(ticket))
    assert (facts.folio, facts.contact_folio) == (FOLIO, f"{FOLIO}/2")
    assert (facts.contact_name, facts.client_name, facts.site_name) == (
        "Ana Ruiz",
        "Papelera del Norte",
        "Planta Apodaca",
    )
    assert (facts.symptom, facts.assignee_name, facts.priority) == (
        "Mancha al imprimir",
        "Engineer1",
        "medium",
    )
    assert view.TicketRoom().facts(view.document(registered())).symptom == "Mancha las hojas"
    assert view.TicketRoom().contact(view.document(ticket)) == ANA


# --- What a supervisor sees in the Temporal UI -------------------------------------------------------------------


@pytest.mark.req("GEN-09")
def test_a_ticket_is_summed_up_by_whose_where_and_which() -> None:
    assert board.summary(registration()) == "Papelera del Norte · Planta Apodaca · SN-0042"
    assert board.summary(registration(place=Place(reported="la del pasillo"))) == "Ana Ruiz · la del pasillo"
    text = board.introduction(registration(), FOLIO)
    for part in (
        f"**{FOLIO}** · teléfono",
        "**Cliente:** Papelera del Norte",
        "SN-0042 MX-5",
        "Mancha las hojas",
    ):
        assert part in text
    assert "(sin identificar)" in board.introduction(registration(place=Place()), FOLIO)


@pytest.mark.req("GEN-09")
def test_the_details_say_state_clocks_what_is_missing_from_whom_and_by_when() -> None:
    ticket = waited(after(assigned(Priority.HIGH), "escalate"), at(hours=2))
    text = board.details(ticket, at(hours=2))
    for part in (
        "### Asignado · prioridad alta",
        "**Ingeniero:** Engineer1",
        "**Espera:** el primer contacto con el cliente",
        "**Próximo plazo:** lun 03/03/2031 12:00",
        "- **Primera respuesta:** vencido · usó 2 h de 1 h · venció lun 03/03/2031 10:00",
        "- **Solución:** corriendo · quedan 6 h de 8 h · vence lun 03/03/2031 17:00",
        "**Escalado** a gerente de operaciones: lo pidió una persona",
        "atender antes de mar 04/03/2031 11:00",
        "- ingeniero de servicio (engineer1): registrar un contacto con el cliente, antes de lun 03/03/2031 10:00",
        "- Falta la causa raíz.",
    ):
        assert part in text, part


@pytest.mark.req("GEN-09")
def test_the_details_tell_hours_and_minutes_only_where_there_are_any() -> None:
    shown = board.details(assigned(Priority.HIGH), at(minutes=50))
    assert "quedan 10 min de 1 h · vence lun 03/03/2031 10:00" in shown
    assert "quedan 7 h 10 min de 8 h · vence lun 03/03/2031 17:00" in shown


@pytest.mark.req("GEN-09")
def test_the_details_tell_a_pause_an_answer_recurrence_and_missing_cover() -> None:
    place = PLACE.model_copy(update={"covered": False})
    ticket = classified(recent_failures=(at(days=-2), at(days=-1)), place=place)
    text = board.details(after(after(ticket, "acknowledge"), "pause"), MONDAY)
    for part in (
        "**reincidente**",
        "**sin cobertura de contrato**",
        "sin asignar",
        "- **Solución:** en pausa · quedan 16 h de 16 h",
        "atendido",
    ):
        assert part in text


@pytest.mark.req("GEN-09")
@pytest.mark.parametrize(
    "ticket", [closed(), first_contact(contact=BY_PHONE_ONLY), after(classified(), "cancel")]
)
def test_the_details_of_every_end_read_well(ticket: Ticket) -> None:
    text = board.details(ticket, at(days=1))
    assert text.startswith("Papelera del Norte · Planta Apodaca · SN-0042\n### ")
    assert "None" not in text
    over = ticket.state in (State.CLOSED, State.CANCELLED)
    assert ("Falta para cerrar" in text) is not over
    assert ("Quién debe hacer qué" in text) is bool(inbox.tasks(ticket))


@pytest.mark.req("GEN-09")
def test_the_timer_in_the_ui_says_what_it_waits_for() -> None:
    tickets = (
        registered(),
        assigned(),
        resolved(),
        after(resolved(), "override"),
        closed(),
        after(closed(), "note"),
    )
    said = [timers.wake_name(ticket) for ticket in tickets]
    assert len(set(said)) == 5
    assert [bool(one) for one in said] == [True, True, True, False, True, True]
    assert said[-1] == said[-2]


@pytest.mark.req("GEN-09")
def test_every_channel_has_its_words() -> None:
    shown: list[Any] = [board.introduction(registration(channel=one), FOLIO) for one in Channel]
    assert len(set(shown)) == len(shown)
    assert "_" not in "".join(shown)
