"""Convert positions there and back in every datum, all over the country: below a centimetre."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from bench.county import read_county
from bench.soak.campaign import Tally, Trial
from bench.workplace import Workplace
from geo.datums import from_cgcs2000_arrays, to_cgcs2000, to_cgcs2000_arrays
from geo.position import Datum, Position

POINTS = 500_000
SCALARS = 500
LIMIT_M = 0.01
# West, south, east, north of the country's land, well inside the box of the GCJ-02 formula.
COUNTRY = (73.6, 18.2, 134.7, 53.5)
# More than a degree of latitude or longitude has anywhere: an upper bound on the error.
METRES_PER_DEGREE = 111_700.0


@contextmanager
def datums(_workplace: Workplace) -> Iterator[Trial]:
    """Try points of the country and of the demo county, as arrays and one by one."""
    county = read_county().bounds

    def trial(seed: int, tally: Tally) -> None:
        source = np.random.default_rng(seed)
        for west, south, east, north in (COUNTRY, county):
            lons = source.uniform(west, east, POINTS)
            lats = source.uniform(south, north, POINTS)
            for datum in Datum:
                there = from_cgcs2000_arrays(lons, lats, datum)
                back = to_cgcs2000_arrays(*there, datum)
                off = np.hypot(back[0] - lons, back[1] - lats) * METRES_PER_DEGREE
                _judge(seed, datum, float(off.max()), tally)
                tally.checked += POINTS
                for index in range(SCALARS):
                    given = Position(
                        lon=float(there[0][index]), lat=float(there[1][index]), datum=datum
                    )
                    one = to_cgcs2000(given)
                    gap = max(abs(one.lon - back[0][index]), abs(one.lat - back[1][index]))
                    _judge(seed, datum, float(gap) * METRES_PER_DEGREE, tally)

    yield trial


def _judge(seed: int, datum: Datum, off_m: float, tally: Tally) -> None:
    tally.worst(f"{datum.value}_error_m", off_m)
    if not off_m < LIMIT_M:
        tally.failures.append(f"seed {seed}: {datum.value} comes back {off_m:.4f} m off")
