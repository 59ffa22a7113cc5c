"""Evidence on a disk (GEN-14)."""

import errno
import hashlib
import os
from pathlib import Path
from typing import NoReturn

import pytest

from activities.adapters.storage import FileEvidenceStore
from activities.failures import Rejected, Unavailable
from models.shared.errors import Unknown

pytestmark = pytest.mark.req("GEN-14")
CONTENT = b"page with a jam"
ADDRESS = hashlib.sha256(CONTENT).hexdigest()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_content_is_found_again_by_its_own_digest_and_stored_once(tmp_path: Path) -> None:
    store = FileEvidenceStore(tmp_path)
    assert not await store.exists(ADDRESS)
    assert await store.put(CONTENT) == await store.put(CONTENT) == ADDRESS
    assert await store.get(ADDRESS) == CONTENT
    assert await store.exists(ADDRESS)
    assert _files(tmp_path) == [tmp_path / ADDRESS[:2] / ADDRESS[2:4] / ADDRESS]


async def test_content_that_changed_on_the_disk_is_never_given_out_and_is_mended_by_the_same_content(
    tmp_path: Path,
) -> None:
    store = FileEvidenceStore(tmp_path)
    await store.put(CONTENT)
    _files(tmp_path)[0].write_bytes(b"another page")
    with pytest.raises(Rejected, match="dañada"):
        await store.get(ADDRESS)
    await store.put(CONTENT)
    assert await store.get(ADDRESS) == CONTENT


@pytest.mark.parametrize("address", ["", "../../etc/passwd", "0" * 63, "A" * 64, f"{'0' * 63}\n", "0" * 64])
async def test_what_is_not_an_address_of_ours_is_unknown(tmp_path: Path, address: str) -> None:
    with pytest.raises(Unknown):
        await FileEvidenceStore(tmp_path).get(address)


async def test_a_full_disk_says_so_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    store = FileEvidenceStore(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(Unavailable, match="disco está lleno"):
            await store.put(CONTENT)
    assert _files(tmp_path) == []
    assert await store.put(CONTENT) == ADDRESS


async def test_a_disk_that_does_not_answer_can_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / ADDRESS[:2]).write_text("a file where the folder should be")
    store = FileEvidenceStore(tmp_path)
    with pytest.raises(Unavailable):
        await store.put(CONTENT)
    with pytest.raises(Unavailable):
        await store.get(ADDRESS)
