"""A county's own roads replace those there are, and lie in CGCS2000 whatever they came in."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyogrio import raw  # type: ignore[import-untyped]

from api.db.engine import Database, make_engine, normalise_url
from api.roads.service import RoadsOutcome, RoadsRequest, import_roads
from geo.boundary_files.refusal import FileRefused
from tests.commands import Ran, on, run_apart, run_here
from tests.conftest import FreshDatabase
from tests.store.rows import direct

NOW = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
HERE = [[110.5195335, 40.5609691], [110.5201, 40.5612]]
FAR = [[100.0, 30.0], [100.1, 30.0]]


@pytest.fixture
def owner(county_database: FreshDatabase) -> Iterator[Database]:
    database = Database(make_engine(normalise_url(county_database.owner_url)))
    yield database
    database.close()


def geojson(folder: Path, *lines: object, kind: str = "LineString") -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"道路名称": f"道路{number}", "道路等级": "国道"},
            "geometry": {"type": kind, "coordinates": line},
        }
        for number, line in enumerate(lines, 1)
    ]
    path = folder / "roads.geojson"
    text = json.dumps({"type": "FeatureCollection", "features": features})
    path.write_text(text, encoding="utf-8")
    return path


def run(owner: Database, path: Path, crs: str | None = "cgcs2000") -> RoadsOutcome:
    return import_roads(owner, path, RoadsRequest(crs=crs), now=NOW)


def stored(database: FreshDatabase) -> list[tuple[object, ...]]:
    with direct(database.superuser_url) as connection:
        return connection.execute(
            "SELECT name, road_class, ST_AsText(geom), ST_SRID(geom) FROM roads ORDER BY id"
        ).fetchall()


def test_a_bad_line_stores_nothing_and_says_where(
    owner: Database, tmp_path: Path, county_database: FreshDatabase
) -> None:
    before = stored(county_database)
    bad = run(owner, geojson(tmp_path, HERE, HERE[:1], [HERE[0], HERE[0]]))
    assert [(error.row, error.reason) for error in bad.errors] == [
        (2, "线不足两点。"), (3, "线的长度为零。"),
    ]  # fmt: skip
    areas = run(owner, geojson(tmp_path, [[*HERE, FAR[0], HERE[0]]], kind="Polygon"))
    assert "不是线" in areas.errors[0].reason
    with pytest.raises(FileRefused, match="--crs"):
        run(owner, geojson(tmp_path, HERE), crs=None)
    with pytest.raises(FileRefused, match="没有一条道路"):
        run(owner, geojson(tmp_path, FAR))
    assert stored(county_database) == before


def test_the_file_replaces_the_roads_and_leaves_out_those_of_elsewhere(
    owner: Database, tmp_path: Path, county_database: FreshDatabase
) -> None:
    path = geojson(tmp_path, [HERE, FAR], [FAR], kind="MultiLineString")
    outcome = run(owner, path)
    assert (outcome.rows, outcome.roads, outcome.outside, outcome.stored) == (2, 1, 1, True)
    line = "MULTILINESTRING((110.5195335 40.5609691,110.5201 40.5612),(100 30,100.1 30))"
    assert stored(county_database) == [("道路1", "national", line, 4490)]
    assert run(owner, path).replaced == 1


@pytest.mark.filterwarnings("ignore:.crs. was not provided")
def test_a_shapefile_in_gcj02_is_moved_and_its_texts_are_read(
    owner: Database, tmp_path: Path, county_database: FreshDatabase
) -> None:
    shapes = shapely.to_wkb(np.array([shapely.LineString(HERE)], dtype=object))
    raw.write(
        tmp_path / "r.shp", geometry=shapes, field_data=[np.array(["振华路"], dtype=object)],
        fields=["名称"], geometry_type="LineString", driver="ESRI Shapefile", crs=None,
        encoding="GB18030",
    )  # fmt: skip
    with zipfile.ZipFile(tmp_path / "r.zip", "w") as packed:
        for part in (".shp", ".shx", ".dbf"):
            packed.write(tmp_path / f"r{part}", f"r{part}")
    assert run(owner, tmp_path / "r.zip", crs="gcj02").stored
    ((name, kind, text, _),) = stored(county_database)
    lon, lat = shapely.from_wkt(str(text)).coords[0]
    assert (name, kind) == ("振华路", "")
    # The shift of the datum there: some 500 m to the east, some 90 m to the north.
    assert 0.003 < HERE[0][0] - lon < 0.008
    assert 0.0 < abs(HERE[0][1] - lat) < 0.004


def test_the_command_tells_and_ends_with_its_code(
    county_database: FreshDatabase, tmp_path: Path
) -> None:
    def wangge(run: Callable[..., Ran], *arguments: object) -> Ran:
        return run("import", "roads", *arguments, **on(county_database))

    before = stored(county_database)
    dry = wangge(run_apart, geojson(tmp_path, HERE), "--crs", "wgs84", "--dry-run")
    assert (dry.returncode, "将导入1条道路" in dry.stdout) == (0, True), dry.stderr
    assert stored(county_database) == before
    bad = wangge(run_here, geojson(tmp_path, HERE[:1]), "--crs", "wgs84")
    assert (bad.returncode, "第1行：线不足两点" in bad.stderr) == (1, True)
    assert wangge(run_here, tmp_path / "nothing").returncode == 2
