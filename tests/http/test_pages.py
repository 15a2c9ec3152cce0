"""Where a person lands: after the login, at a wrong address, at the description of the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.conftest import FreshDatabase

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
DEMO_MARK = "示意数据，内容虚构"


@pytest.fixture
def stranger(app_client: TestClient) -> Iterator[TestClient]:
    """A browser that keeps its cookies to itself."""
    yield TestClient(app_client.app, follow_redirects=False)


@pytest.mark.parametrize(
    ("role", "wanted", "lands"),
    [
        ("system_admin", "/map", "/accounts"),
        ("system_admin", "/map?x=1", "/accounts"),
        ("system_admin", "/audit", "/audit"),
        ("dispatcher", "/map?x=1", "/map?x=1"),
        ("dispatcher", "/accounts", "/map"),
        ("county_admin", "/accounts", "/accounts"),
        ("grid_worker", "", "/m"),
        ("grid_worker", "/accounts", "/m"),
        ("grid_worker", "/map?x=1", "/map?x=1"),
    ],
)
def test_a_login_leads_to_a_page_that_the_role_may_see(
    stranger: TestClient, county_database: FreshDatabase, role: str, wanted: str, lands: str
) -> None:
    account = county_database.credentials[role]
    form = {"username": account["username"], "password": account["password"], "next": wanted}
    answer = stranger.post("/login", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, lands)
    cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    assert stranger.get(lands, headers=cookie).status_code == 200
    home = {"system_admin": "/accounts", "grid_worker": "/m"}.get(role, "/map")
    assert stranger.get("/", headers=cookie).headers["location"] == home


def test_an_unknown_address_shows_a_person_a_page_without_repeating_it(
    stranger: TestClient,
) -> None:
    answer = stranger.get("/kein%3Cscript%3E", headers=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "没有这个页面" in answer.text
    assert 'href="/login"' in answer.text
    assert "kein" not in answer.text


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/nowhere", {"Accept": "application/json"}), ("/nowhere", {}), ("/v1/nowhere", BROWSER)],
)
def test_a_program_gets_a_problem_for_an_unknown_address(
    stranger: TestClient, path: str, headers: dict[str, str]
) -> None:
    answer = stranger.get(path, headers=headers)
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/not-found"


def test_a_page_that_refuses_its_method_still_answers_with_a_problem(stranger: TestClient) -> None:
    answer = stranger.post("/map", headers=BROWSER)
    assert answer.json()["type"] == "/problems/method-not-allowed"


@pytest.mark.parametrize("page", ["/login", "/docs", "/nowhere"])
def test_every_open_page_of_the_demo_says_that_it_is_one(stranger: TestClient, page: str) -> None:
    assert DEMO_MARK in stranger.get(page, headers=BROWSER).text
