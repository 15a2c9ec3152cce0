"""The page 准入清单 as an administrator keeps it and an operator reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

HEAD = "编号,事项,类型,申请单位,频次或期限,适用类别\n"


@pytest.fixture
def admin(served):
    watched = served.log_in("county_admin")
    yield watched
    watched.page.context.close()
    # The browser tells of a refused table as well, whenever it comes to it.
    assert [said for said in watched.trouble if "422" not in said] == []


def row_of(page, text):
    return page.locator("#list-tables tr").filter(has_text=text)


def test_a_temporary_item_is_added_and_ended_and_says_so(served, admin):
    page = admin.page
    page.goto(f"{served.base}/access-list")
    expect(row_of(page, "冬季除雪组织")).to_contain_text("11月1日至次年3月31日")
    expect(row_of(page, "LS-04")).to_contain_text("已退出")
    page.click("#new-item")
    page.fill("#i-item", "燃气报警器核对")
    page.fill("#i-by", "旗住建局")
    last = datetime.now(UTC) + timedelta(hours=8, days=20)
    page.fill("#i-to", f"{last:%Y-%m-%d}")
    page.select_option("#i-categories", "jt03")
    page.locator("#item-form").get_by_role("button", name="新增", exact=True).click()
    expect(page.locator("#list-message")).to_contain_text("后自动退出")
    row = row_of(page, "燃气报警器核对")
    expect(row).to_contain_text("公交、城乡客运、校车")
    expect(row.locator(".state")).to_have_text("准入")
    row.get_by_role("button", name="退出").click()
    expect(page.locator("#end-effect")).to_contain_text("转部门或乡镇办理")
    page.locator("#end-form").get_by_role("button", name="退出", exact=True).click()
    expect(row.locator(".state")).to_have_text("已退出")
    expect(row).to_contain_text("不再派网格员")


def test_a_table_is_tried_before_it_is_imported(served, admin):
    page = admin.page
    page.goto(f"{served.base}/access-list")
    bad = f"{HEAD}ZR-01,巡查,主责,,每日,cg99\n".encode()
    page.set_input_files("#list-file", {"name": "a.csv", "mimeType": "text/csv", "buffer": bad})
    page.click("#list-try")
    expect(page.locator("#list-outcome")).to_contain_text("第2行：没有这个事项类别")
    expect(page.locator("#list-apply")).to_be_disabled()
    good = f"{HEAD}ZR-01,巡查,主责,,每日,cg03\n".encode()
    page.set_input_files("#list-file", {"name": "b.csv", "mimeType": "text/csv", "buffer": good})
    page.click("#list-try")
    expect(page.locator("#list-outcome")).to_contain_text("检查无误：共1项")
    expect(page.locator("#list-apply")).to_be_enabled()
    expect(row_of(page, "ZR-02")).to_be_visible()


def test_an_operator_reads_it_on_any_day_and_on_a_phone(served):
    watched = served.log_in("dispatcher")
    page = watched.page
    page.goto(f"{served.base}/access-list")
    page.fill("#list-day", "2026-07-20")
    page.get_by_role("button", name="查看", exact=True).click()
    expect(row_of(page, "LS-01")).to_contain_text("不在季节")
    expect(row_of(page, "LS-01")).to_contain_text("2026年11月1日起才派网格员")
    assert page.locator("#new-item").count() == 0
    assert page.locator("#list-tables button").count() == 0
    page.set_viewport_size({"width": 360, "height": 800})
    expect(row_of(page, "LS-01").locator("td[data-label=事项]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.close()
    assert watched.trouble == []
