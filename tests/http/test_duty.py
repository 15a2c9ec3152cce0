"""Check who is on duty over HTTP: the answer, its chain, and what a write changes at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.http.conftest import Login
from tests.http.demo_county import (
    COMMUNITY,
    OTHER_COMMUNITY_GRID,
    OTHER_GRID,
    OTHER_TOWNSHIP,
    OTHER_TOWNSHIP_GRID,
    WORKER_GRID,
    inside,
    refused,
    send_report,
)
from tests.http.roster_actions import hire, holder_of, instant, on_duty, post_of, set_up, written


@pytest.fixture(scope="module")
def admin(login: Login) -> TestClient:
    return login("county_admin")


@pytest.fixture(scope="module")
def worker_post(admin: TestClient) -> str:
    post: str = post_of(admin, WORKER_GRID, "full_time_grid_worker")["id"]
    return post


def override(admin: TestClient, post: str, person: str, start: str, end: str, **more: Any) -> Any:
    body = {"post": post, "person": person, "from": start, "to": end, "reason": "抗洪", **more}
    return admin.post("/v1/overrides", json=body)


def test_an_override_is_in_force_at_once_in_duty_routing_and_public_answer(
    admin: TestClient, login: Login, worker_post: str
) -> None:
    before = on_duty(admin, WORKER_GRID)["worker"]
    stand_in = hire(admin, "顶岗一")
    end = instant(2)
    entered = override(admin, worker_post, stand_in["number"], instant(), end)
    made = written(entered)
    duty = on_duty(login("dispatcher"), WORKER_GRID)
    assert duty["worker"]["name"] == "顶岗一"
    assert duty["worker"]["way"] == "override"
    assert duty["worker"]["until"] == made["to"]
    asked = login("dispatcher").post("/v1/locate", json={"position": inside(WORKER_GRID)}).json()
    assert asked["worker"]["name"] == "顶岗一"
    routed = send_report(login("dispatcher"), position=inside(WORKER_GRID)).json()
    assert routed["assignment"]["worker"]["name"] == "顶岗一"
    # The map's card of the grid names who holds the post and who stands in.
    posts = login("dispatcher").get(f"/v1/areas/{WORKER_GRID}").json()["posts"]
    card = next(post for post in posts if post["post"] == worker_post)
    assert card["stand_in"]["name"] == "顶岗一"
    assert card["holders"][0]["name"] == before["name"]
    assert on_duty(admin, WORKER_GRID, at=end)["worker"]["name"] == before["name"]
    withdrawn = admin.delete(f"/v1/overrides/{made['id']}")
    assert withdrawn.status_code == 200
    assert on_duty(admin, WORKER_GRID)["worker"]["name"] == before["name"]


def test_on_leave_the_b_role_both_away_the_lead_nobody_the_desk(
    admin: TestClient, login: Login
) -> None:
    post = post_of(admin, OTHER_GRID, "full_time_grid_worker")["id"]
    holder, b_role = holder_of(admin, post), hire(admin, "乙角")
    written(admin.post("/v1/covers", json={"post": post, "person": b_role["id"]}))
    away = {"from": instant(-1), "to": instant(30)}
    leave = {"person": holder["person"], "kind": "sick", **away}
    written(admin.post("/v1/absences", json=leave))
    covered = on_duty(login("dispatcher"), OTHER_GRID)
    assert covered["worker"]["name"] == "乙角"
    assert covered["worker"]["stands_for"] == holder["person_name"]
    assert "请假至" in covered["chain"][0]["detail"]
    assert "病" not in covered["chain"][0]["detail"]
    written(admin.post("/v1/absences", json={"person": b_role["id"], "kind": "trip", **away}))
    both = on_duty(login("dispatcher"), OTHER_GRID)
    assert both["worker"]["role"] == "grid_lead"
    assert len(both["chain"]) == 2


def test_a_look_at_the_effect_changes_nothing(admin: TestClient) -> None:
    post = post_of(admin, OTHER_COMMUNITY_GRID, "full_time_grid_worker")["id"]
    holder = holder_of(admin, post)
    leave = {
        "person": holder["person"], "kind": "annual", "from": instant(), "to": instant(24),
    }  # fmt: skip
    looked = admin.post("/v1/absences?dry_run=true", json=leave)
    assert looked.status_code == 200
    (effect,) = looked.json()["effect"]
    assert effect["area"] == OTHER_COMMUNITY_GRID
    assert effect["before"]["name"] == holder["person_name"]
    assert effect["after"]["role_label"] == "网格长"
    assert effect["changes"] is True
    assert on_duty(admin, OTHER_COMMUNITY_GRID)["worker"]["name"] == holder["person_name"]
    assert admin.get("/v1/absences", params={"person": holder["person"]}).json()["items"] == []


def test_the_future_is_answered_from_what_is_entered_for_it(admin: TestClient) -> None:
    post = post_of(admin, "150221104001002", "full_time_grid_worker")["id"]
    successor = hire(admin, "继任")
    old = holder_of(admin, post)
    handover = instant(48)
    written(admin.patch(f"/v1/holders/{old['id']}", json={"to": handover}), 200)
    body = {"post": post, "person": successor["id"], "from": handover}
    written(admin.post("/v1/holders", json=body))
    grid = "150221104001002"
    assert on_duty(admin, grid)["worker"]["name"] == old["person_name"]
    assert on_duty(admin, grid, at=handover)["worker"]["name"] == "继任"


def test_a_seat_is_nobody_elses_and_who_has_it_is_said(admin: TestClient, worker_post: str) -> None:
    second = hire(admin, "后来者")
    problem = refused(
        admin.post("/v1/holders", json={"post": worker_post, "person": second["id"]}),
        409,
        "roster-overlap",
    )
    holder = holder_of(admin, worker_post)
    assert problem["conflict"]["person"] == holder["person_name"]
    assert problem["conflict"]["id"] == holder["id"]
    assert holder["person_name"] in problem["detail"]


def test_several_seats_fill_one_after_the_other_and_nobody_sits_twice(admin: TestClient) -> None:
    post = set_up(admin, area=WORKER_GRID, role="part_time_grid_worker", seats=2)["id"]
    people = [hire(admin, name)["id"] for name in ("席一", "席二", "席三")]
    seats = [
        written(admin.post("/v1/holders", json={"post": post, "person": person}))["seat"]
        for person in people[:2]
    ]
    assert seats == [1, 2]
    full = admin.post("/v1/holders", json={"post": post, "person": people[2]})
    assert refused(full, 409, "roster-overlap")["reason"] == "no_free_seat"
    twice = admin.post("/v1/holders", json={"post": post, "person": people[0], "seat": 2})
    refused(twice, 409, "roster-overlap")
    beyond = admin.post("/v1/holders", json={"post": post, "person": people[2], "seat": 3})
    assert refused(beyond, 422, "invalid-input")["reason"] == "seat_out_of_range"
    fewer = admin.patch(f"/v1/posts/{post}", json={"seats": 1})
    assert refused(fewer, 409, "still-in-use")["reason"] == "seats_held"


def test_who_is_absent_does_not_stand_in(admin: TestClient, worker_post: str) -> None:
    away = hire(admin, "休假者")
    leave = {"person": away["id"], "kind": "annual", "from": instant(1), "to": instant(3)}
    written(admin.post("/v1/absences", json=leave))
    problem = refused(
        override(admin, worker_post, away["id"], instant(2), instant(4)), 409, "roster-overlap"
    )
    assert problem["reason"] == "person_absent"
    refused(admin.post("/v1/absences", json=leave), 409, "roster-overlap")


NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"person": NOBODY}, "unknown_person"),
        ({"person": "没有这个工号"}, "unknown_person"),
        ({"post": NOBODY}, "unknown_post"),
        ({"to": instant(-2)}, "end_before_start"),
        ({"post": "abc"}, "bad_id"),
        ({"reason": "  "}, "empty"),
        ({"from": "2026-11-20 10:00"}, "bad_time"),
        ({"colour": "red"}, "extra_forbidden"),
    ],
)
def test_a_malformed_override_is_refused_with_its_reason(
    admin: TestClient, worker_post: str, members: dict[str, Any], reason: str
) -> None:
    person = holder_of(admin, worker_post)["person"]
    body = {
        "post": worker_post, "person": person, "from": instant(), "to": instant(1),
        "reason": "x", **members,
    }  # fmt: skip
    problem = refused(admin.post("/v1/overrides", json=body), 422, "invalid-input")
    assert problem["reason"] == reason


def test_a_holder_without_a_person_is_refused(admin: TestClient, worker_post: str) -> None:
    missing = admin.post("/v1/holders", json={"post": worker_post})
    assert refused(missing, 422, "invalid-input")["reason"] == "missing"


@pytest.mark.parametrize(
    ("asked", "status", "slug"),
    [
        ({"grid": "150221999001001"}, 404, "not-found"),
        ({"grid": "12"}, 422, "invalid-input"),
        ({"grid": WORKER_GRID, "category": "zz99"}, 422, "invalid-input"),
        ({"grid": WORKER_GRID, "at": "today"}, 422, "invalid-input"),
        ({}, 422, "invalid-input"),
    ],
)
def test_a_wrong_question_is_refused(
    admin: TestClient, asked: dict[str, str], status: int, slug: str
) -> None:
    refused(admin.get("/v1/duty", params=asked), status, slug)


def test_a_post_by_shifts_answers_only_while_somebody_is_on_shift(admin: TestClient) -> None:
    grid = "150221104001004"
    post = post_of(admin, grid, "full_time_grid_worker")["id"]
    holder = holder_of(admin, post)
    written(admin.patch(f"/v1/posts/{post}", json={"by_shifts": True}), 200)
    off = on_duty(admin, grid)
    assert off["worker"]["role"] == "grid_lead"
    assert "不在班次" in off["chain"][0]["detail"]
    shift = {"post": post, "person": holder["person"], "from": instant(-1), "to": instant(1)}
    made = written(admin.post("/v1/shifts", json=shift))
    assert on_duty(admin, grid)["worker"]["name"] == holder["person_name"]
    refused(admin.post("/v1/shifts", json=shift), 409, "roster-overlap")
    assert made["effect"][0]["changes"] is True


def test_what_is_over_is_not_rewritten(admin: TestClient) -> None:
    post = post_of(admin, WORKER_GRID, "grid_lead")["id"]
    person = hire(admin, "昨日顶岗")
    made = written(override(admin, post, person["id"], instant(-30), instant(-20)))
    for response in (
        admin.patch(f"/v1/overrides/{made['id']}", json={"to": instant(5)}),
        admin.delete(f"/v1/overrides/{made['id']}"),
    ):
        refused(response, 409, "term-over")
    running = written(override(admin, post, person["id"], instant(-10), instant(10)))
    past = admin.patch(f"/v1/overrides/{running['id']}", json={"to": instant(-5)})
    assert refused(past, 422, "invalid-input")["reason"] == "end_in_the_past"


def test_what_never_began_is_withdrawn_and_its_time_is_free_again(admin: TestClient) -> None:
    post = post_of(admin, "150221104001001", "grid_lead")["id"]
    person = hire(admin, "后日顶岗")
    made = written(override(admin, post, person["id"], instant(40), instant(50)))
    assert admin.delete(f"/v1/overrides/{made['id']}").status_code == 200
    written(override(admin, post, person["id"], instant(40), instant(50)))
    refused(admin.delete(f"/v1/overrides/{made['id']}"), 404, "not-found")


def test_a_post_or_a_person_with_terms_running_does_not_end(admin: TestClient) -> None:
    post = set_up(admin, area=WORKER_GRID, role="building_lead", places=["3号楼"])
    person = hire(admin, "楼长")
    term = written(admin.post("/v1/holders", json={"post": post["id"], "person": person["id"]}))
    for address in (f"/v1/posts/{post['id']}", f"/v1/people/{person['id']}"):
        problem = refused(admin.delete(address), 409, "still-in-use")
        assert problem["conflicts"][0]["id"] == term["id"]
    told = on_duty(admin, WORKER_GRID, place="3号楼")["informed"]
    assert {"role_label": "楼栋长", "name": "楼长"} in told
    assert admin.delete(f"/v1/holders/{term['id']}").status_code == 200
    assert admin.delete(f"/v1/posts/{post['id']}").status_code == 200
    assert admin.delete(f"/v1/people/{person['id']}").status_code == 200
    gone = admin.post("/v1/holders", json={"post": post["id"], "person": person["id"]})
    assert refused(gone, 422, "invalid-input")["reason"] in ("person_left", "unknown_person")


def test_a_department_has_a_liaison_and_a_team_below_it(admin: TestClient) -> None:
    bureau = written(admin.post("/v1/orgs", json={"name": "旗执法局", "kind": "department"}))
    team = {
        "name": "甲镇执法队", "kind": "township_team", "area": "150221104", "parent": bureau["id"],
    }  # fmt: skip
    below = written(admin.post("/v1/orgs", json=team))
    assert below["parent"] == bureau["id"]
    twin = admin.post("/v1/orgs", json={"name": "旗执法局", "kind": "centre"})
    assert refused(twin, 409, "roster-overlap")["reason"] == "name_taken"
    ring = admin.patch(f"/v1/orgs/{bureau['id']}", json={"parent": below["id"]})
    assert refused(ring, 422, "invalid-input")["reason"] == "ring"
    post = set_up(admin, org=below["id"], role="liaison")
    assert (post["area"], post["org"]) == (None, below["id"])
    both = admin.post("/v1/posts", json={"org": below["id"], "area": COMMUNITY, "role": "liaison"})
    assert refused(both, 422, "invalid-input")["reason"] == "area_or_org"


def test_nobody_is_the_b_role_of_the_own_post(admin: TestClient, worker_post: str) -> None:
    holder = holder_of(admin, worker_post)["person"]
    answer = admin.post("/v1/covers", json={"post": worker_post, "person": holder})
    problem = refused(answer, 422, "invalid-input")
    assert (problem["reason"], problem["errors"][0]["field"]) == ("own_b_role", "person")


def test_a_post_that_is_there_already_is_not_made_twice_but_under_another_name(
    admin: TestClient,
) -> None:
    lead = {"area": WORKER_GRID, "role": "grid_lead"}
    problem = refused(admin.post("/v1/posts", json=lead), 409, "roster-overlap")
    assert problem["reason"] == "role_taken"
    assert problem["conflict"]["id"] == post_of(admin, WORKER_GRID, "grid_lead")["id"]
    second = set_up(admin, **lead, name="副网格长")
    same = admin.patch(f"/v1/posts/{second['id']}", json={"name": None})
    assert refused(same, 409, "roster-overlap")["reason"] == "role_taken"
    for number in (1, 2):  # Of houses there are as many leads as houses.
        set_up(admin, area=WORKER_GRID, role="unit_lead", places=[f"{number}号楼"])
    written(admin.delete(f"/v1/posts/{second['id']}"), 200)
    set_up(admin, **lead, name="副网格长")


def test_persons_are_keyed_by_number_never_by_name(admin: TestClient) -> None:
    first, second = hire(admin, "同名"), hire(admin, "同名", number="A-17")
    assert first["number"] != second["number"]
    taken = admin.post("/v1/people", json={"name": "别人", "area": COMMUNITY, "number": "A-17"})
    assert refused(taken, 409, "roster-overlap")["reason"] == "number_taken"
    found = admin.get("/v1/people", params={"q": "A-17"}).json()["items"]
    assert [person["id"] for person in found] == [second["id"]]


@pytest.mark.parametrize("role", ["township_admin", "community_admin"])
def test_an_administrator_keeps_the_roster_of_the_own_area_alone(
    login: Login, admin: TestClient, role: str
) -> None:
    client = login(role)
    own = hire(client, "本辖区人")
    foreign_post = post_of(admin, OTHER_TOWNSHIP_GRID, "grid_lead")["id"]
    foreign = holder_of(admin, foreign_post)
    body = {"post": foreign_post, "person": own["id"], "from": instant(), "to": instant(1)}
    refused(client.post("/v1/overrides", json={**body, "reason": "x"}), 403, "forbidden")
    leave = {
        "person": foreign["person"], "kind": "sick", "from": instant(), "to": instant(1),
    }  # fmt: skip
    answer = refused(client.post("/v1/absences", json=leave), 422, "invalid-input")
    assert answer["reason"] == "unknown_person"
    refused(client.delete(f"/v1/holders/{foreign['id']}"), 404, "not-found")
    hired = client.post("/v1/people", json={"name": "外人", "area": OTHER_TOWNSHIP})
    refused(hired, 403, "forbidden")
    refused(client.post("/v1/orgs", json={"name": "某局", "kind": "department"}), 403, "forbidden")


def test_readers_read_and_do_not_write(login: Login, admin: TestClient) -> None:
    dispatcher = login("dispatcher")
    assert dispatcher.get("/v1/people").json()["items"]
    body = {"person": NOBODY, "kind": "sick", "from": instant(), "to": instant(1)}
    for role in ("dispatcher", "shift_lead", "leader", "grid_worker", "department", "wall"):
        refused(login(role).post("/v1/absences", json=body), 403, "forbidden")
    for role in ("department", "wall", "integration", "system_admin"):
        refused(login(role).get("/v1/duty", params={"grid": WORKER_GRID}), 403, "forbidden")
    kinds = {term["kind"] for term in dispatcher.get("/v1/absences").json()["items"]}
    assert kinds == {None}
    assert "sick" in {term["kind"] for term in admin.get("/v1/absences").json()["items"]}


def test_a_worker_reads_the_people_of_the_own_grids(login: Login) -> None:
    areas = {person["area"] for person in login("grid_worker").get("/v1/people").json()["items"]}
    assert areas
    assert all(area.startswith(WORKER_GRID) for area in areas)


def test_lists_are_paged_by_id(admin: TestClient) -> None:
    first = admin.get("/v1/holders", params={"limit": 3, "area": COMMUNITY}).json()
    second = admin.get(
        "/v1/holders", params={"limit": 3, "area": COMMUNITY, "cursor": first["next"]}
    ).json()
    ids = [term["id"] for page in (first, second) for term in page["items"]]
    assert len(set(ids)) == 6
    assert ids == sorted(ids)


def test_of_two_who_take_one_seat_at_once_one_is_told_of_the_other(admin: TestClient) -> None:
    post = set_up(admin, area=WORKER_GRID, role="mediator")["id"]
    people = [hire(admin, f"抢席{number}")["id"] for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda who: admin.post("/v1/holders", json={"post": post, "person": who}), people
            )
        )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


def test_a_change_of_hands_is_one_write_or_none(admin: TestClient) -> None:
    grid = "150221104001010"
    post = post_of(admin, grid, "grid_lead")["id"]
    before, after = holder_of(admin, post), hire(admin, "接班人")
    body = {"post": post, "person": after["id"], "replace": True}
    looked = admin.post("/v1/holders?dry_run=true", json=body).json()
    assert looked["seat"] == 1
    assert holder_of(admin, post)["id"] == before["id"]
    made = written(admin.post("/v1/holders", json=body))
    terms = admin.get("/v1/holders", params={"post": post}).json()["items"]
    ended = next(term for term in terms if term["id"] == before["id"])
    assert ended["to"] == made["from"]
    unknown = {**body, "person": NOBODY}
    refused(admin.post("/v1/holders", json=unknown), 422, "invalid-input")
    assert holder_of(admin, post)["id"] == made["id"]


def test_a_month_shows_leave_shift_and_cover_day_by_day(admin: TestClient, login: Login) -> None:
    grid, day = "150221104001010", instant()[:10]
    post = post_of(admin, grid, "full_time_grid_worker")["id"]
    holder, b_role = holder_of(admin, post), hire(admin, "日历乙角")
    written(admin.post("/v1/covers", json={"post": post, "person": b_role["id"]}))
    leave = {"from": f"{day}T00:00:00+08:00", "to": instant(80)}
    leave |= {"person": holder["person"], "kind": "sick"}
    written(admin.post("/v1/absences", json=leave))
    asked = {"area": grid, "month": instant(24)[:7]}
    month = admin.get("/v1/duty/calendar", params=asked).json()
    assert len(month["days"]) in (28, 29, 30, 31)
    cells = [cell for person in month["people"] for cell in person["cells"] if cell]
    assert {cell["kind"] for cell in cells} >= {"absence", "cover"}
    # Why somebody is away is shown to those who keep the roster alone.
    assert "病假" in {cell["label"] for cell in cells}
    read = login("dispatcher").get("/v1/duty/calendar", params=asked).json()
    labels = {cell["label"] for person in read["people"] for cell in person["cells"] if cell}
    assert "病假" not in labels
    bad = admin.get("/v1/duty/calendar", params={"area": COMMUNITY, "month": "2026-13"})
    assert refused(bad, 422, "invalid-input")["reason"] == "bad_month"


def test_the_board_counts_what_lies_below_and_names_every_gap(admin: TestClient) -> None:
    board = admin.get("/v1/duty/board", params={"area": "150221"}).json()
    assert len(board["children"]) == 9
    counted = sum(child["vacant"] for child in board["children"])
    # A post of the county itself or of an organisation lies in no child.
    assert 10 <= counted <= board["summary"]["vacant"]
    assert board["gaps_total"] == board["summary"]["vacant"] + board["summary"]["away"]
    assert board["may_edit"] is True


def test_another_towns_people_are_not_named_to_an_administrator(login: Login) -> None:
    client = login("community_admin")
    board = client.get("/v1/duty/board", params={"area": OTHER_TOWNSHIP}).json()
    assert board["may_edit"] is False
    assert {tuple(post["terms"]) for post in board["posts"]} == {()}
    assert {post["answers"] for post in board["posts"]} == {None}
    assert {gap["detail"] for gap in board["gaps"]} <= {""}


def test_every_write_is_in_the_audit_trail(admin: TestClient) -> None:
    person = hire(admin, "留痕")
    rows = admin.get("/v1/audit", params={"action": "people_added", "limit": 1}).json()["items"]
    assert rows[0]["object"] == person["id"]
    assert rows[0]["detail"]["number"] == person["number"]
