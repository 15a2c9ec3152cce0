"""网格界线调整 in a real browser, with every other host unreachable: draft, submit, approve."""

from __future__ import annotations

from uuid import uuid4

import pytest
import shapely
from playwright.sync_api import Page, expect

from tests.browser.edit_actions import (
    LAST_STEP_MS,
    REFUSALS,
    TOWNSHIP,
    across,
    answered,
    click_at,
    drafted,
    draw,
    look_at,
    new_plan,
    on_screen,
    open_plan,
    take_tool,
)

COMMUNITY = f"{TOWNSHIP}001"
GRID = f"{COMMUNITY}003"
NEW_GRID = f"{COMMUNITY}011"
LOOKS = [((1366, 768), "dark"), ((1920, 1080), "light")]


@pytest.fixture(scope="module")
def township(served):
    with served.api("township_admin") as client:
        yield client


@pytest.fixture
def author(served):
    """A township administrator at the screen; refusals by the service are part of the work."""
    watched = served.log_in("township_admin")
    yield watched
    watched.page.context.close()
    assert [line for line in watched.trouble if not any(word in line for word in REFUSALS)] == []


@pytest.fixture
def approver(served):
    watched = served.log_in("county_admin")
    yield watched
    watched.page.context.close()
    assert watched.trouble == []


def send_report(client, point) -> dict:
    answer = client.post(
        "/v1/reports",
        json={
            "channel": "walk_in",
            "text": "楼道灯坏了。",
            "position": {"lon": point.x, "lat": point.y, "crs": "cgcs2000", "accuracy_m": 1},
        },
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_split_is_drawn_submitted_and_approved_and_the_next_report_goes_to_the_new_owner(
    author, approver, served, township
):
    page = author.page
    page.goto(f"{author.base}/edit")
    page.wait_for_selector("html[data-map=ready]", timeout=20_000)
    expect(page.locator("#plan-list")).to_contain_text("还没有方案")
    page.click("#new-plan")
    page.fill("#new-plan-name", "振华社区网格调整")
    page.click("#new-plan-form [type=submit]")
    expect(page.locator("#plan-name")).to_have_text("振华社区网格调整")
    plan = page.url.split("#plan=")[1]
    before = drafted(township, plan, GRID)
    look_at(page, before)

    take_tool(page, "s", "拆分网格")
    click_at(page, before.centroid.x, before.centroid.y)
    draw(page, across(before))
    expect(page.locator("#keep-form")).to_contain_text("哪一块保留")
    page.keyboard.press("Enter")
    answered(page, "split")
    expect(page.locator("#plan-count")).to_contain_text("新增1")
    after = drafted(township, plan, GRID).wkb

    page.keyboard.press("Control+z")
    answered(page, "undo")
    assert drafted(township, plan, GRID).wkb == before.wkb
    assert drafted(township, plan, NEW_GRID) is None
    page.keyboard.press("Control+Shift+Z")
    answered(page, "redo")
    assert drafted(township, plan, GRID).wkb == after

    page.keyboard.press("Escape")
    page.click("#tab-effect")
    expect(page.locator("#side-body")).to_contain_text("改动1个网格，新增1个")
    expect(page.locator("[data-check=no_holder]")).to_have_count(1)
    page.click("#tab-decision")
    page.click("#submit-plan")
    expect(page.locator("#look-body")).to_contain_text("改动1个网格，新增1个")
    page.click("#look-confirm")
    expect(page.locator("#plan-facts")).to_contain_text("送审", timeout=LAST_STEP_MS)

    inside = drafted(township, plan, NEW_GRID).representative_point()
    with served.api("dispatcher") as dispatcher:
        assert send_report(dispatcher, inside)["grid"]["code"] == GRID
        decide(open_plan(approver, plan))
        assert send_report(dispatcher, inside)["grid"]["code"] == NEW_GRID


def decide(page: Page) -> None:
    page.click("#tab-decision")
    page.fill("#approve-number", "示发〔2026〕1号")
    page.check("#approve-vacant")
    page.click("#approve-form [type=submit]")
    expect(page.locator("#look-body")).to_contain_text("1件在办诉求将随界移交")
    page.click("#look-confirm")
    expect(page.locator("#plan-facts")).to_contain_text("已生效", timeout=LAST_STEP_MS)


def test_a_node_is_dragged_and_both_sides_change(author, township):
    plan = new_plan(township)
    page = open_plan(author, plan)
    other = f"{COMMUNITY}001"
    shape, beside = drafted(township, plan, GRID), drafted(township, plan, other)
    border = shapely.line_merge(shape.intersection(beside))
    lon, lat = shapely.get_coordinates(border)[len(border.coords) // 2]
    look_at(page, shape)
    take_tool(page, "n", "移动界点")
    click_at(page, *shape.representative_point().coords[0])
    x, y = on_screen(page, lon, lat)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 4, y + 4, steps=3)
    page.mouse.move(x + 9, y + 9, steps=3)
    page.mouse.up()
    answered(page, "move_node")
    expect(page.locator("[data-answer=move_node] .edit-tag-changed")).to_have_count(2)
    assert drafted(township, plan, GRID).wkb != shape.wkb
    assert drafted(township, plan, other).wkb != beside.wkb


def test_a_refused_line_is_shown_in_red_with_the_reason_and_changes_nothing(author, township):
    plan = new_plan(township)
    page = open_plan(author, plan)
    shape = drafted(township, plan, GRID)
    look_at(page, shape)
    take_tool(page, "s", "拆分网格")
    x, y = shape.centroid.x, shape.centroid.y
    click_at(page, x, y)
    draw(page, [(x - 0.0004, y), (x + 0.0004, y + 0.0001)])
    page.keyboard.press("Enter")
    trouble = page.locator(".edit-trouble[data-reason=line_does_not_cut]")
    expect(trouble).to_contain_text("没有把网格分成两块")
    expect(trouble).to_contain_text("红色标出")
    assert drafted(township, plan, GRID).wkb == shape.wkb
    page.get_by_role("button", name="放弃这一步").click()
    expect(trouble).to_have_count(0)


def test_after_a_conflict_and_without_a_network_the_drawing_is_kept_and_can_be_sent_again(
    author, served, township
):
    plan = new_plan(township)
    page = open_plan(author, plan)
    shape = drafted(township, plan, GRID)
    look_at(page, shape)
    take_tool(page, "s", "拆分网格")
    click_at(page, shape.centroid.x, shape.centroid.y)
    with served.api("county_admin") as other:
        bend_a_border(other, plan, shape)
    draw(page, across(shape))
    page.keyboard.press("Enter")
    trouble = page.locator(".edit-trouble")
    expect(trouble).to_contain_text("演示网格办")
    page.get_by_role("button", name="刷新，保留我的画线").click()
    expect(trouble).to_contain_text("您的画线还在")
    page.context.set_offline(True)
    page.get_by_role("button", name="再次提交").click()
    expect(page.locator("#offline")).to_be_visible()
    expect(trouble).to_contain_text("画线已保留")
    page.context.set_offline(False)
    page.get_by_role("button", name="再次提交").click()
    answered(page, "split")


def bend_a_border(client, plan: str, shape) -> None:
    """Move the first node of a grid that may be moved by a little, as somebody else would."""
    revision = client.get(f"/v1/plans/{plan}").json()["revision"]
    for lon, lat in shapely.get_coordinates(shape).tolist():
        answer = client.post(
            f"/v1/plans/{plan}/operations",
            json={
                "op": "move_node",
                "from": [lon, lat],
                "to": [lon + 1e-5, lat + 1e-5],
                "crs": "cgcs2000",
            },
            headers={"If-Match": f'"{revision}"'},
        )
        if answer.status_code == 200:
            return
    raise AssertionError("no node of the grid can be moved")


def test_a_plan_that_is_sent_back_says_why_and_can_be_changed_again(
    approver, author, served, township
):
    plan = new_plan(township, "<img src=x onerror=alert(1)>")
    with served.api("township_admin") as client:
        bend_a_border(client, plan, drafted(client, plan, GRID))
        assert client.post(f"/v1/plans/{plan}/submit").status_code == 200
    page = open_plan(approver, plan)
    expect(page.locator("#plan-name")).to_have_text("<img src=x onerror=alert(1)>")
    expect(page.get_by_role("radio", name="拆分网格")).to_be_disabled()
    page.click("#tab-decision")
    page.fill("#reject-reason", "先征求<b>两个村</b>的意见")
    page.click("#reject-form [type=submit]")
    expect(page.locator("#plan-facts")).to_contain_text("退回修改", timeout=LAST_STEP_MS)
    page = open_plan(author, plan)
    page.click("#tab-decision")
    expect(page.locator("#side-body")).to_contain_text("退回原因：先征求<b>两个村</b>的意见")
    expect(page.get_by_role("radio", name="拆分网格")).to_be_enabled()


def test_a_published_change_is_taken_back_after_a_look_at_what_that_does(
    approver, served, township
):
    plan = new_plan(township, "要恢复的调整")
    other = f"{TOWNSHIP}002001"
    before = drafted(township, plan, other)
    bend_a_border(township, plan, before)
    township.post(f"/v1/plans/{plan}/submit")
    with served.api("county_admin") as county:
        answer = county.post(f"/v1/plans/{plan}/approve", json={"allow_vacant": True})
        assert answer.status_code == 200, answer.text
    page = approver.page
    page.goto(f"{approver.base}/edit")
    page.wait_for_selector("html[data-map=ready]", timeout=20_000)
    page.click("#list-tab-changesets")
    page.locator("[data-changeset]", has_text="要恢复的调整").click()
    expect(page.locator("#side-body")).to_contain_text("改动", timeout=LAST_STEP_MS)
    page.click("#rollback")
    expect(page.locator("#look-body")).to_contain_text("恢复成调整之前的样子")
    page.click("#look-confirm")
    expect(page.locator("#plan-list")).to_contain_text(
        "恢复原界：要恢复的调整", timeout=LAST_STEP_MS
    )
    again = new_plan(township)
    assert drafted(township, again, other).wkb == before.wkb


def test_an_overtaken_plan_is_carried_over_and_says_which_steps_are_lost(author, served, township):
    gone, kept, free = (f"{TOWNSHIP}003{number}" for number in ("001", "002", "005"))
    first, second = new_plan(township, "先批准的"), new_plan(township, "被越过的")
    stroke(township, first, 0, {"op": "merge", "grids": [gone, kept], "keep": kept})
    shape = drafted(township, second, gone)
    line = {"type": "LineString", "coordinates": across(shape)}
    stroke(township, second, 0, {"op": "split", "grid": gone, "line": line, "crs": "cgcs2000"})
    bend_a_border(township, second, drafted(township, second, free))
    for plan in (first, second):
        assert township.post(f"/v1/plans/{plan}/submit").status_code == 200
    with served.api("county_admin") as county:
        answer = county.post(f"/v1/plans/{first}/approve", json={"allow_vacant": True})
        assert answer.status_code == 200, answer.text
        late = county.post(f"/v1/plans/{second}/approve", json={"allow_vacant": True})
        assert late.status_code == 409, late.text
        assert "拆分网格" in late.json()["detail"]
        county.post(f"/v1/plans/{second}/reject", json={"reason": "底图已变"})
    page = open_plan(author, second)
    page.click("#tab-decision")
    page.get_by_text("底图已变？").click()
    page.click("#renew-plan")
    lost = page.locator("#stage-message")
    expect(lost).to_contain_text("第1步（拆分网格）", timeout=LAST_STEP_MS)
    fresh = page.url.split("#plan=")[1]
    assert fresh != second
    log = township.get(f"/v1/plans/{fresh}").json()["operations"]
    assert [step["op"] for step in log] == ["move_node"]
    assert township.get(f"/v1/plans/{second}").json()["state"] == "overtaken"


def stroke(client, plan: str, revision: int, body: dict[str, object]) -> None:
    headers = {"If-Match": f'"{revision}"'}
    answer = client.post(f"/v1/plans/{plan}/operations", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_nothing_of_the_editor_is_cut_off(served, township, size, theme):
    watched = served.log_in("township_admin", {"width": size[0], "height": size[1]})
    page = open_plan(watched, new_plan(township), f"&theme={theme}")
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    expect(page.locator(".map-notes")).to_contain_text("不作为行政区域界线和土地权属依据")
    for name in ("#palette", "#undo", "#as-before", "#tab-decision", ".map-notes"):
        box = page.locator(name).bounding_box()
        assert box is not None, name
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= size[0], name
        assert box["y"] + box["height"] <= size[1], name
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    page.context.close()
    assert watched.trouble == []


def test_the_editor_is_closed_to_those_who_draft_nothing(served):
    watched = served.log_in("dispatcher")
    answer = watched.page.goto(f"{watched.base}/edit")
    assert answer is not None
    assert answer.status == 403
    expect(watched.page.locator("h1")).to_have_text("您没有查看权限")
    watched.page.context.close()
