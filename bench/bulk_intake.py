"""Take files of reports in with ``wangge import reports``, beside PostgreSQL storing the same rows.

The rate is that of a large file less that of a small one, each imported by a command of its own:
what it takes to start does not count. Beside it stand the rungs that lead to it. ``postgis`` copies
the rows that were stored to new ones inside the server, by statements of its own over the same
tables, indexes, keys, checks and triggers: no command can be quicker than that on the same cores,
whatever finds the owners. ``copy-all`` copies all that is stored of a report into one bare table,
without index, key or trigger; ``copy-row`` no more of it than one plain row.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from api.demo.reports import DemoReport, demo_reports
from api.demo.sources import read_sources
from api.input_types import SHANGHAI
from api.settings import PROJECT_DIR
from bench.intake import require_durable
from bench.processes import WANGGE, Finished, NotMeasured, run_command
from bench.results import Measurement, measure
from bench.run import Run, say

SMALL, LARGE = 2_000, 12_000
QUICK_SMALL, QUICK_LARGE = 300, 900
SESSIONS = 2
JOB = "bulk-intake"
# Ids of the copies are made from those of the rows: one to one, and never the same.
_NEW = "CAST(md5(CAST({0} AS text) || '{1}') AS uuid)"
# What a report is in one row, and all that is stored of one.
_ONE_ROW = (
    "SELECT r.id, r.number, r.channel, r.source_no, r.text, r.category, r.status, r.grid_code, "
    "r.area_code, r.lon, r.lat, r.address, r.created_at FROM reports r"
)
_ALL_OF_IT = (
    "SELECT r.*, a.answer, a.receipt, k.body_sha256, k.response AS told_caller, "
    "p.sealed, p.phone_tag, "
    "(SELECT jsonb_agg(to_jsonb(e)) FROM report_events e WHERE e.report_id = r.id) AS events, "
    "(SELECT jsonb_agg(to_jsonb(n)) FROM notices n WHERE n.report_id = r.id) AS told "
    "FROM reports r JOIN assignments a ON a.report_id = r.id "
    "JOIN intake_keys k ON k.scope = 'source:' || r.channel AND k.key = r.source_no || ' 1' "
    "LEFT JOIN reporters p ON p.report_id = r.id"
)


def bulk(run: Run) -> Iterator[list[Measurement]]:
    """Import files, then let the server store the same rows again."""
    run.workplace.credentials()
    with run.workplace.connect() as connection:
        require_durable(connection)
    small, large = (QUICK_SMALL, QUICK_LARGE) if run.quick else (SMALL, LARGE)
    ours: list[tuple[float, float]] = []
    peers: dict[str, list[Finished]] = {"postgis": [], "copy-all": [], "copy-row": []}
    for number in range(run.rounds):
        say(f"{JOB}: {small:,} and {large:,} reports, round {number + 1} of {run.rounds}")
        mark = uuid4().hex[:12]
        little = _import(run, f"{mark}s", small)
        much = _import(run, f"{mark}l", large)
        ours.append((much.wall_s - little.wall_s, much.cpu_s - little.cpu_s))
        peers["copy-row"].append(_copy_bare(run, f"{mark}l", _ONE_ROW))
        peers["copy-all"].append(_copy_bare(run, f"{mark}l", _ALL_OF_IT))
        peers["postgis"].append(_store_again(run, f"{mark}l", number))
    more = large - small
    yield [
        measure(JOB, "wangge", "report/s", [more / max(wall_s, 1e-9) for wall_s, _ in ours]),
        measure(JOB, "wangge", "cpu-ms/report", [1000 * cpu_s / more for _, cpu_s in ours]),
        *(
            measured
            for engine, laps in peers.items()
            for measured in (
                measure(JOB, engine, "report/s", [large / lap.wall_s for lap in laps]),
                measure(JOB, engine, "cpu-ms/report", [1000 * lap.cpu_s / large for lap in laps]),
            )
        ),
    ]


def _import(run: Run, mark: str, count: int) -> Finished:
    """Import so many made-up reports; CPU of the command, its workers and the database."""
    path = run.workplace.folder / f"{mark}.parquet"
    _write(path, run.seed, mark, count)
    before = run.workplace.database_cpu_s()
    done = run_command(
        [*WANGGE, "import", "reports", str(path)],
        environment=run.workplace.environment(WANGGE_LOG_LEVEL="WARNING"),
        log=run.workplace.log,
    )
    path.unlink()
    used = run.workplace.database_cpu_s() - before
    with run.workplace.connect() as connection:
        row = connection.execute(
            "SELECT count(*) FROM reports WHERE source_no LIKE %s", (f"{mark}-%",)
        ).fetchone()
    if row is None or row[0] != count:
        raise NotMeasured(f"{row and row[0]} of {count} reports were stored")
    return Finished(done.wall_s, done.cpu_s + used)


def _write(path: Path, seed: int, mark: str, count: int) -> None:
    folder = PROJECT_DIR / "data"
    sources = read_sources(
        county_dir=folder / "boundaries" / "demo", reference_dir=folder / "reference"
    )
    now = datetime.now(SHANGHAI)
    made = demo_reports(sources=sources, now=now, seed=seed, count=count)
    rows = [_row(report, f"{mark}-{number}") for number, report in enumerate(made)]
    pq.write_table(pa.Table.from_pylist(rows), path)


def _row(report: DemoReport, source_no: str) -> dict[str, Any]:
    place = dataclasses.asdict(report.position) if report.position else {}
    return {
        "channel": report.channel,
        "text": report.text,
        "category": report.category,
        "lon": place.get("lon"),
        "lat": place.get("lat"),
        "crs": place.get("crs"),
        "accuracy_m": place.get("accuracy_m"),
        "address": report.address,
        "reporter_name": report.reporter_name,
        "reporter_phone": report.reporter_phone,
        "source_no": source_no,
    }


def _store_again(run: Run, mark: str, number: int) -> Finished:
    """Copy the rows of a file inside the server, in as many sessions as there are cores."""
    statements = _copies(run, number)

    def work(connection: psycopg.Connection[Any], part: int) -> None:
        with connection.transaction():
            connection.execute("SET LOCAL default_toast_compression = 'lz4'")
            for statement in statements:
                connection.execute(statement, {"mark": f"{mark}-%", "part": part})

    return _in_sessions(run, work)


def _copy_bare(run: Run, mark: str, wanted: str) -> Finished:
    """Copy what is ``wanted`` of the reports of a file into one bare table, without an index."""
    with run.workplace.connect() as connection:
        connection.execute("DROP TABLE IF EXISTS bench_copy")
        connection.execute(f"CREATE TABLE bench_copy AS {wanted} WITH NO DATA")
        chosen = f"{wanted} WHERE r.source_no LIKE '{mark}-%'"
        with connection.cursor().copy(f"COPY ({chosen}) TO STDOUT") as rows:
            lines = [bytes(row) for row in rows]

    def work(connection: psycopg.Connection[Any], part: int) -> None:
        connection.execute("SET default_toast_compression = 'lz4'")
        with connection.cursor().copy("COPY bench_copy FROM STDIN") as copy:
            copy.write(b"".join(lines[part::SESSIONS]))

    return _in_sessions(run, work)


def _in_sessions(run: Run, work: Callable[[psycopg.Connection[Any], int], None]) -> Finished:
    """Let as many sessions as there are cores work at once; CPU of the database and of ours."""
    failed: list[Exception] = []

    def one(part: int) -> None:
        try:
            with run.workplace.connect() as connection:
                work(connection, part)
        except Exception as error:  # noqa: BLE001 - told by the thread that started this one
            failed.append(error)

    before = run.workplace.database_cpu_s() + time.process_time()
    began = time.monotonic()
    threads = [threading.Thread(target=one, args=(part,)) for part in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall_s = time.monotonic() - began
    if failed:
        raise NotMeasured(f"PostgreSQL did not store the rows again: {type(failed[0]).__name__}")
    return Finished(wall_s, run.workplace.database_cpu_s() + time.process_time() - before)


def _copies(run: Run, number: int) -> list[str]:
    """Return the statements that store the reports of a file once more, under new ids."""
    mine = (
        "SELECT id FROM reports WHERE source_no LIKE %(mark)s "
        f"AND abs(hashtext(CAST(id AS text))) %% {SESSIONS} = %(part)s"
    )
    statements = []
    for table in ("reports", "assignments", "report_events", "reporters", "notices", "intake_keys"):
        own = "id" if table == "reports" else "report_id"
        changed = {own: _NEW.format(own, number)}
        if table in ("assignments", "notices"):
            changed["id"] = _NEW.format("id", number)
        if table == "reports":
            changed |= {
                "number": f"number || '-{number}'",
                "source_no": f"'{number}-' || source_no",
            }
        if table == "intake_keys":
            changed["key"] = f"key || '-{number}'"
        columns = [name for name in _columns(run, table) if not _is_made(table, name)]
        values = ", ".join(changed.get(name, name) for name in columns)
        statements.append(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} "
            f"WHERE {own} IN ({mine})"
        )
    statements.append(
        "INSERT INTO outbox (topic, area_code, channel, orgs, payload) SELECT topic, area_code, "
        "channel, orgs, payload FROM outbox WHERE CAST(payload->>'id' AS uuid) IN "
        f"({mine})"
    )
    return statements


def _columns(run: Run, table: str) -> list[str]:
    with run.workplace.connect() as connection:
        rows = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
            "AND table_schema = 'public' ORDER BY ordinal_position",
            (table,),
        ).fetchall()
    return [str(row[0]) for row in rows]


def _is_made(table: str, name: str) -> bool:
    """Say whether the server makes a column itself."""
    return (table, name) in (("reports", "geom"), ("report_events", "id"))
