"""Any order of strokes, undo, submission, publication, waiting and rollback keeps the county."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from api.db.cluster import Cluster
from tests.drawn_county import CODES, DrawnCounty, served
from tests.http.plan_machine import PLACES, PlanMachine
from tests.scenarios.text_map import TextMap

# A few are for every run; a long campaign asks for more of them.
EXAMPLES = int(os.environ.get("WANGGE_MACHINE_EXAMPLES", "4"))


@pytest.mark.timeout(600 + 30 * EXAMPLES)
def test_two_administrators_may_do_anything_in_any_order(
    cluster: Cluster, schema_template: str, tmp_path: Path
) -> None:
    @contextmanager
    def serve(picture: str) -> Iterator[DrawnCounty]:
        drawn = TextMap(picture, codes=CODES)
        with (
            TemporaryDirectory(dir=tmp_path) as var,
            served(cluster, schema_template, drawn, PLACES, Path(var)) as county,
        ):
            yield county

    class Machine(PlanMachine):
        pass

    Machine.serve = staticmethod(serve)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            database=None,
            # Each example costs a database: a failure is told as it was found, not made smaller.
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
