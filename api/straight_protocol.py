"""Speak HTTP as uvicorn does, without its copies of large bodies on their way in and out.

uvicorn copies each piece of a body three times before the application has it, and each piece of an
answer once before the socket has it: as long as a batch of a million rows takes to be answered.
What is said, when it is said and who waits for whom stay uvicorn's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

if TYPE_CHECKING:
    from uvicorn._types import (
        ASGI3Application,
        ASGIReceiveEvent,
        ASGISendEvent,
        HTTPResponseBodyEvent,
    )

# Below this a copy costs less than a second and a third buffer.
_LARGE: Final = 64 * 1024


class StraightCycle(RequestResponseCycle):
    """Carry one request and its answer."""

    # uvicorn's own is a bytearray, to which each piece is copied; nothing and a piece is the piece.
    body: bytes | bytearray  # type: ignore[assignment]

    async def receive(self) -> ASGIReceiveEvent:
        """Return what has come of the body, as it came."""
        message = await super().receive()
        self.body = b""
        return message

    async def send(self, message: ASGISendEvent) -> None:
        """Write a part of the answer; a large piece goes to the socket from where it lies."""
        if message["type"] != "http.response.body" or not self._is_large_chunk(message):
            await super().send(message)
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if not self.disconnected:
            body = message["body"]
            self.transport.writelines([b"%x\r\n" % len(body), body, b"\r\n"])

    def _is_large_chunk(self, message: HTTPResponseBodyEvent) -> bool:
        return (
            message.get("more_body", False)
            and len(message["body"]) >= _LARGE
            and self.chunked_encoding is True
            and not self.response_complete
            and self.scope["method"] != "HEAD"
        )


class StraightProtocol(HttpToolsProtocol):
    """Read requests off a connection."""

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        waiting = self.cycle.body
        # Only the first piece that waits is kept as it came: chunks of a byte each, put behind one
        # another by copying what there is, would hold up everybody.
        if waiting and not isinstance(waiting, bytearray):
            self.cycle.body = bytearray(waiting)
        super().on_body(body)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        # uvicorn names the class of its cycles itself.
        cycle.__class__ = StraightCycle
        if not cycle.body:
            cycle.body = b""  # type: ignore[assignment]
        super()._start_asgi_task(cycle, app)
