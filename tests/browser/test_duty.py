"""The page 岗位与值班 as an administrator uses it: see, enter with a second look, by keyboard."""

from __future__ import annotations

import io

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.map_actions import SOON_MS
from tests.http.demo_county import COMMUNITY, WORKER_GRID
from tests.http.roster_actions import hire, holder_of, instant, on_duty, post_of, written

PAGE = f"/duty?area={COMMUNITY}"


@pytest.fixture(scope="module")
def office(served):
    """The county administrator's login as another program would use it."""
    with served.api("county_admin") as client:
        yield client


@pytest.fixture
def admin(served):
    watched = served.log_in("county_admin")
    yield watched
    watched.page.context.close()
    assert watched.trouble == []


def open_page(watched, address=PAGE):
    watched.page.goto(f"{watched.base}{address}")
    watched.page.wait_for_selector("html[data-duty=ready][data-month]", timeout=15_000)
    return watched.page


def test_an_override_is_entered_by_keyboard_after_a_look_at_its_effect(admin, office):
    stand_in = hire(office, "键盘顶岗")
    post = post_of(office, WORKER_GRID, "full_time_grid_worker")["id"]
    holder = holder_of(office, post)
    page = open_page(admin)
    row = page.locator(f"tr[data-post='{post}']")
    expect(row).to_contain_text(holder["person_name"])
    row.get_by_role("button", name="顶岗").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#duty-person")).to_be_focused()
    page.keyboard.type(stand_in["number"])
    page.fill("#duty-reason", "防汛值守")
    page.keyboard.press("Enter")
    effect = page.locator("#duty-effect")
    expect(effect).to_contain_text(f"专职网格员 {holder['person_name']} → 专职网格员 键盘顶岗")
    # Nothing is written before the second look is confirmed.
    assert on_duty(office, WORKER_GRID)["worker"]["name"] == holder["person_name"]
    expect(page.locator("#duty-submit")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#duty-message")).to_contain_text("已登记顶岗：键盘顶岗")
    expect(row).to_contain_text("临时顶岗")
    assert on_duty(office, WORKER_GRID)["worker"]["name"] == "键盘顶岗"
    row.get_by_role("button", name="结束").click()
    expect(effect).to_contain_text(f"专职网格员 {holder['person_name']}")
    page.click("#duty-submit")
    expect(page.locator("#duty-message")).to_contain_text("已完成")
    assert on_duty(office, WORKER_GRID)["worker"]["name"] == holder["person_name"]


def test_leave_shows_in_the_table_the_calendar_and_the_gaps(admin, office):
    grid = "150221104001007"
    post = post_of(office, grid, "full_time_grid_worker")["id"]
    holder = holder_of(office, post)
    page = open_page(admin)
    row = page.locator(f"tr[data-post='{post}']")
    row.get_by_role("button", name="请假").click()
    expect(page.locator("#duty-person")).to_have_value(holder["person_number"])
    page.select_option("#duty-kind", "annual")
    page.click("#duty-submit")
    expect(page.locator("#duty-effect")).to_contain_text("→")
    page.click("#duty-submit")
    expect(row).to_contain_text("年休假")
    expect(row.locator(".state")).to_have_text("无人顶替")
    expect(page.locator("#gaps")).to_contain_text("请假至")
    cell = page.locator("#month tr", has_text=holder["person_number"]).locator(".cell").first
    expect(cell).to_have_attribute("aria-label", "年休假")
    kinds = {term["kind_label"] for term in office.get("/v1/absences").json()["items"]}
    assert "年休假" in kinds


def test_a_change_of_hands_ends_the_term_of_the_one_before(admin, office):
    grid = "150221104001008"
    post = post_of(office, grid, "grid_lead")["id"]
    before = holder_of(office, post)
    hire(office, "接任者", number="JR-1")
    page = open_page(admin)
    row = page.locator(f"tr[data-post='{post}']")
    row.get_by_role("button", name="换人").click()
    page.fill("#duty-person", "接任者")
    page.click("#duty-submit")
    expect(page.locator("#duty-effect")).to_contain_text("影响")
    page.click("#duty-submit")
    expect(row).to_contain_text("接任者")
    expect(row).not_to_contain_text(before["person_name"])
    terms = office.get("/v1/holders", params={"post": post}).json()["items"]
    ends = {term["person_name"]: term["to"] for term in terms}
    assert ends["接任者"] is None
    assert ends[before["person_name"]] is not None


def test_a_conflict_is_said_in_the_dialog_with_who_and_when(admin, office):
    post = post_of(office, "150221104001009", "grid_lead")["id"]
    person = hire(office, "已顶岗")
    body = {
        "post": post, "person": person["id"], "from": instant(-1), "to": instant(4), "reason": "x",
    }  # fmt: skip
    written(office.post("/v1/overrides", json=body))
    page = admin.page
    open_page(admin)
    page.locator(f"tr[data-post='{post}']").get_by_role("button", name="顶岗").click()
    page.fill("#duty-person", person["number"])
    page.fill("#duty-reason", "再来一次")
    page.click("#duty-submit")
    expect(page.locator("#duty-error")).to_contain_text("已由已顶岗临时顶岗")
    assert any("409" in line for line in admin.trouble)
    admin.trouble.clear()
    page.keyboard.press("Escape")
    expect(page.locator("#duty-dialog")).not_to_be_visible()


def test_what_a_colleague_enters_appears_by_itself(served, office):
    watched = served.log_in("dispatcher")
    page = open_page(watched)
    post = post_of(office, "150221104001010", "grid_lead")["id"]
    person = hire(office, "隔壁登记")
    body = {
        "post": post, "person": person["id"], "from": instant(-1), "to": instant(4), "reason": "x",
    }  # fmt: skip
    written(office.post("/v1/overrides", json=body))
    row = page.locator(f"tr[data-post='{post}']")
    expect(row).to_contain_text("隔壁登记", timeout=SOON_MS)
    expect(page.locator("#stale")).to_be_hidden()
    page.context.close()
    assert watched.trouble == []


def test_a_file_is_tried_its_rows_mended_and_then_imported(admin, office):
    def workbook(area):
        book = openpyxl.Workbook()
        book.active.append(["工号", "姓名", "所在区域编码"])
        book.active.append(["BR-1", "浏览器导入", area])
        file = io.BytesIO()
        book.save(file)
        return {"name": "花名册.xlsx", "mimeType": "x/y", "buffer": file.getvalue()}

    page = open_page(admin)
    page.set_input_files("#roster-file", workbook("150221999"))
    page.click("#roster-try")
    expect(page.locator("#roster-outcome")).to_contain_text("没有这个编码的区域")
    expect(page.locator("#roster-apply")).to_be_disabled()
    page.set_input_files("#roster-file", workbook(COMMUNITY))
    page.click("#roster-try")
    expect(page.locator("#roster-outcome")).to_contain_text("检查无误")
    page.click("#roster-apply")
    expect(page.locator("#roster-outcome")).to_contain_text("已导入")
    assert office.get("/v1/people", params={"q": "BR-1"}).json()["items"]


def test_a_reader_sees_no_buttons_and_the_tree_leads_down_by_address(served):
    watched = served.log_in("dispatcher")
    page = open_page(watched, "/duty")
    expect(page.locator("#posts")).to_contain_text("旗中心值班")
    expect(page.locator("#posts button")).to_have_count(0)
    expect(page.locator("#files-card")).to_be_hidden()
    page.locator("#children").get_by_role("link", name="萨拉齐镇").click()
    page.wait_for_url("**/duty?area=150221104")
    page.locator("#children").get_by_role("link", name="振华").click()
    page.wait_for_url(f"**{PAGE}")
    expect(page.locator("#duty-path a")).to_have_count(2)
    expect(page.locator("#posts")).to_contain_text("专职网格员")
    page.click("#month-after")
    expect(page.locator("#month table")).to_be_visible()
    page.context.close()
    assert watched.trouble == []


def test_without_a_network_what_was_read_stays_and_says_its_age(served):
    watched = served.log_in("dispatcher")
    page = open_page(watched)
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(page.locator("#stale")).to_contain_text("已离线")
    expect(page.locator("#posts table")).to_be_visible()
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#stale")).to_be_hidden()
    page.context.close()


def test_on_a_phone_nothing_hangs_over_the_edge(served):
    watched = served.log_in("county_admin", {"width": 360, "height": 800})
    page = open_page(watched)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("#posts tr[data-post] button").first.click()
    expect(page.locator("#duty-dialog")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.close()
    assert watched.trouble == []
