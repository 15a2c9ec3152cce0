"""Name the deadline lights as conditions on a row of reports, for lists that narrow by them."""

from __future__ import annotations

# As api.calendar.clocks.light_of computes them, without the time a clock stood.
_STOOD = (
    "coalesce((SELECT sum(CAST(pause ->> 1 AS timestamptz) - CAST(pause ->> 0 AS timestamptz)) "
    "FROM jsonb_array_elements(r.due_pauses) AS pause WHERE pause ->> 1 IS NOT NULL), "
    "interval '0')"
)
_RUNS = "r.closed_at IS NULL AND r.due_stopped_at IS NULL AND r.status <> 'suspended'"
_SPENT = f"(:at - r.due_since - {_STOOD})"
_ALLOWED = f"(r.due_at - r.due_since - {_STOOD})"
LIGHTS = {
    "red": f"{_RUNS} AND r.due_at <= :at",
    "orange": f"{_RUNS} AND r.due_at > :at AND {_SPENT} * 5 >= {_ALLOWED} * 4",
    "yellow": f"{_RUNS} AND {_SPENT} * 5 < {_ALLOWED} * 4 AND {_SPENT} * 2 >= {_ALLOWED}",
    "blue": f"{_RUNS} AND {_SPENT} * 2 < {_ALLOWED}",
    "paused": "r.closed_at IS NULL AND r.status = 'suspended'",
}
