"""A scheduler and two worker processes on loopback give the same bytes as one process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import distributed
import pyarrow.parquet as pq
import pytest

from geo.assign import runs
from geo.assign.answers import Answers
from geo.assign.coverages import Coverages
from geo.assign.folders import assign_folder
from geo.assign.job import assign_file, prepare
from geo.assign.many_machines import Tls, machines
from geo.assign.refusal import AssignRefused
from geo.assign.running import Progress
from geo.locate.index import GridIndex
from tests.certificates import make_pair
from tests.unit.geo.assign.files import (
    CODES,
    INDEX,
    SHAPES,
    assign,
    coverages,
    expected,
    order,
    points,
    read,
    write,
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    # Whoever asks a worker just as it is killed waits so long for a connection: 30 s by default.
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "10s"}),
        distributed.LocalCluster(
            n_workers=2,
            local_directory=str(tmp_path_factory.mktemp("dask")),
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=True,
        ) as started,
    ):
        yield started


def nothing(_progress: Progress) -> None:
    pass


def holding(dask_worker: Any) -> list[str]:
    """Return what a worker holds of runs: the names of plugins, and of folders."""
    folders = [path.name for path in Path(dask_worker.local_directory).iterdir()]
    return [name for name in [*dask_worker.plugins, *folders] if name.startswith("wangge")]


def test_the_result_is_that_of_one_process_though_a_worker_is_killed_in_the_middle(
    tmp_path: Path, cluster: Any
) -> None:
    source = write(points(10_000), tmp_path / "in.parquet", rows=250)
    alone, out = tmp_path / "alone.parquet", tmp_path / "out.parquet"
    assign(source, alone)
    asked = order(source, out)
    killed: list[int] = []

    with machines(cluster.scheduler_address, coverages(), asked.answers, tls=None) as joined:

        def told(progress: Progress) -> None:
            if progress.rows >= 2500 and not killed:
                pids = joined.client.run(os.getpid)
                killed.append(min(pids.values()))
                os.kill(killed[0], signal.SIGKILL)

        counts = assign_file(asked, coverages(), tell=told, elsewhere=joined.submit_to)
        after = set(joined.client.run(os.getpid).values())
    assert killed
    assert killed[0] not in after
    assert counts.rows == 10_000
    assert out.read_bytes() == alone.read_bytes()


def test_runs_at_the_same_time_are_each_answered_from_their_own_shapes(
    tmp_path: Path, cluster: Any
) -> None:
    swapped = Coverages.of_one(GridIndex(CODES, SHAPES[::-1]), "r1")
    assert swapped.fingerprint == coverages().fingerprint
    source = write(points(600), tmp_path / "in.parquet", rows=200)
    address = cluster.scheduler_address
    one, other, alone = (order(source, tmp_path / f"{name}.parquet") for name in "123")
    assign_file(alone, swapped, tell=nothing)
    with (
        machines(address, coverages(), one.answers, tls=None) as first,
        machines(address, swapped, other.answers, tls=None) as second,
    ):
        assign_file(one, coverages(), tell=nothing, elsewhere=first.submit_to)
        assign_file(other, swapped, tell=nothing, elsewhere=second.submit_to)
    assert read(one.out)["grid"].to_pylist() == expected(read(source))
    assert other.out.read_bytes() == alone.out.read_bytes() != one.out.read_bytes()


KILLED_RUN = """
import os, signal, sys
from geo.assign.many_machines import machines
from tests.unit.geo.assign.files import coverages, order
from pathlib import Path
with machines(sys.argv[1], coverages(), order(Path(), Path()).answers, tls=None):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_boundaries_of_a_killed_run_go_when_the_next_begins(cluster: Any) -> None:
    address = cluster.scheduler_address
    with distributed.Client(cluster) as other:
        killed = subprocess.run(
            [sys.executable, "-c", KILLED_RUN, address], check=False, timeout=100
        )
        assert killed.returncode == -signal.SIGKILL
        (left,) = (name for name in cluster.scheduler.worker_plugins if "wangge" in name)
        # The scheduler hears of it when the connection breaks.
        while any(left.endswith(client) for client in cluster.scheduler.clients):
            threading.Event().wait(0.01)
        with machines(address, coverages(), order(Path(), Path()).answers, tls=None) as joined:
            assert list(other.run(holding).values()) == 2 * [[joined.name] * 2]
            kept = cluster.scheduler.worker_plugins
            assert [name for name in kept if "wangge" in name] == [joined.name]


def test_a_run_whose_client_has_lost_its_connection_keeps_its_boundaries(
    tmp_path: Path, cluster: Any
) -> None:
    source = write(points(600), tmp_path / "in.parquet", rows=200)
    asked, address = order(source, tmp_path / "out.parquet"), cluster.scheduler_address
    with machines(address, coverages(), asked.answers, tls=None) as longer:
        clients = cluster.scheduler.clients
        (lost,) = (client for client in clients if longer.name.endswith(client))
        kept = clients.pop(lost)
        try:
            with machines(address, coverages(), asked.answers, tls=None):
                pass
        finally:
            clients[lost] = kept
        assert longer.name in cluster.scheduler.worker_plugins
        assign_file(asked, coverages(), tell=nothing, elsewhere=longer.submit_to)
    assert read(asked.out)["grid"].to_pylist() == expected(read(source))


def test_a_run_is_over_when_its_process_on_this_machine_is_gone() -> None:
    said = "from geo.assign.runs import name_of_run; print(name_of_run('Client-1-2'), flush=True);"
    command = [sys.executable, "-c", f"{said} input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        name = run.stdout.readline().strip()
        assert not runs.is_over(name)
        run.communicate("\n")
    assert runs.is_over(name)
    machine, pid, began, mark = name.split("-", 3)
    assert mark == "Client-1-2"
    own = runs.name_of_run("x")
    assert not runs.is_over(own)
    # The same number given to another process; then what is not known here.
    assert runs.is_over(f"{machine}-{os.getpid()}-{began}-{mark}")
    for unknown in (f"{machine[::-1]}-{pid}-{began}-x", f"{machine}-{pid}-0-x", "Client-1-2", ""):
        assert not runs.is_over(unknown)


def test_where_nothing_is_said_of_processes_no_run_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "PROC", tmp_path)
    assert not runs.is_over(runs.name_of_run("x"))


def test_a_process_whose_files_are_hidden_is_not_taken_for_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / str(os.getpid()) / "stat"
    for told in (tmp_path / "sys/kernel/random/boot_id", tmp_path / "self/ns/pid", kept):
        told.parent.mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("here", "ascii")
    (tmp_path / "self/ns/pid").touch()
    kept.write_bytes(Path("/proc/self/stat").read_bytes())
    monkeypatch.setattr(runs, "PROC", tmp_path)
    own = runs.name_of_run("x")
    assert not runs.is_over(own)
    # A machine may not show the processes of other users, or show them and not what they are.
    kept.unlink()
    kept.mkdir()
    assert not runs.is_over(own)
    kept.rmdir()
    kept.parent.rmdir()
    assert not runs.is_over(own)
    machine, _, began, _ = own.split("-", 3)
    assert runs.is_over(f"{machine}-{'9' * 9}-{began}-x")


@pytest.mark.parametrize("pid", ["0", "²", "9" * 9, "9" * 5000])
def test_a_number_that_no_process_can_have_is_looked_up_without_an_error(pid: str) -> None:
    machine, _, began, _ = runs.name_of_run("x").split("-", 3)
    assert runs.is_over(f"{machine}-{pid}-{began}-x") == (pid == "9" * 9)


def test_workers_are_told_the_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(points(600), tmp_path / "in.parquet", rows=200)
    monkeypatch.chdir(tmp_path)
    asked = order(Path("in.parquet"), Path("out.parquet"))
    items = list(prepare(asked, coverages()).plan.items(0))
    assert [item.path for item in items] == [str(source)] * 3


def test_a_second_job_on_a_cluster_gets_its_own_columns(tmp_path: Path, cluster: Any) -> None:
    source = write(points(600), tmp_path / "in.parquet", rows=200)
    for number, prefix in enumerate(("", "own_")):
        answers = Answers(INDEX.codes, prefix=prefix)
        asked = order(source, tmp_path / f"{number}.parquet", answers=answers)
        with machines(cluster.scheduler_address, coverages(), answers, tls=None) as joined:
            assign_file(asked, coverages(), tell=nothing, elsewhere=joined.submit_to)
        assert read(asked.out)[f"{prefix}grid"].to_pylist() == expected(read(source))


def test_after_a_run_nothing_of_it_is_left_on_the_cluster(tmp_path: Path, cluster: Any) -> None:
    source = write(points(600), tmp_path / "in.parquet", rows=200)
    asked, beside = order(source, tmp_path / "1.parquet"), order(source, tmp_path / "2.parquet")
    address = cluster.scheduler_address
    with distributed.Client(cluster) as other:
        with machines(address, coverages(), beside.answers, tls=None) as longer:
            with machines(address, coverages(), asked.answers, tls=None) as joined:
                assign_file(asked, coverages(), tell=nothing, elsewhere=joined.submit_to)
            held = other.run(holding)
            assert all(found == 2 * [longer.name] for found in held.values())
            # The other run of the same content has lost nothing.
            assign_file(beside, coverages(), tell=nothing, elsewhere=longer.submit_to)
        assert set(map(str, other.run(holding).values())) == {"[]"}
        kept = cluster.scheduler.worker_plugins
        assert [name for name in kept if name.startswith("wangge")] == []
    assert beside.out.read_bytes() == asked.out.read_bytes()


def test_a_folder_comes_back_as_a_folder_here_and_on_many_machines(
    tmp_path: Path, cluster: Any
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    tables = {f"{part}.parquet": points(600, seed=part) for part in range(4)}
    for name, table in tables.items():
        write(table, folder / name, rows=200)
    here, there = order(folder, tmp_path / "here"), order(folder, tmp_path / "there")
    counts = assign_folder(here, coverages(), tell=nothing, at_once=2)
    with machines(cluster.scheduler_address, coverages(), there.answers, tls=None) as joined:
        again = assign_folder(
            there, coverages(), tell=nothing, elsewhere=joined.submit_to, at_once=joined.workers
        )
    assert (counts.rows, counts.assigned, counts.reasons) == (
        again.rows,
        again.assigned,
        again.reasons,
    )
    assert counts.rows == 2400
    for name, table in tables.items():
        assert read(here.out / name)["grid"].to_pylist() == expected(table)
        assert (here.out / name).read_bytes() == (there.out / name).read_bytes()
    assert sorted(path.name for path in there.out.iterdir()) == sorted(tables)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "in", "there"]


def test_a_folder_goes_on_where_it_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for part in range(3):
        write(points(600, seed=part), folder / f"{part}.parquet", rows=200)
    asked = order(folder, tmp_path / "out", resume=True)

    def stopping(progress: Progress) -> None:
        if progress.rows >= 1000:
            raise AssignRefused("stop", "停")

    with pytest.raises(AssignRefused, match="停"):
        assign_folder(asked, coverages(), tell=stopping)
    assert not asked.out.exists()
    counts = assign_folder(asked, coverages(), tell=nothing)
    assert counts.rows == 1800
    assert 0 < counts.resumed_rows < 1800
    with pytest.raises(AssignRefused, match="已存在"):
        assign_folder(asked, coverages(), tell=nothing)


def test_what_is_wrong_with_a_piece_is_told_in_the_words_of_this_machine(
    tmp_path: Path, cluster: Any
) -> None:
    source = write(points(600), tmp_path / "in.parquet", rows=200)
    asked = order(source, tmp_path / "out.csv")
    with machines(cluster.scheduler_address, coverages(), asked.answers, tls=None) as joined:
        with pytest.raises(AssignRefused, match="Parquet 到 Parquet"):
            assign_file(asked, coverages(), tell=nothing, elsewhere=joined.submit_to)
        column = pq.ParquetFile(source).metadata.row_group(1).column(1)
        start = column.dictionary_page_offset or column.data_page_offset
        content = bytearray(source.read_bytes())
        content[start : start + 30] = b"\xff" * 30
        source.write_bytes(content)
        asked = order(source, tmp_path / "out.parquet")
        with pytest.raises(AssignRefused, match="第2个行组"):
            assign_file(asked, coverages(), tell=nothing, elsewhere=joined.submit_to)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tcp://10.0.0.7:8786", "tls://"),
        ("tls://10.0.0.7:8786", "--tls-ca"),
        ("http://127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("inproc://here", "tcp://127.0.0.1:8786"),
    ],
)
def test_an_open_door_is_not_walked_through(address: str, words: str) -> None:
    with (
        pytest.raises(AssignRefused, match=words),
        machines(address, coverages(), order(Path(), Path()).answers, tls=None),
    ):
        pass


def test_over_tls_those_with_a_certificate_are_served(tmp_path: Path) -> None:
    cert, key = make_pair(tmp_path)
    security = distributed.Security(
        tls_ca_file=str(cert),
        tls_scheduler_cert=str(cert),
        tls_scheduler_key=str(key),
        tls_worker_cert=str(cert),
        tls_worker_key=str(key),
        tls_client_cert=str(cert),
        tls_client_key=str(key),
        require_encryption=True,
    )
    table = points(600)
    asked = order(write(table, tmp_path / "in.parquet", rows=200), tmp_path / "out.parquet")
    with distributed.LocalCluster(
        n_workers=1,
        local_directory=str(tmp_path),
        threads_per_worker=1,
        processes=False,
        host="tls://127.0.0.1",
        protocol="tls://",
        dashboard_address="127.0.0.1:0",
        security=security,
        silence_logs=True,
    ) as started:
        address = started.scheduler_address
        assert address.startswith("tls://")
        with machines(address, coverages(), asked.answers, tls=Tls(cert, cert, key)) as joined:
            assign_file(asked, coverages(), tell=nothing, elsewhere=joined.submit_to)
    assert read(asked.out)["grid"].to_pylist() == expected(table)


def test_files_of_tls_that_are_none_are_refused(tmp_path: Path) -> None:
    nobody = Tls(tmp_path / "ca.pem", tmp_path / "cert.pem", tmp_path / "key.pem")
    with (
        pytest.raises(AssignRefused, match="连不上"),
        machines("tls://127.0.0.1:9", coverages(), order(Path(), Path()).answers, tls=nobody),
    ):
        pass
