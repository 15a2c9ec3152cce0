"""Buildings, proposals and files of new grids in the editor, with every other host unreachable."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from playwright.sync_api import expect
from shapely.affinity import translate

from geo.datums import from_cgcs2000_arrays
from geo.position import Datum
from tests.browser.edit_actions import (
    LAST_STEP_MS,
    REFUSALS,
    TOWNSHIP,
    answered,
    click_at,
    drafted,
    look_at,
    new_plan,
    open_plan,
    take_tool,
)

COMMUNITY = f"{TOWNSHIP}001"
VILLAGE = f"{TOWNSHIP}200"


@pytest.fixture(scope="module")
def township(served):
    with served.api("township_admin") as client:
        yield client


@pytest.fixture
def author(served):
    watched = served.log_in("township_admin")
    yield watched
    watched.page.context.close()
    assert [line for line in watched.trouble if not any(word in line for word in REFUSALS)] == []


def steps(client, plan: str) -> list[tuple[str, str]]:
    log = client.get(f"/v1/plans/{plan}").json()["operations"]
    return [(step["op"], step["state"]) for step in log]


def grids(client, plan: str) -> bytes:
    return client.get(f"/v1/plans/{plan}/grids.geojson").content


def test_buildings_chosen_on_the_map_and_in_the_list_go_over_to_the_other_grid(author, township):
    plan = new_plan(township)
    to, giver = f"{COMMUNITY}003", f"{COMMUNITY}001"
    receiving = drafted(township, plan, to)
    lived = township.get(f"/v1/plans/{plan}/buildings", params={"codes": giver}).json()["items"]
    lived.sort(key=lambda each: receiving.distance(shapely.Point(each["lon"], each["lat"])))
    first, second, third = lived[:3]
    page = open_plan(author, plan)
    take_tool(page, "a", "划转楼栋")
    page.fill("#grid-pick", to)
    page.keyboard.press("Tab")
    expect(page.locator("#places-form")).to_contain_text("还没有选楼栋")
    look_at(page, drafted(township, plan, giver))
    for each in (first, second):
        click_at(page, each["lon"], each["lat"])
    expect(page.locator(".edit-sum")).to_contain_text("已选2栋")
    page.locator(".edit-group", has=page.locator(f"#all-{giver}")).locator("summary").click()
    page.check(f'[id="place-{third["id"]}"]')
    homes = sum(each["households"] for each in (first, second, third))
    expect(page.locator(".edit-sum")).to_have_text(f"已选3栋，{homes}户")
    page.keyboard.press("Enter")
    answered(page, "assign_places")
    after = township.get(f"/v1/plans/{plan}/buildings", params={"codes": f"{to},{giver}"})
    owner = {each["id"]: each["grid"] for each in after.json()["items"]}
    assert [owner[each["id"]] for each in lived] == [to] * 3 + [giver] * (len(lived) - 3)
    assert steps(township, plan) == [("assign_places", "done")]


def proposed(preview):
    """Return the codes of the proposed grids: those that go on under their code, and new ones."""
    return [each["code"] for each in [*preview["grids"]["changed"], *preview["grids"]["created"]]]


def test_a_proposal_is_drawn_counted_and_exchanged_for_another_and_is_one_step_to_undo(
    author, township
):
    plan = new_plan(township)
    before = grids(township, plan)
    page = open_plan(author, plan)
    take_tool(page, "p", "辅助划分")
    page.select_option("#ask-area", COMMUNITY)
    page.fill("#ask-households", "500")
    page.keyboard.press("Enter")
    result = page.locator("[data-proposal='1']")
    expect(result).to_contain_text("在500户±10%以内", timeout=LAST_STEP_MS)
    preview = township.get(f"/v1/plans/{plan}/preview").json()
    homes = {each["code"]: each["after"] for each in preview["households"]}
    made = proposed(preview)
    expect(result.locator("li")).to_have_count(len(made))
    for code in made:
        expect(result.locator(f"[data-code='{code}']")).to_contain_text(f"{homes[code]}户")
    first = {code: drafted(township, plan, code).wkb for code in made}

    page.get_by_role("button", name="换一个方案").click()
    expect(page.locator("[data-proposal='2']")).to_contain_text("方案2", timeout=LAST_STEP_MS)
    again = proposed(township.get(f"/v1/plans/{plan}/preview").json())
    assert {code: drafted(township, plan, code).wkb for code in again} != first
    assert steps(township, plan) == [("partition", "dropped"), ("partition", "done")]
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    answered(page, "undo")
    expect(page.locator("[data-proposal]")).to_have_count(0)
    assert grids(township, plan) == before


def test_a_long_step_can_be_given_up_and_leaves_the_draft_to_the_byte(author, township):
    plan = new_plan(township)
    before = grids(township, plan)
    page = open_plan(author, plan)

    def late(route):
        page.wait_for_timeout(1500)
        route.continue_()

    page.route("**/operations", late)
    take_tool(page, "p", "辅助划分")
    page.select_option("#ask-area", COMMUNITY)
    page.click("#partition-form [type=submit]")
    page.keyboard.press("Escape")
    expect(page.locator("#busy-text")).to_contain_text("正在取消")
    expect(page.locator("#stage-message")).to_contain_text(
        "已取消，方案没有改变", timeout=LAST_STEP_MS
    )
    assert grids(township, plan) == before
    assert steps(township, plan) == [("partition", "undone")]
    expect(page.locator("#partition-form")).to_be_visible()


def test_a_file_of_new_grids_is_refused_at_the_wrong_place_and_fits_in_its_own_system(
    author, township
):
    plan = new_plan(township)
    outline = township.get("/v1/areas.geojson", params={"level": "community", "within": VILLAGE})
    land = shapely.from_geojson(json.dumps(outline.json()["features"][0]["geometry"]))
    west, south, east, north = land.bounds
    middle = (west + east) / 2
    halves = [
        max(shapely.get_parts(land & shapely.box(a, south, b, north)), key=lambda part: part.area)
        for a, b in ((west, middle), (middle, east))
    ]
    page = open_plan(author, plan)
    take_tool(page, "f", "整体重划")
    page.select_option("#replan-area", VILLAGE)
    page.set_input_files("#replan-file", files=[file_of("读不出.geojson", "{")])
    expect(page.locator("#replan-form")).to_contain_text("不是 GeoJSON 文件")
    far = [translate(half, 0.3) for half in halves]
    page.set_input_files("#replan-file", files=[file_of("偏了.geojson", collection(far))])
    expect(page.locator("#replan-form")).to_contain_text("2个面，没有编码")
    page.select_option("#replan-crs", "cgcs2000")
    page.click("#replan-form [type=submit]")
    trouble = page.locator(".edit-trouble")
    expect(trouble).to_contain_text("红色标出", timeout=LAST_STEP_MS)
    assert steps(township, plan) == []

    page.get_by_role("button", name="改选项").click()
    shifted = [shapely.transform(half, to_gcj02) for half in halves]
    page.set_input_files("#replan-file", files=[file_of("新网格.geojson", collection(shifted))])
    page.select_option("#replan-crs", "gcj02")
    page.click("#replan-form [type=submit]")
    answered(page, "replan")
    assert steps(township, plan) == [("replan", "done")]
    created = township.get(f"/v1/plans/{plan}/preview").json()["grids"]["created"]
    assert len(created) == 2
    for each in created:
        shape = drafted(township, plan, each["code"])
        assert max(shape.intersection(half).area / half.area for half in halves) > 0.999


def test_old_and_new_are_compared_by_a_curtain_that_keys_and_pointer_move(author, township):
    plan = new_plan(township)
    body = {"op": "partition", "area": COMMUNITY, "households": 500, "seed": 3}
    headers = {"If-Match": '"0"'}
    made = township.post(f"/v1/plans/{plan}/operations", json=body, headers=headers, timeout=30)
    assert made.status_code == 200, made.text
    page = open_plan(author, plan)
    page.keyboard.press("c")
    curtain = page.locator("#swipe")
    expect(curtain).to_be_visible()
    curtain.focus()
    page.keyboard.press("ArrowRight")
    expect(curtain).to_have_attribute("aria-valuenow", "52")
    box = curtain.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] - 150, box["y"] + 200, steps=4)
    page.mouse.up()
    expect(curtain).not_to_have_attribute("aria-valuenow", "52")
    left, right = (
        page.evaluate("name => wanggeMap.map.getPane(name).style.clipPath", name)
        for name in ("old", "names")
    )
    assert left.startswith("polygon(") and right.startswith("polygon(") and left != right
    page.keyboard.press("c")
    expect(curtain).to_be_hidden()
    assert page.evaluate("wanggeMap.map.getPane('names').style.clipPath") == ""


def test_a_grid_on_the_map_leads_to_the_draft_in_which_it_can_be_changed(author, township):
    plan = new_plan(township, "从地图来")
    page = author.page
    page.goto(f"{author.base}/map#at={COMMUNITY}003")
    page.get_by_role("link", name="调整边界").click()
    page.wait_for_selector("html[data-map=ready]", timeout=20_000)
    wanted = page.locator(f"[data-wanted='{COMMUNITY}003']")
    expect(wanted).to_contain_text("振华社区第三网格")
    wanted.locator(f"[data-plan='{plan}']").click()
    expect(page.locator("#plan-name")).to_have_text("从地图来")
    expect(page.locator(f"[data-chosen='{COMMUNITY}003']")).to_be_visible()


def to_gcj02(points):
    return np.column_stack(from_cgcs2000_arrays(points[:, 0], points[:, 1], Datum.GCJ02))


def collection(shapes) -> str:
    features = [
        {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(shape))}
        for shape in shapes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def file_of(name: str, text: str) -> dict[str, object]:
    return {"name": name, "mimeType": "application/geo+json", "buffer": text.encode()}
