"""Examine an uploaded boundary file in a process of its own and leave all answers in a folder.

The folder holds ``job.json`` and ``upload``; where the county has grids, ``present.npz`` with
their shapes as well. It gets ``progress.json`` while the work goes on and, last of all,
``outcome.json``. Shapes come back as arrays and as GeoJSON for a map; nothing is stored anywhere.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from geo.boundary_files import picture
from geo.boundary_files.confinement import limit_resources
from geo.boundary_files.features import BoundaryFeature
from geo.boundary_files.fields import Role
from geo.boundary_files.inspection import Inspection, Request, inspect_file
from geo.boundary_files.matching import match_by_place
from geo.boundary_files.packing import load, pack, unpack
from geo.boundary_files.report_words import as_geojson, as_json, as_text
from geo.codes import Level
from geo.errors import GeoError
from geo.redraw.county_update import CountyUpdate, update_county
from geo.redraw.limits import Limits
from geo.redraw.sheet import Sheet

JOB: Final = "job.json"
UPLOAD: Final = "upload"
PRESENT: Final = "present.npz"
PROGRESS: Final = "progress.json"
OUTCOME: Final = "outcome.json"
FINDINGS: Final = "findings.geojson"
AREAS: Final = "areas.geojson"
REPAIRED: Final = "repaired.geojson"
REPAIR: Final = "repair.geojson"
UPDATE: Final = "update.geojson"
GRIDS: Final = "grids.npz"
STEPS: Final = "steps.npz"


def main(folder_name: str) -> None:
    """Do the job in ``folder_name``; a refusal is an answer, anything else ends the process."""
    limit_resources()
    os.nice(5)
    folder = Path(folder_name)
    job: dict[str, Any] = json.loads((folder / JOB).read_text("utf-8"))
    try:
        outcome = _Examiner(folder, job).run()
    except GeoError as refusal:
        outcome = {"refused": refusal.reason, "message": refusal.message}
    except MemoryError:
        outcome = {"refused": "too_large", "message": "检查此文件所需的内存超限，请分开导入。"}
    _put(folder / OUTCOME, outcome)


def _put(path: Path, value: object) -> None:
    """Write whole or not at all: others read while this is written."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(value, ensure_ascii=True), encoding="ascii")
    fresh.replace(path)


def request_of(options: Mapping[str, Any]) -> Request:
    """Return how a file is to be read from the plain values of a job."""
    fields = {Role.CODE: "code_field", Role.NAME: "name_field", Role.PARENT: "parent_field"}
    return Request(
        level=Level(options.get("level") or Level.GRID),
        crs=options.get("crs"),
        encoding=options.get("encoding"),
        layer=options.get("layer"),
        fields={role: options.get(name) for role, name in fields.items()},
        parents=options.get("parents") or None,
        make_codes=bool(options.get("make_codes")),
        spare_parents=tuple(options.get("spare_parents") or ()),
        parent_names=options.get("parent_names") or {},
        exclaves=bool(options.get("exclaves")),
        known_exclaves=frozenset(options.get("known_exclaves") or ()),
        gap_width_m=float(options.get("gap_width_m", 5.0)),
        snap_m=float(options.get("snap_m", 0.05)),
    )


@dataclass(frozen=True, slots=True)
class _Examiner:
    folder: Path
    job: Mapping[str, Any]

    def run(self) -> dict[str, Any]:
        inspection = inspect_file(self.folder / UPLOAD, self.request(), tell=self.tell)
        report = as_json(inspection) | {"text": as_text(inspection)}
        if report["file"]["layer"] == UPLOAD:
            report["file"]["layer"] = self.job["name"]
        usable = _usable(inspection)
        self.draw(inspection)
        outcome: dict[str, Any] = {"report": report, "usable": usable is not None, "update": None}
        if usable is None or inspection.request.level is not Level.GRID:
            return outcome
        self.keep_grids(usable)
        if (self.folder / PRESENT).exists():
            outcome["update"] = self.update(usable)
        return outcome

    def request(self) -> Request:
        request = request_of(self.job["options"])
        if not self.job["options"].get("match_places") or not (self.folder / PRESENT).exists():
            return request
        sheet, retired = self.sheet(), self.job["retired"]
        return replace(
            request, make_codes=False, recode=lambda found: match_by_place(found, sheet, retired)
        )

    def sheet(self) -> Sheet:
        codes: list[str] = self.job["present"]
        return Sheet(dict(zip(codes, unpack(load(self.folder / PRESENT)), strict=True)))

    def tell(self, stage: str, done: int = 0, of: int = 0) -> None:
        _put(self.folder / PROGRESS, {"stage": stage, "done": done, "of": of})

    def draw(self, inspection: Inspection) -> None:
        (self.folder / FINDINGS).write_text(as_geojson(inspection.report), "utf-8")
        before = inspection.features
        (self.folder / AREAS).write_text(picture.areas(before), "utf-8")
        repair = inspection.repair
        after = repair.features if repair is not None else ()
        (self.folder / REPAIRED).write_text(picture.areas(after), "utf-8")
        moves = repair.moves if repair is not None else ()
        (self.folder / REPAIR).write_text(picture.moves(moves, before, after), "utf-8")

    def keep_grids(self, features: tuple[BoundaryFeature, ...]) -> None:
        pack([feature.geometry for feature in features]).save(self.folder / GRIDS)
        rows = [
            {
                "number": f.number,
                "code": f.code,
                "name": f.name,
                "kind": f.kind,
                "households": f.households,
                "exclave": f.exclave,
            }
            for f in features
        ]
        _put(self.folder / "grids.json", rows)

    def update(self, features: tuple[BoundaryFeature, ...]) -> dict[str, Any]:
        sheet = self.sheet()
        pieces = {f.code: f.geometry for f in features if f.geometry is not None}
        limits = Limits(
            area=self.job["area"],
            exclaves={*self.job["exclaves"], *(f.code for f in features if f.exclave)},
            next_codes=lambda _community, _count: (),
        )
        update = update_county(
            sheet,
            pieces,
            limits=limits,
            retired=frozenset(self.job["retired"]),
            snap_m=float(self.job["options"].get("border_snap_m", 1.0)),
            cross_parent=bool(self.job["options"].get("cross_parent", True)),
            tell=lambda done, of: self.tell("comparing", done, of),
        )
        self.keep_steps(update)
        told = picture.compare(sheet, pieces, update)
        (self.folder / UPDATE).write_text(told.drawn, "utf-8")
        names: dict[str, str] = self.job["names"]
        renamed = [f for f in features if f.code in names and f.name != names[f.code]]
        told.summary["renamed"] = [
            {"code": f.code, "name": names[f.code], "name_in_file": f.name} for f in renamed
        ]
        return told.summary | {"steps": [_step_json(step) for step in update.steps]}

    def keep_steps(self, update: CountyUpdate) -> None:
        shapes = []
        for step in update.steps:
            shapes += [shape for _, shape in step.logged.pieces]
            shapes += [shape for shape in step.outcome.after.values() if shape is not None]
        pack(shapes).save(self.folder / STEPS)


def _usable(inspection: Inspection) -> tuple[BoundaryFeature, ...] | None:
    """Return the areas that may be imported: as they came, else as the proven repair has them."""
    if inspection.report.importable:
        return inspection.features
    repair, repaired = inspection.repair, inspection.repaired
    if repair is not None and repaired is not None and repair.is_proven and repaired.importable:
        return repair.features
    return None


def _step_json(step: Any) -> dict[str, Any]:
    after = step.outcome.after
    return {
        "area": step.logged.area,
        "communities": list(step.logged.communities),
        "cross_parent": step.logged.cross_parent,
        "pieces": [code for code, _ in step.logged.pieces],
        "after": [code for code, shape in after.items() if shape is not None],
        "retired": [code for code, shape in after.items() if shape is None],
    }


if __name__ == "__main__":
    main(sys.argv[1])
