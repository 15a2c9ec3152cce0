"""Share work among threads that are there already.

A million points take a hundredth of a second; starting threads for them takes a part of that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache


@lru_cache(maxsize=1)
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="wangge-lookup")


# A child process has none of its parent's threads.
os.register_at_fork(after_in_child=_helpers.cache_clear)


def side_by_side(work: Callable[[slice], None], cuts: Sequence[slice]) -> None:
    """Do ``work`` for every cut, the last of them in the calling thread; raise what one raises."""
    started = [_helpers().submit(work, cut) for cut in cuts[:-1]]
    try:
        for cut in cuts[-1:]:
            work(cut)
    finally:
        for each in started:
            each.result()
