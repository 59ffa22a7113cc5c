"""The doctor names what is wrong and the way on, for a machine at rest and for a stack that runs."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from kit.clock import SystemClock
from kit.database import create_engine
from kit.problems import TEXTS
from kit.settings import Settings
from models.shared.tables import OutboxRow, RequestRow
from postventa import doctor
from postventa.doctor import Finding, Verdict, examine, locked

AT = datetime(2031, 3, 3, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTVENTA_LANGUAGE", "en")


async def _findings(settings: Settings) -> list[Finding]:
    return [finding async for finding in examine(settings, SystemClock().now())]


async def test_at_rest_it_looks_at_the_machine_and_says_how_to_start(tmp_path: Path) -> None:
    found = await _findings(Settings(data=tmp_path / "data"))
    assert found[-1].fix == "postventa up"
    assert any(str(tmp_path) in finding.what for finding in found)
    assert all(finding.fix for finding in found if finding.verdict is not Verdict.OK)
    assert not (tmp_path / "data").exists()


def test_a_package_that_differs_from_the_lock_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("httpx==0.0.1 \\\n    --hash=sha256:00\nnobody-has-this==1.0\n")
    assert locked(lock) == {"httpx": "0.0.1", "nobody-has-this": "1.0"}
    found = doctor._packages(lock)
    assert found.verdict is Verdict.BAD
    assert "httpx" in found.what
    assert "nobody-has-this – ≠ 1.0" in found.what


def test_an_old_python_and_a_full_disk_are_bad(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert doctor._python((3, 10, 2)).verdict is Verdict.BAD
    assert doctor._python((3, 11, 0)).verdict is Verdict.OK
    monkeypatch.setattr(doctor, "_SPACE_MB", 10**12)
    assert doctor._space(tmp_path / "not" / "there").verdict is Verdict.BAD


async def test_messages_in_doubt_and_forgotten_reservations_are_counted(database: str) -> None:
    engine = create_engine(database)
    row = {
        "folio": "T-1",
        "channel": "email",
        "address": "a@b",
        "language": "es",
        "template": "t",
        "data": {},
    }
    times = {"created_at": AT, "not_before": AT}
    async with engine.begin() as connection:
        for number, state in enumerate(("failed", "doubt", "doubt", "pending", "sent")):
            await connection.execute(
                insert(OutboxRow).values(**row, **times, key=str(number), recipient="contact", state=state)
            )
        await connection.execute(insert(RequestRow).values(key="k", fingerprint="f", folio="T-2", at=AT))
    await engine.dispose()
    found = [finding async for finding in doctor._database(Settings(database_url=database), AT)]
    assert "1 messages refused, 2 in doubt, 1 waiting" in found[-1].what
    assert found[-1].verdict is Verdict.WARNING
    assert "0 folios reserved" in found[-2].what
    later = AT.replace(hour=17)
    found = [finding async for finding in doctor._database(Settings(database_url=database), later)]
    assert "1 folios reserved without a case" in found[-2].what


async def test_a_database_that_is_away_is_said_with_its_reason() -> None:
    url = "postgresql+asyncpg://nobody@127.0.0.1:1/none"
    [found] = [finding async for finding in doctor._database(Settings(database_url=url), AT)]
    assert found.verdict is Verdict.BAD
    assert "does not answer" in found.what


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_every_problem_is_told_in_both_languages_with_the_same_places(code: str) -> None:
    def places(language: str) -> set[str]:
        text = TEXTS[code][language]
        return {part.split("}")[0] for part in (text.what + text.fix).split("{")[1:]}

    assert set(TEXTS[code]) == {"es", "en"}
    assert places("es") == places("en")
