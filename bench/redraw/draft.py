"""Follow a plan's draft beside the server and hold every state against what must be true."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
import shapely
from shapely.geometry.base import BaseGeometry

from bench.redraw.lines import Answer, Line
from geo.lattice import doubled_area, on_lattice
from geo.redraw.sheet import Sheet, same_bytes

Shapes = Mapping[str, BaseGeometry | None]
ONE_STEP_DEG = 1e-8


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one operation as the log keeps it: shapes before and after, by code.

    ``exact``: it put no node into the county's outer border, so not a step of land was lost or won.
    """

    before: Shapes
    after: Shapes
    exact: bool


@dataclass
class Draft:
    """Hold the plan as we know it from its log, and what was found wrong, in words."""

    connection: psycopg.Connection[tuple[object, ...]]
    plan_id: str
    area: str
    start: Sheet
    sheet: Sheet
    revision: int = 0
    done: list[Step] = field(default_factory=list)
    undone: list[Step] = field(default_factory=list)
    outer: set[tuple[float, float]] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Return the plan's address."""
        return f"/v1/plans/{self.plan_id}"

    def send(self, line: Line, kind: str, body: object) -> Answer:
        """Do a stroke, an undo or a redo at the present revision; follow it when it is taken."""
        where = kind if kind in ("undo", "redo") else "operations"
        headers = {"If-Match": f'"{self.revision}"'}
        answer = line.ask("POST", f"{self.path}/{where}", body, headers=headers)
        if answer.is_taken:
            self._follow(kind, answer.json)
        return answer

    def _follow(self, kind: str, told: dict[str, Any]) -> None:
        self.revision = told["revision"]
        if kind == "undo":
            step = self.done.pop()
            self.undone.append(step)
            self._take(step.after, step.before, exact=step.exact)
        elif kind == "redo":
            step = self.undone.pop()
            self.done.append(step)
            self._take(step.before, step.after, exact=step.exact)
        else:
            step = self._logged(self.revision, exact=not told["outer_nodes"])
            self.undone.clear()
            self.done.append(step)
            self.outer.update(tuple(node) for node in told["outer_nodes"])
            self._take(step.before, step.after, exact=step.exact)

    def _logged(self, number: int, *, exact: bool) -> Step:
        rows = self.connection.execute(
            "SELECT code, before, after FROM plan_changes WHERE plan_id = %s AND number = %s",
            (self.plan_id, number),
        ).fetchall()
        return Step(
            {str(code): _shape(before) for code, before, _ in rows},
            {str(code): _shape(after) for code, _, after in rows},
            exact,
        )

    def _take(self, before: Shapes, after: Shapes, *, exact: bool) -> None:
        """Step on, and check the neighbourhood: what is beyond it was checked and has not moved."""
        for code, shape in before.items():
            if not same_bytes(self.sheet.shapes.get(code), shape):
                self._say(f"{code} is not what the log began from")
        land = sum(_land(shape) for shape in after.values()) - sum(map(_land, before.values()))
        if exact and land != 0:
            self._say(f"{land} square steps of land won or lost")
        self.sheet = self.sheet.changed(after)
        near = self.sheet.around([code for code, shape in after.items() if shape is not None])
        self._hold([self.sheet[code] for code in near])

    def check_all(self, line: Line) -> None:
        """Check the whole county, and that the server shows the same draft, to the byte."""
        shapes = list(self.sheet.shapes.values())
        self._hold(shapes)
        was, present = (_outline(sheet) for sheet in (self.start, self.sheet))
        if not _corners(was) <= _corners(present):
            self._say("the outer border lost a node")
        if not _corners(present) - _corners(was) <= self.outer:
            self._say("the outer border has a node that no answer named")
        if sum(map(_land, shapes)) != _land(present):
            self._say("the grids do not add up to their outline")
        if shapely.hausdorff_distance(present.boundary, was.boundary) > ONE_STEP_DEG:
            self._say("the outer border moved by more than a step")
        self.compare(line)

    def compare(self, line: Line) -> None:
        """Hold what the server shows against what we followed."""
        shown = shapes_of(line.need("GET", f"{self.path}/grids.geojson"))
        drawn = {code for code in self.sheet if code.startswith(self.area)}
        codes = [code for code in sorted(drawn | set(shown)) if _differ(self.sheet, shown, code)]
        if codes:
            self._say(f"the server shows {len(codes)} grids otherwise, {codes[0]} first")

    def _hold(self, shapes: Sequence[BaseGeometry]) -> None:
        array = np.array(shapes, dtype=object)
        if not shapely.is_valid(array).all():
            self._say("a polygon is invalid")
        if not shapely.coverage_is_valid(array):
            self._say("a gap or an overlap")
        if not all(on_lattice(shape) for shape in shapes):
            self._say("a node beside the lattice")

    def _say(self, words: str) -> None:
        self.wrong.append(f"revision {self.revision}: {words}")


def begin(
    line: Line, connection: psycopg.Connection[tuple[object, ...]], area: str, name: str
) -> Draft:
    """Start a plan for an area; the sheet holds all grids in force.

    Nodes on the area's border enter grids beyond it, too.
    """
    plan = line.need("POST", "/v1/plans", {"name": name, "area": area})
    sheet = Sheet(shapes_of(line.need("GET", "/v1/areas.geojson")))
    return Draft(connection, plan["id"], area, sheet, sheet)


def shapes_of(collection: Mapping[str, Any]) -> dict[str, BaseGeometry]:
    """Return the shapes of a FeatureCollection by code."""
    texts = [json.dumps(feature["geometry"]) for feature in collection["features"]]
    codes = [str(feature["properties"]["code"]) for feature in collection["features"]]
    return dict(zip(codes, shapely.from_geojson(texts).tolist(), strict=True))


def wkb(sheet: Sheet) -> dict[str, bytes]:
    """Return the bytes of every shape, wherever its rings begin."""
    return {code: shapely.to_wkb(shapely.normalize(shape)) for code, shape in sheet.shapes.items()}


def _differ(sheet: Sheet, shown: Shapes, code: str) -> bool:
    return not same_bytes(sheet.shapes.get(code), shown.get(code))


def _shape(content: object) -> BaseGeometry | None:
    return None if content is None else shapely.from_wkb(bytes(content))  # type: ignore[call-overload]


def _land(shape: BaseGeometry | None) -> int:
    return 0 if shape is None else doubled_area(shape)


def _outline(sheet: Sheet) -> BaseGeometry:
    return shapely.coverage_union_all(list(sheet.shapes.values()))


def _corners(shape: BaseGeometry) -> set[tuple[float, float]]:
    return set(map(tuple, shapely.get_coordinates(shape).tolist()))
