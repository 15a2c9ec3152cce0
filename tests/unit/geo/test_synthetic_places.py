"""Hold the gazetteer of the demo county to what people say instead of an address."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from geo.address.places_file import read_places_csv
from geo.address.types import Place, PlaceKind
from geo.crs import distance_m

DEMO = Path(__file__).resolve().parents[3] / "data" / "boundaries" / "demo"
POST_GAP_M = (850.0, 1_005.0)  # a road winds between two of its posts


@pytest.fixture(scope="module")
def places() -> list[Place]:
    return read_places_csv(DEMO / "places.csv")


def of_kind(places: list[Place], kind: PlaceKind) -> list[Place]:
    return [place for place in places if place.kind is kind]


def test_every_rural_grid_is_a_group_of_its_village(places: list[Place]) -> None:
    groups = of_kind(places, PlaceKind.HAMLET)
    villages = {p.area_code: p for p in of_kind(places, PlaceKind.COMMUNITY)}
    assert len(groups) == len({group.area_code for group in groups}) == 1_047
    for group in groups:
        village = villages[group.area_code[:12]]
        assert (group.parent_id, group.grids) == (village.id, (group.area_code,))
        assert group.name.startswith(village.name) and group.name.endswith("组")
        assert 50 < group.radius_m < 1_000


def test_a_name_that_several_hamlets_bear_holds_in_its_village_only(places: list[Place]) -> None:
    groups = of_kind(places, PlaceKind.HAMLET)
    anywhere = Counter(name for group in groups for name in group.aliases)
    somewhere = Counter(alias.name for group in groups for alias in group.local_aliases)
    assert max(anywhere.values()) == 1 and min(somewhere.values()) > 1
    assert not set(anywhere) & set(somewhere)
    in_one_village = Counter((a.name, a.scope) for g in groups for a in g.local_aliases)
    assert max(in_one_village.values()) == 1


def test_a_local_alias_holds_where_its_place_lies(places: list[Place]) -> None:
    local = [(place, alias) for place in places for alias in place.local_aliases]
    assert len(local) > 2_000
    assert [p.id for p, alias in local if not p.area_code.startswith(alias.scope)] == []
    granaries = {alias.scope for place, alias in local if alias.name == "老粮站"}
    assert len(granaries) == 5 and all(len(scope) == 9 for scope in granaries)


def test_kilometre_posts_stand_in_a_row_on_their_road(places: list[Place]) -> None:
    roads = {p.id: p.name for p in of_kind(places, PlaceKind.ROAD)}
    rows: dict[str, list[Place]] = defaultdict(list)
    for post in of_kind(places, PlaceKind.KILOMETRE_POST):
        rows[roads[post.parent_id or ""]].append(post)
    assert set(rows) == {"国道110", "京藏高速", "沿黄公路", "海双线"}
    assert "652" in {post.name for post in rows["国道110"]}
    for posts in rows.values():
        for one, other in pairwise(posts):
            steps = int(other.name) - int(one.name)
            gap_m = distance_m(one.lon, one.lat, other.lon, other.lat)
            assert steps > 1 or POST_GAP_M[0] < gap_m < POST_GAP_M[1], (one.id, gap_m)
    # Both are counted from the capital, so a number alone does not say which road it is on.
    assert {p.name for p in rows["国道110"]} & {p.name for p in rows["京藏高速"]}
    assert rows["国道110"][0].lon > rows["国道110"][-1].lon


def test_alleys_lie_in_one_community_and_some_names_repeat(places: list[Place]) -> None:
    alleys = of_kind(places, PlaceKind.LANE)
    assert len(alleys) > 40
    assert all(code.startswith(lane.area_code[:12]) for lane in alleys for code in lane.grids)
    names = Counter(lane.name for lane in alleys)
    assert {name for name, count in names.items() if count > 1} == {"一道巷", "后巷"}


@pytest.mark.parametrize(
    ("said", "scope", "community"),
    [
        ("井房", "150221214226", "150221214226"),
        ("老粮站", "150221107", "150221107004"),
        ("老电影院", "", "150221104006"),
        ("民生渠", "", None),
        ("石老藏营", "", "150221215209"),
        ("八犋牛营子", "", "150221106230"),
        ("24顷地", "", "150221213224"),
        ("高速萨拉齐收费站", "", None),
        ("农贸市场", "", None),
        ("惠民家园东门", "", "150221104002"),
        ("阳光小区南门", "", "150221104001"),
        ("山格架学校", "", "150221213204"),
        ("居委会", "150221107004", "150221107004"),
    ],
)
def test_the_places_that_callers_speak_of_are_known(
    places: list[Place], said: str, scope: str, community: str | None
) -> None:
    found = [
        place
        for place in places
        if said in (place.name, *place.aliases)
        or any((alias.name, alias.scope) == (said, scope) for alias in place.local_aliases)
    ]
    assert len(found) in (1, 2) and (len(found) == 1 or said == "井房")
    assert community is None or {place.area_code[:12] for place in found} == {community}
