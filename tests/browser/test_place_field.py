"""Type a place as people do, on the desk and on the phone: offered, chosen by keys, left alone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.test_desk import open_desk


def test_a_name_is_offered_by_its_initials_and_taken_by_keys(dispatcher):
    page = open_desk(dispatcher)
    field, options = page.locator("#call-place"), page.locator("#call-places [role=option]")
    field.focus()
    before = page.locator("#call-words").bounding_box()
    page.keyboard.type("ht")
    expect(options.first).to_contain_text("后炭")
    assert page.locator("#call-words").bounding_box() == before, "nothing jumps"
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "call-places-0")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(field).not_to_have_attribute("aria-activedescendant", "call-places-0")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    assert "后炭" in field.input_value()
    expect(options.first).to_be_hidden()
    expect(page.locator("#call-matched")).to_contain_text("认作：后炭")


def test_what_is_typed_stays_when_the_names_are_put_away(dispatcher):
    page = open_desk(dispatcher)
    page.locator("#call-place").focus()
    page.keyboard.type("阳光小区3")
    expect(page.locator("#call-places [role=option]").first).to_contain_text("阳光小区3号楼")
    page.keyboard.press("Escape")
    expect(page.locator("#call-places")).to_be_hidden()
    expect(page.locator("#call-place")).to_have_value("阳光小区3")
    page.keyboard.press("Enter")
    expect(page.locator("#call-words")).to_be_focused()


def test_the_desk_shows_how_the_words_were_read(dispatcher):
    page = open_desk(dispatcher)
    page.fill("#call-place", "美岱召镇沙图沟村村委会东200米")
    page.fill("#call-words", "我是大东村的，今天路过看见垃圾")
    reading = page.locator("#call-reading")
    reading.locator("summary").first.click()
    expect(reading.locator("mark[data-role=area]").first).to_have_text("美岱召镇")
    expect(reading.locator(".reading-text")).to_contain_text("今天路过看见垃圾")
    expect(reading.locator("tr[data-chosen=true]")).to_contain_text("沙图沟村")
    expect(reading.locator("tr[data-chosen=false]")).to_contain_text("大东村")
    page.fill("#call-place", "磴口村路口")
    expect(reading.locator("tr[data-chosen=true]")).to_have_count(3)
    expect(reading.get_by_role("button", name="查天地图")).to_have_count(0)
