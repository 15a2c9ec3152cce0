"""Measure the import of a county as hands have drawn it: gaps and overlaps everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import shapely

from bench.county import read_county
from bench.processes import WANGGE, run_command
from bench.redraw.figures import Findings
from bench.workplace import Workplace

REDRAWN, JITTER_DEG = 0.15, 5e-7  # one grid in seven was digitised anew, 5 cm beside
DROPPED = 0.05  # of the vertices
MIN_NODES = 4


def messy(workplace: Workplace, findings: Findings, *, seed: int) -> None:
    """Import 1,173 messy grids with the proposed repair, as the command does from start to end."""
    file = workplace.folder / "messy.geojson"
    write_messy_county(file, seed)
    assert workplace.cluster is not None
    environment = workplace.environment()
    run_command([*WANGGE, "init"], environment=environment, log=workplace.log)
    options = ["--exclaves", "--repair", "--gap-width", "100", "--crs", "cgcs2000"]
    command = [*WANGGE, "import", "boundaries", str(file), *options]
    looked = run_command([*command, "--dry-run"], environment=environment, log=workplace.log)
    stored = run_command([*command, "--apply"], environment=environment, log=workplace.log)
    for what, took in (("report and proposed repair", looked), ("repaired and stored", stored)):
        findings.add("import", what, took.wall_s, "s", 10)
        findings.add("import", f"{what}, CPU", took.cpu_s, "s")
    with workplace.connect() as connection:
        rows = connection.execute("SELECT ST_AsBinary(geom) FROM grid_boundaries").fetchall()
    shapes = shapely.from_wkb([bytes(row[0]) for row in rows])  # type: ignore[call-overload]
    wrong = [] if shapely.coverage_is_valid(shapes) else ["what was stored is no coverage"]
    findings.add("import", "grids", len(shapes), "")
    findings.expect("import", wrong)


def write_messy_county(file: Path, seed: int) -> None:
    """Write the demo county with jittered grids and dropped vertices, as GeoJSON."""
    county, source = read_county(), np.random.default_rng(seed)
    features = []
    for code, shape in zip(county.codes, county.shapes, strict=True):
        jitter_deg = JITTER_DEG if source.random() < REDRAWN else 0.0
        drawn = _by_hand(shape, jitter_deg, source)
        properties = {"code": code, "name": county.names[code]}
        geometry = json.loads(shapely.to_geojson(drawn))
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    collection = {"type": "FeatureCollection", "features": features}
    file.write_text(json.dumps(collection, ensure_ascii=False), "utf-8")


def _by_hand(
    shape: shapely.Geometry, jitter_deg: float, source: np.random.Generator
) -> shapely.Geometry:
    """Shake the nodes and drop one in twenty of each ring; enough stay for a ring."""
    parts = []
    for polygon in shapely.get_parts(shape).tolist():
        rings = []
        for ring in (polygon.exterior, *polygon.interiors):
            points = shapely.get_coordinates(ring)[:-1]
            kept = points[source.random(len(points)) >= DROPPED]
            drawn = kept if len(kept) >= MIN_NODES else points
            rings.append(drawn + source.normal(0, 1, drawn.shape) * jitter_deg)
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
