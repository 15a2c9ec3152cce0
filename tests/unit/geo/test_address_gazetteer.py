"""Check how places are read from a file and under which names they are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.address.gazetteer import Gazetteer
from geo.address.places_file import read_places_csv
from geo.address.types import LocalAlias, Place, PlaceKind
from geo.errors import GeoError

_HEADER = "id,name,kind,lon,lat,radius_m,area_code,parent_id,aliases,grids\n"
_ROWS = (
    "c1,阳光小区,compound,110.5,40.5,200,150221104001,,,150221104001001|150221104001002\n"
    "b3,3号楼,building,110.5,40.5,30,150221104001001,c1,,150221104001001\n"
    "v1,新村村委会,community,110.6,40.6,2000,150221215210,,新村老营,\n"
    "t1,苏波盖乡,township,110.6,40.6,9000,150221215,,,\n"
    "p1,土默特右旗新型工业园区管理委员会社区,community,110.6,40.6,900,150221107400,,,\n"
)


@pytest.fixture
def places(tmp_path: Path) -> list[Place]:
    path = tmp_path / "places.csv"
    path.write_text(_HEADER + _ROWS, encoding="utf-8-sig")
    return read_places_csv(path)


def test_a_file_of_places_is_read_with_its_lists_and_its_optional_parent(
    places: list[Place],
) -> None:
    compound, building, village, *_ = places
    assert compound.grids == ("150221104001001", "150221104001002")
    assert (compound.parent_id, building.parent_id) == (None, "c1")
    assert village.aliases == ("新村老营",)
    assert village.kind is PlaceKind.COMMUNITY


@pytest.mark.parametrize(
    "content",
    ["id,name\n1,x\n", "", _HEADER + "c1,阳光小区,palace,1,2,3,150221,,,\n",
     _HEADER + "c1,阳光小区,compound,east,2,3,150221,,,\n", _HEADER + "c1,阳光小区,compound\n"],
)  # fmt: skip
def test_a_file_that_is_wrong_is_refused_in_words(tmp_path: Path, content: str) -> None:
    path = tmp_path / "places.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(GeoError, match="地名表"):
        read_places_csv(path)


def test_a_building_is_found_by_number_and_named_with_its_compound(places: list[Place]) -> None:
    gazetteer = Gazetteer(places)
    building = gazetteer.building(places[0], "3")[0]
    assert building.id == "b3"
    assert gazetteer.full_name(building) == "阳光小区3号楼"
    assert gazetteer.building(places[0], "4") == ()


def test_the_hint_names_the_township_and_the_village_as_people_say_it(places: list[Place]) -> None:
    assert Gazetteer(places).place_hint(places[2]) == "苏波盖乡新村村"


def test_a_name_is_never_stripped_to_a_single_character(places: list[Place]) -> None:
    forms = Gazetteer(places).forms
    assert "新村" in forms
    assert all(len(form) >= 2 for form in forms)


def test_the_county_in_front_of_an_official_name_may_be_left_out(places: list[Place]) -> None:
    forms = Gazetteer(places, county_names=("土默特右旗",)).forms
    assert {"新型工业园区管理委员会社区", "新型工业园区"} <= set(forms)


def test_aliases_of_one_area_are_read_from_a_column_that_older_files_lack(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    row = "l1,沟门粮库,poi,110.5,40.5,60,150221107004001,,粮库,150221107004001"
    path.write_text(
        f"{_HEADER.rstrip()},local_aliases\n{row},老粮站@150221107|粮站@150221107\n", "utf-8"
    )
    assert read_places_csv(path)[0].local_aliases == (
        LocalAlias("老粮站", "150221107"),
        LocalAlias("粮站", "150221107"),
    )
    path.write_text(f"{_HEADER}{row}\n", "utf-8")
    assert read_places_csv(path)[0].local_aliases == ()
    path.write_text(f"{_HEADER.rstrip()},local_aliases\n{row},老粮站\n", "utf-8")
    with pytest.raises(GeoError, match="第2行"):
        read_places_csv(path)


def test_the_number_of_a_kilometre_post_is_no_name() -> None:
    road = Place(id="r", name="国道110", kind=PlaceKind.ROAD, lon=110.5, lat=40.5, radius_m=9.0,
                 area_code="150221")  # fmt: skip
    post = Place(id="k", name="652", kind=PlaceKind.KILOMETRE_POST, lon=110.5, lat=40.5,
                 radius_m=50.0, area_code="150221104001001", parent_id="r")  # fmt: skip
    assert "652" not in Gazetteer([road, post]).forms
