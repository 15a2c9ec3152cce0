"""What is told of a publication before its commit arrives whole or not at all."""

from __future__ import annotations

import itertools
import threading
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.exc import OperationalError

from api.db import coming_store
from api.db.coming_store import PAYLOAD, Coming, Gathering, announce, pieces_of

SMALL: Coming = {"150221104200001": b"\x01" * 40, "150221104200002": None}
LARGE: Coming = {f"1502211042{n:05d}": bytes([n]) * 5_000 for n in range(5)}
# The longest payload that PostgreSQL takes.
MOST_BYTES = 7_999


def gathered(payloads: list[str]) -> list[Coming | None]:
    gathering = Gathering()
    return [gathering.hear(payload) for payload in payloads]


@pytest.mark.parametrize("coming", [{}, SMALL, LARGE], ids=["nothing", "small", "large"])
def test_what_is_told_in_pieces_is_heard_as_it_was(coming: Coming) -> None:
    pieces = pieces_of(coming)
    assert all(PAYLOAD.fullmatch(piece) and len(piece) <= MOST_BYTES for piece in pieces)
    assert gathered(pieces) == [*itertools.repeat(None, len(pieces) - 1), coming]


def test_what_is_too_much_is_not_told() -> None:
    assert pieces_of({"150221104200001": bytes(2_000_000)}) == []


def test_a_piece_that_is_missing_or_twice_or_of_another_spoils_the_whole() -> None:
    one, other = pieces_of(LARGE), pieces_of(LARGE)
    assert len(one) > 3
    for payloads in (one[1:], [one[0], *one[2:]], [one[0], *one], [*one[:2], *other[2:]]):
        *_, last = payloads
        # The one that begins anew is the one that counts.
        expected = LARGE if payloads == [one[0], *one] else None
        assert gathered(payloads)[-1] == expected, last[:24]


def test_the_next_is_heard_after_one_that_was_spoilt() -> None:
    assert gathered([*pieces_of(LARGE)[:2], *pieces_of(SMALL)])[-1] == SMALL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "{",
        '{"150221104200001": 7}',
        '{"150221104200001": "a"}',
        '{"150221104200001": ["AQ=="]}',
        '{"150221104200001 -1 150221104200002": null}',
        '{"150221104": null}',
        "null",
    ],
)
def test_what_is_no_publication_is_not_heard(text: str) -> None:
    assert gathered([f"{'0' * 16} 0 1 {text}"]) == [None]
    assert gathered([f"{'0' * 16} 0 999 {text}"]) == [None]
    assert gathered([f"{'0' * 16} 0 0 {text}"]) == [None]


MOST_S = 20.0
SQUARE = shapely.box(110.0, 40.0, 110.1, 40.1)


class Engine:
    """Stand for a database: says who asked it."""

    def __init__(self, *, is_away: bool = True) -> None:
        self.is_away = is_away
        self.given: Any = None
        self.asked_by: list[threading.Thread] = []
        self.asked = threading.Event()

    def connect(self) -> Any:
        self.asked_by.append(threading.current_thread())
        self.asked.set()
        if self.is_away:
            raise OperationalError("", {}, Exception("away"))
        self.given = mock.MagicMock()
        return self.given


def told(shapes: dict[str, BaseGeometry | None]) -> Engine:
    engine = Engine()
    publisher: Any = SimpleNamespace(engine=engine, in_transaction=lambda: True)
    announce(publisher, shapes)
    return engine


def test_shapes_are_written_beside_the_publication(monkeypatch: Any) -> None:
    written_by: list[threading.Thread] = []

    def pieces(coming: Coming) -> list[str]:
        written_by.append(threading.current_thread())
        return pieces_of(coming)

    monkeypatch.setattr(coming_store, "pieces_of", pieces)
    engine = told({"150221104200001": SQUARE, "150221104200002": None})
    assert engine.asked.wait(MOST_S)
    assert engine.asked_by == written_by
    assert threading.current_thread() not in written_by


@pytest.mark.parametrize(
    "shapes",
    [
        pytest.param({f"{n:015d}": SQUARE for n in range(251)}, id="grids"),
        pytest.param({"150221104200001": SQUARE.segmentize(5e-6)}, id="nodes"),
    ],
)
def test_too_much_is_seen_before_anything_is_written(
    monkeypatch: Any, shapes: dict[str, BaseGeometry | None]
) -> None:
    started: list[threading.Thread] = []

    def start(thread: threading.Thread) -> None:
        started.append(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    told(shapes)
    assert started == []
    # One less is told.
    told(dict.fromkeys([*shapes][:250], SQUARE))
    assert len(started) == 1


def test_a_publication_needs_no_thread_for_this(monkeypatch: Any) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    assert not told({"150221104200001": SQUARE}).asked.is_set()


def test_what_fits_by_its_nodes_fits_into_the_pieces_that_are_told() -> None:
    nodes = coming_store._MOST_NODES // coming_store._MOST_GRIDS
    ring = shapely.to_wkb(shapely.linestrings([[0.1, 0.2]] * nodes))
    pieces = pieces_of({f"{n:015d}": ring for n in range(coming_store._MOST_GRIDS)})
    assert 0 < len(pieces) <= coming_store._MOST_PIECES


@pytest.mark.parametrize("is_over", [False, True])
def test_what_is_over_is_not_told_any_more(is_over: bool) -> None:
    engine = Engine(is_away=False)
    publisher: Any = SimpleNamespace(engine=engine, in_transaction=lambda: not is_over)
    coming_store._tell(publisher, {"150221104200001": SQUARE})
    own = engine.given.__enter__.return_value.execution_options.return_value
    assert own.execute.called is not is_over
