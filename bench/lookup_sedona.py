"""Answer point → owner with SedonaDB, in this process, on one thread of its own."""
# ruff: noqa: D102 - LookupEngine says what each method does

from __future__ import annotations

from importlib import import_module

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa

from bench.county import County, FloatArray
from bench.lookup_engines import CRS, InProcess, lowest
from bench.processes import NotMeasured
from bench.results import IntArray


class Sedona(InProcess):
    """Ask SedonaDB for a spatial join; both tables lie in its memory before the clock starts.

    One partition, so that wall and CPU tell of one thread; the pairs come back as a table and the
    lowest is taken here, which is quicker than its GROUP BY.
    """

    name = "sedona"
    _JOIN = (
        "SELECT p.id AS id, g.number AS number FROM points AS p JOIN grids AS g "
        "ON ST_Intersects(g.geometry, p.point)"
    )

    def __init__(self, county: County) -> None:
        super().__init__()
        try:
            connect = import_module("sedonadb.context").connect
        except ImportError as error:
            raise NotMeasured("sedonadb is not installed") from error
        self._asking = connect()
        self._asking.sql("SET datafusion.execution.target_partitions TO 1").execute()
        self._count = len(county.codes)
        grids = geopandas.GeoDataFrame(
            {"number": np.arange(self._count)}, geometry=list(county.shapes), crs=CRS
        )
        made = self._asking.create_data_frame(grids).to_memtable()
        made.to_view("grids", overwrite=True)

    def load(self, points: FloatArray) -> None:
        super().load(points)
        given = pd.DataFrame({"id": np.arange(points.shape[1]), "lon": points[0], "lat": points[1]})
        self._asking.create_data_frame(given).to_view("given", overwrite=True)
        made = self._asking.sql(
            "SELECT id, ST_SetSRID(ST_Point(lon, lat), 4490) AS point FROM given"
        )
        made.to_memtable().to_view("points", overwrite=True)

    def run(self) -> IntArray | None:
        found = pa.table(self._asking.sql(self._JOIN))
        point_at = found.column("id").to_numpy()
        grid_at = found.column("number").to_numpy()
        self._answers = lowest(point_at, grid_at, self._points.shape[1], self._count)
        return self._answers
