"""Redraw the demo county: a long walk, edits in either order, and what each costs."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.coverage import area_m2
from geo.redraw.apply import apply
from geo.redraw.dwellings import Building, Dwellings
from geo.redraw.limits import Limits
from geo.redraw.lineage import lineage
from geo.redraw.operations import AssignPlaces, Logged, Merge, Partition, Replan, Split
from geo.redraw.outcome import Outcome, disjoint
from geo.redraw.partition import propose
from geo.redraw.proof import nodes_gained
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet
from tests.unit.geo.redraw.random_edits import (
    KINDS,
    CodeBook,
    assert_still_whole,
    limits_for,
    random_edit,
    wkb,
)

DEMO = Path(__file__).resolve().parents[4] / "data" / "boundaries" / "demo"


@pytest.fixture(scope="module")
def county() -> Sheet:
    features = json.loads((DEMO / "grids.geojson").read_text("utf-8"))["features"]
    return Sheet({f["properties"]["code"]: shapely.geometry.shape(f["geometry"]) for f in features})


@pytest.fixture(scope="module")
def dwellings() -> Dwellings:
    with (DEMO / "buildings.csv").open(encoding="utf-8") as file:
        return Dwellings(
            Building(
                id=row["id"],
                lon=float(row["lon"]),
                lat=float(row["lat"]),
                households=int(row["households"]),
            )
            for row in csv.DictReader(file)
        )


@pytest.fixture(scope="module")
def roads() -> shapely.Geometry:
    features = json.loads((DEMO / "roads.geojson").read_text("utf-8"))["features"]
    return shapely.union_all([shapely.geometry.shape(f["geometry"]) for f in features])


def limits(
    county: Sheet, dwellings: Dwellings | None = None, roads: shapely.Geometry | None = None
) -> Limits:
    return Limits(area="150221", next_codes=CodeBook(county), dwellings=dwellings, roads=roads)


def community(sheet: Sheet, code: str) -> shapely.Geometry:
    return shapely.coverage_union_all([sheet[c] for c in sheet if c.startswith(code)])


def test_two_hundred_edits_keep_the_county_whole_and_are_undone_to_the_byte(
    county: Sheet,
) -> None:
    rng, sheet, bounds = random.Random(7), county, limits_for(county)
    done: list[tuple[Outcome, Logged]] = []
    while len(done) < 200:
        operation = random_edit(sheet, rng.choice(KINDS), rng)
        if operation is None:
            continue
        try:
            outcome, logged = apply(sheet, operation, bounds)
        except RedrawError:
            continue
        sheet = outcome.redo(sheet)
        done.append((outcome, logged))
        if len(done) % 50 == 0:
            nodes = {node for outcome, _ in done for node in outcome.outer_nodes}
            assert_still_whole(county, sheet, nodes)
    end = sheet
    for outcome, _ in reversed(done):
        end = outcome.undo(end)
    assert wkb(end) == wkb(county)
    for _, logged in done:
        end = apply(end, logged, bounds)[0].redo(end)
    assert wkb(end) == wkb(sheet)


def test_edits_on_disjoint_places_give_the_same_bytes_in_either_order(county: Sheet) -> None:
    rng, bounds, pairs = random.Random(11), limits_for(county), 0
    while pairs < 30:
        # Near each other: what is far apart is no question.
        code = rng.choice(sorted(county))
        second_code = rng.choice(county.around(county.around([code])))
        first = random_edit(county, rng.choice(KINDS), rng, code=code)
        second = random_edit(county, rng.choice(KINDS), rng, code=second_code)
        if first is None or second is None:
            continue
        try:
            one, first_logged = apply(county, first, bounds)
            two, second_logged = apply(county, second, bounds)
        except RedrawError:
            continue
        if not disjoint(one, two):
            continue
        here, there = one.redo(county), two.redo(county)
        ahead = apply(here, second_logged, bounds)[0].redo(here)
        behind = apply(there, first_logged, bounds)[0].redo(there)
        assert wkb(ahead) == wkb(behind)
        pairs += 1


def test_edits_on_both_sides_of_a_third_grid_leave_it_the_nodes_of_both(county: Sheet) -> None:
    middle = "150221104001005"
    around = [c for c in county.meeting(county[middle]) if c[:12] == middle[:12] and c != middle]
    bounds = limits_for(county)
    logged: list[Logged] = []
    for code in around:
        edge = shapely.intersection(county[code].boundary, county[middle].boundary)
        inner = shapely.point_on_surface(county[code])
        if edge.length == 0:
            continue
        foot = shapely.line_interpolate_point(shapely.get_parts(edge)[0], 0.37, normalized=True)
        ends = np.array([shapely.get_coordinates(foot)[0], shapely.get_coordinates(inner)[0]])
        far = ends[1] + (ends[1] - ends[0]) * 5
        line = shapely.LineString([ends[0] - (ends[1] - ends[0]) * 0.01, far])
        try:
            logged.append(apply(county, Split(grid=code, line=line), bounds)[1])
        except RedrawError:
            continue
    assert len(logged) >= 2
    sheets = []
    for order in (logged, logged[::-1]):
        sheet = county
        for step in order:
            sheet = apply(sheet, step, bounds)[0].redo(sheet)
        sheets.append(sheet)
    assert wkb(sheets[0]) == wkb(sheets[1])
    gained = len(shapely.get_coordinates(sheets[0][middle]))
    assert gained > len(shapely.get_coordinates(county[middle]))


# --- proposals ----------------------------------------------------------------------------------

TOWN = "150221104001"


def test_a_proposal_shares_a_community_out_in_connected_grids_of_like_size(
    county: Sheet, dwellings: Dwellings, roads: shapely.Geometry
) -> None:
    bounds = limits(county, dwellings, roads)
    proposal = propose(county, Partition(area=TOWN, seed=3), bounds)
    outcome, logged = apply(county, Partition(area=TOWN, seed=3), limits(county, dwellings, roads))
    sheet = outcome.redo(county)
    assert_still_whole(county, sheet, set(outcome.outer_nodes))
    assert proposal.exceptions == ()
    for code, households in proposal.households.items():
        assert 360 <= households <= 440
        assert dwellings.households(sheet[code]) == households
        assert sheet[code].geom_type == "Polygon"
    assert nodes_gained(community(county, TOWN), community(sheet, TOWN)) is not None
    again = apply(county, logged, bounds)[0].redo(county)
    assert wkb(again) == wkb(sheet)


def test_the_same_seed_proposes_the_same_and_another_seed_something_else(
    county: Sheet, dwellings: Dwellings
) -> None:
    shapes = [
        propose(county, Partition(area=TOWN, seed=seed), limits(county, dwellings)).regroup
        for seed in (5, 5, 6)
    ]
    texts = [[shapely.to_wkb(shape) for _, shape in regroup.pieces] for regroup in shapes]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def test_a_grid_that_cannot_be_of_the_size_is_named(county: Sheet, dwellings: Dwellings) -> None:
    village = Partition(area="150221108220", households=400)
    proposal = propose(county, village, limits(county, dwellings))
    named = {code for note in proposal.exceptions for code in note.codes}
    off = {code for code, n in proposal.households.items() if not 360 <= n <= 440}
    assert off
    assert named == off


def test_a_road_is_preferred_as_a_border(county: Sheet, dwellings: Dwellings) -> None:
    land = community(county, TOWN)
    west, south, east, north = land.bounds
    middle = (west + east) / 2
    road = shapely.LineString([(middle, south - 0.01), (middle, north + 0.01)])
    on_road = {}
    for name, known in (("known", road), ("unknown", None)):
        bounds = limits(county, dwellings, known)
        pieces = propose(county, Partition(area=TOWN, seed=2), bounds).regroup.pieces
        edges = shapely.union_all([shapely.boundary(shape) for _, shape in pieces])
        on_road[name] = shapely.intersection(edges, road.buffer(3e-8)).length
    assert on_road["known"] > 0.5 * shapely.intersection(road, land).length
    assert on_road["known"] > 2 * on_road["unknown"]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Partition(area="150221104"), "bad_area"),
        (Partition(area="150221104999"), "unknown_area"),
        (Partition(area=TOWN, households=0), "bad_partition"),
        (Partition(area=TOWN, households=1), "bad_partition"),
    ],
)
def test_a_proposal_that_cannot_be_made_is_refused(
    county: Sheet, dwellings: Dwellings, asked: Partition, reason: str
) -> None:
    with pytest.raises(RedrawError) as caught:
        apply(county, asked, limits(county, dwellings))
    assert caught.value.reason == reason


# --- a file of new grids ------------------------------------------------------------------------


def test_the_present_grids_sent_back_with_six_decimals_change_nothing(county: Sheet) -> None:
    sent = tuple(
        (code, shapely.transform(county[code], lambda degrees: np.round(degrees, 6)))
        for code in county
        if code.startswith(TOWN)
    )
    with pytest.raises(RedrawError) as caught:
        apply(county, Replan(area=TOWN, grids=sent), limits(county))
    assert caught.value.reason == "nothing_changes"


def test_a_file_of_new_grids_keeps_known_codes_and_the_outer_border(county: Sheet) -> None:
    codes = [code for code in county if code.startswith(TOWN)]
    west, south, east, north = community(county, TOWN).bounds
    middle = (west + east) / 2
    halves = (
        (codes[0], shapely.box(west - 1e-3, south - 1e-3, middle + 1e-5, north + 1e-3)),
        ("150221104001888", shapely.box(middle, south - 1e-3, east + 1e-3, north + 1e-3)),
    )
    area = community(county, TOWN)
    fitted = tuple((code, shapely.intersection(shape, area)) for code, shape in halves)
    outcome, logged = apply(county, Replan(area=TOWN, grids=fitted), limits(county))
    sheet = outcome.redo(county)
    assert_still_whole(county, sheet, set(outcome.outer_nodes))
    held = [code for code in sheet if code.startswith(TOWN)]
    # 888 was never a grid: it is no code to keep, and a fresh one is given.
    assert codes[0] in held
    assert len(held) == 2
    assert "150221104001888" not in held
    assert [note.reason for note in outcome.warnings] == ["overlap"]
    assert nodes_gained(area, community(sheet, TOWN)) is not None
    assert wkb(apply(county, logged, limits(county))[0].redo(county)) == wkb(sheet)


def test_a_gap_in_the_file_goes_to_the_longest_edge_and_is_told(county: Sheet) -> None:
    area = community(county, TOWN)
    west, south, east, north = area.bounds
    third = (east - west) / 3
    bars = [
        shapely.intersection(shapely.box(x0, south, x1, north), area)
        for x0, x1 in ((west, west + third), (west + 1.1 * third, east))
    ]
    grids = tuple((None, bar) for bar in bars)
    outcome, _ = apply(county, Replan(area=TOWN, grids=grids), limits(county))
    assert_still_whole(county, outcome.redo(county), set(outcome.outer_nodes))
    gap = next(note for note in outcome.warnings if note.reason == "large_gap")
    assert gap.area_m2 == pytest.approx(area_m2(area) - sum(area_m2(bar) for bar in bars), rel=0.01)


@pytest.mark.parametrize(
    ("grids", "reason"),
    [
        ((), "bad_pieces"),
        (((None, shapely.box(100, 30, 100.1, 30.1)),), "piece_outside"),
        (((None, shapely.box(110, 40, 111, 41)),), "piece_outside"),
        (((None, shapely.Point(110.5, 40.5)),), "wrong_shape"),
        (
            tuple((TOWN + "001", shapely.box(110.5, 40.5, 110.6, 40.6)) for _ in range(2)),
            "duplicate_code",
        ),
    ],
)
def test_a_file_of_elsewhere_is_refused(
    county: Sheet, grids: tuple[tuple[str | None, shapely.Geometry], ...], reason: str
) -> None:
    with pytest.raises(RedrawError) as caught:
        apply(county, Replan(area=TOWN, grids=grids), limits(county))
    assert caught.value.reason == reason


# --- lineage ------------------------------------------------------------------------------------


def test_lineage_tells_where_land_and_households_went(county: Sheet, dwellings: Dwellings) -> None:
    one, two = f"{TOWN}001", f"{TOWN}002"
    bounds = limits(county, dwellings)
    merged, _ = apply(county, Merge(grids=(one, two), keep=one), bounds)
    after = merged.redo(county)
    links = {(link.old, link.new): link for link in lineage(county, after, dwellings)}
    assert set(links) == {(one, one), (two, one)}
    assert links[two, one].area_share == pytest.approx(1)
    assert links[two, one].household_share == 1
    assert links[two, one].households == dwellings.households(county[two])


def test_the_shares_of_a_grid_that_gave_buildings_away_sum_to_one(
    county: Sheet, dwellings: Dwellings
) -> None:
    bounds, donor = limits(county, dwellings), f"{TOWN}001"
    heir = next(c for c in county.meeting(county[donor]) if c != donor and c.startswith(TOWN))
    near = min(
        dwellings.inside(county[donor]),
        key=lambda b: shapely.distance(county[heir], shapely.Point(b.lon, b.lat)),
    )
    outcome, _ = apply(county, AssignPlaces(to=heir, places=(near.id,)), bounds)
    links = [x for x in lineage(county, outcome.redo(county), dwellings) if x.old == donor]
    assert {link.new for link in links} == {donor, heir}
    assert sum(link.area_share for link in links) == pytest.approx(1)
    assert sum(link.household_share or 0 for link in links) == pytest.approx(1)
    assert next(link for link in links if link.new == heir).households == near.households


def test_a_file_for_a_township_moves_no_border_between_its_communities(county: Sheet) -> None:
    township = "150221105"
    rng = np.random.default_rng(4)
    held = [code for code in county if code.startswith(township)]
    # Every grid is sent some metres off and with unknown codes: all borders would move.
    sent = tuple(
        (None, shapely.transform(county[code], lambda d: d + rng.uniform(-1e-4, 1e-4, 2)))
        for code in held
    )
    outcome, logged = apply(county, Replan(area=township, grids=sent), limits(county))
    sheet = outcome.redo(county)
    assert_still_whole(county, sheet, set(outcome.outer_nodes))
    assert set(outcome.retired) == set(held)
    for parent in {code[:12] for code in held}:
        gained = nodes_gained(community(county, parent), community(sheet, parent))
        assert gained is not None
    assert wkb(apply(county, logged, limits(county))[0].redo(county)) == wkb(sheet)
