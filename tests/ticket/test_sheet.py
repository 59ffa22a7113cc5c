"""What the service sheet says of a visit, and what a task says to who has it (TCK-08, GEN-10)."""

from datetime import datetime
from typing import Any

import pytest

from models.shared.actor import Role
from models.shared.case import Contact
from models.shared.errors import Unknown
from models.shared.texts import codes
from models.ticket.inbox import tasks
from models.ticket.sheet import Sheet, sheet, signature
from models.ticket.task_words import sentence
from models.ticket.types import Evidence, Ticket
from tests.ticket.building import after, assigned, at, classified, documented, registered, resolved, window

pytestmark = pytest.mark.req("TCK-08")


def section(said: Sheet, heading: str) -> tuple[str, ...]:
    return dict(said.sections).get(heading, ())


def lived(ticket: Ticket, *steps: tuple[str, datetime, dict[str, Any]]) -> Ticket:
    """One action after the other, each with its time and body."""
    for verb, when, body in steps:
        ticket = after(ticket, verb, when, **body)
    return ticket


def visiting(**changes: Any) -> Ticket:
    """A visit agreed for ten o'clock, and the engineer there."""
    return lived(
        assigned(**changes), ("visits", at(), window(at(hours=1), at(hours=3))), ("arrive", at(hours=1), {})
    )


def test_it_names_who_where_and_when_in_the_sites_time() -> None:
    facts = dict(sheet(visiting(), 1).facts)
    assert facts["Cliente"] == "Papelera del Norte"
    assert facts["Equipo"] == "MX-5 · SN-0042"
    assert facts["Contacto"] == "Ana Ruiz · 81 1234 5678"
    assert (facts["Acordada"], facts["Llegada"]) == ("03/03/2031 10:00 – 12:00", "03/03/2031 10:00")
    assert "Salida" not in facts


def test_it_tells_the_diagnosis_of_its_own_visit() -> None:
    before = lived(
        visiting(), ("diagnose", at(hours=1), {"root_cause": "Sensor sucio", "actions": ["Se limpió"]})
    )
    left = lived(
        before, ("leave", at(hours=2), {}), ("visits", at(hours=2), window(at(days=1), at(days=1, hours=1)))
    )
    again = lived(
        left,
        ("arrive", at(days=1), {"n": 2}),
        ("diagnose", at(days=1), {"root_cause": "Fusor roto", "actions": ["Se cambió"]}),
    )
    assert section(sheet(again, 1), "Diagnóstico") == ("Sensor sucio",)
    assert section(sheet(again, 2), "Diagnóstico") == ("Fusor roto",)
    assert section(sheet(again, 2), "Acciones realizadas") == ("Se cambió",)


def test_before_anything_was_found_it_has_only_what_was_reported() -> None:
    assert [heading for heading, _ in sheet(visiting(), 1).sections] == ["Lo reportado"]


def test_a_failed_visit_says_why() -> None:
    ticket = lived(visiting(), ("fail", at(hours=2), {"cause": "Oficina cerrada"}))
    said = sheet(ticket, 1)
    assert section(said, "Por qué no se logró la visita") == ("Oficina cerrada",)
    assert said.subtitle.endswith("visita 1 · no lograda")


def test_an_english_speaker_signs_an_english_sheet() -> None:
    english = visiting().model_copy(update={"contact": Contact(name="Karen", language="en")})
    said = sheet(english, 1)
    assert (said.title, said.signer) == ("Service sheet", "Client's name and signature")
    assert dict(said.facts)["Contact"] == "Karen"


def test_the_last_signature_that_can_be_drawn_is_the_one() -> None:
    def piece(n: int, kind: str, media: str) -> Evidence:
        return Evidence(
            n=n, sha256=f"{n}", kind=kind, name="x", media_type=media, size=1, by="e", at=at(hours=n)
        )

    pieces = [piece(1, "signature", "image/png"), piece(2, "signature", "image/jpeg"),
              piece(3, "signature", "application/pdf"), piece(4, "photo", "image/png")]  # fmt: skip
    signed = visiting().model_copy(update={"evidence": {str(one.n): one for one in pieces}})
    assert signature(signed) == pieces[1]
    assert sheet(signed, 1).signed == "Ana Ruiz · 03/03/2031 11:00"
    assert sheet(visiting(), 1).signed == ""


def test_what_was_solved_and_taught_is_on_it() -> None:
    ticket = lived(
        visiting(), ("diagnose", at(hours=1), {}), ("evidence", at(hours=1), {}),
        ("resolve", at(hours=2), {"summary": "Imprime bien", "taught": "Abanicar el papel"}),
    )  # fmt: skip
    said = sheet(ticket, 1)
    assert section(said, "Solución") == ("Imprime bien",)
    assert section(said, "Recomendaciones") == ("Abanicar el papel",)


def test_a_visit_that_is_not_there_has_no_sheet() -> None:
    with pytest.raises(Unknown):
        sheet(visiting(), 2)


@pytest.mark.req("GEN-10")
@pytest.mark.parametrize(
    "ticket", [registered(), classified(), assigned(), visiting(), documented(), resolved()]
)
def test_every_task_has_its_words(ticket: Ticket) -> None:
    for task in tasks(ticket):
        said = sentence(task.key, task.action, task.role, task.detail)
        assert said[0].isupper()
        assert "{" not in said
    assert tasks(ticket)


@pytest.mark.req("GEN-10")
@pytest.mark.parametrize(
    ("key", "action", "role", "detail", "said"),
    [
        ("visit:2", "arrive", Role.ENGINEER, {"n": 2}, "Llegar a la visita 2"),
        ("visit:2", "leave", Role.ENGINEER, {"n": 2}, "Terminar la visita 2"),
        ("part:1", "parts", Role.WAREHOUSE, {"quantity": 2, "name": "Fusor"}, "Surtir 2 × Fusor"),
        ("part:1", "parts", Role.ENGINEER, {"quantity": 1, "name": "Fusor"}, "Instalar o devolver 1 × Fusor"),
        ("follow_up:1", "contact", Role.CALL_CENTER, {"what": "Llamar"}, "Cumplir lo prometido: Llamar"),
        ("tell", "contact", Role.CALL_CENTER, {"phone": "81 1234"}, "Llamar al cliente al 81 1234"),
        ("call", "contact", Role.CALL_CENTER, {}, "Llamar al cliente para que confirme"),
        ("acknowledge", "acknowledge", Role.MANAGER, {"level": 2}, "Atender el escalamiento de nivel 2"),
    ],
)
def test_a_task_says_which_visit_part_or_promise_it_is(
    key: str, action: str, role: Role, detail: dict[str, Any], said: str
) -> None:
    assert sentence(key, action, role, detail) == said
    assert key.partition(":")[0] in codes("task") | {"visit"}
