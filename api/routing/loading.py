"""Make the versions of the access list of the rows that were stored."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from api.db import access_store
from api.db.engine import Connection
from api.routing.access_list import AccessItem, AccessList, ItemKind, parse_season


def load_access_lists(connection: Connection) -> tuple[AccessList, ...]:
    """Return every version, oldest first: what was decided can be asked for again."""
    items: dict[int, list[AccessItem]] = defaultdict(list)
    for row in access_store.read_items(connection):
        items[row.version_id].append(_item(row))
    return tuple(
        AccessList(row.id, row.since, tuple(items[row.id]))
        for row in access_store.read_versions(connection)
    )


def _item(row: Any) -> AccessItem:
    return AccessItem(
        no=row.no,
        item=row.item,
        kind=ItemKind(row.kind),
        applied_for_by=row.applied_for_by,
        frequency=row.frequency,
        categories=tuple(row.categories),
        seasons=tuple(parse_season(text) for text in row.seasons),
        start=row.start_at,
        end=row.end_at,
    )
