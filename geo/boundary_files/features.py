"""Hold what an area's boundary is once the columns of a file have a meaning."""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryFeature:
    """Hold one area of a file: row number, code as written, name, shape on the lattice.

    ``code`` is empty when there is none; it may be wrong until the doctor has looked. ``parent``
    is the code of the area above as the file names it. ``geometry`` is CGCS2000 degrees, None
    when the row has no polygon; ``problem`` says why.
    """

    number: int
    code: str
    name: str
    geometry: BaseGeometry | None
    parent: str = ""
    kind: str = ""
    households: int = 0
    exclave: bool = False
    problem: str = ""

    @property
    def label(self) -> str:
        """Return what a person finds the row by."""
        return self.code or self.name or f"第{self.number}行"
