"""Evidence taken in and given back, with its record in a real database (GEN-14)."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from activities.adapters.storage import FileEvidenceStore
from activities.evidence import EvidenceDesk
from activities.failures import Unavailable
from kit.database import create_engine, create_sessions
from models.shared.errors import Invalid, Unknown
from models.shared.tables import BlobRow
from tests.adapters.builders import AT, StillClock

pytestmark = pytest.mark.req("GEN-14")
PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(60)


async def test_evidence_is_taken_in_once_and_given_back_as_it_was(database: str, tmp_path: Path) -> None:
    engine = create_engine(database)
    sessions = create_sessions(engine)
    desk = EvidenceDesk(FileEvidenceStore(tmp_path / "evidence"), sessions, StillClock())
    blob = await desk.take_in("photo", "atasco.png", PHOTO)
    assert await desk.take_in("document", "otra.png", PHOTO) == blob
    assert await desk.give(blob.sha256) == (blob, PHOTO)
    async with sessions() as session:
        (row,) = (await session.scalars(select(BlobRow))).all()
    assert (row.media_type, row.size, row.at) == ("image/png", len(PHOTO), AT)
    with pytest.raises(Unknown):
        await desk.give("0" * 64)
    await engine.dispose()


async def test_what_is_not_evidence_or_cannot_be_stored_leaves_no_record(
    database: str, tmp_path: Path
) -> None:
    engine = create_engine(database)
    sessions = create_sessions(engine)
    (tmp_path / "evidence").write_text("a file where the folder should be")
    desk = EvidenceDesk(FileEvidenceStore(tmp_path / "evidence"), sessions, StillClock())
    with pytest.raises(Invalid):
        await desk.take_in("audio", "atasco.png", PHOTO)
    with pytest.raises(Unavailable):
        await desk.take_in("photo", "atasco.png", PHOTO)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(BlobRow)) == 0
    await engine.dispose()
