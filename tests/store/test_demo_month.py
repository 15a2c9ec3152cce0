"""The made-up month is loaded again at every start: what is there already stays as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.demo import month
from api.demo.reports import demo_reports
from api.demo.sources import read_sources
from api.privacy.vault import Vault
from tests.conftest import FreshDatabase

DATA = Path(__file__).resolve().parents[2] / "data"


def test_a_second_start_takes_a_repeated_call_at_another_minute_for_the_one_it_has(
    county_database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 11, 20, 4, tzinfo=UTC)
    sources = read_sources(
        county_dir=DATA / "boundaries" / "demo", reference_dir=DATA / "reference"
    )
    made = demo_reports(sources=sources, now=now, seed=month.SEED)[-3:]
    later = [replace(made[-1], created_at=made[-1].created_at + timedelta(minutes=7))]
    vault = Vault(county_database.settings(tmp_path).reporter_key_file)
    database = county_database.serving()
    try:
        for reports, stored in ((made, 3), (later, 0)):
            monkeypatch.setattr(month, "demo_reports", lambda wanted=reports, **_given: wanted)
            loaded = month.load_month(database, DATA, vault=vault, now=now, say=lambda _line: None)
            assert loaded == stored
    finally:
        database.close()
