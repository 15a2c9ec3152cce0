"""Check what administrators may do with accounts, and that it is written down."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.http.accounts_of_tests import (
    PASSWORD,
    logged_in,
    make_account,
    settled,
    try_login,
)
from tests.http.conftest import Login
from tests.http.demo_county import (
    COMMUNITY,
    COUNTY,
    OTHER_GRID,
    TOWNSHIP,
    WORKER_GRID,
    inside,
    refused,
    store_report,
)

ME = "/v1/sessions/current"


@pytest.fixture
def admin(login: Login) -> TestClient:
    return login("county_admin")


def _accounts(admin: TestClient) -> dict[str, dict[str, Any]]:
    items = admin.get("/v1/accounts", params={"limit": 500}).json()["items"]
    return {item["username"]: item for item in items}


def _newest_audit(admin: TestClient, **filters: str) -> dict[str, Any]:
    found: dict[str, Any] = admin.get("/v1/audit", params={"limit": 1, **filters}).json()["items"][
        0
    ]
    return found


def _without_account(admin: TestClient, **members: Any) -> Any:
    body = {
        "username": "never-made", "display_name": "某人", "role": "dispatcher", "area": COUNTY,
        "password": PASSWORD, **members,
    }  # fmt: skip
    response = admin.post("/v1/accounts", json=body)
    assert "never-made" not in _accounts(admin)
    return response


def test_a_new_account_is_listed_without_any_secret(admin: TestClient) -> None:
    someone = make_account(admin, role="township_admin", area=TOWNSHIP)
    listed = _accounts(admin)[someone["username"]]
    assert set(listed) == {
        "id", "username", "display_name", "role", "role_label", "area", "area_name", "locked",
        "locked_reason", "last_login_at", "created_at", "person", "person_name",
    }  # fmt: skip
    assert (listed["role"], listed["area"], listed["locked"]) == ("township_admin", TOWNSHIP, False)
    assert (listed["role_label"], listed["area_name"]) == ("苏木乡镇管理员", "萨拉齐镇")
    assert listed["created_at"].endswith("+08:00")


def test_the_list_of_accounts_comes_in_pages(admin: TestClient) -> None:
    names, cursor = [], None
    while True:
        page = admin.get(
            "/v1/accounts", params={"limit": 4, **({"cursor": cursor} if cursor else {})}
        )
        names += [item["username"] for item in page.json()["items"]]
        cursor = page.json()["next"]
        if cursor is None:
            break
    assert names == sorted(_accounts(admin))


def test_a_username_is_given_once_whatever_its_capitals(admin: TestClient) -> None:
    someone = make_account(admin)
    body = {"username": someone["username"].upper()}
    refused(_without_account(admin, **body), 409, "username-taken")


@pytest.mark.parametrize(
    ("members", "slug"),
    [
        ({"area": "150222"}, "invalid-input"),
        ({"area": "15022"}, "invalid-input"),
        ({"role": "emperor"}, "invalid-input"),
        ({"role": "county_admin", "area": TOWNSHIP}, "invalid-input"),
        ({"role": "township_admin", "area": COUNTY}, "invalid-input"),
        ({"role": "community_admin", "area": TOWNSHIP}, "invalid-input"),
        ({"role": "grid_worker", "area": TOWNSHIP}, "invalid-input"),
        ({"role": "integration"}, "invalid-input"),
        ({"role": "integration", "channel": "pigeon"}, "invalid-input"),
        ({"role": "department"}, "invalid-input"),
        ({"username": "a b"}, "invalid-input"),
        ({"username": "管理员"}, "invalid-input"),
        ({"password": "short"}, "weak-password"),
        ({"password": "never-made-9"}, "weak-password"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(
    admin: TestClient, members: dict[str, Any], slug: str
) -> None:
    refused(_without_account(admin, **members), 422, slug)


def test_a_county_administrator_makes_no_system_administrator(
    admin: TestClient, login: Login
) -> None:
    refused(_without_account(admin, role="system_admin"), 403, "forbidden")
    assert make_account(login("system_admin"), role="system_admin")["id"]


def test_a_county_administrator_does_not_touch_a_system_administrator(
    admin: TestClient, login: Login
) -> None:
    other = make_account(login("system_admin"), role="system_admin")
    for path, body in (("lock", {}), ("unlock", None), ("password", {"password": "Ten-horses-88"})):
        refused(admin.post(f"/v1/accounts/{other['id']}/{path}", json=body), 403, "forbidden")
    assert try_login(admin, other["username"]).status_code == 200


def test_a_locked_account_is_out_at_once_and_back_after_the_unlock(
    admin: TestClient, anonymous: TestClient
) -> None:
    someone = make_account(admin)
    theirs = logged_in(anonymous, someone["username"])
    assert theirs.get(ME).status_code == 200
    lock = admin.post(f"/v1/accounts/{someone['id']}/lock", json={"reason": "调离"})
    assert lock.status_code == 204
    refused(theirs.get(ME), 401, "unauthenticated")
    problem = refused(try_login(anonymous, someone["username"]), 429, "account-locked")
    assert "管理员" in problem["detail"]
    listed = _accounts(admin)[someone["username"]]
    assert (listed["locked"], listed["locked_reason"]) == (True, "调离")
    assert admin.post(f"/v1/accounts/{someone['id']}/unlock").status_code == 204
    refused(theirs.get(ME), 401, "unauthenticated")
    assert try_login(anonymous, someone["username"]).status_code == 200
    assert _accounts(admin)[someone["username"]]["locked"] is False


def test_nobody_locks_the_own_account(admin: TestClient) -> None:
    me = admin.get(ME).json()["username"]
    refused(
        admin.post(f"/v1/accounts/{_accounts(admin)[me]['id']}/lock", json={}), 403, "forbidden"
    )
    assert admin.get(ME).status_code == 200


def test_a_reset_password_ends_sessions_and_must_be_changed(
    admin: TestClient, anonymous: TestClient
) -> None:
    someone = make_account(admin)
    theirs = logged_in(anonymous, someone["username"])
    path = f"/v1/accounts/{someone['id']}/password"
    refused(admin.post(path, json={"password": "short"}), 422, "weak-password")
    assert admin.post(path, json={"password": "Ten-horses-88"}).status_code == 204
    refused(theirs.get(ME), 401, "unauthenticated")
    refused(try_login(anonymous, someone["username"]), 401, "wrong-credentials")
    fresh = try_login(anonymous, someone["username"], "Ten-horses-88").json()
    assert fresh["user"]["must_change_password"] is True


def test_an_account_that_is_not_there_is_404(admin: TestClient) -> None:
    path = "/v1/accounts/00000000-0000-4000-8000-000000000000"
    refused(admin.post(f"{path}/unlock"), 404, "not-found")
    refused(admin.post("/v1/accounts/not-an-id/unlock"), 422, "invalid-input")


def test_what_was_done_to_accounts_is_written_down(
    admin: TestClient, anonymous: TestClient
) -> None:
    me = admin.get(ME).json()["username"]
    someone = make_account(admin, role="leader")
    logged_in(anonymous, someone["username"]).delete(ME)
    admin.post(f"/v1/accounts/{someone['id']}/lock", json={"reason": "调离"})
    admin.post(f"/v1/accounts/{someone['id']}/unlock")
    admin.post(f"/v1/accounts/{someone['id']}/password", json={"password": "Ten-horses-88"})
    expected: list[tuple[str, str, dict[str, Any]]] = [
        ("account_created", me, {"role": "leader", "area": COUNTY}),
        ("login", someone["username"], {}),
        ("logout", someone["username"], {}),
        ("account_lock", me, {"reason": "调离"}),
        ("account_unlock", me, {}),
        ("account_password", me, {}),
    ]
    rows = admin.get("/v1/audit", params={"limit": 6}).json()["items"]
    assert [(row["action"], row["actor"], row["detail"]) for row in reversed(rows)] == expected
    assert {row["object"] for row in rows} == {someone["username"]}
    assert PASSWORD not in str(rows)
    assert "Ten-horses-88" not in str(rows)


def test_a_lock_after_wrong_passwords_is_written_down(
    admin: TestClient, anonymous: TestClient
) -> None:
    someone = make_account(admin)
    for _ in range(5):
        try_login(anonymous, someone["username"], "wrong")
    row = _newest_audit(admin, action="locked_after_wrong_passwords")
    assert row["object"] == someone["username"]


def test_the_audit_trail_is_narrowed_and_paged(admin: TestClient, login: Login) -> None:
    for _ in range(3):
        make_account(admin)
    me = admin.get(ME).json()["username"]
    rows = admin.get("/v1/audit", params={"actor": me, "action": "account_created"}).json()["items"]
    assert len(rows) >= 3
    assert {row["actor"] for row in rows} == {me}
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)
    first = admin.get("/v1/audit", params={"limit": 2}).json()
    second = admin.get("/v1/audit", params={"limit": 2, "cursor": first["next"]}).json()
    both = admin.get("/v1/audit", params={"limit": 4}).json()["items"]
    assert first["items"] + second["items"] == both
    until = admin.get("/v1/audit", params={"until": both[1]["at"], "limit": 1}).json()["items"]
    assert until[0] == both[2]
    since = admin.get("/v1/audit", params={"since": both[1]["at"]}).json()["items"]
    assert since == both[:2]


def test_a_new_workers_account_works_in_the_area_it_was_made_for(
    admin: TestClient, client: TestClient, anonymous: TestClient
) -> None:
    mine, beside = (store_report(client, position=inside(g)) for g in (WORKER_GRID, OTHER_GRID))
    for area, sees_both in ((WORKER_GRID, False), (COMMUNITY, True)):
        someone = make_account(admin, role="grid_worker", area=area)
        worker = settled(anonymous, someone["username"])
        assert worker.get(f"/v1/reports/{mine['id']}").status_code == 200
        assert (worker.get(f"/v1/reports/{beside['id']}").status_code == 200) == sees_both


def test_a_wall_works_with_the_password_it_was_given(anonymous: TestClient, login: Login) -> None:
    someone = make_account(login("county_admin"), role="wall", area="150221")
    screen = logged_in(anonymous, someone["username"])
    assert screen.get("/v1/overview/points").status_code == 200


@pytest.mark.parametrize("name", ["resident", "Command-Line", "demo"])
def test_no_account_bears_the_name_of_an_actor_that_is_none(login: Login, name: str) -> None:
    body = {
        "username": name,
        "display_name": name,
        "role": "leader",
        "area": "150221",
        "password": PASSWORD,
    }
    refused(login("county_admin").post("/v1/accounts", json=body), 409, "username-taken")


def test_an_account_that_is_linked_to_a_person_sees_the_grids_of_the_persons_posts(
    admin: TestClient,
) -> None:
    worker = next(row for row in _accounts(admin).values() if row["area"] == WORKER_GRID)
    report = store_report(admin, position=inside(WORKER_GRID))
    someone = make_account(admin, role="grid_worker", area=OTHER_GRID)
    own = settled(admin, someone["username"])
    path = f"/v1/reports/{report['id']}"
    assert own.get(path).status_code == 404
    link = {"person": worker["person"]}
    assert admin.patch(f"/v1/accounts/{someone['id']}", json=link).status_code == 204
    assert own.get(path).status_code == 200
    assert _accounts(admin)[someone["username"]]["person_name"] == worker["person_name"]
    told = _newest_audit(admin, action="account_person")
    assert (told["object"], told["detail"]) == (someone["username"], link)
    assert admin.patch(f"/v1/accounts/{someone['id']}", json={"person": None}).status_code == 204
    assert own.get(path).status_code == 404


def test_an_account_can_be_made_for_a_person_and_for_nobody_who_is_not_there(
    admin: TestClient,
) -> None:
    worker = next(row for row in _accounts(admin).values() if row["area"] == WORKER_GRID)
    someone = make_account(admin, role="grid_worker", area=OTHER_GRID, person=worker["person"])
    assert _accounts(admin)[someone["username"]]["person"] == worker["person"]
    unknown = _without_account(admin, person="no-such-number")
    assert refused(unknown, 422, "invalid-input")["reason"] == "unknown_person"
    wrong = admin.patch(f"/v1/accounts/{someone['id']}", json={"person": "no-such-number"})
    assert refused(wrong, 422, "invalid-input")["reason"] == "unknown_person"
    assert _accounts(admin)[someone["username"]]["person"] == worker["person"]
