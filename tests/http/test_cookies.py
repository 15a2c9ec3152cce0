"""Check the login of pages: the cookie, its guard against forged requests, and /enter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from api.deps import COOKIE
from tests.conftest import FreshDatabase
from tests.http.accounts_of_tests import PASSWORD, logged_in, make_account, try_login
from tests.http.conftest import Login
from tests.http.demo_county import inside, new_key, refused, store_report

FOREIGN = (
    "https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example/",
    "javascript:alert(1)", "/\t/evil.example", "evil.example", "/map\r\nSet-Cookie: a=b", "",
)  # fmt: skip


@pytest.fixture
def browser(app_client: TestClient) -> Iterator[TestClient]:
    """Return a client with a cookie jar of its own that does not follow redirects."""
    yield TestClient(app_client.app, follow_redirects=False)


def _log_in(browser: TestClient, database: FreshDatabase, role: str, **more: str) -> httpx.Response:
    account = database.credentials[role]
    fields = {"username": account["username"], "password": account["password"], **more}
    return browser.post("/login", data=fields)


def _csrf(browser: TestClient) -> str:
    found = re.search(
        r'name="csrf(?:-token)?" (?:content|value)="([^"]+)"', browser.get("/map").text
    )
    assert found is not None
    return found[1]


def test_the_form_sets_a_cookie_that_scripts_and_other_sites_cannot_use(
    browser: TestClient, county_database: FreshDatabase
) -> None:
    response = _log_in(browser, county_database, "dispatcher", next="/map#150221104")
    assert response.status_code == 303
    assert response.headers["location"] == "/map#150221104"
    cookie = response.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/"} <= set(cookie.split("; "))
    assert browser.get("/v1/sessions/current").json()["role"] == "dispatcher"
    assert browser.get("/map").status_code == 200


def test_the_form_refuses_a_wrong_password_in_words_and_sets_no_cookie(
    browser: TestClient, county_database: FreshDatabase
) -> None:
    response = _log_in(browser, county_database, "leader", password="<b>wrong</b>", username="a<b>")
    assert response.status_code == 401
    assert "用户名或密码不正确" in response.text
    assert "<b>" not in response.text
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    "username", ["a\x00b", "a\ud800b".encode("utf-8", "surrogatepass"), "长" * 190]
)
def test_the_form_survives_what_is_no_username(browser: TestClient, username: str | bytes) -> None:
    response = browser.post("/login", data={"username": username, "password": "x\x00"})
    assert 400 <= response.status_code < 500


def test_a_change_over_the_cookie_needs_the_token_of_the_page(
    browser: TestClient, county_database: FreshDatabase
) -> None:
    _log_in(browser, county_database, "dispatcher")
    token = _csrf(browser)
    body = {"channel": "walk_in", "text": "路灯不亮", "position": inside("150221104001003")}

    def send(**headers: Any) -> httpx.Response:
        return browser.post(
            "/v1/reports", json=body, headers={"Idempotency-Key": new_key()} | headers
        )

    refused(send(), 403, "bad-csrf-token")
    refused(send(**{"X-CSRF-Token": "x" * len(token)}), 403, "bad-csrf-token")
    refused(send(**{"X-CSRF-Token": "\xe9".encode("latin-1")}), 403, "bad-csrf-token")
    refused(browser.delete("/v1/sessions/current"), 403, "bad-csrf-token")
    assert browser.get("/v1/reports").status_code == 200
    assert send(**{"X-CSRF-Token": token}).status_code == 201


def test_the_token_of_one_session_is_no_good_for_another(
    app_client: TestClient, county_database: FreshDatabase
) -> None:
    mine, theirs = (TestClient(app_client.app, follow_redirects=False) for _ in range(2))
    _log_in(mine, county_database, "dispatcher")
    _log_in(theirs, county_database, "shift_lead")
    answer = mine.delete("/v1/sessions/current", headers={"X-CSRF-Token": _csrf(theirs)})
    refused(answer, 403, "bad-csrf-token")


def test_the_logout_button_ends_the_session_and_only_with_its_token(
    browser: TestClient, county_database: FreshDatabase
) -> None:
    _log_in(browser, county_database, "dispatcher")
    token, cookie = _csrf(browser), browser.cookies[COOKIE]
    refused(browser.post("/logout", data={"csrf": "wrong"}), 403, "bad-csrf-token")
    assert browser.post("/logout", data={"csrf": token}).headers["location"] == "/login"
    assert COOKIE not in browser.cookies
    browser.cookies.set(COOKIE, cookie)
    assert browser.get("/map").headers["location"].startswith("/login")
    refused(browser.get("/v1/sessions/current"), 401, "unauthenticated")


def test_a_stale_cookie_is_nobody_not_an_error(browser: TestClient, client: TestClient) -> None:
    browser.cookies.set(COOKIE, "long-gone")
    assert browser.get("/login").status_code == 200
    body = {"channel": "app", "text": "路灯不亮", "position": inside("150221104001003")}
    assert browser.post("/v1/reports", json=body).status_code == 201


@pytest.mark.parametrize("target", FOREIGN)
def test_a_login_leads_to_our_own_pages_only(
    browser: TestClient, county_database: FreshDatabase, target: str
) -> None:
    assert browser.get("/login", params={"next": target}).status_code == 200
    response = _log_in(browser, county_database, "dispatcher", next=target)
    assert response.headers["location"] == "/map"
    assert browser.get("/login", params={"next": target}).headers["location"] == "/map"


def _token(client: TestClient, database: FreshDatabase, role: str) -> str:
    account = database.credentials[role]
    token = try_login(client, account["username"], account["password"]).json()["token"]
    return str(token)


def test_a_wall_enters_by_its_token_and_lands_where_it_wants(
    browser: TestClient, county_database: FreshDatabase
) -> None:
    token = _token(browser, county_database, "wall")
    response = browser.get("/enter", params={"token": token, "to": "/map?theme=dark"})
    assert response.status_code == 303
    assert response.headers["location"] == "/map?theme=dark"
    assert browser.get("/v1/sessions/current").json()["role"] == "wall"


@pytest.mark.parametrize("target", FOREIGN[:-1])
def test_a_wall_is_not_sent_to_a_foreign_address(
    browser: TestClient, county_database: FreshDatabase, target: str
) -> None:
    token = _token(browser, county_database, "wall")
    response = browser.get("/enter", params={"token": token, "to": target})
    assert response.headers["location"] == "/map"


@pytest.mark.parametrize("role", ["system_admin", "dispatcher", "integration", "leader"])
def test_no_other_role_enters_by_a_link(
    browser: TestClient, county_database: FreshDatabase, role: str
) -> None:
    token = _token(browser, county_database, role)
    response = browser.get("/enter", params={"token": token, "to": "/map"})
    refused(response, 403, "forbidden")
    assert "set-cookie" not in response.headers


def test_a_link_without_a_living_token_is_refused(browser: TestClient) -> None:
    for token in ("", "x", "é", "x" * 5000):
        refused(browser.get("/enter", params={"token": token, "to": "/map"}), 403, "forbidden")


def test_a_page_of_a_new_account_asks_for_a_new_password_first(
    app_client: TestClient, login: Login
) -> None:
    someone = make_account(login("county_admin"), role="county_admin")
    browser = TestClient(app_client.app, follow_redirects=False)
    fields = {"username": someone["username"], "password": PASSWORD, "next": "/map"}
    assert browser.post("/login", data=fields).headers["location"] == "/password"
    for page in ("/map", "/accounts", "/audit"):
        assert browser.get(page).headers["location"] == "/password"
    assert browser.get("/password").status_code == 200
    logged = logged_in(app_client, someone["username"])
    change = {"old_password": PASSWORD, "new_password": "Ten-horses-88"}
    assert logged.post("/v1/password", json=change).status_code == 204
    browser.post("/login", data={**fields, "password": "Ten-horses-88"})
    assert browser.get("/map").status_code == 200


def test_every_answer_carries_strict_headers(browser: TestClient, client: TestClient) -> None:
    store_report(client)
    for path in ("/login", "/livez", "/v1/areas", "/nothing-here", "/static/app/icon.svg"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
    assert client.get("/v1/reports").headers["cache-control"] == "no-store"
