"""Read the past of boundaries: revisions, who covered a point when, the lineage of a code."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

# One code's ancestors and heirs; a county's lifetime of redraws has far fewer.
MAX_LINKS = 2000


def read_timeline(connection: Connection) -> list[Any]:
    """Return every boundary revision with the changeset that made it, by start; future ones too."""
    return list(
        connection.execute(
            text(
                "SELECT r.name AS revision, r.effective_at, r.published_at, r.note, "
                "c.id, c.name, c.area_code, c.document_no, c.document_date, c.rolls_back, "
                "(SELECT count(*) FROM changeset_grids g WHERE g.changeset_id = c.id) AS grids "
                "FROM boundary_revisions r LEFT JOIN changesets c ON c.revision_name = r.name "
                "WHERE r.withdrawn_at IS NULL ORDER BY r.effective_at, r.id"
            )
        )
    )


def covering_periods(
    connection: Connection, *, lon: float, lat: float
) -> list[tuple[str, datetime, datetime | None]]:
    """Return (code, from, to) of every grid shape that covers a CGCS2000 point at some time.

    Exact on the stored doubles, as a look-up is; on a border several grids cover the point.
    """
    rows = connection.execute(
        text(
            "SELECT code, lower(valid), upper(valid) FROM grid_boundaries "
            "WHERE ST_Covers(geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4490)) "
            "AND NOT isempty(valid) ORDER BY lower(valid), code"
        ),
        {"lon": lon, "lat": lat},
    )
    return [(row[0], row[1], row[2]) for row in rows]


def shape_periods(connection: Connection, code: str) -> list[Any]:
    """Return revision, from, to and square metres of each shape of ``code``, oldest first."""
    table = "grid_boundaries" if len(code) == 15 else "area_boundaries"
    return list(
        connection.execute(
            text(
                "SELECT r.name AS revision, lower(b.valid) AS begins, upper(b.valid) AS ends, "
                f"ST_Area(b.geom::geography) AS area_m2 FROM {table} b "
                "JOIN boundary_revisions r ON r.id = b.revision_id "
                "WHERE b.code = :code AND NOT isempty(b.valid) ORDER BY lower(b.valid)"
            ),
            {"code": code},
        )
    )


_LINK = (
    "l.changeset_id AS id, l.old_code, l.new_code, l.area_share, l.household_share, c.name, "
    "c.effective_at, c.revision_name, c.document_no, c.document_date, c.rolls_back"
)
_LINEAGE = "lineage l JOIN changesets c ON c.id = l.changeset_id AND c.withdrawn_at IS NULL"


def read_links(connection: Connection, code: str) -> list[Any]:
    """Return the lineage in which ``code`` stands on either side, oldest first."""
    return list(
        connection.execute(
            text(
                f"SELECT {_LINK} FROM {_LINEAGE} WHERE l.old_code = :code OR l.new_code = :code "
                "ORDER BY c.effective_at, l.old_code, l.new_code"
            ),
            {"code": code},
        )
    )


def read_chain(connection: Connection, code: str, *, back: bool) -> list[Any]:
    """Return every step by which land came to ``code`` (``back``) or left it, oldest first.

    A step counts only when it is older (newer) than the one that it leads to: a code that lives
    again after a rollback does not inherit what it was made into before.
    """
    own, other, order = (
        ("new_code", "old_code", "<") if back else ("old_code", "new_code", ">")
    )  # fmt: skip
    return list(
        connection.execute(
            text(
                "WITH RECURSIVE steps AS ("
                f"SELECT {_LINK} FROM {_LINEAGE} WHERE l.{own} = :code UNION "
                f"SELECT {_LINK} FROM {_LINEAGE} "
                f"JOIN steps s ON l.{own} = s.{other} AND c.effective_at {order} s.effective_at) "
                "SELECT * FROM steps ORDER BY effective_at, old_code, new_code LIMIT :most"
            ),
            {"code": code, "most": MAX_LINKS},
        )
    )
