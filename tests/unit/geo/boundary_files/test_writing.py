"""What is exported comes back the same, in every format, by the reader of the import."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path

import pytest
import shapely

from api.settings import PROJECT_DIR
from geo.boundary_files.reading import read_layer
from geo.boundary_files.refusal import FileRefused
from geo.boundary_files.writing import NOTICE, ExportedArea, write_areas
from tests.unit.geo.boundary_files.making_files import CODES, NAMES, SQUARES

GRIDS = PROJECT_DIR / "data" / "boundaries" / "demo" / "grids.geojson"
LINEAGE = {"old_code": [CODES[0]], "new_code": [CODES[1]], "area_share": [0.25]}


def demo_areas() -> list[ExportedArea]:
    return [
        ExportedArea(
            code=f["properties"]["code"],
            name=f["properties"]["name"],
            level="grid",
            kind=f["properties"]["kind"],
            parent=f["properties"]["parent"],
            households=f["properties"]["households"],
            exclave=f["properties"].get("exclave", False),
            geometry=shapely.from_geojson(json.dumps(f["geometry"])),
        )
        for f in json.loads(GRIDS.read_text("utf-8"))["features"]
    ]


def squares() -> list[ExportedArea]:
    return [
        ExportedArea(
            code=code, name=name, level="grid", kind="rural", parent=code[:12], households=40,
            exclave=False, geometry=shape,
        )
        for code, name, shape in zip(CODES, NAMES, SQUARES, strict=True)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "format_name", "encoding"),
    [
        ("out.geojson", "geojson", "utf-8"),
        ("out.gpkg", "gpkg", "utf-8"),
        ("out.zip", "shp", "utf-8"),
        ("out.zip", "shp", "gb18030"),
        ("out.shp", "shp", "gb18030"),
    ],
)
def test_every_format_gives_back_codes_names_and_exact_shapes(
    tmp_path: Path, name: str, format_name: str, encoding: str
) -> None:
    areas = demo_areas()
    write_areas(tmp_path / name, areas, format_name=format_name, encoding=encoding)
    layer = read_layer(tmp_path / name)
    assert layer.epsg == 4490
    if format_name == "shp":
        assert (layer.encoding, layer.encoding_from) == (encoding, ".cpg")
    for area, row in zip(areas, layer.features, strict=True):
        assert row.values["code"] == area.code
        assert row.values["name"] == area.name
        assert row.values["households"] == area.households
        assert row.geometry is not None
        # Rings may start elsewhere and run the other way; the doubles are the same.
        assert shapely.equals_exact(
            shapely.normalize(row.geometry), shapely.normalize(area.geometry)
        )


def test_geojson_holds_the_stored_bytes_and_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "out.geojson"
    write_areas(path, demo_areas(), format_name="geojson", about={"revision": "r7"})
    written = path.read_text("utf-8")
    head = json.loads(written)
    assert (head["notice"], head["revision"]) == (NOTICE, "r7")

    def coordinates(text: str) -> list[str]:
        lines = [line.partition('"coordinates":')[2] for line in text.splitlines()]
        return [line.rstrip(",") for line in lines if line]

    assert len(coordinates(written)) == 1173
    assert coordinates(written) == coordinates(GRIDS.read_text("utf-8"))


def test_the_lineage_goes_with_every_format(tmp_path: Path) -> None:
    for name, format_name in (("a.geojson", "geojson"), ("a.gpkg", "gpkg"), ("a.zip", "shp")):
        write_areas(tmp_path / name, squares(), format_name=format_name, lineage=LINEAGE)
    assert json.loads((tmp_path / "a.geojson").read_text("utf-8"))["lineage"] == [
        {"old_code": CODES[0], "new_code": CODES[1], "area_share": 0.25}
    ]
    with sqlite3.connect(tmp_path / "a.gpkg") as database:
        rows = database.execute("SELECT old_code, new_code, area_share FROM lineage").fetchall()
    assert rows == [(CODES[0], CODES[1], 0.25)]
    assert read_layer(tmp_path / "a.gpkg").name == "areas"
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert CODES[1] in archive.read("lineage.csv").decode("utf-8-sig")
        assert archive.read("a.cpg") == b"UTF-8"


def test_a_place_that_cannot_be_written_is_a_refusal_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        write_areas(tmp_path / "none" / "a.geojson", squares(), format_name="geojson")
    assert refused.value.reason == "cannot_write"
    (tmp_path / "taken").mkdir()
    with pytest.raises(FileRefused):
        write_areas(tmp_path / "taken", squares(), format_name="geojson")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken", "temporary"]
