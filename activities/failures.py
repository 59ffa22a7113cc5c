"""How the outside world fails, and the one place that decides what the engine tries again.

AdapterError
├── Unavailable  it surely did not happen, and may later: tried again
├── Rejected     it was refused for good: final
└── InDoubt      nobody knows whether it happened: shown to a person, never repeated blindly

To the engine an activity's failure is *retryable* (Unavailable, the database away, anything unforeseen: a deploy
mends it) or *final* (a DomainError, Rejected, InDoubt).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from temporalio.exceptions import ApplicationError

from models.shared.errors import DomainError


class AdapterError(Exception):
    """What an adapter could not do. The message is a Spanish sentence without personal data."""


class Unavailable(AdapterError):
    pass


class Rejected(AdapterError):
    pass


class InDoubt(AdapterError):
    pass


def database_away(error: BaseException) -> bool:
    """Whether this says that the database cannot be reached just now, and not that a statement is wrong."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return isinstance(error, OSError | PoolTimeout)


@contextmanager
def reported_to_engine() -> Iterator[None]:
    """Wraps the body of an activity: what leaves it says by itself whether the engine tries again."""
    try:
        yield
    except DomainError as error:
        raise ApplicationError(error.message, type=type(error).__name__, non_retryable=True) from error
    except (Rejected, InDoubt) as error:
        raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from error
    except Unavailable as error:
        raise ApplicationError(str(error), type="Unavailable") from error
    except Exception as error:
        if database_away(error):
            raise ApplicationError("La base de datos no responde.", type="DatabaseAway") from error
        raise
