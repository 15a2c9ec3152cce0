"""征求意见 and 文件 in a real browser, and the map as it leaves the printer; no other host."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

TOWNSHIP = "150221104"
COMMUNITY = f"{TOWNSHIP}001"
GRIDS = [f"{COMMUNITY}001", f"{COMMUNITY}002"]
NOTICE = "网格界线仅用于服务管理，不作为行政区域界线和土地权属依据"
A3_POINTS = (420 / 25.4 * 72, 297 / 25.4 * 72)


@pytest.fixture(scope="module")
def plan(served) -> str:
    """A draft that merges two grids."""
    with served.api("township_admin") as township:
        body = {"name": "振华社区网格合并", "area": TOWNSHIP}
        plan = township.post("/v1/plans", json=body).json()["id"]
        merge = {"op": "merge", "grids": GRIDS, "keep": GRIDS[0]}
        done = township.post(
            f"/v1/plans/{plan}/operations", json=merge, headers={"If-Match": '"0"'}
        )
        assert done.status_code == 200, done.text
    return plan


@pytest.fixture
def author(served):
    watched = served.log_in("township_admin")
    yield watched
    watched.page.context.close()
    assert watched.trouble == []


def test_a_consent_is_entered_in_the_editor_and_the_rule_is_kept(author, served, plan) -> None:
    page = author.page
    page.goto(f"{author.base}/edit#plan={plan}")
    page.wait_for_selector("html[data-map=ready]", timeout=20_000)
    expect(page.locator(".map-notes")).to_contain_text(NOTICE)
    page.click("#tab-effect")
    expect(page.locator("[data-check=consent_missing]")).to_be_visible(timeout=20_000)
    page.click("#tab-decision")
    consent = page.locator(f"details[data-community='{COMMUNITY}']")
    expect(consent).to_have_attribute("data-state", "missing")
    consent.locator("summary").click()
    consent.get_by_label("意见").select_option("consented")
    consent.get_by_label("文号或会议记录号").fill("居代会〔2026〕3号")
    consent.get_by_label("日期").fill("2026-11-18")
    consent.get_by_role("button", name="登记").click()
    expect(page.locator(f"[data-community='{COMMUNITY}']")).to_have_attribute(
        "data-state", "consented"
    )
    expect(page.locator("#consents")).to_contain_text("涉及的村（社区）均已同意")
    with served.api("township_admin") as township:
        (said,) = township.get(f"/v1/plans/{plan}/consents").json()["items"]
    assert (said["state"], said["document_no"], said["document_date"]) == (
        "consented",
        "居代会〔2026〕3号",
        "2026-11-18",
    )
    page.click("#tab-effect")
    expect(page.locator(".effect-line")).to_be_visible()
    expect(page.locator("[data-check^=consent]")).to_have_count(0)


def test_every_paper_is_one_click_away(author, plan) -> None:
    page = author.page
    page.goto(f"{author.base}/edit#plan={plan}")
    page.wait_for_selector("html[data-map=ready]", timeout=20_000)
    page.click("#tab-decision")
    papers = page.locator("#papers")
    expect(papers.get_by_role("link")).to_have_count(10, timeout=20_000)
    with page.expect_download() as waiting:
        papers.get_by_role("link", name="前后对照表，Excel").click()
    assert waiting.value.suggested_filename == "前后对照表-振华社区网格合并.xlsx"
    with page.expect_popup() as opening:
        papers.get_by_role("link", name="前后对照图，打印A3").click()
    popup = opening.value
    expect(popup.locator(".print-sheet img")).to_be_visible(timeout=20_000)
    popup.close()


def test_the_map_leaves_the_printer_as_one_page_of_a3(author, plan) -> None:
    page = author.page
    page.goto(f"{author.base}/v1/plans/{plan}/papers/map.html")
    picture = page.locator(".print-sheet img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 1000
    for words in (NOTICE, "示意数据，内容虚构"):
        expect(page.get_by_alt_text(words)).to_be_visible()
    raw = page.pdf(prefer_css_page_size=True, print_background=True)
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", raw)
    assert len(re.findall(rb"/Type\s*/Page\b", raw)) == 1
    assert [tuple(map(float, box)) for box in boxes] == [pytest.approx(A3_POINTS, abs=1)]
    assert b"/Subtype /Image" not in raw  # lines stay lines at any size
    page.emulate_media(media="print")
    sheet = picture.bounding_box()
    assert sheet is not None
    # CSS pixels are 1/96 inch: true to scale.
    assert sheet["width"] == pytest.approx(420 / 25.4 * 96, abs=1)
    assert sheet["height"] == pytest.approx(297 / 25.4 * 96, abs=1)
    expect(page.locator(".bar")).to_be_hidden()
