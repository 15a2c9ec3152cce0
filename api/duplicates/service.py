"""Suggest reports that perhaps tell of the same matter; a person decides whether they do.

Within the category's own radius and days, whatever grid border lies between, and only what the
caller may see: the statement runs under the caller's row security. Confidential reports are never
suggested, nor anything for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from api.db import duplicate_store
from api.db.engine import Connection
from api.duplicates.likeness import Story, likeness, story
from api.duplicates.nearness import (
    FINE_PLACE_M,
    Hint,
    Point,
    box_around,
    metres_between,
    parse_hint,
    rank,
)
from api.input_types import SHANGHAI
from api.knowledge import Knowledge
from api.problems import Problem, invalid
from geo.address.types import AddressMatch, Place
from geo.codes import is_within, lowest_common_area
from geo.datums import to_cgcs2000
from geo.position import Position

MOST = 5
_COMMUNITY_DIGITS = 12
_TOWNSHIP_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Hold what is compared: a report, or one that is just being written down."""

    category: str
    text: str
    position: Point | None
    address: str | None
    area: str
    at: datetime
    exclude: UUID | None = None


def matter_of(
    known: Knowledge,
    *,
    category: str,
    position: Position | None,
    text: str,
    at: datetime,
    address: str | None = None,
    exclude: UUID | None = None,
) -> Matter:
    """Return what is compared of a matter that is being written down; any datum."""
    point = to_cgcs2000(position) if position else None
    return Matter(
        category=category,
        text=text,
        position=(point.lon, point.lat) if point else None,
        address=address,
        area=known.county.code,
        at=at,
        exclude=exclude,
    )


def similar(
    connection: Connection,
    known: Knowledge,
    *,
    category: str | None,
    position: Position | None,
    text: str,
    at: datetime,
    address: str | None = None,
    exclude: UUID | None = None,
    limit: int = MOST,
) -> list[dict[str, Any]]:
    """Return reports that may be the same matter, likeliest first; none before a category is known.

    ``position`` may be in any datum; the days of the category are counted to both sides of ``at``.
    Raises Problem 422 for an unknown category.
    """
    if category is None:
        return []
    matter = matter_of(
        known,
        category=category,
        position=position,
        text=text,
        at=at,
        address=address,
        exclude=exclude,
    )
    items: list[dict[str, Any]] = answer(connection, known, matter, limit=limit)["items"]
    return items


def of_report(
    connection: Connection, known: Knowledge, report_id: UUID, *, limit: int
) -> dict[str, Any]:
    """Return what may be the same as a stored report; raise Problem 404 when it is not seen."""
    row = duplicate_store.read_subject(connection, report_id)
    if row is None:
        raise Problem("not-found", "没有这个诉求，或您没有查看权限。")
    if row.confidential or row.category is None:
        return _shown(None, [])
    matter = Matter(
        category=row.category,
        text=row.text,
        position=None if row.lon is None else (row.lon, row.lat),
        address=row.address,
        area=row.area_code,
        at=row.created_at,
        exclude=row.id,
    )
    return answer(connection, known, matter, limit=limit)


def answer(
    connection: Connection, known: Knowledge, matter: Matter, *, limit: int
) -> dict[str, Any]:
    """Return radius and days of the category with what was found, likeliest first."""
    category = known.categories.get(matter.category)
    if category is None:
        raise invalid("没有这个事项类别。", field="category", reason="unknown_category")
    hint = parse_hint(duplicate_store.read_hint(connection, matter.category))
    if hint is None or category.confidential:
        return _shown(None, [])
    match = known.matcher.match(matter.address) if matter.address else None
    place = _one_place(match)
    point = matter.position
    if point is None and place is not None and _is_fine(place.radius_m, hint):
        point = (place.lon, place.lat)
    area = _certain_area(matter.area, match)
    reach = timedelta(days=hint.days)
    rows = duplicate_store.find_near(
        connection,
        duplicate_store.Search(
            category=matter.category,
            since=matter.at - reach,
            until=matter.at + reach,
            box=box_around(point, hint.radius_m) if point else None,
            # A border between two communities keeps nothing apart; one between townships may.
            within=area[:_TOWNSHIP_DIGITS] if point is None else known.county.code,
            places=(place.id,) if place else (),
            address=matter.address,
            exclude=matter.exclude,
        ),
    )
    asked = _Asked(known, hint, matter.at, point, place, area, _story(known, matter.text))
    found = [one for row in rows if (one := asked.weigh(row)) is not None]
    found.sort(key=lambda one: (-one[0], one[1]["number"]))
    return _shown(hint, [item for _, item in found[:limit]])


@dataclass(frozen=True, slots=True)
class _Asked:
    """Hold what every found report is weighed against."""

    known: Knowledge
    hint: Hint
    at: datetime
    point: Point | None
    place: Place | None
    area: str
    story: Story

    def weigh(self, row: Any) -> tuple[float, dict[str, Any]] | None:
        """Return rank and item of a found report, None when it is too far away after all."""
        theirs = None if row.lon is None else (row.lon, row.lat)
        if theirs is None and row.place_id and _is_fine(row.place_radius_m, self.hint):
            theirs = (row.place_lon, row.place_lat)
        apart_m = metres_between(self.point, theirs)
        if self._is_same_place(row):
            # A point of the middle of a place is no measurement between two spots in it.
            apart_m = None
        elif apart_m is None or apart_m > self.hint.radius_m:
            return None
        alike = likeness(self.story, _story(self.known, row.text))
        item = self._item(row, apart_m, alike)
        return rank(apart_m=apart_m, radius_m=self.hint.radius_m, likeness=alike), item

    def _is_same_place(self, row: Any) -> bool:
        """Say whether the words alone name the same place, both or one without a position."""
        if row.lon is not None:
            return False
        if self.place is not None and row.place_id == self.place.id:
            return row.same_words or _is_fine(self.place.radius_m, self.hint)
        community = self.area[:_COMMUNITY_DIGITS]
        return (
            bool(row.same_words)
            and len(community) == _COMMUNITY_DIGITS
            and is_within(row.area_code, community)
        )

    def _item(self, row: Any, apart_m: float | None, alike: float) -> dict[str, Any]:
        grid = self.known.areas.get(row.grid_code or "")
        return {
            "id": str(row.id),
            "number": row.number,
            "status": row.status,
            "text": row.text,
            "address": row.address,
            "grid": None if grid is None else {"code": grid.code, "name": grid.name},
            "area": {"code": row.area_code, "name": self.known.areas[row.area_code].name},
            "distance_m": None if apart_m is None else round(apart_m, 1),
            "likeness": round(alike, 2),
            "created_at": row.created_at.astimezone(SHANGHAI).isoformat(),
            "closed_at": row.closed_at and row.closed_at.astimezone(SHANGHAI).isoformat(),
            "reason": _reason(row.created_at - self.at, apart_m, alike),
        }


def _reason(later: timedelta, apart_m: float | None, alike: float) -> str:
    where = "地址相同" if apart_m is None else f"相距约{apart_m:.0f}米"
    hours = abs(later.total_seconds()) / 3600
    span = f"{hours / 24:.0f}天" if hours >= 24 else f"{hours:.0f}小时" if hours >= 1 else "1小时内"
    when = f"{span}{'后' if later > timedelta(0) else '前'}" if hours >= 1 else span
    return f"同类事项，{where}，{when}登记，文字相近{alike:.0%}"


def _story(known: Knowledge, text: str) -> Story:
    return story(known.matcher.without_places(text))


def _one_place(match: AddressMatch | None) -> Place | None:
    return match.places[0] if match is not None and len(match.places) == 1 else None


def _is_fine(radius_m: float, hint: Hint) -> bool:
    return radius_m <= max(FINE_PLACE_M, hint.radius_m)


def _certain_area(area: str, match: AddressMatch | None) -> str:
    """Return the lowest area in which the matter certainly lies, as far as the words tell."""
    if match is None or not match.places:
        return area
    told = lowest_common_area(place.area_code for place in match.places) or area
    return told if is_within(told, area) else area


def _shown(hint: Hint | None, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "radius_m": hint.radius_m if hint else None,
        "days": hint.days if hint else None,
        "items": items,
    }
