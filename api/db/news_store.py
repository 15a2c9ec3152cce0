"""Read what one publication of boundaries has changed, in one round trip.

Between a commit and the first answer from it stand round trips, and each is a wait for a database,
a processor and an interpreter that others want as well.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from api.db.area_store import AreaRow, RevisionRow

# A publication of more grids is read as a start reads them, with its patience: here they are all
# one value, and while it is taken apart nobody else of the process has a turn.
MOST_GRIDS: Final = 2_000

logger = logging.getLogger("wangge.knowledge")

# Codes and classes of SQLSTATE (PostgreSQL, Appendix A): cancelled by its timeout; no memory;
# beyond a limit of the server, which tells of some as errors of its own.
_TOO_MUCH: Final = ("57014", "53200", "54", "XX000")

_NEWS: Final = text("""
WITH later AS (
  SELECT name, effective_at AS at, note FROM boundary_revisions
  WHERE withdrawn_at IS NULL AND effective_at > :since
), fresh AS (
  SELECT array_agg(at) AS instants, min(at) AS at FROM later
  WHERE name <> ALL(CAST(:coming AS text[]))
), pieces AS (
  SELECT code, lower(valid) AS begun, upper(valid) AS ended, geom FROM grid_boundaries
  WHERE (SELECT at FROM fresh) IS NOT NULL
    AND (lower(valid) = ANY((SELECT instants FROM fresh)::timestamptz[])
      OR upper(valid) = ANY((SELECT instants FROM fresh)::timestamptz[]))
), few AS (
  SELECT at FROM fresh WHERE (SELECT count(DISTINCT code) FROM pieces) <= :most
), touched AS (
  SELECT code, max(encode(ST_AsBinary(geom), 'hex')) FILTER (WHERE begun = at) AS shape,
    bool_or(begun = at OR ended = at) IS TRUE AS at_first
  FROM few CROSS JOIN pieces GROUP BY code
), above AS (
  SELECT DISTINCT left(t.code, digits) AS code
  FROM touched t, unnest(ARRAY[6, 9, 12, 15]) AS digits
)
SELECT
  (SELECT json_object_agg(kind, number) FROM revisions),
  (SELECT count(*) FROM boundary_revisions WHERE withdrawn_at IS NULL),
  (SELECT json_object_agg(code, shape) FILTER (WHERE at_first) FROM touched),
  (SELECT json_agg(json_build_array(code, level, parent_code, name, official_name, kind,
      households, exclave, provisional, expected_grids)) FROM areas
    WHERE code IN (SELECT above.code FROM above UNION
      SELECT a.code FROM areas a JOIN above ON a.parent_code = above.code WHERE a.provisional)),
  (SELECT array_agg(name ORDER BY at) FROM later WHERE EXISTS (SELECT FROM few)),
  (SELECT array_agg(at ORDER BY at) FROM later),
  (SELECT array_agg(note ORDER BY at) FROM later)
""")


_PATIENCE: Final = "500ms"
_HASTEN: Final = text(
    "WITH before AS MATERIALIZED (SELECT current_setting('statement_timeout') AS patience)"
    " SELECT patience FROM before"
    " WHERE set_config('statement_timeout', :patience, true) IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class News:
    """Hold the numbers of all knowledge, and what a single later revision of boundaries changed.

    ``count`` is how many revisions of boundaries there are; ``later`` those of them after the last
    that had begun, in order, and ``revision`` the first of these that was not known: None where
    all are, or too many grids changed. ``shapes`` are those that begin with it, as WKB, None for
    grids that only end; ``areas`` the grids of all that were not known, all areas above them, and
    the provisional grids beside them, which are named by how many grids their community has.
    """

    numbers: Mapping[str, int]
    count: int
    later: tuple[RevisionRow, ...]
    revision: RevisionRow | None
    shapes: Mapping[str, bytes | None]
    areas: tuple[AreaRow, ...]


def read_news(connection: Connection, since: datetime, coming: Collection[str] = ()) -> News | None:
    """Return what has happened after the revision that is in force from ``since`` on.

    ``coming`` are the names of those that are known to begin later.

    None where the database answers, but not this: it took too long, or its answer is too large.
    """
    try:
        return _ask(connection, since, coming)
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if error.connection_invalidated or state is None or not state.startswith(_TOO_MUCH):
            raise
        logger.warning("a publication is read the long way: the database refused it (%s)", state)
        return None


def _ask(connection: Connection, since: datetime, coming: Collection[str]) -> News:
    asked = {"since": since, "coming": [*coming], "most": MOST_GRIDS}
    row = connection.execute(_NEWS, asked).one()
    numbers, count, shapes, areas, names, instants, notes = row
    later = [] if names is None else zip(names, instants, notes, strict=True)
    revisions = tuple(RevisionRow(*revision) for revision in later)
    return News(
        numbers=numbers or {},
        count=count,
        later=revisions,
        revision=next((revision for revision in revisions if revision.name not in coming), None),
        shapes={
            code: None if shape is None else bytes.fromhex(shape)
            for code, shape in (shapes or {}).items()
        },
        areas=tuple(AreaRow(*area) for area in areas or ()),
    )


def try_news(connection: Connection, since: datetime, coming: Collection[str]) -> News | None:
    """Return the same within a transaction; None, and nothing of it lost, where it fails.

    Others wait for that transaction, so it gets little time.
    """
    try:
        with connection.begin_nested():
            patience = connection.execute(_HASTEN, {"patience": _PATIENCE}).scalar_one()
            news = _ask(connection, since, coming)
            connection.execute(_HASTEN, {"patience": patience})
            return news
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        logger.warning("a publication is not told with its commit: %s", type(error.orig).__name__)
        return None
