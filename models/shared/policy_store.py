"""The versions of the business policy in the database (GEN-06). Nothing here commits."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.shared.policy import Policy, policy
from models.shared.tables import PolicyRow

_PUBLISH_LOCK = 0x0501
"""Two who publish at once wait for each other, so that versions have no gap and no clash."""


async def current_policy(session: AsyncSession) -> tuple[int, Policy]:
    """The version that rules new cases, and the policy itself; version 1 are the defaults."""
    row = await session.scalar(select(PolicyRow).order_by(PolicyRow.version.desc()).limit(1))
    return (1, policy()) if row is None else (row.version, Policy.model_validate(row.document))


async def publish(session: AsyncSession, new: Policy, by: str, at: datetime) -> int:
    """Makes `new` the policy of the cases to come, as a new version when it differs; answers its version.

    The first use keeps the defaults of this release as version 1: a later one may have others.
    """
    await session.execute(select(func.pg_advisory_xact_lock(_PUBLISH_LOCK)))
    version, present = await current_policy(session)
    stored = await session.scalar(select(PolicyRow.version).limit(1))
    if stored is None:
        session.add(_row(version, present, "system", at))
    if new != present:
        version += 1
        session.add(_row(version, new, by, at))
    await session.flush()
    return version


def _row(version: int, of: Policy, by: str, at: datetime) -> PolicyRow:
    return PolicyRow(version=version, at=at, by=by, document=of.model_dump(mode="json"))
