"""Files of reports that are not what they say are refused in words; none ends the command."""

from __future__ import annotations

import struct
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from api.cli.import_reports import _refused_file
from api.cli.main import app
from api.cli.refusal import Refused
from api.reports.bulk.files import Heads, open_source
from geo.errors import GeoError


def arrow(path: Path, table: pa.Table) -> Path:
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)
    return path


def refusal_of(path: Path) -> str:
    with pytest.raises(GeoError) as refusal:
        list(open_source(path, Heads()).rows)
    assert refusal.value.message
    return refusal.value.reason


def test_a_text_that_lies_beyond_its_file_is_damage(tmp_path: Path) -> None:
    path = arrow(tmp_path / "a.arrow", pa.table({"text": ["路灯不亮"] * 8}))
    content = bytearray(path.read_bytes())
    at = content.find(struct.pack("<3i", 0, 12, 24))
    assert at > 0
    content[at + 4 : at + 8] = struct.pack("<i", 1 << 30)
    path.write_bytes(content)
    assert refusal_of(path) == "cut_file"


@pytest.mark.parametrize(
    "content",
    [b"ARROW1", b"\xff\xff\xff\xff", b"\x01\x02\x03\xf0" + b"x" * 400, b"\0" * 40, b"\xff" * 400],
)
@pytest.mark.parametrize("ending", ["arrow", "arrows"])
def test_bytes_that_are_no_arrow_are_refused_in_words(
    tmp_path: Path, ending: str, content: bytes
) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(content)
    assert refusal_of(path) == "bad_arrow"


def test_a_time_beyond_the_calendar_costs_its_own_row_alone(tmp_path: Path) -> None:
    good = datetime(2026, 11, 3, 9, 0)  # noqa: DTZ001 - as files have it
    times = pa.array([10**12, round((good - datetime(1970, 1, 1)).total_seconds())], pa.int64())  # noqa: DTZ001
    table = pa.table({"text": ["甲", "乙"], "occurred_at": times.cast(pa.timestamp("s"))})
    path = arrow(tmp_path / "a.arrow", table)
    rows = [dict(row.cells) for row in open_source(path, Heads()).rows]
    assert rows == [{"text": "甲", "occurred_at": "?"}, {"text": "乙", "occurred_at": good}]


def test_refused_rows_are_not_written_over_the_file_they_come_from(tmp_path: Path) -> None:
    file, link = tmp_path / "a.csv", tmp_path / "b.csv"
    file.write_text("text\n路灯不亮\n", "utf-8")
    link.symlink_to(file)
    for refused in (file, link, tmp_path / "no folder" / "a.csv", tmp_path):
        asked = ["import", "reports", str(file), "--refused", str(refused)]
        outcome = CliRunner().invoke(app, asked)
        assert isinstance(outcome.exception, Refused), outcome.output
        assert "--refused" in str(outcome.exception)
    assert file.read_text("utf-8") == "text\n路灯不亮\n"


def test_a_file_of_refused_rows_that_is_there_already_becomes_its_owners_alone(
    tmp_path: Path,
) -> None:
    path, source = tmp_path / "refused.csv", tmp_path / "a.csv"
    path.write_text("from before", "utf-8")
    path.chmod(0o644)
    source.write_text("text\n", "utf-8")
    with _refused_file(path, source):
        pass
    assert path.stat().st_mode & 0o777 == 0o600
    assert "from before" not in path.read_text("utf-8")
