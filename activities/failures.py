"""How the outside world fails, and the one place that decides what the engine tries again.

AdapterError
├── Unavailable  it surely did not happen, and may later: tried again
├── Rejected     it was refused for good: final
└── InDoubt      nobody knows whether it happened: shown to a person, never repeated blindly

To the engine an activity's failure is *retryable* (Unavailable, the database away, anything unforeseen: a deploy
mends it) or *final* (Rejected, InDoubt; a DomainError, which the failure converter carries whole).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from temporalio.exceptions import ApplicationError


class AdapterError(Exception):
    """What an adapter could not do. The message, Spanish, may quote the other side and name a person: never log it."""


class Unavailable(AdapterError):
    pass


class Rejected(AdapterError):
    pass


class InDoubt(AdapterError):
    pass


_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
)
"""The server says that it is going, coming, or full; what the driver raises before SQLAlchemy can wrap it."""


def database_away(error: BaseException) -> bool:
    """Whether this says that the database cannot be reached just now, and not that a statement is wrong."""
    if isinstance(error, DBAPIError):
        driver = error.orig.__cause__ if error.orig is not None else None
        return (
            error.connection_invalidated
            or isinstance(error, OperationalError | InterfaceError)
            or isinstance(driver, _AWAY)
        )
    return isinstance(error, (OSError, PoolTimeout, *_AWAY))


@contextmanager
def reported_to_engine() -> Iterator[None]:
    """Wraps the body of an activity: what leaves it says by itself whether the engine tries again."""
    try:
        yield
    except (Rejected, InDoubt) as error:
        raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from error
    except Unavailable as error:
        raise ApplicationError(str(error), type="Unavailable") from error
    except Exception as error:
        if database_away(error):
            raise ApplicationError("La base de datos no responde.", type="DatabaseAway") from error
        raise
