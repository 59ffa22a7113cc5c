"""Whether a device fails too often, by the policy in force (TCK-16)."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from models.shared import policy
from models.shared.durations import days
from models.shared.message import Frozen
from models.ticket import store


class Recurrence(Frozen):
    """`failures` in the last `within_days`, each with its date; `limit` of them make the device recurrent."""

    failures: tuple[datetime, ...]
    within_days: int
    limit: int
    recurrent: bool


async def of_device(session: AsyncSession, serial: str, rule: policy.Recurrence, at: datetime) -> Recurrence:
    """The failures of a device that count at `at`."""
    within = days(rule.within)
    found = await store.failures(session, serial, at - timedelta(days=within))
    return Recurrence(
        failures=found, within_days=within, limit=rule.failures, recurrent=len(found) >= rule.failures
    )
