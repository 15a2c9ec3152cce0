"""Bound what batches leave on the disk: of all batches of a process, and by what is free."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Final

from api.problems import Problem

MIB: Final = 1024 * 1024
# What is left to the database, which stops where the disk is full.
KEPT_FREE: Final = 1024 * MIB


class Parking:
    """Count the bytes that lie on the disk until somebody reads them."""

    def __init__(self, most_bytes: int = 2048 * MIB) -> None:
        """Begin with nothing; ``most_bytes`` for all batches of this process together."""
        self._most = most_bytes
        self._lock = threading.Lock()
        self._parked = 0

    def take(self, size: int) -> None:
        """Count ``size`` bytes more, or fewer."""
        with self._lock:
            self._parked += size

    def has_room(self, folder: Path) -> bool:
        """Say whether more may be written below ``folder``."""
        return self._parked < self._most and shutil.disk_usage(folder).free > KEPT_FREE


def no_room() -> Problem:
    """Return the refusal of a batch for which the disk has no room."""
    words = "服务器磁盘上没有足够的空间暂存这个批量，请一边发送一边读取答复，或稍后分批重试。"
    return Problem("insufficient-storage", words, headers={"Retry-After": "60"})
