"""Read and change single places and aliases, and what the audit says of them.

The gazetteer in bulk, as the matcher takes it, is in ``place_store``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

_GAZETTEER_LOCK = 4_490_016
_IN_FORCE = (
    "(p.valid_from IS NULL OR p.valid_from <= now()) AND (p.valid_to IS NULL OR p.valid_to > now())"
)
_PLACE = (
    "SELECT p.id, p.name, p.kind, p.lon, p.lat, p.radius_m, p.area_code, p.parent_id, p.grids, "
    "p.households, p.valid_from, p.valid_to, p.edition, above.name AS parent_name, "
    f"{_IN_FORCE} AS in_force FROM places p LEFT JOIN places above ON above.id = p.parent_id "
)
_ALIAS = (
    "SELECT a.id, a.number, a.place_id, a.name, a.kind, a.scope, a.area_code, a.status, a.since, "
    "a.until, a.lon, a.lat, a.evidence, a.entered_at, a.entered_by, a.entered_by_id, "
    "a.decided_at, a.decided_by, a.reason FROM place_aliases a "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFilter:
    """Say which places are wanted: a part of a name or alias, kind, area, parent, state, after.

    ``state`` is ``in_force``, ``ended`` (or not begun) or ``all``; ``after`` the (name, id) at
    which the page before ended.
    """

    words: str | None = None
    kind: str | None = None
    area: str | None = None
    parent: str | None = None
    state: str = "in_force"
    after: tuple[str, str] | None = None
    limit: int = 100


def hold_gazetteer(connection: Connection) -> None:
    """Let nobody else change the gazetteer before this transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _GAZETTEER_LOCK})


def list_places(connection: Connection, wanted: PlaceFilter) -> list[Any]:
    """Return places by name; wildcards of LIKE in the words count as plain characters."""
    words = wanted.words or ""
    pattern = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    after = wanted.after or ("", "")
    return list(
        connection.execute(
            text(
                f"{_PLACE} WHERE (:words = '' OR p.name LIKE :pattern OR p.id = :words "
                "OR above.name || p.name LIKE :pattern "
                "OR EXISTS (SELECT 1 FROM place_aliases a WHERE a.place_id = p.id "
                "AND a.status = 'approved' AND a.name LIKE :pattern)) "
                "AND (CAST(:kind AS text) IS NULL OR p.kind = :kind) "
                "AND (CAST(:area AS text) IS NULL OR p.area_code ^@ :area) "
                "AND (CAST(:parent AS text) IS NULL OR p.parent_id = :parent) "
                f"AND (:state = 'all' OR (:state = 'in_force') = ({_IN_FORCE})) "
                'AND (p.name COLLATE "C", p.id COLLATE "C") > (:name, :id) '
                'ORDER BY p.name COLLATE "C", p.id COLLATE "C" LIMIT :limit'
            ),
            {
                "words": words,
                "pattern": f"%{pattern}%",
                "kind": wanted.kind,
                "area": wanted.area,
                "parent": wanted.parent,
                "state": wanted.state,
                "name": after[0],
                "id": after[1],
                "limit": wanted.limit,
            },
        )
    )


def read_place(connection: Connection, place_id: str) -> Any:
    """Return one place, in force or not; None when there is none of this id."""
    return connection.execute(text(f"{_PLACE} WHERE p.id = :id"), {"id": place_id}).one_or_none()


def read_several(connection: Connection, place_ids: Sequence[str]) -> list[Any]:
    """Return places by their ids, those that are there."""
    return list(connection.execute(text(f"{_PLACE} WHERE p.id = ANY(:ids)"), {"ids": [*place_ids]}))


def read_near(connection: Connection, box: Sequence[float]) -> list[Any]:
    """Return what is small enough to be meant by a pin in a box (west, south, east, north)."""
    west, south, east, north = box
    return list(
        connection.execute(
            text(
                f"{_PLACE} WHERE {_IN_FORCE} AND p.kind IN ('poi','compound','building') "
                "AND p.lon BETWEEN :west AND :east AND p.lat BETWEEN :south AND :north"
            ),
            {"west": west, "south": south, "east": east, "north": north},
        )
    )


def read_unit(connection: Connection, code: str) -> list[Any]:
    """Return the place that a township or community is."""
    return list(
        connection.execute(
            text(
                f"{_PLACE} WHERE {_IN_FORCE} AND p.area_code = :code "
                "AND p.kind IN ('township','community')"
            ),
            {"code": code},
        )
    )


def read_aliases(connection: Connection, place_ids: Sequence[str]) -> list[Any]:
    """Return the aliases of places in the order of entry, as far as the caller may see them."""
    return list(
        connection.execute(
            text(f"{_ALIAS} WHERE a.place_id = ANY(:ids) ORDER BY a.number"),
            {"ids": list(place_ids)},
        )
    )


def read_alias(connection: Connection, alias_id: UUID) -> Any:
    """Return one alias or proposal that the caller may see, None otherwise."""
    return connection.execute(text(f"{_ALIAS} WHERE a.id = :id"), {"id": alias_id}).one_or_none()


def list_proposals(
    connection: Connection, *, status: str, after: int | None, limit: int
) -> list[Any]:
    """Return what was proposed in the caller's area, the oldest first while it is undecided.

    Everybody reads an approved name; who reported what is for its area alone.
    """
    open_ = status == "proposed"
    return list(
        connection.execute(
            text(
                f"{_ALIAS} WHERE a.status = :status AND (a.evidence <> '[]' OR :open) "
                "AND wangge_sees_area(a.area_code) "
                f"AND (CAST(:after AS bigint) IS NULL OR a.number {'>' if open_ else '<'} :after) "
                f"ORDER BY a.number {'' if open_ else 'DESC'} LIMIT :limit"
            ),
            {"status": status, "open": open_, "after": after, "limit": limit},
        )
    )


def count_proposals(connection: Connection) -> int:
    """Return how many proposals wait in what the caller sees."""
    return int(
        connection.execute(
            text("SELECT count(*) FROM place_aliases WHERE status = 'proposed'")
        ).scalar_one()
    )


def insert_place(connection: Connection, row: dict[str, Any]) -> None:
    """Store a new place."""
    connection.execute(
        text(
            "INSERT INTO places (id, name, kind, lon, lat, radius_m, area_code, parent_id, grids, "
            "valid_from, valid_to) VALUES (:id, :name, :kind, :lon, :lat, :radius_m, :area_code, "
            ":parent_id, :grids, :valid_from, :valid_to)"
        ),
        row,
    )


def update_place(connection: Connection, row: dict[str, Any]) -> None:
    """Store what a place is from now on; its aliases are decided where it is."""
    connection.execute(
        text(
            "UPDATE places SET name = :name, kind = :kind, lon = :lon, lat = :lat, "
            "radius_m = :radius_m, area_code = :area_code, parent_id = :parent_id, "
            "grids = :grids, valid_from = :valid_from, valid_to = :valid_to WHERE id = :id"
        ),
        row,
    )
    connection.execute(
        text(
            "UPDATE place_aliases SET area_code = :area_code WHERE place_id = :id "
            "AND area_code <> :area_code"
        ),
        row,
    )


def raise_edition(connection: Connection, place_id: str) -> None:
    """Say that a place, or one of its aliases, is not what it was."""
    connection.execute(
        text("UPDATE places SET edition = edition + 1 WHERE id = :id"), {"id": place_id}
    )


def insert_alias(connection: Connection, row: dict[str, Any]) -> UUID:
    """Store an alias or a proposal and return its id; ``evidence`` is a list of objects."""
    found: UUID = connection.execute(
        text(
            "INSERT INTO place_aliases (place_id, name, kind, scope, area_code, status, since, "
            "until, lon, lat, evidence, entered_at, entered_by, entered_by_id) VALUES (:place_id, "
            ":name, :kind, :scope, :area_code, :status, :since, :until, :lon, :lat, "
            "CAST(:evidence AS jsonb), :at, :by, :by_id) RETURNING id"
        ),
        {
            "since": None,
            "until": None,
            "lon": None,
            "lat": None,
            **row,
            "evidence": orjson.dumps(row.get("evidence", [])).decode(),
        },
    ).scalar_one()
    return found


def set_status(
    connection: Connection,
    alias_id: UUID,
    status: str,
    *,
    at: datetime,
    by: str,
    reason: str = "",
) -> None:
    """Decide an alias: approve, reject, end, or lay it open again."""
    connection.execute(
        text(
            "UPDATE place_aliases SET status = :status, decided_at = :at, decided_by = :by, "
            "reason = :reason WHERE id = :id"
        ),
        {"id": alias_id, "status": status, "at": at, "by": by, "reason": reason},
    )


def give_place(connection: Connection, alias_id: UUID, values: dict[str, Any]) -> None:
    """Say which place a proposal is for, under which name, scope and kind."""
    connection.execute(
        text(
            "UPDATE place_aliases SET place_id = :place_id, name = :name, kind = :kind, "
            "scope = :scope, area_code = :area_code WHERE id = :id"
        ),
        {**values, "id": alias_id},
    )


def active_alias(connection: Connection, *, place_id: str, name: str, scope: str) -> Any:
    """Return the alias of this name and scope that is approved or proposed, None for none."""
    return connection.execute(
        text(
            f"{_ALIAS} WHERE a.place_id = :place AND a.name = :name AND a.scope = :scope "
            "AND a.status IN ('proposed','approved')"
        ),
        {"place": place_id, "name": name, "scope": scope},
    ).one_or_none()


def read_history(
    connection: Connection, place_id: str, *, before: int | None, limit: int
) -> list[Any]:
    """Return what the audit says of a place (id, at, actor, action, detail), newest first."""
    return list(
        connection.execute(
            text(
                "SELECT id, at, actor, action, detail FROM audit WHERE action ^@ 'place_' "
                "AND object = :id AND (CAST(:before AS bigint) IS NULL OR id < :before) "
                "ORDER BY id DESC LIMIT :limit"
            ),
            {"id": place_id, "before": before, "limit": limit},
        )
    )
