"""Ask index and PostGIS for the owners of points, a million and more.

No answer may differ from the one that GEOS gives inside PostGIS (ST_Relate). ST_Covers takes a
shortcut for points in polygons that rounds: about two in a million points put onto an edge, less
than 1e-13 m beside it, is covered for ST_Covers and not for GEOS. Those are counted, not failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from bench.county import border_points, mixed_points, read_county
from bench.lookup_databases import PostGIS
from bench.lookup_engines import OurIndex
from bench.soak.campaign import Tally, Trial
from bench.workplace import Workplace

POINTS = 250_000  # of each kind in a trial: two trials are a million points
ONE_BY_ONE = 2_000


@contextmanager
def agreement(workplace: Workplace) -> Iterator[Trial]:
    """Compare on ordinary points, then on vertices, edges and the steps beside them."""
    county = read_county()
    ours = OurIndex(county)
    theirs = PostGIS(county, workplace)

    def trial(seed: int, tally: Tally) -> None:
        for kind, points in (
            ("ordinary", mixed_points(county, seed, POINTS)),
            ("border", border_points(county, seed + 1, POINTS)),
        ):
            for engine in (ours, theirs):
                engine.load(points)
                engine.run()
            owners = ours.answers()
            for index in np.flatnonzero(owners != theirs.answers()).tolist():
                lon, lat = points[:, index].tolist()
                if theirs.single_by_geos(lon, lat) != owners[index]:
                    tally.failures.append(f"seed {seed}: {kind} point {lon!r}, {lat!r} differs")
                tally.add(f"{kind}_points_rounded_by_st_covers")
            singles = [ours.single(*point) for point in points.T[:ONE_BY_ONE].tolist()]
            if differing := int(np.count_nonzero(owners[:ONE_BY_ONE] != singles)):
                tally.failures.append(f"seed {seed}: {differing} {kind} single answers differ")
            tally.checked += points.shape[1]

    try:
        yield trial
    finally:
        theirs.close()
