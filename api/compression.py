"""Compress answers that are worth it, for callers that can unpack them."""

from __future__ import annotations

from typing import Final

from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Scope

from api.locating.batch.formats import ARROW, PARQUET

# Smaller answers pass as they are.
LEAST_BYTES: Final = 1000
# Said of every answer that is not smaller, compressed or not.
VARY: Final = (b"vary", b"Accept-Encoding")
_EXCLUDED: Final = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    # Pages hold a session's token beside words of the input: they are not compressed (BREACH).
    "text/html",
    # Columns pack themselves, and packing them again costs more than answering.
    ARROW,
    PARQUET,
)


def compressed(app: ASGIApp) -> ASGIApp:
    """Return ``app`` with its answers compressed."""
    return GZipMiddleware(
        app, minimum_size=LEAST_BYTES, compresslevel=5, exclude_content_types=_EXCLUDED
    )


def takes_gzip(scope: Scope) -> bool:
    """Say whether a request asks for what ``compressed`` makes of an answer."""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            return b"gzip" in value
    return False
