"""Foresee which reports a new border makes doubtful: it cuts through the disc they may lie in."""

from __future__ import annotations

from collections import Counter
from typing import Any

from api.db.engine import Connection
from api.db.figure_store import open_discs_of_grids
from api.plans.consequences import Shapes
from geo.locate.disc import AUTO_SHARE, LARGEST_DISC_M, disc_shares
from geo.locate.index import GridIndex
from geo.redraw.footprint import Footprint

# Each disc costs some tenths of a millisecond to cut; a preview is to take less than a second.
MOST_DISCS = 2_000


def reports_in_doubt(
    connection: Connection, index: GridIndex, before: Shapes, after: Shapes
) -> dict[str, Any]:
    """Count assigned reports that keep their grid but not its certainty; they go to a person.

    ``index`` holds the grids in force. Only positions without a text are weighed, and of those
    only near land that changes hands; ``complete`` is false when there were too many to weigh.
    """
    rows = open_discs_of_grids(
        connection, [code for code, old in before.items() if old is not None]
    )
    near = Footprint(before, after).is_near(
        [row.lon for row in rows], [row.lat for row in rows], [row.accuracy_m for row in rows]
    )
    concerned = [row for row, is_near in zip(rows, near.tolist(), strict=True) if is_near]
    drawn = index.changed(after)
    found = Counter(row.grid_code for row in concerned[:MOST_DISCS] if _turns_doubtful(drawn, row))
    return {
        "doubtful": [{"from": code, "count": count} for code, count in sorted(found.items())],
        "doubtful_total": found.total(),
        "complete": len(concerned) <= MOST_DISCS,
    }


def _turns_doubtful(index: GridIndex, row: Any) -> bool:
    """Say whether the point stays in its grid while the disc around it does not."""
    owner = index.owner(lon=row.lon, lat=row.lat)
    if owner != row.grid_code or row.accuracy_m >= LARGEST_DISC_M:
        return False
    shares = disc_shares(index, lon=row.lon, lat=row.lat, accuracy_m=row.accuracy_m, owner=owner)
    return shares.of(row.grid_code) < AUTO_SHARE
