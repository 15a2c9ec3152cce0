"""Name the grids of a community that starts undivided: 暂未细分 until there are several."""

from __future__ import annotations

from collections import Counter

from api.db import publication_store
from api.db.engine import Connection
from api.interop.county_import import NOT_DIVIDED
from api.knowledge import Knowledge
from api.plans.consequences import Shapes
from api.plans.views import ordinal
from geo.codes import Level, code_at
from geo.redraw.sheet import Sheet


def name_by_division(
    connection: Connection, known: Knowledge, sheet: Sheet, drafted: Shapes
) -> None:
    """Name provisional grids after their number where ``sheet`` divides their community.

    Where a rollback leaves one alone again, it is 暂未细分 again. A name holds from approval on.
    """
    touched = {code_at(code, Level.COMMUNITY) for code in drafted}
    counts = Counter(code_at(code, Level.COMMUNITY) for code in sheet)
    names = {}
    for code in sheet:
        row, community = known.areas.get(code), code_at(code, Level.COMMUNITY)
        if row is None or not row.provisional or community not in touched:
            continue
        number = f"第{ordinal(int(code[12:]))}网格"
        suffix = f"（{NOT_DIVIDED}）" if counts[community] == 1 else number
        names[code] = f"{known.areas[community].name}{suffix}"
    publication_store.rename(connection, names)
