"""The made-up roster lives around today, and a second start adds shifts, nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from api.db.engine import SERVICE
from api.demo.duty_life import enliven
from api.knowledge import Keeper
from tests.conftest import FreshDatabase

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
TABLES = ("orgs", "covers", "absences", "overrides", "shifts", "holders", "people")


def test_the_demo_has_leave_cover_stand_ins_and_a_desk_by_shifts(
    county_database: FreshDatabase,
) -> None:
    database = county_database.serving()

    def counts() -> dict[str, int]:
        with database.transaction(SERVICE) as connection:
            return {
                table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in TABLES
            }

    try:
        enliven(database, county="150221", now=NOW)
        first = counts()
        known = Keeper(database).current()
        assert all(first[table] > 0 for table in TABLES)
        ways = Counter(
            known.roster.responsible(area_code=code, kind=row.kind, at=NOW).way
            for code, row in known.areas.items()
            if row.level == "grid"
        )
        assert set(ways) == {"holder", "cover", "override"}
        assert ways["holder"] > 20 * ways["cover"]
        for hour in range(0, 24 * 28, 5):
            at = NOW + timedelta(hours=hour)
            desk = known.roster.responsible(area_code="150221", kind=None, at=at)
            assert desk.person is not None, at
        enliven(database, county="150221", now=NOW)
        assert counts() == first
        enliven(database, county="150221", now=NOW + timedelta(days=7))
        later = counts()
        assert later.pop("shifts") > first.pop("shifts")
        assert later == first
    finally:
        database.close()
