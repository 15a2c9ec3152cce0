"""Photos are private files; what got no row is swept, and nothing else."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from api.photos.files import ORPHAN_AFTER_S, PhotoFiles

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def aged(path: Path, seconds: float) -> None:
    at = NOW.timestamp() - seconds
    os.utime(path, (at, at))


def test_a_photo_is_read_back_and_only_its_owner_may_open_the_file(tmp_path: Path) -> None:
    files, photo_id = PhotoFiles(tmp_path / "photos"), uuid4()
    files.write(photo_id, b"picture")
    assert files.read(photo_id) == b"picture"
    path = files.path(photo_id)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.parent.name == photo_id.hex[:2]
    assert files.read(uuid4()) is None


def test_a_number_is_never_written_over(tmp_path: Path) -> None:
    files, photo_id = PhotoFiles(tmp_path), uuid4()
    files.path(photo_id).parent.mkdir(parents=True)
    files.path(photo_id).with_suffix(".part").write_bytes(b"half of another")
    with pytest.raises(FileExistsError):
        files.write(photo_id, b"picture")


def test_the_sweep_takes_old_files_without_a_row_and_no_others(tmp_path: Path) -> None:
    files = PhotoFiles(tmp_path)
    kept, orphan, young = uuid4(), uuid4(), uuid4()
    for photo_id in (kept, orphan, young):
        files.write(photo_id, b"x")
    foreign = files.path(kept).with_name("notes.txt")
    half = files.path(kept).with_suffix(".part")
    for path in (foreign, half):
        path.write_bytes(b"x")
    for path in (files.path(kept), files.path(orphan), foreign, half):
        aged(path, ORPHAN_AFTER_S + 60)
    aged(files.path(young), ORPHAN_AFTER_S - 60)
    assert files.sweep(NOW, lambda ids: {i for i in ids if i == kept}) == 2
    assert files.read(kept) and files.read(young)
    assert files.read(orphan) is None
    assert foreign.exists() and not half.exists()
    assert files.sweep(NOW + timedelta(hours=2), lambda ids: ids) == 0
