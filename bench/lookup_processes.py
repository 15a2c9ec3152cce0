"""Ask our index in two processes that share nothing but its file, beside two threads of one.

Each has its own interpreter and its own part of the points, cut beforehand; nobody hands anything
over and nobody waits for anybody while the clock runs.
"""
# ruff: noqa: D102 - LookupEngine says what each method does

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from bench.county import FloatArray
from bench.lookup_engines import OurIndex
from bench.results import IntArray
from geo.locate.index import GridIndex

PROCESSES = 2
# Pieces in turn, as threads take them: one half of a county may be more work than the other.
_PIECE = 1 << 16
_ANSWERS = 0


class OurIndexTwoProcesses:
    """Keep two processes that have the file of the index open, and tell them how often to run."""

    name = "wangge-2-processes"

    def __init__(self, one: OurIndex, folder: Path) -> None:
        self._folder = folder
        one.index.save(folder / "processes.index")
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes = []
        for _ in range(PROCESSES):
            here, there = context.Pipe()
            process = context.Process(target=_answer, args=(there, str(folder)), daemon=True)
            process.start()
            # Only the child holds its end, so that its death is seen.
            there.close()
            self._pipes.append(here)
            self._processes.append(process)
        self._parts: list[IntArray] = []
        self._cpu_s = 0.0

    def load(self, points: FloatArray) -> None:
        owner_of_piece = np.arange(points.shape[1]) // _PIECE % PROCESSES
        self._parts = [np.flatnonzero(owner_of_piece == number) for number in range(PROCESSES)]
        for number, (pipe, part) in enumerate(zip(self._pipes, self._parts, strict=True)):
            path = self._folder / f"processes-{number}.npy"
            np.save(path, points[:, part])
            pipe.send(path)
            pipe.recv()

    def run(self) -> IntArray | None:
        self.run_times(1)
        return None

    def run_times(self, times: int) -> None:
        """Answer all points so many times."""
        for pipe in self._pipes:
            pipe.send(times)
        self._cpu_s += sum(pipe.recv() for pipe in self._pipes)

    def answers(self) -> IntArray:
        found = np.empty(sum(map(len, self._parts)), dtype=np.int64)
        for pipe, part in zip(self._pipes, self._parts, strict=True):
            pipe.send(_ANSWERS)
            found[part] = pipe.recv()
        return found

    def cpu_s(self) -> float:
        return self._cpu_s

    def close(self) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join()


def _answer(pipe: Connection, folder: str) -> None:
    """Be one of the processes: take points, answer them as often as asked, until nobody asks."""
    index = GridIndex.open(Path(folder) / "processes.index")
    lons = lats = np.empty(0)
    answers: IntArray = np.empty(0, dtype=np.int64)
    while True:
        try:
            asked = pipe.recv()
        except EOFError:
            return
        if isinstance(asked, Path):
            lons, lats = np.load(asked)
            pipe.send(None)
        elif asked == _ANSWERS:
            pipe.send(answers)
        else:
            began = time.process_time()
            for _ in range(asked):
                answers = index.owner_numbers(lons, lats)
            pipe.send(time.process_time() - began)
