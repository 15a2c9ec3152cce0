"""Send with a commit what it changed: written as one announcement, and read again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import Connection, text

from api.db.area_store import AreaRow, RevisionRow
from api.db.news_store import News

CHANNEL: Final = "wangge_told"
# A hash that says who told it, and what.
PAYLOAD: Final = re.compile(r"[0-9a-f]{64} \{.+\}", re.DOTALL)
# PostgreSQL takes payloads below 8000 bytes; what is longer is asked for.
_MOST_BYTES: Final = 7_900


def tell(connection: Connection, payload: str) -> None:
    """Announce ``payload`` with the commit of the transaction, unless it is too long."""
    if len(payload.encode()) <= _MOST_BYTES:
        values = {"channel": CHANNEL, "payload": payload}
        connection.execute(text("SELECT pg_notify(:channel, :payload)"), values)


def shapes_sha256(shapes: Mapping[str, bytes | None]) -> str:
    """Return a hash of shapes as WKB by code, None for grids that only end."""
    each = [
        (code, None if wkb is None else hashlib.sha256(wkb).hexdigest())
        for code, wkb in sorted(shapes.items())
    ]
    return hashlib.sha256(orjson.dumps(each)).hexdigest()


def content_of(base: str, coming: Sequence[str], shapes: str, news: News) -> bytes:
    """Write ``news`` down: after which revision, before which, and the hash of its shapes."""
    return orjson.dumps(
        {
            "base": base,
            "coming": coming,
            "shapes": shapes,
            "numbers": news.numbers,
            "count": news.count,
            "later": [[row.name, row.effective_at, row.note] for row in news.later],
            "revision": None if news.revision is None else news.revision.name,
            "areas": [astuple(row) for row in news.areas],
        }
    )


def news_of(content: str) -> tuple[str, tuple[str, ...], str, News]:
    """Read what ``content_of`` wrote: its base, what was to come, the hash, the news."""
    told = orjson.loads(content)
    later = tuple(
        RevisionRow(name, datetime.fromisoformat(at), note) for name, at, note in told["later"]
    )
    news = News(
        numbers=told["numbers"],
        count=told["count"],
        later=later,
        revision=next((row for row in later if row.name == told["revision"]), None),
        shapes={},
        areas=tuple(AreaRow(*area) for area in told["areas"]),
    )
    return told["base"], tuple(told["coming"]), told["shapes"], news
