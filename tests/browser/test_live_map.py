"""The open map while things happen: news, gaps, repetitions, in a real browser."""

from __future__ import annotations

from uuid import uuid4

from playwright.sync_api import expect

from tests.browser.map_actions import (
    GRID,
    GRID_NAME,
    SOON_MS,
    close_report,
    number_of,
    send_report,
    symbol_of,
    wait_for_stream,
)
from tests.browser.page_clock import take_clock


def test_a_new_report_is_on_the_open_map_as_soon_as_it_is_stored(dispatcher, other_system):
    page = dispatcher.open_map(f"#at={GRID}")
    wait_for_stream(page)
    report = send_report(other_system, grid=GRID)
    symbol = page.locator(f'.report-icon[title*="{report["number"]}"]')
    expect(symbol).to_have_count(1, timeout=SOON_MS)
    expect(symbol.locator(".state-assigned")).to_have_count(1)
    expect(page.locator(".pulse")).to_have_count(1)
    expect(page.locator("#ticker")).to_contain_text(GRID_NAME)
    expect(page.locator(".report-list")).to_contain_text("楼道灯坏了", timeout=6000)


def test_the_symbol_changes_with_the_state_and_goes_with_the_end(dispatcher, other_system):
    report = send_report(other_system, grid=GRID, text="垃圾桶满了。")
    page = dispatcher.open_map(f"#at={GRID}&report={report['id']}")
    wait_for_stream(page)
    symbol = page.locator(f'.report-icon[title*="{report["number"]}"]')
    expect(symbol.locator(".state-assigned")).to_have_count(1)
    page.get_by_role("button", name="签收", exact=True).click()
    expect(page.locator(".report-head")).to_contain_text("办理中")
    expect(symbol.locator(".state-accepted")).to_have_count(1, timeout=SOON_MS)
    page.get_by_role("button", name="结案", exact=True).click()
    expect(page.locator(".report-head")).to_contain_text("已结案")
    expect(symbol).to_have_count(0, timeout=SOON_MS)


def test_the_card_offers_what_is_one_press_and_leads_to_the_rest(served, dispatcher, other_system):
    report = send_report(other_system, grid=GRID, text="路口积水，过不去。")
    page = dispatcher.open_map(f"#at={GRID}&report={report['id']}")
    card = page.locator("[data-report-card]")
    allowed = other_system.get(f"/v1/reports/{report['id']}").json()["steps_allowed"]
    assert {"triage", "urge"} <= set(allowed)
    expect(card.locator("[data-step=urge]")).to_have_text("催办")
    expect(card.locator("[data-step=triage]")).to_have_count(0)
    with page.expect_response(lambda answer: answer.url.endswith("/steps")):
        card.locator("[data-step=urge]").click()
    card.get_by_role("link", name="在受理台打开").click()
    expect(page.locator("#desk-case")).to_contain_text(report["number"])
    worker = served.log_in("grid_worker")
    card = worker.open_map(f"#at={GRID}&report={report['id']}").locator("[data-report-card]")
    expect(card.locator("[data-step=accept]")).to_have_text("签收")
    card.get_by_text("办理过程").click()
    expect(card.locator(".history")).to_contain_text("催办")
    card.get_by_role("link", name="在手机办件打开").click()
    expect(worker.page.locator("#m-card-view")).to_contain_text("路口积水")
    worker.page.context.close()
    assert worker.trouble == []


def test_a_silent_stream_is_said_to_be_late(dispatcher):
    page = dispatcher.page
    take_clock(page)
    dispatcher.open_map()
    wait_for_stream(page)
    page.clock.fast_forward(42_000)
    expect(page.locator("#live-text")).to_contain_text("数据延迟")
    expect(page.locator("#live")).to_have_attribute("data-state", "stale")


def test_two_tabs_share_one_stream_and_the_second_takes_over(served, other_system):
    first = served.log_in("dispatcher")
    first.open_map(f"#at={GRID}")
    wait_for_stream(first.page)
    streams: list[str] = []
    page = first.page.context.new_page()
    page.on("request", lambda sent: streams.append(sent.url) if "/v1/stream" in sent.url else None)
    page.goto(f"{served.base}/map#at={GRID}")
    page.wait_for_selector("html[data-points=ready]")
    report = send_report(other_system, grid=GRID)
    expect(page.locator(f'.report-icon[title*="{report["number"]}"]')).to_have_count(1)
    assert streams == []
    first.page.close()
    page.wait_for_timeout(1500)
    assert len(streams) == 1
    report = send_report(other_system, grid=GRID)
    expect(page.locator(f'.report-icon[title*="{report["number"]}"]')).to_have_count(1)
    page.context.close()


def test_a_report_that_comes_while_the_points_are_on_their_way_is_not_lost(
    dispatcher, other_system
):
    page = dispatcher.page
    page.goto(f"{dispatcher.base}/password")
    late: list[dict] = []

    def slowly(route):
        answer = route.fetch()  # an older picture of the points …
        if not late:
            late.append(send_report(other_system, grid=GRID))  # … and news before it arrives
            page.wait_for_timeout(800)
        route.fulfill(response=answer)

    page.route("**/v1/overview/points", slowly)
    dispatcher.open_map(f"#at={GRID}")
    expect(page.locator(f'.report-icon[title*="{late[0]["number"]}"]')).to_have_count(1)


# Keeps every stream that the page opens and every report that it is told of, to tell it again.
RECORD_STREAM = """
    window.told = [];
    window.EventSource = class extends EventSource {
        constructor(...all) {
            super(...all);
            window.stream = this;
            this.addEventListener("report", (e) => window.told.push([e.data, e.lastEventId]));
        }
    };
"""
REPEAT = """number => {
    const [data, lastEventId] = window.told.find(([data]) => data.includes(number));
    window.stream.dispatchEvent(new MessageEvent("report", {data, lastEventId}));
}"""


def test_what_the_stream_repeats_after_a_gap_brings_no_closed_report_back(dispatcher, other_system):
    page = dispatcher.page
    page.add_init_script(RECORD_STREAM)
    dispatcher.open_map(f"#at={GRID}")
    wait_for_stream(page)
    report = send_report(other_system, grid=GRID)
    expect(symbol_of(page, report)).to_have_count(1)
    close_report(other_system, report)
    expect(symbol_of(page, report)).to_have_count(0)
    news = page.locator("#ticker li").count()
    page.evaluate(REPEAT, report["number"])
    page.wait_for_timeout(300)
    expect(symbol_of(page, report)).to_have_count(0)
    assert page.locator("#ticker li").count() == news


def test_reports_at_one_spot_are_a_disc_that_a_click_fans_out(dispatcher, other_system):
    spot = (0.00035, 0.00035)
    pair = [send_report(other_system, grid=GRID, spot=spot) for _ in range(2)]
    lon, lat = (pair[0]["position"][name] for name in ("lon", "lat"))
    page = dispatcher.open_map(f"#at={GRID}&view=19/{lat}/{lon}")
    wait_for_stream(page)
    for report in pair:
        expect(symbol_of(page, report)).to_have_count(0)
    page.locator(".cluster-icon").first.click()
    for report in pair:
        expect(symbol_of(page, report)).to_be_visible()
    answer = other_system.post(f"/v1/reports/{pair[0]['id']}/steps", json={"step": "accept"})
    assert answer.status_code == 200, answer.text
    expect(symbol_of(page, pair[0]).locator(".state-accepted")).to_be_visible()
    expect(symbol_of(page, pair[1])).to_be_visible()
    symbol_of(page, pair[1]).click()
    expect(page.locator(".report-card")).to_contain_text(pair[1]["number"])
    for report in pair:
        close_report(other_system, report)


def test_figures_stay_through_a_gap_marked_stale_and_are_renewed_on_return(served, other_system):
    other_system.post(
        "/v1/reports",
        json={"channel": "walk_in", "text": "路灯不亮，位置说不清。"},
        headers={"Idempotency-Key": str(uuid4())},
    )
    watched = served.log_in("dispatcher")
    page = watched.page
    page.add_init_script(RECORD_STREAM)
    watched.open_map()
    wait_for_stream(page)
    figures = page.locator("#figures-body")
    open_now = number_of(figures.inner_text(), "在办")
    county_only = page.locator(".area-table tfoot tr")
    expect(county_only).to_contain_text("旗级（未定乡镇）")
    rows = page.locator(".area-table tr td:nth-child(3)").all_inner_texts()
    assert sum(int(text) for text in rows) == open_now
    expect(figures).to_contain_text("件无坐标，见列表")
    page.route("**/v1/overview/counts*", lambda route: route.abort())
    page.evaluate("window.stream.dispatchEvent(new Event('error'))")
    send_report(other_system, grid=GRID)
    expect(page.locator("#figures-stale")).to_contain_text("数据截至", timeout=8000)
    assert number_of(figures.inner_text(), "在办") == open_now
    page.unroute("**/v1/overview/counts*")
    page.evaluate("window.stream.dispatchEvent(new Event('open'))")
    expect(page.locator("#figures-stale")).to_have_count(0, timeout=SOON_MS)
    assert number_of(figures.inner_text(), "在办") == open_now + 1
    page.get_by_role("button", name="见列表").click()
    expect(page.locator(".report-list")).to_contain_text("位置说不清")
    page.context.close()
    assert [each for each in watched.trouble if "ERR_FAILED" not in each] == []
