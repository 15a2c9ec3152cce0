"""Every format in, every format out: all columns kept, in order, each row with its answer."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geo.assign.answers import Answers
from geo.assign.rows import Columns
from geo.boundary_files.systems import parse_system
from geo.datums import from_cgcs2000_arrays
from geo.locate.columns import REASON_WORDS, RowReason
from geo.position import Datum
from tests.unit.geo.assign.files import (
    BAD_ROWS,
    CODES,
    INDEX,
    assign,
    beside,
    expected,
    points,
    read,
    write,
)

FORMATS = ("parquet", "arrows", "arrow", "csv", "csv.gz")


@pytest.mark.parametrize("given", FORMATS)
@pytest.mark.parametrize("wanted", FORMATS)
def test_every_row_keeps_its_columns_and_gets_its_grid(
    tmp_path: Path, given: str, wanted: str
) -> None:
    table = points()
    out = tmp_path / f"out.{wanted}"
    counts = assign(write(table, tmp_path / f"in.{given}"), out)
    found = read(out)
    assert found.schema.names == [*table.schema.names, "grid", "decision", "reason"]
    assert found["grid"].to_pylist() == expected(table)
    assert found["id"].cast(pa.int64()).to_pylist() == table["id"].to_pylist()
    assert found["text"].to_pylist() == table["text"].to_pylist()
    assert counts.rows == table.num_rows
    assert counts.assigned == sum(grid is not None for grid in expected(table))
    decided = ["auto" if grid else "desk" for grid in expected(table)]
    assert found["decision"].to_pylist() == decided
    reasons = found["reason"].to_pylist()
    assert all(reasons[row].startswith(words) for row, words in BAD_ROWS.items())
    assert beside(out) == []


def test_a_parquet_file_is_handed_through_byte_for_byte_and_other_software_reads_it(
    tmp_path: Path,
) -> None:
    table = points().append_column(
        "nested", pa.array([{"a": [n, None], "b": str(n)} for n in range(3000)])
    )
    source = tmp_path / "in.parquet"
    pq.write_table(
        table, source, row_group_size=700, compression="zstd", write_page_index=True,
        use_dictionary=["text"],
    )  # fmt: skip
    out = tmp_path / "out.parquet"
    assign(source, out)
    data_end = source.stat().st_size - 8 - int.from_bytes(source.read_bytes()[-8:-4], "little")
    assert out.read_bytes()[:data_end] == source.read_bytes()[:data_end]
    found = pq.read_table(out).drop_columns(["grid", "decision", "reason"])
    # As texts: no number is not equal to itself.
    assert repr(found.to_pylist()) == repr(table.to_pylist())
    rows = duckdb.sql(f"SELECT grid, decision, id FROM '{out}' ORDER BY id").fetchall()
    assert [row[0] for row in rows] == expected(table)
    one = duckdb.sql(f"SELECT count(*) FROM '{out}' WHERE grid = '{CODES[0]}'").fetchone()
    assert one == (expected(table).count(CODES[0]),)
    assert pq.ParquetFile(out).metadata.num_row_groups == 5


@pytest.mark.parametrize("wanted", FORMATS)
@pytest.mark.parametrize("block_rows", [1, 64, 100_000])
def test_the_answers_do_not_depend_on_the_blocks(
    tmp_path: Path, wanted: str, block_rows: int
) -> None:
    table = points(200)
    source = write(table, tmp_path / "in.csv")
    assign(source, tmp_path / f"out.{wanted}", block_rows=block_rows)
    assert read(tmp_path / f"out.{wanted}")["grid"].to_pylist() == expected(table)


@pytest.mark.parametrize("given", FORMATS)
@pytest.mark.parametrize("wanted", ["parquet", "arrow", "csv"])
def test_a_file_without_rows_gives_one_without_rows(
    tmp_path: Path, given: str, wanted: str
) -> None:
    source = write(points(0), tmp_path / f"in.{given}")
    out = tmp_path / f"out.{wanted}"
    assert assign(source, out).rows == 0
    assert read(out).num_rows == 0
    assert read(out).schema.names[-3:] == ["grid", "decision", "reason"]


def test_names_of_the_path_and_a_prefix_stand_behind(tmp_path: Path) -> None:
    names = {"grid_name": [f"网格{code[-3:]}" for code in INDEX.codes]}
    answers = Answers(INDEX.codes, names, "w_")
    table = points(500)
    for wanted in FORMATS:
        out = tmp_path / f"out.{wanted}"
        assign(write(table, tmp_path / "in.parquet"), out, answers=answers)
        found = read(out)
        assert found.schema.names[4:] == ["w_grid", "w_decision", "w_reason", "w_grid_name"]
        grids = found["w_grid"].cast(pa.string()).to_pylist()
        assert found["w_grid_name"].to_pylist() == [g and f"网格{g[-3:]}" for g in grids]


def test_a_projected_file_and_one_of_mixed_datums_are_answered_where_they_lie(
    tmp_path: Path,
) -> None:
    from geo.crs import transform

    table = points(400)
    keep = np.array([row not in BAD_ROWS for row in range(400)])
    table = table.filter(pa.array(keep))
    lons, lats = table["lon"].to_numpy(), table["lat"].to_numpy()
    wanted = INDEX.owners(lons, lats).tolist()
    xs, ys = transform(lons, lats, source_epsg=4490, target_epsg=4546)
    projected = pa.table({"x": [*xs.tolist(), 9e99], "y": [*ys.tolist(), 1.0]})
    columns = Columns(lon="x", lat="y", system=parse_system("EPSG:4546"))
    out = tmp_path / "out.parquet"
    assign(write(projected, tmp_path / "projected.parquet"), out, columns=columns)
    assert read(out)["grid"].to_pylist() == [*wanted, None]
    gcj = from_cgcs2000_arrays(lons, lats, Datum.GCJ02)
    odd = np.arange(len(lons)) % 2 == 1
    mixed = pa.table(
        {
            "lon": np.where(odd, gcj[0], lons),
            "lat": np.where(odd, gcj[1], lats),
            "crs": [("gcj02" if one else "") for one in odd],
        }
    )
    columns = Columns(lon="lon", lat="lat", crs="crs", system=parse_system("wgs84"))
    assign(write(mixed, tmp_path / "mixed.csv"), tmp_path / "mixed.parquet", columns=columns)
    assert read(tmp_path / "mixed.parquet")["grid"].to_pylist() == wanted


def test_a_csv_of_an_office_is_read_in_its_encoding(tmp_path: Path) -> None:
    text = "编号,经度,纬度,说明\n1,110.5,40.5,沟门镇\n2,x,40.5,美岱召\n"
    source = tmp_path / "in.csv"
    source.write_bytes(text.encode("gb18030"))
    columns = Columns(lon="经度", lat="纬度", system=parse_system("gcj02"))
    out = tmp_path / "out.csv.gz"
    assign(source, out, columns=columns, encoding="gb18030")
    lines = gzip.decompress(out.read_bytes()).decode().splitlines()
    assert lines[0] == "编号,经度,纬度,说明,grid,decision,reason"
    assert lines[2] == "2,x,40.5,美岱召,,desk,经纬度应为数值。"


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
@pytest.mark.parametrize("block_rows", [1, 2, 100])
def test_cells_beyond_the_header_stand_behind_the_answers(
    tmp_path: Path, ending: str, block_rows: int
) -> None:
    """The columns of such a line may be shifted: it gets no grid, and loses nothing."""
    inside = points(4).slice(0, 1)
    (code,) = expected(inside)
    place = f"{inside['lon'][0].as_py()!r},{inside['lat'][0].as_py()!r}"
    rows = [
        f"1,{place}", f'2,{place},"多,一格"', f"3,{place},,=1+1,末", f"4,{place},,", f"5,{place}",
    ]  # fmt: skip
    source, out = tmp_path / "in.csv", tmp_path / f"out{ending}"
    source.write_text("\n".join(["id,lon,lat", *rows]), "utf-8")
    counts = assign(source, out, block_rows=block_rows)
    assert (counts.rows, counts.reasons["cells"]) == (5, 2)
    content = out.read_bytes()
    text = (gzip.decompress(content) if ending == ".csv.gz" else content).decode()
    lines = list(csv.reader(io.StringIO(text, newline="")))
    words = REASON_WORDS[RowReason.CELLS]
    cells = [place.split(",")] * 5
    assert lines == [
        ["id", "lon", "lat", "grid", "decision", "reason"],
        ["1", *cells[0], code, "auto", ""],
        ["2", *cells[1], "", "desk", words, "多,一格"],
        ["3", *cells[2], "", "desk", words, "", "'=1+1", "末"],
        ["4", *cells[3], code, "auto", ""],
        ["5", *cells[4], code, "auto", ""],
    ]
