"""What the phone is told when its page starts, and who may open it."""

from __future__ import annotations

from tests.http.demo_county import COMMUNITY, WORKER_GRID, inside, new_key, store_report


def begin(client):
    response = client.get("/v1/phone/start")
    assert response.status_code == 200, response.text
    return response.json()


def codes(grids):
    return {grid["code"] for grid in grids}


def test_a_worker_learns_the_own_grids_those_of_the_village_and_those_beside_it(login):
    start = begin(login("grid_worker"))
    own, village, beside = (codes(start[name]) for name in ("own", "village", "neighbours"))
    # The account's own grid stands first: it is what a touch without a position means.
    assert start["own"][0]["code"] == WORKER_GRID
    assert all(code.startswith(COMMUNITY) for code in own | village)
    assert beside
    assert not any(code.startswith(COMMUNITY) for code in beside)
    assert not own & village
    assert start["box"] is not None
    west, south, east, north = start["box"]
    place = inside(WORKER_GRID)
    assert west <= place["lon"] <= east
    assert south <= place["lat"] <= north


def test_a_grid_that_is_named_as_its_label_says_is_found_by_that_name(login):
    worker = login("grid_worker")
    for grid in begin(worker)["own"]:
        found = worker.post("/v1/locate", json={"address": grid["label"]}).json()
        assert (found["decision"], found["grid"]["code"]) == ("auto", grid["code"])


def test_whoever_answers_for_a_whole_township_has_no_list_of_grids(login):
    start = begin(login("township_admin"))
    assert (start["own"], start["village"], start["box"]) == ([], [], None)
    assert start["stands_in"] is False


def test_only_what_was_mended_at_once_on_a_round_is_counted_apart(login):
    worker = login("grid_worker")
    before = begin(worker)["day"]

    def entered(channel):
        members = {"channel": channel, "category": "cg03", "position": inside(WORKER_GRID)}
        return store_report(worker, **members)["id"]

    def step(report, **body):
        headers = {"Idempotency-Key": new_key()}
        answer = worker.post(f"/v1/reports/{report}/steps", json=body, headers=headers)
        assert answer.status_code == 200, answer.text

    for channel in ("patrol", "walk_in"):
        report = entered(channel)
        step(report, step="accept")
        step(report, step="close", outcome="resolved")
    entered("patrol")
    after = begin(worker)["day"]
    assert after["entered"] - before["entered"] == 3
    assert after["on_the_spot"] - before["on_the_spot"] == 1


def test_a_token_is_told_to_a_cookie_alone(login):
    assert begin(login("grid_worker"))["csrf"] == ""


def test_who_handles_no_reports_has_no_phone_page(login, anonymous):
    for role in ("leader", "wall", "integration", "system_admin"):
        assert login(role).get("/v1/phone/start").status_code == 403
        assert login(role).get("/m").status_code == 403
    assert anonymous.get("/v1/phone/start").status_code == 401
    gone = anonymous.get("/m", follow_redirects=False)
    assert (gone.status_code, gone.headers["location"]) == (303, "/login?next=/m")


def test_the_page_is_kept_alive_by_a_script_that_may_only_do_so_below_itself(anonymous):
    script = anonymous.get("/m/worker.js")
    assert script.status_code == 200
    assert script.headers["service-worker-allowed"] == "/m"
    assert script.headers["content-type"].startswith("text/javascript")
