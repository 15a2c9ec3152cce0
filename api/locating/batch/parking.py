"""Bound what batches leave on the disk: of a process, of one account, and by what is free."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
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
        # One account leaves the others as much as it may take.
        self._most_of_one = (most_bytes + 1) // 2
        self._lock = threading.Lock()
        self._parked: Counter[str] = Counter()

    def share(self, caller: str) -> Share:
        """Return what ``caller`` may take of it, in all of its batches together."""
        return Share(self, caller)

    def count(self, caller: str, change: int) -> None:
        """Count ``change`` bytes more for ``caller``, or fewer when it is negative."""
        with self._lock:
            self._parked[caller] += change
            if not self._parked[caller]:
                del self._parked[caller]

    def has_room(self, caller: str) -> bool:
        """Say whether ``caller`` may park more."""
        with self._lock:
            return self._parked.total() < self._most and self._parked[caller] < self._most_of_one


class Share:
    """Count for one account."""

    def __init__(self, parking: Parking, caller: str) -> None:
        """Keep both."""
        self._parking, self._caller = parking, caller

    def take(self, size: int) -> None:
        """Count ``size`` bytes more."""
        self._parking.count(self._caller, size)

    def give_back(self, size: int) -> None:
        """Count ``size`` bytes fewer."""
        self._parking.count(self._caller, -size)

    def has_room(self, folder: Path) -> bool:
        """Say whether more may be written below ``folder``."""
        return self._parking.has_room(self._caller) and shutil.disk_usage(folder).free > KEPT_FREE


def no_room() -> Problem:
    """Return the refusal of a batch for which the disk has no room."""
    words = "服务器磁盘上没有足够的空间暂存这个批量，请一边发送一边读取答复，或稍后分批重试。"
    return Problem("insufficient-storage", words, headers={"Retry-After": "60"})
