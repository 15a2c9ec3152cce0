"""一图统览 in a real browser, from a cold cache, with every other host unreachable."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.map_actions import COMMUNITY, GRID, GRID_NAME, send_report

SIZES = [(1366, 768), (1920, 1080), (3840, 2160), (360, 800)]


def test_the_whole_county_is_drawn_without_any_other_host(dispatcher):
    page = dispatcher.open_map()
    expect(page.locator("#figures-body")).to_contain_text("网格1,173")
    expect(page.locator(".area-table tbody tr")).to_have_count(9)
    levels = page.evaluate(
        """async () => {
            const answer = await fetch("/v1/areas.geojson?level=grid");
            return (await answer.json()).features.length;
        }"""
    )
    assert levels == 1173
    painted = page.evaluate(
        """() => {
            const canvas = document.querySelector(".leaflet-coverage-pane canvas");
            const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let solid = 0;
            for (let i = 3; i < data.length; i += 4) solid += data[i] === 255;
            return solid / (data.length / 4);
        }"""
    )
    assert painted > 0.1, "the county covers a good part of the map"
    expect(page.locator(".map-notes")).to_contain_text("不作为行政区域界线和土地权属依据")
    expect(page.locator(".map-notes")).to_contain_text("示意数据，内容虚构")


def test_drilling_by_the_list_leads_from_the_county_to_a_grid_and_back(dispatcher):
    page = dispatcher.open_map()
    for code in ("150221104", COMMUNITY, GRID):
        page.click(f'button[data-code="{code}"]')
    expect(page.locator("#crumbs")).to_have_text("土默特右旗萨拉齐镇振华社区振华社区第三网格")
    page.keyboard.press("Escape")
    expect(page.locator("#crumbs [aria-current]")).to_have_text("振华社区")
    page.locator("#crumbs button").first.click()
    expect(page.locator("#crumbs [aria-current]")).to_have_text("土默特右旗")


def test_a_click_on_the_map_opens_the_card_with_the_people_of_the_grid(dispatcher, other_system):
    lon, lat = other_system.get(f"/v1/areas/{GRID}").json()["center"]
    page = dispatcher.open_map(f"#at={COMMUNITY}&view=16/{lat}/{lon}")
    page.mouse.click(*middle_of_map(page))
    card = page.locator(f'[data-place="{GRID}"]')
    expect(card).to_contain_text(GRID_NAME)
    expect(card.locator(".people").first).to_contain_text("专职网格员")
    expect(card.locator(".people").first.locator(".phone").first).to_have_text(
        json_phone(other_system)
    )
    expect(card).to_contain_text("户数")


def json_phone(client) -> str:
    return client.get(f"/v1/areas/{GRID}").json()["posts"][0]["holders"][0]["phone"]


def middle_of_map(page: Page) -> tuple[float, float]:
    box = page.locator(".folium-map").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_three_clicks_on_the_map_lead_from_the_county_to_a_grid(dispatcher):
    page = dispatcher.open_map()
    for digits in (9, 12, 15):
        page.mouse.click(*middle_of_map(page))
        page.wait_for_function(
            "n => new URLSearchParams(location.hash.slice(1)).get('at')?.length === n", arg=digits
        )
        page.wait_for_timeout(500)  # the map glides to the area that was clicked
    expect(page.locator(".place-card")).to_be_visible()


def test_a_report_says_why_it_went_to_this_grid(dispatcher, other_system):
    report = send_report(other_system, grid=GRID)
    page = dispatcher.open_map(f"#at={GRID}&report={report['id']}")
    why = page.locator(".why")
    why.locator("summary").first.click()
    reasons = report["assignment"]["reasons"]
    assert reasons
    expect(why).to_contain_text(reasons[0]["detail"])
    expect(page.locator(".owner")).to_contain_text(GRID_NAME)


def test_a_doubtful_report_is_amber_and_its_candidates_can_be_chosen_by_key(
    dispatcher, other_system
):
    answer = other_system.post(
        "/v1/reports",
        json={"channel": "walk_in", "text": "路上有个坑。", "address": "萨拉齐镇振华社区"},
        headers={"Idempotency-Key": str(uuid4())},
    )
    report = answer.json()
    assert report["assignment"]["decision"] != "auto"
    page = dispatcher.open_map(f"#report={report['id']}")
    expect(page.locator(".why.doubtful[open]")).to_be_visible()
    count = len(report["assignment"]["candidates"])
    expect(page.locator(".candidate")).to_have_count(count)
    page.locator("#content").press("Escape")
    expect(page.locator(".report-card")).to_have_count(0)
    page.click("#tab-reports")
    expect(page.locator(".report-row.doubtful").first).to_be_visible()


def test_moving_the_pin_shows_the_effect_first_and_outside_is_refused(dispatcher, other_system):
    report = send_report(other_system, grid=GRID)
    lon, lat = other_system.get(f"/v1/areas/{COMMUNITY}006").json()["center"]
    page = dispatcher.open_map(f"#at={COMMUNITY}&report={report['id']}&view=16/{lat}/{lon}")
    page.wait_for_selector(".report-card .step-buttons")
    page.wait_for_timeout(700)
    page.evaluate(f"window.wanggeMap.map.setView([{lat}, {lon}], 16, {{animate: false}})")
    page.get_by_role("button", name="调整位置", exact=True).click()
    page.mouse.click(*middle_of_map(page))
    expect(page.locator("#stage-message")).to_contain_text("改归“振华社区第六网格”")
    page.get_by_role("button", name="移到这里").click()
    expect(page.locator(".owner")).to_contain_text("振华社区第六网格")
    moved = other_system.get(f"/v1/reports/{report['id']}").json()
    assert moved["grid"]["code"] == f"{COMMUNITY}006"
    page.get_by_role("button", name="调整位置", exact=True).click()
    page.evaluate("window.wanggeMap.map.setView([40.0, 110.0], 16, {animate: false})")
    page.mouse.click(*middle_of_map(page))
    expect(page.locator("#stage-message")).to_contain_text("旗外")


def test_a_place_is_found_by_name_with_the_keyboard_alone(dispatcher):
    page = dispatcher.open_map()
    page.keyboard.press("/")
    page.keyboard.type("磴口村")
    options = page.locator("#search-results [role=option]")
    expect(options.first).to_contain_text("磴口村")
    assert options.count() >= 3, "three villages have this name, told apart by their townships"
    page.keyboard.press("Enter")
    expect(page.locator("#crumbs [aria-current]")).to_have_text("磴口村")


def test_a_compound_is_found_and_leads_to_its_grid(dispatcher):
    page = dispatcher.open_map()
    page.fill("#search-input", "阳光小区")
    page.locator("#search-results [role=option]").first.click()
    expect(page.locator(".place-card")).to_contain_text("振华社区")


def test_an_address_that_is_sent_to_a_colleague_shows_the_same_view(dispatcher):
    page = dispatcher.open_map()
    page.click('button[data-code="150221104"]')
    page.get_by_role("radio", name="每千户件数").click()
    page.click("#theme-toggle")
    page.wait_for_timeout(600)
    fragment = page.evaluate("location.hash")
    page.evaluate("localStorage.clear()")
    again = dispatcher.open_map(fragment)
    expect(again.locator("#crumbs [aria-current]")).to_have_text("萨拉齐镇")
    expect(again.get_by_role("radio", name="每千户件数")).to_be_checked()
    assert again.evaluate("document.documentElement.dataset.theme") == "light"
    assert again.evaluate("location.hash") == fragment


def test_the_theme_of_a_link_is_not_taken_for_the_readers_own(dispatcher):
    page = dispatcher.open_map()
    page.click("#theme-toggle")
    assert page.evaluate("localStorage.getItem('wangge.theme')") == "light"
    theirs = dispatcher.open_map("#theme=dark")
    assert theirs.evaluate("document.documentElement.dataset.theme") == "dark"
    assert theirs.evaluate("localStorage.getItem('wangge.theme')") == "light"
    own = dispatcher.open_map()
    assert own.evaluate("document.documentElement.dataset.theme") == "light"


def test_the_browsers_back_button_goes_back_to_the_last_place(dispatcher):
    page = dispatcher.open_map()
    page.click('button[data-code="150221104"]')
    expect(page.locator("#crumbs [aria-current]")).to_have_text("萨拉齐镇")
    page.go_back()
    expect(page.locator("#crumbs [aria-current]")).to_have_text("土默特右旗")


def test_the_legend_can_be_read_without_colours(dispatcher):
    page = dispatcher.open_map("#layer=households&by=community")
    steps = page.locator(".legend-steps li")
    expect(steps).to_have_count(5)
    for number in range(1, 6):
        assert steps.nth(number - 1).locator("b").inner_text() == str(number)
        assert steps.nth(number - 1).locator(".legend-range").inner_text()
    counts = [int(text.split("个")[0]) for text in steps.locator(".legend-count").all_inner_texts()]
    assert sum(counts) == 216


def test_a_map_that_cannot_be_loaded_says_so_and_offers_to_try_again(served):
    watched = served.log_in("dispatcher")
    page = watched.page
    page.route(
        "**/v1/areas.geojson*",
        lambda route: route.fulfill(
            status=503,
            content_type="application/problem+json",
            body=json.dumps({"title": "服务暂不可用", "detail": "数据库正在重启，请稍后再试。"}),
        ),
    )
    page.goto(f"{served.base}/map")
    expect(page.locator("#stage-message")).to_contain_text("数据库正在重启，请稍后再试。")
    page.unroute("**/v1/areas.geojson*")
    page.get_by_role("button", name="重试").click()
    page.wait_for_selector("html[data-map=ready]")
    page.context.close()


def test_a_community_administrator_sees_no_figures_of_other_places_as_zero(served):
    watched = served.log_in("community_admin")
    page = watched.open_map()
    expect(page.locator("#crumbs [aria-current]")).to_have_text("振华社区")
    page.locator("#crumbs button").first.click()
    row = page.locator(".area-table tbody tr").filter(has_text="美岱召镇")
    expect(row.locator("td").nth(1)).to_have_text("—")
    page.context.close()
    assert watched.trouble == []


def test_a_wall_shows_neither_texts_nor_people(served, other_system):
    send_report(other_system, grid=GRID, text="只有坐席能看的文字")
    watched = served.log_in("wall")
    page = watched.open_map(f"#at={GRID}")
    expect(page.locator(".report-row").first).to_be_visible()
    expect(page.locator(".place-card .people").first).to_contain_text("专职网格员")
    assert page.locator(".phone").count() == 0
    assert "只有坐席能看的文字" not in page.locator("body").inner_text()
    page.context.close()
    assert watched.trouble == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_map_fits_every_screen_in_both_themes(served, width, height):
    watched = served.log_in("dispatcher", {"width": width, "height": height})
    page = watched.open_map(f"#at={GRID}")
    for theme in ("dark", "light"):
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        expect(page.locator(".place-card")).to_be_visible()
        room = page.evaluate("(e => [e.scrollWidth, e.scrollHeight])(document.documentElement)")
        assert room[0] <= width
        assert room[1] <= height
        stage = page.locator(".folium-map").bounding_box()
        assert stage["width"] >= min(width, 480) * 0.7
        assert stage["height"] >= 240
        page.click("#theme-toggle")
    page.context.close()
    assert watched.trouble == []
