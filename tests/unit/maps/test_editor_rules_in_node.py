"""The rules that the boundary editor works out itself, run in Node."""

import json

import pytest

from tests.unit.maps.in_node import run

NORTH, SOUTH = "150221104001001", "150221104001002"
BESIDE = "150221104002001"


def grid(code, ring, state="unchanged"):
    return {
        "type": "Feature",
        "properties": {
            "code": code, "name": code, "kind": "rural", "parent": code[:12], "state": state,
        },
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }  # fmt: skip


def sheet(*features):
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def box(west, south, east, north):
    return [[west, south], [east, south], [east, north], [west, north]]


# Two grids of one community, one above the other, and one of the next community at the right.
COLUMN = sheet(
    grid(NORTH, box(110.0, 40.51, 110.01, 40.52)),
    grid(SOUTH, [[110.0, 40.5], [110.01, 40.5], [110.01, 40.51], [110.0, 40.51]]),
    grid(BESIDE, [[110.01, 40.51], [110.02, 40.51], [110.02, 40.52], [110.01, 40.52]]),
)


def test_only_the_stretch_of_border_that_was_given_up_is_drawn_as_an_old_line():
    # The border between the two is bent down; a T-junction is put into the east side.
    bent = sheet(
        grid(NORTH, [[110.0, 40.51], [110.005, 40.505], [110.01, 40.51], [110.01, 40.515],
                     [110.01, 40.52], [110.0, 40.52]], "changed"),
        grid(SOUTH, [[110.0, 40.5], [110.01, 40.5], [110.01, 40.51], [110.005, 40.505],
                     [110.0, 40.51]], "changed"),
    )  # fmt: skip
    gone = run(
        "edit-borders",
        f"m.goneLines(new coverage.Coverage({COLUMN}).arcs.filter(a => a.left === '{NORTH}'"
        f" || a.right === '{NORTH}'),"
        f" new coverage.Coverage({bent}).grids.flatMap(g => g.rings))"
        ".map(line => [...line.points].length / 2)",
        also=["coverage"],
    )
    assert gone == [2], "one straight edge, and not the side that only got a node"


def test_a_click_beside_a_border_means_the_border_and_one_in_the_middle_of_a_grid_does_not():
    near = run(
        "edit-borders",
        f"(arcs => [[110.005, 40.51002], [110.005, 40.515], [109.99999, 40.505]].map(([x, y]) =>"
        f" {{ const arc = m.nearestBorder(arcs, x, y, 0.0001); return arc && [arc.left, arc.right]"
        f"; }}))(new coverage.Coverage({COLUMN}).arcs)",
        also=["coverage"],
    )
    assert near == [[NORTH, SOUTH], None, None], "the outer border has no second side"


def test_nodes_on_the_outer_border_are_fixed_and_those_between_communities_need_leave():
    why = run(
        "edit-nodes",
        f"(index => [[110.02, 40.52], [110.01, 40.515], [110.01, 40.51]].map((node) =>"
        f" [index.fixedWhy({{node}}, false) !== '', index.fixedWhy({{node}}, true) !== '']))"
        f"(new m.NodeIndex(new coverage.Coverage({WITH_INNER_NODE})))",
        also=["coverage"],
    )
    assert why == [[True, True], [True, False], [True, True]]


WITH_INNER_NODE = sheet(
    grid(NORTH, [[110.0, 40.51], [110.01, 40.51], [110.01, 40.515], [110.01, 40.52],
                 [110.0, 40.52]]),
    grid(BESIDE, [[110.01, 40.51], [110.02, 40.51], [110.02, 40.52], [110.01, 40.52],
                  [110.01, 40.515]]),
)  # fmt: skip


def test_a_node_knows_every_grid_that_moves_with_it():
    shared = run(
        "edit-nodes",
        f"[...new m.NodeIndex(new coverage.Coverage({COLUMN})).uses.get('110.01,40.51').codes]",
        also=["coverage"],
    )
    assert sorted(shared) == [NORTH, SOUTH, BESIDE]


@pytest.mark.parametrize(
    ("geometry", "corners"),
    [
        ({"type": "Point", "coordinates": [110, 40]}, [[40, 110], [40, 110]]),
        (
            {"type": "MultiPolygon", "coordinates": [[[[1, 2], [3, 4], [5, 0], [1, 2]]]]},
            [[0, 1], [4, 5]],
        ),
        ({"type": "GeometryCollection", "geometries": []}, None),
    ],
)
def test_the_place_of_a_refusal_is_found_in_any_geometry(geometry, corners):
    assert run("edit-borders", f"m.cornersOf({json.dumps(geometry)})") == corners


def test_sizes_conflicts_and_states_are_said_in_words():
    said = run(
        "edit-words",
        "[m.areaChange(100, 490), m.areaChange(72000, 16900), m.areaChange(5, 5),"
        " m.stateOfPlan({state: 'draft', reason: '户数不足'}).word,"
        " m.stateOfPlan({state: 'scheduled'}).word,"
        " m.conflictLine({author: '甲', at: 'x', grids: ['1', '2']}, (code) => code + '号')]",
    )
    assert said == [
        "+390平方米", "−5.5公顷", "±0平方米", "退回修改", "待生效", "甲于—修改了1号、2号。",
    ]  # fmt: skip
