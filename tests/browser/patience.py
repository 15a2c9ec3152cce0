"""Say how long a test waits for what has to come.

A busy machine is slow, not wrong: what is asked is that it comes. It is far above what any step
takes alone, and below the time after which a test is given up.
"""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page

PATIENCE_MS = 60_000
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
