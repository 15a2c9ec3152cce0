"""Keep in memory what every answer needs: boundaries over time, roster, gazetteer, calendar.

One immutable ``Knowledge`` at a time; a publication makes the next one beside it, and every
request that has begun keeps the one with which it began.
"""

from __future__ import annotations

import logging
import threading
from bisect import bisect_right
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime

from api.county_maps import LOADING_S, CountyMaps
from api.db.area_store import (
    Box,
    RevisionRow,
    read_revisions,
)
from api.db.coming_store import Coming
from api.db.engine import SERVICE, Connection, Database
from api.db.news_store import News, read_news
from api.index_files import IndexFiles
from api.knowledge_loading import load_knowledge
from api.knowledge_news import after_publication, at_once
from api.knowledge_parts import Category, Knowledge
from api.knowledge_told import Believed, read_told
from api.life.county import Templates, standard_templates
from api.privacy.vault import Vault
from api.problems import Problem
from geo.locate.county_map import CountyMap

logger = logging.getLogger("wangge.knowledge")

# What is kept is named beside it; whoever asks for it finds all of it here.
__all__ = ["Category", "Keeper", "Knowledge", "is_newer", "revision_at"]


def revision_at(knowledge: Knowledge, at: datetime) -> RevisionRow:
    """Return the boundary revision in force at ``at``; raise Problem 422 before the first."""
    return _until(knowledge, at)[-1]


def _until(knowledge: Knowledge, at: datetime) -> tuple[RevisionRow, ...]:
    """Return the boundary revisions that have begun by ``at``; raise Problem 422 for none."""
    begun = _begun(knowledge, at)
    if not begun:
        first = knowledge.boundary_revisions[0].effective_at
        raise Problem(
            "before-first-revision",
            f"首版网格自{first:%Y-%m-%d %H:%M}起生效，无法回答更早的时间。",
            {"reason": "before_first_revision", "first": first.isoformat()},
        )
    return begun


def _begun(knowledge: Knowledge, at: datetime) -> tuple[RevisionRow, ...]:
    revisions = knowledge.boundary_revisions
    return revisions[: bisect_right(revisions, at, key=lambda row: row.effective_at)]


def is_newer(known: Mapping[str, int], stored: Mapping[str, int]) -> bool:
    """Say whether the database holds a revision that ``known`` lacks."""
    return any(known.get(kind, -1) < number for kind, number in stored.items())


class Keeper:
    """Load the knowledge, hand it out, and replace it when the database says it is out of date."""

    def __init__(
        self,
        database: Database,
        templates: Templates | None = None,
        vault: Vault | None = None,
        files: IndexFiles | None = None,
    ) -> None:
        """Start empty; the first question loads. ``files``: None for an index of one's own."""
        self._database = database
        self._templates = templates or standard_templates()
        self._vault = vault or Vault()
        self._lock = threading.Lock()
        # Requests read news one after another: each holds a connection, and takes one more for it.
        self._turn = threading.Lock()
        self._knowledge: Knowledge | None = None
        # Whether a thread of this process takes in what is announced.
        self.listens = False
        # The map of a publication that is in force, and in no file yet: starting the thread that
        # writes it takes longer than all the rest.
        self._unwritten: tuple[RevisionRow, CountyMap] | None = None
        # What was taken in as its commit told it: the database is asked all the same.
        self._believed: Believed | None = None
        self._maps = CountyMaps(database, files or IndexFiles(None))

    def known(self) -> Knowledge | None:
        """Return the knowledge in force without waiting, None before the first question."""
        return self._knowledge

    def current(self) -> Knowledge:
        """Return the knowledge in force; raise Problem 503 when no county is loaded."""
        knowledge = self._knowledge
        return knowledge if knowledge is not None else self.refresh()

    def refresh(
        self,
        stored: Mapping[str, int] | None = None,
        *,
        through: Connection | None = None,
    ) -> Knowledge:
        """Read what has changed since the last time; ``stored`` are numbers seen just now.

        ``through`` is a connection of the caller's own that has no transaction open: who listens
        waits for none of the pool, and for no request that does.
        """
        known = self._knowledge
        if known is not None and stored is not None and not is_newer(known.revisions, stored):
            return known
        with self._turn if through is None else nullcontext():
            known = self._knowledge
            if known is not None and stored is not None and not is_newer(known.revisions, stored):
                return known
            believed = None if known is None else self._make_sure(through)
            followed = None if known is None or not believed else self._follow(known, through)
        self._write_file()
        if followed is not None:
            return followed
        with self._lock:
            old = self._knowledge
            fresh = self._read(old)
        if fresh is not old:
            # Lists of areas can wait for their boxes; lookups are told already.
            self.make_boxes()
        return fresh

    def _follow(self, old: Knowledge, through: Connection | None) -> Knowledge | None:
        """Take a single publication in; return None for more than that, or more than is quick."""
        begun = _begun(old, datetime.now(UTC))
        if not begun:
            return None
        coming = [row.name for row in old.boundary_revisions[len(begun) :]]
        # Whoever is the first to have read it takes it in: a request that asks through a connection
        # which has never asked for this would keep the listener waiting.
        with at_once(), self._database.read_once(through) as connection:
            news = read_news(connection, begun[-1].effective_at, coming)
        return None if news is None else self._go_over(old, begun, news)

    def take_in(self, payload: str) -> bool:
        """Go over to a publication as its own commit tells it; say whether all of it is in force.

        Only where whoever told it holds our key, it was prepared to the byte, and nothing else
        has happened: else the database is asked. Whoever is told asks ``refresh`` some time later.
        """
        known = self._knowledge
        told = None if known is None else read_told(payload, self._vault)
        if known is None or told is None or self._believed is not None:
            return False
        begun = _begun(known, datetime.now(UTC))
        shapes = self._maps.prepared_shapes(told.shapes_sha256)
        if shapes is None or not told.follows(begun, known.boundary_revisions):
            return False
        news = replace(told.news, shapes=shapes)
        believed = Believed(begun[-1].effective_at, told.coming, news)
        return self._go_over(known, begun, news, believed) is not None

    def _make_sure(self, through: Connection | None) -> bool:
        """Hold what was believed against the database; forget everything where that says no."""
        believed = self._believed
        if believed is None:
            return True
        with self._database.read_once(through) as connection:
            stored = read_news(connection, believed.since, believed.coming)
        with self._lock:
            if self._believed is not believed:
                return True
            self._believed = None
            if believed.is_stored(stored):
                return True
            self._knowledge = self._unwritten = None
            self._maps.clear()
        logger.error("a publication was told that is not stored: everything is read again")
        return False

    def _go_over(
        self,
        old: Knowledge,
        begun: tuple[RevisionRow, ...],
        news: News,
        believed: Believed | None = None,
    ) -> Knowledge | None:
        """Put the knowledge after ``news`` in force; None for more than one publication."""
        with self._lock, at_once():
            known = self._knowledge or old
            if not is_newer(known.revisions, news.numbers):
                return known
            fresh = after_publication(old, begun, news) if known is old else None
            if fresh is None:
                return None
            number, revisions = fresh.revisions["boundaries"], _begun(fresh, datetime.now(UTC))
            if revisions[-1] != news.revision:
                return None
            county = self._maps.follow(number, revisions, fresh.areas, news.shapes)
            if county is None:
                return None
            self._knowledge, self._believed = fresh, believed or self._believed
            self._unwritten = (revisions[-1], county)
        return fresh

    def _write_file(self) -> None:
        """Let the index of the last publication be written to its file, some time later."""
        with self._lock:
            if self._believed is not None:
                return
            unwritten, self._unwritten = self._unwritten, None
        if unwritten is not None:
            self._maps.keep(*unwritten)

    def _read(self, old: Knowledge | None) -> Knowledge:
        with self._database.transaction(SERVICE) as connection:
            self._database.be_patient(connection, seconds=LOADING_S)
            numbers = read_revisions(connection)
            if old is not None and not is_newer(old.revisions, numbers):
                return old
            fresh = load_knowledge(connection, numbers, old, self._templates, self._vault)
            at = datetime.now(UTC)
            if begun := _begun(fresh, at):
                # Built before anyone is told, so that no lookup waits for a map.
                self._maps.map_of(numbers["boundaries"], begun, fresh.areas, within=connection)
        self._knowledge = fresh
        return fresh

    def rehearse(self, through: Connection) -> None:
        """Do all that a publication will ask for, and change nothing: the first is slow.

        That makes the number of each code, too, which only publications and shapes ask for: a
        process that listens holds it from here on, and no publication waits for it.
        """
        known, at = self._knowledge, datetime.now(UTC)
        if known is None or not (begun := _begun(known, at)):
            return
        read_news(through, begun[-1].effective_at)
        read_told("", self._vault)
        index = self.map_at(known, at).index
        index.changed({code: index.geometry(code) for code in index.codes[:1]})

    def prepare(self, shapes: Coming) -> bool:
        """Reckon aside what is about to be published; raise where that is no publication.

        Whether it is committed, and on what, the database says: ``refresh`` compares. Returns
        whether there is anything to compare with.
        """
        known = self._knowledge
        return known is not None and self._maps.prepare(_begun(known, datetime.now(UTC)), shapes)

    def forget_prepared(self) -> None:
        """Drop what was prepared and not committed."""
        self._maps.forget_prepared()

    def make_boxes(self) -> None:
        """Make the boxes of the areas of today, where lists would have to wait for them."""
        known, at = self._knowledge, datetime.now(UTC)
        if known is not None and _begun(known, at):
            self.boxes_at(known, at)

    def map_at(self, knowledge: Knowledge, at: datetime) -> CountyMap:
        """Return the grids in force at ``at``; raise Problem 422 before the first revision."""
        number, revisions = knowledge.revisions["boundaries"], _until(knowledge, at)
        return self._maps.map_of(number, revisions, knowledge.areas)

    def kept_map(self, knowledge: Knowledge, at: datetime) -> CountyMap | None:
        """Return the same when it is in memory, None where a question would have to wait."""
        return self._maps.kept_map(knowledge.revisions["boundaries"], revision_at(knowledge, at))

    def boxes_at(self, knowledge: Knowledge, at: datetime) -> Mapping[str, Box]:
        """Return box, inner point and area in m² of every unit at ``at``, by code."""
        return self._maps.boxes_of(knowledge.revisions["boundaries"], _until(knowledge, at))
