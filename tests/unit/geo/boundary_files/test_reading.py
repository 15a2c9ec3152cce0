"""Files as offices send them are read as they were meant, or the missing word is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely
from shapely import affinity

from api.settings import PROJECT_DIR
from geo.boundary_files.inspection import Request, inspect_file
from geo.boundary_files.reading import read_layer
from geo.boundary_files.refusal import FileRefused
from tests.unit.geo.boundary_files.making_files import (
    CODES,
    METRES,
    NAMES,
    SQUARES,
    geojson,
    write_gdal,
    zipped_shapefile,
)


def names_of(path: Path, **options: str) -> list[object]:
    return [row.values["名称"] for row in read_layer(path, **options).features]


def test_geojson_keeps_every_coordinate_as_it_is_written() -> None:
    path = PROJECT_DIR / "data" / "boundaries" / "demo" / "grids.geojson"
    layer = read_layer(path)
    given = json.loads(path.read_text("utf-8"))["features"]
    assert len(layer.features) == 1173
    assert layer.epsg == 4490
    for row, feature in zip(layer.features, given, strict=True):
        assert row.geometry is not None
        assert shapely.equals_exact(
            row.geometry, shapely.from_geojson(json.dumps(feature["geometry"]))
        )
        assert row.values["code"] == feature["properties"]["code"]


def test_a_shapefile_says_its_system_and_its_texts(tmp_path: Path) -> None:
    layer = read_layer(zipped_shapefile(tmp_path))
    assert (layer.format, layer.epsg) == ("shapefile", 4546)
    assert (layer.encoding, layer.encoding_from) == ("utf-8", ".cpg")
    assert layer.columns == ("编码", "名称")
    assert [row.values["名称"] for row in layer.features] == list(NAMES)
    assert [row.geometry.area for row in layer.features if row.geometry] == [1e6, 1e6, 1e6]


def test_gbk_names_without_a_cpg_are_recognised(tmp_path: Path) -> None:
    path = zipped_shapefile(tmp_path, encoding="GBK", without=[".cpg"], inside="网格/")
    layer = read_layer(path)
    assert layer.encoding == "gb18030"
    assert [row.values["名称"] for row in layer.features] == list(NAMES)


def test_a_cpg_that_lies_is_not_believed_and_that_is_said(tmp_path: Path) -> None:
    layer = read_layer(zipped_shapefile(tmp_path, encoding="GBK", cpg="UTF-8"))
    assert [row.values["名称"] for row in layer.features] == list(NAMES)
    assert "与内容不符" in layer.notes[0]


def test_the_word_of_the_user_wins_and_must_fit(tmp_path: Path) -> None:
    path = zipped_shapefile(tmp_path, encoding="GBK", cpg="ISO-8859-1")
    assert names_of(path, encoding="gb18030") == list(NAMES)
    with pytest.raises(FileRefused) as refused:
        read_layer(path, encoding="utf-8")
    assert refused.value.reason == "bad_encoding"


@pytest.mark.filterwarnings("ignore:Value .* has been truncated")
def test_half_a_character_at_the_end_of_a_full_column_is_dropped(tmp_path: Path) -> None:
    # 84 characters of three bytes fill 252 of 254 bytes; the 85th is cut after two.
    long = "网" * 90
    path = zipped_shapefile(
        tmp_path, shapes=METRES[:1], columns={"编码": CODES[:1], "名称": [long]}
    )
    (name,) = names_of(path)
    assert name == "网" * len(str(name))
    assert len(str(name)) >= 80


def test_a_shapefile_without_an_index_is_read_all_the_same(tmp_path: Path) -> None:
    assert names_of(zipped_shapefile(tmp_path, without=[".shx"])) == list(NAMES)


def test_a_bare_shp_takes_its_parts_from_beside(tmp_path: Path) -> None:
    write_gdal(tmp_path / "wg.shp", driver="ESRI Shapefile", encoding="GB18030")
    assert names_of(tmp_path / "wg.shp") == list(NAMES)


def test_without_a_prj_the_system_is_asked_for_and_likely_ones_are_named(tmp_path: Path) -> None:
    path = zipped_shapefile(tmp_path, without=[".prj"])
    with pytest.raises(FileRefused) as refused:
        inspect_file(path, Request())
    assert refused.value.reason == "which_crs"
    assert "EPSG:4546" in refused.value.message
    found = inspect_file(path, Request(crs="4546"))
    assert found.system.key == "EPSG:4546"
    assert found.report.bounds is not None
    assert found.report.bounds[0] == pytest.approx(110.4923, abs=1e-3)


def test_an_easting_with_the_number_of_its_zone_names_the_zone(tmp_path: Path) -> None:
    shapes = [affinity.translate(shape, 37_000_000) for shape in METRES]
    path = zipped_shapefile(tmp_path, without=[".prj"], shapes=shapes)
    with pytest.raises(FileRefused, match="EPSG:4525"):
        inspect_file(path, Request())


@pytest.mark.parametrize(
    ("name", "driver", "expected"),
    [("a.gpkg", "GPKG", "gpkg"), ("a.fgb", "FlatGeobuf", "flatgeobuf"), ("a.kml", "KML", "kml")],
)
def test_other_formats_are_told_by_their_content(
    tmp_path: Path, name: str, driver: str, expected: str
) -> None:
    columns = {"Name": NAMES} if driver == "KML" else {"名称": NAMES}
    epsg = "EPSG:4326" if driver == "KML" else "EPSG:4490"
    write_gdal(tmp_path / name, driver=driver, shapes=SQUARES, columns=columns, crs=epsg)
    # The name says nothing: what is inside decides.
    layer = read_layer((tmp_path / name).rename(tmp_path / "unnamed.dat"))
    assert layer.format == expected
    assert sorted(str(row.values[next(iter(columns))]) for row in layer.features) == sorted(NAMES)
    assert layer.epsg == int(epsg[5:])


def test_a_file_of_several_layers_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    write_gdal(path, driver="GPKG", layer="grids", columns={"名称": NAMES})
    write_gdal(path, driver="GPKG", layer="old", columns={"名称": NAMES}, append=True)
    with pytest.raises(FileRefused, match="grids、old"):
        read_layer(path)
    assert read_layer(path, layer="old").other_layers == ("grids",)


def test_a_height_is_dropped_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_bytes(geojson([shapely.force_3d(SQUARES[0], 1000.0)]))
    layer = read_layer(path)
    assert layer.features[0].geometry is not None
    assert not layer.features[0].geometry.has_z
    assert "高程" in layer.notes[0]


def test_a_row_without_a_polygon_stays_a_row_with_its_reason(tmp_path: Path) -> None:
    open_ring = geojson().replace(b"[110.51, 40.5]]]", b"[110.51, 40.50001]]]", 1)
    assert open_ring != geojson()
    path = tmp_path / "a.geojson"
    path.write_bytes(open_ring.replace(b'"Polygon"', b'"LineString"', 1))
    problems = [row.problem for row in read_layer(path).features]
    assert problems == ["不是面，而是LineString", "", ""]
    path.write_bytes(open_ring)
    layer = read_layer(path)
    broken = [row for row in layer.features if row.problem]
    assert [row.problem for row in broken] == ["环未闭合或不足四点"]
    assert broken[0].geometry is None
    assert sum(row.geometry is not None for row in layer.features) == 2
