"""Check how long a session is remembered, and that one request reads it again for all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from api.accounts import session_cache
from api.accounts.roles import Caller, Role
from api.accounts.session_cache import LIFETIME_S, SessionCache

KEY = b"k" * 32
AT = datetime(2026, 11, 21, tzinfo=UTC)


class Clock:
    """A clock that goes when it is told to."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(session_cache, "time", clock)
    yield clock


def caller(account: UUID | None = None, expires_at: datetime = AT + timedelta(hours=1)) -> Caller:
    return Caller(
        session_id=uuid4(), csrf_token="x", expires_at=expires_at, account_id=account or uuid4(),
        username="u", display_name="n", role=Role.DISPATCHER, area_code="150221", channel=None,
        org=None, person_id=None, must_change_password=False,
    )  # fmt: skip


def test_a_session_is_remembered_for_its_second_and_not_beyond_its_end(clock: Clock) -> None:
    cache, ends_soon = SessionCache(), b"e" * 32
    cache.put(KEY, caller())
    cache.put(ends_soon, caller(expires_at=AT))
    assert cache.valid(KEY, AT) is not None
    assert cache.valid(ends_soon, AT) is None
    clock.now += LIFETIME_S * 1.01
    assert cache.valid(KEY, AT) is None


def test_late_in_its_second_one_request_is_to_read_it_again_for_all(clock: Clock) -> None:
    cache = SessionCache()
    cache.put(KEY, caller())
    assert not cache.is_due(KEY)
    for _ in range(2):
        clock.now += LIFETIME_S * 0.8
        assert [cache.is_due(KEY) for _ in range(3)] == [True, False, False]
        assert cache.valid(KEY, AT) is not None
        cache.put(KEY, caller())
        assert not cache.is_due(KEY)


def test_what_is_forgotten_is_gone_and_not_due(clock: Clock) -> None:
    cache, account = SessionCache(), uuid4()
    for by_account in (False, True):
        cache.put(KEY, caller(account))
        clock.now += LIFETIME_S * 0.8
        assert cache.is_due(KEY)
        if by_account:
            cache.forget(account)
        else:
            cache.drop(KEY)
        assert cache.valid(KEY, AT) is None
        assert not cache.is_due(KEY)
