"""Keep the names that places had: renamed by hand or by a table, people go on saying them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from api.accounts.audit_trail import Actor
from api.db import gazetteer_store
from api.db.engine import Connection
from api.input_types import SHANGHAI
from geo.address.types import Place


def keep_former_name(
    connection: Connection, was: Any, place: Place, *, county_code: str, by: Actor, at: datetime
) -> None:
    """Let a renamed place (``was`` its row) answer to the name it had, with its days.

    A name that comes back is no longer one of yesterday.
    """
    said = [
        alias
        for alias in gazetteer_store.read_aliases(connection, [was.id])
        if alias.scope == county_code and alias.status in ("approved", "proposed")
    ]
    held = [alias for alias in said if alias.status == "approved"]
    for alias in held:
        if alias.name == place.name:
            gazetteer_store.set_status(connection, alias.id, "ended", at=at, by=by.name)
    known = next((alias for alias in said if alias.name == was.name), None)
    if known is not None:
        # Somebody proposed what is now certain.
        gazetteer_store.set_status(connection, known.id, "approved", at=at, by=by.name)
        return
    today = at.astimezone(SHANGHAI).date()
    begun = was.valid_from.astimezone(SHANGHAI).date() if was.valid_from else None
    began = max((alias.until for alias in held if alias.until), default=begun)
    gazetteer_store.insert_alias(
        connection,
        {
            "place_id": was.id,
            "name": was.name,
            "kind": "former",
            "scope": county_code,
            "area_code": place.area_code,
            "status": "approved",
            # Of a place that is still to come it is not known.
            "since": None if began is None or began > today else began,
            "until": today,
            "at": at,
            "by": by.name,
            "by_id": by.account_id,
        },
    )
