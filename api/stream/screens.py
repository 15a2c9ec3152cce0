"""Hold what one live page waits for, and whether it may see it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from api.accounts.roles import Caller, Role
from api.db.engine import Scope

# A screen that is this far behind reconnects and asks for what it missed.
MAX_WAITING = 500


@dataclass(frozen=True, slots=True)
class Frame:
    """Hold one server-sent event as bytes; ``ends`` closes the stream."""

    data: bytes
    ends: bool = False


@dataclass(slots=True, eq=False)
class Screen:
    """Hold one open stream: who looks, what they may see, what waits for them."""

    caller: Caller
    scope: Scope
    queue: asyncio.Queue[Frame] = field(default_factory=lambda: asyncio.Queue(MAX_WAITING))

    def may_see(self, row: Any) -> bool:
        """Say whether a row of the outbox is for this screen."""
        if self.caller.role is Role.WALL and row.payload.get("confidential"):
            return False
        return self.scope.covers(area_code=row.area_code, channel=row.channel, orgs=row.orgs)

    def offer(self, frame: Frame) -> None:
        """Put a frame into the queue; a full queue ends the stream instead of losing frames."""
        try:
            self.queue.put_nowait(frame)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(Frame(b"", ends=True))
