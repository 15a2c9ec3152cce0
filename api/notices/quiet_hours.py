"""Say when people are left in peace: what is not urgent waits until the quiet hours are over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from api.input_types import SHANGHAI
from api.settings import QUIET_HOURS


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hold a daily period in county time, from its first minute to before its last.

    It goes over midnight when it ends before it begins; there is none when both are the same.
    """

    start: time
    end: time

    def cover(self, at: datetime) -> bool:
        """Say whether ``at`` lies in the quiet hours."""
        clock = at.astimezone(SHANGHAI).time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def over(self, at: datetime) -> datetime:
        """Return when one may be told who would be told at ``at``: then, or when they end."""
        local = at.astimezone(SHANGHAI)
        if not self.cover(local):
            return local
        morning = local.replace(hour=self.end.hour, minute=self.end.minute, second=0, microsecond=0)
        return morning if morning > local else morning + timedelta(days=1)


def parse_quiet_hours(words: str) -> QuietHours:
    """Return the hours that ``22:00-07:00`` names, none for nothing; raise ValueError else."""
    if not re.fullmatch(QUIET_HOURS, words):
        raise ValueError("quiet hours are written 22:00-07:00")
    start, _, end = words.partition("-")
    return QuietHours(*(time.fromisoformat(part or "00:00") for part in (start, end)))
