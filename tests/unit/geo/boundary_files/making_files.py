"""Make boundary files as offices make them, good and messy, for the tests beside."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import shapely
from pyogrio import raw
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.lattice import snap

CODES = ("150221104001001", "150221104001002", "150221104001003")
NAMES = ("振华社区第一网格", "振华社区第二网格", "东老藏营村")
# Three neighbours in degrees, and the same in metres of the zone around 111°E.
SQUARES = (
    box(110.5, 40.5, 110.51, 40.51),
    box(110.51, 40.5, 110.52, 40.51),
    box(110.52, 40.5, 110.53, 40.51),
)
METRES = (
    box(457_000, 4_484_000, 458_000, 4_485_000),
    box(458_000, 4_484_000, 459_000, 4_485_000),
    box(459_000, 4_484_000, 460_000, 4_485_000),
)


def geojson(
    shapes: Sequence[BaseGeometry] = SQUARES,
    *,
    codes: Sequence[str] = CODES,
    names: Sequence[str] = NAMES,
    crs: str | None = "urn:ogc:def:crs:EPSG::4490",
    **more: Sequence[object],
) -> bytes:
    """Return a GeoJSON text of shapes with codes and names."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name, **{k: v[i] for k, v in more.items()}},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for i, (code, name, shape) in enumerate(zip(codes, names, shapes, strict=False))
    ]
    document: dict[str, object] = {"type": "FeatureCollection", "features": features}
    if crs is not None:
        document["crs"] = {"type": "name", "properties": {"name": crs}}
    return json.dumps(document, ensure_ascii=False).encode()


def write_gdal(
    path: Path,
    *,
    driver: str,
    shapes: Sequence[BaseGeometry] = METRES,
    columns: Mapping[str, Sequence[object]] | None = None,
    crs: str | None = "EPSG:4546",
    encoding: str | None = None,
    layer: str | None = None,
    append: bool = False,
) -> None:
    """Write shapes with columns through GDAL."""
    table = columns or {"编码": CODES, "名称": NAMES}
    raw.write(
        str(path),
        shapely.to_wkb(np.array(shapes, dtype=object)),
        [np.array(values, dtype=object) for values in table.values()],
        list(table),
        driver=driver,
        geometry_type="Polygon",
        crs=crs,
        encoding=encoding,
        layer=layer,
        append=append,
    )


def zipped_shapefile(
    folder: Path,
    *,
    encoding: str = "UTF-8",
    without: Sequence[str] = (),
    cpg: str | None = None,
    inside: str = "",
    **options: object,
) -> Path:
    """Return a zip with one Shapefile; ``without`` names parts left out, ``cpg`` what it says."""
    made = folder / "made"
    made.mkdir()
    write_gdal(made / "wg.shp", driver="ESRI Shapefile", encoding=encoding, **options)  # type: ignore[arg-type]
    if cpg is not None:
        (made / "wg.cpg").write_text(cpg)
    path = folder / "grids.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(made.iterdir()):
            if part.suffix not in without:
                archive.write(part, f"{inside}{part.name}")
    return path


def messy(shapes: Sequence[BaseGeometry], *, seed: int = 1) -> list[BaseGeometry]:
    """Return shapes whose borders were drawn apart: 15 % of rings shaken, 5 % of nodes lost."""
    rng = random.Random(seed)

    def ring(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        shaken = rng.random() < 0.15
        kept = [p for p in points[:-1] if len(points) < 9 or rng.random() >= 0.05]
        if not shaken:
            return kept
        return [
            (x + rng.gauss(0, 0.05) / 85_000, y + rng.gauss(0, 0.05) / 111_000) for x, y in kept
        ]

    made: list[BaseGeometry] = []
    for shape in shapes:
        parts = [
            Polygon(
                ring(list(part.exterior.coords)), [ring(list(h.coords)) for h in part.interiors]
            )
            for part in shapely.get_parts(shape)
        ]
        made.append(snap(parts[0] if len(parts) == 1 else MultiPolygon(parts)))
    return made
