"""Run the locate rules on twelve real counties and 171 real places; see README.md beside this."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.coverage import Fault, check_coverage
from geo.datums import to_cgcs2000_arrays
from geo.lattice import doubled_area, snap
from geo.locate.county_map import CountyMap
from geo.locate.decision import decide
from geo.locate.types import Decision, Verdict
from geo.position import Datum, Position

FOLDER = os.environ.get("WANGGE_REAL_DATA", "")
OUTLINES = "baotou_bayannur_counties_gcj02.geojson"
PLACES = "named_places_gcj02.csv"

pytestmark = pytest.mark.skipif(
    not FOLDER,
    reason="WANGGE_REAL_DATA is not set: the real counties and places were NOT tried",
)


@dataclass(frozen=True)
class Counties:
    codes: list[str]
    names: dict[str, str]
    as_delivered: list[BaseGeometry]
    stored: list[BaseGeometry]


@dataclass(frozen=True)
class Located:
    name: str
    named_county: str
    found: Decision


def to_stored(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    lon, lat = to_cgcs2000_arrays(coordinates[:, 0], coordinates[:, 1], Datum.GCJ02)
    return np.column_stack((lon, lat))


@pytest.fixture(scope="module")
def counties() -> Counties:
    features = json.loads(Path(FOLDER, OUTLINES).read_text(encoding="utf-8"))["features"]
    codes = [feature["properties"]["adcode"] for feature in features]
    delivered = [shape(feature["geometry"]) for feature in features]
    return Counties(
        codes=codes,
        names={f["properties"]["adcode"]: f["properties"]["name"] for f in features},
        as_delivered=delivered,
        stored=[snap(shapely.transform(outline, to_stored)) for outline in delivered],
    )


@pytest.fixture(scope="module")
def county_map(counties: Counties) -> CountyMap:
    return CountyMap(
        revision="real", codes=counties.codes, geometries=counties.stored, names=counties.names
    )


@pytest.fixture(scope="module")
def located(county_map: CountyMap) -> list[Located]:
    with Path(FOLDER, PLACES).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [
        Located(
            name=row["village"] or row["town"],
            named_county=row["county_code_by_name"],
            found=decide(
                county=county_map,
                position=Position(
                    lon=float(row["lon_gcj02"]), lat=float(row["lat_gcj02"]), datum=Datum.GCJ02
                ),
                match=None,
            ),
        )
        for row in rows
    ]


def test_twelve_real_counties_stay_a_coverage_when_converted_vertex_by_vertex(
    counties: Counties,
) -> None:
    assert len(counties.codes) >= 12
    report = check_coverage(counties.codes, counties.stored)
    assert report.is_valid
    # Jiuyuan really has several parts.
    assert {(issue.fault, issue.codes) for issue in report.issues} == {
        (Fault.MULTIPART, ("150207",))
    }
    union = shapely.coverage_union_all(np.array(counties.stored, dtype=object))
    assert sum(doubled_area(outline) for outline in counties.stored) == doubled_area(union)


def test_a_single_county_left_in_gcj02_is_caught_and_named(counties: Counties) -> None:
    code = "150221"
    mixed = [
        delivered if held == code else stored
        for held, delivered, stored in zip(
            counties.codes, counties.as_delivered, counties.stored, strict=True
        )
    ]
    report = check_coverage(counties.codes, mixed)
    assert not report.is_valid
    assert all(code in issue.codes for issue in report.of(Fault.OVERLAP))
    assert report.of(Fault.OVERLAP)


def test_every_place_in_an_outlined_county_has_exactly_one_owner(
    located: list[Located], county_map: CountyMap
) -> None:
    assert len(located) == 171
    inside = [place for place in located if place.named_county in county_map.index]
    assert len(inside) >= 154
    for place in inside:
        position = place.found.position
        assert position is not None
        covering = county_map.index.covering(lon=position.lon, lat=position.lat)
        assert covering == (place.found.grid,)
        assert place.found.verdict is Verdict.AUTO


def test_places_lie_in_the_county_that_their_name_says_but_one_which_is_reported_as_it_is(
    located: list[Located], county_map: CountyMap
) -> None:
    inside = [place for place in located if place.named_county in county_map.index]
    elsewhere = {
        place.name: (place.named_county, place.found.grid)
        for place in inside
        if place.found.grid != place.named_county
    }
    assert elsewhere == {"黄草洼村委会": ("150207", "150204")}
    assert county_map.names["150207"] == "九原区"
    assert county_map.names["150204"] == "青山区"
    assert len(inside) - len(elsewhere) >= 153


def test_places_of_a_county_without_an_outline_go_to_the_desk_and_to_no_neighbour(
    located: list[Located], county_map: CountyMap
) -> None:
    without = [place for place in located if place.named_county not in county_map.index]
    assert {place.named_county for place in without} <= {"150822"}
    for place in without:
        assert place.found.verdict is Verdict.DESK
        assert place.found.grid is None
        assert place.found.candidates == ()
        assert place.found.position is not None


def test_each_vertex_and_edge_of_the_real_outlines_belongs_to_the_lowest_code_that_covers_it(
    counties: Counties, county_map: CountyMap
) -> None:
    rings = shapely.get_rings(shapely.get_parts(counties.stored))
    corners = shapely.get_coordinates(rings)
    middles = (corners[:-1] + corners[1:]) / 2
    points = np.vstack([corners, middles])
    owners = county_map.index.owners(points[:, 0], points[:, 1])
    expected = np.full(len(points), None, dtype=object)
    by_code = sorted(zip(counties.codes, counties.stored, strict=True), reverse=True)
    for code, outline in by_code:
        # The lowest code is written last and wins.
        expected[shapely.covers(outline, shapely.points(points))] = code
    assert (owners == expected).all()
    assert (owners[: len(corners)] != None).all()  # noqa: E711 - an array, element by element
