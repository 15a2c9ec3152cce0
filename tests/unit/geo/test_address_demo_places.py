"""Check the matcher on the places of the demo county."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.address.matcher import Matcher
from geo.address.places_file import read_places_csv
from geo.address.surroundings import surroundings_of
from geo.address.types import Place, PlaceKind

_PLACES = Path(__file__).parents[3] / "data/boundaries/demo/places.csv"


@pytest.fixture(scope="module")
def places() -> list[Place]:
    return read_places_csv(_PLACES)


@pytest.fixture(scope="module")
def matcher(places: list[Place]) -> Matcher:
    names = surroundings_of("150221")
    return Matcher(
        places,
        county_code="150221",
        county_names=names.county_names,
        above_names=names.above_names,
        foreign_names=names.foreign_names,
    )


@pytest.mark.parametrize(
    ("text", "level", "hints"),
    [
        ("阳光小区3号楼", "building", ["萨拉齐镇振华社区阳光小区3号楼"]),
        (
            "萨拉齐镇振华大街阳光小区3号楼2单元门口路灯坏了",
            "building",
            ["萨拉齐镇振华社区阳光小区3号楼"],
        ),
        ("磴口村", "community", ["双龙镇磴口村", "海子乡磴口村", "苏波盖乡磴口村"]),
        ("海子乡磴口村", "community", ["海子乡磴口村"]),
        ("团结村", "community", ["将军尧镇团结村"]),
        ("团结社区", "community", ["萨拉齐镇团结社区"]),
        ("我家楼下", "county", []),
    ],
)
def test_the_examples_of_the_handbook_are_answered(
    matcher: Matcher, text: str, level: str, hints: list[str]
) -> None:
    match = matcher.match(text)
    assert (match.level, [matcher.place_hint(place) for place in match.places]) == (level, hints)


@pytest.mark.parametrize(
    "kind", [PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY, PlaceKind.COMPOUND, PlaceKind.BUILDING]
)
def test_every_place_is_found_again_under_its_full_name(
    matcher: Matcher, places: list[Place], kind: PlaceKind
) -> None:
    missed = [
        place.id
        for place in places
        if place.kind is kind
        for match in [matcher.match(matcher.place_hint(place))]
        if [found.id for found in match.places] != [place.id] or match.unexplained
    ]
    assert missed == []


def test_every_bare_name_leads_to_its_place_among_the_candidates(
    matcher: Matcher, places: list[Place]
) -> None:
    missed = [
        place.id
        for place in places
        if place.kind in (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY, PlaceKind.COMPOUND)
        if place.id not in {found.id for found in matcher.match(place.name).places}
    ]
    assert missed == []
