"""Hold who takes a step, when, and what the service knows then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from api.accounts.roles import Caller
from api.db.engine import Connection
from api.knowledge import Keeper, Knowledge


@dataclass(frozen=True, slots=True)
class Desk:
    """Hold who takes a step, when, and what the service knows; ``widen`` lets it write anywhere."""

    connection: Connection
    known: Knowledge
    caller: Caller
    now: datetime
    widen: Callable[[], None]
    keeper: Keeper
