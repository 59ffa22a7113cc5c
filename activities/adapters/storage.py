"""Evidence on a disk, addressed by the SHA-256 of its content (GEN-14)."""

import asyncio
import errno
import hashlib
import os
import re
import tempfile
from pathlib import Path

from activities.failures import Rejected, Unavailable
from models.shared.errors import Unknown

_ADDRESS = re.compile(r"[0-9a-f]{64}")


class FileEvidenceStore:
    """Files in two levels of folders, `ab/cd/abcd…`, under `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, content: bytes) -> str:
        return await asyncio.to_thread(self._put, content)

    async def get(self, sha256: str) -> bytes:
        return await asyncio.to_thread(self._get, sha256)

    async def exists(self, sha256: str) -> bool:
        return await asyncio.to_thread(self._path(sha256).is_file)

    def _path(self, sha256: str) -> Path:
        """Only an address is ever made a path: nothing that came from outside can name another file."""
        if not _ADDRESS.fullmatch(sha256):
            raise Unknown("No existe esa evidencia.")
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def _put(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        try:
            if not self._intact(path, sha256):
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                _write_whole(path, content)
        except OSError as error:
            why = "el disco está lleno" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror
            raise Unavailable(f"No se pudo guardar la evidencia: {why}.") from error
        return sha256

    def _get(self, sha256: str) -> bytes:
        try:
            content = self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise Unknown("No existe esa evidencia.") from None
        except OSError as error:
            raise Unavailable(f"No se pudo leer la evidencia: {error.strerror}.") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Rejected("La evidencia guardada está dañada: no es lo que se recibió.")
        return content

    @staticmethod
    def _intact(path: Path, sha256: str) -> bool:
        """A damaged file is written anew when the same content comes again."""
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _write_whole(path: Path, content: bytes) -> None:
    """All or nothing: written aside, made durable, then named. A crash leaves no half file under its address."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
