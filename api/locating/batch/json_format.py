"""Read and write a batch as JSON: a list of pairs in, a list of answers out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from api.input_types import SHANGHAI, parse_time
from api.locating.batch.blocks import Block, Pieces
from api.locating.batch.inlet import MIB, read_all
from api.problems import Problem, invalid
from api.strict_json import StrictJsonError, parse_strict
from geo.locate.columns import REASON_WORDS, Assigned, RowReason
from geo.position import Datum, parse_datum
from geo.tables.answers import AUTO, DESK
from geo.tables.csv_reading import CsvRows
from geo.tables.csv_writing import Tails, tail_numbers
from geo.tables.json_kernels import BROKEN, MORE, Bytes, array_end, is_empty, split_pairs
from geo.tables.numbers import numbers_of
from geo.tables.positions import Positions
from geo.tables.source import Source
from geo.tables.spans import texts_of

MOST_BYTES: Final = 64 * MIB
BLOCK_ROWS: Final = 32_768
# What is read member by member, and costs many times its size in memory.
_MOST_PARSED: Final = 4 * MIB
_POSITIONS = re.compile(rb'"positions"[ \t\n\r]*:[ \t\n\r]*\[')
_SCHEMA: Final = pa.schema([("lon", pa.float64()), ("lat", pa.float64()), ("crs", pa.string())])


@dataclass(frozen=True, slots=True)
class JsonBlock:
    """Hold rows that came as pairs."""

    positions: Positions
    lines: CsvRows | None = None

    def columns(self, assigned: Assigned) -> pa.RecordBatch:
        """Return longitude, latitude and datum, null in rows that are no positions."""
        none = (assigned.reasons != RowReason.NONE) & (assigned.reasons != RowReason.OUTSIDE)
        assert isinstance(self.positions.datums, Datum)
        names: NDArray[Any] = np.full(len(none), self.positions.datums.value)
        columns = (self.positions.lons, self.positions.lats, names)
        return pa.record_batch([pa.array(column, mask=none) for column in columns], schema=_SCHEMA)


class JsonBatch:
    """Read a batch from JSON; raise Problem for what is none."""

    schema: pa.Schema = _SCHEMA

    def __init__(
        self, source: Source, datum: Datum | None = None, at: datetime | None = None
    ) -> None:
        """Read all but the positions; ``datum`` and ``at`` are what the address says, if it does.

        The body names its datum in any case; what both name must be the same.
        """
        self._body = read_all(source, MOST_BYTES, advice="请分批提交，或改用 CSV 或 Arrow")
        self._data: Bytes = np.frombuffer(self._body, dtype=np.uint8)
        self._begin = -1
        self._given: list[Any] | None = None
        value = self._without_positions()
        if value is None:
            if len(self._body) > _MOST_PARSED:
                raise self._broken()
            value = _strict(self._body)
            self._given = value.get("positions") if isinstance(value, dict) else None
        self._datum, self.at = _asked(value, datum, at)

    def _without_positions(self) -> Any:
        """Return the body with no positions in it, None when these are not plainly to be seen.

        Whatever is accepted then holds one such key at its top: all else that could hide one is
        refused by its name or its type.
        """
        found = _POSITIONS.search(self._body)
        if found is None:
            return None
        end = array_end(self._data, found.end())
        if end < 0:
            return None
        try:
            value = parse_strict(self._body[: found.end()] + self._body[end - 1 :])
        except StrictJsonError:
            return None
        self._begin = found.end()
        return value

    def blocks(self) -> Iterator[Block]:
        """Yield the rows; raise Problem where the array turns out to be none."""
        if self._given is not None:
            for start in range(0, len(self._given), BLOCK_ROWS):
                some = self._given[start : start + BLOCK_ROWS]
                yield JsonBlock(self._filled(np.zeros((4, len(some)), np.int64), some, None))
            return
        at, state = self._begin, MORE
        if is_empty(self._data, at):
            return
        while state == MORE:
            pairs = np.empty((4, BLOCK_ROWS), dtype=np.int64)
            odd = np.empty(BLOCK_ROWS, dtype=np.bool_)
            found, at, state = split_pairs(self._data, at, pairs, odd)
            if state == BROKEN:
                raise self._broken()
            pairs, odd = np.ascontiguousarray(pairs[:, :found]), odd[:found]
            yield JsonBlock(self._filled(pairs, self._elements(pairs, odd), odd))

    def _elements(self, pairs: NDArray[np.int64], odd: NDArray[np.bool_]) -> list[Any]:
        """Return the elements that are no plain pairs, read strictly."""
        spans = zip(pairs[0, odd].tolist(), pairs[1, odd].tolist(), strict=True)
        parts = [self._body[begin:end] for begin, end in spans]
        if not parts:
            return []
        try:
            (values,) = parse_strict(b'{"positions":[' + b",".join(parts) + b"]}").values()
        except StrictJsonError:
            raise self._broken() from None
        assert isinstance(values, list)
        return values

    def _filled(
        self, pairs: NDArray[np.int64], values: list[Any], odd: NDArray[np.bool_] | None
    ) -> Positions:
        if odd is None:
            odd = np.ones(len(values), dtype=np.bool_)
        both = []
        for begins, ends in (pairs[:2], pairs[2:]):
            texts = texts_of(self._data, begins, np.where(odd, begins, ends))
            # An odd one is an empty text here, and no number.
            both.append(np.array(numbers_of(texts)[0]))
        if not values:
            return Positions(both[0], both[1], self._datum)
        refused = np.zeros(len(odd), dtype=np.uint8)
        for row, value in zip(np.flatnonzero(odd).tolist(), values, strict=True):
            both[0][row], both[1][row], refused[row] = _pair(value)
        return Positions(both[0], both[1], self._datum, None, refused)

    def _broken(self) -> Problem:
        """Return the problem in the words of the strict parser, which says where it is."""
        if len(self._body) <= _MOST_PARSED:
            try:
                parse_strict(self._body)
            except StrictJsonError as error:
                return Problem("malformed-body", str(error))
        return Problem("malformed-body", "不是有效的 JSON。")


def _strict(body: bytes) -> Any:
    try:
        return parse_strict(body)
    except StrictJsonError as error:
        raise Problem("malformed-body", str(error)) from None


def _asked(value: Any, datum: Datum | None, at: datetime | None) -> tuple[Datum, datetime | None]:
    """Return what the members beside the positions say; raise Problem or PositionError.

    ``datum`` and ``at`` are those of the address: another one than the body's is a mistake of the
    caller, and neither may win without a word.
    """
    if not isinstance(value, dict) or not isinstance(value.get("positions"), list):
        raise invalid("缺少 positions 数组。", field="positions", reason="missing")
    if not isinstance(value.get("crs"), str):
        hint = "" if datum is None else "JSON 的坐标系须写在请求体中，不取自网址中的 ?crs=。"
        raise invalid(f"缺少坐标系 crs。{hint}", field="crs", reason="missing")
    if set(value) - {"crs", "positions", "at"}:
        raise invalid("请求中有不认识的项。", field="", reason="extra_forbidden")
    try:
        said = parse_time(value["at"]) if value.get("at") is not None else None
    except (PydanticCustomError, ValidationError):
        words = "时间应写作 2026-11-20T14:05:00+08:00，须带时区。"
        raise invalid(words, field="at", reason="bad_time") from None
    named = parse_datum(value["crs"])
    if datum is not None and datum is not named:
        raise _contradiction("crs")
    if at is not None and said is not None and at != said:
        raise _contradiction("at")
    return named, said


def _contradiction(name: str) -> Problem:
    words = f"网址中的 ?{name}= 与请求体中的 {name} 不一致，请改成一致，或去掉网址中的一处。"
    return invalid(words, field=name, reason="contradictory")


def _pair(value: Any) -> tuple[float, float, RowReason]:
    """Return a pair as numbers, or the reason why it is none."""
    if not isinstance(value, list) or len(value) != 2:
        return np.nan, np.nan, RowReason.PAIR
    if any(isinstance(part, bool) or not isinstance(part, int | float) for part in value):
        return np.nan, np.nan, RowReason.NOT_A_NUMBER
    return float(value[0]), float(value[1]), RowReason.NONE


class JsonWriter:
    """Write the answer as JSON: one object with a list of rows."""

    def __init__(self, codes: Sequence[str], revision: str, at: datetime) -> None:
        """Take the codes of the index, and what the answer says of itself."""
        head = orjson.dumps({"revision": revision, "at": at.astimezone(SHANGHAI).isoformat()})
        self._head = head[:-1] + b',"rows":['
        told: list[dict[str, str | None]] = [{"grid": code, "decision": AUTO} for code in codes]
        for reason in RowReason:
            words = REASON_WORDS[reason]
            row: dict[str, str | None] = {"grid": None, "decision": DESK}
            told.append(row if words is None else {**row, "reason": words})
        self._tails = Tails(["," + orjson.dumps(row).decode() for row in told])
        self._grids = len(codes)
        self._is_first = True

    def begin(self) -> bytes:
        """Return the beginning of the object."""
        return self._head

    def rows(self, _block: Block, assigned: Assigned) -> Pieces:
        """Return some rows, with commas between them and those before."""
        numbers = tail_numbers(assigned, self._grids)
        nothing = np.zeros((2, len(numbers)), dtype=np.int64)
        written = self._tails.behind(np.frombuffer(b"", dtype=np.uint8), nothing, numbers)
        if self._is_first and written:
            self._is_first = False
            return (written[1:],)
        return (written,)

    def end(self) -> bytes:
        """Return the end of the object."""
        return b"]}"
