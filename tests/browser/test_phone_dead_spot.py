"""In a dead spot nothing that was pressed is lost, and nothing arrives twice."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.dead_spot import dead_spot
from tests.browser.page_clock import stop_polls, take_clock
from tests.browser.test_phone import (
    HERE,
    PHONE,
    all_sent,
    jpeg,
    let_undo_pass,
    new_report,
    report_on,
    steps_of,
)
from tests.http.demo_county import WORKER_GRID

BYTES_WAITING = """() => new Promise((resolve) => {
  const opening = indexedDB.open('wangge.phone');
  opening.onsuccess = () => {
    const all = opening.result.transaction('queue').objectStore('queue').getAll();
    all.onsuccess = () => resolve(all.result.map(({ kind, bytes }) => [kind, bytes?.byteLength]));
  };
})"""


@pytest.fixture(scope="module")
def desk(served):
    """A dispatcher, whose network is always there."""
    with served.api("dispatcher") as client:
        yield client


@pytest.fixture(scope="module")
def worker(served):
    """The worker's account as another program would ask with it."""
    with served.api("grid_worker") as client:
        yield client


@pytest.fixture
def between(served):
    with dead_spot(urlsplit(served.base).port) as spot:
        yield spot


@pytest.fixture
def context(served):
    """A phone in the worker's grid; in a dead spot a browser says much on its console."""
    served.log_in("grid_worker").page.context.close()
    opened = served.browser.new_context(
        viewport=PHONE,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        has_touch=True,
        storage_state=served.cookies["grid_worker"],
        geolocation={"longitude": HERE["lon"], "latitude": HERE["lat"], "accuracy": 8},
        permissions=["geolocation"],
    )
    stop_polls(opened)
    yield opened
    opened.close()


def open_page(context, spot, fragment=""):
    page = context.new_page()
    page.goto(f"{spot.base}/m{fragment}")
    page.wait_for_selector("html[data-phone=ready]", timeout=15_000)
    return page


def back_again(page, spot):
    """The network is back; the page hears it as from the phone, and does not wait for its turn."""
    spot.restore()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    all_sent(page)


def mended(worker, words):
    found = worker.get("/v1/reports", params={"limit": 50}).json()["items"]
    return [report for report in found if words in report["text"]]


def test_what_is_done_in_a_dead_spot_outlives_the_page_and_is_sent_once(
    context, between, desk, worker
):
    report = new_report(desk, "没有信号的院子")
    page = open_page(context, between)
    page.locator(f"[data-report='{report}']").tap()
    expect(page.locator("#m-actions [data-step=accept]")).to_be_visible()
    between.cut()
    page.locator("#m-actions [data-step=accept]").tap()
    page.locator("#m-actions [data-step=arrive]").tap()
    with page.expect_file_chooser() as chooser:
        page.locator("#m-take-photo").tap()
    chooser.value.set_files([jpeg()])
    expect(page.locator("#m-state")).to_have_text("已离线，3 条待发送")
    expect(page.locator("#m-card-pending")).to_contain_text("待发送")
    waiting = page.evaluate(BYTES_WAITING)
    assert [kind for kind, _ in waiting] == ["step", "step", "photo"]
    assert waiting[2][1] < 300_000
    page.close()
    assert report_on(desk, report)["status"] == "assigned"
    between.restore()
    all_sent(open_page(context, between))
    assert report_on(desk, report)["status"] == "on_site"
    assert [kind for kind in steps_of(desk, report) if kind in ("accept", "arrive")] == [
        "accept",
        "arrive",
    ]
    assert len(desk.get(f"/v1/reports/{report}/photos").json()["items"]) == 1


def test_what_was_mended_in_a_dead_spot_belongs_to_its_own_place_and_time(context, between, worker):
    take_clock(context)
    page = open_page(context, between)
    page.locator("#m-new").tap()
    expect(page.locator(".m-place-now")).to_contain_text("已定位")
    between.cut()
    page.locator("[data-on-the-spot=aq02]").tap()
    expect(page.locator("#m-state")).to_have_text(re.compile(r"2 条待发送"))
    # Until the network is back she has gone elsewhere.
    context.set_geolocation({"longitude": HERE["lon"] + 1, "latitude": HERE["lat"], "accuracy": 8})
    touched = page.evaluate("Date.now()") / 1000
    let_undo_pass(page)
    back_again(page, between)
    (stored,) = mended(worker, "飞线")
    assert (stored["status"], stored["channel"]) == ("closed", "patrol")
    assert stored["grid"]["code"] == WORKER_GRID
    assert datetime.fromisoformat(stored["occurred_at"]).timestamp() <= touched


@pytest.mark.parametrize("times", [1, 2])
def test_an_answer_that_is_lost_on_its_way_makes_nothing_happen_twice(
    context, between, desk, worker, times
):
    report = new_report(desk, f"答复丢了{times}次")
    page = open_page(context, between, f"#{report}")
    for _ in range(times):
        between.lose_next_answer()
    page.locator("#m-actions [data-step=accept]").tap()
    all_sent(page)
    assert len(between.lost) == times
    assert steps_of(desk, report).count("accept") == 1
    expect(page.locator("#m-card-pending .bad")).to_have_count(0)


def test_a_new_report_whose_answer_is_lost_is_one_report(context, between, worker):
    take_clock(context)
    page = open_page(context, between)
    page.locator("#m-new").tap()
    expect(page.locator(".m-place-now")).to_contain_text("已定位")
    between.lose_next_answer()
    page.locator("[data-on-the-spot=aq06]").tap()
    let_undo_pass(page)
    all_sent(page)
    assert between.lost[0].startswith(b"POST /v1/reports")
    (stored,) = mended(worker, "燃煤取暖通风")
    assert stored["status"] == "closed"


def test_what_the_service_refuses_meanwhile_says_why_and_stays_until_it_is_seen(
    context, between, desk
):
    report = new_report(desk, "同事先签了")
    page = open_page(context, between, f"#{report}")
    expect(page.locator("#m-actions [data-step=accept]")).to_be_visible()
    between.cut()
    page.locator("#m-actions [data-step=accept]").tap()
    expect(page.locator("#m-state")).to_have_text("已离线，1 条待发送")
    closed = desk.post(
        f"/v1/reports/{report}/steps", json={"step": "close", "note": "来电人说已解决"}
    )
    assert closed.status_code == 200, closed.text
    back_again(page, between)
    refused = page.locator("#m-card-pending .bad")
    expect(refused).to_contain_text("“签收”没有被接受")
    expect(refused).to_contain_text("已结案")
    expect(page.locator("#m-state")).to_have_text("1 条没有被接受")
    page.close()
    page = open_page(context, between, f"#{report}")
    page.locator("#m-card-pending").get_by_role("button", name="知道了").tap()
    expect(page.locator("#m-card-pending .bad")).to_have_count(0)
    expect(page.locator("#m-state")).to_have_text("已连接")
    page.close()
    page = open_page(context, between, f"#{report}")
    expect(page.locator("#m-card-pending .bad")).to_have_count(0)


def test_the_page_opens_without_a_network_and_shows_what_was_seen(context, between, desk):
    report = new_report(desk, "没网也要能看")
    page = open_page(context, between)
    expect(page.locator(f"[data-report='{report}']")).to_be_visible()
    page.wait_for_selector("html[data-kept=all]", timeout=15_000)
    between.cut()
    page.close()
    page = open_page(context, between)
    expect(page.locator("#m-list")).to_contain_text("没有网络")
    page.locator(f"[data-report='{report}']").tap()
    expect(page.locator("#m-card-view")).to_contain_text("没网也要能看")


def test_what_one_account_left_is_not_sent_by_another(served, context, between, desk):
    report = new_report(desk, "换了人")
    page = open_page(context, between, f"#{report}")
    expect(page.locator("#m-actions [data-step=accept]")).to_be_visible()
    between.cut()
    page.locator("#m-actions [data-step=accept]").tap()
    expect(page.locator("#m-state")).to_have_text("已离线，1 条待发送")
    page.close()
    between.restore()
    served.log_in("community_admin").page.context.close()
    context.clear_cookies()
    context.add_cookies(served.cookies["community_admin"]["cookies"])
    page = open_page(context, between)
    expect(page.locator("#m-state")).to_have_text("已连接")
    page.locator("#m-mine").tap()
    expect(page.locator(".m-sheet")).to_contain_text("另一个账号在本机还有1条待发送")
    # A request that was on its way when the page was killed may still arrive, as its own account.
    events = desk.get(f"/v1/reports/{report}/events").json()["items"]
    accepted_by = {event["by"] for event in events if event["kind"] == "accept"}
    assert accepted_by <= {served.credentials["grid_worker"]["username"]}
