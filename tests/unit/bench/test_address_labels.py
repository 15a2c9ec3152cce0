"""The labels of the address benchmark come from the county's geometry, not from the matcher."""

from __future__ import annotations

import pytest

from bench.addresses.cases import DATA, labelled, read_sources
from bench.addresses.labels import Label, Wanted, label_of
from bench.addresses.truth import Truth, demo_truth, moved
from geo.address.types import PlaceKind


@pytest.fixture(scope="module")
def truth() -> Truth:
    return demo_truth()


def test_a_building_has_the_grid_that_covers_it(truth: Truth) -> None:
    label = label_of("B 阳光小区 3", truth)
    place = truth.child(truth.one(PlaceKind.COMPOUND, "阳光小区"), "3号楼")
    assert label.wanted is Wanted.GRID
    assert label.grid == truth.owner(place.lon, place.lat) == place.area_code
    assert label.settlers == {place.area_code[:12]}


def test_a_compound_cut_by_a_border_is_settled_by_its_community(truth: Truth) -> None:
    assert label_of("C 阳光小区", truth) == Label(
        Wanted.PLACE,
        "compound",
        frozenset((truth.one(PlaceKind.COMPOUND, "阳光小区").id,)),
        None,
        frozenset(("150221104001",)),
    )
    assert label_of("C 惠民家园", truth).wanted is Wanted.GRID


def test_a_village_is_answered_at_village_level_unless_it_is_one_grid(truth: Truth) -> None:
    village = label_of("V 磴口村@海子乡", truth)
    assert (village.wanted, village.settlers) == (Wanted.PLACE, {"150221213211"})
    assert label_of("V 耳沁尧村", truth).grid == "150221500216001"
    assert label_of("G 下茅庵村 2", truth).grid == "150221104210002"


def test_an_offset_is_judged_at_the_displaced_point(truth: Truth) -> None:
    house = truth.one(PlaceKind.POI, "沙图沟村村委会")
    lon, lat = moved(house.lon, house.lat, "西", 3_000)
    label = label_of("P 沙图沟村村委会 西 3000", truth)
    assert label.grid == truth.owner(lon, lat) != truth.owner(house.lon, house.lat)
    assert {house.id, "V150221106217"} == label.ids


def test_what_cannot_be_decided_names_who_may_be_asked(truth: Truth) -> None:
    choice = label_of("A V 磴口村", truth)
    assert choice.wanted is Wanted.CHOICE and len(choice.covers) == 3
    assert label_of("N", truth).settlers == {"150221"}
    assert label_of("T 双龙镇", truth).settlers == {"150221", "150221105"}
    assert not label_of("OUT", truth).answerable
    crossing = label_of("X 振华大街 站前街", truth)
    assert crossing.answerable and crossing.level == "road"


@pytest.mark.parametrize(
    "target",
    [
        "V 磴口村",
        "V 无此村",
        "B 阳光小区 77",
        "G 下茅庵村 99",
        "K 国道110 1",
        "A V 沙图沟村",
        "Z 1",
        "",
    ],
)
def test_a_target_that_names_nothing_or_several_is_refused(truth: Truth, target: str) -> None:
    with pytest.raises((ValueError, KeyError, IndexError)):
        label_of(target, truth)


@pytest.mark.parametrize("name", ["tuning", "held_out"])
def test_every_stored_text_has_a_label(truth: Truth, name: str) -> None:
    sources = read_sources(DATA / f"{name}.csv")
    cases = labelled(sources, truth)
    assert len(cases) == len({source.spoken for source in sources}) > 500
    assert {case.label.wanted for case in cases} == set(Wanted)


def test_no_text_is_both_tuned_on_and_judged_by() -> None:
    tuning, held_out = (
        {source.spoken for source in read_sources(DATA / f"{name}.csv")}
        for name in ("tuning", "held_out")
    )
    assert not tuning & held_out
    assert len(held_out) >= 600


def test_a_second_name_may_be_answered_too(truth: Truth) -> None:
    both = label_of("C 凤凰家园 | B 凤凰家园 7", truth)
    assert both.grid == label_of("C 凤凰家园", truth).grid
    assert both.ids > label_of("C 凤凰家园", truth).ids
