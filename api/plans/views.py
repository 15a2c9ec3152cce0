"""Show plans and what operations did, in the shape of the contract."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson
from shapely.geometry.base import BaseGeometry

from api.input_types import local_time
from api.knowledge import Knowledge
from geo.coverage import area_m2
from geo.geojson import write as write_geometry
from geo.redraw.lineage import origin_of
from geo.redraw.outcome import Outcome, land_changes
from geo.redraw.sheet import Sheet, same_bytes


def outcome_out(outcome: Outcome, known: Knowledge) -> dict[str, Any]:
    """Return what an operation did, in the shape of the contract."""
    changed = [
        {
            "code": code,
            "area_before_m2": square_metres(before),
            "area_after_m2": square_metres(outcome.after[code]),
        }
        for code, before in sorted(outcome.before.items())
        if before is not None and outcome.after[code] is not None and code in outcome.meant
    ]
    return {
        "changed": changed,
        "created": [
            {
                "code": code,
                "name": grid_name(known, code),
                "area_m2": square_metres(outcome.after[code]),
            }
            for code in outcome.created
        ],
        "retired": list(outcome.retired),
        "noded": list(outcome.noded),
        "outer_nodes": [list(node) for node in outcome.outer_nodes],
        "warnings": [
            {
                "reason": warning.reason,
                "message": warning.message,
                "grids": list(warning.codes),
                "area_m2": warning.area_m2,
            }
            for warning in outcome.warnings
        ],
    }


def square_metres(shape: BaseGeometry | None) -> float:
    """Return the area of a shape, 0 for none."""
    return 0.0 if shape is None else round(area_m2(shape), 2)


def kind_of(known: Knowledge, base: Sheet, code: str, shape: BaseGeometry) -> str:
    """Return the kind of a grid; a new one has that of the grid it took most of its land from."""
    row = known.areas.get(code)
    if row is None:
        row = known.areas.get(origin_of(base, shape) or "")
    return row.kind if row is not None else "rural"


# What the page calls the operations, for sentences of ours.
OPERATION_LABELS: Mapping[str, str] = {
    "move_node": "移动界点",
    "reshape": "调整界线",
    "split": "拆分网格",
    "merge": "合并网格",
    "transfer": "划转区域",
    "assign_places": "按楼栋（院落）划转",
    "replan": "整体重划",
    "regroup": "整体重划",
    "partition": "辅助划分",
}

_DIGITS = "零一二三四五六七八九"


def grid_name(known: Knowledge, code: str) -> str:
    """Return the name of a grid, made from its number for one that is new: 振华社区第十二网格."""
    row = known.areas.get(code)
    if row is not None:
        return row.name
    parent = known.areas.get(code[:12])
    return f"{parent.name if parent else ''}第{ordinal(int(code[12:]))}网格"


def ordinal(number: int) -> str:
    """Return a number below a thousand in Chinese: 十二, 二十, 一百零三."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        words += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        words += "零"
    return words + (_DIGITS[ones] if ones else "") or "零"


def plan_out(plan: Any) -> dict[str, Any]:
    """Return a plan in the shape of the contract."""
    return {
        "id": str(plan.id),
        "name": plan.name,
        "area": plan.area_code,
        "state": "rolled_back" if plan.state == "effective" and plan.rolled_back else plan.state,
        "revision": plan.revision,
        "base": plan.base,
        "cross_parent": plan.crosses_parent,
        "author": plan.author,
        "author_name": plan.author_name,
        "created_at": local_time(plan.created_at),
        "changed_at": local_time(plan.changed_at),
        "submitted_at": local_time(plan.submitted_at),
        "decider": plan.decider,
        "decider_name": plan.decider_name,
        "decided_at": local_time(plan.decided_at),
        "effective_at": local_time(plan.effective_at),
        "document_no": plan.document_no,
        "document_date": plan.document_date.isoformat() if plan.document_date else None,
        "note": plan.note,
        "reason": plan.reason,
    }


def changeset_out(row: Any) -> dict[str, Any]:
    """Return a changeset in the shape of the contract."""
    return {
        "id": str(row.id),
        "name": row.name,
        "area": row.area_code,
        "plan": str(row.plan_id) if row.plan_id else None,
        "rolls_back": str(row.rolls_back) if row.rolls_back else None,
        "rolled_back_by": str(row.rolled_back_by) if row.rolled_back_by else None,
        "revision": row.revision_name,
        "author": row.author,
        "author_name": row.author_name or row.author,
        "decider": row.decider,
        "decider_name": row.decider_name or row.decider,
        "document_no": row.document_no,
        "document_date": row.document_date.isoformat() if row.document_date else None,
        "note": row.note,
        "effective_at": local_time(row.effective_at),
        "published_at": local_time(row.published_at),
        "handed_over": row.handed_over_at is not None,
        "withdrawn_at": local_time(row.withdrawn_at),
        "replaced_by": str(row.replaced_by) if row.replaced_by else None,
        "summary": row.summary,
    }


def drafted_features(
    known: Knowledge, area: str, base: Sheet, sheet: Sheet, codes: Collection[str] | None = None
) -> bytes:
    """Return the grids of an area as drafted, as GeoJSON text; ``codes`` asks for some of them.

    ``state`` tells what the plan does to a grid: created, changed, noded (its land stays, its
    border has nodes more) or unchanged.
    """
    wanted = sheet if codes is None else (code for code in codes if code in sheet)
    features = []
    for code in sorted(code for code in wanted if code.startswith(area)):
        shape = sheet[code]
        properties = {
            "code": code,
            "name": grid_name(known, code),
            "level": "grid",
            "kind": kind_of(known, base, code, shape),
            "parent": code[:12],
            "state": _state(base.shapes.get(code), shape),
        }
        features.append(
            b'{"type":"Feature","properties":'
            + orjson.dumps(properties)
            + b',"geometry":'
            + orjson.dumps(write_geometry(shape))
            + b"}"
        )
    return b'{"type":"FeatureCollection","features":[' + b",".join(features) + b"]}"


def _state(old: BaseGeometry | None, shape: BaseGeometry) -> str:
    if old is None:
        return "created"
    if old is shape or same_bytes(old, shape):
        return "unchanged"
    return "changed" if land_changes(old, shape) else "noded"
