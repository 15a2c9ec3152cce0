"""The page 受理台 as a seat operator uses it: by keyboard, in doubt, with work that comes back."""

from __future__ import annotations

import io
import re
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.map_actions import SOON_MS, send_report
from tests.http.demo_county import WORKER_GRID, inside, store_report

COMPOUND = "碧水佳苑"
COMPOUND_GRID = "150221104003009"
# Two townships have a village of this name.
SAME_NAME = "磴口"
SPOT = "振华社区居委会往东200米"


def open_desk(watched):
    watched.page.goto(f"{watched.base}/desk")
    watched.page.wait_for_selector("html[data-desk=ready]", timeout=20_000)
    watched.page.wait_for_selector("#live[data-state=live]", timeout=20_000)
    return watched.page


def number_taken(page):
    taken = page.locator("[data-taken]")
    expect(taken).to_be_visible()
    return taken.get_attribute("data-taken")


def category_by(page, initials, name):
    page.keyboard.press("F2")
    expect(page.locator("#call-category")).to_be_focused()
    page.keyboard.type(initials)
    expect(page.locator("#call-categories [aria-selected=true]")).to_contain_text(name)
    page.keyboard.press("Enter")
    expect(page.locator("#call-place")).to_be_focused()


def test_a_whole_call_is_taken_by_keyboard_alone(dispatcher, other_system):
    page = open_desk(dispatcher)
    category_by(page, "hjws", "环境卫生")
    page.keyboard.type(COMPOUND)
    answer = page.locator("#desk-answer")
    expect(answer.locator("[data-decision=auto]")).to_be_visible()
    expect(answer).to_contain_text("网格员")
    expect(page.locator("#call-sentence")).to_contain_text("前答复您")
    expect(page.locator("#call-questions")).to_be_empty()
    page.keyboard.press("Enter")
    page.keyboard.type("楼下垃圾桶满了没人清运")
    page.keyboard.press("Enter")
    page.keyboard.type("张三")
    page.keyboard.press("Enter")
    page.keyboard.type("00001234567")
    page.keyboard.press("Enter")
    report = other_system.get(f"/v1/reports/{number_taken(page)}").json()
    assert report["category"] == "cg03"
    assert report["grid"]["code"] == COMPOUND_GRID
    assert report["channel"] == "hotline_12345"
    assert report["reporter"]["name"] == "张**"
    # The next call begins with an empty form.
    page.keyboard.press("F2")
    expect(page.locator("#call-words")).to_have_value("")
    expect(page.locator("#call-sentence")).to_be_empty()


def test_pressing_twice_takes_one_report(dispatcher, other_system):
    page = open_desk(dispatcher)
    category_by(page, "ldbl", "路灯不亮")
    page.keyboard.type(COMPOUND)
    expect(page.locator("#desk-answer [data-decision]")).to_be_visible()
    page.keyboard.press("Enter")
    words = "路灯三天不亮，只报一次"
    page.keyboard.type(words)
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    number_taken(page)
    found = other_system.get("/v1/reports", params={"q": words}).json()["items"]
    assert len(found) == 1


def test_a_doubt_is_settled_by_a_number_key(dispatcher, other_system):
    page = open_desk(dispatcher)
    category_by(page, "hjws", "环境卫生")
    page.keyboard.type(SAME_NAME)
    expect(page.locator("#call-questions")).to_contain_text("哪个乡镇")
    candidates = page.locator("#desk-answer .candidate")
    expect(candidates.nth(1)).to_be_visible()
    wanted = candidates.nth(1).get_attribute("data-candidate")
    # The names that are offered lie above; what is typed stays.
    expect(page.locator("#call-places [role=option]").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#call-place")).to_have_value(SAME_NAME)
    page.keyboard.press("ArrowDown")
    expect(candidates.nth(0)).to_be_focused()
    page.keyboard.press("2")
    expect(page.locator("[data-decision=chosen]")).to_be_visible()
    expect(page.locator("#call-questions")).to_be_empty()
    expect(page.locator(f'[data-candidate="{wanted}"][aria-selected=true]')).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#call-words")).to_be_focused()
    page.keyboard.type("村口垃圾没人拉")
    page.keyboard.press("Control+Enter")
    report = other_system.get(f"/v1/reports/{number_taken(page)}").json()
    assert report["status"] == "assigned"
    assert report["grid"]["code"] == wanted


def test_the_map_draws_the_spot_that_words_mean(dispatcher, other_system):
    page = open_desk(dispatcher)
    category_by(page, "hjws", "环境卫生")
    page.keyboard.type(SPOT)
    expect(page.locator("#call-matched")).to_contain_text("200")
    expect(page.locator("#map-about")).to_contain_text("约在圈内")
    drawn = """() => {
      const found = [];
      wanggeMap.map.eachLayer((one) => one instanceof L.Circle && found.push(one));
      return found.map((one) => [one.getLatLng().lng, one.getLatLng().lat, one.getRadius()]);
    }"""
    ((lon, lat, radius_m),) = page.evaluate(drawn)
    asked = other_system.post("/v1/locate", json={"address": SPOT}).json()["address_match"]
    assert [lon, lat] == [asked["point"]["lon"], asked["point"]["lat"]]
    assert radius_m == asked["radius_m"]
    page.fill("#call-place", "")
    expect(page.locator("#map-about")).to_be_hidden()
    assert page.evaluate(drawn) == []


def test_a_call_that_is_interrupted_by_the_next_is_not_lost(dispatcher):
    page = open_desk(dispatcher)
    category_by(page, "ldbl", "路灯不亮")
    page.keyboard.type(COMPOUND)
    page.fill("#call-words", "说到一半")
    page.keyboard.press("F2")
    expect(page.locator("#call-words")).to_have_value("")
    # The list of categories is open since F2, and does not lie over what the operator needs.
    expect(page.locator("#call-categories")).to_be_visible()
    go_on = page.get_by_role("button", name="接着登记")
    go_on.click(trial=True)
    category_by(page, "hjws", "环境卫生")
    page.keyboard.type(COMPOUND)
    page.fill("#call-words", "插进来的来电")
    page.click("#call-send")
    number_taken(page)
    # Registering the call that came between does not lose the one before it.
    go_on.click()
    expect(go_on).to_have_count(0)
    expect(page.locator("#call-words")).to_have_value("说到一半")
    expect(page.locator("#call-place")).to_have_value(COMPOUND)
    expect(page.locator("#desk-answer")).to_contain_text("网格")
    page.click("#call-send")
    number_taken(page)


def test_the_address_opens_the_same_case_for_a_colleague(dispatcher, other_system):
    report = send_report(other_system, grid=WORKER_GRID, text="给同事看的一件。")
    page = open_desk(dispatcher)
    page.click("#tab-open")
    page.locator(f'[data-open="{report["id"]}"]').click()
    expect(page.locator("#desk-case")).to_contain_text("给同事看的一件")
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("#desk-case")).to_contain_text("给同事看的一件")
    page.keyboard.press("Escape")
    expect(page.locator("#desk-list")).to_be_visible()


def test_a_list_that_is_chosen_takes_the_place_of_an_open_case(dispatcher, other_system):
    report = send_report(other_system, grid=WORKER_GRID, text="先看这一件。")
    page = open_desk(dispatcher)
    page.click("#tab-open")
    page.locator(f'[data-open="{report["id"]}"]').click()
    expect(page.locator("#desk-case")).to_contain_text("先看这一件")
    page.click("#tab-triage")
    expect(page.locator("#desk-list")).to_be_visible()
    expect(page.locator("#desk-case")).to_be_hidden()
    assert "report=" not in page.url


def test_a_category_that_nobody_knows_is_not_dropped_silently(dispatcher):
    page = open_desk(dispatcher)
    page.keyboard.press("F2")
    page.keyboard.type("qqqq")
    page.fill("#call-words", "路灯不亮")
    page.click("#call-send")
    expect(page.locator("#call-message")).to_contain_text("没有这个类别")
    expect(page.locator("[data-taken]")).to_have_count(0)


def test_a_point_on_the_map_is_a_place_too(dispatcher):
    page = open_desk(dispatcher)
    box = page.locator("#map_overview").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#desk-answer [data-decision=auto]")).to_be_visible()
    expect(page.locator("#call-matched")).to_contain_text("已在地图上点选")
    page.click("#call-matched button")
    expect(page.locator("#call-matched")).not_to_contain_text("已在地图上点选")


def test_enter_while_a_chinese_word_is_composed_moves_nothing(dispatcher):
    page = open_desk(dispatcher)
    page.keyboard.press("F2")
    composing = """id => document.getElementById(id).dispatchEvent(
        new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true}))"""
    page.keyboard.insert_text("路灯")
    expect(page.locator("#call-categories [aria-selected=true]")).to_contain_text("路灯不亮")
    page.evaluate(composing, "call-category")
    expect(page.locator("#call-category")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#call-category")).to_have_value("路灯不亮、损坏")
    page.keyboard.insert_text(COMPOUND)
    page.evaluate(composing, "call-place")
    expect(page.locator("#call-place")).to_be_focused()


def test_a_return_comes_to_the_list_by_itself_and_is_decided(served, dispatcher, other_system):
    page = open_desk(dispatcher)
    report = send_report(other_system, grid=WORKER_GRID, text="退单的一件。")
    with served.api("grid_worker") as worker:
        answer = worker.post(
            f"/v1/reports/{report['id']}/steps",
            json={"step": "return", "reason": "other", "note": "不是我这里的事"},
        )
        assert answer.status_code == 200, answer.text
    tab = page.locator("#tab-returns .tab-count")
    expect(tab).to_have_text("1", timeout=SOON_MS)
    page.click("#tab-returns")
    page.locator(f'[data-open="{report["id"]}"]').click()
    card = page.locator("#desk-case")
    expect(card).to_contain_text("申请退单")
    expect(card).to_contain_text("不是我这里的事")
    card.locator('[data-step="refuse"]').click()
    card.locator("#step-send").click()
    expect(card.get_by_role("alert")).to_contain_text("请填写")
    page.keyboard.press("Escape")
    card.locator('[data-step="grant"]').click()
    expect(card.locator(".desk-effect")).to_contain_text("退回派单方")
    card.locator("#step-send").click()
    expect(card).to_have_attribute("data-status", "awaiting_decision")
    expect(card.locator(".history")).to_contain_text("同意")
    expect(tab).to_have_text("0", timeout=SOON_MS)


def test_after_a_return_the_grid_that_was_named_is_offered(served, dispatcher, other_system):
    page = open_desk(dispatcher)
    report = send_report(other_system, grid=WORKER_GRID, text="属于旁边的网格。")
    named = f"{WORKER_GRID[:12]}004"
    steps = f"/v1/reports/{report['id']}/steps"
    with served.api("grid_worker") as worker:
        asked = {"step": "return", "reason": "not_my_grid", "grid": named}
        assert worker.post(steps, json=asked).status_code == 200
    assert other_system.post(steps, json={"step": "grant"}).status_code == 200
    page.goto(f"{dispatcher.base}/desk#report={report['id']}")
    page.reload()
    card = page.locator("#desk-case")
    card.locator('[data-step="confirm_grid"]').click()
    card.locator(f'[data-grid="{named}"]').click()
    card.locator("#step-send").click()
    expect(card).to_have_attribute("data-status", "assigned")
    assert other_system.get(f"/v1/reports/{report['id']}").json()["grid"]["code"] == named


def test_what_somebody_else_did_meanwhile_is_told_and_nothing_is_sent(dispatcher, other_system):
    page = open_desk(dispatcher)
    report = send_report(other_system, grid=WORKER_GRID, text="两人同时办的一件。")
    page.click("#tab-open")
    page.locator(f'[data-open="{report["id"]}"]').click()
    card = page.locator("#desk-case")
    card.locator('[data-step="void"]').click()
    page.fill("#step-note", "重复")
    answer = other_system.post(f"/v1/reports/{report['id']}/steps", json={"step": "accept"})
    assert answer.status_code == 200, answer.text
    expect(page.locator("#step-overtaken")).to_be_visible(timeout=SOON_MS)
    expect(card.locator("#step-send")).to_be_disabled()
    page.locator("#step-overtaken button").click()
    expect(card).to_have_attribute("data-status", "accepted")


def test_a_step_that_comes_too_late_is_answered_with_who_was_quicker(served, other_system):
    watched = served.log_in("dispatcher")
    page = watched.page
    # Without live events the page learns of it from the refusal alone.
    page.route("**/v1/stream", lambda route: route.abort())
    page.goto(f"{watched.base}/desk")
    page.wait_for_selector("html[data-desk=ready]", timeout=20_000)
    report = send_report(other_system, grid=WORKER_GRID, text="被别人撤回的一件。")
    page.click("#tab-open")
    page.locator(f'[data-open="{report["id"]}"]').click()
    card = page.locator("#desk-case")
    card.locator('[data-step="withdraw"], [data-step="accept"]').first.click()
    answer = other_system.post(
        f"/v1/reports/{report['id']}/steps", json={"step": "close", "note": "已电话解决。"}
    )
    assert answer.status_code == 200, answer.text
    card.locator("#step-send").click()
    expect(page.locator("#step-overtaken")).to_contain_text("结案")
    page.locator("#step-overtaken button").click()
    expect(card).to_have_attribute("data-status", "closed")
    page.context.close()


def test_one_call_is_split_into_several_matters(dispatcher, other_system):
    page = open_desk(dispatcher)
    report = send_report(other_system, grid=WORKER_GRID, text="路灯不亮，还有垃圾没人清。")
    page.click("#tab-open")
    page.locator(f'[data-open="{report["id"]}"]').click()
    card = page.locator("#desk-case")
    card.locator('[data-step="split"]').click()
    page.fill("#step-part-text-1", "垃圾没人清运。")
    page.locator("#step-part-1").press_sequentially("hjws")
    page.keyboard.press("Enter")
    card.locator("#step-send").click()
    expect(card.locator(".desk-joined")).to_contain_text("拆出")
    whole = other_system.get(f"/v1/reports/{report['id']}").json()
    part = other_system.get(f"/v1/reports/{whole['parts'][0]}").json()
    assert part["category"] == "cg03"
    assert part["text"] == "垃圾没人清运。"


def test_the_same_matter_is_found_linked_on_sending_and_taken_apart_again(dispatcher, other_system):
    words = "小区门口的垃圾桶满了，好几天没人清运。"
    lon, lat = other_system.get(f"/v1/areas/{WORKER_GRID}").json()["center"]
    place = {"lon": lon, "lat": lat, "crs": "cgcs2000", "accuracy_m": 5}
    body = {"channel": "walk_in", "text": words, "category": "cg03", "position": place}
    first = other_system.post(
        "/v1/reports", json=body, headers={"Idempotency-Key": "desk-same-matter"}
    ).json()
    page = open_desk(dispatcher)
    category_by(page, "hjws", "环境卫生")
    page.evaluate(
        "([lat, lon]) => window.wanggeMap.map.setView([lat, lon], 17, {animate: false})", [lat, lon]
    )
    box = page.locator("#map_overview").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.fill("#call-words", words)
    row = page.locator(f'[data-similar="{first["id"]}"]')
    expect(row).to_contain_text("文字相似")
    row.get_by_role("button", name="并入").click()
    expect(row.get_by_role("button", name="登记后并入")).to_be_visible()
    page.click("#call-send")
    joined = other_system.get(f"/v1/reports/{number_taken(page)}").json()
    assert joined["status"] == "merged"
    assert joined["merged_into"] == first["id"]
    page.click("#call-message .link")
    card = page.locator("#desk-case")
    card.locator('[data-step="unmerge"]').click()
    card.locator("#step-send").click()
    expect(card).to_have_attribute("data-status", "assigned")


def test_the_main_form_needs_no_scrolling_on_a_small_screen(dispatcher):
    page = open_desk(dispatcher)
    category_by(page, "hjws", "环境卫生")
    page.keyboard.type(SAME_NAME)
    expect(page.locator("#call-questions")).to_contain_text("哪个乡镇")
    overflow = page.evaluate(
        "[document.documentElement, document.querySelector('.desk-call')]"
        ".map(box => box.scrollHeight - box.clientHeight)"
    )
    assert max(overflow) <= 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366


@pytest.mark.parametrize("role", ["leader", "township_admin"])
def test_who_reads_has_no_form_and_a_township_has_its_own_desk(served, role):
    watched = served.log_in(role)
    page = open_desk(watched)
    expect(page.locator("#desk-tabs [role=tab]")).to_have_count(9)
    expect(page.locator("#call-form")).to_have_count(0 if role == "leader" else 1)
    page.context.close()
    assert watched.trouble == []


def test_a_worker_is_told_that_the_desk_is_not_theirs(served):
    watched = served.log_in("grid_worker")
    watched.page.goto(f"{watched.base}/desk")
    expect(watched.page.locator("body")).to_contain_text("受理台对坐席员")
    watched.page.context.close()


def test_without_a_network_what_was_read_stays(served):
    watched = served.log_in("dispatcher")
    page = open_desk(watched)
    expect(page.locator("#desk-tabs [role=tab]")).to_have_count(9)
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(page.locator("#live-text")).to_have_text(re.compile("已离线"))
    expect(page.locator("#desk-tabs [role=tab]")).to_have_count(9)
    page.context.set_offline(False)
    page.context.close()


def picture(colour="green"):
    sink = io.BytesIO()
    Image.new("RGB", (800, 600), colour).save(sink, "JPEG")
    return sink.getvalue()


def with_photo(client, report_id, colour="green"):
    answer = client.post(
        f"/v1/reports/{report_id}/photos",
        data={"client_id": str(uuid4())},
        files={"file": ("x.jpg", picture(colour), "image/jpeg")},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_photos_open_large_by_key_and_the_desk_withdraws_one_with_a_reason(
    dispatcher, other_system, served
):
    report = store_report(other_system, text="垃圾没人清运，有照片", position=inside(WORKER_GRID))
    with served.api("grid_worker") as worker:
        kept, wrong = (with_photo(worker, report["id"], colour) for colour in ("green", "red"))
    page = dispatcher.page
    page.goto(f"{dispatcher.base}/desk#report={report['id']}")
    photos = page.locator("#desk-case button.photo")
    expect(photos).to_have_count(2)
    photos.first.focus()
    page.keyboard.press("Enter")
    viewer = page.locator("dialog.photo-viewer")
    expect(viewer.locator("img")).to_have_attribute("src", kept["url"])
    page.keyboard.press("ArrowRight")
    expect(viewer.locator("img")).to_have_attribute("src", wrong["url"])
    # Escape closes the photo and not the case, and the focus is where it was.
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(photos.first).to_be_focused()
    photos.nth(1).click()
    viewer.get_by_role("button", name="撤回这张照片").click()
    viewer.get_by_role("button", name="撤回", exact=True).click()
    expect(viewer.get_by_role("alert")).to_have_text("请写撤回的原因。")
    page.keyboard.type("拍到了无关的人")
    page.keyboard.press("Enter")
    expect(page.locator("#desk-case .photo-gone")).to_contain_text("拍到了无关的人")
    expect(photos).to_have_count(1)
    shown = other_system.get(f"/v1/reports/{report['id']}/photos").json()["items"]
    assert [bool(photo["withdrawn"]) for photo in shown] == [False, True]
    page.reload()
    expect(page.locator("#desk-case .history")).to_contain_text("撤回照片")


def test_whoever_else_called_is_shown_with_the_caller_and_who_wished_not_to_be_kept_is_said(
    dispatcher, other_system
):
    main = store_report(
        other_system,
        text="路灯坏了",
        position=inside(WORKER_GRID),
        reporter={"name": "张三", "phone": "00001234567"},
    )
    again = store_report(
        other_system,
        text="路灯还没修",
        position=inside(WORKER_GRID),
        reporter={"name": "李四", "phone": "00007654321"},
    )
    merged = other_system.post(
        f"/v1/reports/{again['id']}/steps", json={"step": "merge", "report": main["id"]}
    )
    assert merged.status_code == 200, merged.text
    page = dispatcher.page
    page.goto(f"{dispatcher.base}/desk#report={main['id']}")
    case = page.locator("#desk-case")
    expect(case).to_contain_text("张**")
    case.get_by_role("button", name="看完整电话").click()
    expect(case).to_contain_text("00001234567")
    expect(case).to_contain_text("李四")
    expect(case).to_contain_text("00007654321")
    secret = store_report(other_system, text="不愿留名", reporter={"confidential": True})
    page.goto(f"{dispatcher.base}/desk#report={secret['id']}")
    expect(case).to_contain_text("按保密要求")
