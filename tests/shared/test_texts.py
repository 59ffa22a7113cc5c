"""Every code that a person meets has words, in both languages."""

from enum import StrEnum

import pytest

from models.shared.actor import Role
from models.shared.outbox_store import OutboxState
from models.shared.texts import codes, text
from models.ticket import types

TABLES: list[tuple[str, type[StrEnum]]] = [
    ("state", types.State),
    ("channel", types.Channel),
    ("channel", types.ContactMode),
    ("mode", types.WorkMode),
    ("type", types.Type),
    ("priority", types.Priority),
    ("pause", types.PauseReason),
    ("resolution", types.ResolutionKind),
    ("part_state", types.PartState),
    ("visit_state", types.VisitState),
    ("trigger", types.TriggerCode),
    ("closed_as", types.ClosedAs),
    ("gate", types.GateCode),
    ("waiting_for", types.WaitingFor),
    ("role", Role),
    ("outbox", OutboxState),
]
EVENTS = """registered classified assigned contacted visit_agreed visit_arrived visit_left visit_failed diagnosed
part_asked part_changed paused resumed evidence_added noted messaged follow_up_set follow_up_missed corrected warned
breached escalated acknowledged resolved confirmed rejected closed reopened merged redirected cancelled surveyed
overridden recurrence_marked breach_predicted"""


@pytest.mark.req("GEN-08")
@pytest.mark.parametrize(("table", "kind"), TABLES, ids=lambda one: str(one))
def test_every_value_a_person_meets_has_words_in_both_languages(table: str, kind: type[StrEnum]) -> None:
    assert {value.value for value in kind} <= codes(table)
    for value in kind:
        assert text(f"{table}.{value}").strip()
        assert text(f"{table}.{value}", "en").strip()


@pytest.mark.req("GEN-03")
def test_every_event_of_the_case_log_has_words() -> None:
    assert set(EVENTS.split()) == codes("event")


@pytest.mark.req("GEN-04")
def test_every_gate_is_a_spanish_sentence() -> None:
    assert text("gate.root_cause") == "Falta la causa raíz."
    assert all(text(f"gate.{code}").endswith(".") for code in codes("gate"))


def test_any_language_but_english_reads_spanish() -> None:
    assert [text("priority.high", one) for one in ("es", "fr", "en", "en-GB")] == [
        "alta",
        "alta",
        "high",
        "high",
    ]


def test_an_unforeseen_code_reads_as_itself() -> None:
    assert text("event.sent_to_moon") == "sent to moon"
    assert text("nowhere.at_all") == "at all"
