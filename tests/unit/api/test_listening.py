"""The address that the pages are served on."""

from __future__ import annotations

import socket

import pytest

from api.cli.listening import page_address, reserve
from api.cli.refusal import Refused


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_taken_port_is_named_with_the_way_to_choose_another() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Refused, match=rf"Port {port} .* taken .* make demo PORT=\d+"):
            reserve("127.0.0.1", port, 1)


def test_a_second_service_does_not_share_the_port_of_the_first() -> None:
    port = free_port()
    first = reserve("127.0.0.1", port, 2)
    try:
        assert len(first) == 2
        with pytest.raises(Refused):
            reserve("127.0.0.1", port, 2)
    finally:
        for listener in first:
            listener.close()
    for listener in reserve("127.0.0.1", port, 1):
        listener.close()


def test_an_address_that_is_not_ours_is_refused() -> None:
    with pytest.raises(Refused):
        reserve("no-such-host.invalid", 8000, 1)
    with pytest.raises(Refused, match="Cannot listen"):
        reserve("192.0.2.1", free_port(), 1)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_the_address_shown_can_be_opened_in_a_browser(host: str, expected: str) -> None:
    assert page_address(host, 8000) == expected
