"""Read areas and boundaries; write a first set of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class AreaRow:
    """Hold one area of any level as stored."""

    code: str
    level: str
    parent_code: str | None
    name: str
    official_name: str
    kind: str
    households: int
    exclave: bool
    # The one grid of a community of which only the outline is known.
    provisional: bool = False
    # How many grids a community is to have, as the county's list says; None when it is silent.
    expected_grids: int | None = None


# West, south, east, north, a point inside (lon, lat), square metres.
Box = tuple[float, float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """Hold one boundary revision: from when its shapes are in force."""

    name: str
    effective_at: datetime
    note: str


_AREA = (
    "SELECT code, level, parent_code, name, official_name, kind, households, exclave, "
    "provisional, expected_grids FROM areas "
)


def read_areas(connection: Connection) -> list[AreaRow]:
    """Return every area, coarse to fine."""
    rows = connection.execute(text(f"{_AREA} ORDER BY length(code), code"))
    return [AreaRow(*row) for row in rows]


def area_exists(connection: Connection, code: str) -> bool:
    """Say whether there is, or was, an area of that code."""
    found = connection.execute(text("SELECT 1 FROM areas WHERE code = :code"), {"code": code})
    return found.first() is not None


def area_ended(connection: Connection, code: str, at: datetime) -> bool:
    """Say whether an area had a shape and has none at ``at`` nor later; False for one without."""
    found = connection.execute(
        text(
            "SELECT count(*) > 0 AND count(*) FILTER (WHERE upper_inf(b.valid) "
            "OR upper(b.valid) > :at) = 0 FROM (SELECT valid FROM grid_boundaries "
            "WHERE code = :code UNION ALL SELECT valid FROM area_boundaries WHERE code = :code) b"
        ),
        {"code": code, "at": at},
    )
    return bool(found.scalar_one())


def read_boundary_revisions(connection: Connection) -> list[RevisionRow]:
    """Return the boundary revisions in the order in which they come into force."""
    rows = connection.execute(
        text(
            "SELECT name, effective_at, note FROM boundary_revisions "
            "WHERE withdrawn_at IS NULL ORDER BY effective_at, id"
        )
    )
    return [RevisionRow(*row) for row in rows]


def read_grid_shapes(connection: Connection, at: datetime) -> tuple[list[str], list[BaseGeometry]]:
    """Return the codes and shapes (EPSG:4490) of the grids in force at ``at``, by code."""
    rows = connection.execute(
        text(
            "SELECT code, ST_AsBinary(geom) FROM grid_boundaries WHERE valid @> :at ORDER BY code"
        ),
        {"at": at},
    ).all()
    codes = [row[0] for row in rows]
    return codes, list(shapely.from_wkb([bytes(row[1]) for row in rows]))


def read_grid_fingerprint(connection: Connection, at: datetime) -> str:
    """Return a SHA-256 of the codes and shapes of the grids in force at ``at``."""
    found: str = connection.execute(
        text(
            "SELECT encode(sha256(convert_to(coalesce(string_agg(code || "
            "encode(sha256(ST_AsBinary(geom)), 'hex'), ',' ORDER BY code), ''), 'UTF8')), 'hex') "
            "FROM grid_boundaries WHERE valid @> :at"
        ),
        {"at": at},
    ).scalar_one()
    return found


def read_grid_changes(connection: Connection, at: datetime) -> dict[str, BaseGeometry | None]:
    """Return the shapes that begin at the instant ``at``, and None for grids that only end."""
    rows = connection.execute(
        text(
            "SELECT code, ST_AsBinary(geom) FROM grid_boundaries WHERE lower(valid) = :at "
            "UNION ALL SELECT code, NULL FROM grid_boundaries g WHERE upper(valid) = :at AND "
            "NOT EXISTS (SELECT FROM grid_boundaries n WHERE n.code = g.code "
            "AND lower(n.valid) = :at)"
        ),
        {"at": at},
    )
    return {code: None if wkb is None else shapely.from_wkb(bytes(wkb)) for code, wkb in rows}


def read_changed_areas(connection: Connection, revisions: Sequence[RevisionRow]) -> list[AreaRow]:
    """Return the grids that begin or end with one of ``revisions``, and all areas above them.

    And the provisional grids beside them, which are named by how many grids their community has.
    """
    rows = connection.execute(
        text(
            "WITH touched AS (SELECT DISTINCT left(g.code, digits) AS code "
            "FROM grid_boundaries g, unnest(ARRAY[6, 9, 12, 15]) AS digits "
            "WHERE lower(g.valid) = ANY(:instants) OR upper(g.valid) = ANY(:instants)) "
            f"{_AREA} WHERE code IN (SELECT t.code FROM touched t UNION SELECT a.code "
            "FROM areas a JOIN touched t ON a.parent_code = t.code WHERE a.provisional)"
        ),
        {"instants": [revision.effective_at for revision in revisions]},
    )
    return [AreaRow(*row) for row in rows]


def read_ended_areas(connection: Connection, at: datetime) -> set[str]:
    """Return the codes whose shapes end at the instant ``at``, be it that others begin."""
    rows = connection.execute(
        text(
            "SELECT code FROM grid_boundaries WHERE upper(valid) = :at "
            "UNION SELECT code FROM area_boundaries WHERE upper(valid) = :at"
        ),
        {"at": at},
    )
    return set(rows.scalars())


def read_area_boxes(
    connection: Connection, at: datetime, *, begun_only: bool = False
) -> dict[str, Box]:
    """Return for each area its box, a point inside it and its area.

    ``begun_only``: of the shapes that begin at that very instant.
    """
    in_force = "lower(valid) = :at" if begun_only else "valid @> :at"
    rows = connection.execute(
        text(
            f"WITH shapes AS (SELECT code, geom FROM grid_boundaries WHERE {in_force} "
            f"UNION ALL SELECT code, geom FROM area_boundaries WHERE {in_force}), "
            "inner_points AS (SELECT code, geom, ST_PointOnSurface(geom) AS p FROM shapes) "
            "SELECT code, ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom), "
            "ST_X(p), ST_Y(p), ST_Area(geom::geography) FROM inner_points"
        ),
        {"at": at},
    )
    return {row[0]: (row[1], row[2], row[3], row[4], row[5], row[6], row[7]) for row in rows}


def read_geojson(
    connection: Connection, *, level: str, within: str, at: datetime, since: datetime | None = None
) -> str:
    """Return a GeoJSON FeatureCollection as text, made by PostGIS with 8 decimals.

    Eight decimals of a degree are the lattice: what is served is the boundary itself. With
    ``since``, only areas whose shape at ``at`` is another than then; ``gone`` are the codes that
    had one then and have none at ``at``.
    """
    table = "grid_boundaries" if level == "grid" else "area_boundaries"
    gone = changed = ""
    if since is not None:
        changed = "AND NOT b.valid @> CAST(:since AS timestamptz) "
        gone = (
            f"'gone', (SELECT coalesce(json_agg(code ORDER BY code), '[]'::json) FROM {table} g "
            "JOIN areas USING (code) WHERE level = :level AND code ^@ :within "
            f"AND g.valid @> CAST(:since AS timestamptz) AND NOT EXISTS (SELECT 1 FROM {table} h "
            "WHERE h.code = g.code AND h.valid @> :at)), "
        )
    row = connection.execute(
        text(
            f"SELECT json_build_object('type', 'FeatureCollection', {gone}'features', "
            "coalesce(json_agg(feature ORDER BY code), '[]'::json))::text FROM ("
            "SELECT a.code, json_build_object('type', 'Feature', 'properties', "
            "json_build_object('code', a.code, 'name', a.name, 'level', a.level, "
            "'kind', a.kind, 'parent', a.parent_code), 'geometry', "
            f"ST_AsGeoJSON(b.geom, 8, 0)::json) AS feature FROM {table} b "
            "JOIN areas a USING (code) WHERE a.level = :level AND b.valid @> :at "
            f"{changed}AND a.code ^@ :within) AS features"
        ),
        {"level": level, "within": within, "at": at, "since": since},
    ).scalar_one()
    return str(row)


def insert_areas(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert areas, parents first."""
    connection.execute(
        text(
            "INSERT INTO areas (code, level, parent_code, name, official_name, kind, households, "
            "exclave) VALUES (:code, :level, :parent_code, :name, :official_name, :kind, "
            ":households, :exclave)"
        ),
        list(rows),
    )


def insert_first_revision(
    connection: Connection,
    *,
    name: str,
    effective_at: datetime,
    content_sha256: str,
    note: str,
    shapes: Sequence[tuple[str, str, shapely.Geometry]],
) -> None:
    """Store a first revision: ``shapes`` holds (code, level, geometry) for all levels."""
    revision_id = connection.execute(
        text(
            "INSERT INTO boundary_revisions (name, effective_at, content_sha256, note) "
            "VALUES (:name, :effective_at, :sha, :note) RETURNING id"
        ),
        {"name": name, "effective_at": effective_at, "sha": content_sha256, "note": note},
    ).scalar_one()
    grids = [
        {"code": code, "rev": revision_id, "at": effective_at, "wkb": shapely.to_wkb(shape)}
        for code, level, shape in shapes
        if level == "grid"
    ]
    derived = [
        {
            "code": code,
            "level": level,
            "rev": revision_id,
            "at": effective_at,
            "wkb": shapely.to_wkb(shape),
        }
        for code, level, shape in shapes
        if level != "grid"
    ]
    connection.execute(
        text(
            "INSERT INTO grid_boundaries (code, revision_id, geom, valid) VALUES "
            "(:code, :rev, ST_GeomFromWKB(:wkb, 4490), tstzrange(:at, NULL))"
        ),
        grids,
    )
    connection.execute(
        text(
            "INSERT INTO area_boundaries (code, level, revision_id, geom, valid) VALUES "
            "(:code, :level, :rev, ST_GeomFromWKB(:wkb, 4490), tstzrange(:at, NULL))"
        ),
        derived,
    )


def raise_revision(connection: Connection, kind: str) -> None:
    """Tell every process that its knowledge of ``kind`` is out of date (at commit)."""
    connection.execute(
        text(
            "INSERT INTO revisions (kind, number) VALUES (:kind, 1) "
            "ON CONFLICT (kind) DO UPDATE SET number = revisions.number + 1, changed_at = now()"
        ),
        {"kind": kind},
    )


def read_revisions(connection: Connection) -> dict[str, int]:
    """Return the number of each kind of knowledge."""
    return {
        row[0]: row[1] for row in connection.execute(text("SELECT kind, number FROM revisions"))
    }


def read_revision_start(connection: Connection, name: str) -> datetime:
    """Return the instant from which a boundary revision is in force; raise LookupError."""
    found: datetime | None = connection.execute(
        text("SELECT effective_at FROM boundary_revisions WHERE name = :name"), {"name": name}
    ).scalar_one_or_none()
    if found is None:
        raise LookupError("no such boundary revision")
    return found
