"""Keep packages out of a throw-away process that needs none of what they bring."""

from __future__ import annotations

import sys


def leave_out(*packages: str) -> None:
    """Let whoever imports ``packages`` later find that they are not installed.

    pyogrio loads pandas, geopandas and pyarrow wherever it finds them: half of the start of a
    process that is thrown away after one file.
    """
    for name in packages:
        # What Python's import takes for "there is no such module".
        sys.modules[name] = None  # type: ignore[assignment]
