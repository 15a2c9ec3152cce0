"""Write GeoPackage and Shapefile through GDAL; only ever in the confined child."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyogrio import raw  # type: ignore[import-untyped]

from geo.boundary_files import packing
from geo.boundary_files.drivers import DRIVERS, OUTPUTS
from geo.boundary_files.launch import SHAPES
from geo.crs import STORAGE_EPSG


def write(job: dict[str, Any], folder: Path) -> None:
    """Write the shapes and columns of ``job`` to a file of its format in ``folder``."""
    shapes = packing.unpack(packing.load(folder / SHAPES))
    options: dict[str, Any] = {"encoding": job["encoding"]} if job["format"] == "shapefile" else {}
    path = folder / OUTPUTS[job["format"]]
    raw.write(
        str(path),
        shapely.to_wkb(np.array(shapes, dtype=object)),
        [_column(values) for values in job["columns"].values()],
        list(job["columns"]),
        layer=job["layer"] if job["format"] == "gpkg" else None,
        driver=DRIVERS[job["format"]],
        geometry_type="MultiPolygon" if job["format"] == "gpkg" else "Polygon",
        promote_to_multi=job["format"] == "gpkg",
        crs=f"EPSG:{STORAGE_EPSG}",
        **options,
    )
    for name, columns in job["tables"].items():
        raw.write(
            str(path),
            None,
            [_column(values) for values in columns.values()],
            list(columns),
            layer=name,
            driver=DRIVERS[job["format"]],
            geometry_type=None,
            append=False,
        )


def _column(values: list[Any]) -> Any:
    """Return a column of whole numbers, decimals or texts as GDAL takes it."""
    if values and all(isinstance(value, int) for value in values):
        return np.array(values, dtype=np.int32)
    if values and all(isinstance(value, int | float) for value in values):
        return np.array(values, dtype=np.float64)
    return np.array(values, dtype=object)
