"""Turn the clock of pages, and keep them from looking again by themselves."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page

# The pages look again by themselves every 20 s (the editor) to 5 min, should the stream fail. Here
# they never do: however long a test waits, what appears was told by the stream, and a page that
# only polls fails.
_NO_POLLS = """{
  const every = window.setInterval;
  window.setInterval = (work, ms, ...more) => (ms >= 20_000 ? 0 : every(work, ms, ...more));
}"""


def stop_polls(pages: Page | BrowserContext) -> None:
    """Let no page that is opened from now on look again by itself."""
    pages.add_init_script(_NO_POLLS)


def take_clock(pages: Page | BrowserContext) -> None:
    """Let a test turn the clock of pages that are opened from now on; they do not poll by it."""
    pages.clock.install()
    # The clock has intervals of its own, put in the place of those that are stopped already.
    stop_polls(pages)
