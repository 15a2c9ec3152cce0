"""No page of these tests looks again by itself: what appears was told to it."""

from __future__ import annotations

import pytest

from tests.browser.page_clock import stop_polls, take_clock

COUNTS = """data:text/html,<script>
  window.looked = window.ticked = 0;
  setInterval(() => window.looked++, 60000);
  setInterval(() => window.ticked++, 1000);
</script>"""


@pytest.mark.parametrize("of", ["page", "context"])
def test_a_page_whose_clock_is_turned_ticks_and_does_not_look_again(browser, of):
    context = browser.new_context()
    page = context.new_page()
    stop_polls(context)
    take_clock(page if of == "page" else context)
    page.goto(COUNTS)
    page.clock.fast_forward(130_000)
    page.wait_for_function("window.ticked > 0")
    assert page.evaluate("window.looked") == 0
    context.close()
