"""Refuse a request body before FastAPI looks at it."""

from __future__ import annotations

from starlette.exceptions import HTTPException


class BodyRefused(HTTPException):
    """Carry the sentence past FastAPI, which replaces every other error by its own words."""

    def __init__(self, sentence: str) -> None:
        """Keep the sentence for people."""
        super().__init__(status_code=400, detail=sentence)
