"""Measure the map: bytes over the wire, and the time until Chromium has drawn all of it.

The peer is folium the plain way: a page with every grid, its tooltip and its style inside. Its
size and the time to make it are measured; it is not drawn, because it asks foreign hosts for its
scripts.
"""

from __future__ import annotations

import gzip
import http.client
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import folium
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from api.deps import COOKIE
from bench.county import FOLDER
from bench.processes import NotMeasured
from bench.results import Measurement, measure
from bench.run import Run, say

MAP = "/map"
SHAPES = "/v1/areas.geojson?level=grid"
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The page says "ready" when everything has been handed to the canvas; it is on the screen after
# the frame that follows.
_WATCH = """
new MutationObserver((_, watcher) => {
  const root = document.documentElement;
  if (!root || root.dataset.map !== "ready") return;
  watcher.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.drawnAt = performance.now(); }));
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-map"] });
"""
_LOADED = """() => performance.getEntriesByType("resource")
  .concat(performance.getEntriesByType("navigation"))
  .map(e => [e.encodedBodySize, e.decodedBodySize, e.transferSize])"""


def map(run: Run) -> Iterator[list[Measurement]]:  # noqa: A001 - the job's name
    """Fetch page and shapes as they are and compressed; open the map cold and warm."""
    with run.workplace.service(2) as service:
        token = run.workplace.login(service.port)
        for job, path in (("map-page", MAP), ("map-shapes", SHAPES)):
            yield _sizes(job, service.port, path, token, run.rounds)
        say("map-draw: Chromium, cold and warm")
        yield _draws(service.port, token, run.rounds)
    yield _folium(run)


def _sizes(job: str, port: int, path: str, token: str, rounds: int) -> list[Measurement]:
    plain, _ = _fetch(port, path, token, "identity")
    packed, encoding = _fetch(port, path, token, "gzip")
    if not encoding:
        say(f"{path} is served without compression")
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        _fetch(port, path, token, "gzip")
        took.append(1000 * (time.perf_counter() - began))
    return [
        measure(job, "wangge", "bytes", [len(plain)]),
        measure(job, "wangge", "bytes on the wire", [len(packed)]),
        measure(job, "wangge", "ms to answer", took),
    ]


def _fetch(port: int, path: str, token: str, encoding: str) -> tuple[bytes, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": f"{COOKIE}={token}", "Accept-Encoding": encoding}
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise NotMeasured(f"{path} answered {answer.status}")
    return content, answer.headers.get("Content-Encoding", "")


def _draws(port: int, token: str, rounds: int) -> list[Measurement]:
    cold: list[dict[str, float]] = []
    warm: list[dict[str, float]] = []
    with _browser() as browser:
        for _ in range(rounds + 1):
            context = browser.new_context(viewport={"width": 1920, "height": 1080})
            address = f"http://127.0.0.1:{port}"
            context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
            context.add_init_script(_WATCH)
            cold.append(_open(context, address))
            warm.append(_open(context, address))
            context.close()
    found = []
    for job, opened in (("map-draw-cold", cold[1:]), ("map-draw-warm", warm[1:])):
        found += [measure(job, "wangge", unit, [one[unit] for one in opened]) for unit in opened[0]]
    return found


def _open(context: BrowserContext, address: str) -> dict[str, float]:
    """Open the map in a new tab; return when it was drawn and what was loaded for it."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}{MAP}", wait_until="commit")
    page.wait_for_function("() => window.drawnAt !== undefined", timeout=60_000)
    drawn: float = page.evaluate("() => window.drawnAt")
    loaded: list[list[int]] = page.evaluate(_LOADED)
    page.close()
    if errors:
        raise NotMeasured(f"the page has an error: {errors[0]}")
    return {
        "ms to complete draw": drawn,
        "requests": float(len(loaded)),
        "bytes transferred": float(sum(row[2] for row in loaded)),
        "bytes unpacked": float(sum(row[1] for row in loaded)),
    }


@contextmanager
def _browser() -> Iterator[Browser]:
    program = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        raise NotMeasured("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def _folium(run: Run) -> list[Measurement]:
    say("map-page: a plain folium page with every grid inside")
    grids = json.loads((FOLDER / "grids.geojson").read_text("utf-8"))
    took, page = [], b""
    for _ in range(run.rounds):
        began = time.perf_counter()
        picture = folium.Map(tiles=None, prefer_canvas=True)
        folium.GeoJson(grids, tooltip=folium.GeoJsonTooltip(["code", "name"])).add_to(picture)
        page = picture.get_root().render().encode()
        took.append(1000 * (time.perf_counter() - began))
    return [
        measure("map-page", "folium", "bytes", [len(page)]),
        measure("map-page", "folium", "bytes on the wire", [len(gzip.compress(page, 6))]),
        measure("map-page", "folium", "ms to answer", took),
    ]
