"""Who asks for English gets every refusal in English (GEN-13)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.refusals import REFUSALS, in_english
from api.texts import SENTENCES
from models.shared.errors import Fault, GateNotMet, NotNow
from models.shared.texts import codes
from models.ticket.types import GateCode

ROOT = Path(__file__).parents[2]
SPEAKERS = sorted(
    path for folder in ("models/ticket", "api", "workflows") for path in (ROOT / folder).glob("*.py")
)
KINDS = {"GateNotMet", "NotNow", "NotAllowed", "Unknown", "Invalid"}

pytestmark = pytest.mark.req("GEN-13")


def raised() -> Iterator[str]:
    """Every literal code that a refusal is made with in the ticket room and at the door."""
    for path in SPEAKERS:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                for word in node.keywords:
                    if word.arg == "code" and isinstance(word.value, ast.Constant):
                        yield str(word.value.value)


def test_every_code_that_is_raised_has_its_english() -> None:
    found = set(raised())
    assert len(found) > 20
    lacking = {code for code in found if in_english(NotNow("x", code=code), "")[0] == ""}
    assert lacking <= SENTENCES.keys()


def test_no_english_is_kept_for_a_code_nobody_raises() -> None:
    folders = ("models", "api", "workflows")
    files = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    said = "".join(path.read_text() for path in files if path.name != "refusals.py")
    assert [code for code in REFUSALS if f'"{code}"' not in said] == []


def test_a_gate_lists_all_that_is_missing_in_english() -> None:
    faults = [Fault(code=code, message="en español") for code in GateCode]
    detail, said = in_english(GateNotMet("Falta algo.", faults=faults), "Requirements are missing")
    assert detail == "The ticket cannot go on yet: requirements are missing."
    assert [one.code for one in said] == list(GateCode)
    assert "en español" not in {one.message for one in said}


@pytest.mark.parametrize("state", sorted(codes("state")))
def test_the_state_that_was_met_is_named(state: str) -> None:
    assert in_english(NotNow("No.", code=f"is_{state}"), "")[0].startswith("Not possible now: the ticket is ")


def test_what_has_no_words_of_its_own_is_never_answered_in_spanish() -> None:
    error = NotNow("Algo muy raro.", code="unforeseen", faults=[Fault(code="x", message="Raro.", path="a")])
    assert in_english(error, "Not possible now") == (
        "Not possible now",
        (Fault(code="x", message="Not possible now", path="a"),),
    )
