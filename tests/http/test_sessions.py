"""Check that people get in with the right password only, and out at once."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from api.accounts import session_cache
from api.app import create_app
from api.db.engine import SERVICE
from tests.conftest import FreshDatabase
from tests.http.accounts_of_tests import (
    PASSWORD,
    logged_in,
    make_account,
    settled,
    try_login,
)
from tests.http.conftest import Login
from tests.http.demo_county import refused
from tests.http.live_service import wait_for_listeners

ME = "/v1/sessions/current"


@pytest.fixture
def admin(login: Login) -> TestClient:
    return login("county_admin")


@pytest.fixture
def someone(admin: TestClient) -> dict[str, str]:
    """Return a fresh account."""
    return make_account(admin)


def _as_the_clock(database: FreshDatabase, statement: str, *values: object) -> None:
    """Change what only time changes."""
    serving = database.serving()
    try:
        with serving.transaction(SERVICE) as connection:
            connection.exec_driver_sql(statement, values)
    finally:
        serving.close()


def test_a_login_answers_token_end_and_user(
    anonymous: TestClient, county_database: FreshDatabase
) -> None:
    account = county_database.credentials["township_admin"]
    answer = try_login(anonymous, account["username"], account["password"]).json()
    assert set(answer) == {"token", "expires_at", "user"}
    assert len(answer["token"]) >= 32
    assert answer["expires_at"].endswith("+08:00")
    ends = datetime.fromisoformat(answer["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=11, minutes=55) < ends <= timedelta(hours=12)
    user = answer["user"]
    assert (user["username"], user["role"], user["area"]) == (
        account["username"], "township_admin", "150221104",
    )  # fmt: skip


def test_a_username_is_the_same_in_capitals(anonymous: TestClient, someone: dict[str, str]) -> None:
    assert try_login(anonymous, someone["username"].upper()).status_code == 200


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
def test_a_token_counts_as_bearer_only(
    anonymous: TestClient, someone: dict[str, str], scheme: str
) -> None:
    token = try_login(anonymous, someone["username"]).json()["token"]

    def ask(how: str) -> httpx.Response:
        return anonymous.get(ME, headers={"Authorization": f"{how} {token}"})

    refused(ask(scheme), 401, "unauthenticated")
    assert ask("bearer").json()["username"] == someone["username"]


def test_an_unknown_user_and_a_wrong_password_look_alike(
    anonymous: TestClient, someone: dict[str, str]
) -> None:
    wrong = refused(try_login(anonymous, someone["username"], "x"), 401, "wrong-credentials")
    unknown = refused(try_login(anonymous, "nobody-here", "x"), 401, "wrong-credentials")
    assert wrong == unknown


def test_a_logout_kills_this_token_and_no_other(
    anonymous: TestClient, someone: dict[str, str]
) -> None:
    here, there = (logged_in(anonymous, someone["username"]) for _ in range(2))
    assert here.get(ME).status_code == 200
    assert here.delete(ME).status_code == 204
    refused(here.get(ME), 401, "unauthenticated")
    assert there.get(ME).status_code == 200


def test_a_logout_in_one_process_is_announced_to_the_others(
    app_client: TestClient,
    county_database: FreshDatabase,
    someone: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What is remembered would be good for a minute: only the announcement can end it.
    monkeypatch.setattr(session_cache, "LIFETIME_S", 60)
    with TestClient(create_app(county_database.settings(tmp_path))) as other:
        wait_for_listeners(county_database, 2)
        mine = logged_in(app_client, someone["username"])
        theirs = TestClient(other.app, headers=dict(mine.headers))
        assert theirs.get(ME).status_code == 200
        assert mine.delete(ME).status_code == 204
        deadline = time.monotonic() + 5
        while theirs.get(ME).status_code == 200:
            assert time.monotonic() < deadline, "a dead session lived on in the other process"
            time.sleep(0.01)


def test_a_session_ends_at_its_hour(
    anonymous: TestClient, someone: dict[str, str], county_database: FreshDatabase
) -> None:
    mine = logged_in(anonymous, someone["username"])
    assert mine.get(ME).status_code == 200
    _as_the_clock(
        county_database,
        "UPDATE sessions SET expires_at = now() - interval '1 second' FROM accounts a "
        "WHERE a.id = account_id AND a.username = %s",
        someone["username"],
    )
    time.sleep(1.1)
    refused(mine.get(ME), 401, "unauthenticated")


def test_five_wrong_passwords_lock_even_the_right_one_out(
    anonymous: TestClient, admin: TestClient, someone: dict[str, str]
) -> None:
    for _ in range(4):
        refused(try_login(anonymous, someone["username"], "wrong"), 401, "wrong-credentials")
    fifth = try_login(anonymous, someone["username"], "wrong")
    right = try_login(anonymous, someone["username"])
    for answer in (fifth, right):
        refused(answer, 429, "account-locked")
        assert 0 < int(answer.headers["retry-after"]) <= 15 * 60
    assert admin.post(f"/v1/accounts/{someone['id']}/unlock").status_code == 204
    assert try_login(anonymous, someone["username"]).status_code == 200


def test_wrong_passwords_count_only_in_a_row(
    anonymous: TestClient, someone: dict[str, str]
) -> None:
    for _ in range(2):
        for _ in range(4):
            refused(try_login(anonymous, someone["username"], "wrong"), 401, "wrong-credentials")
        assert try_login(anonymous, someone["username"]).status_code == 200


def test_a_lock_runs_out_and_the_time_left_is_told(
    anonymous: TestClient, someone: dict[str, str], county_database: FreshDatabase
) -> None:
    for _ in range(5):
        try_login(anonymous, someone["username"], "wrong")
    for seconds, expected in ((90, 429), (-1, 200)):
        _as_the_clock(
            county_database,
            "UPDATE accounts SET locked_until = now() + make_interval(secs => %s) "
            "WHERE username = %s",
            seconds,
            someone["username"],
        )
        answer = try_login(anonymous, someone["username"])
        assert answer.status_code == expected
        if expected == 429:
            assert 80 < int(answer.headers["retry-after"]) <= 90
            assert "2分钟" in answer.json()["detail"]


def test_too_many_logins_from_one_address_have_to_wait(
    county_database: FreshDatabase, tmp_path: Path
) -> None:
    settings = county_database.settings(tmp_path).model_copy(update={"logins_per_minute": 2})
    with TestClient(create_app(settings)) as client:
        for _ in range(2):
            refused(try_login(client, "nobody-here", "x"), 401, "wrong-credentials")
        answer = try_login(client, "nobody-here", "x")
        refused(answer, 429, "too-many-requests")
        assert int(answer.headers["retry-after"]) > 0


def _change(client: httpx.Client, old: str, new: str) -> httpx.Response:
    return client.post("/v1/password", json={"old_password": old, "new_password": new})


def test_a_changed_password_ends_the_other_sessions(
    anonymous: TestClient, someone: dict[str, str]
) -> None:
    here, there = (logged_in(anonymous, someone["username"]) for _ in range(2))
    assert there.get(ME).json()["must_change_password"] is True
    assert _change(here, PASSWORD, "Ten-horses-88").status_code == 204
    refused(there.get(ME), 401, "unauthenticated")
    assert here.get(ME).json()["must_change_password"] is False
    refused(try_login(anonymous, someone["username"]), 401, "wrong-credentials")
    assert try_login(anonymous, someone["username"], "Ten-horses-88").status_code == 200


def test_a_password_is_changed_only_by_who_knows_the_old_one(
    anonymous: TestClient, someone: dict[str, str]
) -> None:
    mine = logged_in(anonymous, someone["username"])
    refused(_change(mine, "wrong", "Ten-horses-88"), 401, "wrong-credentials")
    assert try_login(anonymous, someone["username"]).status_code == 200


@pytest.mark.parametrize(
    "weak", [PASSWORD, "Short-1", "onlyletters", "1234567890", "aA1-aA1-aA1-", "x" * 120 + "1" * 9]
)
def test_a_weak_password_is_refused_and_the_old_one_stays(
    anonymous: TestClient, someone: dict[str, str], weak: str
) -> None:
    mine = logged_in(anonymous, someone["username"])
    problem = _change(mine, PASSWORD, weak).json()
    assert problem["status"] == 422
    assert weak not in problem["detail"]
    assert try_login(anonymous, someone["username"]).status_code == 200


def test_a_password_must_not_hold_the_username(
    anonymous: TestClient, someone: dict[str, str]
) -> None:
    mine = logged_in(anonymous, someone["username"])
    weak = f"9-{someone['username'].upper()}-9"
    refused(_change(mine, PASSWORD, weak), 422, "weak-password")


def test_a_first_password_is_good_for_choosing_another_and_nothing_else(
    app_client: TestClient, login: Login
) -> None:
    someone = make_account(login("county_admin"))
    first = logged_in(app_client, someone["username"])
    body = {"channel": "walk_in", "text": "路灯不亮"}
    for response in (
        first.get("/v1/reports"),
        first.get("/v1/areas"),
        first.post("/v1/reports", json=body, headers={"Idempotency-Key": "first-password"}),
    ):
        refused(response, 403, "password-change-required")
    assert first.get("/v1/sessions/current").status_code == 200
    assert settled(app_client, someone["username"]).get("/v1/reports").status_code == 200


def test_wrong_passwords_of_a_stranger_lock_the_login_and_throw_nobody_out(
    app_client: TestClient, login: Login
) -> None:
    someone = make_account(login("county_admin"))
    inside = settled(app_client, someone["username"])
    for _ in range(6):
        try_login(app_client, someone["username"], "not-the-password-1")
    refused(try_login(app_client, someone["username"], f"{PASSWORD}-own"), 429, "account-locked")
    assert inside.get("/v1/sessions/current").status_code == 200
