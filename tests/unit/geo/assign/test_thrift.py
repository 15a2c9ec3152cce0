"""Tables of contents are written as they were read; bytes that are none are refused."""

from __future__ import annotations

import io
from contextlib import suppress

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.assign.parquet_footer import read_footer
from geo.assign.thrift import BINARY, I64, MAP, TRUE, Pairs, Struct, ThriftError, decode, encode


def footer_of(table: pa.Table, **options: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    content = out.getvalue()
    length = int.from_bytes(content[-8:-4], "little")
    return content[-8 - length : -8]


WIDE = pa.table({f"c{n}": pa.array([n, None], pa.int64()) for n in range(40)})


@pytest.mark.parametrize("options", [{}, {"write_page_index": True, "row_group_size": 1}])
def test_a_footer_is_written_as_it_was_read(options: dict[str, object]) -> None:
    content = footer_of(WIDE.replace_schema_metadata({"key": "value"}), **options)
    assert encode(decode(content)) == content


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(content: bytes) -> None:
    for given_bytes in (content, footer_of(WIDE)[: len(content)] + content):
        with suppress(ThriftError):
            decode(given_bytes)


@given(st.integers(0, 900))
def test_a_footer_that_was_cut_is_refused(cut: int) -> None:
    content = footer_of(WIDE)
    with pytest.raises(ThriftError):
        decode(content[: len(content) - 1 - cut])


def test_a_nest_without_a_bottom_and_a_list_without_an_end_are_refused() -> None:
    with pytest.raises(ThriftError, match="deep"):
        decode(b"\x1c" * 500)
    with pytest.raises(ThriftError, match="cut"):
        decode(b"\x19\xfc\xff\xff\xff\xff\x0f")
    with pytest.raises(ThriftError, match="long"):
        decode(b"\x16" + b"\xff" * 20)


def test_large_steps_of_numbers_maps_and_booleans_survive() -> None:
    given = Struct({})
    given.put(1, TRUE, False)
    given.put(300, I64, -(2**40))
    given.put(301, MAP, Pairs(BINARY, TRUE, [(b"a", True), (b"b", False)]))
    assert decode(encode(given)).fields[300] == (I64, -(2**40))
    assert encode(decode(encode(given))) == encode(given)


def test_a_file_without_a_footer_is_refused() -> None:
    for content in (b"", b"PAR1PAR1", b"PAR1" + b"\xff" * 4 + b"PAR1", b"x" * 100):
        with pytest.raises(ThriftError):
            read_footer(io.BytesIO(content))
