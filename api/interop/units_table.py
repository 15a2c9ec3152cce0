"""Read a table of units: code, name, kind of county, townships, communities (CSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from geo.codes import Level, level_of, parent_of, parse_code
from geo.errors import CodeError, GeoError
from geo.locate.county_map import short_name

MAX_BYTES = 4 * 1024 * 1024
MAX_ROWS = 20_000
_CODE_COLUMNS = ("code", "code12", "编码", "代码", "统计用区划代码", "区划代码")
_NAME_COLUMNS = ("name", "名称")
_KIND_COLUMNS = ("kind", "类型")
_GRIDS_COLUMNS = ("grids", "网格数", "应划网格数")
MOST_GRIDS = 999
# The last three digits below each number → kind; from 400 on they are special units.
_TOWNSHIP_KINDS = ((100, "subdistrict"), (200, "town"), (400, "township"))
_COMMUNITY_KINDS = ((200, "residents_committee"), (400, "villagers_committee"))


@dataclass(frozen=True, slots=True)
class UnitRow:
    """Hold one unit above the grids: its unfilled code, official name and kind."""

    code: str
    official_name: str
    kind: str
    # How many grids a community is to have; None where the list does not say.
    expected_grids: int | None = None

    @property
    def level(self) -> Level:
        """Return the level that the code says."""
        return level_of(self.code)

    def values(self) -> dict[str, str | int | None]:
        """Return the columns of the areas table."""
        return {
            "code": self.code,
            "level": self.level.value,
            "parent_code": parent_of(self.code),
            "name": short_name(self.official_name),
            "official_name": self.official_name,
            "kind": self.kind,
            "expected_grids": self.expected_grids,
        }


def provisional_unit(code: str, name: str | None = None) -> UnitRow:
    """Return a unit that only its code is known of, to be named later."""
    return UnitRow(code, name or f"待命名{code}", kind_of(code))


def kind_of(code: str) -> str:
    """Return the kind that a code's last three digits say (statistical bureau's rule)."""
    level, number = level_of(code), int(code[-3:])
    if level is Level.COUNTY:
        return "county"
    kinds = _TOWNSHIP_KINDS if level is Level.TOWNSHIP else _COMMUNITY_KINDS
    return next((kind for below, kind in kinds if number < below), "special")


def grid_kind(community_code: str) -> str:
    """Return the kind of a community's grids when nobody says it: rural below a village."""
    return "rural" if kind_of(community_code) == "villagers_committee" else "community"


def read_units(path: Path) -> list[UnitRow]:
    """Read the units of one county, coarse to fine; raise GeoError with the line that is wrong."""
    text = _text(path)
    try:
        lines = csv.DictReader(io.StringIO(text), strict=True)
        columns = [name.strip() for name in lines.fieldnames or ()]
        lines.fieldnames = columns
        code, name = _pick(columns, _CODE_COLUMNS), _pick(columns, _NAME_COLUMNS)
        kind = next((column for column in _KIND_COLUMNS if column in columns), None)
        grids = next((column for column in _GRIDS_COLUMNS if column in columns), None)
        units = [
            replace(_unit(row, number, code, name, kind), expected_grids=_grids(row, number, grids))
            for number, row in enumerate(lines, 2)
        ]
    except csv.Error:
        raise GeoError("bad_csv", "名录不是有效的 CSV 表。", field="file") from None
    return _checked(units)


def _text(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            raise GeoError("no_file", "没有这个名录文件，或文件过大。", field="file")
        data = path.read_bytes()
    except OSError:
        raise GeoError("no_file", "名录文件无法打开。", field="file") from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise GeoError("bad_encoding", "名录应为 UTF-8 或国标编码的 CSV 文本。", field="file")


def _pick(columns: list[str], usual: tuple[str, ...]) -> str:
    for column in usual:
        if column in columns:
            return column
    raise GeoError("no_column", f"名录缺少列：{'、'.join(usual[:2])}。", field="file")


def _unit(
    row: Mapping[str, str | None], number: int, code: str, name: str, kind: str | None
) -> UnitRow:
    try:
        unfilled = parse_code((row.get(code) or "").strip())
    except CodeError as error:
        raise GeoError("bad_code", f"名录第{number}行：{error.message}", field="file") from None
    said = (row.get(name) or "").strip()
    if not said or len(said) > 100 or not said.isprintable():
        raise GeoError("bad_name", f"名录第{number}行：名称为空或有误。", field="file")
    given = (row.get(kind) or "").strip() if kind is not None else ""
    return UnitRow(unfilled, said, given if given.isidentifier() else kind_of(unfilled))


def _grids(row: Mapping[str, str | None], number: int, column: str | None) -> int | None:
    said = (row.get(column) or "").strip() if column is not None else ""
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and 1 <= int(said[:4]) <= MOST_GRIDS):
        raise GeoError(
            "bad_number", f"名录第{number}行：网格数应为1至{MOST_GRIDS}的整数。", field="file"
        )
    return int(said)


def _checked(units: list[UnitRow]) -> list[UnitRow]:
    if not units or len(units) > MAX_ROWS:
        raise GeoError("bad_csv", f"名录应有1至{MAX_ROWS}行。", field="file")
    codes = [unit.code for unit in units]
    if len(set(codes)) < len(codes):
        raise GeoError("duplicate_code", "名录中有重复的编码。", field="file")
    if any(unit.level is Level.GRID for unit in units):
        raise GeoError("bad_code", "名录只含旗县、乡镇、社区嘎查，不含网格。", field="file")
    known = set(codes)
    if len({code[:6] for code in codes}) != 1 or codes[0][:6] not in known:
        raise GeoError("bad_code", "名录应属同一旗县，并含该旗县本身一行。", field="file")
    if any(unit.expected_grids and unit.level is not Level.COMMUNITY for unit in units):
        raise GeoError("bad_number", "名录中的网格数只填在社区嘎查一行。", field="file")
    orphans = [code for code in codes if (above := parent_of(code)) and above not in known]
    if orphans:
        raise GeoError("bad_code", f"名录中 {orphans[0]} 的上级不在名录内。", field="file")
    return sorted(units, key=lambda unit: (len(unit.code), unit.code))
