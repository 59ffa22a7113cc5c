"""The embedded PostgreSQL starts after any crash, takes over what runs, and never touches what it cannot read."""

import os
import subprocess
import sys
import tempfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit import unprivileged
from kit.database import create_engine
from kit.postgres import MAJOR, Postgres, embedded_postgres, programs, serving, socket_folder
from kit.problems import Problem, language

pytestmark = pytest.mark.engine


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket below it."""
    with tempfile.TemporaryDirectory(prefix="pv-") as folder:
        yield Path(folder)


async def _answer(server: Postgres, question: str = "SELECT 42") -> object:
    engine = create_engine(server.url())
    try:
        async with engine.begin() as connection:
            result = await connection.exec_driver_sql(question)
            return result.scalar() if result.returns_rows else None
    finally:
        await engine.dispose()


async def test_what_was_written_survives_kill_9_and_a_second_launcher_takes_the_server_over(
    short_folder: Path,
) -> None:
    server = Postgres(short_folder / "pg")
    await server.start()
    await _answer(server, "CREATE TABLE kept AS SELECT 7 AS n")
    second = Postgres(short_folder / "pg")
    await second.start()
    assert second.pid == server.pid
    await server.kill()
    assert (short_folder / "pg" / "postmaster.pid").exists()
    await second.start()
    assert await _answer(second, "SELECT n FROM kept") == 7
    await second.stop()
    assert serving(short_folder / "pg") is None


async def test_a_pid_file_that_names_a_stranger_does_not_keep_it_from_starting(short_folder: Path) -> None:
    async with embedded_postgres(short_folder / "pg", durable=False):
        pass
    (short_folder / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n{short_folder / 'pg'}\n")
    async with embedded_postgres(short_folder / "pg", durable=False) as server:
        assert await _answer(server) == 42


async def test_a_set_up_that_broke_half_way_is_begun_again(short_folder: Path) -> None:
    (short_folder / "pg.new" / "base").mkdir(parents=True)
    (short_folder / "pg.new" / "PG_VERSION").write_text(f"{MAJOR}\n")
    (short_folder / "pg").mkdir()
    async with embedded_postgres(short_folder / "pg", durable=False) as server:
        assert await _answer(server) == 42


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"PG_VERSION": "16\n"}, "postgres_version"),
        ({"PG_VERSION": f"{MAJOR}\n"}, "postgres_damaged"),
        ({"something": ""}, "postgres_damaged"),
    ],
)
async def test_data_it_cannot_take_over_are_left_as_they_are(
    tmp_path: Path, files: dict[str, str], code: str
) -> None:
    folder = tmp_path / "pg"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    with pytest.raises(Problem) as refused:
        await Postgres(folder).start()
    assert refused.value.code == code
    assert str(folder) in refused.value.what()
    assert {path.name: path.read_text() for path in folder.iterdir()} == files


async def test_a_path_too_long_for_a_socket_gets_a_short_private_one(short_folder: Path) -> None:
    folder = short_folder / ("largo" * 20) / "pg"
    async with embedded_postgres(folder, durable=False) as server:
        assert await _answer(server) == 42
        assert socket_folder(folder) != folder
        assert socket_folder(folder).stat().st_mode & 0o077 == 0
        adopted = Postgres(folder)
        await adopted.start()
        assert adopted.url() == server.url()


async def test_a_full_disk_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**9, 10**9, 5_000_000))
    with pytest.raises(Problem, match="5 MB"):
        await Postgres(tmp_path / "pg").start()
    assert not (tmp_path / "pg").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another user")
async def test_as_root_it_works_under_a_closed_folder_and_opens_nothing(short_folder: Path) -> None:
    closed = short_folder / "closed"
    closed.mkdir(mode=0o700)
    before = {path: path.stat().st_mode for path in (closed, *closed.parents, programs())}
    async with embedded_postgres(closed / "pg", durable=False) as server:
        assert await _answer(server) == 42
        assert (closed / "pg").stat().st_uid != 0
    assert {path: path.stat().st_mode for path in before} == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another user")
@pytest.mark.parametrize(("door", "passes"), [("passage", True), ("plain", False)])
def test_a_program_under_a_closed_folder_is_found_by_who_keeps_the_passage(
    short_folder: Path, door: str, passes: bool
) -> None:
    """PostgreSQL looks for its own programs with access(2), which forgets privileges unless told otherwise."""
    closed = short_folder / "closed"
    closed.mkdir(mode=0o700)
    (closed / "program").touch(mode=0o700)
    script = [sys.executable, "-I", "-S", unprivileged.__file__, "65534", "65534", door, "stay"]
    asked = subprocess.run(
        [*script, "/bin/sh", "-c", f"test -x {closed}/program && id -u"], capture_output=True
    )
    assert (asked.stdout.strip() == b"65534") is passes


def test_messages_are_in_the_operators_language(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem("disk_full", free=5, folder="/x", needed=300)
    monkeypatch.setenv("POSTVENTA_LANGUAGE", "es")
    assert (language(), problem.what()) == ("es", "Quedan 5 MB libres en /x; hacen falta al menos 300 MB.")
    monkeypatch.setenv("POSTVENTA_LANGUAGE", "en")
    assert problem.what() == "5 MB are free in /x; at least 300 MB are needed."
