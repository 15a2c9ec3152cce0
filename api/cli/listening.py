"""Reserve the address that the pages are served on, before any long work begins."""

from __future__ import annotations

import errno
import socket

from api.cli.refusal import Refused

_BACKLOG = 1024


def reserve(host: str, port: int, count: int) -> list[socket.socket]:
    """Return ``count`` listening sockets on one address, one for each server process.

    The kernel spreads connections over them. They stay open here while a process is replaced, so
    that none is refused. Raises Refused when the port is taken, saying how to choose another.
    """
    family, address = _resolve(host, port)
    try:
        # Without SO_REUSEPORT first: it would share the port with another program of this user.
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
        return [_listen(family, address) for _ in range(count)]
    except OSError as error:
        raise Refused(_reason(error, host, port)) from error


def page_address(host: str, port: int, *, secure: bool = False) -> str:
    """Return the address to open in a browser on this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared only
    scheme = "https" if secure else "http"
    return f"{scheme}://{f'[{shown}]' if ':' in shown and shown[0] != '[' else shown}:{port}"


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise Refused(f"{host} is not an address of this machine.") from error
    return found[0], (str(found[4][0]), port)


def _listen(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(address)
    listener.listen(_BACKLOG)
    return listener


def _reason(error: OSError, host: str, port: int) -> str:
    other = (
        f"Choose another: make demo PORT={8123 if port != 8123 else 8124}, or wangge serve --port."
    )
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program. {other}"
    if error.errno == errno.EACCES:
        return f"Port {port} is not allowed to this user. {other}"
    return f"Cannot listen on {host} port {port}: {error.strerror}."
