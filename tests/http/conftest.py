"""Give tests the application over a database of the module, and a client for each role."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from tests.conftest import FreshDatabase, beside, quick_hashes

Login = Callable[[str], TestClient]


@pytest.fixture(scope="module", autouse=True)
def _quick_hashes() -> Iterator[None]:
    with quick_hashes():
        yield


@pytest.fixture(scope="module")
def app_client(
    county_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """The running application, nobody logged in."""
    app = create_app(county_database.settings(tmp_path_factory.mktemp("var")))
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def login(app_client: TestClient, county_database: FreshDatabase) -> Iterator[Login]:
    """Log in as the demo account of a role; one client a role."""
    clients: dict[str, TestClient] = {}

    def as_role(role: str) -> TestClient:
        if role not in clients:
            account = county_database.credentials[role]
            body = {"username": account["username"], "password": account["password"]}
            response = app_client.post("/v1/sessions", json=body)
            assert response.status_code == 200, response.text
            token = response.json()["token"]
            clients[role] = beside(app_client, headers={"Authorization": f"Bearer {token}"})
        return clients[role]

    yield as_role


@pytest.fixture(scope="module")
def client(login: Login) -> TestClient:
    """A dispatcher: may create, route and step reports of the whole county."""
    return login("dispatcher")


@pytest.fixture(scope="module")
def anonymous(app_client: TestClient) -> TestClient:
    """Nobody logged in."""
    return app_client
