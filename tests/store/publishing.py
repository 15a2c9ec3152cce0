"""Publish a second revision of the boundaries the way a publication has to: alone, in one go."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import shapely
from sqlalchemy import text

from api.db.coming_store import Coming
from api.db.engine import Database
from api.db.report_store import PUBLICATION_LOCK
from api.knowledge import Keeper
from tests.conftest import FreshDatabase
from tests.store.rows import Direct, direct


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


def exchange(
    county_database: FreshDatabase, one: str, other: str, *, name: str, at: datetime
) -> None:
    """Let two grids exchange their shapes in a transaction of its own."""
    with direct(county_database.owner_url) as connection, connection.transaction():
        exchange_grids(connection, one, other, name=name, at=at)


def assert_same(running: Keeper, starting: Keeper, at: datetime) -> None:
    """Compare owners at every vertex, boxes, and the revision that answers name."""
    known, read = running.current(), starting.current()
    county, whole = running.map_at(known, at), starting.map_at(read, at)
    assert county.revision == whole.revision
    assert county.index.codes == whole.index.codes
    shapes = np.array([whole.index.geometry(code) for code in whole.index.codes], dtype=object)
    lons, lats = shapely.get_coordinates(shapes).T
    assert county.index.owners(lons, lats).tolist() == whole.index.owners(lons, lats).tolist()
    assert running.boxes_at(known, at) == starting.boxes_at(read, at)
    assert list(known.areas.items()) == list(read.areas.items())


def stored_shapes(serving: Database) -> dict[str, bytes]:
    """Return the latest shapes of all grids, as WKB."""
    statement = text("SELECT code, ST_AsBinary(geom) FROM grid_boundaries WHERE upper_inf(valid)")
    with serving.read_once() as connection:
        return {code: bytes(wkb) for code, wkb in connection.execute(statement)}


def shapes_of_exchange(serving: Database, one: str, other: str) -> Coming:
    """Return what an exchange of two grids is about to store."""
    stored = stored_shapes(serving)
    return {one: stored[other], other: stored[one]}
