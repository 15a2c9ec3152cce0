"""Reports that come at the same time share a transaction, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from api.db import report_store
from api.db.engine import SERVICE, Database, Scope
from api.db.faults import DatabaseUnavailable, TookTooLong
from api.db.report_store import PUBLICATION_LOCK
from api.knowledge import Keeper
from api.problems import Problem
from api.reports import filling, gathering, intake
from api.reports.gathering import MOST_TOGETHER, Gathering
from api.reports.intake import Request, Taken
from tests.conftest import FreshDatabase
from tests.store.rows import Direct, direct
from tests.store.test_intake import request
from tests.store.waiting import wait_until

COUNTY = Scope(kind="areas", areas=("150221",), may_create=True)


@pytest.fixture(scope="module")
def database(county_database: FreshDatabase) -> Iterator[Database]:
    serving = county_database.serving()
    yield serving
    serving.close()


@pytest.fixture(scope="module")
def keeper(database: Database) -> Keeper:
    keeper = Keeper(database)
    keeper.current()
    return keeper


@pytest.fixture
def desk(database: Database, keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> Gathering:
    """A gathering whose requests wait for their turn however slow the machine is."""
    monkeypatch.setattr(gathering, "PATIENCE_S", 60.0)
    return Gathering(database, keeper)


@pytest.fixture
def looking(county_database: FreshDatabase) -> Iterator[Direct]:
    with direct(county_database.superuser_url) as connection:
        yield connection


Sent = tuple[Scope, Request]


@contextmanager
def held_up(
    looking: Direct, desk: Gathering, sent: Sequence[Sent]
) -> Iterator[list[Future[Taken]]]:
    """Send requests while the first of them waits for a publication; then let all go on."""
    looking.execute("SELECT pg_advisory_lock(%s)", (PUBLICATION_LOCK,))
    with ThreadPoolExecutor(len(sent)) as senders:
        try:
            (scope, first), *others = sent
            futures = [senders.submit(desk.take_in, scope, first)]
            wait_until(lambda: locks_waited_for(looking) == 1)
            futures += [senders.submit(desk.take_in, *one) for one in others]
            wait_until(lambda: len(desk._waiting) == len(others))
        finally:
            looking.execute("SELECT pg_advisory_unlock(%s)", (PUBLICATION_LOCK,))
        yield futures


def locks_waited_for(looking: Direct) -> int:
    row = looking.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ).fetchone()
    assert row is not None
    return int(str(row[0]))


def transactions(looking: Direct, taken: Sequence[Taken]) -> list[str]:
    """Return by which transaction each report was stored."""
    found = []
    for one in taken:
        row = looking.execute(
            "SELECT xmin::text FROM reports WHERE id = %s", (one.body["id"],)
        ).fetchone()
        assert row is not None
        found.append(str(row[0]))
    return found


def of(name: str, count: int) -> list[Sent]:
    return [(SERVICE, request(f"{name}-{n}", body=f"{name} {n}")) for n in range(count)]


def test_those_who_come_while_one_is_stored_go_together_each_with_its_own_answer(
    desk: Gathering, looking: Direct
) -> None:
    with held_up(looking, desk, of("together", 6)) as futures:
        taken = [one.result() for one in futures]
    first, *others = transactions(looking, taken)
    assert len(set(others)) == 1
    assert first not in others
    assert [one.body["text"] for one in taken] == [f"together {n}" for n in range(6)]
    assert len({one.body["number"] for one in taken}) == 6
    for one in taken:
        rows = looking.execute(
            "SELECT (SELECT count(*) FROM assignments a WHERE a.report_id = r.id), "
            "(SELECT array_agg(kind ORDER BY id) FROM report_events e WHERE e.report_id = r.id), "
            "(SELECT response::text FROM intake_keys k WHERE k.report_id = r.id) "
            "FROM reports r WHERE r.id = %s",
            (one.body["id"],),
        ).fetchone()
        assert rows is not None
        assert rows[:2] == (1, ["received", "routed"])
        assert one.body["number"] in str(rows[2])


def test_what_each_was_answered_is_answered_again(desk: Gathering, looking: Direct) -> None:
    sent = of("again", 4)
    with held_up(looking, desk, sent) as futures:
        taken = [one.result() for one in futures]
    for one, (scope, request_) in zip(taken, sent, strict=True):
        again = desk.take_in(scope, request_)
        assert (again.replayed, again.body) == (True, one.body)


def test_no_more_than_so_many_share_a_fate(desk: Gathering, looking: Direct) -> None:
    with held_up(looking, desk, of("crowd", MOST_TOGETHER + 3)) as futures:
        _, *others = transactions(looking, [one.result() for one in futures])
    assert max(others.count(one) for one in others) == MOST_TOGETHER


def test_a_transaction_has_one_scope(desk: Gathering, looking: Direct) -> None:
    sent = of("scope", 5)
    sent[2] = (COUNTY, sent[2][1])
    with held_up(looking, desk, sent) as futures:
        stored = transactions(looking, [one.result() for one in futures])
    assert stored.count(stored[2]) == 1
    assert len({stored[1], stored[3], stored[4]}) == 1


def test_the_same_sent_twice_makes_one_report(desk: Gathering, looking: Direct) -> None:
    first, *others = of("twice", 3)
    with held_up(looking, desk, [first, others[0], others[0], others[1]]) as futures:
        taken = [one.result() for one in futures]
    assert [one.replayed for one in taken].count(True) == 1
    assert taken[1].body == taken[2].body
    assert len({one.body["id"] for one in taken}) == 3


def test_one_that_is_refused_is_refused_alone(desk: Gathering, looking: Direct) -> None:
    sent = of("conflict", 4)
    desk.take_in(SERVICE, request("conflict-2", body="另一件事"))
    with held_up(looking, desk, sent) as futures:
        refused = futures.pop(2)
        taken = [one.result() for one in futures]
    assert not any(one.replayed for one in taken)
    with pytest.raises(Problem) as problem:
        refused.result()
    assert problem.value.slug == "idempotency-conflict"


def test_one_that_breaks_breaks_alone(
    desk: Gathering, looking: Direct, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole: Callable[..., dict[str, Any]] = filling.new_values

    def breaking(request_: Request, *given: object, **more: object) -> dict[str, Any]:
        if request_.draft.text == "breaks 2":
            raise RuntimeError("broken")
        return whole(request_, *given, **more)

    monkeypatch.setattr(intake, "new_values", breaking)
    with held_up(looking, desk, of("breaks", 4)) as futures:
        broken = futures.pop(2)
        taken = [one.result() for one in futures]
    assert len(set(transactions(looking, taken))) == 3
    with pytest.raises(RuntimeError):
        broken.result()


@contextmanager
def key_held(county_database: FreshDatabase, key: str) -> Iterator[Callable[[], object]]:
    """Hold a key by a transaction elsewhere until the block ends, or what is yielded is called."""
    with direct(county_database.superuser_url) as elsewhere:
        elsewhere.execute("BEGIN")
        elsewhere.execute(
            "INSERT INTO intake_keys (scope, key, body_sha256, report_id) "
            "VALUES ('caller:test', %s, 'x', gen_random_uuid())",
            (key,),
        )
        try:
            yield lambda: elsewhere.execute("ROLLBACK")
        finally:
            elsewhere.execute("ROLLBACK")


def test_whoever_waits_for_a_key_holds_up_nobody_who_comes_later(
    desk: Gathering, county_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "PATIENCE_S", 0.05)
    (scope, stuck), *others = of("stuck", 3)
    with (
        ThreadPoolExecutor(1) as sender,
        key_held(county_database, "stuck-0") as let_go,
    ):
        first = sender.submit(desk.take_in, scope, stuck)
        wait_until(lambda: desk._leader is not None)
        taken = [desk.take_in(*one) for one in others]
        assert not any(one.replayed for one in taken)
        assert not first.done()
        let_go()
        assert not first.result().replayed
    assert desk._leader is None


def test_whoever_waits_for_a_key_holds_up_nobody_who_came_with_it(
    desk: Gathering, looking: Direct, county_database: FreshDatabase
) -> None:
    sent = of("beside", 4)
    with (
        key_held(county_database, "beside-2") as let_go,
        held_up(looking, desk, sent) as futures,
    ):
        waits = futures.pop(2)
        taken = [one.result() for one in futures]
        assert not any(one.replayed for one in taken)
        assert not waits.done()
        let_go()
        assert not waits.result().replayed


def test_whoever_was_stored_is_told_whatever_holds_up_the_next(
    desk: Gathering, looking: Direct, county_database: FreshDatabase
) -> None:
    first, second, third = of("told", 3)
    other_scope = (COUNTY, request("told-key", body="told by another"))
    with (
        key_held(county_database, "told-key") as let_go,
        held_up(looking, desk, [first, second, other_scope, third]) as futures,
    ):
        waits = futures.pop(2)
        assert len({one.result().body["id"] for one in futures}) == 3
        assert not waits.done()
        let_go()
        assert not waits.result().replayed


def test_what_has_no_key_is_not_tried_again_when_nobody_knows_whether_it_was_stored(
    desk: Gathering, looking: Direct, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [(scope, replace(request_, keys=[])) for scope, request_ in of("keyless", 4)]
    whole = report_store.intake_transaction

    @contextmanager
    def lost(*given: Any, **more: Any) -> Iterator[Any]:
        with whole(*given, **more) as connection:
            yield connection
        raise DatabaseUnavailable("gone at the commit")

    monkeypatch.setattr(report_store, "intake_transaction", lost)
    for one in sent:
        with pytest.raises(DatabaseUnavailable):
            desk.take_in(*one)
    assert stored(looking, "keyless") == 4


def losing_the_second(monkeypatch: pytest.MonkeyPatch, error: DatabaseUnavailable) -> None:
    """Let the second transaction of intake end with an error after its commit."""
    whole = report_store.intake_transaction
    commits = iter((False, True))

    @contextmanager
    def lost(*given: Any, **more: Any) -> Iterator[Any]:
        with whole(*given, **more) as connection:
            yield connection
        if next(commits, False):
            raise error

    monkeypatch.setattr(report_store, "intake_transaction", lost)


def stored(looking: Direct, name: str) -> int:
    row = looking.execute("SELECT count(*) FROM reports WHERE text LIKE %s", (f"{name}%",))
    found = row.fetchone()
    assert found is not None
    return int(str(found[0]))


def test_what_has_a_key_is_answered_from_a_commit_that_nobody_told(
    desk: Gathering, looking: Direct, monkeypatch: pytest.MonkeyPatch
) -> None:
    losing_the_second(monkeypatch, DatabaseUnavailable("gone at the commit"))
    with held_up(looking, desk, of("untold", 4)) as futures:
        taken = [one.result() for one in futures]
    assert [one.replayed for one in taken] == [False, True, True, True]
    assert stored(looking, "untold") == 4


def test_nobody_waits_twice_as_long_as_a_statement_may_take(
    desk: Gathering, looking: Direct, monkeypatch: pytest.MonkeyPatch
) -> None:
    losing_the_second(monkeypatch, TookTooLong("57014"))
    sent = of("slow", 4)
    with held_up(looking, desk, sent) as futures:
        first, *others = futures
        assert not first.result().replayed
        for one in others:
            with pytest.raises(TookTooLong):
                one.result()
    assert all(desk.take_in(*one).replayed for one in sent)
    assert stored(looking, "slow") == 4
