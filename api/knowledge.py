"""Keep in memory what every answer needs: boundaries over time, roster, gazetteer, categories.

One immutable ``Knowledge`` at a time; a publication makes the next one beside it, and every
request that has begun keeps the one with which it began.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from api.db.area_store import (
    AreaRow,
    Box,
    RevisionRow,
    read_area_boxes,
    read_areas,
    read_boundary_revisions,
    read_grid_shapes,
    read_revisions,
)
from api.db.engine import SERVICE, Connection, Database
from api.db.place_store import read_categories, read_places
from api.db.roster_store import read_people, read_posts, read_terms
from api.duty.roster import Person, Post, Roster, Term
from api.problems import Problem
from geo.address.grid_names import grid_places
from geo.address.matcher import AddressMatcher, ExactMatcher
from geo.address.surroundings import surroundings_of
from geo.locate.county_map import CountyMap

# Maps of past dates are rare questions; a few stay in memory.
PAST_MAPS = 4
# A busy machine may take its time to load a county; a request may not.
LOADING_S = 60


@dataclass(frozen=True, slots=True)
class Category:
    """Hold what a report needs to know of its category."""

    code: str
    group: str
    name: str
    response: str
    response_days: int
    confidential: bool
    grid_action: str

    @property
    def withheld_from_grid(self) -> bool:
        """Say whether the grid's own people must never get it (complaints about them)."""
        return self.grid_action == "不得派"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Hold everything that answers come from, with the revision numbers it was read at."""

    revisions: Mapping[str, int]
    county: AreaRow
    areas: Mapping[str, AreaRow]
    boundary_revisions: tuple[RevisionRow, ...]
    roster: Roster
    matcher: AddressMatcher
    categories: Mapping[str, Category]


def revision_at(knowledge: Knowledge, at: datetime) -> RevisionRow:
    """Return the boundary revision in force at ``at``; raise Problem 422 before the first."""
    starts = [revision.effective_at for revision in knowledge.boundary_revisions]
    place = bisect_right(starts, at)
    if place == 0:
        raise Problem(
            "before-first-revision",
            f"首版网格自{starts[0]:%Y-%m-%d %H:%M}起生效，无法回答更早的时间。",
            {"reason": "before_first_revision", "first": starts[0].isoformat()},
        )
    return knowledge.boundary_revisions[place - 1]


def is_newer(known: Mapping[str, int], stored: Mapping[str, int]) -> bool:
    """Say whether the database holds a revision that ``known`` lacks."""
    return any(known.get(kind, -1) < number for kind, number in stored.items())


class Keeper:
    """Load the knowledge, hand it out, and replace it when the database says it is out of date."""

    def __init__(self, database: Database) -> None:
        """Start empty; the first question loads."""
        self._database = database
        self._lock = threading.Lock()
        self._maps_lock = threading.Lock()
        self._knowledge: Knowledge | None = None
        self._maps: OrderedDict[tuple[int, str], CountyMap] = OrderedDict()
        self._boxes: OrderedDict[tuple[int, str], Mapping[str, Box]] = OrderedDict()

    def known(self) -> Knowledge | None:
        """Return the knowledge in force without waiting, None before the first question."""
        return self._knowledge

    def current(self) -> Knowledge:
        """Return the knowledge in force; raise Problem 503 when no county is loaded."""
        knowledge = self._knowledge
        return knowledge if knowledge is not None else self.refresh()

    def refresh(self, stored: Mapping[str, int] | None = None) -> Knowledge:
        """Read what has changed since the last time; ``stored`` are numbers seen just now."""
        with self._lock:
            old = self._knowledge
            if old is not None and stored is not None and not is_newer(old.revisions, stored):
                return old
            with self._database.transaction(SERVICE) as connection:
                self._database.be_patient(connection, seconds=LOADING_S)
                numbers = read_revisions(connection)
                if old is not None and not is_newer(old.revisions, numbers):
                    return old
                fresh = _load(connection, numbers, old)
            # Built before anyone is told, so that no request waits for a map or for boxes.
            at = datetime.now(UTC)
            if fresh.boundary_revisions[0].effective_at <= at:
                self.map_at(fresh, at)
                self.boxes_at(fresh, at)
            self._knowledge = fresh
            return fresh

    def map_at(self, knowledge: Knowledge, at: datetime) -> CountyMap:
        """Return the grids in force at ``at``; raise Problem 422 before the first revision."""
        revision = revision_at(knowledge, at)
        key = (knowledge.revisions["boundaries"], revision.name)
        with self._maps_lock:
            known = self._maps.get(key)
            if known is not None:
                self._maps.move_to_end(key)
                return known
        built = self._build_map(knowledge, revision)
        with self._maps_lock:
            self._maps[key] = built
            while len(self._maps) > PAST_MAPS:
                self._maps.popitem(last=False)
        return built

    def boxes_at(self, knowledge: Knowledge, at: datetime) -> Mapping[str, Box]:
        """Return box, inner point and area in m² of every unit at ``at``, by code."""
        revision = revision_at(knowledge, at)
        key = (knowledge.revisions["boundaries"], revision.name)
        with self._maps_lock:
            kept = self._boxes.get(key)
            if kept is not None:
                self._boxes.move_to_end(key)
                return kept
        with self._database.transaction(SERVICE) as connection:
            self._database.be_patient(connection, seconds=LOADING_S)
            boxes = read_area_boxes(connection, revision.effective_at)
        with self._maps_lock:
            self._boxes[key] = boxes
            while len(self._boxes) > PAST_MAPS:
                self._boxes.popitem(last=False)
        return boxes

    def _build_map(self, knowledge: Knowledge, revision: RevisionRow) -> CountyMap:
        with self._database.transaction(SERVICE) as connection:
            self._database.be_patient(connection, seconds=LOADING_S)
            # At its first instant, not at the one asked for: a later revision that this knowledge
            # does not hold yet may own that.
            codes, shapes = read_grid_shapes(connection, revision.effective_at)
        return CountyMap(
            revision=revision.name,
            codes=codes,
            geometries=shapes,
            names={code: row.name for code, row in knowledge.areas.items()},
            kinds={code: row.kind for code, row in knowledge.areas.items()},
        )


def _load(connection: Connection, numbers: Mapping[str, int], old: Knowledge | None) -> Knowledge:
    def unchanged(kind: str) -> bool:
        return old is not None and old.revisions.get(kind) == numbers.get(kind)

    if old is not None and unchanged("boundaries"):
        areas, boundary_revisions = old.areas, old.boundary_revisions
    else:
        areas = {row.code: row for row in read_areas(connection)}
        boundary_revisions = tuple(read_boundary_revisions(connection))
    counties = [row for row in areas.values() if row.level == "county"]
    if not counties or not boundary_revisions:
        raise Problem("unavailable", "尚未导入网格数据，请先运行 wangge init --demo 或导入边界。")
    if old is not None and unchanged("roster"):
        roster = old.roster
    else:
        roster = _load_roster(connection, numbers.get("roster", 0))
    if old is not None and unchanged("places") and unchanged("boundaries"):
        matcher = old.matcher
    else:
        around = surroundings_of(counties[0].code)
        own = (counties[0].name, counties[0].official_name, *around.county_names)
        places = read_places(connection)
        grids = grid_places({code: row.name for code, row in areas.items()}, places)
        matcher = ExactMatcher(
            (*places, *grids),
            county_code=counties[0].code,
            county_names=tuple(dict.fromkeys(own)),
            above_names=around.above_names,
            foreign_names=around.foreign_names,
        )
    return Knowledge(
        revisions=dict(numbers),
        county=counties[0],
        areas=areas,
        boundary_revisions=boundary_revisions,
        roster=roster,
        matcher=matcher,
        categories={row[0]: Category(*row) for row in read_categories(connection)},
    )


def _load_roster(connection: Connection, number: int) -> Roster:
    return Roster(
        revision=number,
        posts=[Post(*row) for row in read_posts(connection)],
        people=[Person(*row) for row in read_people(connection)],
        terms=[Term(*row[:6]) for row in read_terms(connection)],
    )
