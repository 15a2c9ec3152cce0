"""Hold what was read from a file before anybody decided what its columns mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFeature:
    """Hold one row of a file: its number from 1, its values, its shape in the file's system.

    ``geometry`` is a Polygon or MultiPolygon (a line where lines were asked for), or None; then
    ``problem`` says what was found instead. Shapes may be invalid: the doctor says where.
    """

    number: int
    values: Mapping[str, Scalar]
    geometry: BaseGeometry | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Hold one layer of a file.

    ``epsg`` is what the file says of its coordinate system, None when it says nothing that is
    known; ``system_text`` repeats the file's own name for it. ``encoding`` is the one in which
    texts were read, ``encoding_from`` how it was found.
    """

    format: str
    name: str
    other_layers: tuple[str, ...]
    columns: tuple[str, ...]
    features: tuple[RawFeature, ...]
    epsg: int | None
    system_text: str
    encoding: str
    encoding_from: str
    notes: tuple[str, ...] = ()

    def texts(self, most: int = 3) -> tuple[str, ...]:
        """Return a few texts of the table, those that are not plain ASCII first."""
        found: dict[str, None] = {}
        for feature in self.features:
            found.update({v: None for v in feature.values.values() if isinstance(v, str) and v})
            if len(found) > 2_000:
                break
        return tuple(sorted(found, key=str.isascii)[:most])
