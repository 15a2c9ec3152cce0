"""Put open reports on the map by the ten thousand: straight into the tables, owners and all."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

import numpy as np
import psycopg

from bench.county import FloatArray
from bench.redraw.owners import owners
from geo.redraw.sheet import Sheet

_REPORTS = (
    "INSERT INTO reports (id, number, channel, text, status, stage, decision, grid_code, "
    "area_code, lon, lat, accuracy_m, occurred_at, created_at, due_at, updated_at) "
    "SELECT id, 'B' || left(id::text, 13), 'walk_in', '路灯不亮', "
    "CASE WHEN n %% 3 = 0 THEN 'accepted' ELSE 'assigned' END, 'routing', 'auto', grid, grid, "
    "lon, lat, 0, now(), now(), now() + interval '3 days', now() FROM "
    "unnest(%s::uuid[], %s::text[], %s::float8[], %s::float8[]) "
    "WITH ORDINALITY AS t (id, grid, lon, lat, n)"
)
_ASSIGNMENTS = (
    "INSERT INTO assignments (id, report_id, current, decision, grid_code, revision, answer, "
    "receipt, decided_at) SELECT gen_random_uuid(), id, true, 'auto', grid, %s, '{}', "
    "receipt::jsonb, now() FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS t (id, grid, receipt)"
)


def add_open_reports(
    connection: psycopg.Connection[tuple[object, ...]],
    sheet: Sheet,
    codes: Sequence[str],
    count: int,
    *,
    revision: str,
    seed: int,
) -> list[str]:
    """Store ``count`` open reports at points of the grids ``codes``; return their ids.

    One in three is in hand already, the others may still be moved.
    """
    part = Sheet({code: sheet[code] for code in codes})
    points = _points(part, count, seed)
    grids = owners(part, points).tolist()
    ids = [str(uuid.uuid4()) for _ in range(count)]
    lons, lats = points.T.tolist()
    receipts = [
        json.dumps(
            {
                "question": {
                    "position": {"lon": lon, "lat": lat, "crs": "cgcs2000", "accuracy_m": 0},
                    "address": None,
                }
            }
        )
        for lon, lat in zip(lons, lats, strict=True)
    ]
    with connection.transaction():
        connection.execute(_REPORTS, (ids, grids, lons, lats))
        connection.execute(_ASSIGNMENTS, (revision, ids, grids, receipts))
    return ids


def close_reports(connection: psycopg.Connection[tuple[object, ...]], ids: Sequence[str]) -> None:
    """Close reports, so that nobody counts them as open any more."""
    connection.execute(
        "UPDATE reports SET status = 'closed', closed_at = now() WHERE id = ANY(%s::uuid[])",
        (list(ids),),
    )


def _points(part: Sheet, count: int, seed: int) -> FloatArray:
    """Return points that some grid of ``part`` owns; shape (count, 2)."""
    source = np.random.default_rng(seed)
    bounds = np.array([shape.bounds for shape in part.shapes.values()])
    kept: list[FloatArray] = []
    while sum(map(len, kept)) < count:
        boxes = bounds[source.integers(len(bounds), size=count)]
        points = source.uniform(boxes[:, :2], boxes[:, 2:])
        kept.append(points[np.array([code is not None for code in owners(part, points)])])
    found: FloatArray = np.concatenate(kept)[:count]
    return found
