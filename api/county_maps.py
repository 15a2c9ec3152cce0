"""Keep the maps of boundary revisions in memory, each made from the one before it.

A revision that is in force is history and never changes: its map is that of its predecessor with
the shapes that begin and end at its instant. So a publication costs what it changed, in every
process, and not a county. What is still to come may be withdrawn, and is read whole.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import Generic, TypeVar

import shapely
from shapely.geometry.base import BaseGeometry

from api.db.area_store import (
    AreaRow,
    Box,
    RevisionRow,
    read_area_boxes,
    read_ended_areas,
    read_grid_changes,
    read_grid_fingerprint,
    read_grid_shapes,
)
from api.db.engine import SERVICE, Connection, Database
from api.db.told_store import shapes_sha256
from api.index_files import IndexFiles
from geo.locate.county_map import CountyMap
from geo.locate.index import GridIndex

_LOG = logging.getLogger(__name__)
# Maps of past dates are rare questions; a few stay in memory.
PAST_MAPS = 4
# A busy machine may take its time to load a county; a request may not.
LOADING_S = 60
# Beyond so many publications in between, reading the whole is quicker.
MOST_STEPS = 8

# Number of the knowledge of boundaries, and name of the revision.
Key = tuple[int, str]
Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Hold a few values by key, those used last; safe for many threads."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """Return what is kept under ``key``, None for nothing."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Key, value: Value) -> Value:
        """Keep ``value`` and return it."""
        with self._lock:
            self._values[key] = value
            while len(self._values) > PAST_MAPS:
                self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._values.clear()

    def any(self, holds: Callable[[Value], bool]) -> bool:
        """Say whether something that is kept ``holds``."""
        with self._lock:
            return any(map(holds, self._values.values()))

    def nearest(self, revisions: Sequence[RevisionRow]) -> tuple[Value | None, list[datetime]]:
        """Return what is kept of the last of ``revisions`` that has something, and what followed.

        That is the instants of the revisions after it. None where it is not worth the while: none
        is kept, too many followed, or one of them is not history yet.
        """
        with self._lock:
            by_name = {name: value for (_, name), value in self._values.items()}
        after = list(takewhile(lambda row: row.name not in by_name, reversed(revisions)))
        if len(after) == len(revisions) or len(after) > MOST_STEPS:
            return None, []
        instants = [row.effective_at for row in reversed(after)]
        if instants and instants[-1] > datetime.now(UTC):
            return None, []
        return by_name[revisions[-1 - len(after)].name], instants


@dataclass(frozen=True, slots=True)
class Prepared:
    """Hold the index of what is about to be published: of ``base`` with ``shapes`` (WKB) in it."""

    base: GridIndex
    shapes: Mapping[str, bytes | None]
    shapes_sha256: str
    index: GridIndex


class CountyMaps:
    """Hold the maps of revisions, and the boxes of their units."""

    def __init__(self, database: Database, files: IndexFiles) -> None:
        """Start empty; ``files`` hold what other processes and earlier days have built."""
        self._database = database
        self._files = files
        self._maps: Kept[CountyMap] = Kept()
        self._boxes: Kept[Mapping[str, Box]] = Kept()
        self._prepared: Prepared | None = None

    def clear(self) -> None:
        """Keep nothing: the next question reads from the database."""
        self._maps.clear()
        self._boxes.clear()
        self._prepared = None

    @contextmanager
    def _patient_transaction(self, within: Connection | None = None) -> Iterator[Connection]:
        if within is not None:
            yield within
            return
        with self._database.transaction(SERVICE) as connection:
            self._database.be_patient(connection, seconds=LOADING_S)
            yield connection

    def kept_map(self, number: int, revision: RevisionRow) -> CountyMap | None:
        """Return the grids of a revision when they are in memory: nobody waits for them."""
        kept = self._maps.get((number, revision.name))
        if kept is not None and _is_rewritten(kept):
            self._forget_rewritten()
            return None
        return kept

    def _nearest(self, revisions: Sequence[RevisionRow]) -> tuple[CountyMap | None, list[datetime]]:
        if self._maps.any(_is_rewritten):
            self._forget_rewritten()
        return self._maps.nearest(revisions)

    def _forget_rewritten(self) -> None:
        """Keep no map any more: maps of one file share it, and it is read anew and checked."""
        _LOG.error("an index file has been written to while it was in use: it is not used any more")
        self.clear()

    def map_of(
        self,
        number: int,
        revisions: Sequence[RevisionRow],
        areas: Mapping[str, AreaRow],
        *,
        within: Connection | None = None,
    ) -> CountyMap:
        """Return the grids of the last of ``revisions``, named as in ``areas``.

        ``number`` is that of the knowledge to which both belong; ``within`` a transaction that is
        open already: each round trip is one more wait for the interpreter in a busy process.
        """
        revision = revisions[-1]
        kept = self.kept_map(number, revision)
        if kept is not None:
            return kept
        names, kinds = _labels(areas)
        earlier, instants = self._nearest(revisions)
        with self._patient_transaction(within) as connection:
            if earlier is not None:
                changes: dict[str, BaseGeometry | None] = {}
                for at in instants:
                    changes |= read_grid_changes(connection, at)
                fresh = earlier.changed(changes, revision=revision.name, names=names, kinds=kinds)
            else:
                index = self._index_of(connection, revision)
                fresh = CountyMap.of_index(index, revision=revision.name, names=names, kinds=kinds)
        if earlier is not None:
            self.keep(revision, fresh)
        return self._maps.put((number, revision.name), fresh)

    def prepare(self, revisions: Sequence[RevisionRow], shapes: Mapping[str, bytes | None]) -> bool:
        """Reckon aside the index of the last of ``revisions`` with ``shapes`` published next.

        Nobody is answered from it before ``follow`` finds that just this has been committed, on
        just that base. Returns whether that base is in memory. Raises as ``GridIndex.changed``
        does: nobody has checked these shapes.
        """
        self._prepared = None
        earlier, instants = self._nearest(revisions)
        if earlier is None or instants:
            return False
        base = earlier.index
        index = base.changed(_geometries(shapes))
        self._prepared = Prepared(base, shapes, shapes_sha256(shapes), index)
        return True

    def prepared_shapes(self, sha256: str) -> Mapping[str, bytes | None] | None:
        """Return the shapes that were prepared, None where they are not those of the hash."""
        prepared = self._prepared
        return prepared.shapes if prepared and prepared.shapes_sha256 == sha256 else None

    def forget_prepared(self) -> None:
        """Drop what was prepared: it has not been committed."""
        self._prepared = None

    def follow(
        self,
        number: int,
        revisions: Sequence[RevisionRow],
        areas: Mapping[str, AreaRow],
        shapes: Mapping[str, bytes | None],
    ) -> CountyMap | None:
        """Return the grids of the last of ``revisions``, made of the one before it and ``shapes``.

        They have begun, all of them. None where the one before is not in memory. Whoever told
        everybody of the last calls ``keep``.
        """
        earlier, instants = self._nearest(revisions)
        if earlier is None or len(instants) != 1:
            return None
        prepared, self._prepared = self._prepared, None
        if prepared is not None and prepared.base is earlier.index and prepared.shapes == shapes:
            index = prepared.index
        else:
            index = earlier.index.changed(_geometries(shapes))
        names, kinds = _labels(areas)
        revision = revisions[-1].name
        fresh = CountyMap.of_index(index, revision=revision, names=names, kinds=kinds)
        return self._maps.put((number, revision), fresh)

    def keep(self, revision: RevisionRow, county: CountyMap) -> None:
        """Write the index of a revision into a file, beside the work and some time later."""
        self._files.keep_beside(lambda: self._fingerprint(revision), county.index)

    def _index_of(self, connection: Connection, revision: RevisionRow) -> GridIndex:
        """Map the file of a revision, or read its shapes and keep one.

        At its first instant, not at the one asked for: a later revision that this knowledge does
        not hold yet may own that.
        """
        at = revision.effective_at
        fingerprint = read_grid_fingerprint(connection, at)
        index = self._files.open(fingerprint)
        if index is None:
            index = GridIndex(*read_grid_shapes(connection, at))
            self._files.keep(fingerprint, index)
        return index

    def _fingerprint(self, revision: RevisionRow) -> str:
        with self._patient_transaction() as connection:
            return read_grid_fingerprint(connection, revision.effective_at)

    def boxes_of(self, number: int, revisions: Sequence[RevisionRow]) -> Mapping[str, Box]:
        """Return box, inner point and area in m² of every unit at the last of ``revisions``."""
        revision = revisions[-1]
        kept = self._boxes.get((number, revision.name))
        if kept is not None:
            return kept
        earlier, instants = self._boxes.nearest(revisions)
        with self._patient_transaction() as connection:
            if earlier is not None:
                boxes = dict(earlier)
                for at in instants:
                    for code in read_ended_areas(connection, at):
                        boxes.pop(code, None)
                    boxes |= read_area_boxes(connection, at, begun_only=True)
            else:
                boxes = read_area_boxes(connection, revision.effective_at)
        return self._boxes.put((number, revision.name), boxes)


def _is_rewritten(county: CountyMap) -> bool:
    return not county.index.is_as_opened()


def _geometries(shapes: Mapping[str, bytes | None]) -> dict[str, BaseGeometry | None]:
    """Return shapes of WKB; raise GEOSException for what is none."""
    return {code: None if wkb is None else shapely.from_wkb(wkb) for code, wkb in shapes.items()}


def _labels(areas: Mapping[str, AreaRow]) -> tuple[dict[str, str], dict[str, str]]:
    """Return names and kinds by code."""
    names = {code: row.name for code, row in areas.items()}
    return names, {code: row.kind for code, row in areas.items()}
