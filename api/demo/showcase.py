"""Show two reports finding their owner: one by a phone's GCJ-02 position, one by its address."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from rich.console import Console

from api.cli.locate import print_answer
from api.db.engine import Database, Scope, make_engine, serving_url
from api.db.provision import ProvidedDatabase
from api.input_types import now
from api.knowledge import Keeper
from api.reports import intake
from api.settings import Settings
from geo.datums import from_cgcs2000
from geo.position import Datum, Position

ADDRESS = "土右旗萨拉齐镇振华大街阳光小区3号楼"
SAMPLE_GRID = "150221104001003"


def print_showcase(console: Console, settings: Settings, database: ProvidedDatabase) -> None:
    """Take two sample reports in and print each with its grid, path, worker and reasons."""
    engine = make_engine(
        serving_url(database.owner_url, database.app_url),
        statement_timeout_ms=settings.statement_timeout_ms,
    )
    serving = Database(engine)
    try:
        keeper = Keeper(serving)
        for title, draft in _samples(keeper, now()):
            request = intake.Request(
                draft=draft, caller=None, keys=[("demo", str(uuid4()))], body_sha256="", now=now()
            )
            taken = intake.take_in(serving, keeper, Scope(may_create=True), request)
            console.print()
            console.print(f"{title}  工单 {taken.body['number']}", markup=False, highlight=False)
            console.print(f"  内容    {draft.text}", markup=False)
            print_answer(console, taken.body["assignment"])
    finally:
        serving.close()


def _samples(keeper: Keeper, at: datetime) -> list[tuple[str, intake.Draft]]:
    known = keeper.current()
    box = keeper.boxes_at(known, at)[SAMPLE_GRID]
    # The phone speaks GCJ-02: the sample is given as a phone would give it.
    lon, lat = from_cgcs2000(lon=box[4], lat=box[5], datum=Datum.GCJ02)
    position = Position(lon=round(lon, 6), lat=round(lat, 6), datum=Datum.GCJ02, accuracy_m=18.0)
    by_phone = _draft("垃圾桶满了好几天没人拉，猫狗刨得满地都是。", "cg03", position, None)
    by_address = _draft("消防通道被三轮车和旧沙发堵住了，请清理。", "aq01", None, ADDRESS)
    return [
        (f"① 手机定位 {position.lon}, {position.lat}（GCJ-02，±18米）", by_phone),
        (f"② 地址 {ADDRESS}", by_address),
    ]


def _draft(
    text: str, category: str, position: Position | None, address: str | None
) -> intake.Draft:
    return intake.Draft(
        channel="app",
        text=text,
        category=category,
        position=position,
        address=address,
        occurred_at=now(),
        reporter_name=None,
        reporter_phone=None,
        source_no=None,
        round=1,
    )
