"""Locate many positions: rows in, rows out, in order; the same rules as for one position."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from api.problems import Problem, invalid
from geo.datums import to_cgcs2000_arrays
from geo.errors import PositionError
from geo.locate.county_map import CountyMap
from geo.position import Datum, Position, parse_datum

DATUMS = tuple(datum.value for datum in Datum)
OUTPUT_COLUMNS = ("grid", "decision", "reason")


@dataclass(slots=True)
class Table:
    """Hold the rows: checked positions, or the reason why a row is none."""

    positions: list[Position | None]
    reasons: list[str | None]
    header: tuple[str, ...] = ()
    cells: list[Sequence[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """Hold the answer for one row."""

    grid: str | None
    decision: str
    reason: str | None

    def as_json(self) -> dict[str, str | None]:
        """Return the row as the contract writes it; the reason only where there is one."""
        row: dict[str, str | None] = {"grid": self.grid, "decision": self.decision}
        if self.reason is not None:
            row["reason"] = self.reason
        return row


def _checked(lon: object, lat: object, datum: Datum) -> tuple[Position | None, str | None]:
    for value in (lon, lat):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None, "经纬度应为数值。"
    assert isinstance(lon, int | float)
    assert isinstance(lat, int | float)
    try:
        return Position(lon=float(lon), lat=float(lat), datum=datum), None
    except PositionError as error:
        return None, error.message
    except OverflowError:
        return None, "数值超出范围。"


def table_from_json(crs: str, positions: Sequence[object]) -> Table:
    """Return the rows of a JSON batch; raise PositionError for an unknown datum."""
    datum = parse_datum(crs)
    table = Table([], [])
    for entry in positions:
        if isinstance(entry, list) and len(entry) == 2:
            position, reason = _checked(entry[0], entry[1], datum)
        else:
            position, reason = None, "应为 [经度, 纬度]。"
        table.positions.append(position)
        table.reasons.append(reason)
    return table


def read_csv(body: bytes, *, default_crs: str | None) -> Table:
    """Return the rows of a CSV batch (header ``id?,lon,lat,crs?``); raise Problem without one."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem("malformed-body", "CSV 应为 UTF-8 编码。") from None
    if "\x00" in text:
        raise Problem("malformed-body", "CSV 中含有控制字符。")
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = tuple(name.strip().lower() for name in next(reader, []))
        rows = [cells for cells in reader if cells]
    except csv.Error:
        raise Problem("malformed-body", "CSV 无法解析，请检查引号和换行。") from None
    allowed = {"id", "lon", "lat", "crs"}
    if not {"lon", "lat"} <= set(header) or not set(header) <= allowed:
        raise invalid("CSV 首行应为 id,lon,lat,crs（id 和 crs 可省）。", field="", reason="header")
    if len(set(header)) != len(header):
        raise invalid("CSV 首行有重复的列。", field="", reason="header")
    if "crs" not in header and default_crs is None:
        raise invalid("CSV 没有 crs 列时，须在网址中注明 ?crs=。", field="crs", reason="missing")
    fallback = parse_datum(default_crs) if default_crs is not None else None
    table = Table([], [], header, [])
    for cells in rows:
        position, reason = _read_row(dict(zip(header, cells, strict=False)), fallback)
        table.positions.append(position)
        table.reasons.append(reason)
        table.cells.append([*cells, *[""] * (len(header) - len(cells))][: len(header)])
    return table


def _read_row(row: dict[str, str], fallback: Datum | None) -> tuple[Position | None, str | None]:
    try:
        crs = row.get("crs", "").strip()
        datum = parse_datum(crs) if crs else fallback
        if datum is None:
            return None, "缺少坐标系 crs。"
        # float() also reads "1_0" and full-width digits, which no survey writes.
        cells = [row.get(name, "").strip() for name in ("lon", "lat")]
        if not all(cell.isascii() and "_" not in cell for cell in cells):
            return None, "经纬度应为数值。"
        return _checked(float(cells[0]), float(cells[1]), datum)
    except PositionError as error:
        return None, error.message
    except ValueError:
        return None, "经纬度应为数值。"


def locate_rows(county: CountyMap, table: Table) -> list[Row]:
    """Return one row for each row of the table, in order."""
    rows: list[Row] = [Row(None, "desk", reason) for reason in table.reasons]
    by_datum: dict[Datum, list[int]] = {}
    for number, position in enumerate(table.positions):
        if position is not None:
            by_datum.setdefault(position.datum, []).append(number)
    for datum, numbers in by_datum.items():
        good = [table.positions[number] for number in numbers]
        lons = np.array([position.lon for position in good if position is not None])
        lats = np.array([position.lat for position in good if position is not None])
        owners = county.index.owners(*to_cgcs2000_arrays(lons, lats, datum))
        for number, owner in zip(numbers, owners, strict=True):
            rows[number] = (
                Row(str(owner), "auto", None)
                if owner is not None
                else Row(None, "desk", "位置不在本旗范围内。")
            )
    return rows


def _inert(cell: str) -> str:
    """Return a cell that a spreadsheet shows instead of computing: '=1+1 stays a text."""
    try:
        float(cell)
    except ValueError:
        return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
    return cell


def write_csv(table: Table, rows: Sequence[Row]) -> str:
    """Return the input columns with ``grid,decision,reason`` behind them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    header = table.header or ("lon", "lat", "crs")
    writer.writerow([*header, *OUTPUT_COLUMNS])
    for number, row in enumerate(rows):
        if table.cells:
            cells: Sequence[object] = [_inert(cell) for cell in table.cells[number]]
        else:
            position = table.positions[number]
            cells = (position.lon, position.lat, position.datum.value) if position else ("", "", "")
        writer.writerow([*cells, row.grid or "", row.decision, row.reason or ""])
    return out.getvalue()
