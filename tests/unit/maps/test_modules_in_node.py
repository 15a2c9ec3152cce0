"""The rules that the map page works out itself, run in Node: borders, classes, words for times."""

import itertools
import json
import subprocess
from pathlib import Path

import pytest

JS = Path(__file__).parents[3] / "maps" / "assets" / "app" / "js"


def run(module, expression):
    """Return what a JavaScript expression over the exports ``m`` of a module gives, as JSON."""
    script = (
        f"import * as m from {json.dumps((JS / f'{module}.js').as_uri())};"
        f"console.log(JSON.stringify({expression}))"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "--no-warnings", "-e", script],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


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
