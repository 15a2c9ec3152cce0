"""Shape what the phone is told when its page starts."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel


class PhoneUser(BaseModel):
    """Say who works here; what waits on a phone belongs to one account."""

    username: str
    name: str
    role: str
    role_label: str


class PhoneGrid(BaseModel):
    """Name a grid that a report may lie in or belong to, and how an address calls it."""

    code: str
    name: str
    label: str


class PhoneDay(BaseModel):
    """Count today's own entries; what was mended on the spot is counted apart."""

    since: datetime
    entered: int
    on_the_spot: int


class PhoneStart(BaseModel):
    """Say what the page needs before it may lose the network."""

    user: PhoneUser
    # The token for writing, by cookie only: a page that outlived a login learns the new one.
    csrf: str
    now: datetime
    # A village's own worker enters for those of its groups who have no such phone.
    stands_in: bool
    own: list[PhoneGrid]
    village: list[PhoneGrid]
    neighbours: list[PhoneGrid]
    # West, south, east, north of the own grids in CGCS2000 degrees.
    box: list[float] | None
    day: PhoneDay
