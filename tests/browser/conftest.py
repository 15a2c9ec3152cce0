"""Start the real service and a browser for which every other host is unreachable."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright

from api.app import create_app
from api.straight_protocol import StraightProtocol
from tests.browser.page_clock import stop_polls
from tests.conftest import FreshDatabase, quick_hashes

# The address bar's suggestions are two pages more in every window, which cost as much as ours. Of
# several such lists Chromium heeds the last, so that what Playwright turns off stands here again.
NOT_WANTED = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
    *("AimEnabled", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose"),
    *("HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter"),
    *("NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "ThirdPartyStoragePartitioning"),
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(NOT_WANTED)}",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
SIZE = {"width": 1366, "height": 768}
# A busy machine is slow, not wrong.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module", autouse=True)
def _quick_hashes() -> Iterator[None]:
    with quick_hashes():
        yield


@dataclass
class Running:
    """The browser, from the first test of this folder that needs it to the last in a row."""

    until: ExitStack = field(default_factory=ExitStack)
    browser: Browser | None = None

    def end(self) -> None:
        """Stop it: Playwright's loop is in the way of tests elsewhere that run their own."""
        self.browser = None
        self.until.close()


_running = Running()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[Any]:
    """Stop the browser before a test of another folder begins."""
    try:
        return (yield)
    finally:
        if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
            _running.end()


@pytest.fixture(scope="module")
def browser() -> Browser:
    """Run Debian's Chromium, headless; nothing of a page outlives its context."""
    if _running.browser is None:
        program = shutil.which("chromium")
        assert program, "chromium is missing: apt-get install chromium"
        playwright = _running.until.enter_context(sync_playwright())
        _running.browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        _running.until.callback(_running.browser.close)
    return _running.browser


@dataclass
class Watched:
    """A page and everything on it that should not have happened."""

    page: Page
    base: str
    trouble: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note console errors, errors of scripts, dialogs and requests to other hosts."""
        stop_polls(self.page.context)
        self.page.on(
            "console",
            lambda said: (
                self.trouble.append(f"{said.type}: {said.text}")
                if said.type in ("error", "warning")
                else None
            ),
        )
        self.page.on("pageerror", lambda error: self.trouble.append(f"script: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda request: self._request(request.url))

    def _dialog(self, dialog) -> None:
        self.trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, url: str) -> None:
        if not url.startswith((self.base, "data:")):
            self.trouble.append(f"another host: {url}")

    def open_map(self, fragment: str = "") -> Page:
        """Open the map, wait until shapes, names, counts and points are there."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.base}/map{fragment}")
        self.page.wait_for_selector("html[data-map=ready]", timeout=20_000)
        self.page.wait_for_selector("html[data-points=ready]", timeout=20_000)
        return self.page


@dataclass
class Served:
    """The running service and the logins of its demo county."""

    base: str
    credentials: dict[str, dict[str, str]]
    browser: Browser
    cookies: dict[str, StorageState] = field(default_factory=dict)

    def api(self, role: str) -> httpx.Client:
        """Return a client that is logged in with a token, as another system would be."""
        account = self.credentials[role]
        body = {"username": account["username"], "password": account["password"]}
        answer = httpx.post(f"{self.base}/v1/sessions", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        token = answer.json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.base, headers=headers, timeout=60)

    def log_in(self, role: str, size: dict[str, int] | None = None) -> Watched:
        """Return a page of somebody who has logged in by the form; once a role, then by cookie."""
        opened = self.browser.new_context(
            viewport=size or SIZE,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            storage_state=self.cookies.get(role),
        )
        watched = Watched(opened.new_page(), self.base)
        watched.watch()
        if role not in self.cookies:
            self.fill_login(watched.page, role)
            self.cookies[role] = opened.storage_state()
        return watched

    def fill_login(self, page: Page, role: str) -> None:
        """Fill in the login form and wait for the page that was asked for."""
        account = self.credentials[role]
        page.goto(f"{self.base}/login?next=/password")
        page.fill("#username", account["username"])
        page.fill("#password", account["password"])
        page.click("button[type=submit]")
        page.wait_for_url("**/password")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def prepare() -> Callable[[FreshDatabase], None]:
    """Change the database before the service starts; a module may say how."""
    return lambda _database: None


@pytest.fixture(scope="module")
def served(
    county_database: FreshDatabase,
    tmp_path_factory: pytest.TempPathFactory,
    browser: Browser,
    prepare: Callable[[FreshDatabase], None],
) -> Iterator[Served]:
    """Serve the demo county of this module over HTTP, as `wangge serve` would."""
    prepare(county_database)
    port = free_port()
    app = create_app(county_database.settings(tmp_path_factory.mktemp("var")))
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http=StraightProtocol,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline, "the service did not start"
        time.sleep(0.05)
    yield Served(f"http://127.0.0.1:{port}", county_database.credentials, browser)
    for context in browser.contexts:
        context.close()
    server.should_exit = True
    thread.join(timeout=15)


@pytest.fixture
def dispatcher(served: Served) -> Iterator[Watched]:
    """A dispatcher at the screen; the test fails when anything untoward happens on the page."""
    watched = served.log_in("dispatcher")
    yield watched
    watched.page.context.close()
    assert watched.trouble == []


@pytest.fixture(scope="module")
def other_system(served: Served) -> Iterator[httpx.Client]:
    """The dispatcher's login as another program would use it."""
    with served.api("dispatcher") as client:
        yield client
