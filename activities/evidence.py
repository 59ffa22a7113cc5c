"""Takes in evidence and gives it back: checked, stored by content, remembered (GEN-14).

Who may see it is decided by the case it belongs to, not here.
"""

from sqlalchemy.dialects.postgresql import insert

from activities.ports import EvidenceStore
from kit.clock import Clock
from kit.database import Sessions
from models.shared.errors import Unknown
from models.shared.evidence import Blob, inspect
from models.shared.tables import BlobRow


class EvidenceDesk:
    def __init__(self, store: EvidenceStore, sessions: Sessions, clock: Clock) -> None:
        self._store = store
        self._sessions = sessions
        self._clock = clock

    async def take_in(self, kind: str, name: str, content: bytes) -> Blob:
        """Check and store a piece; the same content again is the same piece.

        The bytes are safe before anything points at them: what a crash leaves behind is content nobody names.
        Raises `Invalid` for what is not evidence of this kind, `Unavailable` when it cannot be stored now.
        """
        blob = inspect(kind, name, content)
        await self._store.put(content)
        async with self._sessions.begin() as session:
            row = {**blob.model_dump(), "at": self._clock.now()}
            await session.execute(insert(BlobRow).values(row).on_conflict_do_nothing())
        return blob

    async def give(self, sha256: str) -> tuple[Blob, bytes]:
        """A stored piece. Raises `Unknown` when there is none at that address."""
        async with self._sessions() as session:
            row = await session.get(BlobRow, sha256)
        if row is None:
            raise Unknown("No existe esa evidencia.")
        blob = Blob(sha256=row.sha256, media_type=row.media_type, size=row.size)
        return blob, await self._store.get(sha256)
