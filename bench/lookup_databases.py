"""Answer point → owner in a database: PostGIS over its socket, DuckDB in this process."""
# ruff: noqa: D102 - LookupEngine says what each method does

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import psycopg
import shapely

from api.db.cluster_databases import create_database
from bench.county import County, FloatArray
from bench.processes import NotMeasured
from bench.results import IntArray
from bench.workplace import Workplace

_DATABASE = "bench_lookup"
_SRID = 4490


class PostGIS:
    """Ask PostGIS; the join has the grids outside and an index on the points, its best form.

    Points and grids are stored, indexed and analysed before the clock starts, and the answers stay
    on the server: all of that flatters PostGIS, none of it flatters us.
    """

    name = "postgis"
    calls = 1000
    _JOIN = (
        "CREATE TEMP TABLE owners AS SELECT p.id, min(g.number) AS number FROM plain_grids g "
        "JOIN points p ON ST_Covers(g.geom, p.geom) GROUP BY p.id"
    )
    _SINGLE = (
        "SELECT number FROM grids WHERE ST_Covers(geom, ST_SetSRID(ST_MakePoint(%s, %s), 4490)) "
        "ORDER BY number LIMIT 1"
    )

    # The four patterns of "covers" in the DE-9IM, computed by GEOS.
    _BY_GEOS = (
        "SELECT min(number) FROM grids, (SELECT ST_SetSRID(ST_MakePoint(%s, %s), 4490) AS p) AS q "
        "WHERE geom && p AND (ST_Relate(geom, p, 'T*****FF*') OR ST_Relate(geom, p, '*T****FF*') "
        "OR ST_Relate(geom, p, '***T**FF*') OR ST_Relate(geom, p, '****T*FF*'))"
    )

    def __init__(self, county: County, workplace: Workplace) -> None:
        create_database(workplace.cluster.place, _DATABASE)
        self._workplace = workplace
        self._asking: psycopg.Connection[tuple[object, ...]] = workplace.connect(_DATABASE)
        self._asking.execute("SET work_mem = '256MB'")
        self._asking.execute("SET client_min_messages = warning")
        self._asking.execute("DROP TABLE IF EXISTS grids, plain_grids, points")
        self._asking.execute(f"CREATE TABLE grids (number int, geom geometry(Geometry,{_SRID}))")
        wkb = _ewkb(np.array(county.shapes))
        with self._asking.cursor().copy("COPY grids FROM STDIN") as copy:
            for number, shape in enumerate(wkb):
                copy.write_row((number, shape))
        # Without an index of its own the grids have to be the outer side of the join.
        self._asking.execute("CREATE TABLE plain_grids AS SELECT * FROM grids")
        self._asking.execute("CREATE INDEX ON grids USING gist (geom)")
        self._asking.execute("VACUUM ANALYZE grids, plain_grids")
        self._count = 0

    def load(self, points: FloatArray) -> None:
        self._count = points.shape[1]
        self._asking.execute("DROP TABLE IF EXISTS points")
        self._asking.execute(f"CREATE UNLOGGED TABLE points (id int, geom geometry(Point,{_SRID}))")
        with self._asking.cursor().copy("COPY points FROM STDIN") as copy:
            for number, point in enumerate(_ewkb(shapely.points(*points))):
                copy.write_row((number, point))
        self._asking.execute("CREATE INDEX ON points USING gist (geom)")
        self._asking.execute("VACUUM ANALYZE points")

    def run(self) -> IntArray | None:
        self._asking.execute("DROP TABLE IF EXISTS owners")
        self._asking.execute(self._JOIN)
        return None

    def answers(self) -> IntArray:
        found = self._asking.execute("SELECT id, number FROM owners").fetchall()
        return _by_id(np.array(found, dtype=np.int64).reshape(-1, 2), self._count)

    def single(self, lon: float, lat: float) -> int:
        row = self._asking.execute(self._SINGLE, (lon, lat), prepare=True).fetchone()
        return -1 if row is None else int(str(row[0]))

    def single_by_geos(self, lon: float, lat: float) -> int:
        """Answer one point by ST_Relate, which has no shortcut for points in polygons."""
        row = self._asking.execute(self._BY_GEOS, (lon, lat)).fetchone()
        return -1 if row is None or row[0] is None else int(str(row[0]))

    def cpu_s(self) -> float:
        return time.process_time() + self._workplace.database_cpu_s()

    def close(self) -> None:
        self._asking.close()


class DuckDB:
    """Ask DuckDB's spatial extension, from the file that its wheel carries: nothing is fetched."""

    name = "duckdb"
    calls = 60
    _JOIN = (
        "SELECT id, min(number) AS number FROM points JOIN grids ON ST_Covers(geom, point) "
        "GROUP BY id"
    )
    _SINGLE = "SELECT min(number) FROM grids WHERE ST_Covers(geom, ST_Point(?, ?))"

    def __init__(self, county: County) -> None:
        self._asking = duckdb.connect(
            config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        )
        self._asking.execute(f"LOAD '{_extension_file()}'")
        shapes = pd.DataFrame(
            {
                "number": np.arange(len(county.codes)),
                "wkb": list(shapely.to_wkb(np.array(county.shapes))),
            }
        )
        self._asking.register("shapes", shapes)
        self._asking.execute(
            "CREATE TABLE grids AS SELECT number, ST_GeomFromWKB(wkb) AS geom FROM shapes"
        )
        self._count = 0
        self._answers: IntArray = np.empty(0, dtype=np.int64)

    def load(self, points: FloatArray) -> None:
        self._count = points.shape[1]
        given = pd.DataFrame({"id": np.arange(self._count), "lon": points[0], "lat": points[1]})
        self._asking.register("given", given)
        self._asking.execute(
            "CREATE OR REPLACE TABLE points AS SELECT id, ST_Point(lon, lat) AS point FROM given"
        )

    def run(self) -> IntArray | None:
        found = self._asking.execute(self._JOIN).fetchnumpy()
        rows = np.column_stack([found["id"], found["number"]]).astype(np.int64)
        self._answers = _by_id(rows, self._count)
        return self._answers

    def answers(self) -> IntArray:
        return self._answers

    def single(self, lon: float, lat: float) -> int:
        row = self._asking.execute(self._SINGLE, (lon, lat)).fetchone()
        return -1 if row is None or row[0] is None else int(row[0])

    def cpu_s(self) -> float:
        return time.process_time()

    def close(self) -> None:
        self._asking.close()


def _extension_file() -> Path:
    """Return the extension of this very DuckDB version; raise NotMeasured when it is not there."""
    wheel = find_spec("duckdb_extension_spatial")
    for folder in wheel.submodule_search_locations or () if wheel is not None else ():
        file = Path(folder) / "extensions" / f"v{duckdb.__version__}" / "spatial.duckdb_extension"
        if file.is_file():
            return file
    raise NotMeasured(f"no spatial extension for DuckDB {duckdb.__version__} is installed")


def _ewkb(shapes: object) -> list[str]:
    return list(shapely.to_wkb(shapely.set_srid(shapes, _SRID), hex=True, include_srid=True))


def _by_id(rows: IntArray, count: int) -> IntArray:
    answers = np.full(count, -1, dtype=np.int64)
    answers[rows[:, 0]] = rows[:, 1]
    return answers
