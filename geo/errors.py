"""Name the refusals that the spatial rules can give, each with words for people.

Every refusal carries a machine-readable ``reason`` (a slug), the ``field`` it concerns and a
Chinese ``message`` that says what is wrong and what to do. The value itself is never repeated.
"""

from __future__ import annotations


class GeoError(ValueError):
    """Refuse an input that the spatial rules cannot work with."""

    def __init__(self, reason: str, message: str, *, field: str | None = None) -> None:
        """Keep the slug, the sentence for people and the field concerned."""
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field


class PositionError(GeoError):
    """Refuse something that is not a position on Earth in a known datum."""


class CodeError(GeoError):
    """Refuse a text that is not an administrative code of 6, 9, 12 or 15 digits."""


class CoverageError(GeoError):
    """Refuse a set of polygons that is not a valid coverage."""
