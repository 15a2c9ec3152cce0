"""The page 地名库 as an administrator keeps it and an operator reads it, with no other host."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

HERE = {"lon": 110.5195335, "lat": 40.5609691, "crs": "cgcs2000"}


@pytest.fixture
def admin(served):
    watched = served.log_in("county_admin")
    yield watched
    watched.page.context.close()
    # The browser tells of a refused file as well, whenever it comes to it.
    assert [said for said in watched.trouble if "422" not in said] == []


def opened(served, watched, fragment=""):
    page = watched.page
    page.goto("about:blank")
    page.goto(f"{served.base}/places{fragment}")
    rows = "#proposal-list .place-row" if fragment else "#place-list .place-row"
    expect(page.locator(rows).first).to_be_visible()
    return page


def find(page, words):
    # The list of before may hold the words, too, and is replaced.
    with page.expect_response(lambda answer: "/v1/places?q=" in answer.url):
        page.fill("#find-words", words)
    expect(page.locator("#place-list .place-row").first).to_contain_text(words)
    return page.locator("#place-list .place-row").first


def click_map(page):
    page.wait_for_function("document.querySelector('.leaflet-container canvas') !== null")
    page.locator(".stage .leaflet-container").click(position={"x": 240, "y": 300})


def test_a_place_is_added_on_the_map_renamed_undone_ended_and_brought_back(served, admin):
    page = opened(served, admin)
    page.click("#new-place")
    page.fill("#f-name", "老盐站")
    page.get_by_role("button", name="保存，立即生效").click()
    expect(page.locator("#place-form")).to_contain_text("请先在地图上点出位置")
    # The shapes have to be there before a click can mean a grid.
    expect(page.locator("#f-spot")).to_contain_text("点出位置")
    for _ in range(20):
        click_map(page)
        if "网格" in page.locator("#f-spot").inner_text():
            break
        page.wait_for_timeout(200)
    expect(page.locator("#f-spot")).to_contain_text("网格")
    page.get_by_role("button", name="保存，立即生效").click()
    expect(page.locator("#card-body h2")).to_have_text("老盐站")
    expect(page.locator(".history-row").first).to_contain_text("新增")
    assert "#place=" in page.url

    page.get_by_role("button", name="修改", exact=True).click()
    page.fill("#f-name", "盐业公司")
    page.get_by_role("button", name="保存，立即生效").click()
    expect(page.locator("#card-body h2")).to_have_text("盐业公司")
    alias = page.locator(".alias-row").filter(has_text="老盐站")
    expect(alias).to_contain_text("曾用名")
    expect(page.locator(".history-row").first).to_contain_text("老盐站 → 盐业公司")
    page.get_by_role("button", name="撤销上一次修改").click()
    expect(page.locator("#card-body h2")).to_have_text("老盐站")

    page.fill("#alias-name", "盐铺子")
    page.select_option("#alias-kind", "colloquial")
    page.get_by_role("button", name="添加", exact=True).click()
    expect(page.locator(".alias-row").filter(has_text="盐铺子")).to_contain_text("俗称")
    page.get_by_role("button", name="停用别名盐铺子").click()
    expect(page.get_by_role("button", name="恢复别名盐铺子")).to_be_visible()

    page.get_by_role("button", name="停用…").click()
    expect(page.locator("#end-effect")).to_contain_text("以前的诉求不变")
    page.fill("#end-reason", "已拆除")
    page.locator("#end-form").get_by_role("button", name="停用", exact=True).click()
    expect(page.locator(".place-head .tag.bad")).to_have_text("已停用")
    expect(page.locator(".history-row").first).to_contain_text("已拆除")
    page.get_by_role("button", name="恢复使用").click()
    expect(page.locator(".place-head .tag.bad")).to_have_count(0)


def test_a_proposal_shows_its_evidence_and_is_approved_or_rejected(served, admin):
    with served.api("dispatcher") as operator:
        for number, words in enumerate(("老驼队大院门口", "大车马店后头")):
            body = {"channel": "walk_in", "text": "路灯不亮", "address": words,
                    "position": {**HERE, "lat": 40.563}}  # fmt: skip
            key = {"Idempotency-Key": f"places-{number}"}
            report = operator.post("/v1/reports", json=body, headers=key).json()
            moved = operator.patch(f"/v1/reports/{report['id']}/position", json=HERE)
            assert moved.status_code == 200
    page = opened(served, admin, "#proposals")
    expect(page.locator("#waiting")).to_have_text("2")
    page.locator("#proposal-list .place-row").filter(has_text="老驼队大院").click()
    expect(page.locator(".said mark")).to_have_text("老驼队大院")
    expect(page.locator(".evidence")).to_contain_text("移动了定位点")
    page.get_by_role("button", name="作为新地名").click()
    expect(page.locator("#card-body h2")).to_have_text("老驼队大院")
    expect(page.locator("#waiting")).to_have_text("1")
    page.locator("#proposal-list .place-row").filter(has_text="大车马店").click()
    page.get_by_role("button", name="驳回…").click()
    page.fill("#reject-reason", "不是地名")
    page.locator("#reject-form").get_by_role("button", name="驳回", exact=True).click()
    expect(page.locator("#proposal-list")).to_contain_text("没有等待审批的建议")
    expect(page.locator("#waiting")).to_be_hidden()
    page.select_option("#proposal-status", "rejected")
    expect(page.locator("#proposal-list")).to_contain_text("大车马店")


def test_a_file_is_tried_before_it_is_imported(served, admin):
    page = opened(served, admin)
    page.click("#tab-files")

    def choose(**more):
        about = {"id": "b-1", "name": "河槽砖厂", "kind": "poi"} | more
        point = {"type": "Point", "coordinates": [HERE["lon"], HERE["lat"]]}
        held = {"type": "Feature", "properties": about, "geometry": point}
        text = json.dumps({"type": "FeatureCollection", "features": [held]}).encode()
        page.set_input_files(
            "#place-file", {"name": "p.geojson", "mimeType": "text/plain", "buffer": text}
        )
        page.click("#place-try")

    page.select_option("#place-crs", "cgcs2000")
    choose(kind="planet")
    expect(page.locator("#place-outcome")).to_contain_text("第1行")
    expect(page.locator("#place-apply")).to_be_disabled()
    choose()
    expect(page.locator("#place-outcome")).to_contain_text("将新增1处")
    page.click("#place-apply")
    expect(page.locator("#place-outcome")).to_contain_text("立即生效")
    page.click("#tab-places")
    find(page, "河槽砖厂").click()
    expect(page.locator("#card-body h2")).to_have_text("河槽砖厂")


def test_an_operator_reads_it_by_keyboard_and_on_a_phone(served):
    watched = served.log_in("dispatcher")
    page = opened(served, watched)
    row = find(page, "磴口村")
    row.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#card-body h2")).to_contain_text("磴口村")
    assert page.locator("#card-body .button.danger, #new-place, #tab-files").count() == 0
    page.focus("#tab-places")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#panel-proposals")).to_be_visible()
    expect(page.locator("#tab-proposals")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.fill("#find-words", "没有这样的地方")
    expect(page.locator("#place-list")).to_contain_text("没有找到这个叫法")
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.close()
    assert watched.trouble == []


def test_the_pane_and_the_map_let_go_of_what_another_tab_showed(served, admin):
    with served.api("dispatcher") as operator, served.api("county_admin") as office:
        place = office.get("/v1/places", params={"q": "磴口村", "kind": "community"}).json()
        body = {"place": place["items"][0]["id"], "name": "老渡口庄子"}
        answer = operator.post("/v1/places/proposals", json=body)
        assert answer.status_code == 201, answer.text
    page = opened(served, admin)
    find(page, "磴口村").click()
    expect(page.locator("#card-body h2")).to_contain_text("磴口村")
    expect(page.locator("#map-about")).to_have_text("磴口村")
    page.click("#tab-files")
    expect(page.locator("#card-body")).to_be_empty()
    expect(page.locator("#nothing")).to_contain_text("试导入")
    expect(page.locator("#map-about")).to_be_hidden()
    page.click("#tab-places")
    find(page, "沙图沟村").click()
    expect(page.locator("#map-about")).to_have_text("沙图沟村")
    page.click("#tab-proposals")
    page.locator("#proposal-list .place-row").filter(has_text="老渡口庄子").click()
    # It has no pin: the map shows the village whose name it would be, and no dot.
    expect(page.locator("#map-about")).to_have_text("老渡口庄子")
    dots = "Object.values(wanggeMap.map._layers).filter((one) => one instanceof L.CircleMarker)"
    assert page.evaluate(f"{dots}.length") == 0
    lon, lat = (place["items"][0]["position"][axis] for axis in ("lon", "lat"))
    assert page.evaluate(f"wanggeMap.map.getBounds().contains([{lat}, {lon}])")
    # What is being filled in is not lost by a look at another tab.
    page.click("#tab-places")
    page.click("#new-place")
    page.fill("#f-name", "写到一半")
    page.click("#tab-files")
    expect(page.locator("#f-name")).to_have_value("写到一半")
