"""Guess which columns hold code, name, parent, kind and households; the user has the last word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shapely.geometry.base import BaseGeometry

from geo.boundary_files.features import BoundaryFeature
from geo.boundary_files.layer import Layer, Scalar
from geo.boundary_files.refusal import FileRefused
from geo.codes import Level, level_of, parse_code
from geo.errors import CodeError


class Role(StrEnum):
    """Name what a column can mean."""

    CODE = "code"
    NAME = "name"
    PARENT = "parent"
    KIND = "kind"
    HOUSEHOLDS = "households"
    EXCLAVE = "exclave"


ROLE_LABELS: Final[dict[Role, str]] = {
    Role.CODE: "编码",
    Role.NAME: "名称",
    Role.PARENT: "上级编码",
    Role.KIND: "类型",
    Role.HOUSEHOLDS: "户数",
    Role.EXCLAVE: "飞地",
}

# Names that offices use, in lower case; pinyin initials are common because a DBF column has ten
# bytes.
_USUAL: Final[dict[Role, tuple[str, ...]]] = {
    Role.CODE: (
        "code", "grid_code", "gridcode", "code12", "code15", "adcode", "wgbm", "wgdm", "wgbh",
        "xzqdm", "xzdm", "sqbm", "cbm", "bm", "dm", "编码", "代码", "编号", "网格编码", "网格代码",
        "网格编号", "社区编码", "行政区划代码", "行政区代码", "区划代码",
    ),
    Role.NAME: (
        "name", "grid_name", "gridname", "wgmc", "xzqmc", "sqmc", "mc", "名称", "网格名称",
        "社区名称", "行政区名称", "区划名称",
    ),
    Role.PARENT: (
        "parent", "parent_code", "parentcode", "sjbm", "sjdm", "上级", "上级编码", "上级代码",
        "所属社区编码", "所属编码",
    ),
    Role.KIND: ("kind", "wglx", "lx", "类型", "网格类型"),
    Role.HOUSEHOLDS: ("households", "hs", "zhs", "户数", "总户数"),
    Role.EXCLAVE: ("exclave", "飞地"),
}  # fmt: skip
_KINDS: Final = {
    "community": "community", "rural": "rural", "dedicated": "dedicated", "社区网格": "community",
    "城市网格": "community", "城镇网格": "community", "农村网格": "rural", "嘎查村网格": "rural",
    "专属网格": "dedicated",
}  # fmt: skip
_YES: Final = frozenset({"1", "true", "yes", "y", "t", "是", "飞地"})
# Of a hundred codes ten may be wrong and the column still is the column of codes.
_MOSTLY: Final = 0.9

FieldChoice = Mapping[Role, str | None]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold a column that may have a role, why, and its first value."""

    column: str
    why: str
    sample: str


def as_text(value: Scalar) -> str:
    """Return a value as it was meant: a code that a table kept as a number has no decimals."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def candidates(layer: Layer, role: Role, level: Level) -> tuple[Candidate, ...]:
    """Return the columns that may have ``role``, the likeliest first."""
    usual = _USUAL[role]
    named = [column for column in layer.columns if column.lower() in usual]
    named.sort(key=lambda column: usual.index(column.lower()))
    found = [Candidate(column, "列名", _sample(layer, column)) for column in named]
    if role is Role.CODE:
        fitting = [c for c in layer.columns if c not in named and _holds_codes(layer, c, level)]
        found += [Candidate(c, "内容为编码", _sample(layer, c)) for c in fitting]
        # A column called "code" that holds something else comes after one that holds codes.
        found.sort(key=lambda c: not _holds_codes(layer, c.column, level))
    if role is Role.NAME and not found:
        found += [
            Candidate(column, "文字且不重复", _sample(layer, column))
            for column in layer.columns
            if _holds_names(layer, column)
        ]
    return tuple(found)


def choose(layer: Layer, level: Level, asked: FieldChoice) -> dict[Role, str | None]:
    """Return the column of each role: the one asked for, else the likeliest, else None.

    Raises FileRefused when a column that is asked for does not exist.
    """
    chosen: dict[Role, str | None] = {}
    for role in Role:
        column = asked.get(role)
        if column is not None and column not in layer.columns:
            names = "、".join(layer.columns)[:300]
            raise FileRefused("no_column", f"没有名为所指定的列；现有的列：{names or '无'}。")
        likely = candidates(layer, role, level)
        # What only looks like names is shown, and waits for the user's word.
        sure = likely[0].column if likely and likely[0].why != "文字且不重复" else None
        chosen[role] = column or sure
    return chosen


def _column(layer: Layer, column: str) -> list[str]:
    return [as_text(feature.values[column]) for feature in layer.features]


def _sample(layer: Layer, column: str) -> str:
    return next((text for text in _column(layer, column) if text), "")[:40]


def _holds_codes(layer: Layer, column: str, level: Level) -> bool:
    texts = _column(layer, column)
    right = sum(code_of(text, level) is not None for text in texts)
    return right >= _MOSTLY * len(texts) and len(set(texts)) >= _MOSTLY * len(texts)


def _holds_names(layer: Layer, column: str) -> bool:
    texts = _column(layer, column)
    wordy = sum(any(c.isalpha() for c in text) for text in texts)
    return wordy >= _MOSTLY * len(texts) and len(set(texts)) >= _MOSTLY * len(texts)


def code_of(text: str, level: Level) -> str | None:
    """Return the unfilled code when ``text`` is a code of ``level``, else None."""
    try:
        code = parse_code(text)
    except CodeError:
        return None
    return code if level_of(code) is level else None


def build_features(
    layer: Layer, shapes: Sequence[BaseGeometry | None], chosen: FieldChoice, level: Level
) -> list[BoundaryFeature]:
    """Return the rows of ``layer`` with their stored shapes and the columns' meaning."""

    def text(feature_values: Mapping[str, Scalar], role: Role) -> str:
        column = chosen.get(role)
        return as_text(feature_values[column]) if column is not None else ""

    return [
        BoundaryFeature(
            number=row.number,
            code=code_of(text(row.values, Role.CODE), level) or text(row.values, Role.CODE),
            name=text(row.values, Role.NAME),
            parent=text(row.values, Role.PARENT),
            kind=_KINDS.get(text(row.values, Role.KIND), ""),
            households=_count(text(row.values, Role.HOUSEHOLDS)),
            exclave=text(row.values, Role.EXCLAVE).lower() in _YES,
            geometry=shape,
            problem=row.problem,
        )
        for row, shape in zip(layer.features, shapes, strict=True)
    ]


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
