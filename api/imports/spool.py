"""Keep uploaded boundary files and what was found in them: one private folder for each upload.

A folder below ``var/imports`` and not a table: a file of 64 MiB and the shapes made of it are no
rows, they are gone after a day, and every server process of the machine sees them. A lock on a
file in the folder says that somebody works on it; the kernel lets it go when the process dies,
so that a restart is seen for what it is.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import UUID, uuid4

from geo.boundary_files.examination import UPLOAD

_RECORD: Final = "record.json"
_LOCK: Final = "lock"
_PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Hold what is known of one upload.

    ``state`` is ``waiting``, ``running``, ``examined``, ``refused`` or ``applied``. ``area`` bounds
    what may be changed and who sees it; ``base`` names the boundaries that the file was compared
    with. ``tries`` counts examinations that a dying process cut short.
    """

    id: str
    name: str
    size: int
    author_id: str
    author: str
    author_name: str
    area: str
    created_at: str
    changed_at: str
    options: dict[str, Any]
    state: str = "waiting"
    base: str = ""
    tries: int = 0
    refused: dict[str, str] | None = None
    plan: str | None = None
    summary: dict[str, Any] = field(default_factory=dict)


class Spool:
    """Hold the folders of all uploads."""

    def __init__(self, var_dir: Path) -> None:
        """Keep the place; nothing is made before the first upload."""
        self.root = var_dir / "imports"

    def folder(self, import_id: UUID) -> Path:
        """Return the folder of an upload, which need not exist."""
        return self.root / str(import_id)

    def create(self, record: Record, content: BinaryIO) -> None:
        """Write a new upload; nothing stays when that fails."""
        folder = self.folder(UUID(record.id))
        folder.mkdir(mode=0o700, parents=True)
        try:
            with os.fdopen(os.open(folder / UPLOAD, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as sink:
                shutil.copyfileobj(content, sink, _PIECE)
            self.write(record)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def write(self, record: Record) -> None:
        """Replace the record of an upload; a reader sees the old one or the new one."""
        path = self.folder(UUID(record.id)) / _RECORD
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(record), ensure_ascii=False), "utf-8")
        fresh.replace(path)

    def change(self, record: Record, at: datetime, **values: Any) -> Record:
        """Write ``record`` with other values and return it."""
        changed = replace(record, changed_at=at.isoformat(), **values)
        self.write(changed)
        return changed

    def read(self, import_id: UUID) -> Record | None:
        """Return the record of an upload, None when there is none."""
        try:
            return Record(**json.loads((self.folder(import_id) / _RECORD).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def records(self) -> list[Record]:
        """Return every record, newest first."""
        found = [self.read(import_id) for import_id in self._ids()]
        held = [record for record in found if record is not None]
        return sorted(held, key=lambda record: record.created_at, reverse=True)

    def _ids(self) -> Iterator[UUID]:
        if not self.root.is_dir():
            return
        for path in self.root.iterdir():
            try:
                yield UUID(path.name)
            except ValueError:
                continue

    def erase(self, import_id: UUID) -> None:
        """Remove an upload with everything made of it, also while a process writes there."""
        gone = self.root / f"gone-{uuid4()}"
        try:
            self.folder(import_id).rename(gone)
        except FileNotFoundError:
            return
        shutil.rmtree(gone, ignore_errors=True)

    def erase_old(self, at: datetime, *, hours: float) -> int:
        """Remove the uploads that nobody touched for ``hours``; return how many."""
        erased = 0
        for gone in self.root.glob("gone-*"):
            shutil.rmtree(gone, ignore_errors=True)
        for import_id in list(self._ids()):
            record = self.read(import_id)
            last = (
                datetime.fromisoformat(record.changed_at)
                if record is not None
                # A folder without a record is an upload that broke off.
                else datetime.fromtimestamp(self.folder(import_id).stat().st_mtime, at.tzinfo)
            )
            if last + timedelta(hours=hours) < at:
                with self.hold(import_id) as mine:
                    if mine:
                        self.erase(import_id)
                        erased += 1
        return erased

    def erase_made(self, import_id: UUID, *, upload: bool) -> None:
        """Remove what was made of an upload, and the upload itself if asked; the record stays."""
        kept = {_RECORD, _LOCK} if upload else {_RECORD, _LOCK, UPLOAD}
        for path in self.folder(import_id).iterdir():
            if path.name not in kept:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    @contextmanager
    def hold(self, import_id: UUID) -> Iterator[bool]:
        """Keep everybody else from working on an upload; say whether that was to be had."""
        with _locked(self.folder(import_id) / _LOCK) as mine:
            yield mine

    @contextmanager
    def turn(self, places: int) -> Iterator[bool]:
        """Take one of ``places`` at which files are examined, on the whole machine."""
        for number in range(places):
            with _locked(self.root / f"turn-{number}.lock") as mine:
                if mine:
                    yield True
                    return
        yield False


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)
