"""Draw the map among the papers of a plan: grids before and after, neighbours, roads."""

from __future__ import annotations

import shapely

from api.db.engine import Connection
from api.db.paper_store import roads_in_box
from api.knowledge import Knowledge
from api.plans.dossier import Dossier, GridLine, Side
from api.plans.papers import DEMO_MARK, facts
from api.plans.views import grid_name
from api.problems import Problem
from geo.boundary_files.writing import NOTICE
from geo.codes import Level, code_at
from geo.redraw.sheet import Sheet
from maps.plan_panel import SheetGrid, SheetRoad
from maps.plan_sheet import KeyRow, PlanPicture, changed_bounds, draw_sheet, window_of


def draw(connection: Connection, known: Knowledge, dossier: Dossier, *, demo: bool) -> str:
    """Return the sheet as SVG; raise Problem 409 for a plan that changes nothing."""
    refuse_empty(dossier)
    changed = {line.code for line in dossier.lines}
    shapes = [
        shape
        for side in (dossier.before, dossier.after)
        for code, shape in side.items()
        if shape is not None and code in changed
    ]
    window = window_of(changed_bounds(shapes))
    return draw_sheet(
        PlanPicture(
            title=dossier.name,
            subtitle=f"{dossier.area_name}网格界线调整前后对照图",
            captions=(
                f"调整前　{dossier.revision_before}",
                f"调整后　{dossier.revision_after}",
            ),
            before=_grids(known, dossier, dossier.base, window),
            after=_grids(known, dossier, dossier.base.changed(dossier.after), window),
            roads=[
                SheetRoad(name=name, road_class=road_class, shape=shape)
                for name, road_class, shape in roads_in_box(connection, window)
            ],
            rows=[_row(number, line) for number, line in enumerate(dossier.lines, start=1)],
            facts=facts(dossier),
            notice=NOTICE,
            mark=DEMO_MARK if demo else None,
        )
    )


def refuse_empty(dossier: Dossier) -> None:
    """Raise Problem 409 for a plan that changes nothing: there is no map of it."""
    if not dossier.lines:
        raise Problem("plan-state", "方案没有改动任何网格，没有图可画。", {"state": dossier.state})


def _grids(
    known: Knowledge,
    dossier: Dossier,
    sheet: Sheet,
    window: tuple[float, float, float, float],
) -> list[SheetGrid]:
    numbers = {line.code: number for number, line in enumerate(dossier.lines, start=1)}
    changes = {line.code: line.change for line in dossier.lines}
    grids = []
    for code in sheet.meeting(shapely.box(*window)):
        area = known.areas.get(code_at(code, Level.COMMUNITY))
        community = area.name if area is not None else ""
        grids.append(
            SheetGrid(
                code=code,
                # The community's own name stands once on its land.
                label=grid_name(known, code).removeprefix(community),
                community=community,
                shape=sheet[code],
                change=changes.get(code, ""),
                number=numbers.get(code, 0),
            )
        )
    return grids


def _row(number: int, line: GridLine) -> KeyRow:
    return KeyRow(
        number=number,
        change=line.change,
        name=line.name,
        code=line.code,
        areas=f"{_hectares(line.before)} → {_hectares(line.after)}",
        households=f"{_homes(line.before)} → {_homes(line.after)}",
    )


def _hectares(side: Side | None) -> str:
    return "—" if side is None else f"{side.area_m2 / 10_000:.1f}"


def _homes(side: Side | None) -> str:
    return "—" if side is None else str(side.households)
