"""Measure POST /v1/locate/batch in its four formats, beside the lookup alone and beside models.

The same points in all of them, over loopback to one server process. Bodies are made beforehand and
answers are taken as bytes: what is measured is the service, and a client that only moves bytes.
``echo`` moves the bytes of the Arrow question and answer alone, through the same server as ours;
``sockets`` moves them with no server at all: what the client and the loopback take by themselves;
``sockets-lookup`` looks the points up as they come, with two threads, and does nothing else.
"""

from __future__ import annotations

import http.client
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet

from bench.county import FloatArray, mixed_points, read_county
from bench.processes import NotMeasured, free_port, running, wait_until_ready
from bench.results import OURS, IntArray, Measurement, count_differences, measure
from bench.run import Run, say
from bench.timing import Task, interleave
from geo.locate.columns import assign_columns
from geo.locate.index import GridIndex
from geo.position import Datum

JOB = "http-batch"
UNIT = "Mpoint/s"
ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
# As Arrow's own writers cut a table.
BATCH_ROWS = 131_072
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Question:
    """Hold a request that is sent again and again, and how its answer is read."""

    port: int
    path: str
    headers: Mapping[str, str]
    body: bytes
    grids: Callable[[bytes], list[str | None]]

    def ask(self) -> bytes:
        """Return the whole answer; raise NotMeasured for a refusal."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        try:
            connection.request("POST", self.path, self.body, dict(self.headers))
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise NotMeasured(f"{self.path} answered {response.status}")
        return content


def batch_http(run: Run) -> Iterator[list[Measurement]]:
    """Measure one request of all points in each format."""
    county = read_county()
    lons, lats = mixed_points(county, run.seed, run.batch_points)
    index = GridIndex(county.codes, county.shapes)
    with ExitStack() as stack:
        ours = stack.enter_context(run.workplace.service(1))
        peer = stack.enter_context(_model_peer(run))
        sockets = stack.enter_context(_socket_peer(run))
        token = run.workplace.login(ours.port)
        questions = _questions(ours.port, token, lons, lats)
        questions["models"] = _model_question(peer, lons, lats)
        bare = _bare_questions(peer, sockets, questions["arrow"])
        owners = index.owner_numbers(lons, lats)
        differences = {
            name: count_differences(owners, _numbers(index, question))
            for name, question in questions.items()
        }
        say(f"{JOB}: {len(lons):,} points, {run.rounds} rounds, differences {differences}")
        tasks = {
            OURS: Task(lambda: index.owner_numbers(lons, lats)),
            "columns": Task(lambda: assign_columns(index, lons, lats, Datum.CGCS2000)),
        }
        tasks |= {name: Task(question.ask) for name, question in questions.items()}
        tasks |= {name: Task(question.ask) for name, question in bare.items()}
        laps = interleave(tasks, rounds=run.rounds, chance=run.chance)
        yield [
            measure(
                JOB,
                name,
                UNIT,
                [len(lons) / lap.wall_s / 1e6 for lap in laps[name]],
                differences=None if name in bare else differences.get(name, 0),
            )
            for name in tasks
        ]


@contextmanager
def _model_peer(run: Run) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "bench.batch_peer", str(port)]
    environment = run.workplace.environment()
    with running(command, environment=environment, log=run.workplace.log) as process:
        wait_until_ready(port, "/ready", process)
        yield port


@contextmanager
def _socket_peer(run: Run) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "bench.batch_sockets", str(port)]
    environment = run.workplace.environment()
    with running(command, environment=environment, log=run.workplace.log) as process:
        wait_until_ready(port, "/ready", process)
        yield port


def _questions(port: int, token: str, lons: FloatArray, lats: FloatArray) -> dict[str, Question]:
    table = pa.table({"lon": lons, "lat": lats})
    bodies = {
        "arrow": (ARROW, _arrow(table), _grids_of_arrow),
        "parquet": (PARQUET, _parquet(table), _grids_of_parquet),
        "csv": ("text/csv", _csv(lons, lats), _grids_of_csv),
        "json": ("application/json", _json(lons, lats), _grids_of_json),
    }
    return {
        name: Question(
            port,
            "/v1/locate/batch" + ("" if name == "json" else "?crs=cgcs2000"),
            {"Content-Type": media, "Authorization": f"Bearer {token}"},
            body,
            grids,
        )
        for name, (media, body, grids) in bodies.items()
    }


def _model_question(port: int, lons: FloatArray, lats: FloatArray) -> Question:
    rows = [{"lon": lon, "lat": lat} for lon, lat in zip(lons.tolist(), lats.tolist(), strict=True)]
    body = orjson.dumps({"crs": "cgcs2000", "positions": rows})
    return Question(port, "/batch", {"Content-Type": "application/json"}, body, _grids_of_json)


def _bare_questions(peer: int, sockets: int, asked: Question) -> dict[str, Question]:
    """Return questions that move as many bytes to and fro as another."""
    path = f"/echo?size={len(asked.ask())}"
    places = {
        "echo": (peer, path),
        "sockets": (sockets, path),
        "sockets-lookup": (sockets, f"{path}&threads=2"),
    }
    return {
        name: Question(port, path, {"Content-Type": ARROW}, asked.body, lambda _: [])
        for name, (port, path) in places.items()
    }


def _arrow(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=BATCH_ROWS)
    return out.getvalue()


def _parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pa.parquet.write_table(table, out)
    return out.getvalue()


def _csv(lons: FloatArray, lats: FloatArray) -> bytes:
    pairs = zip(lons.tolist(), lats.tolist(), strict=True)
    return ("lon,lat\n" + "".join(f"{lon!r},{lat!r}\n" for lon, lat in pairs)).encode()


def _json(lons: FloatArray, lats: FloatArray) -> bytes:
    pairs = np.stack([lons, lats], axis=1).tolist()
    return orjson.dumps({"crs": "cgcs2000", "positions": pairs})


def _numbers(index: GridIndex, question: Question) -> IntArray:
    """Return the answer to a question as owner numbers."""
    number_of = {code: number for number, code in enumerate(index.codes)}
    grids = question.grids(question.ask())
    return np.array([-1 if code is None else number_of[code] for code in grids], dtype=np.int64)


def _grids_of_arrow(body: bytes) -> list[str | None]:
    return _texts(pa.ipc.open_stream(body).read_all())


def _grids_of_parquet(body: bytes) -> list[str | None]:
    return _texts(pa.parquet.read_table(pa.BufferReader(body)))


def _texts(table: pa.Table) -> list[str | None]:
    texts: list[str | None] = table["grid"].cast(pa.string()).to_pylist()
    return texts


def _grids_of_csv(body: bytes) -> list[str | None]:
    options = pa.csv.ConvertOptions(column_types={"grid": pa.string()}, strings_can_be_null=True)
    table = pa.csv.read_csv(pa.BufferReader(body), convert_options=options)
    return _texts(table)


def _grids_of_json(body: bytes) -> list[str | None]:
    return [row["grid"] for row in json.loads(body)["rows"]]
