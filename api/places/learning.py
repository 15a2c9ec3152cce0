"""Learn names from operators: who moves a pin, or says whose grid it is, says where a name is.

What was said and not understood, or understood by its sound alone, becomes a proposal with its
evidence; an administrator decides. The evidence names the report: what a resident said is read
from the report itself, by those who may see it, and goes with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from api.accounts.audit_trail import Actor, note
from api.db import gazetteer_store, lesson_store
from api.db.engine import Connection
from api.input_types import local_time
from api.knowledge import Knowledge
from geo.address.forms import EVERYDAY_WORDS
from geo.address.matcher import MAX_CHARACTERS
from geo.address.no_names import is_no_name
from geo.address.normalise import SEPARATOR, normalise_name
from geo.address.types import AddressMatch, MatchType, Place, PlaceKind
from geo.crs import distance_m, metres_per_degree

# A pin this near to a known place is at that place.
NEAR_M: Final = 60.0
_UNSURE: Final = (MatchType.HOMOPHONE, MatchType.FUZZY)
_NAME: Final = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fff0-9A-Za-z]{1,11}")
_SPEECH: Final = re.compile(
    r"[我你您他她它咱俺谁哪这那啥没不了着吗呢]|知道|好像|大概|家里|楼下|来电|市民|反映|村民|附近"
)
_WHEREABOUTS: Final = re.compile(
    r"(?:的|门[口前外]|旁边|隔壁|对面|边上|跟前|一带|路口|[东西南北前后里外][边头面]|[东西南北后]侧)$"
)
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Settled:
    """Hold what a person settled of a report: its grid, and its point (lon, lat) if one was set."""

    what: str
    grid: str
    point: Point | None = None


def words_to_learn(match: AddressMatch, left: str) -> tuple[str, str] | None:
    """Return a name that was said and is not known, and as what (alias kind); None for none.

    ``left`` is the folded text without the names that are known; pure.
    """
    if match.outside or match.hearsay or match.matters:
        return None
    if match.match_type in _UNSURE and match.anchor:
        name = _clean(match.anchor)
        return (name, "spelling") if name else None
    runs = left.split(SEPARATOR)
    unread = match.unexplained
    # What was marked may be the end of the name alone: 厂 of 老砖窑厂.
    parts = [*(run for run in runs if unread in run), unread] if unread else []
    if not parts and all(place.kind is PlaceKind.TOWNSHIP for place in match.places):
        parts = sorted(runs, key=len, reverse=True)[:3]
    name = next(filter(None, map(_clean, parts)), None)
    return (name, "colloquial") if name else None


def _clean(words: str) -> str | None:
    """Return what may be a name in ``words``; None for speech, everyday words and numbers."""
    name, before = words.strip(), None
    while name != before:
        before, name = name, _WHEREABOUTS.sub("", name)
    if not _NAME.fullmatch(name) or _SPEECH.search(name):
        return None
    if name in EVERYDAY_WORDS or is_no_name(name):
        return None
    return name


def learn(
    connection: Connection,
    known: Knowledge,
    row: Any,
    settled: Settled,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Leave a proposal when a settled report (its row as it was) has a name to teach.

    The transaction sees the whole county. Nothing is learned from a confidential report.
    """
    said = row.address or ""
    if row.confidential or not said or len(said) > MAX_CHARACTERS:
        return
    match = known.matcher.match(said)
    found = words_to_learn(match, known.matcher.without_places(said))
    if found is None:
        return
    name, kind = found
    if kind == "colloquial" and known.matcher.match(name).match_type is MatchType.EXACT:
        return  # another place is called so
    target = _target(connection, match, kind, settled)
    if target is None and settled.point is None:
        return
    if target is not None and name in _names_of(connection, target):
        return
    _propose(connection, known, row, settled, (name, kind, target), by, at)


def _target(connection: Connection, match: AddressMatch, kind: str, settled: Settled) -> Any | None:
    """Return the place that was meant: the misspelt one, the one at the pin, else the village.

    None at a pin where nothing is known: it may be a new place.
    """
    if kind == "spelling":
        fits = _in_grid((*match.places, *match.possibly), settled.grid)
        rows = gazetteer_store.read_several(connection, [place.id for place in fits])
    elif settled.point is not None:
        rows = gazetteer_store.read_near(connection, _box(settled.point, NEAR_M))
    else:
        # Below a village that was understood its own name teaches nothing.
        coarse = all(place.kind is PlaceKind.TOWNSHIP for place in match.places)
        rows = [] if not coarse else gazetteer_store.read_unit(connection, settled.grid[:12])
    point = settled.point
    if point is None:
        return rows[0] if len(rows) == 1 else None
    rows = sorted(rows, key=lambda row: (_metres(row, point), row.id))
    return next((row for row in rows if kind == "spelling" or _metres(row, point) <= NEAR_M), None)


def _in_grid(places: Iterable[Place], grid: str) -> list[Place]:
    return [p for p in places if grid in p.grids or grid.startswith(p.area_code)]


def _metres(row: Any, point: Point) -> float:
    return distance_m(row.lon, row.lat, point[0], point[1])


def _box(point: Point, radius_m: float) -> list[float]:
    per_lon, per_lat = metres_per_degree(point[1])
    across, along = radius_m / per_lon, radius_m / per_lat
    return [point[0] - across, point[1] - along, point[0] + across, point[1] + along]


def _names_of(connection: Connection, place: Any) -> set[str]:
    aliases = gazetteer_store.read_aliases(connection, [place.id])
    return {place.name, normalise_name(place.name)} | {
        alias.name for alias in aliases if alias.status == "approved"
    }


def _propose(
    connection: Connection,
    known: Knowledge,
    row: Any,
    settled: Settled,
    lesson: tuple[str, str, Any | None],
    by: Actor,
    at: datetime,
) -> None:
    name, kind, target = lesson
    point = settled.point or (0.0, 0.0)
    # A misspelling is one everywhere; what people call a place they call so thereabouts.
    scope = known.county.code if kind == "spelling" else settled.grid[:9]
    area = target.area_code if target is not None else settled.grid
    values = {
        "name": name,
        "kind": kind,
        "place_id": target.id if target is not None else None,
        "scope": scope,
        "area_code": area,
        "lon": settled.point[0] if settled.point else None,
        "lat": settled.point[1] if settled.point else None,
        "status": "proposed",
        "at": at,
        "by": by.name,
        "by_id": by.account_id,
    }
    evidence = _evidence(row, settled, by, at)
    lesson_store.hold_lessons(connection)
    like = lesson_store.find_like(connection, values, box=_box(point, NEAR_M))
    if not like:
        alias_id = lesson_store.insert(connection, values | {"evidence": [evidence]})
        if alias_id is not None:
            detail = {"name": name, "place": values["place_id"], "report": str(row.id)}
            note(connection, by, "alias_proposed", str(alias_id),
                 area_code=area, detail=detail)  # fmt: skip
    # What was decided once is not asked again.
    elif like[0].status == "proposed" and str(row.id) not in like[0].reports:
        lesson_store.add_evidence(connection, like[0].id, evidence)


def _evidence(row: Any, settled: Settled, by: Actor, at: datetime) -> dict[str, Any]:
    before = [row.lon, row.lat] if row.lon is not None else None
    return {
        "report": str(row.id),
        "number": row.number,
        "what": settled.what,
        "by": by.name,
        "at": local_time(at),
        "grid": settled.grid,
        "before": before,
        "after": list(settled.point) if settled.point else None,
    }
