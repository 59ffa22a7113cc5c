"""What the documents say is true of the code: links lead somewhere, names exist, commands can be given."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from postventa.__main__ import app
from postventa.demo_summary import _CLOCK_STATES
from tests.house import requirements
from tests.house.source import ROOT, name, tracked

PAGES = tuple(path for path in tracked() if path.suffix == ".md")
GLOSSARY = ROOT / "docs" / "glossary.md"
_LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)")
_TERM = re.compile(r"^\| (?P<term>[^|]+) \| `(?P<code>[^`]+)` \| \[[^\]]+\]\((?P<file>[^)]+)\)", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if not _there(page, link)]
    assert links == []


def _there(page: Path, link: str) -> bool:
    return (page.parent / link).exists()


def test_every_term_of_the_glossary_is_a_name_in_the_code_it_points_to() -> None:
    terms = list(_TERM.finditer(GLOSSARY.read_text(encoding="utf-8")))
    assert len(terms) > 40
    lost = [
        (term["term"], term["code"], term["file"])
        for term in terms
        if not re.search(
            rf"(?<!\w){re.escape(term['code'])}(?!\w)",
            (GLOSSARY.parent / term["file"]).read_text(encoding="utf-8"),
        )
    ]
    assert lost == []


def test_the_glossary_names_every_state_channel_trigger_and_gate_of_a_ticket() -> None:
    from models.ticket.types import Channel, GateCode, State, TriggerCode

    said = {term["code"] for term in _TERM.finditer(GLOSSARY.read_text(encoding="utf-8"))}
    assert {str(one) for kind in (State, Channel, TriggerCode, GateCode) for one in kind} - said == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_a_page_gives_can_be_given(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    given = set(re.findall(r"(?:^|`|\$ |&& )(?:\.venv/bin/)?postventa ([a-z]+)\b", text, re.MULTILINE))
    assert given - _commands() == set()
    targets = set(re.findall(r"(?:^|`|\$ |&& )make ([a-z][a-z-]*)\b", text, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {
        one for one in targets if not re.search(rf"^[\w ]*\b{one}\b[\w ]*:", makefile, re.MULTILINE)
    } == set()
    modules = set(re.findall(r"python -m ((?:tests|postventa|benchmarks|workers|api)[\w.]*)", text))
    assert {one for one in modules if not _module(one)} == set()


def _commands() -> set[str]:
    group = get_command(app)
    return set(getattr(group, "commands", {}))


def _module(dotted: str) -> bool:
    path = ROOT / dotted.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def test_the_readme_documents_every_key_of_the_summary() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    keys = ("tickets", "by_channel", "by_state", "escalation", "sla", "notifications", "breached", "active")
    assert [key for key in (*keys, *_CLOCK_STATES) if f"`{key}`" not in readme] == []


def test_the_page_of_requirements_is_what_the_marks_of_the_tests_say() -> None:
    assert requirements.PAGE.read_text(encoding="utf-8") == requirements.page(), (
        "out of date: python -m tests.house.requirements"
    )


def test_every_requirement_of_this_release_has_a_test_and_every_mark_names_one_that_exists() -> None:
    proofs = requirements.proofs()
    assert sorted(requirements.DELIVERED - proofs.keys()) == []
    known = {id for rules in requirements.RULES.values() for id in rules}
    assert sorted(proofs.keys() - known) == []
