"""Refuse a file that cannot be read, written or gone on with."""

from __future__ import annotations

import errno

from geo.errors import GeoError


class AssignRefused(GeoError):
    """Refuse with a sentence; what is done so far stays beside the output when there is any."""


def cannot_write(error: OSError) -> AssignRefused:
    """Return the refusal that an error of writing is told as."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return AssignRefused("disk_full", "磁盘空间不足（或超出文件大小上限），未能写完。")
    return AssignRefused("cannot_write", "无法写入所指定的位置，请检查文件夹和权限。")
