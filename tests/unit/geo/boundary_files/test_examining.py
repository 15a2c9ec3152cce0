"""The doctor finds every fault that was put in, where it was put, and nothing else."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from api.settings import PROJECT_DIR
from geo.boundary_files.doctor import examine, mean_width_m
from geo.boundary_files.features import BoundaryFeature
from geo.boundary_files.findings import Finding, Kind, Report
from geo.boundary_files.inspection import Request, inspect_file
from geo.boundary_files.repair import propose_repair
from geo.boundary_files.report_words import as_geojson, as_json, as_text
from geo.codes import Level
from geo.coverage import area_m2, check_coverage
from geo.lattice import snap
from tests.unit.geo.boundary_files.making_files import CODES, NAMES, SQUARES, geojson, messy

GRIDS = PROJECT_DIR / "data" / "boundaries" / "demo" / "grids.geojson"
METRE = 1 / 111_000
PARENT = "150221104001"


def features(*shapes: BaseGeometry | None, **changes: object) -> list[BoundaryFeature]:
    return [
        BoundaryFeature(number=n, code=CODES[n - 1], name=NAMES[n - 1], geometry=shape, **changes)  # type: ignore[arg-type]
        for n, shape in enumerate(shapes, 1)
    ]


def found(report: Report) -> list[tuple[str, tuple[int, ...]]]:
    return [(finding.kind.value, finding.rows) for finding in report.findings]


def only(report: Report) -> Finding:
    (finding,) = report.findings
    return finding


def grids(*shapes: BaseGeometry, **changes: object) -> Report:
    return examine(features(*map(snap, shapes), **changes), level=Level.GRID)


def test_a_coverage_has_no_findings() -> None:
    report = grids(*SQUARES)
    assert report.findings == ()
    assert report.importable
    assert report.bounds == (110.5, 40.5, 110.53, 40.51)


def test_overlaps_of_one_pair_in_two_places_are_two_findings_with_their_sizes() -> None:
    tooth = box(110.508, 40.501, 110.511, 40.502)
    other = box(110.508, 40.507, 110.511, 40.509)
    report = grids(SQUARES[0], shapely.union_all([SQUARES[1], tooth, other]))
    assert found(report) == [("overlap", (1, 2)), ("overlap", (1, 2))]
    first, second = report.findings
    assert first.size_m2 == pytest.approx(area_m2(box(110.508, 40.507, 110.51, 40.509)))
    assert second.lat == pytest.approx(40.5015)
    assert not report.importable


def test_a_grid_inside_another_is_an_overlap_of_both() -> None:
    inner = box(110.503, 40.503, 110.504, 40.504)
    finding = only(grids(SQUARES[0], inner))
    assert (finding.kind, finding.rows) == (Kind.OVERLAP, (1, 2))
    assert finding.size_m2 == pytest.approx(area_m2(inner))


def test_a_narrow_overlap_or_gap_is_a_sliver_with_its_width() -> None:
    shift = 0.3 * METRE
    over = only(grids(SQUARES[0], box(110.51 - shift, 40.5, 110.52, 40.51)))
    assert over.kind is Kind.SLIVER_OVERLAP
    # The eastern neighbour steps back in the middle of the edge.
    back = [(110.51, 40.51), (110.51, 40.508), (110.51 + shift, 40.505), (110.51, 40.502)]
    east = Polygon([(110.51, 40.5), (110.52, 40.5), (110.52, 40.51), *back])
    west = [(110.51, 40.5), (110.51, 40.502), (110.51, 40.508), (110.51, 40.51)]
    gap = only(grids(Polygon([*west, (110.5, 40.51), (110.5, 40.5)]), east))
    assert gap.kind is Kind.SLIVER_GAP
    assert gap.rows == (1, 2)
    assert gap.width_m is not None
    assert 0.05 < gap.width_m < 0.3
    assert gap.blocking


def test_a_lake_inside_is_a_gap_that_may_be_meant() -> None:
    lake = box(110.503, 40.503, 110.506, 40.506)
    report = grids(SQUARES[0] - lake, SQUARES[1])
    finding = only(report)
    assert finding.kind is Kind.GAP
    assert finding.size_m2 == pytest.approx(area_m2(lake))
    assert report.importable


def test_a_bow_tie_is_found_at_its_crossing() -> None:
    tie = Polygon([(110.5, 40.5), (110.51, 40.51), (110.51, 40.5), (110.5, 40.51)])
    finding = only(grids(tie))
    assert finding.kind is Kind.INVALID
    assert (finding.lon, finding.lat) == (pytest.approx(110.505), pytest.approx(40.505))


def test_the_same_shape_twice_is_a_duplicate_and_no_overlap() -> None:
    again = shapely.reverse(SQUARES[0])
    assert found(grids(SQUARES[0], again)) == [("duplicate_shape", (1, 2))]


def test_a_node_that_only_one_side_has_is_found_on_the_edge() -> None:
    ring = [(110.51, 40.5), (110.52, 40.5), (110.52, 40.51), (110.51, 40.51), (110.51, 40.505)]
    finding = only(grids(SQUARES[0], Polygon(ring)))
    assert finding.kind is Kind.UNMATCHED_EDGE
    assert finding.lon == pytest.approx(110.51)


def test_parts_are_legal_when_they_are_flagged_and_crumbs_never() -> None:
    island = box(110.6, 40.5, 110.61, 40.51)
    both = MultiPolygon([SQUARES[0], island])
    assert found(grids(both, SQUARES[1])) == [("multipart", (1,))]
    assert grids(both, SQUARES[1], exclave=True).importable
    crumb = box(110.6, 40.5, 110.6 + 0.2 * METRE, 40.6)
    crumbs = grids(MultiPolygon([SQUARES[0], crumb]), SQUARES[1], exclave=True)
    assert found(crumbs) == [("sliver_part", (1,))]


def test_a_row_without_a_shape_is_told_with_its_reason() -> None:
    rows = features(SQUARES[0], None)
    rows[1] = replace(rows[1], problem="不是面，而是LineString")
    finding = only(examine(rows, level=Level.GRID))
    assert (finding.kind, finding.detail) == (Kind.NOT_POLYGON, "不是面，而是LineString")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"code": ""}, "missing_code"),
        ({"code": "15022110400100"}, "bad_code"),
        ({"code": "150221104001"}, "bad_code"),
        ({"code": "15022110400100A"}, "bad_code"),
        ({"code": CODES[1]}, "duplicate_code"),
        ({"code": "150221104002001"}, "wrong_parent"),
        ({"parent": "150221104009"}, "wrong_parent"),
        ({"name": ""}, "empty_name"),
        ({"name": NAMES[1]}, "duplicate_name"),
    ],
)
def test_codes_and_names_are_looked_at(changes: dict[str, str], expected: str) -> None:
    rows = features(*SQUARES)
    rows[0] = replace(rows[0], **changes)  # type: ignore[arg-type]
    report = examine(rows, level=Level.GRID, parents={PARENT: None})
    assert [finding.kind.value for finding in report.findings] == [expected]
    assert 1 in report.findings[0].rows
    assert report.importable == (expected == "duplicate_name")


def test_a_grid_beyond_its_community_is_told_and_one_elsewhere_blocks() -> None:
    outline = box(110.5, 40.5, 110.525, 40.51)
    report = examine(features(*SQUARES[:2]), level=Level.GRID, parents={PARENT: outline})
    assert report.findings == ()
    third = features(*SQUARES)
    report = examine(third, level=Level.GRID, parents={PARENT: box(110.5, 40.5, 110.528, 40.51)})
    assert found(report) == [("outside_parent", (3,))]
    assert report.importable
    report = examine(third, level=Level.GRID, parents={PARENT: box(110.5, 40.5, 110.521, 40.51)})
    assert found(report) == [("wrong_parent", (3,))]


def test_a_strip_is_as_wide_as_it_is() -> None:
    strip = box(110.5, 40.5, 110.5 + 3 / 84_700, 40.6)
    assert mean_width_m(strip) == pytest.approx(3, rel=0.01)


# ---- repair


def test_a_repair_closes_slivers_and_says_what_it_moves_and_leaves_the_rest() -> None:
    shift = 0.4 * METRE
    rows = features(SQUARES[0], snap(box(110.51 - shift, 40.5, 110.52, 40.51)), SQUARES[2])
    repair = propose_repair(rows)
    assert repair.is_proven
    report = examine(repair.features, level=Level.GRID)
    assert report.findings == ()
    (move,) = repair.moves
    strip = area_m2(box(110.51 - shift, 40.5, 110.51, 40.51))
    assert move.lost_m2 == pytest.approx(strip, rel=0.01)
    assert move.max_move_m == pytest.approx(0.305, abs=0.01)
    assert rows[0].geometry is SQUARES[0]
    third = repair.features[2].geometry
    assert third is not None
    assert third.equals(SQUARES[2])


def test_a_gap_wider_than_was_asked_stays_open() -> None:
    rows = features(SQUARES[0], Polygon(
        [(110.51, 40.5), (110.52, 40.5), (110.52, 40.51), (110.51, 40.51), (110.5102, 40.505)]
    ))  # fmt: skip
    wide, narrow = propose_repair(rows, gap_width_m=50), propose_repair(rows, gap_width_m=5)
    assert [f.kind for f in examine(wide.features, level=Level.GRID).findings] == []
    assert [f.kind for f in examine(narrow.features, level=Level.GRID).findings] == [Kind.GAP]


def test_a_grid_that_would_vanish_makes_the_repair_unusable() -> None:
    rows = features(SQUARES[0], shapely.reverse(SQUARES[0]))
    repair = propose_repair(rows)
    assert not repair.is_proven
    assert len(repair.vanished) == 1


def test_a_bow_tie_is_repaired_to_its_two_loops() -> None:
    tie = Polygon([(110.5, 40.5), (110.51, 40.51), (110.51, 40.5), (110.5, 40.51)])
    repair = propose_repair(features(tie, SQUARES[1], exclave=True))
    assert repair.is_proven


def test_1173_messy_grids_are_examined_and_repaired_in_less_than_ten_seconds(
    tmp_path: Path,
) -> None:
    given = json.loads(GRIDS.read_text("utf-8"))["features"]
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in given]
    for feature, shape in zip(given, messy(shapes), strict=True):
        feature["geometry"] = json.loads(shapely.to_geojson(shape))
    path = tmp_path / "messy.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": given}), "utf-8")
    began = time.process_time()
    found = inspect_file(path, Request(crs="cgcs2000", repair=True))
    # Processor seconds of this process; reading happens in another one, in half a second.
    assert time.process_time() - began < 10
    counts = found.report.counts()
    assert counts[Kind.OVERLAP] + counts[Kind.SLIVER_OVERLAP] > 1_000
    assert counts[Kind.SLIVER_GAP] > 1_000
    assert not found.report.importable
    assert found.repair is not None
    assert found.repair.is_proven
    assert found.outcome.importable
    assert set(found.outcome.counts()) <= {Kind.GAP}
    codes = [feature.code for feature in found.features]
    repaired = [f.geometry for f in found.features if f.geometry is not None]
    flagged = [feature.code for feature in found.features if feature.exclave]
    assert check_coverage(codes, repaired, multipart_codes=flagged).is_valid


# ---- what is told


def test_the_report_can_be_read_mapped_and_parsed(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    shapes = [SQUARES[0], box(110.5099, 40.5, 110.52, 40.51), SQUARES[2]]
    path.write_bytes(geojson(shapes, codes=[CODES[0], "12", CODES[2]]))
    found = inspect_file(path, Request())
    text = as_text(found)
    assert "重叠1处" in text
    assert "编码有误" in text
    assert "--repair" in text
    assert text.splitlines()[-1].startswith("结论    不能导入")
    told = as_json(found)
    assert json.loads(json.dumps(told)) == told
    assert told["counts"] == {"overlap": 1, "bad_code": 1}
    assert told["importable"] is False
    on_map = json.loads(as_geojson(found.report))["features"]
    assert [feature["properties"]["kind"] for feature in on_map] == ["overlap", "bad_code"]
    assert on_map[0]["geometry"]["type"] == "Polygon"
