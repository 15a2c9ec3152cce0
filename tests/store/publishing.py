"""Publish a second revision of the boundaries the way a publication has to: alone, in one go."""

from __future__ import annotations

from datetime import datetime

from api.db.report_store import PUBLICATION_LOCK
from tests.store.rows import Direct


def exchange_grids(connection: Direct, first: str, second: str, *, name: str, at: datetime) -> None:
    """Let two grids exchange their shapes from ``at`` on; runs in the caller's transaction."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (PUBLICATION_LOCK,))
    row = connection.execute(
        "INSERT INTO boundary_revisions (name, effective_at, content_sha256) VALUES (%s, %s, '')"
        " RETURNING id",
        (name, at),
    ).fetchone()
    assert row is not None
    ended = connection.execute(
        "UPDATE grid_boundaries SET valid = tstzrange(lower(valid), %s)"
        " WHERE code IN (%s, %s) AND upper_inf(valid) RETURNING code, geom",
        (at, first, second),
    ).fetchall()
    for code, shape in ended:
        connection.execute(
            "INSERT INTO grid_boundaries (code, revision_id, geom, valid)"
            " VALUES (%s, %s, %s, tstzrange(%s, NULL))",
            (second if code == first else first, row[0], shape, at),
        )
    connection.execute("UPDATE revisions SET number = number + 1 WHERE kind = 'boundaries'")


def withdraw(connection: Direct, name: str) -> None:
    """Take back the last revision that is still to come; runs in the caller's transaction."""
    row = connection.execute(
        "UPDATE boundary_revisions SET withdrawn_at = now() WHERE name = %s"
        " RETURNING id, effective_at",
        (name,),
    ).fetchone()
    assert row is not None
    connection.execute(
        "UPDATE grid_boundaries SET valid = 'empty', withdrawn = true WHERE revision_id = %s",
        (row[0],),
    )
    connection.execute(
        "UPDATE grid_boundaries SET valid = tstzrange(lower(valid), NULL) WHERE upper(valid) = %s",
        (row[1],),
    )
