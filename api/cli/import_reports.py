"""``wangge import reports``: take reports in by the file, each with its owner and its receipt."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import stat
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from api.cli.import_group import AsJson, DryRun, cell_words, file_argument, imports, running_service
from api.cli.progress import showing_progress
from api.cli.refusal import Refused

if TYPE_CHECKING:
    from api.reports.bulk.blocks import Outcome
    from api.reports.bulk.files import Heads
    from api.reports.bulk.rows import Row
    from api.reports.bulk.work import Done, Size, Task

_MOST_SHOWN = 20
_MOST_LISTED = 1000
_MOST_JOBS = 64
_AGAIN = "再次运行同一命令即可接着导入，不会重复。"


@imports.command("reports")
def reports(
    file: Annotated[Path, file_argument("CSV, XLSX, Parquet, Arrow, or JSON lines.")],
    channel: Annotated[
        str | None, typer.Option(help="Channel of rows that name none: hotline_12345, app, …")
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(help="Positions of rows that name none: cgcs2000, wgs84, gcj02 or bd09."),
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="What a column is called: text=诉求详情. Repeatable.")
    ] = None,
    ignore_others: Annotated[
        bool, typer.Option("--ignore-others", help="Pass over columns of other names.")
    ] = False,
    refused: Annotated[
        Path | None, typer.Option(help="Write rows that were refused, with reasons, to this CSV.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=_MOST_JOBS, help="Processes; default: the cores."),
    ] = None,
    block_rows: Annotated[
        int, typer.Option(min=1, max=5000, help="Reports in one transaction.")
    ] = 1000,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take reports in; a bad row stops no other, and none is taken twice."""
    from api.reports.bulk.files import Heads
    from api.reports.bulk.rows import Sender
    from api.reports.bulk.work import Size, Task

    heads = Heads(named=_named(column or ()), others=ignore_others)
    sender = Sender(key=("file", _fingerprint(file)), channel=channel, crs=crs)
    tally = _Tally(dry_run=dry_run)
    with _refused_file(refused, file) as rows_out:
        try:
            task = Task(sender=sender, dry_run=dry_run)
            size = Size(jobs=jobs or os.cpu_count() or 1, block_rows=block_rows)
            _run(file, heads, task, size, tally=tally, rows_out=rows_out, quiet=as_json)
        except KeyboardInterrupt:
            tally.stopped = f"已按要求停止；{_AGAIN}"
    tally.tell(as_json=as_json)


def _run(
    file: Path,
    heads: Heads,
    task: Task,
    size: Size,
    *,
    tally: _Tally,
    rows_out: _RefusedRows | None,
    quiet: bool,
) -> None:
    from api.reports.bulk.files import open_source
    from api.reports.bulk.work import take_all
    from geo.errors import GeoError

    source = open_source(file, heads)
    title = "Checking reports" if task.dry_run else "Taking in reports"
    with (
        running_service() as service,
        showing_progress(title, unit="reports", quiet=quiet) as show,
    ):
        try:
            for done in take_all(service, task, source.rows, size):
                tally.add(done)
                if rows_out is not None:
                    rows_out.add(done)
                show(source.part(), tally.rows)
        except GeoError as error:
            if tally.rows == 0:
                raise
            tally.stopped = error.message


def _named(pairs: Sequence[str]) -> dict[str, str]:
    from api.reports.bulk.rows import COLUMNS

    named = {}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        if not equals or ours not in COLUMNS or not theirs.strip():
            raise Refused(f"--column 应写作 text=诉求详情；可用的名称：{'、'.join(COLUMNS)}。")
        named[theirs.strip()] = ours
    return named


def _fingerprint(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


class _Tally:
    """Count what became of the rows, and say it at the end."""

    def __init__(self, *, dry_run: bool) -> None:
        self.rows = 0
        self.dry_run = dry_run
        self.stopped: str | None = None
        self._fates: Counter[str] = Counter()
        self._decisions: Counter[str] = Counter()
        self._errors: list[tuple[int, Outcome]] = []
        self._started = time.monotonic()

    def add(self, done: Done) -> None:
        """Count a block."""
        self.rows += len(done.rows)
        for row, outcome in zip(done.rows, done.outcomes, strict=True):
            self._fates[outcome.fate.value] += 1
            if outcome.decision is not None:
                self._decisions[outcome.decision] += 1
            if outcome.fate.value == "refused" and len(self._errors) < _MOST_LISTED:
                self._errors.append((row.line, outcome))

    def tell(self, *, as_json: bool) -> None:
        """Print it; exit with 1 when rows were refused or the file could not be read to its end."""
        if as_json:
            typer.echo(json.dumps(self._answer(), ensure_ascii=False))
        else:
            self._say()
        if self.stopped is not None or self._fates["refused"]:
            raise typer.Exit(1)

    def _answer(self) -> dict[str, object]:
        return {
            "rows": self.rows,
            "taken": self._fates["taken"],
            **{name: self._decisions[name] for name in ("auto", "confirm", "desk")},
            "known": self._fates["known"],
            "refused": self._fates["refused"],
            "errors": [
                {"line": line, "column": o.column, "reason": o.reason, "message": o.message}
                for line, o in self._errors
            ],
            "stopped": self.stopped,
            "seconds": round(time.monotonic() - self._started, 3),
            "dry_run": self.dry_run,
        }

    def _say(self) -> None:
        for line, outcome in self._errors[:_MOST_SHOWN]:
            typer.echo(cell_words(line, outcome.column, outcome.message), err=True)
        more = self._fates["refused"] - _MOST_SHOWN
        if more > 0:
            typer.echo(f"另有{more}行未受理，用 --refused 写入文件。", err=True)
        if self.stopped is not None:
            typer.echo(self.stopped, err=True)
        counts = "、".join(
            f"{words}{self._decisions[name]:,}件"
            for name, words in (("auto", "自动派单"), ("confirm", "待确认"), ("desk", "人工研判"))
        )
        before = f"，此前已受理{self._fates['known']:,}件" if self._fates["known"] else ""
        not_taken = f"，未受理{self._fates['refused']:,}行" if self._fates["refused"] else ""
        head = "检查完毕，没有受理：将受理" if self.dry_run else "已受理"
        typer.echo(f"{head}{self._fates['taken']:,}件（{counts}）{before}{not_taken}。")


class _RefusedRows:
    """Write the rows that were refused as a table that can be mended and taken in again."""

    def __init__(self, file: TextIO) -> None:
        from api.reports.bulk.refused_rows import HEADER

        self._writer = csv.writer(file, lineterminator="\r\n")
        self._writer.writerow(HEADER)

    def add(self, done: Done) -> None:
        """Write those of a block."""
        for row, outcome in zip(done.rows, done.outcomes, strict=True):
            if outcome.fate.value == "refused":
                self._writer.writerow(self._cells(row, outcome))

    def _cells(self, row: Row, outcome: Outcome) -> list[object]:
        from api.reports.bulk.refused_rows import table_cells
        from api.reports.bulk.rows import AS_IT_CAME
        from api.table_files import harmless

        column = f"{outcome.column}：" if outcome.column else ""
        cells = table_cells(row)
        hint = ""
        if cells[AS_IT_CAME] and outcome.column != AS_IT_CAME:
            hint = f"原来的内容在 {AS_IT_CAME} 列，改好各列后请清空那一格。"
        shown = [harmless(value) for value in cells.values()]
        return [row.line, f"{column}{outcome.message}{hint}", *shown]


@contextmanager
def _refused_file(path: Path | None, source: Path) -> Iterator[_RefusedRows | None]:
    """Open the file for refused rows: it names reporters, and is for its owner alone."""
    if path is None:
        yield None
        return
    descriptor = _opened(path, source)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", errors="replace", newline="") as file:
            yield _RefusedRows(file)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise Refused(f"磁盘空间不足，未受理的行没有写全；腾出空间后{_AGAIN}") from None


def _opened(path: Path, source: Path) -> int:
    try:
        if path.exists() and path.samefile(source):
            raise Refused("--refused 不能就是要导入的文件：它会被清空。")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.fchmod(descriptor, 0o600)
    except OSError:
        raise Refused("无法写入 --refused 所指的文件，请检查文件夹和权限。") from None
    return descriptor
