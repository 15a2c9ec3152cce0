"""``wangge locate``: who owns a point, from a shell."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import typer
from pydantic_core import PydanticCustomError
from rich.console import Console

from api.cli.output import Narrator
from api.cli.refusal import Refused
from api.db.provision import open_database
from api.duty.roster import ROLE_LABELS
from api.settings import get_settings


def register(app: typer.Typer) -> None:
    """Add the command to ``app``; negative numbers are longitudes, not options."""
    app.command("locate", context_settings={"ignore_unknown_options": True})(locate)


def locate(
    lon: Annotated[float, typer.Argument(help="Longitude in degrees.")],
    lat: Annotated[float, typer.Argument(help="Latitude in degrees.")],
    crs: Annotated[str, typer.Option(help="Datum of the numbers: cgcs2000, wgs84, gcj02 or bd09.")],
    accuracy_m: Annotated[
        float, typer.Option("--accuracy", help="Accuracy of the position in metres.")
    ] = 0.0,
    at: Annotated[
        str | None, typer.Option(help="Instant with offset, e.g. 2026-11-03T09:00:00+08:00.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Say which grid and worker own a point, or who must decide, and why."""
    # Imported here: the other commands need no shapes and start faster without.
    from api.ownership import Question, answer, answer_json
    from api.service_parts import build_service
    from geo.position import Position, parse_datum

    position = Position(lon=lon, lat=lat, datum=parse_datum(crs), accuracy_m=accuracy_m)
    moment = _instant(at)
    settings = get_settings()
    narrator = Narrator(quiet=True)
    with open_database(settings, say=narrator.say) as database:
        service = build_service(settings.model_copy(update=database.settings()))
        try:
            keeper = service.keeper
            found = answer(keeper, keeper.current(), Question(position, None, moment))
            result = answer_json(found)
        finally:
            service.database.close()
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
    else:
        print_answer(Console(), result)


def _instant(text: str | None) -> datetime:
    from api.deps import now
    from api.input_types import parse_time

    if text is None:
        return now()
    try:
        return parse_time(text)
    except PydanticCustomError as error:
        raise Refused(error.message()) from None


def print_answer(console: Console, answer: dict[str, Any]) -> None:
    """Print an answer for a person: decision, grid, path, worker and why."""
    labels = {"auto": "自动派单", "confirm": "待确认", "desk": "人工研判"}
    console.print(f"  判定    {labels[answer['decision']]}（{answer['decision']}）", markup=False)
    grid = answer["grid"]
    if grid is not None:
        console.print(f"  网格    {grid['name']}  {grid['code']}", markup=False, highlight=False)
    path = " › ".join(unit["name"] for unit in answer["path"])
    if path:
        console.print(f"  路径    {path}", markup=False)
    worker = answer["worker"]
    if worker is not None:
        console.print(
            f"  责任人  {worker['name']}（{ROLE_LABELS[worker['role']]}） {worker['phone'] or ''}",
            markup=False,
            highlight=False,
        )
    decider = answer["decided_by"]
    if decider is not None:
        console.print(f"  由谁确认 {decider['name']}  {decider['code']}", markup=False)
    for candidate in answer["candidates"][:5] if answer["decision"] != "auto" else []:
        console.print(f"  候选    {candidate['grid']['name']}：{candidate['hint']}", markup=False)
    for reason in answer["reasons"]:
        console.print(f"  依据    {reason['detail']}", markup=False, highlight=False)
    console.print(f"  网格版本 {answer['revision']}", markup=False)
