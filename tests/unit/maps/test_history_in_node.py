"""The rules of the history view, run in Node: instants, revisions, what a revision changed."""

import json

from tests.unit.maps.in_node import run

REVISIONS = json.dumps(
    [
        {"revision": "a", "effective_at": "2026-01-01T00:00:00+08:00"},
        {"revision": "b", "effective_at": "2026-03-03T08:00:00.000001+08:00"},
        {"revision": "c", "effective_at": "2026-03-03T08:00:00.000002+08:00"},
        {"revision": "d", "effective_at": "2027-01-01T00:00:00+08:00"},
    ]
)


def revision_at(instant):
    return run("history-time", f"m.revisionAt({REVISIONS}, '{instant}').revision")


def test_a_revision_holds_from_its_very_instant_to_the_microsecond():
    assert revision_at("2026-03-03T08:00:00+08:00") == "a"
    assert revision_at("2026-03-03T08:00:00.000001+08:00") == "b"
    assert revision_at("2026-03-03T08:00:00.000002+08:00") == "c"
    assert revision_at("2026-12-31T23:59:59.999999+08:00") == "c"
    assert revision_at("2025-01-01T00:00:00+08:00") == "a"


def test_stepping_goes_to_the_start_of_this_revision_first_and_then_to_others():
    def step(instant, direction):
        found = run("history-time", f"m.neighbourOf({REVISIONS}, '{instant}', {direction})")
        return found and found["revision"]

    assert step("2026-06-01T00:00:00+08:00", -1) == "c"
    assert step("2026-03-03T08:00:00.000002+08:00", -1) == "b"
    assert step("2026-06-01T00:00:00+08:00", 1) == "d"
    assert step("2026-01-01T00:00:00+08:00", -1) is None
    assert step("2028-01-01T00:00:00+08:00", 1) is None


def test_the_slider_takes_a_revision_that_is_near_and_else_the_minute():
    day = "Date.parse('2026-01-02T00:00:30+08:00')"
    span = "365 * m.DAY_MS"
    near = run("history-time", f"m.snapped({REVISIONS}, {day}, {span})")
    assert near == "2026-01-01T00:00:00+08:00"
    far = run("history-time", f"m.snapped({REVISIONS}, {day} + 20 * m.DAY_MS, {span})")
    assert far == "2026-01-22T00:00:00+08:00"


def test_an_address_with_something_else_than_an_instant_is_not_believed():
    for text in ("now", "2026-03-03", "2026-13-03T00:00:00+08:00", "2026-03-03T00:00:00Z", ""):
        assert run("history-time", f"m.isInstant({json.dumps(text)})") is False
    assert run("history-time", "m.isInstant('2026-03-03T08:00:00.000001+08:00')") is True


def square(code, west, *, middle=None, east=0.01):
    top = [[west + east, 40.51], [middle, 40.51]] if middle else [[west + east, 40.51]]
    ring = [[west, 40.5], [west + east, 40.5], *top, [west, 40.51], [west, 40.5]]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": code, "kind": "rural", "parent": code[:12]},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


ONE, TWO, THREE = (f"15022110400100{n}" for n in (1, 2, 3))


def test_a_node_on_a_border_is_no_change_and_moved_land_is():
    before = json.dumps({"features": [square(ONE, 110.0), square(TWO, 110.01)]})
    after = json.dumps(
        {
            "features": [square(ONE, 110.0, middle=110.005), square(TWO, 110.01, east=0.005),
                         square(THREE, 110.015, east=0.005)]
        }
    )  # fmt: skip
    found = run(
        "history-data",
        f"(d => [[...d.changed], d.ended])(m.changesBetween(new coverage.Coverage({before}), "
        f"new coverage.Coverage({after})))",
        also=["coverage"],
    )
    assert found == [[TWO, THREE], []]
    back = run(
        "history-data",
        f"(d => [[...d.changed], d.ended])(m.changesBetween(new coverage.Coverage({after}), "
        f"new coverage.Coverage({before})))",
        also=["coverage"],
    )
    assert back == [[TWO], [THREE]]


def test_the_figure_says_what_is_drawn_of_what_is_expected_in_the_place_that_is_shown():
    missing = [
        {"code": "150221104001", "mapped": 3, "expected": 5, "state": "partly"},
        {"code": "150221104002", "mapped": 0, "expected": 4, "state": "undivided"},
    ]
    progress = json.dumps(
        {"townships": [{"code": "150221104", "missing": missing},
                       {"code": "150221105", "missing": []}]}
    )  # fmt: skip

    def words(place, drawn):
        return run("progress-list", f"m.progressWords({progress}, '{place}', {drawn})")

    assert words("150221", 101).startswith("已上图 100/106 个网格")
    assert words("150221104001", 3).startswith("已上图 3/5 个网格")
    assert words("150221105", 40) is None
