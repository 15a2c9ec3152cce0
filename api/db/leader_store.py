"""Let one process lead: a lock that PostgreSQL releases when its holder dies."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from api.db.engine import Database

SCHEDULER_LOCK = 4_490_003


class LeaderLock:
    """Hold the scheduler's lock on a connection of its own."""

    def __init__(self, database: Database) -> None:
        """Prepare; nothing is held yet."""
        self._database = database
        self._connection: Connection | None = None

    def hold(self) -> bool:
        """Take the lock or check that it is still held; raise ConnectionError without database."""
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))
                return True
            self._connection = self._database.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            )
            taken = self._connection.execute(
                text("SELECT pg_try_advisory_lock(:key)"), {"key": SCHEDULER_LOCK}
            ).scalar_one()
        except DBAPIError as error:
            self.release()
            raise ConnectionError("the database does not answer") from error
        if not taken:
            self._connection.close()
            self._connection = None
        return bool(taken)

    def release(self) -> None:
        """Give the lock back by ending its connection for good."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
