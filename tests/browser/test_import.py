"""The import doctor as an administrator meets it: file, findings, repair, plan, refusals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shapely
from playwright.sync_api import Page

from geo.lattice import snap
from tests.browser.conftest import Served, Watched
from tests.http.test_imports import bent, file_of, present

EXAMINED_MS = 60_000


@pytest.fixture
def county(served: Served) -> Iterator[Watched]:
    """A county administrator at the screen; nothing untoward may happen on the page."""
    watched = served.log_in("county_admin")
    yield watched
    watched.page.context.close()
    assert watched.trouble == []


def open_import(watched: Watched) -> Page:
    watched.page.goto(f"{watched.base}/import")
    watched.page.wait_for_selector("html[data-map=ready]", timeout=20_000)
    return watched.page


def examine(page: Page, content: bytes, name: str = "2027年度更新.geojson") -> None:
    file = {"name": name, "mimeType": "application/geo+json", "buffer": content}
    page.set_input_files("#file", file)
    page.click("#examine")
    page.wait_for_selector("html[data-import=running]", timeout=20_000)
    page.wait_for_selector("html:not([data-import=running])", timeout=EXAMINED_MS)


def test_a_messy_survey_is_looked_at_repaired_and_made_a_plan(
    served: Served, county: Watched
) -> None:
    page = open_import(county)
    shapes = bent(present())
    first = next(iter(shapes))
    shapes[first] = snap(shapely.buffer(shapes[first], 3e-7, join_style="mitre"))
    hostile = "<img src=x onerror=alert(1)>"
    content = file_of(shapes).replace(
        "大东村".encode(), f"大东村{hostile}".replace('"', "").encode()
    )
    examine(page, content, name=f"{hostile}.geojson")
    assert page.locator("#side-body img, #uploads img").count() == 0
    assert "采用修复方案后可以" in page.inner_text("#side-body")
    # A finding is chosen in the list, and the map goes there.
    before = page.evaluate("() => wanggeMap.map.getZoom()")
    page.click(".finding-table tbody button:not([disabled])")
    assert page.locator('.finding-table [aria-selected="true"]').count() == 1
    assert page.evaluate("() => wanggeMap.map.getZoom()") > before
    page.click("#tab-repair")
    assert "逐边核验" in page.inner_text("#side-body")
    page.click("#tab-update")
    assert "文件里没有的215个村（社区）保持原样" in page.inner_text("#side-body")
    page.click("#tab-apply")
    page.fill("#plan-name", "2027年度网格更新")
    page.click(".import-apply button")
    page.wait_for_selector("html[data-import=applied]", timeout=20_000)
    with served.api("county_admin") as client:
        plan = client.get("/v1/plans").json()["items"][0]
    assert (plan["name"], plan["state"], plan["revision"]) == ("2027年度网格更新", "draft", 1)
    page.click("text=打开方案")
    page.wait_for_url(f"**/edit#plan={plan['id']}")
    page.wait_for_selector("#plan-name:has-text('2027年度网格更新')", timeout=20_000)


def test_a_question_about_the_file_is_answered_without_sending_it_again(county: Watched) -> None:
    page = open_import(county)
    page.select_option("#crs", "4546")
    examine(page, file_of(present()))
    assert "坐标与坐标系不符" in page.inner_text("#side-body [role=alert]")
    assert page.inner_text("#examine") == "按这些选项重新检查"
    page.select_option("#crs", "")
    page.click("#examine")
    page.wait_for_selector("html[data-import=examined]", timeout=EXAMINED_MS)
    page.click("#tab-apply")
    assert "与现有网格界线相同" in page.inner_text("#side-body")
    # What is no boundary file at all is told beside the button.
    page.set_input_files("#file", {"name": "a.kml", "mimeType": "x/y", "buffer": b"<VRT/>"})
    page.click("#examine")
    page.wait_for_selector("#form-error [role=alert]")
    assert "文件格式未知" in page.inner_text("#form-error")
    county.trouble = [said for said in county.trouble if "422" not in said]


def test_whoever_may_not_import_is_told_so(served: Served) -> None:
    watched = served.log_in("dispatcher")
    page = watched.page
    page.goto(f"{watched.base}/import")
    assert "您没有查看权限" in page.inner_text("main")
    assert page.locator("nav a[href='/import']").count() == 0
    page.context.close()
