"""Give new grids the numbers after the highest that their community ever used."""

from __future__ import annotations

from collections.abc import Iterable

from geo.redraw.refusal import RedrawError

# Numbers of grids inside a community have three digits.
MOST_GRIDS = 999


def codes_after(used: Iterable[str], community: str, count: int) -> tuple[str, ...]:
    """Return ``count`` fresh codes of ``community``; raise RedrawError when none are left.

    ``used`` are the codes that were ever given; those of other communities do not matter.
    """
    numbers = (int(code[12:]) for code in used if code.startswith(community))
    first = max(numbers, default=0) + 1
    if first + count - 1 > MOST_GRIDS:
        raise RedrawError("codes_used_up", "该村（社区）的网格编号已用完。")
    return tuple(f"{community}{number:03d}" for number in range(first, first + count))
