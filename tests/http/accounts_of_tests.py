"""Make accounts through the service itself, as an administrator does."""

from __future__ import annotations

import itertools
from typing import Any

import httpx2 as httpx
from fastapi.testclient import TestClient

from tests.conftest import beside

PASSWORD = "Nine-horses-7"
_numbers = itertools.count(1)


def make_account(admin: httpx.Client, **members: Any) -> dict[str, str]:
    """Make an account and return its id and username; a dispatcher unless told otherwise."""
    body = {
        "username": f"someone-{next(_numbers)}",
        "display_name": "某人",
        "role": "dispatcher",
        "area": "150221",
        "password": PASSWORD,
        **members,
    }
    response = admin.post("/v1/accounts", json=body)
    assert response.status_code == 201, response.text
    return {"id": response.json()["id"], "username": str(body["username"])}


def try_login(client: httpx.Client, username: str, password: str = PASSWORD) -> httpx.Response:
    """Ask for a session."""
    return client.post("/v1/sessions", json={"username": username, "password": password})


def logged_in(client: TestClient, username: str, password: str = PASSWORD) -> TestClient:
    """Return a client with a session of its own."""
    response = try_login(client, username, password)
    assert response.status_code == 200, response.text
    token = response.json()["token"]
    return beside(client, headers={"Authorization": f"Bearer {token}"})


def settled(client: TestClient, username: str) -> TestClient:
    """Return a client whose account has chosen a password of its own, as all must first."""
    own = logged_in(client, username)
    change = {"old_password": PASSWORD, "new_password": f"{PASSWORD}-own"}
    assert own.post("/v1/password", json=change).status_code == 204
    return own
