"""Ask an address whether a Dask scheduler may be there, before Dask itself is let loose on it.

Dask reads whatever answers as its own: of a web server it takes the first eight letters for a
length, or waits for ever. Whoever listens in Dask speaks first: a length, then who it is.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import time
from typing import Any, Final

from geo.assign.refusal import AssignRefused

_ANSWER_S: Final = 10.0
_AGAIN_S: Final = 0.2
_LENGTH: Final = struct.Struct("<Q")
# Names and numbers of what is understood there: some hundred bytes.
_LONGEST_GREETING: Final = 1024 * 1024


def require_greeting(
    host: str,
    port: int,
    *,
    connect_s: float,
    context: ssl.SSLContext | None = None,
    answer_s: float = _ANSWER_S,
) -> None:
    """Raise AssignRefused unless what listens there speaks as Dask does.

    Waits at most ``connect_s`` seconds for somebody to listen, as a scheduler may just be starting,
    and ``answer_s`` for its first words; ``context`` is that of TLS.
    """
    with _connected(host, port, time.monotonic() + connect_s) as plain:
        plain.settimeout(answer_s)
        try:
            link = plain if context is None else context.wrap_socket(plain, server_hostname=host)
            with link:
                link.settimeout(answer_s)
                greeted = _greeting_length(link, time.monotonic() + answer_s)
        except ssl.SSLError:
            raise AssignRefused(
                "no_scheduler",
                "与 --scheduler 所指的地址建立不了 TLS 连接："
                "请核对证书和密钥，以及那里是不是 Dask 调度器的端口（通常是 8786）。",
            ) from None
        except OSError:
            greeted = None
    if greeted is None or not 0 < greeted <= _LONGEST_GREETING:
        raise not_a_scheduler()


def require_scheduler(distributed: Any, address: str, connection: dict[str, Any]) -> None:
    """Raise AssignRefused when what speaks Dask at ``address`` is no scheduler, but a worker, say.

    A client that has taken a worker for its scheduler does not come to an end by itself.
    ``connection`` holds Dask's own arguments of a connection.
    """

    async def asked() -> Any:
        async with distributed.rpc(address, connection_args=connection) as there:
            return await asyncio.wait_for(there.identity(), _ANSWER_S)

    try:
        told = asyncio.run(asked())
    except Exception as error:
        # What Dask makes of another's words may be anything.
        raise not_a_scheduler() from error
    if not isinstance(told, dict) or told.get("type") != "Scheduler":
        raise not_a_scheduler()


def not_a_scheduler() -> AssignRefused:
    """Return the refusal of an address where something else listens."""
    return AssignRefused(
        "not_a_scheduler",
        "--scheduler 所指的地址没有像 Dask 调度器那样应答："
        "请写调度器自己的端口（通常是 8786），不是网页面板（通常是 8787）或别的服务的端口。",
    )


def no_scheduler() -> AssignRefused:
    """Return the refusal of an address where nobody listens."""
    return AssignRefused("no_scheduler", "连不上 --scheduler 所指的调度器。")


def _connected(host: str, port: int, until: float) -> socket.socket:
    while True:
        try:
            return socket.create_connection((host, port), max(0.1, until - time.monotonic()))
        except OSError:
            if time.monotonic() + _AGAIN_S >= until:
                raise no_scheduler() from None
            time.sleep(_AGAIN_S)


def _greeting_length(link: socket.socket, until: float) -> int | None:
    """Return the length that is announced; None where too little came in time."""
    got = b""
    while len(got) < _LENGTH.size:
        left = until - time.monotonic()
        if left <= 0:
            return None
        link.settimeout(left)
        piece = link.recv(_LENGTH.size - len(got))
        if not piece:
            return None
        got += piece
    (length,) = _LENGTH.unpack(got)
    return int(length)
