"""Check which lane a report takes, who owns it there, and that the access list is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.db.engine import SERVICE
from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.http.demo_county import (
    COMMUNITY,
    COUNTY,
    OTHER_TOWNSHIP,
    OTHER_TOWNSHIP_GRID,
    TOWNSHIP,
    WORKER_GRID,
    features,
    inside,
    refused,
    store_report,
)

RURAL_GRID = next(
    code for code, one in features().items()
    if one["properties"]["kind"] == "rural" and code.startswith(OTHER_TOWNSHIP)
)  # fmt: skip
WINTER, SUMMER = "2026-11-20T10:00:00+08:00", "2026-07-20T10:00:00+08:00"


def today(days: int = 0) -> str:
    return f"{datetime.now(UTC) + timedelta(hours=8, days=days):%Y-%m-%d}"


def reason(report: dict[str, Any], step: str) -> str:
    reasons = report["assignment"]["reasons"]
    return next(str(one["detail"]) for one in reasons if one["step"] == step)


@pytest.fixture(scope="module")
def admin(login: Login) -> TestClient:
    """Who keeps the list."""
    return login("county_admin")


@pytest.fixture(scope="module")
def bureau(admin: TestClient) -> dict[str, Any]:
    """A department with a liaison, as the table of categories names it."""
    org = admin.post("/v1/orgs", json={"name": "旗综合行政执法局", "kind": "department"}).json()
    person = admin.post(
        "/v1/people",
        json={"name": "联络甲", "number": "YQ99001", "area": COUNTY, "org": org["id"]},
    ).json()
    post = admin.post("/v1/posts", json={"org": org["id"], "role": "liaison"}).json()
    held = admin.post("/v1/holders", json={"post": post["id"], "person": person["number"]})
    assert held.status_code == 201, held.text
    return dict(org)


def test_what_the_grid_is_responsible_for_stays_in_the_grid(client: TestClient) -> None:
    report = store_report(client, category="cg03")
    lane = report["assignment"]["lane"]
    assert (lane["kind"], lane["access"], lane["item"]["no"]) == ("grid", "primary", "ZR-06")
    assert lane["owner"]["code"] == WORKER_GRID
    assert report["assignment"]["worker"]["role"] == "full_time_grid_worker"
    assert "该事项在准入清单内（环境卫生，网格主责）" in reason(report, "access")


def test_a_department_has_what_it_leads_and_the_grid_verifies(
    client: TestClient, bureau: dict[str, Any]
) -> None:
    report = store_report(client, category="cg01")
    lane = report["assignment"]["lane"]
    assert (lane["kind"], lane["org"]["id"]) == ("department", bureau["id"])
    assert (lane["grid_action"], lane["access"]) == ("verify", "assist")
    assert report["assignment"]["worker"]["role"] == "liaison"
    assert report["assignment"]["worker"]["name"] == "联络甲"
    # Where it is does not change with who owns it: the grid still sees it, and verifies.
    assert report["grid"]["code"] == report["area"]["code"] == WORKER_GRID


def test_an_organisation_that_was_ended_leads_no_more(
    client: TestClient, admin: TestClient
) -> None:
    made = admin.post("/v1/orgs", json={"name": "旗人社局", "kind": "department"})
    assert made.status_code == 201, made.text
    lane = store_report(client, category="jf04")["assignment"]["lane"]
    assert lane["org"]["name"] == "旗人社局"
    over = admin.patch(f"/v1/orgs/{made.json()['id']}", json={"to": datetime.now(UTC).isoformat()})
    assert over.status_code == 200, over.text
    assert store_report(client, category="jf04")["assignment"]["lane"]["org"] is None


def test_the_departments_account_has_what_it_leads_and_signs_it(
    client: TestClient, login: Login, bureau: dict[str, Any]
) -> None:
    report, plain = store_report(client, category="cg01"), store_report(client, category="cg03")
    them = login("department")
    listed = [one["id"] for one in them.get("/v1/reports", params={"limit": 500}).json()["items"]]
    assert report["id"] in listed
    assert plain["id"] not in listed
    refused(them.get(f"/v1/reports/{plain['id']}"), 404, "not-found")
    signed = them.post(f"/v1/reports/{report['id']}/steps", json={"step": "accept"})
    assert signed.status_code == 200, signed.text
    assert signed.json()["holder"]["org"] == bureau["id"]


def test_the_lead_of_a_building_is_told_and_not_responsible(
    client: TestClient, admin: TestClient
) -> None:
    person = admin.post(
        "/v1/people", json={"name": "楼长乙", "number": "YQ99002", "area": WORKER_GRID}
    ).json()
    post = admin.post("/v1/posts", json={"area": WORKER_GRID, "role": "building_lead"}).json()
    admin.post("/v1/holders", json={"post": post["id"], "person": person["number"]})
    report = store_report(client, category="jt02")
    assert reason(report, "informed") == "告知：楼栋长楼长乙（不负责办理）。"
    assert report["assignment"]["worker"]["role"] == "full_time_grid_worker"
    elsewhere = store_report(client, category="jt02", position=inside(OTHER_TOWNSHIP_GRID))
    assert "楼长乙" not in str(elsewhere)


def test_the_same_matter_is_the_villages_own_in_a_village(client: TestClient) -> None:
    report = store_report(client, category="cg01", position=inside(RURAL_GRID))
    lane = report["assignment"]["lane"]
    assert (lane["kind"], lane["owner"]["code"]) == ("community", RURAL_GRID[:12])


def test_where_no_such_department_is_registered_the_countys_desk_has_it(client: TestClient) -> None:
    report = store_report(client, category="ms03")
    lane = report["assignment"]["lane"]
    assert (lane["kind"], lane["org"], lane["owner"]["code"]) == ("department", None, COUNTY)
    assert reason(report, "lead") == "牵头单位（供电公司）尚未登记，由旗中心值班协调。"
    assert report["assignment"]["worker"]["role"] == "county_desk"


@pytest.mark.parametrize(
    ("category", "kind", "owner"),
    [
        ("st01", "township", TOWNSHIP), ("jf06", "joint", TOWNSHIP), ("zx01", "direct", COUNTY),
        ("jf05", "community", COMMUNITY),
    ],
)  # fmt: skip
def test_other_lanes_have_the_duty_of_their_level(
    client: TestClient, category: str, kind: str, owner: str
) -> None:
    lane = store_report(client, category=category)["assignment"]["lane"]
    assert (lane["kind"], lane["owner"]["code"]) == (kind, owner)


def test_a_doubtful_place_is_settled_first_and_its_lane_is_told(client: TestClient) -> None:
    report = store_report(client, category="cg03", position=inside(WORKER_GRID, accuracy_m=900))
    assert report["status"] == "awaiting_decision"
    assert report["assignment"]["lane"]["kind"] == "grid"
    decided_by = report["assignment"]["decided_by"]
    assert report["assignment"]["lane"]["owner"]["code"] == decided_by["code"]


def test_once_the_grid_is_confirmed_the_category_says_whose_it_is(
    client: TestClient, bureau: dict[str, Any]
) -> None:
    report = store_report(client, category="cg01", position=inside(WORKER_GRID, accuracy_m=900))
    assert report["status"] == "awaiting_decision"
    step = {"step": "confirm_grid", "grid": WORKER_GRID}
    answer = client.post(f"/v1/reports/{report['id']}/steps", json=step)
    assert answer.status_code == 200, answer.text
    settled = answer.json()
    assert settled["holder"]["org"] == bureau["id"]
    assert settled["area"]["code"] == WORKER_GRID
    assert settled["assignment"]["lane"]["org"]["id"] == bureau["id"]
    assert settled["assignment"]["worker"]["role"] == "liaison"
    assert "网格协助" in reason(settled, "access")


def test_no_step_gives_a_worker_what_is_not_on_the_list(client: TestClient) -> None:
    report = store_report(client, category="jt03", position=inside(WORKER_GRID, accuracy_m=900))
    steps = f"/v1/reports/{report['id']}/steps"
    settled = client.post(steps, json={"step": "confirm_grid", "grid": WORKER_GRID}).json()
    assert settled["holder"]["area"]["code"] == COUNTY
    answer = client.post(steps, json={"step": "route", "to": {"area": WORKER_GRID}})
    problem = refused(answer, 409, "illegal-step")
    assert problem["reason"] == "not_on_list"
    assert "不在网格准入清单内" in problem["detail"]
    sent = client.post(steps, json={"step": "route", "to": {"area": TOWNSHIP}})
    assert sent.status_code == 200, sent.text


@pytest.mark.parametrize("accuracy_m", [0, 900], ids=["found by itself", "confirmed"])
def test_what_triage_takes_off_the_list_goes_at_once_where_intake_would_send_it(
    client: TestClient, login: Login, accuracy_m: int
) -> None:
    report = store_report(
        client, category="jt02", position=inside(WORKER_GRID, accuracy_m=accuracy_m)
    )
    steps = f"/v1/reports/{report['id']}/steps"
    if accuracy_m:
        report = client.post(steps, json={"step": "confirm_grid", "grid": WORKER_GRID}).json()
    assert report["holder"]["area"]["code"] == WORKER_GRID
    # Whom somebody names is no matter: the category says whose it is.
    step = {"step": "triage", "category": "jt03", "note": "误选类别", "to": {"area": TOWNSHIP}}
    answer = client.post(steps, json=step)
    assert answer.status_code == 200, answer.text
    routed, intake = answer.json(), store_report(client, category="jt03")
    assert (routed["status"], routed["grid"]["code"]) == ("assigned", WORKER_GRID)
    for name in ("holder", "area", "sender"):
        assert routed[name] == intake[name]
    for name in ("lane", "worker", "grid"):
        assert routed["assignment"][name] == intake["assignment"][name]
    assert reason(routed, "access") == reason(intake, "access")
    event = client.get(f"/v1/reports/{report['id']}/events").json()["items"][-1]
    assert event["kind"] == "triage"
    assert event["detail"]["note"].startswith("误选类别；该事项不在网格准入清单内")
    assert event["detail"]["routed"]["refusal"] == "not_on_list"
    assert event["detail"]["routed"]["chain"]
    assert event["detail"]["before"]["holder"]["area"] == WORKER_GRID
    told = client.get("/v1/notices", params={"report": report["id"]}).json()["items"]
    assert {"reassigned", "assigned"} <= {notice["kind"] for notice in told}
    accept = login("grid_worker").post(steps, json={"step": "accept"})
    refused(accept, 403, "forbidden")
    replayed = client.get(f"/v1/reports/{report['id']}/receipt/replay").json()
    assert replayed["differences"] == []


def test_triage_leaves_a_worker_what_the_list_lets_in(client: TestClient) -> None:
    report = store_report(client, category="jt02")
    steps = f"/v1/reports/{report['id']}/steps"
    triaged = client.post(steps, json={"step": "triage", "category": "cg03"}).json()
    assert triaged["holder"] == report["holder"]


def test_however_many_reports_a_worker_has_the_next_one_is_hers_as_well(client: TestClient) -> None:
    workers = {
        store_report(client, category="jt02")["assignment"]["worker"]["post"] for _ in range(25)
    }
    assert len(workers) == 1


def test_a_receipt_is_answered_the_same_after_the_list_has_changed(
    client: TestClient, admin: TestClient
) -> None:
    report = store_report(client, category="cg07")
    assert report["assignment"]["lane"]["kind"] == "grid"
    added = admin.post(
        "/v1/access-list/items",
        json={"item": "广场舞专项", "applied_for_by": "公安局", "to": today(3)},
    )
    assert added.status_code == 201, added.text
    again = client.get(f"/v1/reports/{report['id']}/receipt/replay").json()
    assert again["identical"] is True
    assert again["replayed"]["access_list"] < client.get("/v1/access-list").json()["version"]


def test_a_receipt_from_before_there_were_lanes_is_still_answered_the_same(
    client: TestClient, county_database: FreshDatabase
) -> None:
    report = store_report(client, category="jf01")
    database = county_database.serving()
    try:
        with database.transaction(SERVICE) as connection:
            connection.execute(
                text(
                    "UPDATE assignments SET receipt = receipt - 'category' - 'about' "
                    "- 'access_list', answer = CAST(CAST(answer AS jsonb) - 'lane' AS json) "
                    "WHERE report_id = :id"
                ),
                {"id": report["id"]},
            )
    finally:
        database.close()
    again = client.get(f"/v1/reports/{report['id']}/receipt/replay").json()
    assert (again["identical"], again["differences"]) == (True, [])


def test_an_item_that_ends_keeps_its_matter_from_the_grid_at_that_instant(
    client: TestClient, admin: TestClient, login: Login
) -> None:
    """The grid has it until the item ends, and not a second longer; then who leads it has it."""
    item = {"item": "犬只专项登记", "applied_for_by": "公安局", "to": today(30)}
    made = admin.post("/v1/access-list/items", json={**item, "categories": ["jt03"]}).json()
    assert (made["state"], made["to"]) == ("in_force", today(30))
    during = store_report(client, category="jt03")["assignment"]["lane"]
    assert (during["access"], during["item"]["no"]) == ("temporary", made["no"])
    ended = admin.post(f"/v1/access-list/items/{made['no']}/end", json={})
    assert ended.status_code == 200, ended.text
    after = store_report(client, category="jt03")["assignment"]["lane"]
    assert after["access"] == "not_on_list"
    assert after["refusal"]["reason"] == "ended"
    assert after["refusal"]["item"] == {"no": made["no"], "name": "犬只专项登记"}
    assert after["refusal"]["date"] == today()
    assert made["no"] in after["refusal"]["detail"]
    refused(admin.post(f"/v1/access-list/items/{made['no']}/end", json={}), 409, "term-over")


def test_what_leaves_the_list_goes_to_the_department_that_leads_it(
    client: TestClient, admin: TestClient, bureau: dict[str, Any]
) -> None:
    assert admin.post("/v1/access-list/items/ZR-08/end", json={}).status_code == 200
    report = store_report(client, category="cg07")
    lane = report["assignment"]["lane"]
    assert (lane["kind"], lane["org"]["name"]) == ("department", bureau["name"])
    assert lane["grid_action"] == "nothing"
    assert "ZR-08" in reason(report, "access")
    village = store_report(client, category="jt02", position=inside(OTHER_TOWNSHIP_GRID))
    assert village["assignment"]["lane"]["kind"] == "township"


def test_the_duty_of_a_category_is_what_intake_would_answer(
    client: TestClient, bureau: dict[str, Any]
) -> None:
    asked = {"grid": WORKER_GRID, "category": "cg01"}
    duty = client.get("/v1/duty", params=asked).json()
    report = store_report(client, category="cg01")
    assert duty["worker"]["name"] == report["assignment"]["worker"]["name"]
    told = {name: duty["lane"][name] for name in report["assignment"]["lane"]}
    assert told == report["assignment"]["lane"]
    complaint = client.get("/v1/duty", params={**asked, "category": "zx03"}).json()
    assert (complaint["lane"]["kind"], complaint["worker"]["role"]) == ("township", "township_desk")
    plain = client.get("/v1/duty", params={"grid": WORKER_GRID}).json()
    assert plain["lane"] is None


def test_the_categories_tell_their_lane_by_kind_of_grid_and_season(client: TestClient) -> None:
    def snow(at: str) -> dict[str, Any]:
        items = client.get("/v1/categories", params={"at": at}).json()["items"]
        return next(dict(one) for one in items if one["code"] == "cg09")

    winter, summer = snow(WINTER), snow(SUMMER)
    assert winter["lanes"]["rural"]["kind"] == "grid"
    assert summer["lanes"]["rural"]["kind"] == "department"
    assert summer["lanes"]["community"]["refusal"]["date"] == "2026-11-01"
    assert (winter["initials"], winter["response"]) == ("lmjx lmjb jxjb", "urgent")
    assert winter["duplicate_hint"] == {"radius_m": 250, "days": 2}
    lamp = client.get("/v1/categories").json()["items"]
    assert next(one for one in lamp if one["code"] == "cg01")["initials"].startswith("ldbl")
    assert all(one["initials"] for one in lamp)


def test_the_list_of_a_day_says_how_each_item_stands(client: TestClient) -> None:
    def states(at: str) -> dict[str, str]:
        items = client.get("/v1/access-list", params={"at": at}).json()["items"]
        return {item["no"]: item["state"] for item in items}

    assert states(WINTER)["LS-01"] == "in_force"
    assert states(SUMMER)["LS-01"] == "out_of_season"
    assert states(WINTER)["BD-01"] == "forbidden"
    now = client.get("/v1/access-list").json()
    over = next(item for item in now["items"] if item["no"] == "LS-04")
    assert (over["state"], over["to"]) == ("ended", today(-6))
    assert over["to"][:4] in over["detail"]


HEAD = "no,item,kind,applied_for_by,frequency_or_term,categories,season,from,to\n"


def upload(client: TestClient, table: str, **query: Any) -> Any:
    files = {"file": ("list.csv", table.encode(), "text/csv")}
    return client.post("/v1/access-list/import", files=files, params=query)


def test_a_table_with_a_bad_row_changes_nothing_and_says_which(admin: TestClient) -> None:
    before = admin.get("/v1/access-list").json()["version"]
    table = f"{HEAD}ZR-01,巡查,主责,,,cg03,,,\nLS-09,专项,临时,,随时,cg99,,,\n"
    answer = refused(upload(admin, table), 422, "rows-refused")
    assert [(one["line"], one["column"]) for one in answer["errors"]] == [(3, "categories")]
    assert admin.get("/v1/access-list").json()["version"] == before


def test_a_table_larger_than_other_bodies_is_read(admin: TestClient) -> None:
    row = f"{'长' * 150},\n"
    table = f"{HEAD}ZR-01,巡查,主责,,,cg03,,,\nZR-02,{row * 3000}"
    assert len(table.encode()) > 1024 * 1024
    answer = upload(admin, table, dry_run=True)
    assert answer.status_code == 422, answer.text[:300]


def test_a_dry_run_stores_nothing_and_the_import_is_a_new_version(
    admin: TestClient, client: TestClient
) -> None:
    table = f"{HEAD}ZR-01,巡查,主责,,,cg03,,,\n"
    before = admin.get("/v1/access-list").json()["version"]
    tried = upload(admin, table, dry_run=True).json()
    assert (tried["version"], tried["items"], tried["dry_run"]) == (None, 1, True)
    assert "ZR-02" in tried["removed"]
    assert admin.get("/v1/access-list").json()["version"] == before
    done = upload(admin, table).json()
    assert done["version"] == admin.get("/v1/access-list").json()["version"] > before
    assert upload(admin, table).json()["unchanged"] is True
    assert store_report(client, category="jf01")["assignment"]["lane"]["kind"] != "grid"
    assert store_report(client, category="cg03")["assignment"]["lane"]["kind"] == "grid"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"to": "2026-02-30"}, "to"), ({"to": "2020-01-01"}, "to"), ({"to": None}, "to"),
        ({"categories": ["cg99"]}, "categories"), ({"item": " "}, "item"),
        ({"from": "2099-01-02", "to": "2099-01-01"}, "to"), ({"no": "ZR-01"}, "no"),
        ({"no": "../x"}, "no"), ({"kind": "primary"}, "extra_forbidden"),
    ],
)  # fmt: skip
def test_a_temporary_item_without_a_sound_end_is_refused(
    admin: TestClient, change: dict[str, Any], field: str
) -> None:
    body = {"item": "专项", "applied_for_by": "统计局", "to": today(5), **change}
    answer = admin.post("/v1/access-list/items", json=body)
    assert answer.status_code == 422, answer.text
    assert field in answer.text


@pytest.mark.parametrize("role", ["township_admin", "dispatcher", "grid_worker", "wall"])
def test_only_the_county_changes_the_list(login: Login, role: str) -> None:
    them = login(role)
    assert them.get("/v1/access-list").status_code == 200
    refused(them.post("/v1/access-list/items", json={}), 403, "forbidden")
    refused(them.post("/v1/access-list/items/ZR-01/end", json={}), 403, "forbidden")
    refused(upload(them, HEAD), 403, "forbidden")


def test_the_page_is_for_administrators_and_the_desk(login: Login) -> None:
    assert "准入清单" in login("dispatcher").get("/access-list").text
    assert "new-item" not in login("dispatcher").get("/access-list").text
    assert "new-item" in login("county_admin").get("/access-list").text
    assert login("grid_worker").get("/access-list").status_code == 403
