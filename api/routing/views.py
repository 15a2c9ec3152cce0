"""Put categories, lanes and the access list into answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from api.input_types import SHANGHAI, local_time
from api.knowledge import Knowledge
from api.ownership import lane_json
from api.reference_tables import read_initials
from api.routing.access_list import KIND_LABELS, AccessItem, AccessList, ItemKind, list_at
from api.routing.lanes import lane_of
from api.routing.owner import Owned
from geo.codes import level_of

_HINT = re.compile(r"(\d+)/(\d+)", re.ASCII)
# A dedicated grid goes by the table as a town's does.
_KINDS = ("community", "rural", "dedicated")


@cache
def initials(folder: Path) -> Mapping[str, str]:
    """Return the initials of the categories; none for a county that writes none down."""
    file = folder / "category_initials.csv"
    return read_initials(file) if file.exists() else {}


def categories_out(known: Knowledge, folder: Path, at: datetime) -> dict[str, Any]:
    """Return the categories by code, each with its lanes at an instant."""
    access_list = list_at(known.access_lists, at)
    short = initials(folder)
    template = known.templates.current
    levels = [(one, template.level_of(one.response)) for one in known.categories.values()]
    return {
        "access_list": access_list.version if access_list else None,
        "items": [
            {
                "code": one.code,
                "group": one.group,
                "name": one.name,
                "initials": short.get(one.code, ""),
                "response": level,
                "response_label": template.response(level).label,
                "response_words": one.response,
                "confidential": one.confidential,
                "duplicate_hint": _hint(one.duplicate_hint),
                "lanes": lanes_out(known, one.code, at, access_list),
            }
            for one, level in levels
        ],
    }


def lanes_out(
    known: Knowledge, code: str, at: datetime, access_list: AccessList | None
) -> dict[str, Any]:
    """Return the lane of a category in each kind of grid."""
    found = {
        kind: lane_of(known.matters[code], kind=kind, at=at, access_list=access_list)
        for kind in _KINDS
    }
    return {kind: lane_json(lane) for kind, lane in found.items() if lane is not None}


def _hint(text: str) -> dict[str, int] | None:
    """Return within how many metres and days another report may be the same matter."""
    found = _HINT.fullmatch(text)
    return {"radius_m": int(found[1]), "days": int(found[2])} if found else None


def owned_json(owned: Owned, known: Knowledge) -> dict[str, Any]:
    """Return a lane with who owns it."""
    level = level_of(owned.area).value
    return {
        **lane_json(owned.lane),
        "owner": {"level": level, "code": owned.area, "name": known.areas[owned.area].name},
        "org": {"id": str(owned.org.id), "name": owned.org.name} if owned.org else None,
    }


def list_out(known: Knowledge, at: datetime) -> dict[str, Any]:
    """Return the list in force at an instant, each item with how it stands then."""
    present = list_at(known.access_lists, at)
    return {
        "version": present.version if present else None,
        "since": local_time(present.since) if present else None,
        "at": local_time(at),
        "kinds": [{"key": kind.value, "label": label} for kind, label in KIND_LABELS.items()],
        "items": [item_out(item, known, at) for item in present.items] if present else [],
        "versions": [
            {"version": one.version, "since": local_time(one.since), "items": len(one.items)}
            for one in reversed(known.access_lists)
        ],
    }


def item_out(item: AccessItem, known: Knowledge, at: datetime) -> dict[str, Any]:
    """Return an item with its matters, and why it lets nobody do anything when it does not."""
    refusal = item.refusal(at)
    first = item.start.astimezone(SHANGHAI).date() if item.start else None
    return {
        "no": item.no,
        "item": item.item,
        "kind": item.kind.value,
        "kind_label": KIND_LABELS[item.kind],
        "applied_for_by": item.applied_for_by,
        "frequency": item.frequency,
        "categories": [
            {"code": code, "name": known.categories[code].name}
            for code in item.categories
            if code in known.categories
        ],
        "seasons": [season.written() for season in item.seasons],
        "seasons_label": "、".join(season.spoken() for season in item.seasons),
        "from": _iso(first),
        "to": _iso(item.last_day),
        "in_force": refusal is None,
        "state": "in_force" if refusal is None else refusal.reason,
        "detail": None if refusal is None else f"{refusal.words}。",
        "ends": item.kind is not ItemKind.FORBIDDEN
        and (refusal is None or refusal.reason != "ended"),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
