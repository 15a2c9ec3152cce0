"""Refuse a file that cannot be read, written or gone on with."""

from __future__ import annotations

import errno
from typing import Final

from geo.errors import GeoError

# What has nothing to do with the input or the options: when it is over, the rest can be done.
_PASSING: Final = frozenset(
    {
        "disk_full",
        "cannot_write",
        "cannot_read",
        # The file of the index was written to: it is made anew, and what was done was looked after.
        "damaged_index",
        "worker_failed",
        "running",
        "stopped",
    }
)


class AssignRefused(GeoError):
    """Refuse with a sentence; what is done so far stays beside the output when there is any."""


def advice(reason: str) -> str:
    """Return how to go on after a refusal in the middle of the work.

    Where input or options must be changed, what was done no longer belongs to them.
    """
    if reason in _PASSING:
        return "处理后加 --resume 接着做。"
    return "改正输入文件或选项后须从头开始，请加 --overwrite。"


def cannot_write(error: OSError) -> AssignRefused:
    """Return the refusal that an error of writing is told as."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return AssignRefused("disk_full", "磁盘空间不足（或超出文件大小上限），未能写完。")
    return AssignRefused("cannot_write", "无法写入所指定的位置，请检查文件夹和权限。")
