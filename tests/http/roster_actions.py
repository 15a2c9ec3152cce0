"""Do through the service what an administrator does with the roster, for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx2 as httpx

from api.input_types import SHANGHAI
from tests.http.demo_county import COMMUNITY

ADMIN = "county_admin"


def written(response: httpx.Response, status: int = 201) -> dict[str, Any]:
    """Assert that something was written, and return it."""
    assert response.status_code == status, response.text
    answer: dict[str, Any] = response.json()
    return answer


def hire(client: httpx.Client, name: str, *, area: str = COMMUNITY, **more: Any) -> dict[str, Any]:
    """Register a person."""
    return written(client.post("/v1/people", json={"name": name, "area": area, **more}))


def set_up(client: httpx.Client, **body: Any) -> dict[str, Any]:
    """Set up a post."""
    return written(client.post("/v1/posts", json=body))


def post_of(client: httpx.Client, area: str, role: str) -> dict[str, Any]:
    """Return the post of a role that sits on an area."""
    items = client.get("/v1/posts", params={"area": area, "limit": 500}).json()["items"]
    return next(post for post in items if (post["area"], post["role"]) == (area, role))


def holder_of(client: httpx.Client, post: str) -> dict[str, Any]:
    """Return who holds a post now."""
    items = client.get("/v1/holders", params={"post": post, "since": instant(), "until": instant()})
    holder: dict[str, Any] = items.json()["items"][0]
    return holder


def instant(hours: float = 0) -> str:
    """Return the instant in so many hours, as a request writes it."""
    return (datetime.now(SHANGHAI) + timedelta(hours=hours)).isoformat()


def on_duty(client: httpx.Client, grid: str, **asked: Any) -> dict[str, Any]:
    """Ask who answers for a grid."""
    return written(client.get("/v1/duty", params={"grid": grid, **asked}), 200)
