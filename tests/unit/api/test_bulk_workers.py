"""Check what is said of a worker that ends in the midst of a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any

import pytest

from api.reports.bulk import work
from api.reports.bulk.rows import Row, Sender
from api.reports.bulk.work import Size, Task, take_all
from geo.errors import GeoError


def end(_rows: Any) -> None:
    os._exit(9)


def test_a_worker_that_was_killed_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def workers(*_given: Any) -> Iterator[ProcessPoolExecutor]:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            yield pool

    monkeypatch.setattr(work, "_workers", workers)
    monkeypatch.setattr(work, "_take", end)
    service: Any = SimpleNamespace(settings=None)
    task = Task(sender=Sender(key=("file", "x")))
    rows = [Row(number, {}) for number in range(4)]
    with pytest.raises(GeoError) as refusal:
        list(take_all(service, task, rows, Size(jobs=2, block_rows=1)))
    assert refusal.value.reason == "worker_ended"
    assert "不会重复" in refusal.value.message
