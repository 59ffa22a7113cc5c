"""What the engine tries again, and what is final."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from temporalio.exceptions import ApplicationError

from activities.failures import InDoubt, Rejected, Unavailable, database_away, reported_to_engine
from models.shared.errors import NotNow


@pytest.mark.parametrize(
    ("error", "kind", "final"),
    [
        (Unavailable("451"), "Unavailable", False),
        (Rejected("550"), "Rejected", True),
        (InDoubt("sin respuesta"), "InDoubt", True),
        (ConnectionRefusedError(), "DatabaseAway", False),
        (OperationalError("select 1", {}, Exception()), "DatabaseAway", False),
    ],
)
def test_the_engine_is_told_whether_to_try_again(error: Exception, kind: str, final: bool) -> None:
    with pytest.raises(ApplicationError) as told, reported_to_engine():
        raise error
    assert (told.value.type, told.value.non_retryable) == (kind, final)
    assert told.value.__cause__ is error


@pytest.mark.parametrize(
    "error", [NotNow("ya está cerrado"), ZeroDivisionError(), IntegrityError("insert", {}, Exception())]
)
def test_a_refusal_and_a_mistake_of_ours_go_through_as_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as met, reported_to_engine():
        raise error
    assert met.value is error


def _wrapped(driver: Exception) -> DBAPIError:
    adapted = Exception()
    adapted.__cause__ = driver
    return DBAPIError("select 1", {}, adapted)


def test_a_database_that_shuts_down_starts_up_or_is_full_is_away() -> None:
    away = (
        asyncpg.AdminShutdownError(),
        asyncpg.CannotConnectNowError(),
        asyncpg.TooManyConnectionsError(),
        asyncpg.ConnectionDoesNotExistError(),
    )
    assert all(database_away(error) and database_away(_wrapped(error)) for error in away)
    assert database_away(DBAPIError("select 1", {}, Exception(), connection_invalidated=True))
    assert not database_away(_wrapped(asyncpg.UndefinedTableError()))
    assert not database_away(DBAPIError("select 1", {}, Exception()))
