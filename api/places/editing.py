"""Change the gazetteer place by place: every change is written down, and can be taken back.

A place is never deleted, it ends; an end can be taken back. What changed is one row of the audit
with before and after, from which ``undoing`` brings back what was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api.accounts.audit_trail import Actor, note
from api.accounts.roles import Caller, scope_of
from api.db import gazetteer_store, place_store
from api.db.engine import Connection
from api.deps import Service
from api.input_types import local_time
from api.knowledge import Knowledge
from api.places.checking import MOST_ALIASES, PlaceChecker
from api.places.siblings import Siblings
from api.places.states import State, differences, states_of
from api.problems import Problem
from api.sheet_files import SheetRow
from geo.address.types import Place, PlaceKind
from geo.codes import is_within
from geo.errors import GeoError


@dataclass(frozen=True, slots=True)
class Editor:
    """Hold who changes the gazetteer, when, in which transaction."""

    parts: Service
    connection: Connection
    known: Knowledge
    caller: Caller
    actor: Actor
    now: datetime

    @property
    def county(self) -> str:
        """Return the code of the county: the scope of what is said everywhere."""
        return self.known.county.code

    def require_own(self, area_code: str) -> None:
        """Raise Problem 403 for an area that is not the caller's to keep."""
        if not is_within(area_code, self.caller.area_code):
            raise Problem("forbidden", "只能维护本辖区的地名。")


@dataclass(frozen=True, slots=True)
class Desk:
    """Hold what a request brings to a change of the gazetteer."""

    parts: Service
    caller: Caller
    now: datetime
    ip: str | None = None

    @contextmanager
    def editing(self) -> Iterator[Editor]:
        """Open a transaction in which alone the gazetteer changes; afterwards this process knows.

        The other processes hear of it by the revision that ``write_change`` raises.
        """
        known = self.parts.keeper.refresh()
        with self.parts.database.transaction(scope_of(self.caller)) as connection:
            gazetteer_store.hold_gazetteer(connection)
            actor = Actor.of(self.caller, self.ip)
            yield Editor(self.parts, connection, known, self.caller, actor, self.now)
        self.parts.keeper.refresh()


def find(connection: Connection, place_id: str) -> Any:
    """Return a place, in force or not; raise Problem 404 for none."""
    row = gazetteer_store.read_place(connection, place_id)
    if row is None:
        raise Problem("not-found", "地名库中没有这个地点。")
    return row


def find_own(editor: Editor, place_id: str, edition: int | None) -> Any:
    """Return a place that the caller may change; check the edition that was seen.

    Raises Problem 404, 403, 428 without an edition, 412 for one that it never had, 409 when
    somebody else changed it since.
    """
    row = find(editor.connection, place_id)
    editor.require_own(row.area_code)
    if edition is None:
        raise Problem("revision-required", "请在 If-Match 头中给出所见的地名版本。")
    if edition > row.edition:
        raise Problem("unknown-revision", "此地点没有这个版本，请刷新。", {"edition": row.edition})
    if edition != row.edition:
        last = next(
            iter(gazetteer_store.read_history(editor.connection, place_id, before=None, limit=1)),
            None,
        )
        raise Problem(
            "place-changed",
            "此地点已被修改，请刷新后再改。",
            {
                "edition": row.edition,
                "changed_by": last.actor if last else None,
                "changed_at": local_time(last.at) if last else None,
            },
        )
    return row


def state_of(editor: Editor, place_id: str) -> State | None:
    """Return what there is of a place, its aliases by id; None for no such place."""
    return states_of(editor.connection, [place_id]).get(place_id)


def write_change(
    editor: Editor, action: str, place_id: str, before: State | None, **facts: Any
) -> bool:
    """Write down what a change made of a place, and tell every process; False for no change."""
    after = state_of(editor, place_id)
    assert after is not None
    old, new = differences(before, after)
    if not new:
        return False
    note(
        editor.connection,
        editor.actor,
        action,
        place_id,
        area_code=after["area_code"],
        detail={"name": after["name"], "before": old, "after": new, **facts},
    )
    if before is not None:
        gazetteer_store.raise_edition(editor.connection, place_id)
    # Last, because reports wait from here to the commit.
    place_store.hold_publications(editor.connection)
    place_store.raise_places_revision(editor.connection)
    return True


def checked(editor: Editor, cells: dict[str, str]) -> Place:
    """Return the place that ``cells``, those of a table, say; raise GeoError as an import would.

    It lies where it says in the boundaries in force, below a parent that is there, and nothing
    else is called so there.
    """
    county = editor.parts.keeper.map_at(editor.known, editor.now)
    checker = PlaceChecker(county, place_store.read_places(editor.connection))
    found = checker.check([SheetRow(0, cells)])
    if found.errors:
        raise GeoError("bad_place", found.errors[0].reason, field="place")
    return found.places[0]


def require_free(editor: Editor, row: Any) -> None:
    """Raise GeoError when a place that comes back meets another of its name, or has no parent."""
    others = place_store.read_places(editor.connection)
    Siblings(place for place in others if place.id != row.id).put(
        Place(
            id=row.id,
            name=row.name,
            kind=PlaceKind(row.kind),
            lon=row.lon,
            lat=row.lat,
            radius_m=row.radius_m,
            area_code=row.area_code,
            parent_id=row.parent_id,
        )
    )


def add_alias(editor: Editor, row: Any, values: dict[str, Any]) -> UUID:
    """Give a place another name at once; raise Problem 409 when it has it, 422 for too many."""
    scope = values.get("scope") or editor.county
    active = gazetteer_store.active_alias(
        editor.connection, place_id=row.id, name=values["name"], scope=scope
    )
    if active is not None:
        raise Problem("place-state", "这个地点已有同名的别名，或已有人建议。")
    aliases = gazetteer_store.read_aliases(editor.connection, [row.id])
    if sum(alias.status == "approved" for alias in aliases) >= MOST_ALIASES:
        raise GeoError("too_many_aliases", f"别名最多{MOST_ALIASES}个。", field="name")
    return gazetteer_store.insert_alias(
        editor.connection,
        {
            "place_id": row.id,
            "name": values["name"],
            "kind": values["kind"],
            "scope": scope,
            "area_code": row.area_code,
            "status": values.get("status", "approved"),
            "since": values.get("since"),
            "until": values.get("until"),
            "at": editor.now,
            "by": editor.actor.name,
            "by_id": editor.actor.account_id,
        },
    )
