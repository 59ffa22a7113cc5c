"""Every notice can be written, in both languages, whatever is known of the case (GEN-08, TCK-02)."""

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest

import models
from activities.notices import OPTIONAL, local, render, templates, write
from models.shared.tables import OutboxRow

pytestmark = pytest.mark.req("GEN-08")
CLIENT = set(
    """registered assigned visit_agreed visit_moved part_ordered escalated resolved confirmation_reminder
    confirmation_warning closed reopened message cancelled""".split()  # noqa: SIM905
)
STAFF = set(
    """assigned_engineer nobody_eligible not_covered warned breached escalated escalation_repeated
    dissatisfied follow_up_missed confirmation_needs_supervisor confirmation_call_needed
    breach_predicted low_satisfaction reopened""".split()  # noqa: SIM905
)
AUDIENCES = {"tell_client": "client", "tell": "staff", "tell_role": "staff", "tell_assignee": "staff"}
EVERY = [("client", name) for name in sorted(CLIENT)] + [("staff", name) for name in sorted(STAFF)]
FULL = {
    "folio": "T-2031-000123",
    "contact_folio": "T-2031-000123/2",
    "contact_name": "Ana Ruiz",
    "client_name": "Papelera del Norte",
    "site_name": "Planta Apodaca",
    "device": "SN-0042",
    "model": "MX-5",
    "symptom": "No imprime & huele a <quemado>",
    "priority": "high",
    "type": "equipment_stopped",
    "assignee_name": "Luis Gómez",
    "timezone": "America/Mexico_City",
    "link": "https://posventa.example/c/abc?x=1&y=2",
    "start": "2031-03-03T15:00:00+00:00",
    "end": "2031-03-03T17:00:00+00:00",
    "due": "2031-03-04T00:00:00+00:00",
    "known": "2031-03-05T15:00:00+00:00",
    "missed": "2031-03-02T15:00:00+00:00",
    "acknowledge_by": "2031-03-03T17:30:00+00:00",
    "level": 2,
    "triggers": ["open_limit", "manual"],
    "reason": "El cliente llamó molesto",
    "clock": "resolution",
    "percent": 75,
    "part": "Fusor",
    "department": "swap",
    "summary": "Se cambió el fusor",
    "closed_as": "confirmed",
    "text": "Le llamamos a las 5.",
    "what": "llamar al cliente",
    "who": "Eva",
    "next_step": "Pedir el fusor",
    "failures": 3,
    "score": 2,
    "comment": "Tardaron",
    "name": "Luis Gómez",
    "number": "T-2031-000123/2",
}


def test_the_notices_are_the_same_in_both_languages_and_none_is_missing() -> None:
    for language in ("es", "en"):
        assert templates("client", language) == CLIENT
        assert templates("staff", language) == STAFF


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(("audience", "name"), EVERY)
def test_a_notice_reads_well_with_all_that_can_be_known_and_with_the_folio_alone(
    audience: str, name: str, language: str
) -> None:
    for data in (FULL, {"folio": "T-2031-000123"}):
        written = render(audience, language, name, data)
        assert "T-2031-000123" in written.text
        assert written.subject == written.subject.strip() != ""
        for flaw in ("  ", " .", " ,", "()", "None", "{", "..", ": .", "\n\n\n"):
            assert flaw not in written.text
            assert flaw not in written.subject


def test_the_client_is_told_what_matters_to_it() -> None:
    """TCK-02."""
    assert "T-2031-000123/2" in render("client", "es", "registered", FULL).text
    assert "Luis Gómez" in render("client", "es", "assigned", FULL).text
    assert "lunes 3 de marzo de 2031, 09:00" in render("client", "es", "visit_agreed", FULL).text
    part = render("client", "es", "part_ordered", FULL).text
    assert "Fusor" in part
    assert "lunes 3 de marzo de 2031, 18:00" in part
    assert "https://posventa.example/c/abc?x=1&y=2" in render("client", "es", "resolved", FULL).text


def test_who_is_escalated_to_reads_why_at_what_level_and_until_when_to_answer() -> None:
    text = render("staff", "es", "escalated", FULL).text
    for part in ("nivel 2, gerente de operaciones", "lleva demasiado tiempo abierto; lo pidió una persona"):
        assert part in text
    assert "lunes 3 de marzo de 2031, 11:30" in text
    assert "El cliente llamó molesto" in text


def test_a_reason_that_is_a_code_reads_as_words() -> None:
    reasons = {
        "nobody_eligible": "no engineer is available",
        "follow_up_missed: llamar": "a follow-up was missed: llamar",
    }
    for reason, words in reasons.items():
        assert words in render("staff", "en", "escalated", {**FULL, "reason": reason}).text


def _told() -> list[tuple[str, str, set[str]]]:
    """Every notice that the rules of any room send: audience, template, names of its data."""
    found = []
    for path in Path(models.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            if call.func.attr in AUDIENCES:
                names = {word.arg for word in call.keywords if word.arg}
                found += [
                    (AUDIENCES[call.func.attr], leaf.value, names)
                    for leaf in ast.walk(call.args[0])
                    if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
                ]
    return found


def test_every_notice_of_the_rules_has_its_template_and_says_nothing_that_no_template_knows() -> None:
    told = _told()
    assert len(told) > 20
    for audience, template, names in told:
        assert template in templates(audience, "es")
        assert names <= OPTIONAL, template
    assert {(audience, template) for audience, template, _ in told} == set(EVERY), (
        "no template is left unused"
    )


def test_times_are_told_in_the_language_and_at_the_place_of_the_site() -> None:
    noon = datetime(2031, 8, 13, 18, tzinfo=UTC)
    assert local(noon, "America/Mexico_City", "es") == "miércoles 13 de agosto de 2031, 12:00"
    assert local(noon, "America/Tijuana", "es") == "miércoles 13 de agosto de 2031, 11:00"
    assert local(noon.isoformat(), "America/Mexico_City", "en") == "Wednesday 13 August 2031, 12:00"


def _row(**changes: object) -> OutboxRow:
    values = {
        "id": 7,
        "folio": "T-2031-000123",
        "key": "registered:1:action",
        "recipient": "contact",
        "channel": "email",
        "address": "ana@example.com",
        "language": "es",
        "template": "registered",
        "data": {key: value for key, value in FULL.items() if key != "folio"},
    }
    return OutboxRow(**{**values, **changes})


def test_the_same_event_reads_differently_to_the_client_and_to_staff() -> None:
    client, staff = (write(_row(template="escalated", recipient=one)) for one in ("contact", "gerente1"))
    assert "Buen día, Ana Ruiz" in client.text
    assert "Prioridad: alta" in staff.text
    assert client.id != staff.id
    assert client.subject.startswith("[T-2031-000123] ")


def test_what_a_person_wrote_cannot_become_markup_and_links_can_be_followed() -> None:
    page = write(_row(template="registered")).html
    assert "huele a &lt;quemado&gt;" in page
    link = 'href="https://posventa.example/c/abc?x=1&amp;y=2"'
    assert link in write(_row(template="resolved")).html


def test_a_notice_without_a_template_is_an_error() -> None:
    with pytest.raises(LookupError, match="felicitaciones"):
        write(_row(template="felicitaciones"))
