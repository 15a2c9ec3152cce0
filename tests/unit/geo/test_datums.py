"""Tests of the conversions between the four coordinate systems."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.crs import distance_m
from geo.datums import (
    datum_steps,
    from_cgcs2000,
    from_cgcs2000_arrays,
    to_cgcs2000,
    to_cgcs2000_arrays,
)
from geo.position import Datum, Position

VECTORS = Path(__file__).with_name("datum_vectors.csv")
SHIFTED = (Datum.GCJ02, Datum.BD09)

lons = st.floats(73.0, 135.5)
lats = st.floats(3.0, 54.0)


def vectors() -> list[dict[str, float]]:
    with VECTORS.open(encoding="utf-8", newline="") as lines:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(lines)]


@pytest.mark.parametrize("datum", SHIFTED)
def test_two_hundred_published_vectors_agree_below_a_millimetre_both_ways(datum: Datum) -> None:
    rows = vectors()
    assert len(rows) == 200
    for row in rows:
        lon, lat = row[f"{datum}_lon"], row[f"{datum}_lat"]
        there = from_cgcs2000(lon=row["wgs84_lon"], lat=row["wgs84_lat"], datum=datum)
        back = to_cgcs2000(Position(lon=lon, lat=lat, datum=datum))
        assert distance_m(*there, lon, lat) < 0.001
        assert distance_m(back.lon, back.lat, row["wgs84_lon"], row["wgs84_lat"]) < 0.001


@given(lon=lons, lat=lats, datum=st.sampled_from(list(Datum)))
def test_a_round_trip_comes_back_within_a_centimetre_everywhere_in_china(
    lon: float, lat: float, datum: Datum
) -> None:
    sent_lon, sent_lat = from_cgcs2000(lon=lon, lat=lat, datum=datum)
    back = to_cgcs2000(Position(lon=sent_lon, lat=sent_lat, datum=datum))
    assert distance_m(back.lon, back.lat, lon, lat) < 1e-6


@pytest.mark.parametrize("datum", SHIFTED)
def test_the_round_trip_holds_on_the_edge_of_the_box_and_at_the_kink_of_105_degrees(
    datum: Datum,
) -> None:
    for lon, lat in [
        (72.004, 0.8293),
        (137.8347, 55.8271),
        (72.004, 55.8271),
        (105.0, 35.0),
        (105.0 + 1e-12, 40.0),
        (105.0 - 1e-12, 40.0),
    ]:
        sent = from_cgcs2000(lon=lon, lat=lat, datum=datum)
        back = to_cgcs2000(Position(lon=sent[0], lat=sent[1], datum=datum))
        assert distance_m(*sent, lon, lat) > 100
        assert distance_m(back.lon, back.lat, lon, lat) < 0.001


@pytest.mark.parametrize("datum", SHIFTED)
def test_outside_the_box_nothing_is_shifted(datum: Datum) -> None:
    far = [(2.35, 48.86), (140.0, 36.0), (116.0, 60.0), (-74.0, 40.7), (-180, 90), (180, -90)]
    lons, lats = to_cgcs2000_arrays([p[0] for p in far], [p[1] for p in far], datum)
    assert list(zip(lons.tolist(), lats.tolist(), strict=True)) == far
    for lon, lat in far:
        assert from_cgcs2000(lon=lon, lat=lat, datum=datum) == (lon, lat)
        back = to_cgcs2000(Position(lon=lon, lat=lat, datum=datum))
        assert (back.lon, back.lat) == (lon, lat)


def test_arrays_give_what_single_positions_give_and_leave_their_input_alone() -> None:
    rows = vectors()
    lon = np.array([row["wgs84_lon"] for row in rows] + [2.35])
    lat = np.array([row["wgs84_lat"] for row in rows] + [48.86])
    kept = lon.copy()
    for datum in Datum:
        there = from_cgcs2000_arrays(lon, lat, datum)
        back = to_cgcs2000_arrays(*there, datum)
        one = [
            to_cgcs2000(Position(lon=x, lat=y, datum=datum)) for x, y in zip(*there, strict=True)
        ]
        assert np.abs(back[0] - lon).max() < 1e-11
        assert np.abs(back[1] - lat).max() < 1e-11
        assert np.abs(back[0] - [p.lon for p in one]).max() < 1e-12
    assert (lon == kept).all()


@pytest.mark.parametrize("datum", list(Datum))
def test_a_column_gives_each_row_to_the_last_bit_what_it_gets_alone(datum: Datum) -> None:
    source = np.random.default_rng(7)
    lons = np.concatenate([source.uniform(60, 150, 3000), source.uniform(110, 111, 3000)])
    lats = np.concatenate([source.uniform(-10, 65, 3000), source.uniform(40, 41, 3000)])
    alone = [
        to_cgcs2000(Position(lon=x, lat=y, datum=datum)) for x, y in zip(lons, lats, strict=True)
    ]
    whole = to_cgcs2000_arrays(lons, lats, datum)
    assert whole[0].tolist() == [position.lon for position in alone]
    assert whole[1].tolist() == [position.lat for position in alone]
    back = from_cgcs2000_arrays(*whole, datum)
    one = [from_cgcs2000(lon=x, lat=y, datum=datum) for x, y in zip(*whole, strict=True)]
    assert list(zip(*(part.tolist() for part in back), strict=True)) == one


def test_accuracy_survives_the_conversion() -> None:
    sent = Position(lon=110.5, lat=40.5, datum=Datum.BD09, accuracy_m=18.5)
    back = to_cgcs2000(sent)
    assert back.accuracy_m == 18.5
    assert back.datum is Datum.CGCS2000


def test_the_steps_of_a_receipt_lead_from_the_declared_numbers_to_the_stored_ones() -> None:
    sent = Position(lon=110.5, lat=40.5, datum=Datum.BD09)
    stored = to_cgcs2000(sent)
    steps = datum_steps(sent, stored)
    assert [(step["from"], step["to"]) for step in steps] == [
        ("bd09", "gcj02"),
        ("gcj02", "cgcs2000"),
    ]
    assert (steps[-1]["lon"], steps[-1]["lat"]) == (stored.lon, stored.lat)
    assert steps[1]["shift_m"] == pytest.approx(530, abs=60)
    assert datum_steps(stored, stored) == ()
    gps = Position(lon=110.5, lat=40.5, datum=Datum.WGS84)
    assert datum_steps(gps, to_cgcs2000(gps))[0]["shift_m"] == 0
