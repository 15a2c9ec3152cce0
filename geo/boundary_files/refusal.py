"""Refuse a file, with a reason that a person at an office can act on."""

from __future__ import annotations

from geo.errors import GeoError


class FileRefused(GeoError):
    """Refuse a boundary file; nothing of it has been stored."""

    def __init__(self, reason: str, message: str) -> None:
        """Keep the slug and the sentence for people; the field is always the file."""
        super().__init__(reason, message, field="file")
