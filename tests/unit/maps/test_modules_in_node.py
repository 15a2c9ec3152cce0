"""The rules that the map page works out itself, run in Node: borders, classes, words for times."""

import itertools
import json

import pytest

from tests.unit.maps.in_node import run


def square(code, west, south, size=0.01, holes=()):
    ring = [
        [west, south],
        [west + size, south],
        [west + size, south + size],
        [west, south + size],
        [west, south],
    ]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": code, "kind": "rural", "parent": code[:12]},
        "geometry": {"type": "Polygon", "coordinates": [ring, *holes]},
    }


def county(*features):
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


# Two grids of one community, one of the next, one of another township, side by side.
ROW = county(
    square("150221104001001", 110.00, 40.5),
    square("150221104001002", 110.01, 40.5),
    square("150221104002001", 110.02, 40.5),
    square("150221105001001", 110.03, 40.5),
)


def test_a_border_between_neighbours_is_one_line_of_the_higher_class():
    arcs = run("coverage", f"new m.Coverage({ROW}).arcs.map(a => [a.left, a.right, a.border])")
    inner = sorted(tuple(arc) for arc in arcs if arc[1])
    assert inner == [
        ("150221104001001", "150221104001002", 1),
        ("150221104001002", "150221104002001", 2),
        ("150221104002001", "150221105001001", 3),
    ]
    assert all(border == 4 for _left, right, border in arcs if not right)


def test_the_outline_of_a_community_leaves_out_the_borders_inside_it():
    sides = run(
        "coverage",
        f"new m.Coverage({ROW}).outlineOf('150221104001').map(a => a.left + '|' + a.right)",
    )
    assert "150221104001001|150221104001002" not in sides
    assert "150221104001002|150221104002001" in sides


def test_a_click_finds_the_grid_under_it_and_nothing_outside():
    points = "[[110.005, 40.505], [110.025, 40.509], [109.5, 40.505]]"
    found = run(
        "coverage",
        f"(c => {points}.map(([x, y]) => c.gridAt(x, y)?.code ?? null))(new m.Coverage({ROW}))",
    )
    assert found == ["150221104001001", "150221104002001", None]


def test_an_enclave_is_cut_out_of_the_grid_around_it():
    hole = square("150221104001002", 110.004, 40.504, 0.002)["geometry"]["coordinates"][0]
    both = county(
        square("150221104001001", 110.0, 40.5, holes=[hole[::-1]]),
        square("150221104001002", 110.004, 40.504, 0.002),
    )
    assert run("coverage", f"new m.Coverage({both}).gridAt(110.005, 40.505).code").endswith("002")
    assert run("coverage", f"new m.Coverage({both}).gridAt(110.001, 40.501).code").endswith("001")


def test_classes_hold_every_value_once_and_nothing_to_do_apart():
    result = run("classes", "m.classify([0, 0, 1, 1, 2, 3, 5, 8, 40, undefined])")
    assert result["missing"] == 1
    assert result["classes"][0] == {"from": 0, "to": 0, "count": 2}
    assert sum(item["count"] for item in result["classes"]) == 9
    assert len(result["classes"]) == 5
    assert result["classes"][-1]["to"] == 40
    edges = [(item["from"], item["to"]) for item in result["classes"]]
    assert all(before[1] < after[0] for before, after in itertools.pairwise(edges))


def test_a_value_finds_its_class_and_the_unknown_finds_none():
    steps = run(
        "classes",
        "(c => [0, 1, 3, 9, undefined, null].map(v => c.stepOf(v)))"
        "(m.classify([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))",
    )
    assert steps[0] == 0
    assert steps[3] == 4
    assert steps[4:] == [None, None]


def test_fewer_classes_are_spread_over_the_whole_ramp():
    assert run("classes", "[0, 1].map(step => m.rampStep(step, 2))") == [1, 5]
    assert run("classes", "[0, 1, 2, 3, 4].map(step => m.rampStep(step, 5))") == [1, 2, 3, 4, 5]


NOW = "new Date('2026-03-12T06:05:00Z').getTime()"


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2026-03-12T14:05:00+08:00", "今天 14:05"),
        ("2026-03-11T23:59:00+08:00", "昨天 23:59"),
        ("2026-03-13T18:00:00+08:00", "明天 18:00"),
        ("2026-03-11T16:30:00Z", "今天 00:30"),
        ("2026-02-01T08:00:00+08:00", "02-01 08:00"),
        ("2025-12-31T08:00:00+08:00", "2025-12-31 08:00"),
        ("nonsense", "—"),
    ],
)
def test_a_time_is_said_as_the_county_says_it_wherever_the_browser_is(instant, words):
    assert run("format", f"m.time({json.dumps(instant)}, {NOW})") == words


def test_distances_areas_and_deadlines_have_units_for_people():
    said = run(
        "format",
        "[m.metres(96.4), m.metres(1234), m.metres(null), m.area(108000), m.area(2.3e9), "
        f"m.untilDue('2026-03-12T17:05:00+08:00', {NOW}), "
        f"m.untilDue('2026-03-12T08:05:00+08:00', {NOW})]",
    )
    assert said == ["96米", "1.2公里", "—", "10.8公顷", "2,300平方公里", "还剩3小时", "超期6小时"]


def test_an_address_with_strange_values_falls_back_to_what_is_known():
    script = (
        "(globalThis.location = {hash: '#at=../etc&layer=%3Cb%3E&by=grid&view=99/x/y"
        "&report=a%27b&theme=neon'}, m.readRoute())"
    )
    assert run("route", script) == {"by": "grid", "view": None}


def test_an_address_brings_back_place_layer_and_view():
    script = (
        "(globalThis.location = {hash: '#at=150221104&layer=rate&view=11.5/40.5/110.6"
        "&theme=light'}, m.readRoute())"
    )
    assert run("route", script) == {
        "at": "150221104",
        "layer": "rate",
        "theme": "light",
        "view": {"zoom": 11.5, "lat": 40.5, "lon": 110.6},
    }


def judged(*calls):
    """Return what an order of events says to each call, one after the other."""
    steps = ", ".join(f"o.{call}" for call in calls)
    return run("event-order", f"(o => [{steps}])(new m.EventOrder())")


def test_an_event_that_is_older_than_the_last_of_its_report_is_known_already():
    said = judged("judge('a', 10)", "judge('a', 12)", "judge('a', 10)", "judge('b', 11)")
    assert said == ["news", "news", "known", "news"]


def test_an_event_that_the_picture_of_all_points_may_hold_is_late_once():
    said = judged(
        "takePicture(12, 0)", "judge('gone', 10)", "judge('gone', 10)", "judge('new', 13)"
    )
    assert said == [True, "late", "known", "news"]


def test_an_older_picture_that_arrives_after_a_newer_one_is_not_shown():
    said = judged("takePicture(20)", "takePicture(19)", "takePicture(20)", "judge('a', 20)")
    assert said == [True, False, True, "late"]


def test_an_event_without_a_number_is_never_held_back():
    assert judged("takePicture(20)", "judge('a', NaN)", "judge('a', 0)") == [True, "news", "news"]


def test_a_number_may_come_late_for_half_a_minute_after_the_picture():
    said = judged("takePicture(1, 1000)", "isSettling(30_999)", "isSettling(31_000)")
    assert said == [True, True, False]


COUNTED = """(d => (d.counts.county = new Map([["150221", {code: "150221", open: 10, overdue: 3}]]),
    d.counts.township = new Map([["150221104", {code: "150221104", open: 7, overdue: 1}],
                                 ["150221105", {code: "150221105", open: 1, overdue: 1}]]),
    [d.remainderOf("150221"), d.remainderOf("150221104")]))"""


def test_what_lies_with_the_county_alone_makes_the_rows_add_up():
    county_only, whole_township = run(
        "county-data", f"{COUNTED}(new m.CountyData({{code: '150221', name: ''}}))"
    )
    assert county_only == {"open": 2, "overdue": 1, "level": "township"}
    assert whole_township["open"] == 7, "none of its communities has any"


def test_who_sees_one_township_is_told_no_remainder_of_the_county():
    seen = run(
        "county-data", f"{COUNTED}(new m.CountyData({{code: '150221', name: ''}}, '150221104'))"
    )
    assert seen[0] is None
