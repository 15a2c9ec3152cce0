"""Make up the reports of the last thirty days, with the noise that real ones have.

Half of them happen in town, 45 % have no position, positions come in four datums and with all
accuracies, addresses are often coarse, some reports are told twice, a phone now and then declares
the wrong datum, and a few points lie outside the county. All texts are invented; matters between
people never name a real village, and phone numbers start with 0000.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid5

from api.demo.chance import chance
from api.demo.names import person_name
from api.demo.report_fate import fate_of
from api.demo.report_noise import (
    DemoPosition,
    address_abroad,
    has_position,
    is_wrong_datum,
    position_abroad,
    sent_position,
    written_address,
)
from api.demo.report_words import CONFIDENTIAL, DISCREET, choose_wording, worded
from api.demo.sources import DemoSources, Spot, Wording, wordings_by_setting

DAYS = 30
_NAMESPACE = UUID("0c9d2c3e-7b1f-5a46-8f0e-150221000000")
_LOCAL = timezone(timedelta(hours=8), "Asia/Shanghai")

_CHANNELS = {
    "hotline_12345": 0.46,
    "app": 0.18,
    "wechat": 0.14,
    "patrol": 0.12,
    "walk_in": 0.06,
    "other_system": 0.04,
}
_REPEATING_CHANNELS = ("hotline_12345", "hotline_12345", "app", "wechat")
_PLACELESS_CHANNELS = ("hotline_12345", "hotline_12345", "walk_in", "wechat")
_TOWN_SHARE = 0.5
_PLACELESS_SHARE = 0.06
_DUPLICATE_SHARE = 0.05
_ABROAD_SHARE = 0.01
_HERE_SHARE = 0.5
_ADDRESS_BESIDE_POSITION = 0.55
_NO_ADDRESS_EITHER = 0.03
_QUIET_HOURS = frozenset((22, 23, 0, 1, 2, 3, 4, 5, 6))
_QUIET_SHARE = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """Hold a made-up report as it came in, and when it was accepted and closed, if it was.

    Times carry an offset. ``duplicate_of`` is the idempotency key of the report that tells of the
    same thing. ``happened_in`` is the grid in which the story is set, for checking only.
    """

    idempotency_key: UUID
    channel: str
    source_no: str | None
    text: str
    category: str
    position: DemoPosition | None
    address: str | None
    occurred_at: datetime
    created_at: datetime
    reporter_name: str | None
    reporter_phone: str | None
    accepted_at: datetime | None
    closed_at: datetime | None
    happened_in: str
    duplicate_of: UUID | None = None


def demo_reports(
    *, sources: DemoSources, now: datetime, seed: int, count: int = 2_000
) -> list[DemoReport]:
    """Return ``count`` reports of the thirty days before ``now``, the oldest first.

    ``now`` must carry an offset. The same arguments give the same reports.
    """
    author = _Author(sources, now.astimezone(_LOCAL), seed)
    repeated = round(count * _DUPLICATE_SHARE)
    reports = [author.report(index) for index in range(count - repeated)]
    rng = chance(seed, "repeated")
    originals = rng.sample([r for r in reports if _is_worth_repeating(r)], repeated)
    reports += [author.told_again(original, index) for index, original in enumerate(originals)]
    reports.sort(key=lambda report: (report.created_at, str(report.idempotency_key)))
    return [_with_source_no(report, index) for index, report in enumerate(reports, start=1)]


def _with_source_no(report: DemoReport, index: int) -> DemoReport:
    """Give orders of other platforms the number that they have there."""
    prefix = {"hotline_12345": "BT", "other_system": "YL"}.get(report.channel)
    if prefix is None:
        return report
    return replace(report, source_no=f"{prefix}{report.created_at:%Y%m%d}{index:05d}")


def _is_worth_repeating(report: DemoReport) -> bool:
    """Say whether others would tell of it too: no quarrels, nothing a patrol settled."""
    return report.category not in DISCREET and report.channel != "patrol"


class _Author:
    """Invent one report after the other, each from a stream of its own."""

    def __init__(self, sources: DemoSources, now: datetime, seed: int) -> None:
        self._sources = sources
        self._wordings = wordings_by_setting(sources)
        self._now = now
        self._seed = seed

    def report(self, index: int) -> DemoReport:
        """Return the ``index``-th report."""
        rng = chance(self._seed, "report", index)
        created = self._moment(rng)
        in_town = rng.random() < _TOWN_SHARE
        spot = rng.choice(self._sources.town if in_town else self._sources.rural)
        placeless = rng.random() < _PLACELESS_SHARE
        setting = "none" if placeless else "town" if in_town else "rural"
        channel = rng.choice(_PLACELESS_CHANNELS) if placeless else _any_channel(rng)
        wording = choose_wording(self._wordings[setting], spot, channel, created.month, rng)
        return self._told(rng, f"report/{index}", spot, wording, channel, created)

    def told_again(self, original: DemoReport, index: int) -> DemoReport:
        """Return a second report of the same thing by somebody near, up to a day later."""
        rng = chance(self._seed, "again", index)
        room = min(timedelta(days=1), self._now - original.created_at)
        created = original.created_at + room * rng.uniform(0.02, 0.98)
        spots = [
            spot
            for spot in (*self._sources.town, *self._sources.rural)
            if spot.grid == original.happened_in
        ]
        spot = rng.choice(spots)
        wordings = [
            w
            for w in self._sources.wordings
            if w.category == original.category
            and w.setting in ("none", "town" if spot.compound else "rural")
        ]
        channel = rng.choice(_REPEATING_CHANNELS)
        wording = choose_wording(wordings, spot, channel, created.month, rng)
        again = self._told(rng, f"again/{index}", spot, wording, channel, created)
        return replace(again, duplicate_of=original.idempotency_key)

    def _moment(self, rng: random.Random) -> datetime:
        """Return an instant of the last thirty days, seldom at night, to the second."""
        while True:
            moment = self._now - timedelta(seconds=rng.randrange(60, DAYS * 86_400))
            if moment.hour not in _QUIET_HOURS or rng.random() < _QUIET_SHARE:
                return moment.replace(microsecond=0)

    def _told(
        self,
        rng: random.Random,
        key: str,
        spot: Spot,
        wording: Wording,
        channel: str,
        created: datetime,
    ) -> DemoReport:
        position, address = self._where(rng, spot, wording, channel)
        here = address is None and position is not None and rng.random() < _HERE_SHARE
        delay = (
            timedelta(0) if channel in ("app", "patrol") else timedelta(minutes=rng.randint(2, 360))
        )
        name, phone = _reporter(rng, channel, wording.category)
        accepted, closed = fate_of(
            response=self._sources.responses[wording.category],
            channel=channel,
            created=created,
            now=self._now,
            rng=rng,
        )
        return DemoReport(
            idempotency_key=uuid5(_NAMESPACE, f"{self._seed}/{key}"),
            channel=channel,
            source_no=None,
            text=worded(wording, spot, channel, rng, here=here),
            category=wording.category,
            position=position,
            address=address,
            occurred_at=created - delay,
            created_at=created,
            reporter_name=name,
            reporter_phone=phone,
            accepted_at=accepted,
            closed_at=closed,
            happened_in=spot.grid,
        )

    def _where(
        self, rng: random.Random, spot: Spot, wording: Wording, channel: str
    ) -> tuple[DemoPosition | None, str | None]:
        """Return the position and the address with which the report comes."""
        if wording.category in CONFIDENTIAL:
            return None, None
        discreet = wording.category in DISCREET
        if wording.setting == "none":
            return None, spot.township if rng.random() < 0.5 else "土右旗"
        if rng.random() < _ABROAD_SHARE:
            return (
                (position_abroad(rng), None)
                if channel in ("app", "wechat")
                else (
                    None,
                    address_abroad(rng),
                )
            )
        address = written_address(spot, rng, discreet=discreet)
        if not has_position(channel, rng):
            return None, None if rng.random() < _NO_ADDRESS_EITHER else address
        wrong = is_wrong_datum(rng)
        position = sent_position(spot, channel, rng, wrong_datum=wrong)
        keeps = wrong or rng.random() < _ADDRESS_BESIDE_POSITION
        return position, address if keeps else None


def _any_channel(rng: random.Random) -> str:
    return rng.choices(list(_CHANNELS), list(_CHANNELS.values()))[0]


def _reporter(rng: random.Random, channel: str, category: str) -> tuple[str | None, str | None]:
    """Return an invented name and a number that cannot ring, or neither."""
    if category in CONFIDENTIAL or channel == "patrol":
        return None, None
    if channel in ("app", "wechat") and rng.random() < 0.5:
        return None, None
    return person_name(rng), f"0000{rng.randrange(10_000_000):07d}"
