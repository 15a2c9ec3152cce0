"""Login, password, accounts and audit, as people use them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.fixture
def admin(served):
    watched = served.log_in("county_admin")
    yield watched
    watched.page.context.close()


def test_a_wrong_password_is_said_and_the_right_one_leads_where_one_wanted_to_go(served, browser):
    page = browser.new_context(locale="zh-CN").new_page()
    account = served.credentials["dispatcher"]
    page.goto(f"{served.base}/map")
    expect(page).to_have_title("登录 · 土默特右旗")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark", "as the map"
    expect(page.locator("body")).to_contain_text("示意数据，内容虚构")
    page.fill("#username", account["username"])
    page.fill("#password", "not-the-password-1")
    page.click("button[type=submit]")
    expect(page.locator("[role=alert]")).to_contain_text("密码")
    page.fill("#password", account["password"])
    page.click("button[type=submit]")
    page.wait_for_selector("html[data-map=ready]")
    page.context.close()


def test_an_administrator_makes_an_account_locks_it_and_finds_both_in_the_audit(served, admin):
    page = admin.page
    page.goto(f"{served.base}/accounts")
    page.click("#new-account")
    page.fill("#a-username", "wang.fang")
    page.fill("#a-name", "王芳")
    page.select_option("#a-role", "dispatcher")
    page.fill("#a-area", "150221")
    page.fill("#a-password", "Gree-lamp-42")
    page.get_by_role("button", name="新建", exact=True).click()
    row = page.locator("#accounts-body tr").filter(has_text="wang.fang")
    expect(row).to_contain_text("可登录")
    row.get_by_role("button", name="锁定").click()
    expect(page.locator("#change-effect")).to_contain_text("立即退出所有设备")
    page.fill("#change-input", "调离岗位")
    page.click("#change-confirm")
    expect(row).to_contain_text("已锁定")
    expect(row).to_contain_text("调离岗位")
    page.goto(f"{served.base}/audit")
    page.select_option("#f-action", label="锁定账号")
    page.get_by_role("button", name="查询").click()
    expect(page.locator("#audit-body tr")).to_have_count(1)
    expect(page.locator("#audit-body")).to_contain_text("锁定账号")
    expect(page.locator("#audit-body")).to_contain_text("原因：调离岗位")
    page.set_viewport_size({"width": 360, "height": 800})
    for path, body in (("/audit", "#audit-body"), ("/accounts", "#accounts-body")):
        page.goto(f"{served.base}{path}")
        expect(page.locator(f"{body} td[data-label=账号]").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert admin.trouble == []


def test_a_taken_username_is_said_inside_the_dialog(served, admin):
    page = admin.page
    page.goto(f"{served.base}/accounts")
    page.click("#new-account")
    page.fill("#a-username", served.credentials["dispatcher"]["username"])
    page.fill("#a-name", "重名")
    page.fill("#a-area", "150221")
    page.fill("#a-password", "Gree-lamp-42")
    page.get_by_role("button", name="新建", exact=True).click()
    expect(page.locator("#account-error")).to_be_visible()


def test_two_different_new_passwords_are_noticed_before_anything_is_sent(admin):
    page = admin.page
    page.goto(f"{admin.base}/password")
    page.fill("#old-password", "anything-at-all-1")
    page.fill("#new-password", "Gree-lamp-42")
    page.fill("#repeat-password", "Gree-lamp-43")
    page.get_by_role("button", name="修改密码", exact=True).click()
    expect(page.locator("#password-message")).to_contain_text("不一样")
    assert admin.trouble == []


def test_a_person_changes_the_password_and_logs_in_with_the_new_one(served):
    watched = served.log_in("leader")
    page = watched.page
    page.goto(f"{served.base}/password")
    account = served.credentials["leader"]
    page.fill("#old-password", account["password"])
    page.fill("#new-password", "Gree-lamp-42")
    page.fill("#repeat-password", "Gree-lamp-42")
    page.get_by_role("button", name="修改密码", exact=True).click()
    expect(page.locator("#password-message")).to_contain_text("密码已修改")
    page.context.close()
    account["password"] = "Gree-lamp-42"
    del served.cookies["leader"]
    served.log_in("leader").page.context.close()
    assert watched.trouble == []


def test_the_pages_of_administrators_are_closed_to_others(served):
    watched = served.log_in("dispatcher")
    page = watched.page
    for path in ("/accounts", "/audit"):
        answer = page.goto(f"{served.base}{path}")
        assert answer.status == 403
        expect(page.locator("h1")).to_have_text("您没有查看权限")
    assert page.locator('nav a[href="/accounts"]').count() == 0
    page.context.close()


def test_logging_out_ends_the_session(served):
    watched = served.log_in("shift_lead")
    page = watched.page
    page.goto(f"{served.base}/password")
    page.locator(".menu-summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login*")
    page.goto(f"{served.base}/map")
    expect(page.locator("#username")).to_be_visible()
    page.context.close()
    assert watched.trouble == []
