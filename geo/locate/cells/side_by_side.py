"""Share work among threads that are there already.

A million points take a hundredth of a second; starting threads for them takes a part of that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Lock


@lru_cache(maxsize=1)
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="wangge-lookup")


# A child process has none of its parent's threads.
os.register_at_fork(after_in_child=_helpers.cache_clear)


def side_by_side(work: Callable[[slice], None], cuts: Sequence[slice], *, threads: int) -> None:
    """Do ``work`` for every cut, one of the threads being the calling one; raise what one raises.

    Each takes the next cut when it has done one: cuts of the same length are not the same work,
    and a core may be slower than another.
    """
    left = iter(cuts)
    taking = Lock()

    def do_all() -> None:
        while True:
            with taking:
                cut = next(left, None)
            if cut is None:
                return
            work(cut)

    started = [_helpers().submit(do_all) for _ in range(min(threads, len(cuts)) - 1)]
    try:
        do_all()
    finally:
        for each in started:
            each.result()
