"""Technical time-outs and retries, by name. Business time is policy data, not this."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy


class ActivityOptions(TypedDict):
    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


RECORD: ActivityOptions = {
    "start_to_close_timeout": timedelta(seconds=20),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=10)
    ),
}
"""Recording is tried until the database is back: an accepted action is never given up."""

HISTORY_BUDGET = 400
"""Events after which a case continues as new, well before the engine would suggest it (GEN-12)."""
