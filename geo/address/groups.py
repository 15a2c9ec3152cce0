"""Read a villagers' group behind its village: 下茅庵村二队, 第三村民小组, 四社.

A villagers' group is a rural grid: group and grid have the same number.
"""

from __future__ import annotations

import re

from geo.address.details import NUMBER, read_number

# 二队 but not 二队伍, 三社区; 两组人 is a crew.
_GROUP = re.compile(
    rf"\|?(?:的)?\|?第?({NUMBER})(?:号)?(?:村民小组|村小组|小组|生产队|组|队|社)(?![区会员伍长合团办])"
)


def group_at(text: str, start: int) -> tuple[str, int] | None:
    """Return number and end of the group written directly behind ``start``, or None."""
    found = _GROUP.match(text, start)
    if found is None:
        return None
    value = read_number(found[1])
    return None if not value else (str(value), found.end())
