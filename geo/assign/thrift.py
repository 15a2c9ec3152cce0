"""Read and write Thrift's compact encoding field by field, without knowing what the fields mean.

Parquet keeps its table of contents in it. A structure is read into numbered fields with their
kinds, so that what is changed is changed and everything else is written as it was. Source: the
specification *Thrift Compact protocol encoding* of Apache Thrift.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
_DEEPEST: Final = 64
_LONG_LIST: Final = 15


class ThriftError(ValueError):
    """Say that bytes are not what they should be."""


@dataclass(slots=True)
class Struct:
    """Hold the fields of a structure by number: kind and value."""

    fields: dict[int, tuple[int, Any]]

    def get(self, number: int, default: Any = None) -> Any:
        """Return the value of a field, or ``default`` where it is absent."""
        found = self.fields.get(number)
        return default if found is None else found[1]

    def put(self, number: int, kind: int, value: Any) -> None:
        """Set a field."""
        self.fields[number] = (kind, value)

    def drop(self, *numbers: int) -> None:
        """Take fields away, where they are there."""
        for number in numbers:
            self.fields.pop(number, None)


@dataclass(slots=True)
class Items:
    """Hold a list or a set: the kind of its elements, and these."""

    kind: int
    values: list[Any]


@dataclass(slots=True)
class Pairs:
    """Hold a map: kinds of its keys and values, and the pairs."""

    key_kind: int
    value_kind: int
    values: list[tuple[Any, Any]]


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0

    def take(self, count: int) -> bytes:
        end = self.at + count
        if count < 0 or end > len(self.content):
            raise ThriftError("cut off")
        part = self.content[self.at : end]
        self.at = end
        return part

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ThriftError("a number too long")

    def integer(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def count(self) -> int:
        """Return how many elements follow: each has at least one byte."""
        size = self.varint()
        if size > len(self.content) - self.at:
            raise ThriftError("cut off")
        return size

    def value(self, kind: int, depth: int) -> Any:
        if depth > _DEEPEST:
            raise ThriftError("too deep")
        if kind in (TRUE, FALSE):
            return self.take(1)[0] == TRUE
        if kind == BYTE:
            return self.take(1)[0]
        if kind in (I16, I32, I64):
            return self.integer()
        if kind == DOUBLE:
            return struct.unpack("<d", self.take(8))[0]
        if kind == BINARY:
            return self.take(self.varint())
        return self._compound(kind, depth)

    def _compound(self, kind: int, depth: int) -> Any:
        if kind in (LIST, SET):
            return self._items(depth)
        if kind == STRUCT:
            return self.structure(depth)
        if kind == MAP:
            return self._pairs(depth)
        raise ThriftError("an unknown kind")

    def _items(self, depth: int) -> Items:
        head = self.take(1)[0]
        size = head >> 4
        if size == _LONG_LIST:
            size = self.count()
        kind = head & 0x0F
        return Items(kind, [self.value(kind, depth + 1) for _ in range(size)])

    def _pairs(self, depth: int) -> Pairs:
        size = self.count()
        if size == 0:
            return Pairs(0, 0, [])
        kinds = self.take(1)[0]
        key, value = kinds >> 4, kinds & 0x0F
        found = [(self.value(key, depth + 1), self.value(value, depth + 1)) for _ in range(size)]
        return Pairs(key, value, found)

    def structure(self, depth: int = 0) -> Struct:
        fields: dict[int, tuple[int, Any]] = {}
        number = 0
        while True:
            head = self.take(1)[0]
            if head == 0:
                return Struct(fields)
            step, kind = head >> 4, head & 0x0F
            number = number + step if step else self.integer()
            # In a field the kind itself says whether it is true.
            value = kind == TRUE if kind in (TRUE, FALSE) else self.value(kind, depth + 1)
            fields[number] = (kind, value)


def decode(content: bytes) -> Struct:
    """Return the structure with which ``content`` begins; raise ThriftError for none."""
    return _Reader(content).structure()


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _integer(value: int) -> bytes:
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _write(out: bytearray, kind: int, value: Any) -> None:
    if kind in (TRUE, FALSE):
        out.append(TRUE if value else FALSE)
    elif kind == BYTE:
        out.append(value)
    elif kind in (I16, I32, I64):
        out += _integer(value)
    elif kind == DOUBLE:
        out += struct.pack("<d", value)
    elif kind == BINARY:
        out += _varint(len(value)) + value
    else:
        _write_compound(out, kind, value)


def _write_compound(out: bytearray, kind: int, value: Any) -> None:
    if kind == STRUCT:
        out += encode(value)
    elif kind == MAP:
        out += _varint(len(value.values))
        if value.values:
            out.append(value.key_kind << 4 | value.value_kind)
        for key, item in value.values:
            _write(out, value.key_kind, key)
            _write(out, value.value_kind, item)
    else:
        size = len(value.values)
        out.append(min(size, _LONG_LIST) << 4 | value.kind)
        if size >= _LONG_LIST:
            out += _varint(size)
        for item in value.values:
            _write(out, value.kind, item)


def encode(value: Struct) -> bytes:
    """Return the bytes of a structure, its fields in the order of their numbers."""
    out = bytearray()
    before = 0
    for number, (known, content) in sorted(value.fields.items()):
        kind = known
        if known in (TRUE, FALSE):
            kind = TRUE if content else FALSE
        step = number - before
        if 0 < step <= _LONG_LIST:
            out.append(step << 4 | kind)
        else:
            out.append(kind)
            out += _integer(number)
        if kind not in (TRUE, FALSE):
            _write(out, kind, content)
        before = number
    out.append(0)
    return bytes(out)
