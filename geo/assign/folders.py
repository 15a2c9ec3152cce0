"""Assign a folder of Parquet files: partitions in, partitions out, under the same names.

``OUT.part`` is the folder that grows; it gets the name of the output when all its files are whole.
Each file has its own journal, so that a stop costs at most the row groups under way.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from geo.assign.coverages import Coverages
from geo.assign.identity import identity_of
from geo.assign.job import Order, SubmitTo, assign_file, identity
from geo.assign.journal import sync
from geo.assign.refusal import AssignRefused, advice, cannot_write
from geo.assign.running import Counts, Progress
from geo.errors import GeoError

STATE = ".wangge-state"


@dataclass(slots=True)
class _Folder:
    """Hold how far a folder is; files report from many threads."""

    part: Path
    finished: dict[str, Counts] = field(default_factory=dict)
    under_way: dict[str, Progress] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def progress(self, files: int) -> Progress:
        rows = sum(counts.rows for counts in self.finished.values())
        rows += sum(one.rows for one in self.under_way.values())
        share = len(self.finished) + sum(
            one.rows / one.total if one.total else 0.0 for one in self.under_way.values()
        )
        return Progress(rows, None, share / files)

    def note(self, name: str, counts: Counts) -> None:
        """Write down that a file is whole."""
        line = {"file": name, "rows": counts.rows, "assigned": counts.assigned,
                "reasons": dict(counts.reasons)}  # fmt: skip
        with self.lock:
            self.under_way.pop(name, None)
            self.finished[name] = counts
            with (self.part / STATE).open("a", encoding="utf-8") as state:
                state.write(json.dumps(line) + "\n")


def assign_folder(
    order: Order,
    coverages: Coverages,
    *,
    tell: Callable[[Progress], None],
    say: Callable[[str], None] = lambda _words: None,
    elsewhere: SubmitTo | None = None,
    at_once: int = 1,
) -> Counts:
    """Assign every Parquet file of a folder, ``at_once`` of them at a time; raise GeoError."""
    names = sorted(path.name for path in order.source.glob("*.parquet") if path.is_file())
    if not names:
        raise AssignRefused("empty_folder", "输入文件夹中没有 .parquet 文件。")
    if order.out.exists():
        raise AssignRefused("exists", "输出文件夹已存在；请换一个名字，或先移走它。")
    folder = _open(order, coverages, names)
    if folder.finished:
        say(f"接着上次：已有 {len(folder.finished)} 个文件。")
    rest = [name for name in names if name not in folder.finished]

    stopped = threading.Event()

    def one(name: str) -> None:
        def told(progress: Progress) -> None:
            if stopped.is_set():
                raise AssignRefused("stopped", "已停止。")
            folder.under_way[name] = progress
            tell(folder.progress(len(names)))

        # What stands under the name without a line in the state was whole all the same; it is
        # made again because its counts are not known.
        file = replace(
            order, source=order.source / name, out=folder.part / name, resume=True, overwrite=True,
            threads=max(1, order.threads // at_once),
        )  # fmt: skip
        with _naming(name):
            counts = assign_file(file, coverages, tell=told, elsewhere=elsewhere)
        folder.note(name, counts)

    with ThreadPoolExecutor(at_once, "assign-file") as pool:
        futures = [pool.submit(one, name) for name in rest]
        try:
            for future in wait(futures, return_when=FIRST_EXCEPTION).done:
                future.result()
        finally:
            stopped.set()
            for future in futures:
                future.cancel()
    _publish(folder.part, order.out)
    whole = Counts(resumed_rows=sum(c.rows for n, c in folder.finished.items() if n not in rest))
    for counts in folder.finished.values():
        whole.rows += counts.rows
        whole.assigned += counts.assigned
        whole.reasons.update(counts.reasons)
    return whole


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Tell a refusal of one file as the folder's: which file it is, and how to go on."""
    try:
        yield
    except GeoError as refusal:
        how = advice(refusal.reason)
        more = "" if refusal.message.endswith(how) else how
        raise AssignRefused(refusal.reason, f"{name}：{refusal.message}{more}") from None


def _open(order: Order, coverages: Coverages, names: list[str]) -> _Folder:
    """Return the folder that grows, new or gone on with; raise AssignRefused."""
    folder = _Folder(order.out.with_name(order.out.name + ".part"))
    about: dict[str, Any] = {
        **identity(order, order.columns, coverages),
        "files": {name: identity_of(order.source / name) for name in names},
    }
    first = json.dumps(about, sort_keys=True)
    state = folder.part / STATE
    if state.exists() and not order.overwrite:
        if not order.resume:
            raise AssignRefused(
                "unfinished",
                f"上次没有写完（{folder.part.name}）：加 --resume 接着做，"
                "或加 --overwrite 重新开始。",
            )
        _read(folder, state, first)
        return folder
    if not order.overwrite and not state.exists() and _holds_something(folder.part):
        raise AssignRefused(
            "not_ours",
            f"{folder.part.name} 里有别的文件；请移走它们，或加 --overwrite 清空后开始。",
        )
    try:
        folder.part.mkdir(parents=True, exist_ok=True)
        for old in folder.part.iterdir():
            old.unlink()
        state.write_text(first + "\n", "utf-8")
    except OSError as error:
        raise cannot_write(error) from None
    return folder


def _holds_something(part: Path) -> bool:
    return part.is_dir() and any(part.iterdir())


def _read(folder: _Folder, state: Path, first: str) -> None:
    lines = state.read_text("utf-8").split("\n")
    if lines[0] != first:
        raise AssignRefused(
            "changed",
            "输入文件、选项或网格界线版本与上次不同，不能接着做；请加 --overwrite 重新开始。",
        )
    for text in lines[1:-1]:
        try:
            line = json.loads(text)
            counts = Counts(rows=line["rows"], assigned=line["assigned"])
            counts.reasons.update(line["reasons"])
        except (ValueError, KeyError, TypeError):
            break
        if (folder.part / line["file"]).exists():
            folder.finished[line["file"]] = counts


def _publish(part: Path, out: Path) -> None:
    try:
        (part / STATE).unlink()
        sync(part)
        part.replace(out)
        sync(out.parent)
    except OSError as error:
        raise cannot_write(error) from None
