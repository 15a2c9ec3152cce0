"""``wangge locate``: who owns a point or an address, from a shell."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError
from rich.console import Console

from api.cli.output import Narrator
from api.cli.refusal import Refused
from api.db.provision import open_database
from api.duty.roster import ROLE_LABELS
from api.settings import get_settings

if TYPE_CHECKING:
    from geo.position import Position


def register(app: typer.Typer) -> None:
    """Add the command to ``app``; negative numbers are longitudes, not options."""
    app.command("locate", context_settings={"ignore_unknown_options": True})(locate)


def locate(
    lon: Annotated[float | None, typer.Argument(help="Longitude in degrees.")] = None,
    lat: Annotated[float | None, typer.Argument(help="Latitude in degrees.")] = None,
    crs: Annotated[
        str | None, typer.Option(help="Datum of the numbers: cgcs2000, wgs84, gcj02 or bd09.")
    ] = None,
    accuracy_m: Annotated[
        float | None, typer.Option("--accuracy", help="Accuracy of the position in metres.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Address text, alone or beside a position.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print the figures behind the answer too.")
    ] = False,
    at: Annotated[
        str | None, typer.Option(help="Instant with offset, e.g. 2026-11-03T09:00:00+08:00.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Say which grid and worker own a point or an address, or who must decide, and why."""
    # Imported here: the other commands need no shapes and start faster without.
    from api.locating.explaining import explanation_json
    from api.ownership import Question, answer, answer_json
    from api.receipts import receipt_json
    from api.service_parts import build_service

    position = _position(lon, lat, crs, accuracy_m)
    words = _address(address)
    if position is None and words is None:
        raise typer.BadParameter("Give LON LAT with --crs, or --address, or both.")
    moment = _instant(at)
    settings = get_settings()
    narrator = Narrator(quiet=True)
    with open_database(settings, say=narrator.say) as database:
        service = build_service(settings.model_copy(update=database.settings()))
        try:
            keeper = service.keeper
            found = answer(keeper, keeper.current(), Question(position, words, moment))
            result = answer_json(found)
            reading = explanation_json(keeper.current().matcher, found) if explain else None
        finally:
            service.database.close()
    receipt = receipt_json(found) if explain else None
    if as_json:
        more = {"receipt": receipt, "explanation": reading} if explain else {}
        shown = {**result, **more}
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    print_answer(Console(), result)
    if reading is not None:
        print_explanation(Console(), reading)
    if receipt is not None:
        print_receipt(Console(), receipt)


def _position(
    lon: float | None, lat: float | None, crs: str | None, accuracy_m: float | None
) -> Position | None:
    from geo.position import Position, parse_datum

    if lon is None:
        if crs is not None or accuracy_m is not None:
            raise typer.BadParameter("--crs and --accuracy belong to a position: give LON LAT too.")
        return None
    if lat is None:
        raise typer.BadParameter("A position has two numbers: give LON and LAT.")
    if crs is None:
        raise typer.BadParameter("--crs is missing: cgcs2000, wgs84, gcj02 or bd09.")
    return Position(lon=lon, lat=lat, datum=parse_datum(crs), accuracy_m=accuracy_m or 0.0)


def _address(text: str | None) -> str | None:
    from api.locating.schemas import AddressText

    if text is None or not text.strip():
        return None
    try:
        return TypeAdapter[str](AddressText).validate_python(text)
    except ValidationError:
        raise Refused("地址文字最多2000个字，不能含有控制字符。") from None


def _instant(text: str | None) -> datetime:
    from api.input_types import now, parse_time

    if text is None:
        return now()
    try:
        return parse_time(text)
    except PydanticCustomError as error:
        raise Refused(error.message()) from None


def print_answer(console: Console, answer: dict[str, Any]) -> None:
    """Print an answer for a person: decision, grid, path, worker and why."""
    labels = {"auto": "自动派单", "confirm": "待确认", "desk": "人工研判"}
    console.print(
        f"  判定    {labels[answer['decision']]}（{answer['decision']}）",
        markup=False,
        soft_wrap=True,
    )
    grid = answer["grid"]
    if grid is not None:
        console.print(
            f"  网格    {grid['name']}  {grid['code']}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    path = " › ".join(unit["name"] for unit in answer["path"])
    if path:
        console.print(f"  路径    {path}", markup=False, soft_wrap=True)
    worker = answer["worker"]
    if worker is not None:
        console.print(
            f"  责任人  {worker['name']}（{ROLE_LABELS[worker['role']]}） {worker['phone'] or ''}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    decider = answer["decided_by"]
    if decider is not None:
        console.print(
            f"  由谁确认 {decider['name']}  {decider['code']}", markup=False, soft_wrap=True
        )
    for candidate in answer["candidates"][:5] if answer["decision"] != "auto" else []:
        console.print(
            f"  候选    {candidate['grid']['name']}：{candidate['hint']}",
            markup=False,
            soft_wrap=True,
        )
    for reason in answer["reasons"]:
        console.print(
            f"  依据    {reason['detail']}", markup=False, highlight=False, soft_wrap=True
        )
    console.print(f"  网格版本 {answer['revision']}", markup=False, soft_wrap=True)


def print_explanation(console: Console, reading: dict[str, Any]) -> None:
    """Print how the text was read: each piece with its role, then the candidates with scores."""
    console.print("  文字解析")
    for span in reading["spans"]:
        means = "，".join(filter(None, (span["name"], span["match_label"])))
        told = f"    {span['start']}–{span['end']} “{span['text']}” {span['label']}"
        _say(console, f"{told}：{means}" if means else told)
    for one in reading["candidates"]:
        mark = "✓" if one["chosen"] else "·"
        why = "；".join(one["reasons"])
        _say(console, f"    {mark} {one['score']:.2f} {one['hint']}（{one['kind']}）{why}")
    margin = "" if reading["margin"] is None else f"，领先{reading['margin']:.2f}"
    _say(console, f"    规则 {reading['rule']}{margin}")


def _say(console: Console, words: str) -> None:
    console.print(words, markup=False, highlight=False, soft_wrap=True)


def print_receipt(console: Console, receipt: dict[str, Any]) -> None:
    """Print what the answer was reached from: rule, datum steps, figures, places, duty chain."""
    console.print("  依据明细")
    for name, value in {**receipt["trace"], "duty_chain": receipt["duty"]["chain"]}.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        console.print(f"    {name}: {text}", markup=False, highlight=False, soft_wrap=True)
