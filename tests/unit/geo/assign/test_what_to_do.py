"""What is refused or doubtful is told with its place, and with advice that can be followed."""

from __future__ import annotations

import gzip
import warnings
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geo.assign.folders import assign_folder
from geo.assign.journal import Journal, Line
from geo.assign.refusal import AssignRefused
from geo.assign.rows import Columns
from geo.boundary_files.systems import parse_system
from geo.tables.csv_reading import BLOCK_BYTES
from tests.unit.geo.assign.files import assign, coverages, order, points, read, write


def refused(source: Path, out: Path, **changes: Any) -> str:
    with pytest.raises(AssignRefused) as caught:
        assign(source, out, **changes)
    return caught.value.message


def test_a_mended_input_is_begun_anew_as_the_refusal_says(tmp_path: Path) -> None:
    lines = "lon,lat\n" + "".join(f"110.5,40.{row % 10}\n" for row in range(300_000))
    whole = gzip.compress(lines.encode(), mtime=0)
    source, out = tmp_path / "in.csv.gz", tmp_path / "out.csv"
    source.write_bytes(whole[:-20])
    words = refused(source, out, block_rows=50_000)
    assert "gzip" in words
    assert "已完成的" in words
    assert "--overwrite" in words
    assert "--resume" not in words
    source.write_bytes(whole)
    with pytest.raises(AssignRefused, match="已改变"):
        assign(source, out, block_rows=50_000, resume=True)
    assert assign(source, out, block_rows=50_000, overwrite=True).rows == 300_000


@pytest.mark.parametrize("reason", ["disk_full", "damaged_index"])
def test_after_what_passes_one_may_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    source, out = write(points(), tmp_path / "in.parquet"), tmp_path / "out.parquet"
    append, appended = Journal.append, []

    def filling(journal: Journal, data: Any, line: Line) -> None:
        if len(appended) == 3:
            raise AssignRefused(reason, "此刻写不下去。")
        appended.append(line)
        append(journal, data, line)

    monkeypatch.setattr(Journal, "append", filling)
    words = refused(source, out)
    assert "--resume" in words
    assert "--overwrite" not in words
    monkeypatch.undo()
    assert assign(source, out, resume=True).resumed_rows == 1000


def test_of_a_folder_the_file_that_is_bad_is_named(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    write(points(60), folder / "a.parquet")
    bad = write(points(60), folder / "b.parquet")
    whole = bad.read_bytes()
    bad.write_bytes(whole[:-9])
    with pytest.raises(AssignRefused, match=r"b\.parquet：") as caught:
        assign_folder(order(folder, out), coverages(), tell=lambda _progress: None)
    assert "--overwrite" in caught.value.message
    assert "--resume" not in caught.value.message
    bad.write_bytes(whole)
    again = order(folder, out, overwrite=True)
    assert assign_folder(again, coverages(), tell=lambda _progress: None).rows == 120


@pytest.mark.parametrize("name", ["in.csv", "in.csv.gz"])
@pytest.mark.parametrize("rows", [0, 3, 100_000])
def test_the_line_with_a_nul_is_named(tmp_path: Path, name: str, rows: int) -> None:
    text = b"lon,lat\n" + b"110.5,40.5\n" * rows + b"110.5,\x00\n110.5,40.5\n"
    source = tmp_path / name
    source.write_bytes(gzip.compress(text, 1) if name.endswith("gz") else text)
    words = refused(source, tmp_path / "out.parquet", block_rows=50_000)
    assert f"第{rows + 2:,}行" in words
    assert "控制字符" in words


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"lon,lat\n110.5,40.5\n110.5,40.5", "第2行数据"),
        (b"lon,lat\r\n110.5,40.5", "第1行数据"),
        (b"lon,lat", "首行"),
        (b"lon,lat\n110.5,40.5\n", None),
        (b"lon,lat\r110.5,40.5\r", None),
    ],
)
@pytest.mark.parametrize("wanted", ["csv", "parquet"])
def test_a_last_line_without_an_end_is_answered_and_told(
    tmp_path: Path, text: bytes, place: str | None, wanted: str
) -> None:
    cut, ended = tmp_path / "cut.csv.gz", tmp_path / "ended.csv"
    cut.write_bytes(gzip.compress(text))
    ended.write_bytes(text.rstrip(b"\r\n") + b"\n")
    counts = assign(cut, tmp_path / f"of-cut.{wanted}", block_rows=1)
    assert assign(ended, tmp_path / f"of-ended.{wanted}").warnings == []
    out = [(tmp_path / f"of-{name}.{wanted}") for name in ("cut", "ended")]
    assert read(out[0]).to_pylist() == read(out[1]).to_pylist()
    assert len(counts.warnings) == (place is not None)
    if place is not None:
        assert place in counts.warnings[0]


def test_a_file_that_ends_with_a_block_of_reading_is_not_doubted(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    rows = b"110.5,40.500000\n" * ((BLOCK_BYTES - 16) // 16)
    source.write_bytes(b"lon,lat\n" + rows + b"1,2,  3\n")
    assert source.stat().st_size == BLOCK_BYTES
    assert assign(source, tmp_path / "out.csv", block_rows=50_000).warnings == []


def test_an_output_that_is_a_folder_is_refused_before_the_work(tmp_path: Path) -> None:
    source, out = write(points(60), tmp_path / "in.parquet"), tmp_path / "out.csv"
    out.mkdir()

    def never(_progress: object) -> None:
        raise AssertionError("began to work")

    with pytest.raises(AssignRefused, match="文件夹"):
        assign(source, out, never, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.csv"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("in.geojson", b'{"type": "FeatureCollection", "features": []}', "GeoPackage"),
        ("in.json", b'\xef\xbb\xbf{\n        "type" : "Feature"}', "GeoPackage"),
        ("in.csv", "lon,lat\n110.5,40.5\n".encode("utf-16"), "UTF-8"),
        ("in.csv.gz", gzip.compress(b"\xfe\xff" + "lon,lat\n".encode("utf-16-be")), "UTF-8"),
    ],
)
def test_another_format_of_texts_is_told_what_it_may_be_turned_to(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    for encoding in ("utf-8", "gb18030"):
        told = refused(source, tmp_path / "out.csv", encoding=encoding)
        assert words in told
        assert "gb18030" not in told.lower()


def test_a_header_with_a_brace_is_still_a_header(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text('{id},lon,lat\n"{""a"": 1}",110.5,40.5\n', "utf-8")
    assert assign(source, tmp_path / "out.csv").rows == 1


def test_shapes_that_are_no_points_make_no_noise_in_a_geopackage(tmp_path: Path) -> None:
    shapes = [shapely.Point(110.5, 40.5, 3.0), shapely.LineString([(1, 1), (2, 2)])]
    table = pa.table({"shape": pa.array([shapely.to_wkb(one) for one in shapes], pa.binary())})
    pq.write_table(table, tmp_path / "in.parquet")
    columns = Columns(geometry="shape", system=parse_system("cgcs2000"))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        counts = assign(tmp_path / "in.parquet", tmp_path / "out.gpkg", columns=columns)
    assert [str(one.message) for one in heard] == []
    assert counts.reasons["not_a_point"] == 1
