"""Hold the made-up month to the noise that real reports have, and to what it must never say."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import shapely

from api.demo.report_fate import allowed_days
from api.demo.report_words import CONFIDENTIAL, DISCREET
from api.demo.reports import DemoReport, demo_reports
from api.demo.sources import DemoSources, read_sources
from geo.crs import distance_m
from geo.datums import to_cgcs2000
from geo.position import Datum, Position

DATA = Path(__file__).resolve().parents[3] / "data"
NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
SEED = 7
BOUNDS = shapely.box(110.243, 40.244, 111.121, 40.850)


@pytest.fixture(scope="module")
def sources() -> DemoSources:
    return read_sources(county_dir=DATA / "boundaries" / "demo", reference_dir=DATA / "reference")


@pytest.fixture(scope="module")
def reports(sources: DemoSources) -> list[DemoReport]:
    return demo_reports(sources=sources, now=NOW, seed=SEED)


def share(reports: list[DemoReport], wanted: list[DemoReport]) -> float:
    return len(wanted) / len(reports)


def test_there_are_two_thousand_of_the_last_thirty_days_oldest_first(
    reports: list[DemoReport],
) -> None:
    assert len(reports) == 2_000
    times = [report.created_at for report in reports]
    assert times == sorted(times)
    assert NOW - timedelta(days=30) <= times[0] < times[-1] < NOW
    assert all(report.occurred_at <= report.created_at for report in reports)
    assert all(report.created_at.utcoffset() == timedelta(hours=8) for report in reports)


def test_the_same_seed_and_time_tell_the_same_month_again(
    sources: DemoSources, reports: list[DemoReport]
) -> None:
    assert demo_reports(sources=sources, now=NOW, seed=SEED) == reports
    assert demo_reports(sources=sources, now=NOW, seed=SEED + 1) != reports


def test_half_of_them_happen_in_town(reports: list[DemoReport]) -> None:
    in_town = [report for report in reports if report.happened_in[9] != "2"]
    assert share(reports, in_town) == pytest.approx(0.5, abs=0.04)


def test_nearly_half_come_without_a_position_and_few_of_those_without_an_address(
    reports: list[DemoReport],
) -> None:
    without = [report for report in reports if report.position is None]
    assert share(reports, without) == pytest.approx(0.45, abs=0.03)
    nowhere = [report for report in without if not report.address]
    assert 0 < len(nowhere) < 0.05 * len(reports)


def test_positions_come_in_all_four_datums_mostly_as_phones_send_them(
    reports: list[DemoReport],
) -> None:
    crs = Counter(report.position.crs for report in reports if report.position)
    assert set(crs) == {datum.value for datum in Datum}
    assert crs.most_common(1)[0][0] == "gcj02"
    rough = [r for r in reports if r.position and r.position.accuracy_m >= 150]
    assert 0.02 < share(reports, rough) < 0.07


def test_a_position_lies_where_the_story_is_set_unless_its_datum_is_wrong_or_it_is_abroad(
    reports: list[DemoReport], sources: DemoSources
) -> None:
    spots: dict[str, list[tuple[float, float]]] = {}
    for spot in (*sources.town, *sources.rural):
        spots.setdefault(spot.grid, []).append((spot.lon, spot.lat))
    off: list[float] = []
    for report in reports:
        if report.position is None:
            continue
        given = report.position
        true = to_cgcs2000(Position(lon=given.lon, lat=given.lat, datum=Datum(given.crs)))
        nearest = min(
            distance_m(true.lon, true.lat, lon, lat) for lon, lat in spots[report.happened_in]
        )
        if nearest > given.accuracy_m * 0.6 + 20:
            off.append(nearest)
    wrong_datum = [metres for metres in off if 30 < metres < 2_000]
    abroad = [metres for metres in off if metres > 5_000]
    assert 10 <= len(wrong_datum) <= 60
    assert 2 <= len(abroad) <= 30
    assert len(off) == len(wrong_datum) + len(abroad)


def test_a_few_points_and_addresses_lie_outside_the_county(reports: list[DemoReport]) -> None:
    abroad = [
        report
        for report in reports
        if report.position
        and not BOUNDS.buffer(0.02).contains(
            shapely.Point(report.position.lon, report.position.lat)
        )
    ]
    foreign = [r for r in reports if r.address and ("毕克齐" in r.address or "东河区" in r.address)]
    assert 1 <= len(abroad) <= 30
    assert 1 <= len(foreign) <= 30


def test_some_things_are_told_twice_soon_after_each_other_and_nearby(
    reports: list[DemoReport],
) -> None:
    by_key = {report.idempotency_key: report for report in reports}
    again = [report for report in reports if report.duplicate_of]
    assert share(reports, again) == pytest.approx(0.05, abs=0.005)
    for report in again:
        first = by_key[report.duplicate_of]
        assert report.category == first.category
        assert report.happened_in == first.happened_in
        assert timedelta(0) <= report.created_at - first.created_at <= timedelta(days=1)


def test_keys_and_source_numbers_are_unique(reports: list[DemoReport]) -> None:
    assert len({report.idempotency_key for report in reports}) == len(reports)
    numbers = [report.source_no for report in reports if report.source_no]
    assert len(set(numbers)) == len(numbers) > 800
    assert {r.channel for r in reports if r.source_no} == {"hotline_12345", "other_system"}


def test_open_reports_show_every_state_and_all_four_deadline_lights(
    reports: list[DemoReport], sources: DemoSources
) -> None:
    still_open = [report for report in reports if report.closed_at is None]
    assert 80 < len(still_open) < 300
    assert any(report.accepted_at is None for report in still_open)
    lights: Counter[str] = Counter()
    for report in still_open:
        used = (NOW - report.created_at) / timedelta(
            days=allowed_days(sources.responses[report.category])
        )
        lights[
            "blue" if used < 0.5 else "yellow" if used < 0.8 else "orange" if used < 1 else "red"
        ] += 1
    assert min(lights[light] for light in ("blue", "yellow", "orange", "red")) >= 5
    for report in reports:
        if report.closed_at is not None:
            assert report.accepted_at is not None
            assert report.created_at < report.accepted_at < report.closed_at <= NOW


def test_no_phone_can_ring(reports: list[DemoReport]) -> None:
    phones = [report.reporter_phone for report in reports if report.reporter_phone]
    assert phones
    assert all(len(p) == 11 and p.isdigit() and p.startswith("0000") for p in phones)


def test_matters_between_people_name_no_real_village_or_community(
    reports: list[DemoReport], sources: DemoSources
) -> None:
    townships = {spot.township for spot in (*sources.town, *sources.rural)}
    names = {spot.community for spot in (*sources.town, *sources.rural)}
    bare = {name.removesuffix("社区").removesuffix("村") for name in names}
    # Two-character names are common words too; the full name is looked for instead.
    forbidden = names | {name for name in bare if len(name) > 2}
    for report in reports:
        if report.category in DISCREET:
            said = report.text + (report.address or "")
            for township in townships:
                said = said.replace(township, "")
            assert not [name for name in forbidden if name in said], said


def test_a_complaint_about_officials_keeps_no_caller_and_no_place(
    reports: list[DemoReport],
) -> None:
    confidential = [report for report in reports if report.category in CONFIDENTIAL]
    assert confidential
    for report in confidential:
        assert (report.reporter_name, report.reporter_phone) == (None, None)
        assert (report.position, report.address) == (None, None)


def test_every_wording_is_of_a_known_category_and_leaves_no_slot_open(
    reports: list[DemoReport], sources: DemoSources
) -> None:
    with (DATA / "reference" / "categories.csv").open(encoding="utf-8", newline="") as lines:
        known = {row["code"] for row in csv.DictReader(lines)}
    assert {wording.category for wording in sources.wordings} == known
    assert {wording.setting for wording in sources.wordings} == {"town", "rural", "none"}
    assert not [r.text for r in reports if "{" in r.text or "}" in r.text or "None" in r.text]


def test_a_patrol_reports_what_it_sees_and_settles_it_on_the_spot(
    reports: list[DemoReport],
) -> None:
    patrols = [report for report in reports if report.channel == "patrol"]
    assert len(patrols) > 100
    assert all(report.text.startswith("巡查") for report in patrols)
    old = [report for report in patrols if NOW - report.created_at > timedelta(hours=3)]
    assert all(r.closed_at and r.closed_at - r.created_at < timedelta(hours=3) for r in old)
    assert not [r for r in reports if r.channel != "patrol" and r.text.startswith("巡查")]


def test_nobody_reports_a_frozen_road_in_summer(sources: DemoSources) -> None:
    july = demo_reports(
        sources=sources, now=datetime(2026, 7, 20, 6, 30, tzinfo=UTC), seed=SEED, count=400
    )
    assert not {"ms01", "cg09", "aq06", "aq08"} & {report.category for report in july}
