"""What is told of a publication before its commit arrives whole or not at all."""

from __future__ import annotations

import itertools

import pytest

from api.db.coming_store import PAYLOAD, Coming, Gathering, pieces_of

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
    ["", "[]", "7", "{", '{"1": 7}', '{"1": "a"}', '{"1": ["AQ=="]}', "null"],
)
def test_what_is_no_publication_is_not_heard(text: str) -> None:
    assert gathered([f"{'0' * 16} 0 1 {text}"]) == [None]
    assert gathered([f"{'0' * 16} 0 999 {text}"]) == [None]
    assert gathered([f"{'0' * 16} 0 0 {text}"]) == [None]
