"""Serve a batch the way FastAPI's own page shows it: models in, models out, our index between.

Run as ``python -m bench.batch_peer PORT``, by uvicorn, whose bodies are carried as those of our
service are. What is compared is how rows are read and written, so the lookup is the same function;
no login, no reasons, no streaming.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.straight_protocol import StraightProtocol
from bench.county import read_county
from geo.locate.index import GridIndex

app = FastAPI(openapi_url=None)
_PIECE = bytes(2 * 1024 * 1024)
_county = read_county()
_index = GridIndex(_county.codes, _county.shapes)


class Row(BaseModel):
    """Take one position."""

    lon: float
    lat: float


class Question(BaseModel):
    """Take a batch."""

    crs: str
    positions: list[Row]


class Told(BaseModel):
    """Tell the grid of one position."""

    grid: str | None
    decision: str


class Answer(BaseModel):
    """Tell the grids of a batch."""

    rows: list[Told]


@app.get("/ready")
def ready() -> dict[str, str]:
    """Say that the index is there."""
    return {}


@app.post("/batch")
def batch(question: Question) -> Answer:
    """Look all positions up at once."""
    lons = np.array([row.lon for row in question.positions])
    lats = np.array([row.lat for row in question.positions])
    rows = []
    for number in _index.owner_numbers(lons, lats).tolist():
        grid = None if number < 0 else _index.codes[number]
        rows.append(Told(grid=grid, decision="desk" if grid is None else "auto"))
    return Answer(rows=rows)


@app.post("/echo")
async def echo(request: Request, size: int) -> StreamingResponse:
    """Take a body and send ``size`` bytes back: what moving the bytes costs by itself."""
    async for _ in request.stream():
        pass

    async def pieces() -> AsyncIterator[memoryview]:
        for start in range(0, size, len(_PIECE)):
            yield memoryview(_PIECE)[: size - start]

    return StreamingResponse(pieces())


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        http=StraightProtocol,
        access_log=False,
        server_header=False,
        log_level="warning",
    )
