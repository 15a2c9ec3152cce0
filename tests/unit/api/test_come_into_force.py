"""Who publishes lets the others go first, where there are any."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from api.plans import handover


@pytest.mark.parametrize("listens", [False, True])
def test_who_publishes_waits_for_its_own_listener_only(monkeypatch: Any, listens: bool) -> None:
    done: list[object] = []
    keeper: Any = SimpleNamespace(listens=listens, refresh=lambda: done.append("refreshed"))
    monkeypatch.setattr(handover, "sleep", done.append)
    monkeypatch.setattr(handover, "hand_over_due", lambda *_: done.append("handed over"))
    database: Any = None
    handover.come_into_force(database, keeper, datetime.now(UTC))
    waited = [handover.OTHERS_FIRST_S] if listens else []
    assert done == [*waited, "refreshed", "handed over"]
