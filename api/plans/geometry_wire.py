"""Write heavy work on a sheet and its answer as plain JSON: nothing that could run crosses.

Shapes travel as WKB, their doubles and their order untouched: what a child process works out is
to the byte what this process would have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from typing import Any, Final, NoReturn

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from api.plans.geometry_steps import Step
from api.plans.numbering import codes_after
from geo.errors import GeoError
from geo.redraw.dwellings import Building, Dwellings
from geo.redraw.limits import Limits
from geo.redraw.operations import (
    AssignPlaces,
    Merge,
    MoveNode,
    Operation,
    Partition,
    Regroup,
    Replan,
    Reshape,
    Split,
    Transfer,
)
from geo.redraw.outcome import Outcome, Warned
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

_KINDS: Final = {
    kind.__name__: kind
    for kind in (
        AssignPlaces, Merge, MoveNode, Partition, Regroup, Replan, Reshape, Split, Transfer,
        Outcome, Warned,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Hold operations to do one after the other on a sheet, and what bounds them.

    ``used`` are the grid codes that were ever given in the area. Buildings must be there for
    operations that count households. A step that is refused changes nothing; with ``halt`` it is
    also the last.
    """

    sheet: Sheet
    operations: Sequence[Operation]
    area: str
    exclaves: Sequence[str]
    used: Sequence[str] = ()
    dwellings: Dwellings | None = None
    roads: BaseGeometry | None = None
    halt: bool = True


def write_job(job: Job) -> bytes:
    """Return a job as JSON."""
    buildings = job.dwellings.buildings if job.dwellings is not None else None
    value = {
        "codes": list(job.sheet),
        "shapes": _hex(list(job.sheet.shapes.values())),
        "operations": _pack(tuple(job.operations)),
        "area": job.area,
        "exclaves": list(job.exclaves),
        "used": list(job.used),
        "buildings": None
        if buildings is None
        else [(b.id, b.lon, b.lat, b.households) for b in buildings],
        "roads": _pack(job.roads),
        "halt": job.halt,
    }
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)


def read_job(text: bytes) -> Job:
    """Return the job that ``write_job`` wrote."""
    value: dict[str, Any] = orjson.loads(text)
    shapes = shapely.from_wkb(np.array(value["shapes"], dtype=object))
    buildings = value["buildings"]
    return Job(
        sheet=Sheet(dict(zip(value["codes"], shapes.tolist(), strict=True))),
        operations=_unpack(value["operations"]),
        area=value["area"],
        exclaves=value["exclaves"],
        used=value["used"],
        dwellings=None
        if buildings is None
        else Dwellings(
            Building(id=name, lon=lon, lat=lat, households=households)
            for name, lon, lat, households in buildings
        ),
        roads=_unpack(value["roads"]),
        halt=value["halt"],
    )


def limits_of_job(job: Job, used: Sequence[str]) -> Limits:
    """Return what bounds the edits of a job, without a database; ``used`` codes may still grow."""
    return Limits(
        area=job.area,
        exclaves=frozenset(job.exclaves),
        households=_uncounted,
        next_codes=partial(codes_after, used),
        dwellings=job.dwellings,
        roads=job.roads,
    )


def _uncounted(_shape: BaseGeometry) -> NoReturn:
    raise RuntimeError("a job that counts households needs the buildings")


def write_steps(steps: Sequence[Step]) -> bytes:
    """Return what came of each operation as JSON."""
    value = [_refused(step) if isinstance(step, RedrawError) else _pack(step) for step in steps]
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)


def read_steps(text: bytes) -> list[Step]:
    """Return what ``write_steps`` wrote; raise GeoError for a job that made no sense."""
    value = orjson.loads(text)
    if isinstance(value, dict):
        raise GeoError(value["refused"], value["message"], field=value["field"])
    return [_step(entry) for entry in value]


def write_nonsense(error: GeoError) -> bytes:
    """Return as JSON that a job made no sense."""
    return orjson.dumps({"refused": error.reason, "message": error.message, "field": error.field})


def _refused(refusal: RedrawError) -> dict[str, Any]:
    told: dict[str, Any] = {"refused": refusal.reason, "message": refusal.message}
    return {**told, "where": _pack(refusal.where), "codes": list(refusal.codes)}


def _step(value: Any) -> Step:
    if isinstance(value, dict):
        where, codes = _unpack(value["where"]), tuple(value["codes"])
        return RedrawError(value["refused"], value["message"], where=where, codes=codes)
    outcome, logged = _unpack(value)
    return outcome, logged


def _hex(shapes: Sequence[BaseGeometry]) -> list[str]:
    written: list[str] = shapely.to_wkb(np.array(shapes, dtype=object), hex=True).tolist()
    return written


def _pack(value: Any) -> Any:
    if isinstance(value, BaseGeometry):
        return {"wkb": shapely.to_wkb(value, hex=True)}
    if is_dataclass(value):
        held = {field.name: _pack(getattr(value, field.name)) for field in fields(value)}
        return {"kind": type(value).__name__, "fields": held}
    if isinstance(value, Mapping):
        return {"pairs": [(key, _pack(entry)) for key, entry in value.items()]}
    if isinstance(value, tuple | list):
        return [_pack(entry) for entry in value]
    return value


def _unpack(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_unpack(entry) for entry in value)
    if not isinstance(value, dict):
        return value
    if "wkb" in value:
        return shapely.from_wkb(value["wkb"])
    if "pairs" in value:
        return {key: _unpack(entry) for key, entry in value["pairs"]}
    return _KINDS[value["kind"]](**{name: _unpack(v) for name, v in value["fields"].items()})
