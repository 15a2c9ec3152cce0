"""Look at a database without changing it, for ``wangge doctor`` and for refusing early."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from api.db.cluster_databases import EXTENSIONS
from api.db.engine import connect_arguments, normalise_url
from api.db.postgres_programs import ClusterError

_CONNECT_S = 5


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """Hold what a database offers and what it holds; ``grids`` is None without our tables."""

    server_version: str
    missing_extensions: tuple[str, ...]
    grids: int | None


def look_at(url: str) -> DatabaseState:
    """Connect to ``url`` and describe what is there; raise ClusterError when that fails."""
    try:
        with _connect(url) as connection:
            version = connection.execute("SHOW server_version").fetchone()
            present = {row[0] for row in connection.execute("SELECT extname FROM pg_extension")}
            return DatabaseState(
                server_version=str(version[0]) if version else "",
                missing_extensions=tuple(name for name in EXTENSIONS if name not in present),
                grids=_count_grids(connection),
            )
    except psycopg.Error as error:
        raise ClusterError(f"The database cannot be used: {_first_line(error)}") from error


def require_usable(url: str) -> None:
    """Make sure that the named database answers and has PostGIS and its two companions.

    Creates missing extensions when the login may; else raises ClusterError with the statement for
    the administrator.
    """
    missing = look_at(url).missing_extensions
    if not missing:
        return
    statements = [f"CREATE EXTENSION IF NOT EXISTS {name}" for name in missing]
    try:
        with _connect(url) as connection:
            for name in statements:
                connection.execute(name.encode())
    except psycopg.Error as error:
        raise ClusterError(
            f"The database lacks {', '.join(missing)}, and this login may not create them"
            f" ({_first_line(error)}). Let its administrator run there:\n  "
            + ";\n  ".join(statements)
            + ";"
        ) from error


def _connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    arguments = connect_arguments(normalise_url(url))
    return psycopg.connect(**{"connect_timeout": _CONNECT_S, **arguments}, autocommit=True)


def _count_grids(connection: psycopg.Connection[tuple[object, ...]]) -> int | None:
    known = connection.execute("SELECT to_regclass('areas') IS NOT NULL").fetchone()
    if not known or not known[0]:
        return None
    row = connection.execute("SELECT count(*) FROM areas WHERE level = 'grid'").fetchone()
    return int(str(row[0])) if row else None


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
