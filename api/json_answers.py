"""Write JSON answers that are already plain values: no second walk through a model."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from fastapi import Response


def json_answer(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return ``value`` as UTF-8 JSON."""
    return Response(
        orjson.dumps(value),
        status_code=status,
        headers=dict(headers or {}),
        media_type="application/json",
    )
