"""What people and other systems do around the open map."""

from __future__ import annotations

import itertools
import re
from uuid import uuid4

from playwright.sync_api import Locator, Page

COMMUNITY = "150221104001"
GRID = f"{COMMUNITY}003"
GRID_NAME = "振华社区第三网格"
# For what the stream tells (no page polls here, see page_clock.py): a busy machine's time. On a
# quiet one it is below 2 s.
SOON_MS = 20_000


# Near the middle of a grid, each report at a spot of its own, some 9 metres from the next.
SPOTS = itertools.cycle(
    [(column / 10_000, row / 12_000) for column in range(-3, 4) for row in range(-3, 4)]
)


def send_report(
    client,
    *,
    grid: str,
    text: str = "楼道灯坏了，晚上看不见台阶。",
    spot: tuple[float, float] | None = None,
) -> dict:
    lon, lat = client.get(f"/v1/areas/{grid}").json()["center"]
    east, north = spot or next(SPOTS)
    lon, lat = lon + east, lat + north
    answer = client.post(
        "/v1/reports",
        json={
            "channel": "walk_in",
            "text": text,
            "position": {"lon": lon, "lat": lat, "crs": "cgcs2000", "accuracy_m": 5},
        },
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def close_report(client, report: dict) -> None:
    answer = client.post(
        f"/v1/reports/{report['id']}/steps", json={"step": "close", "note": "已核实处理。"}
    )
    assert answer.status_code == 200, answer.text


def symbol_of(page: Page, report: dict) -> Locator:
    return page.locator(f'.report-icon[title*="{report["number"]}"]')


def wait_for_stream(page: Page) -> None:
    page.wait_for_selector("#live[data-state=live]", timeout=20_000)


def number_of(text: str, label: str) -> int:
    found = re.search(rf"{label}\s*([\d,]+)", text)
    assert found, text
    return int(found[1].replace(",", ""))
