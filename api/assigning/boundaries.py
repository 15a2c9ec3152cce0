"""Read the boundaries that a file asks for: one revision, or all of them when rows have times."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import shapely
from shapely.geometry.base import BaseGeometry

from api.county_maps import LOADING_S
from api.db.area_store import (
    RevisionRow,
    read_areas,
    read_boundary_revisions,
    read_grid_changes,
    read_grid_fingerprint,
    read_grid_shapes,
)
from api.db.engine import SERVICE, Connection, Database
from api.index_files import IndexFiles
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


@dataclass(frozen=True, slots=True)
class _Stored:
    """Hold the kept index of a revision, or its shapes, or what it changes of the one before."""

    name: str
    effective_at: datetime
    fingerprint: str = ""
    index: GridIndex | None = None
    shapes: tuple[list[str], list[BaseGeometry]] | None = None
    changes: dict[str, BaseGeometry | None] = field(default_factory=dict)


def read_boundaries(
    database: Database, files: IndexFiles, *, at: datetime, now: datetime, by_time: bool
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
        wanted = revisions if by_time else [_begun(revisions, at)]
        stored = [_read(connection, files, row, now, first=row is wanted[0]) for row in wanted]
    # Built with the transaction over: it may take long, and a server waits for nobody.
    return Boundaries(_built(stored, files, by_time=by_time), names)


def _begun(revisions: Sequence[RevisionRow], at: datetime) -> RevisionRow:
    begun = [row for row in revisions if row.effective_at <= at]
    if not begun:
        first = revisions[0].effective_at
        raise AssignRefused(
            "before_first_revision",
            f"首版网格自{first:%Y-%m-%d %H:%M}起生效，无法回答更早的时间。",
        )
    return begun[-1]


def _read(
    connection: Connection, files: IndexFiles, row: RevisionRow, now: datetime, *, first: bool
) -> _Stored:
    """Return a revision whole, or where it is history and not the first as its changes."""
    at = row.effective_at
    if not first and at <= now:
        changes = read_grid_changes(connection, at)
        return _Stored(row.name, at, _hash_of(changes), changes=changes)
    fingerprint = read_grid_fingerprint(connection, at)
    kept = files.open(fingerprint)
    if kept is not None:
        return _Stored(row.name, at, fingerprint, kept)
    return _Stored(row.name, at, fingerprint, shapes=read_grid_shapes(connection, at))


def _hash_of(changes: Mapping[str, BaseGeometry | None]) -> str:
    found = hashlib.sha256()
    for code, shape in sorted(changes.items(), key=lambda change: change[0]):
        found.update(code.encode("ascii") + (b"" if shape is None else shapely.to_wkb(shape)))
    return found.hexdigest()


def _built(stored: Sequence[_Stored], files: IndexFiles, *, by_time: bool) -> Coverages:
    indexes: list[GridIndex] = []
    for one in stored:
        if one.index is not None:
            indexes.append(one.index)
        elif one.shapes is not None:
            indexes.append(GridIndex(*one.shapes))
            files.keep(one.fingerprint, indexes[-1])
        else:
            indexes.append(indexes[-1].changed(one.changes) if one.changes else indexes[-1])
    if not by_time:
        return Coverages.of_one(indexes[0], stored[0].name, shapes=stored[0].fingerprint)
    codes = sorted({code for index in indexes for code in index.codes})
    named = tuple(
        Revision(one.name, round(one.effective_at.timestamp() * 1_000_000), one.fingerprint)
        for one in stored
    )
    return Coverages(named, tuple(codes), indexes.__getitem__, by_time=True)
