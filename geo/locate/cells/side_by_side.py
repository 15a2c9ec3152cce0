"""Share work among threads that are there already.

A million points take a hundredth of a second; starting threads for them takes a part of that.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache


@lru_cache(maxsize=1)
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="wangge-lookup")


# A child process has none of its parent's threads.
os.register_at_fork(after_in_child=_helpers.cache_clear)


def _next_of(left: deque[slice]) -> slice | None:
    try:
        return left.popleft()
    except IndexError:
        return None


def side_by_side(work: Callable[[slice], None], cuts: Sequence[slice], *, threads: int) -> None:
    """Do ``work`` for every cut, one of the threads being the calling one; raise what one raises.

    Each takes the next cut when it has done one: cuts of the same length are not the same work,
    and a core may be slower than another.
    """
    left = deque(cuts)

    def do_all() -> None:
        while (cut := _next_of(left)) is not None:
            try:
                work(cut)
            except BaseException:
                left.clear()
                raise

    started = [_helpers().submit(do_all) for _ in range(min(threads, len(cuts)) - 1)]
    try:
        do_all()
    finally:
        # Whoever has not begun is not waited for: nothing is left to do.
        begun = [each for each in started if not each.cancel()]
        wait(begun)
    for each in begun:
        each.result()
