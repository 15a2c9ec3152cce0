"""Assign a file or a folder, with the cores of this machine or those of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from geo.assign.answers import Answers
from geo.assign.coverages import Coverages
from geo.assign.folders import assign_folder
from geo.assign.job import Order, assign_file
from geo.assign.many_machines import Machines, Tls, machines
from geo.assign.running import Counts, Progress

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Name the scheduler of a cluster, and the files of TLS."""

    address: str
    tls: Tls | None

    @contextmanager
    def joined(self, coverages: Coverages, answers: Answers) -> Iterator[Machines]:
        """Connect for the length of the block; raise AssignRefused when that fails."""
        with machines(self.address, coverages, answers, tls=self.tls) as joined:
            yield joined


def work(
    order: Order,
    coverages: Coverages,
    tell: Callable[[Progress], None],
    say: Say,
    joined: Machines | None,
) -> Counts:
    """Assign what is asked for; raise GeoError."""
    elsewhere = None if joined is None else joined.submit_to
    if not order.source.is_dir():
        return assign_file(order, coverages, tell=tell, say=say, elsewhere=elsewhere)
    at_once = order.threads if joined is None else joined.workers
    return assign_folder(order, coverages, tell=tell, say=say, elsewhere=elsewhere, at_once=at_once)
