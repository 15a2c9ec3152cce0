"""The command takes every report of a file in exactly once, whatever stops it meanwhile."""

from __future__ import annotations

import csv
import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook
from sqlalchemy import Connection, TextClause, text

from api.db import engine
from api.db.intake_block_store import read_taken
from api.reports.bulk.files import Heads, open_source
from api.reports.bulk.rows import Sender
from api.reports.bulk.work import Size, Task, take_all
from api.service_parts import build_service
from api.settings import child_environment
from geo.errors import GeoError
from tests.commands import on, run_apart, run_here
from tests.conftest import FreshDatabase
from tests.store.rows import Direct, direct
from tests.store.waiting import wait_until

# For a command that a busy machine lets begin late.
BEGINNING_S = 80.0
PLACE = {"lon": 110.52, "lat": 40.55, "crs": "cgcs2000"}


@pytest.fixture
def looking(county_database: FreshDatabase) -> Iterator[Direct]:
    with direct(county_database.superuser_url) as connection:
        yield connection


def arguments(*words: str) -> list[str]:
    return [sys.executable, "-m", "api.cli.main", "import", "reports", *words]


def variables(database: FreshDatabase, folder: Path) -> dict[str, str]:
    database.settings(folder)  # makes the key file
    return {**on(database), "WANGGE_VAR_DIR": str(folder)}


def write_csv(path: Path, rows: Sequence[dict[str, Any]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def orders(count: int, prefix: str) -> list[dict[str, Any]]:
    return [
        {"source_no": f"{prefix}{n}", "text": f"路灯不亮，第{n}盏", **PLACE} for n in range(count)
    ]


def numbers(looking: Direct, prefix: str) -> list[str]:
    rows = looking.execute(
        "SELECT source_no FROM reports WHERE source_no LIKE %s", (f"{prefix}%",)
    ).fetchall()
    return sorted(str(row[0]) for row in rows)


def take(
    database: FreshDatabase, folder: Path, file: Path, *, dry_run: bool = False
) -> Counter[str]:
    """Take a file in as the command does, in this process; count what became of its rows."""
    service = build_service(database.settings(folder))
    sender = Sender(key=("file", "test"), channel="hotline_12345")
    rows = open_source(file, Heads()).rows
    try:
        done = take_all(service, Task(sender=sender, dry_run=dry_run), rows, Size(block_rows=40))
        return Counter(outcome.fate.value for block in done for outcome in block.outcomes)
    finally:
        service.database.close()


def test_a_file_is_taken_in_and_then_known(
    county_database: FreshDatabase, tmp_path: Path, looking: Direct
) -> None:
    rows = orders(30, "A")
    rows[4]["text"] = ""
    rows[7]["lon"] = 0
    rows[7]["lat"] = 0
    file, refused = write_csv(tmp_path / "orders.csv", rows), tmp_path / "refused.csv"
    assert take(county_database, tmp_path, file, dry_run=True) == {"taken": 29, "refused": 1}
    assert numbers(looking, "A") == []
    words = ("import", "reports", file, "--channel", "hotline_12345", "--block-rows", "7")
    more = ("--jobs", "1", "--json", "--refused", refused)
    first = run_apart(*words, *more, **variables(county_database, tmp_path))
    answer = json.loads(first.stdout)
    assert (first.returncode, answer["rows"], answer["taken"], answer["refused"]) == (1, 30, 29, 1)
    assert (answer["auto"], answer["desk"]) == (28, 1)
    assert take(county_database, tmp_path, file) == {"known": 29, "refused": 1}
    assert len(numbers(looking, "A")) == 29
    assert (refused.stat().st_mode & 0o777) == 0o600
    (bad,) = list(csv.DictReader(refused.read_text("utf-8-sig").splitlines()))
    assert (bad["line"], bad["source_no"]) == ("6", "A4")


def test_what_the_shell_says_of_characters_changes_none(
    county_database: FreshDatabase,
    tmp_path: Path,
    looking: Direct,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "GBK")
    taken = take(county_database, tmp_path, write_csv(tmp_path / "orders.csv", orders(3, "E")))
    assert taken == {"taken": 3}
    stored = looking.execute("SELECT text FROM reports WHERE source_no = 'E2'").fetchone()
    assert stored is not None and stored[0] == "路灯不亮，第2盏"


def test_blocks_are_utf_8_on_a_session_of_other_characters_too(
    county_database: FreshDatabase,
    tmp_path: Path,
    looking: Direct,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make = engine.create_engine

    def made(*words: Any, connect_args: Any, **more: Any) -> Any:
        assert connect_args == {"client_encoding": "UTF8"}
        return make(*words, **more)

    monkeypatch.setattr(engine, "create_engine", made)
    monkeypatch.setenv("PGCLIENTENCODING", "GBK")
    taken = take(county_database, tmp_path, write_csv(tmp_path / "orders.csv", orders(3, "UTF")))
    assert taken == {"taken": 3}
    texts = looking.execute("SELECT text FROM reports WHERE source_no LIKE 'UTF%'").fetchall()
    assert sorted(row[0] for row in texts) == [f"路灯不亮，第{n}盏" for n in range(3)]


def test_the_keys_of_a_block_are_looked_up_without_reading_all_that_are_there(
    county_database: FreshDatabase,
) -> None:
    plans: list[str] = []
    made = engine.make_engine(engine.normalise_url(county_database.superuser_url))

    class Explained:
        """Ask how a statement would be run in the place of running it."""

        def __init__(self, connection: Connection) -> None:
            self._connection = connection

        def execute(self, statement: TextClause, values: dict[str, Any]) -> list[Any]:
            asked = text(f"EXPLAIN {statement.text}")
            plans.extend(row[0] for row in self._connection.execute(asked, values))
            return []

    keys = [("source:app", f"{number} 1") for number in range(1000)]
    with made.connect() as connection:
        wanted: Any = Explained(connection)
        assert read_taken(wanted, keys) == {}
    made.dispose()
    assert "Index Scan" in "".join(plans)
    assert "Seq Scan" not in "".join(plans)


def test_refused_rows_are_mended_and_taken_in_as_a_file_of_their_own(
    county_database: FreshDatabase, tmp_path: Path, looking: Direct
) -> None:
    row = {"line": "6", "reason": "text：缺少必填项。", "source_no": "M1", "text": "路灯不亮"}
    mended = write_csv(tmp_path / "mended.csv", [row])
    words = ("--channel", "walk_in", "--jobs", "1", "--ignore-others")
    ran = run_here("import", "reports", mended, *words, **variables(county_database, tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert "已受理1件（自动派单0件、待确认0件、人工研判1件）" in ran.stdout
    assert numbers(looking, "M") == ["M1"]


def test_what_is_killed_in_the_middle_leaves_whole_reports_and_goes_on(
    county_database: FreshDatabase, tmp_path: Path, looking: Direct
) -> None:
    count = 1200
    file = write_csv(tmp_path / "orders.csv", orders(count, "K"))
    words = (str(file), "--channel", "hotline_12345", "--block-rows", "40", "--jobs", "2")
    running = subprocess.Popen(
        arguments(*words),
        env=child_environment(**variables(county_database, tmp_path)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        # A machine that does much else takes its time to begin.
        deadline = time.monotonic() + BEGINNING_S
        while not numbers(looking, "K"):
            assert time.monotonic() < deadline, "no block was stored"
            time.sleep(0.01)
    finally:
        # The command and its workers, at once and without a word.
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    gone = (
        "SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND datname = current_database() AND backend_type = 'client backend'"
    )
    wait_until(lambda: not looking.execute(gone).fetchall(), what="the end of its sessions")
    stored = len(numbers(looking, "K"))
    assert 0 < stored < count
    assert stored % 40 == 0
    assert_whole(looking)
    again = take(county_database, tmp_path, file)
    assert again == {"known": stored, "taken": count - stored}
    found = numbers(looking, "K")
    assert len(found) == len(set(found)) == count
    assert_whole(looking)


def assert_whole(looking: Direct) -> None:
    """Each report has one assignment, two events, one outbox row and its key, with the answer."""
    broken = looking.execute(
        "SELECT r.id FROM reports r WHERE "
        "(SELECT count(*) FROM assignments a WHERE a.report_id = r.id) <> 1 OR "
        "(SELECT count(*) FROM report_events e WHERE e.report_id = r.id) <> 2 OR "
        "(SELECT count(*) FROM outbox o WHERE o.payload->>'id' = r.id::text) <> 1 OR "
        "NOT EXISTS (SELECT 1 FROM intake_keys k WHERE k.report_id = r.id "
        "AND k.response IS NOT NULL)"
    ).fetchall()
    assert broken == []
    orphans = looking.execute(
        "SELECT key FROM intake_keys k WHERE NOT EXISTS "
        "(SELECT 1 FROM reports r WHERE r.id = k.report_id)"
    ).fetchall()
    assert orphans == []


# ---- files


def read(path: Path, heads: Heads | None = None) -> list[dict[str, Any]]:
    return [dict(row.cells) for row in open_source(path, heads or Heads()).rows]


def test_a_table_says_the_same_in_every_format(tmp_path: Path) -> None:
    rows = orders(3, "F")
    write_csv(tmp_path / "a.csv", rows)
    write_csv(tmp_path / "b.csv", rows, "gb18030")
    table = pa.Table.from_pylist(rows)
    pq.write_table(table, tmp_path / "c.parquet")
    with pa.ipc.new_file(tmp_path / "d.arrow", table.schema) as writer:
        writer.write_table(table)
    with pa.ipc.new_stream(tmp_path / "e.arrows", table.schema) as writer:
        writer.write_table(table)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (list(rows[0]), *(list(row.values()) for row in rows)):
        sheet.append(line)
    book.save(tmp_path / "f.xlsx")
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (tmp_path / "g.jsonl").write_text("\n".join(lines), "utf-8")
    for path in sorted(tmp_path.iterdir()):
        assert [{n: str(v) for n, v in row.items()} for row in read(path)] == [
            {n: str(v) for n, v in row.items()} for row in rows
        ], path.name


def test_columns_are_named_and_a_misspelt_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("工单编号,诉求详情,备注\n1,路灯不亮,x\n", "utf-8")
    with pytest.raises(GeoError) as refusal:
        read(file)
    assert refusal.value.reason == "missing_columns"
    with pytest.raises(GeoError) as refusal:
        read(file, Heads(named={"诉求详情": "text"}))
    assert refusal.value.reason == "unknown_columns"
    assert "备注" in refusal.value.message
    assert read(file, Heads(named={"诉求详情": "text"}, others=True)) == [
        {"source_no": "1", "text": "路灯不亮"}
    ]


def test_rows_that_cannot_be_read_keep_their_place(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("text,address\n路灯,甲\n路灯\n".encode() + b"\xff,x\n" + "灯,乙,丙\n".encode())
    rows = list(open_source(file, Heads()).rows)
    assert [(row.line, row.fault is None) for row in rows] == [
        (2, True),
        (3, False),
        (4, True),
        (5, False),
    ]
    lines = tmp_path / "a.jsonl"
    lines.write_text('{"text": "灯"}\n{"text": NaN}\n[]\n\n{"text": "灯", "text": "灯"}\n', "utf-8")
    rows = list(open_source(lines, Heads()).rows)
    assert [(row.line, row.fault is None) for row in rows] == [
        (1, True),
        (2, False),
        (3, False),
        (5, False),
    ]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "empty_file"),
        ("a.txt", b"text\nx\n", "unknown_format"),
        ("a.csv", b"text,text\nx,y\n", "doubled_columns"),
        ("a.csv", b'text\n"x\n', "bad_csv"),
        ("a.parquet", b"PAR1 but no more", "bad_parquet"),
        ("a.arrow", b"ARROW1 but no more", "bad_arrow"),
        ("a.xlsx", b"PK but no more", "bad_workbook"),
    ],
)
def test_what_is_no_table_is_refused_in_words(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(GeoError) as refusal:
        list(open_source(file, Heads()).rows)
    assert refusal.value.reason == reason
    assert refusal.value.message


def test_a_parquet_file_that_is_cut_is_no_table(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist(orders(50, "C")), file)
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(GeoError):
        open_source(file, Heads())


def test_an_arrow_file_that_points_beyond_its_end_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "a.arrows"
    table = pa.table({"text": ["x" * 77_777]})
    with pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    content = bytearray(file.read_bytes())
    struct.pack_into("<i", content, content.rindex(struct.pack("<ii", 0, 77_777)) + 4, 99_999)
    file.write_bytes(content)
    with pytest.raises(GeoError) as refusal:
        list(open_source(file, Heads()).rows)
    assert refusal.value.reason == "cut_file"
