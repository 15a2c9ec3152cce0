"""``wangge import`` and ``wangge export`` say no before they touch a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import importing
from api.cli.main import app
from api.cli.refusal import Refused
from api.interop.units_table import grid_kind, provisional_unit, read_units
from api.settings import PROJECT_DIR
from geo.errors import GeoError

DEMO = PROJECT_DIR / "data" / "boundaries" / "demo"
SQUARE = [[110.5, 40.5], [110.51, 40.5], [110.51, 40.51], [110.5, 40.51], [110.5, 40.5]]


@pytest.fixture
def square(tmp_path: Path) -> Path:
    """A file with one good grid."""
    feature = {
        "type": "Feature",
        "properties": {"code": "150221104001001", "name": "振华社区第一网格"},
        "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
    }
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    return path


def wangge(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that gets as far as a database."""

    def opened() -> None:
        raise AssertionError("a database was opened")

    monkeypatch.setattr(importing, "_transaction", opened)


def test_a_dry_run_needs_no_database_and_ends_with_0(square: Path) -> None:
    outcome = wangge("import", "boundaries", square, "--crs", "gcj02", "--dry-run")
    assert outcome.exit_code == 0
    assert outcome.stdout.splitlines()[-1] == "结论    可以导入。"


@pytest.mark.parametrize("arguments", [("--dry-run", "--apply"), ("--level", "village")])
def test_wrong_usage_ends_with_2(square: Path, arguments: tuple[str, ...]) -> None:
    assert wangge("import", "boundaries", square, "--crs", "wgs84", *arguments).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--crs", "EPSG:3857"),
        ("--crs", "4546"),
        ("--crs", "wgs84", "--make-codes"),
        ("--crs", "wgs84", "--county", "150221104"),
        ("--crs", "wgs84", "--county", "150222", "--apply"),
        ("--crs", "wgs84", "--effective-at", "yesterday"),
        ("--crs", "wgs84", "--code-field", "bm"),
        ("--crs", "wgs84", "--level", "community", "--apply"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(square: Path, arguments: tuple[str, ...]) -> None:
    outcome = wangge("import", "boundaries", square, *arguments)
    assert isinstance(outcome.exception, Refused | GeoError)


def units(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "units.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_units_are_read_in_the_encodings_of_offices(tmp_path: Path) -> None:
    assert len(read_units(DEMO / "units.csv")) == 226
    text = (
        "编码,名称\n150221000000,土默特右旗\n150221104000,萨拉齐镇\n150221104001,振华社区居委会\n"
    )
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        found = read_units(units(tmp_path, text, encoding))
        assert [unit.code for unit in found] == ["150221", "150221104", "150221104001"]
        assert found[2].values()["name"] == "振华社区"
        assert [unit.kind for unit in found] == ["county", "town", "residents_committee"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b\n1,2\n",
        "code,name\n",
        "code,name\n150221,旗\n150221,旗\n",
        "code,name\n150221104001,社区\n",
        "code,name\n150221,旗\n150222,县\n",
        "code,name\n150221,旗\n150221104001,社区\n",
        "code,name\n150221,旗\n1502211,镇\n",
        "code,name\n150221,\n",
        "code,name\n150221,旗\x07\n",
        'code,name\n150221,"旗\n',
    ],
)
def test_a_list_that_cannot_be_trusted_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(GeoError):
        read_units(units(tmp_path, text))


def test_the_last_digits_of_a_code_say_the_kind() -> None:
    assert provisional_unit("150221001").kind == "subdistrict"
    assert provisional_unit("150221200").kind == "township"
    assert grid_kind("150221104001") == "community"
    assert grid_kind("150221104200") == "rural"
    assert grid_kind("150221400400") == "community"


def test_parents_in_another_system_than_the_grids_are_read_in_their_own(
    square: Path, tmp_path: Path
) -> None:
    outline = json.loads(square.read_text("utf-8"))
    outline["crs"] = {"type": "name", "properties": {"name": "EPSG:4490"}}
    outline["features"][0]["properties"] = {"code": "150221104001", "name": "振华社区"}
    parents = tmp_path / "parents.geojson"
    parents.write_text(json.dumps(outline), "utf-8")
    outcome = wangge(
        "import", "boundaries", square, "--crs", "gcj02", "--parents", parents, "--json"
    )
    # The grid is said to be in GCJ-02, so that it lies half a kilometre beside its community.
    (finding,) = json.loads(outcome.stdout)["findings"]
    assert (finding["kind"], finding["areas"]) == ("wrong_parent", ["150221104001001"])
