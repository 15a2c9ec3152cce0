"""Say what there is of places, and what a change made of them: what the audit keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.db import gazetteer_store
from api.db.engine import Connection
from api.input_types import local_time

State = dict[str, Any]
PLACE_FIELDS = (
    "name", "kind", "lon", "lat", "radius_m", "area_code", "parent_id", "grids", "valid_from",
    "valid_to",
)  # fmt: skip


def states_of(connection: Connection, place_ids: Sequence[str]) -> dict[str, State]:
    """Return what there is of each place, its aliases by id; nothing for one that is not there."""
    states: dict[str, State] = {}
    for row in gazetteer_store.read_several(connection, place_ids):
        fields = {name: getattr(row, name) for name in PLACE_FIELDS}
        times = {name: local_time(fields[name]) for name in ("valid_from", "valid_to")}
        states[row.id] = {**fields, **times, "aliases": {}}
    for alias in gazetteer_store.read_aliases(connection, place_ids):
        held = {name: getattr(alias, name) for name in ("name", "kind", "scope", "status")}
        states[alias.place_id]["aliases"][str(alias.id)] = held
    return states


def differences(before: State | None, after: State) -> tuple[State | None, State]:
    """Return what changed, as it was and as it is; of a new place all of it, and None."""
    if before is None:
        return None, after
    old: State = {}
    new: State = {}
    for key, value in after.items():
        if key == "aliases":
            known = before["aliases"]
            changed = [one for one, held in value.items() if known.get(one) != held]
            if changed:
                old[key] = {one: known.get(one) for one in changed}
                new[key] = {one: value[one] for one in changed}
        elif before[key] != value:
            old[key], new[key] = before[key], value
    return old, new
