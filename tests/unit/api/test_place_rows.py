"""Check that rows of places become places where they say, or get their reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from api.places.checking import Checked, PlaceChecker
from api.places.table import read_table
from api.sheet_files import SheetRow
from geo.address.types import Place, PlaceKind
from geo.datums import from_cgcs2000
from geo.errors import GeoError
from geo.position import Datum
from tests.scenarios.text_map import CODES, TextMap

TOWN = TextMap(
    """
    AABBCC
    AABBCC
    DDKKLL
    DDKKLL
    """
)
COUNTY = TOWN.county()
ZHENHUA = "150221104001"
LON, LAT = TOWN.at(2.5, 1)
GOOD = {
    "id": "c1", "name": "幸福里小区", "kind": "compound", "lon": str(LON), "lat": str(LAT),
    "crs": "", "radius_m": "", "area_code": ZHENHUA, "aliases": "",
}  # fmt: skip
VILLAGE = TOWN.place("磴口村", PlaceKind.COMMUNITY, (4, 3), radius_m=2000, area="150221200201")


def check(*rows: dict[str, str], known: tuple[Place, ...] = ()) -> Checked:
    table = [SheetRow(number, row) for number, row in enumerate(rows, 2)]
    return PlaceChecker(COUNTY, known).check(table)


def test_a_compound_gets_the_grids_that_its_disc_touches_inside_its_area_alone() -> None:
    narrow = check(GOOD | {"radius_m": "30"}).places[0]
    assert narrow.grids == (CODES["B"],)
    wide = check(GOOD | {"radius_m": "200"}).places[0]
    assert wide.grids == (CODES["A"], CODES["B"])


def test_a_building_has_the_grid_of_its_point_and_a_unit_all_its_grids() -> None:
    building = check(GOOD | {"kind": "building", "name": "幸福里小区9号楼"}).places[0]
    assert building.grids == (CODES["B"],)
    unit = check(GOOD | {"kind": "community", "name": "振华社区"}).places[0]
    assert unit.grids == (CODES["A"], CODES["B"])


def test_a_position_in_gcj02_is_converted_and_zero_filled_codes_are_cut() -> None:
    lon, lat = from_cgcs2000(lon=LON, lat=LAT, datum=Datum.GCJ02)
    row = GOOD | {"lon": str(lon), "lat": str(lat), "crs": "GCJ02", "area_code": "150221104000"}
    place = check(row).places[0]
    assert place.lon == pytest.approx(LON, abs=1e-7)
    assert place.lat == pytest.approx(LAT, abs=1e-7)
    assert place.area_code == "150221104"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"area_code": "150221104002"}, "不在所写的"),
        ({"area_code": "150221104099"}, "没有这个编码"),
        ({"area_code": "12"}, "编码应为"),
        ({"lon": "116.4", "lat": "39.9"}, "不在本旗县区任何网格内"),
        ({"lon": "nan"}, "不是有限的数值"),
        ({"lon": "东经110"}, "应为数字"),
        ({"lon": str(LAT), "lat": str(LON)}, "填反"),
        ({"crs": "utm"}, "坐标系未知"),
        ({"radius_m": "-5"}, "半径"),
        ({"radius_m": "inf"}, "半径"),
        ({"kind": "grid"}, "地点类型"),
        ({"name": "幸"}, "名称"),
        ({"name": "幸福\u202e里"}, "看不见"),
        ({"id": ""}, "编号"),
        ({"id": "c\0"}, "看不见"),
        ({"id": "grid:150221104001001"}, "编号"),
        ({"kind": "building", "name": "3号楼"}, "写全"),
        ({"kind": "community", "area_code": "150221104"}, "级别"),
        ({"aliases": "|".join(f"别名{n}" for n in range(31))}, "最多"),
    ],
)
def test_a_bad_row_gets_its_reason(change: dict[str, str], reason: str) -> None:
    checked = check(GOOD | change)
    assert checked.places == ()
    assert [error.line for error in checked.errors] == [2]
    assert reason in checked.errors[0].reason


def test_good_rows_beside_a_bad_one_are_kept_and_a_repeated_id_is_named_by_its_line() -> None:
    checked = check(GOOD, GOOD | {"name": "另一个小区"}, GOOD | {"id": "c2", "name": "安康里"})
    assert [place.name for place in checked.places] == ["幸福里小区", "安康里"]
    assert [(error.line, "重复" in error.reason) for error in checked.errors] == [(3, True)]


def test_a_second_name_for_the_same_village_is_refused_because_it_would_make_namesakes() -> None:
    lon, lat = TOWN.at(4, 3)
    row = GOOD | {
        "id": "mine", "name": "磴口", "kind": "community", "area_code": "150221200201",
        "lon": str(lon), "lat": str(lat),
    }  # fmt: skip
    assert "原来的编号" in check(row, known=(VILLAGE,)).errors[0].reason
    same = check(row | {"id": VILLAGE.id, "aliases": "磴口|大磴口"}, known=(VILLAGE,))
    assert same.places[0].aliases == ("磴口", "大磴口")


def test_what_the_table_leaves_out_stays_as_it_was() -> None:
    known = replace(check(GOOD).places[0], radius_m=77.0, aliases=("福里",), parent_id="p")
    row = {key: value for key, value in GOOD.items() if key not in ("radius_m", "aliases")}
    place = check(row, known=(known,)).places[0]
    assert (place.radius_m, place.aliases, place.parent_id) == (77.0, ("福里",), "p")
    assert check(GOOD, known=(known,)).places[0].aliases == ()


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "places.csv"
    path.write_bytes(content)
    return path


TABLE = "id,name,kind,lon,lat,area_code\r\nc1,幸福里小区,compound,110.5,40.5,150221104001\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_from_any_office_is_read(tmp_path: Path, encoding: str) -> None:
    sheet = read_table(written(tmp_path, (TABLE + ",,,,,\r\n\r\n").encode(encoding)))
    assert [(row.line, row.cells["name"]) for row in sheet.rows] == [(2, "幸福里小区")]
    assert sheet.faults == ()


@pytest.mark.parametrize(
    ("row", "words"), [("c2,x,y", "列数"), ("c2,x,compound,1,2,150221104001,beside", "表头以外")]
)
def test_a_row_with_cells_too_few_or_too_many_is_a_bad_row(
    tmp_path: Path, row: str, words: str
) -> None:
    sheet = read_table(written(tmp_path, f"{TABLE}{row}\r\n".encode()))
    checked = PlaceChecker(COUNTY, ()).check(sheet.rows, sheet.faults)
    assert sheet.row_count == 2
    assert (checked.errors[-1].line, words in checked.errors[-1].reason) == (3, True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "缺少列"),
        (b"id,name,kind,lon,lat\n", "area_code"),
        (b"id,name,kind,lon,lat,area_code,radius\n", "radius_m"),
        (b"id,name,kind,lon,lat,area_code,id\n", "重复"),
        (TABLE.encode() + b'"', "CSV"),
        (b"\xff\xff\xff\xff", "编码"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(
    tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(GeoError) as refusal:
        read_table(written(tmp_path, content))
    assert words in refusal.value.message


def test_two_of_one_name_in_one_parent_are_refused_and_in_two_they_are_not() -> None:
    checked = check(GOOD, GOOD | {"id": "c2", "name": "幸福里 小区"})
    assert [(e.line, e.reason) for e in checked.errors] == [(3, "同一上级内已有同名地点。")]
    house = GOOD | {"kind": "building", "name": "3号楼", "parent_id": "c1"}
    twice = check(GOOD, house | {"id": "b1"}, house | {"id": "b2", "name": "三栋"})
    assert [error.line for error in twice.errors] == [4]
    other = GOOD | {"id": "c3", "name": "安康里小区"}
    apart = check(GOOD, other, house | {"id": "b1"}, house | {"id": "b2", "parent_id": "c3"})
    assert apart.errors == ()


def test_a_place_inside_itself_or_inside_nothing_is_refused() -> None:
    first, second = GOOD | {"id": "a", "name": "甲小区"}, GOOD | {"id": "b", "name": "乙小区"}
    known = check(first, second | {"parent_id": "a"}).places
    turned = check(first | {"parent_id": "b"}, known=known)
    assert "上级地点" in turned.errors[0].reason
    assert "上级地点" in check(first | {"parent_id": "a"}).errors[0].reason
    assert "没有这个上级地点" in check(first | {"parent_id": "nowhere"}).errors[0].reason


def test_an_alias_may_hold_in_one_area_alone() -> None:
    good = check(GOOD | {"local_aliases": f"老粮站@{ZHENHUA}"}).places[0]
    assert [(alias.name, alias.scope) for alias in good.local_aliases] == [("老粮站", ZHENHUA)]
    for wrong in ("老粮站", "老粮站@110101001", "@" + ZHENHUA):
        assert check(GOOD | {"local_aliases": wrong}).errors


def test_a_place_that_is_over_is_not_brought_back_by_a_table() -> None:
    checker = PlaceChecker(COUNTY, (), ended={"c1"})
    assert "已停用" in checker.check([SheetRow(2, GOOD)]).errors[0].reason
