"""Give the tests of batches a county to ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.api.batch.exchange import Exchange


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    """Return a county of two grids that can be asked."""
    return Exchange(tmp_path)
