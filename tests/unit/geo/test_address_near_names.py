"""Check on all near names of the demo county that none is ever taken for another."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from rapidfuzz.distance import OSA

from geo.address.kept_characters import KEPT, SURNAMES, keeps
from geo.address.matcher import Matcher
from geo.address.places_file import read_places_csv
from geo.address.types import Place, PlaceKind
from tests.unit.geo.county_of_names import matcher_of

_PLACES = Path(__file__).parents[3] / "data/boundaries/demo/places.csv"
_CLASSES = ("东西南北", "上下", "前后", "大小", "新老", "一二三四五六七八九", "王李张刘侯葛蒙何")


def _core(place: Place) -> str:
    return place.name.removesuffix("村").removesuffix("社区")


@pytest.fixture(scope="module")
def units() -> list[Place]:
    kinds = (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY)
    return [place for place in read_places_csv(_PLACES) if place.kind in kinds]


@pytest.fixture(scope="module")
def matcher(units: list[Place]) -> Matcher:
    return matcher_of(units)


def _villages(units: list[Place]) -> list[Place]:
    return [place for place in units if place.kind is PlaceKind.COMMUNITY]


def _township(units: list[Place], place: Place) -> str:
    return next(unit.name for unit in units if unit.area_code == place.area_code[:9])


def test_a_near_name_that_is_not_listed_is_never_the_listed_one(units: list[Place]) -> None:
    pairs = [
        (gone, kept)
        for one, other in combinations(_villages(units), 2)
        for gone, kept in ((one, other), (other, one))
        if OSA.distance(_core(gone), _core(kept)) == 1 and keeps(_core(gone), _core(kept))
    ]
    assert len(pairs) >= 54
    swapped = []
    for gone, kept in pairs:
        matcher = matcher_of([kept, *(u for u in units if u.kind is PlaceKind.TOWNSHIP)])
        for text in (gone.name, f"{_township(units, kept)}{gone.name}", f"{_core(gone)}停水了"):
            places = matcher.match(text).places
            if [place.id for place in places] == [kept.id]:
                swapped.append((text, kept.name))
    assert swapped == []


def test_each_of_two_near_names_is_found_as_itself(units: list[Place], matcher: Matcher) -> None:
    missed = [
        place.name
        for place in _villages(units)
        if place.id not in {p.id for p in matcher.match(f"{place.name}，停水了").places}
    ]
    assert missed == []


def test_a_name_with_another_direction_size_number_or_surname_is_unknown(
    units: list[Place], matcher: Matcher
) -> None:
    known = {_core(place) for place in units}
    told = []
    for place in _villages(units):
        core = _core(place)
        if core[0] not in KEPT | SURNAMES:
            continue
        for group in _CLASSES:
            for char in group if core[0] in group else ():
                other = char + core[1:]
                if other in known:
                    continue
                texts = (f"{other}村", f"{_township(units, place)}{other}村路灯坏了")
                told += [
                    (text, place.name)
                    for text in texts
                    if place.id in {found.id for found in matcher.match(text).places}
                ]
    assert told == []


def test_a_name_with_a_direction_before_it_is_unknown(units: list[Place], matcher: Matcher) -> None:
    known = {_core(place) for place in units}
    told = []
    for place in _villages(units):
        for char in "东西上下大小新二":
            text = f"{char}{_core(place)}村"
            if char + _core(place) in known:
                continue
            match = matcher.match(text)
            if place.id in {found.id for found in match.places} and not match.unexplained:
                told.append(text)
    assert told == []
