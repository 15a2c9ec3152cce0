"""Bring a whole county into an empty database: areas, boundaries, derived levels; or nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from api.db import account_store, area_store, import_store, place_store
from api.db.engine import Connection
from api.interop.units_table import UnitRow, grid_kind, provisional_unit
from api.reference_tables import read_categories
from api.routing.seeding import seed
from geo.boundary_files.features import BoundaryFeature
from geo.codes import Level, lineage_of
from geo.coverage import check_coverage, union_by_parent
from geo.errors import GeoError

FIRST_REVISION = "import-1"
NOT_DIVIDED = "暂未细分"
# Below the county as below the township: the first number of the special ones.
_SPECIAL = 400
_SPARE_COMMUNITIES = 60


class CountyNotEmpty(GeoError):
    """Refuse to bring a county in where grids live already."""

    def __init__(self) -> None:
        """Say what to do instead."""
        super().__init__(
            "county_not_empty",
            "库中已有网格界线，不能整体导入；请用 wangge import plan 或页面 /import "
            "由文件生成方案，审批后生效。",
        )


@dataclass(frozen=True, slots=True)
class Imported:
    """Say what an import stored."""

    revision: str
    county: str
    grids: int
    units: int
    provisional_units: tuple[str, ...]
    mapped_communities: int
    communities: int


def spare_communities(county: str) -> tuple[str, ...]:
    """Return the codes of provisional communities of a county, one township above them all."""
    return tuple(f"{county}{_SPECIAL}{_SPECIAL + n}" for n in range(_SPARE_COMMUNITIES))


def require_empty(connection: Connection) -> None:
    """Raise CountyNotEmpty when any grid has a shape."""
    if import_store.count_grids(connection) > 0:
        raise CountyNotEmpty


def require_same_county(grids: Sequence[BoundaryFeature], county: str) -> None:
    """Raise GeoError when a grid's code belongs to another county."""
    if any(grid.code[:6] != county for grid in grids):
        raise GeoError("other_county", "文件中有编码不属于所指定的旗县。", field="file")


def undivided(
    communities: Sequence[BoundaryFeature], names: Mapping[str, str]
) -> list[BoundaryFeature]:
    """Return one provisional grid for each community: its outline, number 001, 暂未细分."""
    return [
        replace(
            feature,
            code=f"{feature.code}001",
            parent=feature.code,
            name=f"{names.get(feature.code) or feature.name}（{NOT_DIVIDED}）",
            kind="",
        )
        for feature in communities
    ]


def import_county(
    connection: Connection,
    grids: Sequence[BoundaryFeature],
    *,
    units: Sequence[UnitRow],
    county_name: str | None,
    effective_at: datetime,
    source: str,
    categories_file: Path,
    provisional_grids: bool = False,
) -> Imported:
    """Store ``grids`` as the first revision of their county, in the caller's transaction.

    Units that neither ``units`` nor the database knows are made provisionally. The grids must be
    what the doctor passed: they are proven once more here. ``provisional_grids`` says that
    they are outlines of communities, to be divided later. Raises GeoError, with nothing stored.
    """
    import_store.lock_boundaries(connection)
    require_empty(connection)
    shapes = _proven(grids)
    county = _only_county(grids)
    known = {row.code for row in area_store.read_areas(connection)}
    if any(len(code) == 6 and code != county for code in known):
        raise GeoError("other_county", "库中已登记另一旗县；一个库只管一个旗县。", field="file")
    rows, provisional = _units(grids, units, known, county, county_name)
    if rows:
        import_store.put_units(connection, [unit.values() for unit in rows])
    area_store.insert_areas(connection, [grid_row(grid) for grid in grids])
    if provisional_grids:
        import_store.mark_provisional(connection, [grid.code for grid in grids])
    _store_shapes(connection, shapes, effective_at=effective_at, source=source)
    import_store.add_households(connection, _households(grids))
    place_store.upsert_categories(connection, read_categories(categories_file))
    seed(connection, categories_file.parent, now=datetime.now(UTC))
    for kind in ("boundaries", "places", "roster"):
        area_store.raise_revision(connection, kind)
    account_store.insert_audit(
        connection,
        {
            "actor_id": None,
            "actor": "wangge import",
            "action": "import_boundaries",
            "object": FIRST_REVISION,
            "area_code": county,
            "detail": {"grids": len(grids), "units": len(rows), "source": source},
            "ip": None,
        },
    )
    mapped, communities = import_store.mapped_communities(connection, effective_at)
    return Imported(
        FIRST_REVISION, county, len(grids), len(rows), tuple(provisional), mapped, communities
    )


def _proven(grids: Sequence[BoundaryFeature]) -> dict[str, BaseGeometry]:
    shapes = {grid.code: grid.geometry for grid in grids if grid.geometry is not None}
    flagged = [grid.code for grid in grids if grid.exclave]
    report = check_coverage(list(shapes), list(shapes.values()), multipart_codes=flagged)
    # A code that stands twice, or a grid without a shape, leaves fewer shapes than grids.
    if not grids or len(shapes) != len(grids) or not report.is_valid:
        raise GeoError("not_a_coverage", "网格不是完整的覆盖，未导入。", field="file")
    return shapes


def _only_county(grids: Sequence[BoundaryFeature]) -> str:
    counties = {grid.code[:6] for grid in grids}
    if len(counties) != 1:
        raise GeoError(
            "several_counties", "文件中的网格分属几个旗县，请按旗县分开导入。", field="file"
        )
    return counties.pop()


def _units(
    grids: Sequence[BoundaryFeature],
    units: Sequence[UnitRow],
    known: set[str],
    county: str,
    county_name: str | None,
) -> tuple[list[UnitRow], list[str]]:
    """Return the units to store and the codes of those that had to be made up."""
    if any(unit.code[:6] != county for unit in units):
        raise GeoError("other_county", "名录与网格不属同一旗县。", field="file")
    needed = {code for grid in grids for code in lineage_of(grid.code)[:-1]}
    rows = {unit.code: unit for unit in units}
    missing = sorted(needed - set(rows) - known)
    rows |= {code: provisional_unit(code) for code in missing}
    if county_name is not None:
        rows[county] = replace(
            rows.get(county) or provisional_unit(county), official_name=county_name
        )
    return list(rows.values()), [code for code in missing if code != county or not county_name]


def grid_row(grid: BoundaryFeature) -> dict[str, Any]:
    """Return the columns of the areas table for a grid of a file."""
    parent = grid.code[:12]
    return {
        "code": grid.code,
        "level": Level.GRID.value,
        "parent_code": parent,
        "name": grid.name,
        "official_name": grid.name,
        "kind": grid.kind or grid_kind(parent),
        "households": grid.households,
        "exclave": grid.exclave,
    }


def _households(grids: Sequence[BoundaryFeature]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for grid in grids:
        for code in lineage_of(grid.code)[:-1]:
            totals[code] += grid.households
    return dict(totals)


def _store_shapes(
    connection: Connection,
    shapes: Mapping[str, BaseGeometry],
    *,
    effective_at: datetime,
    source: str,
) -> None:
    codes, held = list(shapes), list(shapes.values())
    stored = [(code, Level.GRID.value, shape) for code, shape in shapes.items()]
    for level in (Level.COMMUNITY, Level.TOWNSHIP, Level.COUNTY):
        above = union_by_parent(codes, held, level)
        stored += [(code, level.value, shape) for code, shape in above.items()]
    digest = hashlib.sha256()
    for code in sorted(shapes):
        digest.update(code.encode())
        digest.update(shapely.to_wkb(shapely.normalize(shapes[code])))
    area_store.insert_first_revision(
        connection,
        name=FIRST_REVISION,
        effective_at=effective_at,
        content_sha256=digest.hexdigest(),
        note=source,
        shapes=stored,
    )
