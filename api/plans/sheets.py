"""Keep the sheets of plans in memory: the boundaries of the base with what was drafted."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any
from uuid import UUID

from api.db import plan_store
from api.db.area_store import read_grid_shapes, read_revision_start
from api.db.draft_store import changes_since
from api.db.engine import Connection
from geo.redraw.sheet import Sheet

MAX_SHEETS = 16


class Sheets:
    """Hold base sheets by revision and drafted ones by plan and its revision."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._bases: OrderedDict[tuple[str, str], Sheet] = OrderedDict()
        self._drafts: OrderedDict[UUID, tuple[int, Sheet]] = OrderedDict()

    def base(self, connection: Connection, revision_name: str) -> Sheet:
        """Return the boundaries of a published revision."""
        # Another database may have another revision of that name.
        key = str(connection.engine.url), revision_name
        with self._lock:
            known = self._bases.get(key)
        if known is not None:
            return known
        codes, shapes = read_grid_shapes(connection, read_revision_start(connection, revision_name))
        sheet = Sheet(dict(zip(codes, shapes, strict=True)))
        with self._lock:
            self._bases[key] = sheet
            while len(self._bases) > MAX_SHEETS:
                self._bases.popitem(last=False)
        return sheet

    def drafted(self, connection: Connection, plan: Any) -> Sheet:
        """Return the boundaries as a plan draws them at its present revision."""
        with self._lock:
            known = self._drafts.get(plan.id)
        if known is not None and known[0] == plan.revision:
            return known[1]
        base = self.base(connection, plan.base)
        if known is not None and known[0] < plan.revision:
            # Another process took the steps in between: take what they changed.
            changed, as_found = changes_since(connection, plan.id, known[0], plan.revision)
            sheet = known[1].changed({c: base.shapes.get(c) for c in as_found} | changed)
        else:
            sheet = base.changed(plan_store.read_drafted(connection, plan.id))
        self.keep(plan.id, plan.revision, sheet)
        return sheet

    def keep(self, plan_id: UUID, revision: int, sheet: Sheet) -> None:
        """Remember the sheet of a plan's revision.

        A revision that is rolled back leaves a sheet nobody asks for: the next one has its number
        only after it was written again, so ``keep`` is called after the commit.
        """
        with self._lock:
            self._drafts[plan_id] = (revision, sheet)
            self._drafts.move_to_end(plan_id)
            while len(self._drafts) > MAX_SHEETS:
                self._drafts.popitem(last=False)


# One for the process: routes, papers and readers of drafts share it.
SHEETS = Sheets()
