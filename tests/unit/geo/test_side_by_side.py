"""Work is shared among threads to its last piece, and what goes wrong in one is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from time import sleep

import pytest

from geo.locate.cells import side_by_side as sharing
from geo.locate.cells.side_by_side import side_by_side

CUTS = [slice(at, at + 1) for at in range(40)]


@pytest.mark.parametrize("threads", [1, 2, 3, 100])
def test_every_piece_is_done_once(threads: int) -> None:
    done: list[int] = []
    side_by_side(lambda cut: done.append(cut.start), CUTS, threads=threads)
    assert sorted(done) == [cut.start for cut in CUTS]
    side_by_side(lambda cut: done.append(cut.start), [], threads=threads)
    assert len(done) == len(CUTS)


def test_a_slow_piece_holds_up_no_other() -> None:
    others = threading.Barrier(2)
    done: list[int] = []

    def work(cut: slice) -> None:
        if cut.start == 0:
            # Until the other thread has done all the rest.
            others.wait(30)
        done.append(cut.start)
        if len(done) == len(CUTS) - 1:
            others.wait(30)

    side_by_side(work, CUTS, threads=2)
    assert done[-1] == 0


@pytest.mark.parametrize("fails_here", [True, False], ids=["the-caller", "a-helper"])
def test_what_one_raises_is_raised_and_the_rest_left_alone(fails_here: bool) -> None:
    caller = threading.get_ident()
    both, done = threading.Barrier(2), []

    def work(cut: slice) -> None:
        if cut.start < 2:
            both.wait(30)
        else:
            sleep(0.01)
        if cut.start < 2 and (threading.get_ident() == caller) is fails_here:
            raise KeyError(cut.start)
        done.append(cut.start)

    with pytest.raises(KeyError):
        side_by_side(work, CUTS, threads=2)
    assert len(done) < len(CUTS) // 2


@pytest.fixture
def busy() -> Iterator[None]:
    """Keep all helpers at something that nobody waits for."""
    over = threading.Event()
    helpers = sharing._helpers()
    held = [helpers.submit(over.wait, 60) for _ in range(helpers._max_workers)]
    yield
    over.set()
    for each in held:
        each.result()


@pytest.mark.usefixtures("busy")
def test_nobody_waits_for_a_helper_that_has_not_begun() -> None:
    done: list[int] = []
    side_by_side(lambda cut: done.append(cut.start), CUTS, threads=2)
    assert done == [cut.start for cut in CUTS]
