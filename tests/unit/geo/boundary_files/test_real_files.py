"""Twelve real counties and the precincts of Denver go through the doctor as they came."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import shapely

from geo.boundary_files.findings import Kind
from geo.boundary_files.inspection import Request, inspect_file
from geo.boundary_files.refusal import FileRefused
from geo.codes import Level
from geo.coverage import check_coverage
from geo.lattice import doubled_area

FOLDER = os.environ.get("WANGGE_REAL_DATA", "")
COUNTIES = Path(FOLDER) / "baotou_bayannur_counties_gcj02.geojson"
DENVER = Path(FOLDER) / "DenverCo_precincts2018_orig.zip"

pytestmark = pytest.mark.skipif(
    not FOLDER, reason="WANGGE_REAL_DATA is not set: the real boundary files were NOT tried"
)


def test_twelve_counties_ask_for_their_system_and_have_no_fault_but_an_exclave() -> None:
    with pytest.raises(FileRefused, match="gcj02"):
        inspect_file(COUNTIES, Request(level=Level.COUNTY))
    found = inspect_file(COUNTIES, Request(level=Level.COUNTY, crs="gcj02"))
    assert found.report.features == 12
    assert [(f.kind, f.areas) for f in found.report.findings] == [(Kind.MULTIPART, ("150207",))]
    flagged = inspect_file(COUNTIES, Request(level=Level.COUNTY, crs="gcj02", exclaves=True))
    assert flagged.outcome.importable
    # Read as CGCS2000 they would lie half a kilometre off, faultless: only the word tells.
    unshifted = inspect_file(COUNTIES, Request(level=Level.COUNTY, crs="cgcs2000"))
    assert unshifted.report.bounds is not None
    assert flagged.report.bounds is not None
    assert abs(unshifted.report.bounds[0] - flagged.report.bounds[0]) > 0.004


def test_precincts_in_feet_become_a_coverage_of_grids_with_their_ten_real_holes() -> None:
    found = inspect_file(
        DENVER,
        Request(make_codes=True, spare_parents=("080031400400",), exclaves=True),
    )
    assert found.system.key == "EPSG:2232"
    assert found.report.counts() == {Kind.GAP: 10}
    assert found.outcome.importable
    assert len(found.features) == 356
    assert found.features[0].name == "Denver 745"
    shapes = [f.geometry for f in found.features if f.geometry is not None]
    flagged = [f.code for f in found.features if f.exclave]
    codes = [f.code for f in found.features]
    assert check_coverage(codes, shapes, multipart_codes=flagged).is_valid
    union = shapely.coverage_union_all(shapes)
    assert sum(doubled_area(shape) for shape in shapes) == doubled_area(union)
    # West to east: the first number lies west of the last.
    west_to_east = sorted(found.features, key=lambda f: f.code)
    wests = [f.geometry.centroid.x for f in west_to_east if f.geometry is not None]
    assert wests == sorted(wests)
