"""Say where bytes come from: a file, a pipe, the body of a request."""

from __future__ import annotations

from typing import Protocol


class Source(Protocol):
    """Give bytes: as many as asked for, fewer at the end alone, none behind it."""

    def read(self, size: int, /) -> bytes:
        """Return the next ``size`` bytes."""
        ...
