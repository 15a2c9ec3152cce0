"""Refuse an operation with a reason, a sentence for people and the place of the trouble."""

from __future__ import annotations

from shapely.geometry.base import BaseGeometry

from geo.errors import GeoError


class RedrawError(GeoError):
    """Refuse an operation on the coverage; ``where`` (CGCS2000 degrees) shows the trouble."""

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        where: BaseGeometry | None = None,
        codes: tuple[str, ...] = (),
    ) -> None:
        """Keep the slug, the sentence, the place and the grids concerned."""
        super().__init__(reason, message)
        self.where = where
        self.codes = codes
