"""Invented counties come from their seed, have the size asked for, and texts with labels."""

from __future__ import annotations

from collections import Counter

import shapely

from bench.addresses.labels import Wanted
from bench.addresses.other_county import PLACES_PER_TOWNSHIP, OtherCounty, make_county
from bench.addresses.other_texts import other_cases
from bench.addresses.truth import Truth
from geo.address.types import PlaceKind


def truth_of(other: OtherCounty) -> Truth:
    return Truth(other.places, other.shapes, {})


def test_a_seed_gives_the_same_county_and_another_seed_another() -> None:
    first = make_county(5, 3)
    again, other = make_county(5, 3), make_county(6, 3)
    assert (first.places, first.names) == (again.places, again.names)
    assert {place.name for place in first.places} != {place.name for place in other.places}
    assert abs(len(first.places) / (3 * PLACES_PER_TOWNSHIP) - 1) < 0.2


def test_every_place_lies_in_its_grids_and_names_repeat_as_they_do_in_life() -> None:
    other = make_county(7, 4)
    for place in other.places:
        if place.kind in (PlaceKind.BUILDING, PlaceKind.HAMLET, PlaceKind.KILOMETRE_POST):
            assert other.shapes[place.grids[0]].covers(shapely.Point(place.lon, place.lat))
        assert all(grid.startswith(place.area_code) for grid in place.grids)
    villages = Counter(p.name for p in other.places if p.kind is PlaceKind.COMMUNITY)
    assert max(villages.values()) > 1


def test_the_texts_about_a_county_come_from_their_seed_and_are_of_every_sort() -> None:
    truth = truth_of(make_county(8, 4))
    cases = other_cases(truth, 1)
    assert cases == other_cases(truth, 1)
    assert {case.label.wanted for case in cases} == set(Wanted)
    assert len(cases) > 200
    assert len({case.source.trap for case in cases}) > 18
