"""Tell a database that does not answer now from a statement that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

# Codes and classes of SQLSTATE after which the same request may succeed (PostgreSQL, Appendix A):
# connection lost; no resources; cancelled by its timeout, shut down, starting; a lock that was not
# to be had; a transaction that lost against another, or that was idle too long.
_PASSING = ("08", "53", "57014", "57P0", "55P03", "40001", "40P01", "25P03")

_TIMEOUT = "57014"


class DatabaseUnavailable(ConnectionError):
    """Say that the database does not answer now; the same request may succeed a moment later."""


class TookTooLong(DatabaseUnavailable):
    """Say the same after as long as a statement, or the wait for a connection, may take."""


@contextmanager
def passing_faults_named() -> Iterator[None]:
    """Raise DatabaseUnavailable for what passes by itself; let every other error through."""
    try:
        yield
    except NoConnectionFree as error:
        raise TookTooLong("no database connection is free") from error
    except DBAPIError as error:
        # A sentence of the server may quote a row: a log gets its code. One about the connection
        # is what an administrator needs.
        state = getattr(error.orig, "sqlstate", None)
        if not _passes(error, state):
            raise
        why = state or str(error.orig).strip().replace("\n", " ")
        raise _kind(state)(f"the database does not answer: {why}") from error
    except psycopg.Error as error:  # of statements that go to the driver as they stand
        if not _passes(error, error.sqlstate):
            raise
        raise _kind(error.sqlstate)(f"the database does not answer: {error.sqlstate}") from error


def _kind(state: str | None) -> type[DatabaseUnavailable]:
    return TookTooLong if state == _TIMEOUT else DatabaseUnavailable


def _passes(error: Exception, state: str | None) -> bool:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if state is None:  # never reached the server; a wrong value is refused under another name
        return isinstance(error, psycopg.OperationalError) or type(error).__name__ in (
            "OperationalError",
            "InterfaceError",
        )
    return state.startswith(_PASSING)
