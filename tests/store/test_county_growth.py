"""A county that starts from a list grows: communities come onto the map when their outlines do."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from api.db.engine import Database, make_engine, normalise_url
from api.knowledge import Keeper
from geo.codes import Level
from geo.coverage import check_coverage, union_by_parent
from geo.lattice import doubled_area
from tests.conftest import FreshDatabase, _fresh
from tests.store.rows import direct
from tests.store.test_county_import import GRIDS, UNITS, wangge

TOWNSHIP = "150221105"
STEP = 1e-8


@pytest.fixture
def empty_county(cluster: Any, schema_template: str) -> Iterator[FreshDatabase]:
    """A database of one test alone."""
    yield from _fresh(cluster, schema_template, {})


def outlines() -> dict[str, Any]:
    """The communities of one township, as unions of the demo county's grids."""
    features = json.loads(GRIDS.read_text("utf-8"))["features"]
    mine = [f for f in features if f["properties"]["code"].startswith(TOWNSHIP)]
    codes = [f["properties"]["code"] for f in mine]
    shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in mine]
    return union_by_parent(codes, shapes, Level.COMMUNITY)


def file_of(folder: Path, name: str, shapes: dict[str, Any]) -> Path:
    path = folder / name
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": code},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for code, shape in shapes.items()
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    document = {"type": "FeatureCollection", "crs": crs, "features": features}
    path.write_text(json.dumps(document), "utf-8")
    return path


def units_file(folder: Path) -> Path:
    """The list of the county, with how many grids each community of the township is to have."""
    lines = UNITS.read_text("utf-8").splitlines()
    rows = [f"{lines[0]},网格数"]
    rows += [f"{line},{5 if line.startswith(TOWNSHIP + '2') else ''}" for line in lines[1:]]
    path = folder / "units.csv"
    path.write_text("\n".join(rows), "utf-8")
    return path


def imported(database: FreshDatabase, *arguments: object) -> dict[str, Any]:
    outcome = wangge(database, "import", "units", *arguments, "--exclaves", "--json")
    assert outcome.returncode == 0, outcome.stderr
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def stored(database: FreshDatabase, table: str = "grid_boundaries") -> dict[str, Any]:
    with direct(database.superuser_url) as connection:
        rows = connection.execute(
            f"SELECT code, ST_AsBinary(geom) FROM {table} WHERE upper_inf(valid)"
        ).fetchall()
    return {str(row[0]): shapely.from_wkb(bytes(row[1])) for row in rows}  # type: ignore[arg-type]


def test_communities_that_come_later_lie_beside_those_that_stand(
    empty_county: FreshDatabase, tmp_path: Path
) -> None:
    whole, listed = outlines(), units_file(tmp_path)
    codes = sorted(whole)
    first = {code: whole[code] for code in codes[::2]}
    done = imported(empty_county, listed, "--outlines", file_of(tmp_path, "a.geojson", first))
    assert done["mapped_communities"] == len(first)
    assert done["mapped_grids"] == 0
    before = stored(empty_county)
    # Traced once more by hand: half a metre off, over the neighbours' borders or short of them.
    rest = {code: _moved(whole[code], 300 * STEP) for code in codes[1::2]}
    done = imported(empty_county, listed, "--outlines", file_of(tmp_path, "b.geojson", rest))
    assert done["mapped_communities"] == len(whole)
    after = stored(empty_county)
    assert set(after) == {f"{code}001" for code in whole}
    assert check_coverage(
        list(after), list(after.values()), multipart_codes=[c for c in after if _parts(after[c])]
    ).is_valid
    for code, shape in before.items():
        # What stood has kept its land; new neighbours' corners are on its border.
        assert (
            shapely.equals_exact(shape, after[code], 0)
            or shapely.hausdorff_distance(shape, after[code]) < 2 * STEP
        )
    # Whoever had a common border has one still, and no slit is left between the two.
    for one, other in itertools.combinations(codes, 2):
        common = shapely.intersection(whole[one], whole[other]).length
        if common > 1e-4:
            now = shapely.intersection(after[f"{one}001"], after[f"{other}001"])
            assert now.length > 0.98 * common
    county = stored(empty_county, "area_boundaries")["150221"]
    assert sum(map(doubled_area, after.values())) == doubled_area(county)
    with direct(empty_county.superuser_url) as connection:
        rows = connection.execute(
            "SELECT count(*) FROM areas WHERE provisional AND name LIKE '%（暂未细分）'"
        ).fetchone()
        assert rows == (len(whole),)


def test_a_running_process_learns_what_is_new_in_the_list(
    empty_county: FreshDatabase, tmp_path: Path
) -> None:
    whole, listed = outlines(), units_file(tmp_path)
    first, *others = sorted(whole)
    imported(empty_county, listed, "--outlines", file_of(tmp_path, "a.json", {first: whole[first]}))
    database = Database(make_engine(normalise_url(empty_county.app_url)))
    running = Keeper(database)
    known = running.current()
    elsewhere = next(
        row
        for row in known.areas.values()
        if row.level == "community" and not row.code.startswith(TOWNSHIP)
    )
    renamed = listed.read_text("utf-8").replace(elsewhere.official_name, "示意改名社区居民委员会")
    listed.write_text(renamed, "utf-8")
    rest = {code: whole[code] for code in others}
    imported(empty_county, listed, "--outlines", file_of(tmp_path, "b.json", rest))
    assert running.refresh().areas == Keeper(database).current().areas
    assert running.current().areas[elsewhere.code] != elsewhere
    database.close()


def _moved(shape: Any, by: float) -> Any:
    moved = shapely.transform(shape, lambda c: ((c + by) / STEP).round() * STEP)
    return shapely.make_valid(moved)


def _parts(shape: Any) -> bool:
    return bool(shape.geom_type == "MultiPolygon")


def test_what_lies_on_others_or_stands_already_is_refused_and_nothing_is_stored(
    empty_county: FreshDatabase, tmp_path: Path
) -> None:
    whole, listed = outlines(), units_file(tmp_path)
    one, two, *_ = sorted(whole)
    imported(empty_county, listed, "--outlines", file_of(tmp_path, "a.geojson", {one: whole[one]}))
    before = stored(empty_county)
    for shapes, words in (({one: whole[one]}, "都已有网格"), ({two: whole[one]}, "重叠过多")):
        path = file_of(tmp_path, "b.geojson", shapes)
        outcome = wangge(empty_county, "import", "units", listed, "--outlines", path)
        assert outcome.returncode == 1
        assert words in outcome.stderr
        assert "Traceback" not in outcome.stderr
    after = stored(empty_county)
    assert {c: shapely.to_wkb(s) for c, s in after.items()} == {
        c: shapely.to_wkb(s) for c, s in before.items()
    }
