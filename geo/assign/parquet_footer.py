"""Put Parquet files together without decoding them: only their tables of contents are written anew.

A Parquet file is chunks of columns wherever they lie, and a footer that says where. So columns can
be added behind what is there, and row groups of one file set behind those of another, while every
byte of what is handed through stays as it was. Field numbers are those of ``parquet.thrift`` of
the Apache Parquet format, version 2.11.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

import pyarrow as pa

from geo.assign.thrift import BINARY, I64, STRUCT, Items, Struct, ThriftError, decode, encode

MAGIC: Final = b"PAR1"
_TAIL_BYTES: Final = 8
# FileMetaData
_SCHEMA, _NUM_ROWS, _ROW_GROUPS, _KEY_VALUES, _ORDERS = 2, 3, 4, 5, 7
_ENCRYPTION, _SIGNING_KEY = 8, 9
# SchemaElement
_CHILDREN: Final = 5
# RowGroup
_COLUMNS, _BYTES, _GROUP_ROWS, _GROUP_OFFSET, _PACKED_BYTES, _ORDINAL = 1, 2, 3, 5, 6, 7
# ColumnChunk
_FILE_PATH, _CHUNK_OFFSET, _META = 1, 2, 3
_INDEX_FIELDS: Final = (4, 5, 6, 7)
# ColumnMetaData: where pages, index pages and dictionary pages begin; bloom filters
_PAGE_OFFSETS: Final = (9, 10, 11)
_BLOOM_FIELDS: Final = (14, 15)
_ARROW_KEY: Final = b"ARROW:schema"


@dataclass(frozen=True, slots=True)
class Footer:
    """Hold the table of contents of a file, and the byte at which its data ends."""

    tree: Struct
    data_end: int

    @property
    def group_rows(self) -> list[int]:
        """Return the number of rows of each row group."""
        return [group.get(_GROUP_ROWS) for group in _groups(self.tree)]

    def can_be_extended(self) -> bool:
        """Say whether columns can be added: nothing encrypted, nothing in another file."""
        if self.tree.get(_ENCRYPTION) is not None or self.tree.get(_SIGNING_KEY) is not None:
            return False
        return not any(
            chunk.get(_FILE_PATH) is not None or chunk.get(_META) is None
            for group in _groups(self.tree)
            for chunk in group.get(_COLUMNS).values
        )


def _groups(tree: Struct) -> list[Struct]:
    found = tree.get(_ROW_GROUPS)
    return [] if found is None else list(found.values)


def read_footer(file: BinaryIO) -> Footer:
    """Return the footer of an open file; raise ThriftError when there is none."""
    size = file.seek(0, 2)
    if size < _TAIL_BYTES + len(MAGIC):
        raise ThriftError("too short")
    file.seek(size - _TAIL_BYTES)
    tail = file.read(_TAIL_BYTES)
    length = int.from_bytes(tail[:4], "little")
    start = size - _TAIL_BYTES - length
    if tail[4:] != MAGIC or start < len(MAGIC):
        raise ThriftError("no footer")
    file.seek(start)
    return Footer(decode(file.read(length)), start)


def footer_bytes(tree: Struct) -> bytes:
    """Return what ends a file."""
    content = encode(tree)
    return content + len(content).to_bytes(4, "little") + MAGIC


@dataclass(frozen=True, slots=True)
class Part:
    """Hold a whole small Parquet file, taken apart: its contents, and its chunks without magic."""

    tree: Struct
    chunks: bytes

    @property
    def groups(self) -> list[Struct]:
        """Return its row groups, their places counted as in its own file."""
        return _groups(self.tree)


def take_apart(content: bytes) -> Part:
    """Return the part that the bytes of a Parquet file are."""
    length = int.from_bytes(content[-_TAIL_BYTES:-4], "little")
    start = len(content) - _TAIL_BYTES - length
    return Part(decode(content[start:-_TAIL_BYTES]), content[len(MAGIC) : start])


def place(group: Struct, at: int) -> None:
    """Say that the chunks of a part's row groups begin at byte ``at``; page indexes are dropped."""
    by = at - len(MAGIC)
    _add(group, _GROUP_OFFSET, by)
    for chunk in group.get(_COLUMNS).values:
        _add(chunk, _CHUNK_OFFSET, by)
        chunk.drop(*_INDEX_FIELDS)
        meta = chunk.get(_META)
        meta.drop(*_BLOOM_FIELDS)
        for number in _PAGE_OFFSETS:
            _add(meta, number, by)


def _add(holder: Struct, number: int, by: int) -> None:
    """Raise an offset; writers leave 0 where they say nothing."""
    at = holder.get(number)
    if at:
        holder.put(number, I64, at + by)


def with_columns(
    base: Struct, added: Struct, groups: Sequence[Struct], schema: pa.Schema
) -> Struct:
    """Return the contents of a file with further columns, its own chunks where they were.

    ``added`` are the contents of a file that has the new columns alone, ``groups`` their row
    groups, moved to their places: as many as there are and of as many rows. ``schema`` is what
    Arrow reads the whole file as.
    """
    own = _groups(base)
    if [g.get(_GROUP_ROWS) for g in own] != [g.get(_GROUP_ROWS) for g in groups]:
        raise ThriftError("row groups that do not fit")
    root, *leaves = base.get(_SCHEMA).values
    _, *more = added.get(_SCHEMA).values
    wider = Struct(dict(root.fields))
    wider.put(_CHILDREN, root.fields[_CHILDREN][0], root.get(_CHILDREN) + len(more))
    fresh = Struct(dict(base.fields))
    fresh.put(_SCHEMA, *_list([wider, *leaves, *more]))
    fresh.put(_ROW_GROUPS, *_list([_widened(a, b) for a, b in zip(own, groups, strict=True)]))
    orders, added_orders = base.get(_ORDERS), added.get(_ORDERS)
    if orders is not None and added_orders is not None:
        fresh.put(_ORDERS, *_list([*orders.values, *added_orders.values]))
    else:
        fresh.drop(_ORDERS)
    _keep_arrow_schema(fresh, schema)
    return fresh


def _list(values: list[Struct]) -> tuple[int, Items]:
    return 9, Items(STRUCT, values)


def _widened(own: Struct, added: Struct) -> Struct:
    fresh = Struct(dict(own.fields))
    fresh.put(_COLUMNS, *_list([*own.get(_COLUMNS).values, *added.get(_COLUMNS).values]))
    for number in (_BYTES, _PACKED_BYTES):
        if own.get(number) is not None:
            fresh.put(number, I64, own.get(number) + added.get(number, 0))
    return fresh


def _keep_arrow_schema(tree: Struct, schema: pa.Schema) -> None:
    """Renew what Arrow keeps of its own types, where a file has it."""
    pairs = tree.get(_KEY_VALUES)
    if pairs is None:
        return
    kept = []
    for pair in pairs.values:
        fresh = pair
        if pair.get(1) == _ARROW_KEY:
            fresh = Struct(dict(pair.fields))
            fresh.put(2, BINARY, _arrow_text(schema))
        kept.append(fresh)
    tree.put(_KEY_VALUES, *_list(kept))


def with_rows(base: Struct, groups: Sequence[Struct]) -> Struct:
    """Return the contents of a file that has these row groups, already moved to their places."""
    fresh = Struct(dict(base.fields))
    for number, group in enumerate(groups):
        if group.get(_ORDINAL) is not None:
            # An ordinal has 16 bits; it is left out beyond, as other writers do.
            group.drop(_ORDINAL)
            if number < 2**15:
                group.put(_ORDINAL, 4, number)
    fresh.put(_NUM_ROWS, I64, sum(group.get(_GROUP_ROWS) for group in groups))
    fresh.put(_ROW_GROUPS, *_list(list(groups)))
    return fresh


def with_metadata(tree: Struct, schema: pa.Schema) -> Struct:
    """Return contents that keep the words of ``schema``: what other software has noted in it."""
    pairs = [
        Struct({1: (BINARY, key), 2: (BINARY, value)})
        for key, value in {**(schema.metadata or {}), _ARROW_KEY: _arrow_text(schema)}.items()
    ]
    fresh = Struct(dict(tree.fields))
    fresh.put(_KEY_VALUES, *_list(pairs))
    return fresh


def _arrow_text(schema: pa.Schema) -> bytes:
    return base64.b64encode(schema.serialize().to_pybytes())
