"""Hold what the papers of a plan or a changeset say: each grid before and after, and the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from shapely.geometry.base import BaseGeometry

from geo.redraw.sheet import Sheet

Shapes = Mapping[str, BaseGeometry | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Hold who answers for a grid, as far as the caller may see: role, name, phone."""

    role: str
    name: str
    phone: str | None

    @property
    def words(self) -> str:
        """Return name and role: 张三（专职网格员）."""
        return f"{self.name}（{self.role}）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Hold one grid before or after; None for what is not known or not for the caller."""

    area_m2: float
    households: int
    worker: Worker | None
    open_reports: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GridLine:
    """Hold what becomes of one grid: ``before`` is None for a new one, ``after`` for a retired."""

    code: str
    name: str
    community: str
    before: Side | None
    after: Side | None

    @property
    def change(self) -> str:
        """Return ``created``, ``retired`` or ``changed``."""
        if self.before is None:
            return "created"
        return "retired" if self.after is None else "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Hold one way of land: shares of the old grid's area and households, from 0 to 1."""

    old: str
    new: str
    area_share: float
    household_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Hold what identifies papers, and whether there is anything to draw."""

    name: str
    state: str
    document_no: str | None
    document_date: str | None
    effective_at: str | None
    drawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Hold a plan or a changeset with its grids before and after.

    ``before`` and ``after`` are all shapes that differ by a byte (degrees, EPSG:4490); ``lines``
    only the grids whose land changes. ``base`` is the whole coverage before.
    """

    name: str
    area: str
    area_name: str
    state: str
    author: str
    decider: str | None
    document_no: str | None
    document_date: str | None
    effective_at: str | None
    revision_before: str
    revision_after: str
    note: str | None
    base: Sheet
    before: Shapes
    after: Shapes
    lines: tuple[GridLine, ...]
    links: tuple[Link, ...]
    names: Mapping[str, str]
    plan_id: UUID | None
