"""Measure drafting in a county of more than 20,000 grids: the demo county with land beside it."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from bench.county import FloatArray
from bench.redraw.draft import begin
from bench.redraw.figures import Findings
from bench.redraw.office import Database, Office
from bench.redraw.strokes import Strokes
from bench.redraw.walk import undo_all, walk
from geo.codes import Level
from geo.coverage import union_by_parent
from geo.lattice import snap_values

WEST, SOUTH, STEP_DEG = 112.0, 40.0, 0.004
ACROSS, UP = 200, 100
PER_EDGE = 12  # nodes on each side of a cell, jittered
COMMUNITY, TOWNSHIP = (5, 4), (50, 20)  # in cells
WEIGHTS = {"transfer": 22, "split": 20, "merge": 17, "reshape": 16, "move_node": 15, "undo": 4}


def large(office: Office, findings: Findings, *, seed: int, operations: int) -> None:
    """Walk through a plan of the large county."""
    county = office.township[:6]
    shapes = cells(county, seed)
    store(office.connection, shapes)
    draft = begin(office.decider[0], office.connection, county, "large")
    walked = walk(draft, Strokes(seed, buildings={}, weights=WEIGHTS), office.decider, operations)
    findings.add("large", "grids", len(draft.sheet.shapes), "")
    findings.add_times("large", "an operation", walked.all_seconds, p95_limit_ms=500)
    findings.add_times("large", "a refusal", walked.refused_seconds)
    findings.add_times("large", "an undo", undo_all(draft, office.decider, 50), p95_limit_ms=500)
    findings.expect("large", draft.wrong)


def cells(county: str, seed: int) -> dict[str, BaseGeometry]:
    """Return 20,000 cells with crooked sides, on the lattice, by the code of a grid."""
    source = np.random.default_rng(seed)
    level = _sides(source, ACROSS, UP + 1, upright=False)
    upright = _sides(source, ACROSS + 1, UP, upright=True)
    made: dict[str, BaseGeometry] = {}
    for i in range(ACROSS):
        for j in range(UP):
            ring = np.concatenate(
                [
                    level[i, j],
                    upright[i + 1, j],
                    level[i, j + 1][::-1],
                    upright[i, j][::-1],
                ]
            )
            made[_code(county, i, j)] = shapely.Polygon(ring)
    return made


def _sides(source: np.random.Generator, across: int, up: int, *, upright: bool) -> FloatArray:
    """Return the nodes of all sides of one direction, ends included; shape (across, up, n, 2)."""
    steps = np.linspace(0, 1, PER_EDGE)
    i, j = np.meshgrid(np.arange(across), np.arange(up), indexing="ij")
    along = np.stack([i, j], axis=-1)[:, :, None, :].astype(float)
    sides = np.repeat(along, PER_EDGE, axis=2)
    sides[..., 1 if upright else 0] += steps
    jitter = source.uniform(-0.2, 0.2, sides.shape[:3])
    jitter[:, :, [0, -1]] = 0  # corners are shared by four
    sides[..., 0 if upright else 1] += jitter
    placed: FloatArray = snap_values(np.array((WEST, SOUTH)) + sides * STEP_DEG)
    return placed


def _code(county: str, i: int, j: int) -> str:
    township = (i // TOWNSHIP[0]) * (UP // TOWNSHIP[1]) + j // TOWNSHIP[1]
    inside_i, inside_j = i % TOWNSHIP[0], j % TOWNSHIP[1]
    community = (inside_i // COMMUNITY[0]) * (TOWNSHIP[1] // COMMUNITY[1]) + inside_j // COMMUNITY[
        1
    ]
    grid = (inside_i % COMMUNITY[0]) * COMMUNITY[1] + inside_j % COMMUNITY[1]
    return f"{county}{600 + township}{200 + community}{grid + 1:03d}"


def store(connection: Database, shapes: dict[str, BaseGeometry]) -> None:
    """Put grids, and the units above them, beside those of the county's first revision."""
    codes = sorted(shapes)
    units = {
        level: union_by_parent(codes, [shapes[code] for code in codes], level)
        for level in (Level.TOWNSHIP, Level.COMMUNITY)
    }
    with connection.transaction(), connection.cursor() as cursor:
        for level, held in (*units.items(), (Level.GRID, shapes)):
            cursor.executemany(
                "INSERT INTO areas (code, level, parent_code, name, official_name, kind, "
                "households, exclave) VALUES (%s, %s, %s, %s, %s, 'rural', 0, false)",
                [(code, level.value, code[:-3], code, code) for code in sorted(held)],
            )
            table = "grid_boundaries" if level is Level.GRID else "area_boundaries"
            more = "" if level is Level.GRID else ", level"
            value = "" if level is Level.GRID else f", '{level.value}'"
            cursor.executemany(
                f"INSERT INTO {table} (code, revision_id, geom, valid{more}) "
                f"SELECT %s, id, ST_GeomFromWKB(%s, 4490), tstzrange(effective_at, NULL){value} "
                "FROM boundary_revisions ORDER BY effective_at LIMIT 1",
                [(code, shapely.to_wkb(held[code])) for code in sorted(held)],
            )
        cursor.execute("UPDATE revisions SET number = number + 1 WHERE kind = 'boundaries'")
    connection.execute("ANALYZE")
