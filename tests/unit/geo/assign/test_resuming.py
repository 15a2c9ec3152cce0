"""A stop costs nothing that is done: the resumed output is the one of an unbroken run."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from api.settings import PROJECT_DIR
from geo.assign.coverages import Coverages
from geo.assign.folders import assign_folder
from geo.assign.job import assign_file
from geo.assign.refusal import AssignRefused
from geo.assign.running import Progress
from geo.locate.index import GridIndex
from tests.unit.geo.assign.files import (
    CODES,
    SHAPES,
    assign,
    beside,
    coverages,
    order,
    points,
    write,
)

PAIRS = (
    ("parquet", "parquet"),
    ("csv", "parquet"),
    ("csv.gz", "csv"),
    ("arrows", "csv.gz"),
    ("arrow", "arrows"),
    ("parquet", "arrow"),
)


class Stop(Exception):
    pass


def stopping_after(rows: int):
    def told(progress: Progress) -> None:
        if progress.rows >= rows:
            raise Stop

    return told


@pytest.mark.parametrize(("given", "wanted"), PAIRS)
@pytest.mark.parametrize("rows", [1, 900, 2999])
def test_a_resumed_run_gives_the_bytes_of_an_unbroken_one(
    tmp_path: Path, given: str, wanted: str, rows: int
) -> None:
    source = write(points(), tmp_path / f"in.{given}")
    whole, out = tmp_path / f"whole.{wanted}", tmp_path / f"out.{wanted}"
    assign(source, whole)
    with pytest.raises(Stop):
        assign(source, out, tell=stopping_after(rows))
    assert not out.exists()
    assert beside(out) == [f"out.{wanted}.part", f"out.{wanted}.part-state"]
    counts = assign(source, out, resume=True)
    assert out.read_bytes() == whole.read_bytes()
    assert counts.rows == 3000
    assert 0 < counts.resumed_rows <= 3000
    assert beside(out) == []


@pytest.mark.parametrize(("given", "wanted"), PAIRS[:3])
def test_a_killed_process_leaves_nothing_that_looks_whole_and_is_gone_on_with(
    tmp_path: Path, given: str, wanted: str
) -> None:
    source = write(points(), tmp_path / f"in.{given}")
    whole, out = tmp_path / f"whole.{wanted}", tmp_path / f"out.{wanted}"
    assign(source, whole)
    assert run("kill", 1000, source, out).returncode == -9
    assert not out.exists()
    assert assign(source, out, resume=True).resumed_rows >= 1000
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(("given", "wanted"), [("parquet", "parquet"), ("csv", "csv")])
def test_a_full_disk_is_told_and_the_rest_is_done_when_there_is_room(
    tmp_path: Path, given: str, wanted: str
) -> None:
    source = write(points(), tmp_path / f"in.{given}")
    whole, out = tmp_path / f"whole.{wanted}", tmp_path / f"out.{wanted}"
    assign(source, whole)
    outcome = run("room", whole.stat().st_size * 9 // 10, source, out)
    assert outcome.returncode == 1
    assert "磁盘空间不足" in outcome.stdout
    assert not out.exists()
    assign(source, out, resume=True)
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("room", [0, 20])
def test_a_disk_that_is_full_from_the_start_is_told_and_nothing_is_left(
    tmp_path: Path, room: int
) -> None:
    source, out = write(points(), tmp_path / "in.csv"), tmp_path / "out.csv"
    outcome = run("room", room, source, out)
    assert (outcome.returncode, outcome.stderr) == (1, "")
    assert "磁盘空间不足" in outcome.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def run(how: str, amount: int, source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.unit.geo.assign.stopped_run", how, str(amount)]
    return subprocess.run(
        [*command, str(source), str(out)], cwd=PROJECT_DIR, capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip


def stopped(tmp_path: Path, wanted: str = "csv") -> tuple[Path, Path]:
    source, out = write(points(), tmp_path / "in.parquet"), tmp_path / f"out.{wanted}"
    with pytest.raises(Stop):
        assign(source, out, tell=stopping_after(1000))
    return source, out


def refusal(source: Path, out: Path, **changes: object) -> str:
    with pytest.raises(AssignRefused) as caught:
        assign(source, out, **changes)
    return caught.value.message


def test_an_unfinished_part_is_told_before_it_is_thrown_away(tmp_path: Path) -> None:
    source, out = stopped(tmp_path)
    assert "--resume" in refusal(source, out)
    assert assign(source, out, overwrite=True).resumed_rows == 0


def test_a_changed_input_or_option_is_told_and_nothing_is_mixed(tmp_path: Path) -> None:
    source, out = stopped(tmp_path)
    assert "选项" in refusal(source, out, resume=True, encoding="gb18030")
    table = pq.read_table(source)
    write(table.slice(1), source)
    assert "输入文件" in refusal(source, out, resume=True)
    assert not out.exists()


def test_another_revision_is_told_and_nothing_is_mixed(tmp_path: Path) -> None:
    source, out = stopped(tmp_path)
    other = Coverages.of_one(GridIndex(CODES[1:], SHAPES[1:]), "r2")
    # Of the same name and codes, as after a restored backup: other shapes all the same.
    redrawn = Coverages.of_one(GridIndex(CODES, SHAPES[::-1]), "r1", shapes="another")
    for now in (other, redrawn):
        with pytest.raises(AssignRefused, match="界线版本"):
            assign_file(order(source, out, resume=True), now, tell=lambda _progress: None)


@pytest.mark.parametrize("wanted", ["csv", "parquet", "arrow"])
def test_what_was_written_is_believed_only_when_it_reads_back_as_it_was(
    tmp_path: Path, wanted: str
) -> None:
    source, out = stopped(tmp_path, wanted)
    whole = tmp_path / f"whole.{wanted}"
    assign(source, whole)
    part, state = out.with_name(out.name + ".part"), out.with_name(out.name + ".part-state")
    content = bytearray(part.read_bytes())
    content[-40] ^= 0xFF
    part.write_bytes(content)
    lines = state.read_text("utf-8")
    # The last line was cut while it was written.
    state.write_text(lines[:-9], "utf-8")
    counts = assign(source, out, resume=True)
    assert counts.resumed_rows < 1000 + 500
    assert out.read_bytes() == whole.read_bytes()


def test_a_damaged_state_and_a_second_run_are_refused(tmp_path: Path) -> None:
    source, out = stopped(tmp_path)
    state = out.with_name(out.name + ".part-state")
    state.write_text("{" + state.read_text("utf-8"), "utf-8")
    assert "损坏" in refusal(source, out, resume=True)

    def again(_progress: Progress) -> None:
        assert "另有一个进程" in refusal(source, out, overwrite=True)

    assign(source, out, tell=again, overwrite=True)
    assert out.exists()


def test_an_output_that_got_its_name_just_now_is_not_taken_for_a_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = write(points(50), tmp_path / "in.csv"), tmp_path / "out.csv"

    def finished_meanwhile(_descriptor: int, _how: int) -> None:
        out.with_name("out.csv.part").rename(out)
        out.write_text("whole")

    monkeypatch.setattr(fcntl, "flock", finished_meanwhile)
    assert "另有一个进程" in refusal(source, out)
    assert out.read_text() == "whole"


def test_a_folder_of_somebody_else_is_not_emptied(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    mine = tmp_path / "out.part" / "mine.txt"
    for folder in (source, mine.parent):
        folder.mkdir()
    write(points(50), source / "a.parquet")
    mine.write_text("mine")
    asked = order(source, out)
    with pytest.raises(AssignRefused, match="别的文件"):
        assign_folder(asked, coverages(), tell=lambda _progress: None)
    assert mine.read_text() == "mine"
    told = replace(asked, overwrite=True)
    assert assign_folder(told, coverages(), tell=lambda _progress: None).rows == 50


def test_an_output_that_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    source, out = write(points(50), tmp_path / "in.csv"), tmp_path / "out.csv"
    out.write_text("mine")
    assert "已存在" in refusal(source, out)
    assert out.read_text() == "mine"
    assign(source, out, overwrite=True)
    assert "grid" in out.read_text()
