"""The time slider: the county at any instant, who owned a point, and back to now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, Watched
from tests.browser.map_actions import COMMUNITY, GRID, GRID_NAME
from tests.conftest import FreshDatabase
from tests.store.rows import direct

TOWNSHIP = "150221104"
PAPER = "土右网格〔2026〕3号"
DAY = "2026-03-03T08:00:00+08:00"
BEFORE, AFTER = "2026-03-02T12:00:00+08:00", "2026-03-04T12:00:00+08:00"
SIZES = [(1366, 768), (1920, 1080), (3840, 2160), (360, 800)]


def split(author: httpx.Client, county: httpx.Client) -> dict[str, Any]:
    """Split a grid of the town by a line from west to east, and have it approved."""
    area = author.get(f"/v1/areas/{GRID}").json()
    west, _, east, _ = area["bbox"]
    lat = area["center"][1]
    line = {"type": "LineString", "coordinates": [[west - 0.01, lat], [east + 0.01, lat]]}
    plan = author.post("/v1/plans", json={"name": "北片划分", "area": TOWNSHIP}).json()
    path = f"/v1/plans/{plan['id']}"
    body = {"op": "split", "grid": GRID, "line": line, "crs": "cgcs2000"}
    done = author.post(f"{path}/operations", json=body, headers={"If-Match": '"0"'})
    assert done.status_code == 200, done.text
    assert author.post(f"{path}/submit").status_code == 200
    approval = {"allow_vacant": True, "document_no": PAPER, "document_date": "2026-02-26"}
    answer = county.post(f"{path}/approve", json=approval)
    assert answer.status_code == 200, answer.text
    changeset: dict[str, Any] = answer.json()["changeset"]
    return {**changeset, "new": done.json()["created"][0]["code"]}


@pytest.fixture(scope="module")
def changed(served: Served, county_database: FreshDatabase) -> dict[str, Any]:
    """A split that came into force on the third of March."""
    with served.api("township_admin") as author, served.api("county_admin") as county:
        done = split(author, county)
    with direct(county_database.superuser_url) as connection:
        for table in ("grid_boundaries", "area_boundaries"):
            for old, new in (("upper", "lower(valid), '{}'"), ("lower", "'{}', upper(valid)")):
                connection.execute(
                    f"UPDATE {table} SET valid = tstzrange({new.format(DAY)}) "
                    f"WHERE {old}(valid) = '{done['effective_at']}'"
                )
        for table in ("boundary_revisions", "changesets"):
            connection.execute(
                f"UPDATE {table} SET effective_at = '{DAY}' "
                f"WHERE effective_at = '{done['effective_at']}'"
            )
        connection.execute("UPDATE revisions SET number = number + 2 WHERE kind = 'boundaries'")
    return done


def shown(page: Page, revision: str) -> None:
    expect(page.locator("#history-bar")).to_have_attribute("data-shown", revision)


def codes(page: Page) -> int:
    words = page.locator("#figures-body .figure-value").first.inner_text()
    return int(words.replace(",", ""))


def click_middle(page: Page) -> None:
    box = page.locator(".folium-map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_the_slider_shows_the_county_before_and_after_an_adjustment_and_leads_back(
    dispatcher: Watched, changed: dict[str, Any]
) -> None:
    page = dispatcher.open_map(f"#at={COMMUNITY}")
    expect(page.locator("#figures-body")).to_contain_text("在办")
    page.click("#history-open")
    shown(page, changed["revision"])
    assert codes(page) == 1174
    expect(page.locator("#history-words")).to_contain_text(PAPER)
    expect(page.locator(".report-icon, .cluster-icon")).to_have_count(0)
    # The adjustment before, by the key; then one day further back by another key.
    page.focus("#history-slider")
    page.keyboard.press("PageDown")
    expect(page.locator("#history-badge")).to_have_text("历史视图 2026-03-03 08:00")
    shown(page, changed["revision"])
    page.keyboard.press("ArrowLeft")
    shown(page, "demo-1")
    expect(page.locator("#history-badge")).to_have_text("历史视图 2026-03-02 08:00")
    assert codes(page) == 1173
    page.wait_for_url(lambda url: "time=2026-03-02T08:00:00" in url)
    # Where the slider stands it can be dragged to.
    slider = page.locator("#history-slider").bounding_box()
    assert slider
    page.mouse.click(slider["x"] + slider["width"] * 0.6, slider["y"] + slider["height"] / 2)
    shown(page, changed["revision"])
    page.click("#history-now")
    expect(page.locator("#history-bar")).to_be_hidden()
    expect(page.locator("#figures-body")).to_contain_text("在办")
    assert "time=" not in page.url


def test_a_click_says_who_owned_the_point_then_and_from_when_to_when(
    dispatcher: Watched, other_system: httpx.Client, changed: dict[str, Any]
) -> None:
    lon, lat = other_system.get(f"/v1/areas/{changed['new']}").json()["center"]
    view = f"view=17/{lat}/{lon}"
    page = dispatcher.open_map(f"#at={COMMUNITY}&time={BEFORE.replace('+', '%2B')}&{view}")
    shown(page, "demo-1")
    click_middle(page)
    owner = page.locator("#history-owner")
    expect(owner).to_contain_text(f"2026-03-02 12:00 归 {GRID_NAME}")
    expect(owner.locator("[data-period]")).to_have_text(
        "2026-01-01 00:00 起，至 2026-03-03 08:00（不含）"
    )
    # The same point, later: the slider moves, the question stays.
    owner.locator(".history-owners button").last.click()
    expect(owner).to_contain_text("2026-03-03 08:00 归 振华社区第十一网格")
    expect(owner.locator("[data-period]")).to_have_text("2026-03-03 08:00 起，至今")
    lineage = page.locator(f'[data-lineage="{changed["new"]}"]')
    expect(lineage).to_contain_text(f"划入：{GRID_NAME}")
    expect(lineage).to_contain_text(PAPER)


def test_a_view_of_the_past_can_be_sent_and_a_date_can_be_typed(
    dispatcher: Watched, changed: dict[str, Any]
) -> None:
    sent = AFTER.replace("+", "%2B")
    page = dispatcher.open_map(f"#at={COMMUNITY}&time={sent}")
    shown(page, changed["revision"])
    expect(page.locator("#history-badge")).to_have_text("历史视图 2026-03-04 12:00")
    page.fill("#history-field", "2026-02-10T09:30")
    shown(page, "demo-1")
    expect(page.locator("#history-badge")).to_have_text("历史视图 2026-02-10 09:30")


def test_the_card_of_a_grid_of_today_tells_where_it_came_from(
    dispatcher: Watched, changed: dict[str, Any]
) -> None:
    page = dispatcher.open_map(f"#at={changed['new']}")
    page.click("[data-lineage] > summary")
    lineage = page.locator("[data-lineage]")
    expect(lineage).to_contain_text("北片划分")
    expect(lineage).to_contain_text("界线 1版")
    lineage.locator("button.link").first.click()
    expect(page.locator("#history-badge")).to_have_text("历史视图 2026-03-03 08:00")
    expect(page.locator(".side")).to_contain_text("当时的责任人")


def test_a_publication_while_the_past_is_shown_leaves_the_past_standing(
    dispatcher: Watched, served: Served, changed: dict[str, Any]
) -> None:
    page = dispatcher.open_map(f"#at={COMMUNITY}&time={BEFORE.replace('+', '%2B')}")
    shown(page, "demo-1")
    marks = page.locator(".history-mark").count()
    with served.api("township_admin") as author, served.api("county_admin") as county:
        merge = {"op": "merge", "grids": ["150221104201001", "150221104201003"]}
        plan = author.post("/v1/plans", json={"name": "并组", "area": TOWNSHIP}).json()
        path = f"/v1/plans/{plan['id']}"
        body = {**merge, "keep": "150221104201001"}
        done = author.post(f"{path}/operations", json=body, headers={"If-Match": '"0"'})
        assert done.status_code == 200, done.text
        assert author.post(f"{path}/submit").status_code == 200
        assert county.post(f"{path}/approve", json={"allow_vacant": True}).status_code == 200
    expect(page.locator(".history-mark")).to_have_count(marks + 1)
    shown(page, "demo-1")
    assert codes(page) == 1173
    page.click("#history-now")
    expect(page.locator("#figures-body")).to_contain_text("网格11")


@pytest.fixture
def administrator(served: Served) -> Iterator[Watched]:
    """A county administrator at the screen."""
    watched = served.log_in("county_admin")
    yield watched
    watched.page.context.close()
    assert watched.trouble == []


def test_an_administrator_downloads_the_boundaries_of_that_day(
    administrator: Watched, changed: dict[str, Any]
) -> None:
    page = administrator.open_map(f"#time={BEFORE.replace('+', '%2B')}")
    page.click("#history-export > summary")
    with page.expect_download() as started:
        page.click("#history-export a >> nth=0")
    assert started.value.suggested_filename == "grid-150221-20260302-1200.geojson"
    assert started.value.path().stat().st_size > 1_000_000


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_history_view_fits_every_screen(
    served: Served, changed: dict[str, Any], width: int, height: int
) -> None:
    watched = served.log_in("dispatcher", {"width": width, "height": height})
    page = watched.open_map(f"#time={AFTER.replace('+', '%2B')}")
    shown(page, changed["revision"])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for part in ("#history-now", "#history-slider", "#history-field", ".map-notes"):
        box = page.locator(part).bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
    page.context.close()
    assert watched.trouble == []
