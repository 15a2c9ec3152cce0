"""``wangge assign``: a whole file, every row with its grid or the reason why it has none."""

from __future__ import annotations

import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic_core import PydanticCustomError

from api.cli.output import Narrator
from api.cli.progress import showing_progress
from api.cli.refusal import Refused
from geo.errors import GeoError

if TYPE_CHECKING:
    from api.assigning.boundaries import Boundaries
    from api.assigning.working import Cluster
    from geo.assign.job import Order
    from geo.assign.rows import Columns
    from geo.assign.running import Counts


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("assign")(assign)


def assign(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="IN",
            exists=True,
            readable=True,
            help="CSV (.gz), Parquet, GeoParquet, GeoPackage, Arrow.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--output", "-o", help="File to write; its ending says as what.")
    ],
    lon: Annotated[str | None, typer.Option(help="Column of the longitudes (or eastings).")] = None,
    lat: Annotated[str | None, typer.Option(help="Column of the latitudes (or northings).")] = None,
    geometry: Annotated[str | None, typer.Option(help="Column of point shapes instead.")] = None,
    crs: Annotated[
        str | None,
        typer.Option(help="Datum of the file: cgcs2000, wgs84, gcj02, bd09 or an EPSG code."),
    ] = None,
    crs_column: Annotated[str | None, typer.Option(help="Column of each row's datum.")] = None,
    at: Annotated[str | None, typer.Option(help="Instant with offset; default now.")] = None,
    at_column: Annotated[str | None, typer.Option(help="Column of each row's time.")] = None,
    zone: Annotated[
        str | None, typer.Option(help="Offset of times that say none, e.g. +08:00.")
    ] = None,
    names: Annotated[bool, typer.Option("--names", help="Add the names of the path.")] = False,
    prefix: Annotated[str, typer.Option(help="Stands before the names of new columns.")] = "",
    layer: Annotated[str | None, typer.Option(help="Layer of a GeoPackage with several.")] = None,
    encoding: Annotated[str, typer.Option(help="Of a CSV: utf-8 or gb18030.")] = "utf-8",
    threads: Annotated[
        int | None, typer.Option(min=1, help="Default: the cores there are.")
    ] = None,
    block_rows: Annotated[
        int, typer.Option(min=1, max=16_777_216, help="Rows worked on at once.")
    ] = 262_144,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run stopped.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask scheduler: tcp://127.0.0.1:8786, or tls://….")
    ] = None,
    tls_ca: Annotated[Path | None, typer.Option(help="Authority of the cluster (PEM).")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Our certificate (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key (PEM).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Give every row of a file its grid, the decision and the reason; all columns are kept."""
    from geo.assign.job import Order

    columns = _columns(
        lon=lon, lat=lat, geometry=geometry, crs=crs, crs_column=crs_column, at_column=at_column,
        zone=zone,
    )  # fmt: skip
    _require_usage(at=at, at_column=at_column, encoding=encoding)
    began = time.monotonic()
    boundaries = _boundaries(at, by_time=at_column is not None)
    order = Order(
        source=source,
        out=out,
        columns=columns,
        answers=boundaries.answers(names=names, prefix=prefix),
        block_rows=block_rows,
        threads=threads or len(os.sched_getaffinity(0)),
        layer=layer,
        encoding=encoding,
        resume=resume,
        overwrite=overwrite,
    )
    cluster = _cluster(scheduler, tls_ca, tls_cert, tls_key)
    counts = _run(order, boundaries, cluster, quiet=as_json)
    for sentence in counts.warnings:
        typer.echo(sentence, err=True)
    _tell(out, boundaries, counts, seconds=time.monotonic() - began, as_json=as_json)


def _columns(
    *, lon: str | None, lat: str | None, geometry: str | None, crs: str | None,
    crs_column: str | None, at_column: str | None, zone: str | None,
) -> Columns:  # fmt: skip
    from geo.assign.rows import Columns
    from geo.assign.times import parse_zone
    from geo.boundary_files.systems import parse_system

    if (lon is None) != (lat is None):
        raise typer.BadParameter("A position has two numbers: give --lon and --lat.")
    if lon is not None and geometry is not None:
        raise typer.BadParameter("Give --lon and --lat, or --geometry, not both.")
    if zone is not None and at_column is None:
        raise typer.BadParameter("--zone belongs to --at-column.")
    system = parse_system(crs) if crs is not None else None
    if crs_column is not None and system is not None and system.datum is None:
        raise typer.BadParameter("Beside --crs-column, --crs is one of the four datums.")
    try:
        minutes = parse_zone(zone) if zone is not None else None
    except ValueError:
        raise typer.BadParameter("--zone is an offset such as +08:00.") from None
    return Columns(
        lon=lon, lat=lat, geometry=geometry, system=system, crs=crs_column, at=at_column,
        zone_minutes=minutes,
    )  # fmt: skip


def _require_usage(*, at: str | None, at_column: str | None, encoding: str) -> None:
    if at is not None and at_column is not None:
        raise typer.BadParameter("Give --at or --at-column, not both.")
    if encoding not in ("utf-8", "gb18030"):
        raise typer.BadParameter("--encoding is utf-8 or gb18030.")


def _boundaries(at: str | None, *, by_time: bool) -> Boundaries:
    from api.assigning.boundaries import read_boundaries
    from api.db.engine import Database, make_engine, serving_url
    from api.db.provision import open_database
    from api.index_files import IndexFiles
    from api.input_types import SHANGHAI, parse_time
    from api.settings import get_settings

    now = datetime.now(SHANGHAI)
    try:
        moment = now if at is None else parse_time(at)
    except PydanticCustomError as error:
        raise Refused(error.message()) from None
    settings = get_settings()
    files = IndexFiles(settings.var_dir / "index")
    with open_database(settings, say=Narrator(quiet=True).say) as provided:
        database = Database(make_engine(serving_url(provided.owner_url, provided.app_url)))
        try:
            return read_boundaries(database, files, at=moment, now=now, by_time=by_time)
        finally:
            database.close()


def _cluster(
    scheduler: str | None, ca: Path | None, cert: Path | None, key: Path | None
) -> Cluster | None:
    from api.assigning.working import Cluster
    from geo.assign.many_machines import Tls

    if ca is not None and cert is not None and key is not None:
        tls: Tls | None = Tls(ca, cert, key)
    elif ca is None and cert is None and key is None:
        tls = None
    else:
        raise typer.BadParameter("--tls-ca, --tls-cert and --tls-key belong together.")
    if scheduler is None:
        if tls is not None:
            raise typer.BadParameter("--tls-ca, --tls-cert and --tls-key belong to --scheduler.")
        return None
    return Cluster(scheduler, tls)


def _run(order: Order, boundaries: Boundaries, cluster: Cluster | None, *, quiet: bool) -> Counts:
    from api.assigning.working import work
    from geo.assign.running import Progress

    with showing_progress(order.source.name, unit="rows", quiet=quiet) as tell:

        def told(progress: Progress) -> None:
            share = progress.rows / progress.total if progress.total else progress.share
            tell(min(share, 1.0), progress.rows)

        say = Narrator(quiet=quiet).say
        try:
            if cluster is None:
                return work(order, boundaries.coverages, told, say, None)
            with cluster.joined(boundaries.coverages, order.answers) as joined:
                return work(order, boundaries.coverages, told, say, joined)
        except KeyboardInterrupt:
            raise Refused("已中断；加 --resume 可接着做。") from None
        except GeoError as refusal:
            if refusal.reason != "not_utf8":
                raise
            raise Refused(f"{refusal.message}如是 GB 18030，请加 --encoding gb18030。") from None


def _tell(
    out: Path, boundaries: Boundaries, counts: Counts, *, seconds: float, as_json: bool
) -> None:
    revisions = [one.name for one in boundaries.coverages.revisions]
    outcome: dict[str, Any] = {
        "file": str(out),
        "rows": counts.rows,
        "assigned": counts.assigned,
        "reasons": dict(sorted(counts.reasons.items())),
        "revisions": revisions,
        "resumed_rows": counts.resumed_rows,
        "seconds": round(seconds, 3),
    }
    if as_json:
        typer.echo(json.dumps(outcome, ensure_ascii=False))
        return
    from geo.locate.columns import REASON_WORDS, RowReason

    typer.echo(
        f"共 {counts.rows:,} 行，{counts.assigned:,} 行已定网格，用时 {seconds:.1f} 秒：{out}"
    )
    for name, count in sorted(counts.reasons.items(), key=lambda item: -item[1]):
        typer.echo(f"  {count:>12,}  {REASON_WORDS[RowReason[name.upper()]]}")
    shown = "、".join(revisions[-3:])
    typer.echo(f"  网格版本 {shown}" + (f" 等 {len(revisions)} 个" if len(revisions) > 3 else ""))
