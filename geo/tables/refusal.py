"""Refuse a table: one that says the wrong thing, or one that cannot be read at all."""

from __future__ import annotations

from geo.errors import GeoError


class TableRefused(GeoError):
    """Refuse a table whose columns are not what was asked for."""


class TableBroken(TableRefused):
    """Refuse bytes that are no table of the kind they are said to be."""


class TableTooLarge(TableRefused):
    """Refuse a part of a table that would take too much memory; it may be sent in smaller parts."""
