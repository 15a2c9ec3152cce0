"""Read the boundaries that a file asks for: one revision, or all of them when rows have times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.county_maps import LOADING_S
from api.db.area_store import (
    RevisionRow,
    read_areas,
    read_boundary_revisions,
    read_grid_changes,
    read_grid_shapes,
)
from api.db.engine import SERVICE, Connection, Database
from geo.assign.answers import NAME_COLUMNS, Answers
from geo.assign.coverages import Coverages, Revision
from geo.assign.refusal import AssignRefused
from geo.codes import lineage_of
from geo.locate.county_map import short_name
from geo.locate.index import GridIndex


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Hold the coverages that answer, and the names of all units by code."""

    coverages: Coverages
    names: dict[str, str]

    def answers(self, *, names: bool, prefix: str) -> Answers:
        """Return the columns of the answers, with the names of the path if asked."""
        codes = self.coverages.codes
        paths = [lineage_of(code) for code in codes] if names else []
        columns = {
            title: [self._name(path[level]) for path in paths]
            for level, title in enumerate(NAME_COLUMNS[: 4 if names else 0])
        }
        return Answers(codes, columns, prefix)

    def _name(self, code: str) -> str | None:
        name = self.names.get(code)
        return None if name is None else short_name(name)


def read_boundaries(
    database: Database, *, at: datetime, now: datetime, by_time: bool
) -> Boundaries:
    """Return the grids in force at ``at``, or with ``by_time`` those of every revision.

    Raises AssignRefused: no boundaries, or ``at`` before the first.
    """
    with database.transaction(SERVICE) as connection:
        database.be_patient(connection, seconds=LOADING_S)
        revisions = read_boundary_revisions(connection)
        if not revisions:
            raise AssignRefused(
                "no_boundaries", "尚未导入网格数据，请先运行 wangge init --demo 或导入边界。"
            )
        names = {row.code: row.name for row in read_areas(connection)}
        if by_time:
            return Boundaries(_by_time(connection, revisions, now), names)
        begun = [row for row in revisions if row.effective_at <= at]
        if not begun:
            first = revisions[0].effective_at
            raise AssignRefused(
                "before_first_revision",
                f"首版网格自{first:%Y-%m-%d %H:%M}起生效，无法回答更早的时间。",
            )
        index = GridIndex(*read_grid_shapes(connection, begun[-1].effective_at))
        return Boundaries(Coverages.of_one(index, begun[-1].name), names)


def _by_time(connection: Connection, revisions: Sequence[RevisionRow], now: datetime) -> Coverages:
    """Return every revision, each made from the one before it where that is history."""
    indexes: list[GridIndex] = []
    for row in revisions:
        if indexes and row.effective_at <= now:
            indexes.append(indexes[-1].changed(read_grid_changes(connection, row.effective_at)))
        else:
            indexes.append(GridIndex(*read_grid_shapes(connection, row.effective_at)))
    codes = sorted({code for index in indexes for code in index.codes})
    named = tuple(
        Revision(row.name, round(row.effective_at.timestamp() * 1_000_000)) for row in revisions
    )
    return Coverages(named, tuple(codes), indexes.__getitem__, by_time=True)
