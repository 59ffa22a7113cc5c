"""A request that changes something beside the cases, done once (GEN-05): an absence, another try of a letter."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.idempotency import reused
from models.shared.case import Request
from models.shared.tables import RequestRow


async def before(session: AsyncSession, request: Request, at: datetime) -> RequestRow | None:
    """What this request made before, named in its row's `folio`; None when it is new, and then it is this one's to do.

    The same request at the same moment waits until this transaction ends. Raises `Invalid` when the key came with
    another body.
    """
    claimed = await session.scalar(
        insert(RequestRow)
        .values(key=request.key, fingerprint=request.fingerprint, folio="", at=at)
        .on_conflict_do_nothing()
        .returning(RequestRow.key)
    )
    if claimed is not None:
        return None
    row = (await session.scalars(select(RequestRow).where(RequestRow.key == request.key))).one()
    if row.fingerprint != request.fingerprint:
        raise reused()
    return row


async def made(session: AsyncSession, request: Request, what: str) -> None:
    """Remember what a request made, for the next time it is asked."""
    await session.execute(update(RequestRow).where(RequestRow.key == request.key).values(folio=what))
