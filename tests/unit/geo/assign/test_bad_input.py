"""Bad files are refused with a sentence, bad rows with a reason; no owner is ever wrong."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geo.assign.rows import Columns
from geo.boundary_files.systems import parse_system
from geo.errors import GeoError
from tests.unit.geo.assign.files import assign, beside, points, read, write


def refusal(source: Path, out: Path, **changes: object) -> str:
    with pytest.raises(GeoError) as caught:
        assign(source, out, **changes)
    assert not out.exists()
    return caught.value.message


@pytest.mark.parametrize("given", ["parquet", "arrows", "arrow", "csv"])
def test_a_missing_column_is_named_beside_those_that_are_there(tmp_path: Path, given: str) -> None:
    source = write(points(50), tmp_path / f"in.{given}")
    columns = Columns(lon="经度", lat="lat", system=parse_system("wgs84"))
    words = refusal(source, tmp_path / "out.csv", columns=columns)
    assert "“经度”" in words
    assert "id、lon、lat、text" in words


def test_columns_and_datum_are_asked_for_not_guessed(tmp_path: Path) -> None:
    source = write(points(50), tmp_path / "in.parquet")
    assert "--lon" in refusal(source, tmp_path / "o.csv", columns=Columns())
    columns = Columns(lon="lon", lat="lat")
    assert "--crs" in refusal(source, tmp_path / "o.csv", columns=columns)


def test_a_column_of_a_wrong_type_or_a_taken_name_is_refused(tmp_path: Path) -> None:
    table = points(50)
    source = write(table.append_column("when", pa.array([[1]] * 50)), tmp_path / "in.parquet")
    columns = Columns(lon="when", lat="lat", system=parse_system("wgs84"))
    assert "应为数值" in refusal(source, tmp_path / "out.parquet", columns=columns)
    source = write(table.append_column("grid", pa.array(["x"] * 50)), tmp_path / "in.csv")
    assert "--prefix" in refusal(source, tmp_path / "out.parquet")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("in.csv", b"", "空的"),
        ("in.csv.gz", b"\x1f\x8bgarbage that is no gzip", "gzip"),
        ("in.csv.gz", gzip.compress(b"lon,lat\n1,2\n" * 999, mtime=0)[:-20], "gzip"),
        ("in.csv", b"lon,lat\n110.5,\xff\xfe\n", "UTF-8"),
        ("in.csv", b'lon,lat\n110.5,40.5\n"110.5,40', "引号"),
        ("in.csv", b"\nlon,lat\n", "首行"),
        ("in.parquet", b"PAR1 and nothing that follows", "Parquet"),
        ("in.parquet", b"lon,lat\n1,2\n", "不是 parquet"),
        ("in.arrows", b"\xff\xff\xff\xff\x10\0\0\0garbage of a stream", "结束标记"),
        ("in.arrow", b"ARROW1\0\0garbage of a file" * 9, "Arrow"),
        ("in.gpkg", b"SQLite format 3\0" + b"\0" * 4000, "GeoPackage"),
        ("in.xlsx", b"PK\x03\x04rest", "“lon”"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing_behind(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    assert words in refusal(source, tmp_path / "out.csv")
    if name != "in.csv":
        assert beside(tmp_path / "out.csv") == []


def test_a_row_group_that_cannot_be_read_stops_with_what_is_done_kept(tmp_path: Path) -> None:
    source = write(points(), tmp_path / "in.parquet", rows=500)
    column = pq.ParquetFile(source).metadata.row_group(3).column(1)
    content = bytearray(source.read_bytes())
    start = column.dictionary_page_offset or column.data_page_offset
    content[start : start + 30] = b"\xff" * 30
    source.write_bytes(content)
    words = refusal(source, tmp_path / "out.parquet")
    assert "第4个行组" in words
    assert "已完成的 1,500 行" in words
    # What is mended is another file: nothing can be gone on with.
    assert "--overwrite" in words
    assert "--resume" not in words


def test_a_parquet_file_cut_in_the_middle_is_refused_at_once(tmp_path: Path) -> None:
    source = write(points(), tmp_path / "in.parquet")
    source.write_bytes(source.read_bytes()[:-1000])
    assert "不完整" in refusal(source, tmp_path / "out.parquet")


def test_an_arrow_stream_without_its_end_is_refused(tmp_path: Path) -> None:
    source = write(points(), tmp_path / "in.arrows")
    source.write_bytes(source.read_bytes()[:-8])
    assert "结束标记" in refusal(source, tmp_path / "out.parquet")


def test_rows_of_any_badness_get_their_reason_and_stop_no_other(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    lines = ["id,lon,lat,crs", "1,110.5,40.5,wgs84", "2,,40.5,wgs84", "3,110.5", "4,nan,40,wgs84"]
    lines += ["5,1e999,40.5,wgs84", "6,40.5,110.5,wgs84", "7,110.5,40.5,epsg", "8,110.5,40.5,"]
    lines += ["9,110.5,40.5,wgs84,much,more", "10,１１０,40.5,wgs84", "11,181,40,wgs84"]
    source.write_text("\n".join(lines) + "\n", "utf-8")
    columns = Columns(lon="lon", lat="lat", crs="crs")
    counts = assign(source, tmp_path / "out.parquet", columns=columns)
    found = read(tmp_path / "out.parquet")
    assert found["id"].to_pylist() == [str(n) for n in range(1, 12)]
    reasons = found["reason"].to_pylist()
    for number, words in {2: "数值", 3: "", 4: "有限", 5: "有限", 6: "填反", 7: "坐标系未知",
                          8: "缺少坐标系", 9: "格数", 10: "数值", 11: "经度"}.items():  # fmt: skip
        assert words in reasons[number - 1], number
    assert counts.rows == 11
    assert sum(counts.reasons.values()) + counts.assigned == 11


def test_geo_words_of_a_parquet_file_are_read_with_care(tmp_path: Path) -> None:
    table = pa.table({"geometry": pa.array([b"\1\1\0\0\0" + b"\0" * 16], pa.binary())})
    for geo in (b"{", b"[]", json.dumps({"primary_column": 1, "columns": {}}).encode()):
        source = tmp_path / "in.parquet"
        pq.write_table(table.replace_schema_metadata({b"geo": geo}), source)
        assert "geo" in refusal(source, tmp_path / "o.csv", columns=Columns())
    about = {"encoding": "WKB", "crs": {"id": {"authority": "EPSG", "code": 3857}}}
    geo = json.dumps({"primary_column": "geometry", "columns": {"geometry": about}}).encode()
    pq.write_table(table.replace_schema_metadata({b"geo": geo}), source)
    assert "EPSG:3857" in refusal(source, tmp_path / "o.csv", columns=Columns())


def test_the_output_is_never_the_input(tmp_path: Path) -> None:
    source = write(points(50), tmp_path / "in.csv")
    before = source.read_bytes()
    with pytest.raises(GeoError, match="输入文件"):
        assign(source, source, overwrite=True)
    assert source.read_bytes() == before


@pytest.mark.parametrize("wanted", ["arrows", "arrow", "gpkg"])
def test_a_dictionary_within_a_column_is_refused_where_it_cannot_be_written(
    tmp_path: Path, wanted: str
) -> None:
    table = points(60)
    words = pa.array([f"v{row % 7}" for row in range(60)]).dictionary_encode()
    nested = pa.ListArray.from_arrays(pa.array(range(61), pa.int32()), words)
    source, out = tmp_path / "in.arrows", tmp_path / f"out.{wanted}"
    whole = table.append_column("nested", nested)
    with pa.ipc.new_stream(source, whole.schema) as writer:
        writer.write_table(whole)
    assert "Parquet" in refusal(source, out)
    assign(source, tmp_path / "out.parquet")
    assert read(tmp_path / "out.parquet")["nested"].to_pylist() == nested.to_pylist()


def test_a_pipe_is_no_file_and_is_not_even_opened(tmp_path: Path) -> None:
    # Its beginning would be gone by the time that the rows are read.
    source = tmp_path / "in.csv"
    os.mkfifo(source)
    assert "管道" in refusal(source, tmp_path / "out.csv")
