"""The look of a call and the lists of work, over HTTP."""

from __future__ import annotations

import pytest

from tests.http.demo_county import (
    BAOTOU,
    OTHER_TOWNSHIP_GRID,
    TOWNSHIP,
    WORKER_GRID,
    inside,
    store_report,
)

LOOK = "/v1/desk/look"
CLEAN = "cg03"


def look(client, **body):
    answer = client.post(LOOK, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def take_in(client, grid, **members):
    position = members.pop("position", None) or inside(grid, accuracy_m=5)
    return store_report(client, **{"text": "反映一件事。", "position": position, **members})


def numbers(client):
    return {row["key"]: row for row in client.get("/v1/desk/queues").json()["items"]}


def test_a_look_says_who_until_when_and_what_to_read_and_writes_nothing(client):
    before = client.get("/v1/reports", params={"limit": 500}).json()["items"]
    seen = look(client, category=CLEAN, position=inside(WORKER_GRID, accuracy_m=5))
    assert seen["answer"]["grid"]["code"] == WORKER_GRID
    assert seen["answer"]["lane"]["kind"] == "grid"
    assert seen["duty"]["name"] in seen["sentence"]
    assert seen["due"]["words"] in seen["sentence"]
    assert seen["questions"] == []
    assert client.get("/v1/reports", params={"limit": 500}).json()["items"] == before


def test_the_sentence_never_holds_the_phone_of_the_worker(client):
    seen = look(client, category=CLEAN, position=inside(WORKER_GRID))
    phone = seen["answer"]["worker"]["phone"]
    assert phone
    assert phone not in seen["sentence"]


def test_before_a_place_is_known_the_place_is_asked(client):
    seen = look(client, category=CLEAN)
    assert seen["answer"] is None
    assert seen["duty"] is None
    assert "什么地方" in seen["questions"][0]


def test_a_doubtful_place_is_asked_about_and_a_chosen_candidate_settles_it(client):
    seen = look(client, category=CLEAN, position=inside(WORKER_GRID, accuracy_m=800))
    codes = [one["grid"]["code"] for one in seen["answer"]["candidates"]]
    assert len(codes) > 1
    assert seen["questions"]
    chosen = look(
        client, category=CLEAN, position=inside(WORKER_GRID, accuracy_m=800), grid=codes[1]
    )
    assert chosen["chosen"] == codes[1]
    assert chosen["questions"] == []
    assert chosen["duty"]["name"] in chosen["sentence"]
    # What the place alone says is shown all the same.
    assert chosen["answer"]["decision"] == seen["answer"]["decision"]


def test_a_choice_for_another_place_does_not_count(client):
    seen = look(client, position=inside(WORKER_GRID), grid=OTHER_TOWNSHIP_GRID)
    assert seen["chosen"] is None
    assert seen["duty"]["place"] != OTHER_TOWNSHIP_GRID


def test_a_complaint_about_the_grids_own_people_names_nobody(client):
    seen = look(client, category="zx03", position=inside(WORKER_GRID))
    assert seen["confidential"]
    assert seen["similar"] is None
    assert "保密" in seen["sentence"]
    assert seen["questions"] == []
    about = look(client, category=CLEAN, position=inside(WORKER_GRID), about="grid_worker")
    assert about["questions"] == []
    assert about["duty"]["name"] not in about["sentence"]


def test_what_was_reported_nearby_is_suggested(client):
    taken = take_in(client, WORKER_GRID, category=CLEAN, text="垃圾桶满了，好几天没人清运。")
    seen = look(
        client, category=CLEAN, text="垃圾没人清运", position=inside(WORKER_GRID, accuracy_m=5)
    )
    assert taken["id"] in [item["id"] for item in seen["similar"]["items"]]


def test_outside_the_county_is_no_error_at_the_desk(client):
    seen = look(client, position=BAOTOU)
    assert seen["answer"]["decision"] == "desk"
    assert "本旗" in seen["questions"][-1]


@pytest.mark.parametrize(
    "body",
    [
        {"category": "xx99"},
        {"grid": "150221104001998", "address": "萨拉齐镇"},
        {"position": {"lon": 0, "lat": 0, "crs": "cgcs2000"}},
        {"about": "mayor"},
        {"words": "萨拉齐"},
    ],
)
def test_what_is_malformed_is_refused_in_words(client, body):
    answer = client.post(LOOK, json=body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid-input"


def test_a_report_moves_from_list_to_list_with_its_state(client, login):
    before = numbers(client)
    report = take_in(client, WORKER_GRID, position=inside(WORKER_GRID, accuracy_m=800))
    assert report["status"] == "awaiting_decision"
    assert numbers(client)["triage"]["count"] == before["triage"]["count"] + 1
    rows = client.get("/v1/desk/queues/triage").json()["items"]
    assert report["id"] in [row["id"] for row in rows]
    answer = client.post(
        f"/v1/reports/{report['id']}/steps", json={"step": "confirm_grid", "grid": WORKER_GRID}
    )
    assert answer.status_code == 200, answer.text
    assert numbers(client)["triage"]["count"] == before["triage"]["count"]
    rows = client.get("/v1/desk/queues/open").json()["items"]
    assert report["id"] in [row["id"] for row in rows]


def test_a_caller_whose_matter_was_settled_on_the_spot_is_listed_until_called_back(client, login):
    caller = {"name": "王某", "phone": "13800000000"}
    report = take_in(client, WORKER_GRID, category=CLEAN, reporter=caller)
    worker = login("grid_worker")
    for step in ("accept", "close"):
        answer = worker.post(f"/v1/reports/{report['id']}/steps", json={"step": step})
        assert answer.status_code == 200, answer.text
    listed = client.get("/v1/desk/queues/follow_up").json()["items"]
    assert report["id"] in [row["id"] for row in listed]
    for key in ("open", "red", "verify"):
        rows = client.get(f"/v1/desk/queues/{key}").json()["items"]
        assert report["id"] not in [row["id"] for row in rows]
    called = {"step": "follow_up", "resolved": "yes", "satisfied": "satisfied"}
    answer = client.post(f"/v1/reports/{report['id']}/steps", json=called)
    assert answer.json()["status"] == "closed", answer.text
    listed = client.get("/v1/desk/queues/follow_up").json()["items"]
    assert report["id"] not in [row["id"] for row in listed]


def test_a_desk_of_a_township_sees_its_own_lists_alone(client, login):
    here = take_in(client, WORKER_GRID)
    elsewhere = take_in(client, OTHER_TOWNSHIP_GRID)
    rows = login("township_admin").get("/v1/desk/queues/open").json()["items"]
    ids = {row["id"] for row in rows}
    assert here["id"] in ids
    assert elsewhere["id"] not in ids
    assert all(row["area"]["code"].startswith(TOWNSHIP) for row in rows)


def test_when_nobody_below_is_there_the_report_is_listed_and_never_lost(client, login):
    admin = login("county_admin")

    def on_duty():
        return admin.get("/v1/duty", params={"grid": WORKER_GRID}).json()["worker"]

    earlier = take_in(client, WORKER_GRID, category=CLEAN)
    before = client.get("/v1/desk/queues/nobody").json()["items"]
    assert earlier["id"] not in [row["id"] for row in before]
    while (worker := on_duty()) is not None and worker["role"] != "county_desk":
        leave = {
            "person": worker["person"],
            "kind": "annual",
            "from": "2026-11-01T00:00:00+08:00",
            "to": "2046-12-01T00:00:00+08:00",
        }
        answer = admin.post("/v1/absences", json=leave)
        assert answer.status_code == 201, answer.text
    report = take_in(client, WORKER_GRID, category=CLEAN)
    rows = client.get("/v1/desk/queues/nobody").json()["items"]
    assert next(row for row in rows if row["id"] == report["id"])["here"]
    assert numbers(client)["nobody"]["here"] >= 1
    # What somebody was given before they all went is listed too, where it lies.
    assert not next(row for row in rows if row["id"] == earlier["id"])["here"]
    assert login("township_admin").get("/v1/desk/queues/nobody").json()["items"]


def test_an_unknown_list_is_refused_and_others_have_no_desk(client, login, anonymous):
    assert client.get("/v1/desk/queues/lost").status_code == 422
    assert login("grid_worker").get("/v1/desk/queues").status_code == 403
    assert login("leader").get("/v1/desk/queues").status_code == 200
    assert login("leader").post(LOOK, json={}).status_code == 403
    assert anonymous.get("/v1/desk/queues").status_code == 401
