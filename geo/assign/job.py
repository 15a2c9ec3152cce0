"""Assign one file: look what it is, choose how to work through it, and put the result in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from geo.assign import parquet_footer
from geo.assign.answers import Answers
from geo.assign.arrow_reading import ArrowSource, ParquetSource, damaged
from geo.assign.coverages import Coverages
from geo.assign.csv_source import CsvSource
from geo.assign.formats import Format, format_of_content, format_of_name
from geo.assign.geo_metadata import Shapes, shapes_of, with_shapes
from geo.assign.geopackage_source import GeoPackageSource
from geo.assign.geopackage_writing import GeoPackageWriter
from geo.assign.identity import identity_of
from geo.assign.journal import Journal
from geo.assign.plans import MOST_GROUP_ROWS, BlockPlan, GroupPlan, Plan
from geo.assign.refusal import AssignRefused, advice
from geo.assign.rows import Columns, require_columns
from geo.assign.running import Counts, Progress, Submit, run
from geo.assign.sources import Source
from geo.assign.thrift import ThriftError
from geo.assign.writers import ArrowFile, ArrowStream, CsvLines, ParquetGroups, Writer
from geo.errors import GeoError

CSV: Final = (Format.CSV, Format.CSV_GZ)
BLOCK_ROWS: Final = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Hold what is asked for: files, columns, how to go about it."""

    source: Path
    out: Path
    columns: Columns
    answers: Answers
    block_rows: int = BLOCK_ROWS
    threads: int = 1
    layer: str | None = None
    encoding: str = "utf-8"
    resume: bool = False
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """Hold a file that is ready to be worked through, and what was found out about it."""

    plan: Plan
    columns: Columns
    notes: tuple[str, ...]


SubmitTo = Callable[[Plan], tuple[Submit, int]]


def assign_file(
    order: Order,
    coverages: Coverages,
    *,
    tell: Callable[[Progress], None],
    say: Callable[[str], None] = lambda _words: None,
    elsewhere: SubmitTo | None = None,
) -> Counts:
    """Assign every row of a file; raise GeoError, with what is done kept beside the output.

    ``elsewhere`` sends the pieces to other machines. The output has its name only once it is
    whole and on the disk.
    """
    prepared = prepare(order, coverages)
    for note in prepared.notes:
        say(note)
    about = identity(order, prepared.columns, coverages)
    journal = Journal(order.out, {"input": identity_of(order.source), **about})
    if order.out.exists() and not order.overwrite:
        raise AssignRefused("exists", "输出文件已存在；要替换请加 --overwrite。")
    journal.open(resume=order.resume, discard=order.overwrite and not order.resume)
    try:
        if journal.resumed_rows:
            say(f"接着上次：已有 {journal.resumed_rows:,} 行。")
        submit, ahead = elsewhere(prepared.plan) if elsewhere else (None, None)
        counts = run(
            prepared.plan, journal, threads=order.threads, tell=tell, submit=submit, ahead=ahead
        )
        journal.finish(prepared.plan.last(journal.lines), convert=_converter(prepared.plan))
        counts.warnings += prepared.plan.warnings()
    except GeoError as refusal:
        rows = sum(line.rows for line in journal.lines)
        more = f"已完成的 {rows:,} 行留着，{advice(refusal.reason)}" if rows else ""
        raise AssignRefused(refusal.reason, refusal.message + more) from None
    finally:
        journal.close()
    return counts


def _converter(plan: Plan) -> Callable[[Path, Path], None] | None:
    writer = plan.writer if isinstance(plan, BlockPlan) else None
    return getattr(writer, "convert", None)


def identity(order: Order, columns: Columns, coverages: Coverages) -> dict[str, Any]:
    """Return what a run that goes on must have in common with the one before, but for the input."""
    options = asdict(replace(columns, system=None))
    options["system"] = columns.system.key if columns.system is not None else None
    more = {
        "names": list(order.answers.names), "prefix": order.answers.prefix,
        "layer": order.layer, "encoding": order.encoding, "block_rows": order.block_rows,
    }  # fmt: skip
    return {
        "options": options | more,
        "boundaries": coverages.fingerprint,
        "format": order.out.suffix,
    }


def prepare(order: Order, coverages: Coverages) -> Prepared:
    """Look the input over and choose how to work through it; raise GeoError."""
    target = format_of_name(order.out)
    if order.out.is_dir():
        raise AssignRefused("is_folder", "输出文件名指的是一个文件夹；请换一个文件名。")
    given = format_of_content(order.source)
    if order.out.resolve() == order.source.resolve():
        raise AssignRefused("same_file", "输出文件不能就是输入文件。")
    source = _source(order, given)
    columns, notes = _complete(order.columns, source)
    names = list(source.schema.names)
    require_columns(names, columns)
    _require_free(names, order.answers)
    if given is Format.PARQUET and target is Format.PARQUET:
        plan = _group_plan(order, columns, coverages, source)
        if plan is not None:
            return Prepared(plan, columns, notes)
    if isinstance(source, CsvSource) and target in CSV:
        source.wanted = columns.read
    elif len(set(names)) != len(names):
        raise AssignRefused("duplicate_column", "输入文件有重名的列，写不成这种输出格式。")
    writer = _writer(target, source, columns, order)
    return Prepared(BlockPlan(source, writer, columns, coverages), columns, notes)


def _source(order: Order, given: Format) -> Source:
    path, rows = order.source, order.block_rows
    if given in CSV:
        packed = given is Format.CSV_GZ
        return CsvSource(path, rows, packed=packed, encoding=order.encoding)
    if given is Format.PARQUET:
        return ParquetSource(path, rows)
    if given is Format.GPKG:
        return GeoPackageSource(path, rows, layer=order.layer)
    return ArrowSource(path, rows, stream=given is Format.ARROW)


def _complete(columns: Columns, source: Source) -> tuple[Columns, tuple[str, ...]]:
    """Return the columns with what the file itself says of its shapes; raise AssignRefused."""
    shapes = source.shapes if isinstance(source, GeoPackageSource) else shapes_of(source.schema)
    if columns.lon is None and columns.geometry is None:
        if shapes is None:
            there = "、".join(source.schema.names[:60])
            raise AssignRefused(
                "which_columns", f"请用 --lon 和 --lat 指明经纬度两列；现有的列：{there}。"
            )
        columns = replace(columns, geometry=shapes.column)
    own = shapes if shapes is not None and shapes.column == columns.geometry else None
    if columns.system is not None or columns.crs is not None:
        return columns, _contradiction(columns, own)
    if own is None or own.system is None:
        said = f"（文件自称 {own.said}）" if own is not None else ""
        raise AssignRefused(
            "which_crs",
            f"请用 --crs 指明坐标系{said}：cgcs2000、wgs84、gcj02、bd09，或清单内的 EPSG 编号。",
        )
    return replace(columns, system=own.system), (f"坐标系按文件所述：{own.said}。",)


def _contradiction(columns: Columns, own: Shapes | None) -> tuple[str, ...]:
    if own is None or columns.system is None or own.system == columns.system:
        return ()
    return (f"文件自称 {own.said}，按 --crs {columns.system.key} 处理。",)


def _require_free(names: list[str], answers: Answers) -> None:
    taken = [title for title in answers.titles if title in names]
    if taken:
        raise AssignRefused(
            "column_taken",
            f"输入文件已有“{'、'.join(taken)}”列；请用 --prefix 给新列加上前缀。",
        )


def _group_plan(
    order: Order, columns: Columns, coverages: Coverages, source: Source
) -> GroupPlan | None:
    """Return the plan that copies what is handed through, None where the file does not allow it."""
    try:
        with order.source.open("rb") as file:
            footer = parquet_footer.read_footer(file)
    except (ThriftError, OSError, ValueError):
        raise damaged("Parquet") from None
    rows = footer.group_rows
    if not footer.can_be_extended() or max(rows, default=0) > MOST_GROUP_ROWS or 0 in rows:
        return None
    return GroupPlan(
        path=order.source,
        columns=columns,
        coverages=coverages,
        answers=order.answers,
        footer=footer,
        schema=source.schema,
        block_rows=order.block_rows,
    )


def _writer(target: Format, source: Source, columns: Columns, order: Order) -> Writer:
    schema: pa.Schema = source.schema
    answers = order.answers
    if isinstance(source, GeoPackageSource) and target is not Format.GPKG:
        schema = with_shapes(schema, source.shapes.column, columns.system)
    if target in CSV:
        return CsvLines(
            schema.names, answers, packed=target is Format.CSV_GZ, geometry=columns.geometry
        )
    if target is Format.PARQUET:
        return ParquetGroups(schema, answers)
    if target is Format.GPKG:
        return GeoPackageWriter(schema, columns, answers, folder=order.out.parent)
    if target is Format.FEATHER:
        return ArrowFile(schema, answers)
    return ArrowStream(schema, answers)
