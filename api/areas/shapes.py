"""Keep GeoJSON text ready: made by PostGIS once a revision, served from memory."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MAX_BUFFERS = 64


@dataclass(frozen=True, slots=True)
class Buffer:
    """Hold one answer as bytes, plain and compressed, with its ETag."""

    plain: bytes
    compressed: bytes
    etag: str


class ShapeBuffers:
    """Hold buffers by key; the key names the revision, so a redraw makes new ones."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._buffers: OrderedDict[tuple[object, ...], Buffer] = OrderedDict()

    def get(self, key: tuple[object, ...], make: Callable[[], str]) -> Buffer:
        """Return the buffer of ``key``, made now when it is not there."""
        with self._lock:
            known = self._buffers.get(key)
            if known is not None:
                self._buffers.move_to_end(key)
                return known
        plain = make().encode()
        buffer = Buffer(
            plain,
            gzip.compress(plain, 6, mtime=0),
            f'"{hashlib.sha256(plain).hexdigest()[:32]}"',
        )
        with self._lock:
            self._buffers[key] = buffer
            while len(self._buffers) > MAX_BUFFERS:
                self._buffers.popitem(last=False)
        return buffer
