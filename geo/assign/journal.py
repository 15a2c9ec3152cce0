"""Keep beside the output what has been written so far, so that a stop costs nothing that is done.

``OUT.part`` grows block by block; ``OUT.part-state`` has a first line that says of what, and a
line for each block: where it ends, its checksum, what was counted. A resumed run believes only
what it has read back from the part and found as the line says; a cut line ends the reading. When
all is written the part gets the name of the output, and the state goes.
"""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from geo.assign.refusal import AssignRefused, cannot_write

_READ_BYTES: Final = 8 * 1024 * 1024
VERSION: Final = 2


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one block: where it begins and ends in the part, its checksum, and what is kept of it.

    ``mark`` is where reading goes on after it; ``rows`` and ``reasons`` its counts; ``extra``
    what the format needs in the end.
    """

    start: int
    end: int
    crc: int
    mark: int
    rows: int
    assigned: int
    reasons: dict[str, int]
    extra: str = ""


@dataclass(slots=True)
class Journal:
    """Hold the part and the state of one output, locked against a second run."""

    out: Path
    identity: dict[str, Any]
    lines: list[Line] = field(default_factory=list)
    resumed_rows: int = 0
    _part: int = -1
    _state: Any = None

    @property
    def part(self) -> Path:
        """Return the file that grows."""
        return self.out.with_name(self.out.name + ".part")

    @property
    def state(self) -> Path:
        """Return the file that says how far."""
        return self.out.with_name(self.out.name + ".part-state")

    @property
    def descriptor(self) -> int:
        """Return the open part, for those who write at places of their own."""
        return self._part

    @property
    def end(self) -> int:
        """Return the byte after the last block; 0 before the first."""
        return self.lines[-1].end if self.lines else 0

    @property
    def mark(self) -> int:
        """Return where reading goes on."""
        return self.lines[-1].mark if self.lines else 0

    def open(self, *, resume: bool, discard: bool) -> None:
        """Open both files; raise AssignRefused for a second run, a state of something else.

        ``resume`` goes on with what is there, ``discard`` begins anew; with neither, an unfinished
        part is told and left as it is.
        """
        try:
            self._part = os.open(self.part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise cannot_write(error) from None
        if not self._is_mine():
            self.close()
            raise AssignRefused("running", "另有一个进程正在写这个输出文件。")
        try:
            there = self.state.exists() and not discard
            if there and not resume:
                raise AssignRefused(
                    "unfinished",
                    f"上次没有写完（{self.part.name}）：加 --resume 接着做，"
                    "或加 --overwrite 重新开始。",
                )
            if there:
                self._go_on()
            else:
                self._begin()
        except BaseException:
            self.close()
            raise

    def _is_mine(self) -> bool:
        """Lock the part; not where another run writes it, or has just named it as its output."""
        try:
            fcntl.flock(self._part, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.path.samestat(os.fstat(self._part), self.part.stat())
        except OSError:
            return False

    def _begin(self) -> None:
        try:
            os.ftruncate(self._part, 0)
            self._state = self.state.open("wb", buffering=0)
            self._write_line({"version": VERSION, **self.identity})
        except OSError as error:
            raise cannot_write(error) from None

    def _go_on(self) -> None:
        first, *rest = self.state.read_text("utf-8").split("\n")
        self._require_same(first)
        kept = len(first.encode()) + 1
        # What follows the last line feed was cut off while it was written.
        for text in rest[:-1]:
            line = _read_line(text)
            if line is None or line.start < self.end or not self._is_there(line):
                break
            self.lines.append(line)
            kept += len(text.encode()) + 1
        self.resumed_rows = sum(line.rows for line in self.lines)
        try:
            os.truncate(self.state, kept)
            self._state = self.state.open("ab", buffering=0)
        except OSError as error:
            raise cannot_write(error) from None

    def _require_same(self, first: str) -> None:
        try:
            before = json.loads(first)
        except ValueError:
            before = None
        if not isinstance(before, dict):
            raise AssignRefused("state_damaged", "续做记录已损坏；请加 --overwrite 重新开始。")
        wanted = json.loads(json.dumps({"version": VERSION, **self.identity}))
        for name, words in _CHANGED.items():
            if before.get(name) != wanted.get(name):
                raise AssignRefused(
                    "changed", f"{words}，不能接着做；请加 --overwrite 重新开始。", field=name
                )

    def _is_there(self, line: Line) -> bool:
        """Say whether the part holds the block as it was written."""
        crc, at = 0, line.start
        while at < line.end:
            piece = os.pread(self._part, min(_READ_BYTES, line.end - at), at)
            if not piece:
                return False
            crc = zlib.crc32(piece, crc)
            at += len(piece)
        return crc == line.crc

    def _write_line(self, content: dict[str, Any]) -> None:
        # Nothing waits in a buffer: on a full disk, closing would try again to write it.
        rest = json.dumps(content, separators=(",", ":")).encode() + b"\n"
        while rest:
            rest = rest[self._state.write(rest) :]

    def append(self, data: Any, line: Line) -> None:
        """Write a block at its place, then say so; raise AssignRefused when that fails."""
        try:
            write_at(self._part, data, line.start)
            self._write_line(
                {
                    "start": line.start, "end": line.end, "crc": line.crc, "mark": line.mark,
                    "rows": line.rows, "assigned": line.assigned, "reasons": line.reasons,
                    "extra": line.extra,
                }
            )  # fmt: skip
        except OSError as error:
            raise cannot_write(error) from None
        self.lines.append(line)

    def finish(self, tail: bytes, *, convert: Callable[[Path, Path], None] | None = None) -> None:
        """Write what ends the file, make it last, and give it the name of the output.

        ``convert`` makes of the part the file that is asked for, where that cannot grow.
        """
        whole = self.part
        try:
            write_at(self._part, tail, self.end)
            os.ftruncate(self._part, self.end + len(tail))
            if convert is not None:
                whole = self.out.with_name(f"{self.out.name}.part-whole{self.out.suffix}")
                whole.unlink(missing_ok=True)
                convert(self.part, whole)
            sync(whole)
            whole.replace(self.out)
            sync(self.out.parent)
        except OSError as error:
            raise cannot_write(error) from None
        finally:
            if whole is not self.part:
                whole.unlink(missing_ok=True)
        self.state.unlink(missing_ok=True)
        if convert is not None:
            self.part.unlink(missing_ok=True)
        self.lines.clear()
        # What lies under these names from here on is another run's.
        self._state.close()
        self._state = None

    def close(self) -> None:
        """Close both files; a part without a block is no use to anybody and goes."""
        nothing = not any(line.rows for line in self.lines)
        if self._part >= 0 and nothing and self._state is not None:
            self.part.unlink(missing_ok=True)
            self.state.unlink(missing_ok=True)
        if self._state is not None:
            self._state.close()
            self._state = None
        if self._part >= 0:
            os.close(self._part)
            self._part = -1


_CHANGED: Final = {
    "version": "续做记录来自本软件的另一版本",
    "input": "输入文件自上次以来已改变",
    "options": "命令的选项与上次不同",
    "boundaries": "网格界线版本与上次不同",
    "format": "输出格式与上次不同",
}


def _read_line(text: str) -> Line | None:
    try:
        return Line(**json.loads(text))
    except (ValueError, TypeError):
        return None


def sync(path: Path) -> None:
    """Wait until a file or a folder is on the disk as it is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_at(descriptor: int, data: Any, at: int) -> None:
    """Write all of ``data`` at byte ``at``; a disk that fills up may take only a part of it."""
    view = memoryview(data)
    while view.nbytes:
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written
