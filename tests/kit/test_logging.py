"""Logs say which case, and nothing about people (GEN-15)."""

import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from kit.logging import bind, configure_logging
from kit.settings import Settings


@pytest.fixture
def logs() -> Iterator[None]:
    """Leaves logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.mark.usefixtures("logs")
@pytest.mark.req("GEN-15")
def test_production_logs_json_with_the_folio_and_without_personal_data(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging(Settings(environment="production"))
    bind(folio="T-2031-000001")
    structlog.get_logger("t").warning(
        "not_sent",
        template="registered",
        address="maria@example.com",
        data={"contact": {"name": "María"}, "n": [1]},
    )
    logging.getLogger("library").warning("refused %s", 550, extra={"recipient": "maria@example.com"})
    ours, library = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["folio"], ours["level"]) == ("not_sent", "T-2031-000001", "warning")
    assert (ours["address"], ours["data"]) == ("[personal]", {"contact": "[personal]", "n": [1]})
    assert (library["event"], library["recipient"]) == ("refused 550", "[personal]")


@pytest.mark.usefixtures("logs")
def test_development_logs_lines_a_person_reads_and_less_than_asked_is_not_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging(Settings(log_level="warning"))
    structlog.get_logger("t").info("quiet")
    structlog.get_logger("t").error("loud", folio="T-2031-000001")
    text = capsys.readouterr().err
    assert "loud" in text
    assert "T-2031-000001" in text
    assert "quiet" not in text


@pytest.mark.usefixtures("logs")
@pytest.mark.req("GEN-15")
@pytest.mark.parametrize("environment", ["development", "production"])
def test_the_stack_of_a_failure_shows_no_variables(
    capsys: pytest.CaptureFixture[str], environment: Literal["development", "production"]
) -> None:
    configure_logging(Settings(environment=environment))

    def fails(symptom: str) -> None:
        if symptom:
            raise RuntimeError("broken")

    try:
        fails("María no puede " + "imprimir")
    except RuntimeError:
        structlog.get_logger("t").exception("failed")
    written = capsys.readouterr().err
    assert "RuntimeError" in written
    assert "no puede imprimir" not in written


@pytest.mark.usefixtures("logs")
@pytest.mark.parametrize("environment", ["development", "production"])
def test_why_a_library_failed_is_in_the_log_as_the_engine_says_it_of_a_case_that_is_stuck(
    environment: Literal["development", "production"], capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(Settings(environment=environment))
    try:
        raise ValueError("the rule is wrong")
    except ValueError as error:
        logging.getLogger("temporalio.worker").warning("Failed activation", exc_info=error)
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert "the rule is wrong" in said
