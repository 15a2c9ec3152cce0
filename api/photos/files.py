"""Keep the pictures: one private file each below ``var/photos``, named by its id alone.

A file is written whole before its row is, so that a row never promises what is not there. What a
dying process left without a row is swept later.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

ORPHAN_AFTER_S: Final = 3600.0


class PhotoFiles:
    """Hold the folder of all photos."""

    def __init__(self, root: Path) -> None:
        """Keep the place; nothing is made before the first photo."""
        self.root = root

    def path(self, photo_id: UUID) -> Path:
        """Return where a photo lies; two hundred and fifty-six folders keep each of them short."""
        return self.root / photo_id.hex[:2] / f"{photo_id}.jpg"

    def write(self, photo_id: UUID, content: bytes) -> None:
        """Write a new photo for this account's eyes only; nothing stays when that fails."""
        path = self.path(photo_id)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(".part")
        try:
            with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as f:
                f.write(content)
                f.flush()
                os.fsync(f.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def read(self, photo_id: UUID) -> bytes | None:
        """Return a photo, None when its file is gone."""
        try:
            return self.path(photo_id).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, photo_id: UUID) -> None:
        """Remove a photo that got no row."""
        self.path(photo_id).unlink(missing_ok=True)

    def sweep(self, at: datetime, known: Callable[[list[UUID]], Collection[UUID]]) -> int:
        """Remove what lies here for over an hour without a row; ``known`` says which have one."""
        removed = 0
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]")):
            old = dict(self._old(folder, at.timestamp() - ORPHAN_AFTER_S))
            kept = set(known([photo_id for photo_id in old.values() if photo_id is not None]))
            for path, photo_id in old.items():
                if photo_id is None or photo_id not in kept:
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed

    def _old(self, folder: Path, before: float) -> Iterator[tuple[Path, UUID | None]]:
        for path in sorted(folder.iterdir()):
            try:
                if path.stat().st_mtime >= before:
                    continue
            except FileNotFoundError:
                continue
            if path.suffix == ".part":
                yield path, None
            elif path.suffix == ".jpg" and (photo_id := _id_of(path.stem)) is not None:
                yield path, photo_id


def _id_of(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
