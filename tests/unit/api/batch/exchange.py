"""Ask a small county a batch without a server: bodies cut anywhere, answers as they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import shapely

from api.input_types import SHANGHAI
from api.locating.batch.answering import BatchAnswer
from api.locating.batch.formats import CONTENT_TYPES, JSON
from api.locating.batch.inlet import Inlet
from api.locating.batch.outlet import Outlet
from api.locating.batch.service import Asked, work_for
from api.locating.batch.turns import Gate
from geo.locate.county_map import CountyMap
from geo.position import Datum

GRIDS = ("150221104200001", "150221104200002")
WEST, EAST = GRIDS
COUNTY = CountyMap(
    revision="test-1",
    codes=GRIDS,
    geometries=[shapely.box(110.0, 40.0, 110.5, 41.0), shapely.box(110.5, 40.0, 111.0, 41.0)],
    names={},
)
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=SHANGHAI)


@dataclass
class Told:
    """Hold an answer: what was sent, and whether it came to its end."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""
    is_whole: bool = False


@dataclass
class Exchange:
    """Ask; ``gate`` and what is known are shared among questions."""

    folder: Path
    gate: Gate = field(default_factory=Gate)
    takes_nothing: bool = False
    # Reads no row before the work is over.
    takes_only_when_over: bool = False

    def ask(self, pieces: Sequence[bytes], given: str, **asked: Any) -> Told:
        return asyncio.run(self.asking(pieces, given, **asked))

    async def asking(
        self,
        pieces: Sequence[bytes],
        given: str,
        *,
        wanted: str | None = None,
        datum: Datum | None = Datum.CGCS2000,
        is_packed: bool = False,
        hang_up_after: int | None = None,
        falls_silent: bool = False,
    ) -> Told:
        """Send ``pieces``; raises Problem when the batch is refused."""
        # JSON names its datum itself.
        of_address = None if given == JSON else datum
        asked = Asked(given, wanted or given, is_packed, of_address, None, NOW)
        keeper = SimpleNamespace(map_at=lambda _known, _at: COUNTY)
        parts: Any = SimpleNamespace(keeper=keeper, batches=self.gate)
        share = self.gate.parking.share("somebody")
        answer = BatchAnswer(
            work_for(asked, parts, cast(Any, None), self.folder, share),
            content_type=CONTENT_TYPES[asked.wanted],
            place=self.gate.entered("somebody"),
            turns=self.gate.turns,
            folder=self.folder,
            share=share,
        )
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        convert = answer._convert

        def converted(inlet: Inlet, outlet: Outlet) -> None:
            convert(inlet, outlet)
            loop.call_soon_threadsafe(over.set)

        answer._convert = converted  # type: ignore[method-assign]
        told = Told()
        waiting = list(pieces)
        sent = 0

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if hang_up_after is not None and sent >= hang_up_after:
                return {"type": "http.disconnect"}
            if not waiting and sent:
                await asyncio.Event().wait()
            sent += 1
            piece = waiting.pop(0) if waiting else b""
            more = bool(waiting) or falls_silent
            return {"type": "http.request", "body": piece, "more_body": more}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                assert message["status"] == 200
                told.headers = dict(message["headers"])
                return
            if self.takes_nothing:
                await asyncio.Event().wait()
            if self.takes_only_when_over:
                await over.wait()
            told.body += message["body"]
            told.is_whole = not message["more_body"]

        await answer({}, receive, send)
        return told
