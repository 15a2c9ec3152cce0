"""What a person does in the boundary editor, and what the service has of it."""

from __future__ import annotations

import json

import shapely
from playwright.sync_api import Page, expect

TOWNSHIP = "150221104"
LAST_STEP_MS = 15_000
REFUSALS = ("status of 409", "status of 422", "ERR_INTERNET_DISCONNECTED")


def open_plan(watched, plan: str, more: str = "") -> Page:
    page = watched.page
    page.goto("about:blank")
    page.goto(f"{watched.base}/edit#plan={plan}{more}")
    page.wait_for_selector("html[data-map=ready]", timeout=20_000)
    page.wait_for_selector("#plan-view:not([hidden])", timeout=20_000)
    return page


def new_plan(township, name: str = "振华社区网格调整", area: str = TOWNSHIP) -> str:
    answer = township.post("/v1/plans", json={"name": name, "area": area})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def drafted(client, plan: str, code: str):
    features = client.get(f"/v1/plans/{plan}/grids.geojson").json()["features"]
    found = [each["geometry"] for each in features if each["properties"]["code"] == code]
    return shapely.from_geojson(json.dumps(found[0])) if found else None


def look_at(page: Page, shape) -> None:
    west, south, east, north = shape.bounds
    page.evaluate(
        "box => window.wanggeMap.map.fitBounds(box, {animate: false, padding: [110, 110]})",
        [[south, west], [north, east]],
    )


def on_screen(page: Page, lon: float, lat: float) -> tuple[float, float]:
    x, y = page.evaluate(
        """([lon, lat]) => {
            const {map} = window.wanggeMap;
            const at = map.latLngToContainerPoint([lat, lon]);
            const frame = map.getContainer().getBoundingClientRect();
            return [at.x + frame.left, at.y + frame.top];
        }""",
        [lon, lat],
    )
    return x, y


def click_at(page: Page, lon: float, lat: float) -> None:
    x, y = on_screen(page, lon, lat)
    page.mouse.move(x - 20, y - 20)
    page.mouse.move(x, y)
    page.mouse.click(x, y)


def draw(page: Page, points: list[tuple[float, float]]) -> None:
    for point in points:
        click_at(page, *point)
        page.wait_for_timeout(60)
    page.keyboard.press("Enter")


def across(shape) -> list[tuple[float, float]]:
    """A line from west of a shape to east of it, through the height of its middle."""
    west, _, east, _ = shape.bounds
    lat, beyond = shape.centroid.y + 0.00003, (east - west) * 0.15
    return [(west - beyond, lat), (shape.centroid.x, lat + 0.0001), (east + beyond, lat)]


def take_tool(page: Page, key: str, label: str) -> None:
    page.keyboard.press(key)
    expect(page.get_by_role("radio", name=label)).to_have_attribute("aria-checked", "true")


def answered(page: Page, kind: str) -> None:
    page.wait_for_selector(f"[data-answer={kind}]", timeout=LAST_STEP_MS)
    page.wait_for_selector("html[data-busy=false]", timeout=LAST_STEP_MS)
