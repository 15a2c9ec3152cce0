"""GeoPackages and GeoParquet: shapes, what the file says of them, and what it must not do."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyogrio
import pytest

from geo.assign.refusal import AssignRefused
from geo.assign.rows import Columns
from geo.boundary_files.systems import parse_system
from geo.errors import GeoError
from tests.unit.geo.assign.files import INDEX, LON_LAT, assign, beside, expected, points, write

ROWS = 400
OWN = Columns()


def frame(rows: int = ROWS) -> gpd.GeoDataFrame:
    table = points(rows)
    shapes = gpd.points_from_xy(table["lon"].to_numpy(), table["lat"].to_numpy(), crs=4490)
    found = gpd.GeoDataFrame({"text": table["text"].to_pylist()}, geometry=shapes)
    found.loc[[5, 7, 11], "geometry"] = None
    return found


def grids(found: gpd.GeoDataFrame) -> list[str | None]:
    return [grid if isinstance(grid, str) else None for grid in found["grid"]]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gpkg") / "in.gpkg"
    frame().to_file(path, driver="GPKG", layer="points")
    return path


def test_a_geopackage_comes_back_with_its_shapes_and_their_grids(
    package: Path, tmp_path: Path
) -> None:
    wanted = expected(points(ROWS))
    counts = assign(package, tmp_path / "out.gpkg", columns=OWN)
    assert counts.reasons["not_a_point"] == 3
    found = gpd.read_file(tmp_path / "out.gpkg")
    assert grids(found) == wanted
    assert found.crs.to_epsg() == 4490
    assert found["text"].tolist() == frame()["text"].tolist()
    assert beside(tmp_path / "out.gpkg") == []
    assign(package, tmp_path / "out.parquet", columns=OWN)
    parquet = gpd.read_parquet(tmp_path / "out.parquet")
    assert grids(parquet) == wanted
    assert parquet.crs.to_epsg() == 4490
    assert parquet.geometry.geom_equals(frame().geometry).sum() == ROWS - 3
    assign(package, tmp_path / "out.csv", columns=OWN)
    assert "POINT (1" in (tmp_path / "out.csv").read_text("utf-8")


def test_geoparquet_stays_geoparquet_and_points_are_made_for_tables(tmp_path: Path) -> None:
    frame().to_parquet(tmp_path / "in.parquet")
    assign(tmp_path / "in.parquet", tmp_path / "out.parquet", columns=OWN)
    assert grids(gpd.read_parquet(tmp_path / "out.parquet")) == expected(points(ROWS))
    source = write(points(ROWS), tmp_path / "in.csv")
    assign(source, tmp_path / "out.gpkg", columns=LON_LAT)
    made = gpd.read_file(tmp_path / "out.gpkg")
    assert made.geometry.isna().sum() == 3
    keep = ~made.geometry.isna()
    lons = points(ROWS)["lon"].to_numpy()
    assert np.array_equal(made.geometry.x[keep], lons[keep])
    assert INDEX.owners(made.geometry.x[keep], made.geometry.y[keep]).tolist() == [
        grid for grid, kept in zip(grids(made), keep, strict=True) if kept
    ]


def test_a_system_of_its_own_is_used_and_another_one_asked_for(tmp_path: Path) -> None:
    source = tmp_path / "in.gpkg"
    frame().to_crs(4546).to_file(source, driver="GPKG")
    assign(source, tmp_path / "out.parquet", columns=OWN)
    near = grids(gpd.read_parquet(tmp_path / "out.parquet"))
    assert near == expected(points(ROWS))
    frame().set_crs(3857, allow_override=True).to_file(source, driver="GPKG")
    with pytest.raises(GeoError, match=r"EPSG:3857.*cgcs2000"):
        assign(source, tmp_path / "other.csv", columns=OWN)
    told = Columns(geometry="geom", system=parse_system("cgcs2000"))
    assign(source, tmp_path / "other.parquet", columns=told)
    assert grids(gpd.read_parquet(tmp_path / "other.parquet")) == near


def test_layers_are_named_and_active_content_is_refused(package: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.gpkg"
    source.write_bytes(package.read_bytes())
    frame().to_file(source, driver="GPKG", layer="more")
    with pytest.raises(GeoError, match="--layer"):
        assign(source, tmp_path / "out.csv", columns=OWN)
    assign(source, tmp_path / "out.csv", columns=OWN, layer="more")
    with sqlite3.connect(source) as database:
        database.execute("CREATE VIEW v AS SELECT * FROM points")
    with pytest.raises(GeoError, match="视图"):
        assign(source, tmp_path / "view.csv", columns=OWN, layer="points")
    assert pyogrio.list_layers(package).tolist() == [["points", "Point"]]


def test_a_package_damaged_in_the_middle_never_passes_for_whole(tmp_path: Path) -> None:
    source, out = tmp_path / "in.gpkg", tmp_path / "out.csv"
    frame(8000).to_file(source, driver="GPKG", layer="points")
    content = bytearray(source.read_bytes())
    size = int.from_bytes(content[16:18], "big")
    page = content.index(b'"4321"') // size
    content[page * size : (page + 1) * size] = b"\xff" * size
    source.write_bytes(content)
    with pytest.raises(GeoError, match="损坏"):
        assign(source, out, columns=OWN)
    assert not out.exists()


def test_a_package_that_is_still_open_elsewhere_is_refused(package: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.gpkg"
    source.write_bytes(package.read_bytes())
    source.with_name("in.gpkg-wal").write_bytes(b"changes")
    with pytest.raises(GeoError, match="-wal"):
        assign(source, tmp_path / "out.csv", columns=OWN)


@pytest.mark.parametrize("kind", [pa.duration("s"), pa.null(), pa.decimal256(50, 2)])
def test_a_column_that_no_geopackage_can_hold_is_told_before_the_first_row(
    tmp_path: Path, kind: Any
) -> None:
    table = points(600).append_column("lasted", pa.nulls(600, kind))
    source = write(table, tmp_path / "in.arrows")
    told: list[object] = []
    with pytest.raises(GeoError, match="“lasted”列的类型写不成 GeoPackage"):
        assign(source, tmp_path / "out.gpkg", tell=told.append)
    assert (told, [path.name for path in tmp_path.iterdir()]) == ([], ["in.arrows"])


def test_half_a_package_goes_and_the_rows_stay_for_another_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = write(points(ROWS), tmp_path / "in.csv"), tmp_path / "out.gpkg"

    def full(_rows: object, path: Path, **_options: object) -> None:
        path.write_bytes(b"half")
        if ".part-whole" in path.name:
            raise RuntimeError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(pyogrio, "write_arrow", full)
        with pytest.raises(GeoError, match=f"已完成的 {ROWS} 行留着"):
            assign(source, out)
    assert beside(out) == ["out.gpkg.part", "out.gpkg.part-state"]
    assert assign(source, out, resume=True).resumed_rows == ROWS
    assert len(gpd.read_file(out)) == ROWS


def try_alike_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let columns alone be written once a type and length of name: two thousand are alike."""
    really, tried = pyogrio.write_arrow, set[object]()

    def write_arrow(reader: pa.RecordBatchReader, *given: Any, **more: Any) -> None:
        alike = tuple((len(field.name), field.type) for field in reader.schema)
        if len(alike) > 2 or alike not in tried:
            really(reader, *given, **more)
        tried.add(alike)

    monkeypatch.setattr(pyogrio, "write_arrow", write_arrow)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("Name", "name"), "“Name”、“name”只有大小写不同"),
        (("Grid",), "“Grid”、“grid”只有大小写不同"),
        (tuple(f"c{number}" for number in range(2000)), "合在一起写不成"),
    ],
)
def test_columns_that_only_together_cannot_be_written_are_refused_before_the_first_row(
    names: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try_alike_once(monkeypatch)
    table, told = points(10), list[object]()
    for name in names:
        table = table.append_column(name, pa.array(["x"] * table.num_rows))
    out = tmp_path / "out.gpkg"
    with pytest.raises(AssignRefused, match=words):
        assign(write(table, tmp_path / "in.arrows"), out, tell=told.append)
    assert told == []
    assert beside(out) == []


def test_the_columns_are_tried_beside_the_output_not_in_the_folder_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full"))
    source = write(points(10), tmp_path / "in.arrows")
    assign(source, tmp_path / "out.gpkg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.arrows", "out.gpkg"]
    with pytest.raises(AssignRefused, match="无法写入"):
        assign(source, tmp_path / "no" / "out.gpkg")


def test_a_trial_that_fails_for_another_reason_than_the_columns_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object, **_more: object) -> None:
        raise pyogrio.errors.DataSourceError("disk I/O error")

    monkeypatch.setattr(pyogrio, "write_arrow", full)
    with pytest.raises(AssignRefused, match="磁盘空间"):
        assign(write(points(10), tmp_path / "in.arrows"), tmp_path / "out.gpkg")


@pytest.mark.parametrize(
    ("name", "values"), [("fid", ["甲", "乙", "甲"]), ("FID", [7, 3, 7]), ("Fid", [0.5, None, 2.0])]
)
def test_a_column_named_as_the_numbers_of_rows_is_kept_like_any_other(
    name: str, values: list[Any], tmp_path: Path
) -> None:
    table, out = points(3).append_column(name, pa.array(values)), tmp_path / "out.gpkg"
    table = table.append_column("fid_", pa.array(["x", "y", "z"]))
    assign(write(table, tmp_path / "in.arrows"), out)
    written = pyogrio.read_info(out)
    assert (written["fid_column"], name in written["fields"]) == ("fid__", True)
    kept = pyogrio.read_arrow(out)[1]
    assert kept[name].to_pylist() == values
    assert kept["id"].to_pylist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["geom", "GEOM"])
def test_a_column_named_as_the_made_shapes_is_kept_like_any_other(
    name: str, tmp_path: Path
) -> None:
    table, out = points(3).append_column(name, pa.array(["甲", "乙", "甲"])), tmp_path / "out.gpkg"
    assign(write(table, tmp_path / "in.arrows"), out)
    written = gpd.read_file(out)
    assert pyogrio.read_info(out)["geometry_name"] == "geom_"
    assert written[name].tolist() == ["甲", "乙", "甲"]
    assert written.geometry.x.tolist() == table["lon"].to_pylist()


@pytest.mark.parametrize(("shapes", "name"), [("geom", "GEOM"), ("shape", "geom"), ("fid", "a")])
def test_shapes_of_the_input_leave_the_names_of_its_columns_alone(
    shapes: str, name: str, tmp_path: Path
) -> None:
    frame().rename_geometry(shapes).assign(**{name: "甲"}).to_parquet(tmp_path / "in.parquet")
    assign(tmp_path / "in.parquet", tmp_path / "out.gpkg", columns=OWN)
    written = gpd.read_file(tmp_path / "out.gpkg")
    assert set(written[name]) == {"甲"}
    assert grids(written) == expected(points(ROWS))


def test_a_system_that_cannot_be_written_is_told_as_such_and_not_as_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo.assign.geopackage_writing.STORAGE_EPSG", 999_999)
    with pytest.raises(AssignRefused, match="这个坐标系写不进 GeoPackage"):
        assign(write(points(10), tmp_path / "in.arrows"), tmp_path / "out.gpkg")
