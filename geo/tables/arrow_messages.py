"""Look at the messages of an Arrow stream before Arrow unpacks them.

A message states how large its parts are, packed and unpacked; a few bytes may promise gigabytes.
Layout: Apache Arrow columnar format, "IPC streaming format", and the tables ``Message.fbs``. What
is read here is only counted; Arrow verifies it all again.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

from geo.tables.refusal import TableBroken, TableTooLarge
from geo.tables.source import Source

MIB: Final = 1024 * 1024
MOST_BATCH_BYTES: Final = 64 * MIB
MOST_BATCH_ROWS: Final = 4_000_000
_MOST_HEADER_BYTES: Final = 4 * MIB
_CONTINUATION: Final = b"\xff\xff\xff\xff"
END_OF_STREAM: Final = _CONTINUATION + bytes(4)
# A message that announces a header and ends: no reader takes the stream for a whole one.
CUT_OFF: Final = _CONTINUATION + struct.pack("<i", 1024)
_DICTIONARY, _RECORDS = 2, 3


@dataclass(frozen=True, slots=True)
class _Table:
    """Read a flatbuffers table at a place in ``data``."""

    data: bytes
    at: int

    def _place(self, slot: int) -> int:
        vtable = self.at - self._read("<i", self.at)
        if 4 + 2 * slot >= self._read("<H", vtable):
            return 0
        offset = self._read("<H", vtable + 4 + 2 * slot)
        return self.at + offset if offset else 0

    def _read(self, layout: str, at: int) -> Any:
        if at < 0:
            raise _broken()
        return struct.unpack_from(layout, self.data, at)[0]

    def number(self, slot: int, layout: str) -> int:
        place = self._place(slot)
        return int(self._read(layout, place)) if place else 0

    def table(self, slot: int) -> _Table | None:
        place = self._place(slot)
        return _Table(self.data, place + self._read("<I", place)) if place else None

    def pairs(self, slot: int) -> list[tuple[int, int]]:
        place = self._place(slot)
        if not place:
            return []
        begin = place + self._read("<I", place)
        count = self._read("<I", begin)
        return list(struct.iter_unpack("<qq", self.data[begin + 4 : begin + 4 + 16 * count]))


class CheckedStream:
    """Hand an Arrow stream on to Arrow, message by message, within bounds.

    Raises TableBroken for what is no Arrow stream, TableTooLarge for a part that would take more
    than ``MOST_BATCH_BYTES`` of memory or has more than ``MOST_BATCH_ROWS`` rows.
    """

    closed = False

    def __init__(self, source: Source) -> None:
        """Take the bytes from ``source``."""
        self._source = source
        self._parts: list[bytes] = []
        self._dictionaries: dict[int, int] = {}
        self._begun = self._ended = False
        self.body_bytes = 0
        """How many bytes the last message had behind its header, as they came."""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of the stream, no more than one message gives."""
        if not self._parts and not self._ended:
            self._parts = self._next_message()
        if not self._parts or size == 0:
            return b""
        first = self._parts[0]
        if len(first) == size:
            return self._parts.pop(0)
        if len(first) > size >= 0:
            self._parts[0] = first[size:]
            return first[:size]
        rest = b"".join(self._parts)
        self._parts = [rest[size:]] if 0 <= size < len(rest) else []
        return rest[:size] if size >= 0 else rest

    def _next_message(self) -> list[bytes]:
        prefix = self._source.read(8)
        if not prefix and self._begun:
            # Whole messages and no end mark: nobody knows what else was to come.
            raise TableBroken("arrow_cut", "Arrow 流没有结束标记，可能在中途断了，请重新发送。")
        if prefix[:6] == b"ARROW1":
            raise TableBroken("arrow_file", "这是 Arrow 文件格式；请发送 Arrow 流（stream）格式。")
        if len(prefix) < 8 or prefix[:4] != _CONTINUATION:
            raise _broken()
        self._begun = True
        (size,) = struct.unpack("<i", prefix[4:])
        if size == 0:
            self._ended = True
            return [prefix]
        if not 0 < size <= _MOST_HEADER_BYTES:
            raise _broken()
        header = self._exactly(size)
        try:
            return [prefix[:4], prefix[4:], header, *self._body(header)]
        except struct.error:
            raise _broken() from None

    def _body(self, header: bytes) -> list[bytes]:
        message = _Table(header, struct.unpack_from("<I", header)[0])
        kind, size = message.number(1, "<B"), message.number(3, "<q")
        if size < 0:
            raise _broken()
        if size > MOST_BATCH_BYTES:
            raise _too_large()
        content = message.table(2)
        body = self._exactly(size)
        self.body_bytes = size
        if content is not None and kind == _RECORDS:
            _measured(content, body)
        elif content is not None and kind == _DICTIONARY:
            self._count_dictionary(content, body)
        return [body] if body else []

    def _count_dictionary(self, content: _Table, body: bytes) -> None:
        """Count what dictionaries hold: they stay in memory until another one replaces them."""
        values, number = content.table(1), content.number(0, "<q")
        size = _measured(values, body) if values is not None else 0
        is_added = bool(content.number(2, "<B"))
        self._dictionaries[number] = size + (self._dictionaries.get(number, 0) if is_added else 0)
        if sum(self._dictionaries.values()) > MOST_BATCH_BYTES:
            raise _too_large()

    def _exactly(self, size: int) -> bytes:
        piece = self._source.read(size) if size else b""
        if len(piece) < size:
            raise TableBroken("arrow_cut", "Arrow 流在中途断了，没有读完。")
        return piece


def _measured(batch: _Table, body: bytes) -> int:
    """Return how many bytes a record batch has unpacked; raise TableTooLarge above the bounds."""
    if batch.number(0, "<q") > MOST_BATCH_ROWS:
        raise _too_large()
    packed = batch.table(3) is not None
    total = 0
    for offset, length in batch.pairs(2):
        size = length
        if packed and length >= 8 and 0 <= offset <= len(body) - 8:
            # Before each packed part stands its size unpacked, −1 for one that is not packed.
            size = max(length, struct.unpack_from("<q", body, offset)[0])
        total += size
    if total > MOST_BATCH_BYTES:
        raise _too_large()
    return total


def _broken() -> TableBroken:
    return TableBroken("not_arrow", "无法按 Arrow 流读取，请检查格式。")


def _too_large() -> TableTooLarge:
    words = f"一个记录批超过{MOST_BATCH_BYTES // MIB} MiB 或{MOST_BATCH_ROWS // 10_000}万行，"
    return TableTooLarge("batch_too_large", f"{words}请分成小批写入。")
