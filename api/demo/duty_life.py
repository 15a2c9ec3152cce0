"""Give the made-up roster a life around today: leave, cover, stand-ins, shifts, departments.

What is entered once stays; at every start shifts are added for the weeks to come. Everything is
invented, and entered as 演示数据.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from api.db import area_store, duty_life_store, duty_store, registry_store
from api.db.engine import SERVICE, Connection, Database
from api.demo.chance import chance
from api.demo.names import person_name
from api.input_types import SHANGHAI

_NAMESPACE = UUID("6f1f2f64-5a0c-5d0e-9a53-150221000007")
ENTERED_BY = "演示数据"
DEPARTMENTS = (
    "旗综合行政执法局", "旗住建局", "旗水利局", "旗应急管理局", "旗农牧局", "旗林草局",
    "旗自然资源局", "旗生态环境分局", "旗市场监管局", "旗人社局", "旗民政局", "旗医保局",
    "旗交通运输局", "旗公安局", "旗司法局", "旗教育局", "旗财政局", "旗能源局", "旗消防救援大队",
    "供电公司", "供水公司", "供热企业", "通信运营商",
    "旗市政管理所", "旗环卫站", "旗交管大队", "旗妇联", "旗统计局", "灌区管理单位", "铁路部门",
)  # fmt: skip
_COUNTY_CENTRE = "旗社会治理中心"
_SHIFT_WEEKS = 5
_SHIFT_HOURS = ((8, 20), (20, 32))
_AWAY_SHARE = 0.03
_COVERED_SHARE = 0.75
_KINDS = ("annual", "annual", "sick", "training", "trip", "personal")


def enliven(database: Database, *, county: str, now: datetime) -> None:
    """Enter departments, B-roles, leave and stand-ins once, and shifts for the weeks to come."""
    today = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    with database.transaction(SERVICE) as connection:
        duty_store.hold_roster(connection)
        if not duty_life_store.has_orgs(connection):
            _departments(connection, county, now)
            _cover_and_leave(connection, today, now)
            _desk_by_shifts(connection, county, now)
        _shifts(connection, county, today, now)
        area_store.raise_revision(connection, "roster")


def _departments(connection: Connection, county: str, now: datetime) -> None:
    taken: set[str] = set()
    parent = _org(connection, _COUNTY_CENTRE, "centre", None, None)
    for number, name in enumerate(DEPARTMENTS, start=1):
        org = _org(connection, name, "department", None, None)
        _liaison(connection, org, county, f"YQ9{number:04d}", taken, now)
    first = uuid5(_NAMESPACE, f"org/{DEPARTMENTS[0]}")
    for number, (code, name) in enumerate(duty_life_store.townships(connection), start=1):
        team = _org(connection, f"{name}综合行政执法队", "township_team", code, first)
        _liaison(connection, team, code, f"YQ8{number:04d}", taken, now)
    _liaison(connection, parent, county, "YQ70001", taken, now)


def _org(
    connection: Connection, name: str, kind: str, area: str | None, parent: UUID | None
) -> UUID:
    org = uuid5(_NAMESPACE, f"org/{name}")
    registry_store.insert_org(
        connection,
        {
            "id": org, "name": name, "kind": kind, "area_code": area, "parent_id": parent,
            "start": None, "end": None,
        },
    )  # fmt: skip
    return org


def _liaison(
    connection: Connection, org: UUID, area: str, number: str, taken: set[str], now: datetime
) -> None:
    name = person_name(chance("liaison", number), taken)
    taken.add(name)
    person, post = uuid5(_NAMESPACE, f"person/{number}"), uuid5(_NAMESPACE, f"post/{number}")
    registry_store.insert_person(
        connection,
        {
            "id": person, "name": name, "phone": f"0000{number[-5:]:0>7}", "number": number,
            "area_code": area, "org_id": org, "start": None, "end": None,
        },
    )  # fmt: skip
    registry_store.insert_post(
        connection,
        {
            "id": post, "area_code": None, "org_id": org, "role": "liaison", "name": "",
            "seats": 1, "by_shifts": False, "places": [], "start": None, "end": None,
        },
    )  # fmt: skip
    _enter(connection, duty_store.HOLDERS, now, post, person, now - timedelta(days=200), seat=1)


def _enter(
    connection: Connection,
    table: duty_store.TermTable,
    now: datetime,
    post: UUID | None,
    person: UUID,
    start: datetime,
    end: datetime | None = None,
    **own: Any,
) -> None:
    values = {
        "id": uuid4(), "post_id": post, "person_id": person, "start": start, "end": end,
        "entered_by": ENTERED_BY, "entered_at": now, **own,
    }  # fmt: skip
    if duty_store.overlapping(connection, table, values) is None:
        duty_store.insert_term(connection, table, values)


def _cover_and_leave(connection: Connection, today: datetime, now: datetime) -> None:
    """Let neighbours be B-roles of each other; send some on leave, most of them covered."""
    pairs = duty_life_store.neighbouring_workers(connection)
    for post, area, _person, neighbour in pairs:
        if chance("covered", area).random() < _COVERED_SHARE:
            start = today - timedelta(days=90)
            _enter(connection, duty_store.COVERS, now, post, neighbour, start, rank=1)
    for post, area, person, neighbour in pairs:
        # The grids of the demo's own logins stay as the guide tells them.
        luck = chance("away", area)
        if area.startswith("150221104001") or luck.random() >= _AWAY_SHARE:
            continue
        start = today - timedelta(days=luck.randrange(3))
        end = today + timedelta(days=1 + luck.randrange(9))
        kind = luck.choice(_KINDS)
        _enter(connection, duty_store.ABSENCES, now, None, person, start, end, kind=kind)
        if luck.random() < 0.3:
            reason = "迎检期间临时顶岗"
            _enter(
                connection, duty_store.OVERRIDES, now, post, neighbour, today,
                today + timedelta(days=2), reason=reason,
            )  # fmt: skip


def _desk_by_shifts(connection: Connection, county: str, now: datetime) -> None:
    """Let four people keep the county's desk by turns, round the clock."""
    post = duty_life_store.desk_of(connection, county)
    if post is None:
        return
    registry_store.change_row(connection, "posts", post, {"seats": 4, "by_shifts": True})
    taken: set[str] = set()
    for seat in range(2, 5):
        number = f"YQ6000{seat}"
        name = person_name(chance("desk", seat), taken)
        taken.add(name)
        person = uuid5(_NAMESPACE, f"person/{number}")
        registry_store.insert_person(
            connection,
            {
                "id": person, "name": name, "phone": f"0000600000{seat}", "number": number,
                "area_code": county, "org_id": None, "start": None, "end": None,
            },
        )  # fmt: skip
        _enter(
            connection, duty_store.HOLDERS, now, post, person, now - timedelta(days=300), seat=seat
        )


def _shifts(connection: Connection, county: str, today: datetime, now: datetime) -> None:
    post = duty_life_store.desk_of(connection, county)
    people = duty_life_store.holders_of(connection, post) if post is not None else []
    if post is None or len(people) < 2:
        return
    for day in range(-7, 7 * _SHIFT_WEEKS):
        begin = today + timedelta(days=day)
        turn = begin.toordinal() * len(_SHIFT_HOURS)
        for place, (first, last) in enumerate(_SHIFT_HOURS):
            person = people[(turn + place) % len(people)]
            start, end = begin + timedelta(hours=first), begin + timedelta(hours=last)
            _enter(connection, duty_store.SHIFTS, now, post, person, start, end)
