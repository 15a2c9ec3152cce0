"""Give a county its first access list: the one that comes with the project."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from api.accounts.audit_trail import Actor
from api.calendar.loading import load_calendar
from api.calendar.working_days import nth_working_day
from api.db import access_store
from api.db.engine import Connection
from api.input_types import SHANGHAI
from api.reference_tables import read_categories
from api.routing.access_list import AccessItem
from api.routing.list_file import Reading, read_list, start_of
from api.routing.service import store_version

FILES = Actor("wangge")


def read_standard(connection: Connection, folder: Path, today: date) -> tuple[AccessItem, ...]:
    """Return the list of the project's reference folder; raise ValueError for a faulty row."""
    calendar = load_calendar(connection)
    read = read_list(
        (folder / "access_list.csv").read_bytes(),
        Reading(
            categories={row["code"] for row in read_categories(folder / "categories.csv")},
            present=None,
            today=today,
            after=lambda day, n: nth_working_day(calendar, start_of(day), n).at.date(),
        ),
    )
    if read.errors:
        first = read.errors[0]
        raise ValueError(f"access_list.csv, line {first.line}: {first.message}")
    return read.items


def seed(connection: Connection, folder: Path, *, now: datetime) -> None:
    """Store the standing and the seasonal items where no list is kept yet.

    Campaigns with a last day of their own belong to whoever asked for them.
    """
    if access_store.read_versions(connection):
        return
    items = read_standard(connection, folder, now.astimezone(SHANGHAI).date())
    lasting = [item for item in items if item.end is None]
    store_version(connection, None, lasting, now=now, what="import", by=FILES)


def seed_demo(connection: Connection, folder: Path, *, since: datetime, now: datetime) -> None:
    """Store the whole list, in force since the county's beginning.

    Of the campaigns, which have a last day, the first is under way and the others are over since
    five days, whenever the demo begins.
    """
    if access_store.read_versions(connection):
        return
    today = now.astimezone(SHANGHAI).date()
    items = read_standard(connection, folder, today)
    campaigns = [item for item in items if item.end is not None]
    under_way = campaigns[0].no if campaigns else ""
    moved = [
        item if item.end is None else _around(item, today, under_way=item.no == under_way)
        for item in items
    ]
    store_version(connection, None, moved, now=since, what="import", by=FILES)


def _around(item: AccessItem, today: date, *, under_way: bool) -> AccessItem:
    if under_way:
        return replace(
            item,
            start=start_of(today - timedelta(days=12)),
            end=start_of(today + timedelta(days=14)),
        )
    first, last = today - timedelta(days=37), today - timedelta(days=6)
    return replace(
        item,
        frequency=f"{first:%m-%d}—{last:%m-%d}，到期已退出",
        start=start_of(first),
        end=start_of(last + timedelta(days=1)),
    )
