"""Read what one publication of boundaries has changed, in one round trip.

Between a commit and the first answer from it stand round trips, and each is a wait for a database,
a processor and an interpreter that others want as well.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
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
  SELECT name, effective_at, note FROM boundary_revisions
  WHERE withdrawn_at IS NULL AND effective_at > :since
), instant AS (
  SELECT max(effective_at) AS at FROM later HAVING count(*) = 1
), pieces AS (
  SELECT code, lower(valid) AS begun, geom FROM grid_boundaries
  WHERE (SELECT at FROM instant) IS NOT NULL
    AND (lower(valid) = (SELECT at FROM instant) OR upper(valid) = (SELECT at FROM instant))
), few AS (
  SELECT at FROM instant
  WHERE at IS NOT NULL AND (SELECT count(DISTINCT code) FROM pieces) <= :most
), touched AS (
  SELECT code, max(encode(ST_AsBinary(geom), 'hex')) FILTER (WHERE begun = at) AS shape
  FROM few CROSS JOIN pieces GROUP BY code
)
SELECT
  (SELECT json_object_agg(kind, number) FROM revisions),
  (SELECT count(*) FROM boundary_revisions WHERE withdrawn_at IS NULL),
  (SELECT json_object_agg(code, shape) FROM touched),
  (SELECT json_agg(json_build_array(code, level, parent_code, name, official_name, kind,
      households, exclave, provisional, expected_grids)) FROM areas
    WHERE code IN (SELECT left(t.code, digits)
      FROM touched t, unnest(ARRAY[6, 9, 12, 15]) AS digits)),
  later.name, later.effective_at, later.note
FROM (SELECT) AS always LEFT JOIN later ON EXISTS (SELECT FROM few)
""")


@dataclass(frozen=True, slots=True)
class News:
    """Hold the numbers of all knowledge, and what a single later revision of boundaries changed.

    ``count`` is how many revisions of boundaries there are; ``revision`` is None where none is
    later, several are, or one of too many grids. ``shapes`` are those that begin with it, as WKB,
    None for grids that only end; ``areas`` these grids and all areas above them.
    """

    numbers: Mapping[str, int]
    count: int
    revision: RevisionRow | None
    shapes: Mapping[str, bytes | None]
    areas: tuple[AreaRow, ...]


def read_news(connection: Connection, since: datetime) -> News | None:
    """Return what has happened after the revision that is in force from ``since`` on.

    None where the database answers, but not this: it took too long, or its answer is too large.
    """
    try:
        row = connection.execute(_NEWS, {"since": since, "most": MOST_GRIDS}).one()
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if error.connection_invalidated or state is None or not state.startswith(_TOO_MUCH):
            raise
        logger.warning("a publication is read the long way: the database refused it (%s)", state)
        return None
    numbers, count, shapes, areas, name, effective_at, note = row
    revision = None if name is None else RevisionRow(name, effective_at, note)
    return News(
        numbers=numbers or {},
        count=count,
        revision=revision,
        shapes={
            code: None if shape is None else bytes.fromhex(shape)
            for code, shape in (shapes or {}).items()
        },
        areas=tuple(AreaRow(*area) for area in areas or ()),
    )
