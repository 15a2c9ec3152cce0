"""Count what really goes to the database and back, on the wire, as libpq itself tells it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event

from api.db.engine import Database

# The server ends its part of every round trip with this message.
END_OF_TRIP = "ReadyForQuery"


@dataclass(slots=True)
class Wire:
    """Hold the traces of the connections that an engine opens from now on."""

    folder: Path
    files: list[Path] = field(default_factory=list)

    def trips(self) -> int:
        """Return how many round trips there were so far on all connections."""
        return sum(
            file.read_text("utf-8", errors="replace").count(END_OF_TRIP) for file in self.files
        )

    def begin(self, dbapi_connection: Any, _record: object) -> None:
        """Trace a new connection, once it is set up."""
        file = self.folder / f"wire-{len(self.files)}"
        self.files.append(file)
        # libpq writes line by line and keeps the descriptor for the life of the connection.
        dbapi_connection.pgconn.trace(os.open(file, os.O_WRONLY | os.O_CREAT))


@contextmanager
def traced(database: Database, folder: Path) -> Iterator[Wire]:
    """Trace every connection that is opened during the block."""
    wire = Wire(folder)
    event.listen(database.engine, "connect", wire.begin)
    try:
        yield wire
    finally:
        event.remove(database.engine, "connect", wire.begin)
