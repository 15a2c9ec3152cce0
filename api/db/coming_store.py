"""Tell every process what is about to be published, so that it is reckoned before the commit.

What is told here is believed by nobody: anybody with a login to the database may announce, and what
is told may never be committed. Who listens reckons with it aside, and holds it, byte for byte,
against what the database says was committed.
"""

from __future__ import annotations

import binascii
import logging
import re
import secrets
import threading
from collections.abc import Mapping
from typing import Final

import orjson
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

logger = logging.getLogger("wangge.knowledge")

CHANNEL: Final = "wangge_coming"
PAYLOAD: Final = re.compile(r"[0-9a-f]{16} [0-9]{1,3} [0-9]{1,3} [ -~]+")
# PostgreSQL takes payloads below 8000 bytes; a publication that needs more than so many pieces is
# not told beforehand.
_PIECE: Final = 7_900
_MOST_PIECES: Final = 200
# Nor one of more grids, or of more nodes than those pieces hold (22 bytes each, as they are told):
# that is seen at once.
_MOST_GRIDS: Final = 250
_MOST_NODES: Final = 70_000

# Whatever else is announced as a code is no grid.
_CODE: Final = re.compile(r"[0-9]{15}", re.ASCII)

# Shapes as WKB by code, None for a grid that only ends: as ``News`` holds them.
Coming = Mapping[str, bytes | None]

# Nobody's truth waits for the disk here. Commits of their own come before the publication's.
_TELL: Final = text(
    "SELECT set_config('synchronous_commit', 'off', true), pg_notify(:channel, piece)"
    " FROM unnest(CAST(:pieces AS text[])) WITH ORDINALITY AS told (piece, number) ORDER BY number"
)


def announce(connection: Connection, shapes: Mapping[str, BaseGeometry | None]) -> None:
    """Tell all who listen what the transaction of ``connection`` is about to publish.

    Beside it, through another connection and in a thread: nothing of the publication waits for
    this or fails with it.
    """
    if not may_be_told(shapes):
        return
    beside = threading.Thread(target=_tell, args=(connection, dict(shapes)), daemon=True)
    try:
        beside.start()
    except RuntimeError:
        logger.info("a publication was not told beforehand: no thread could be started")


def may_be_told(shapes: Mapping[str, BaseGeometry | None]) -> bool:
    """Say whether a publication of these shapes is small enough to be told."""
    return len(shapes) <= _MOST_GRIDS and _count_nodes(shapes) <= _MOST_NODES


def _count_nodes(shapes: Mapping[str, BaseGeometry | None]) -> int:
    return int(shapely.get_num_coordinates([*shapes.values()]).sum())


def _tell(publisher: Connection, shapes: Mapping[str, BaseGeometry | None]) -> None:
    pieces = pieces_of(
        {code: None if shape is None else shapely.to_wkb(shape) for code, shape in shapes.items()}
    )
    if not pieces:
        return
    try:
        with publisher.engine.connect() as connection:
            if not publisher.in_transaction():
                # It waited too long for a connection: what was to come has come, or never will.
                return
            own = connection.execution_options(isolation_level="AUTOCOMMIT")
            own.execute(_TELL, {"channel": CHANNEL, "pieces": pieces})
    except SQLAlchemyError:
        logger.info("a publication was not told beforehand: the database did not take it")


def pieces_of(coming: Coming) -> list[str]:
    """Return the payloads that carry ``coming``, in order; none for more than is told."""
    told = {
        c: None if w is None else binascii.b2a_base64(w, newline=False).decode()
        for c, w in coming.items()
    }
    whole = orjson.dumps(told).decode("ascii")
    texts = [whole[first : first + _PIECE] for first in range(0, len(whole), _PIECE)]
    if len(texts) > _MOST_PIECES:
        return []
    token = secrets.token_hex(8)
    return [f"{token} {number} {len(texts)} {piece}" for number, piece in enumerate(texts)]


class Gathering:
    """Put the pieces of what is announced together again, one announcement at a time."""

    def __init__(self) -> None:
        """Start with nothing heard."""
        self._token = ""
        self._pieces: list[str] = []

    def hear(self, payload: str) -> Coming | None:
        """Take one piece in (see ``PAYLOAD``); return what is told when it was the last one.

        None, too, for what is no such thing: a piece is missing, two are mixed, it is not ours.
        """
        token, number, count, piece = payload.split(" ", 3)
        if number == "0":
            self._token, self._pieces = token, []
        if token != self._token or int(number) != len(self._pieces) or int(count) > _MOST_PIECES:
            self._token = ""
            return None
        self._pieces.append(piece)
        if len(self._pieces) < int(count):
            return None
        whole, self._token, self._pieces = "".join(self._pieces), "", []
        return _read(whole)


def _read(whole: str) -> Coming | None:
    try:
        told = orjson.loads(whole)
        if not all(map(_CODE.fullmatch, told)):
            return None
        return {
            code: None if wkb is None else binascii.a2b_base64(wkb) for code, wkb in told.items()
        }
    except (ValueError, AttributeError, TypeError):
        return None
