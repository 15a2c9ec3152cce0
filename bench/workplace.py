"""Give the jobs a place of their own: a fresh durable PostGIS, the demo county, running services.

Nothing here touches the checkout's own database, nor one that DATABASE_URL names: a benchmark
writes reports by the thousand. Everything lies below one directory, which is removed at the end.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg

from api.db.cluster import Cluster, open_cluster, remove_cluster
from api.db.cluster_databases import DATABASE
from api.db.cluster_home import PORT
from api.db.cluster_process import server_pid
from api.db.engine import normalise_url
from api.db.postgres_programs import ClusterError
from api.settings import PROJECT_DIR, child_environment
from bench.processes import (
    WANGGE,
    NotMeasured,
    free_port,
    run_command,
    running,
    tree_cpu_s,
    wait_until_ready,
)

Say = Callable[[str], None]
SERVE = (*WANGGE, "serve")
_OF_THE_CALLER = ("DATABASE_URL", "WANGGE_APP_DATABASE_URL", "WANGGE_WORKERS", "WANGGE_PORT")


@dataclass(frozen=True, slots=True)
class Service:
    """Hold a running service: where it listens, its process, how its CPU is read."""

    port: int
    pid: int
    cpu_s: Callable[[], float]


class Workplace:
    """Hold the directory, the database and the demo logins of one run, made when first needed."""

    def __init__(self, say: Say) -> None:
        """Take a directory below var/, so that the data lie on the same disk as real ones."""
        parent = PROJECT_DIR / "var"
        parent.mkdir(exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
        # The database runs as another user when root starts it, who must be able to pass.
        self.folder.chmod(0o755)
        self.var_dir = self.folder / "var"
        self.log = self.folder / "log.txt"
        self._say = say
        self._stack = ExitStack()
        self._cluster: Cluster | None = None
        self._credentials: dict[str, dict[str, str]] = {}

    def __enter__(self) -> Workplace:
        """Return the workplace; nothing is started yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the database and remove everything."""
        self._stack.close()
        self.clear(self.var_dir)
        shutil.rmtree(self.folder, ignore_errors=True)

    def last_words(self, lines: int = 5) -> str:
        """Return the end of what the programs printed: the log goes with the directory."""
        if not self.log.is_file():
            return ""
        return "\n".join(self.log.read_text("utf-8", errors="replace").splitlines()[-lines:])

    def clear(self, var_dir: Path) -> None:
        """Remove a var/ with its database and the socket's directory, which lies elsewhere."""
        try:
            remove_cluster(var_dir)
        except ClusterError as error:
            self._say(str(error))
        shutil.rmtree(var_dir, ignore_errors=True)

    def environment(self, var_dir: Path | None = None, **extra: str) -> dict[str, str]:
        """Return the environment of a child that uses this place (or ``var_dir``) alone."""
        known = child_environment(WANGGE_VAR_DIR=str(var_dir or self.var_dir), **extra)
        return {key: known[key] for key in known if key not in _OF_THE_CALLER or key in extra}

    @property
    def cluster(self) -> Cluster:
        """Return the private PostGIS, durable as in earnest; raise NotMeasured without one."""
        if self._cluster is None:
            self._say("starting a PostGIS of its own")
            try:
                self._cluster = open_cluster(self.var_dir)
            except ClusterError as error:
                raise NotMeasured(str(error).splitlines()[0]) from error
            self._stack.callback(self._close)
        return self._cluster

    def _close(self) -> None:
        if self._cluster is not None:
            self._cluster.close()

    def keep_commit_times(self) -> None:
        """Have the database keep when each transaction was committed, which starts it anew."""
        with self.connect() as connection:
            connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        self._close()
        self._cluster = open_cluster(self.var_dir)

    def connect(self, database: str = DATABASE) -> psycopg.Connection[tuple[object, ...]]:
        """Return a superuser's connection that commits each statement."""
        return psycopg.connect(self.conninfo(database), autocommit=True)

    def conninfo(self, database: str = DATABASE) -> str:
        """Return how a peer connects to the same database, over the same socket."""
        socket_dir = self.cluster.place.socket_dir
        return f"host={socket_dir} port={PORT} user=postgres dbname={database}"

    def database_cpu_s(self) -> float:
        """Return the CPU seconds that the database server and its backends have used."""
        pid = server_pid(self.cluster.place)
        return tree_cpu_s(pid) if pid is not None else 0.0

    def credentials(self) -> Mapping[str, Mapping[str, str]]:
        """Return the demo logins, loading the demo county into the database the first time."""
        if not self._credentials:
            assert self.cluster is not None
            self._say("loading the demo county")
            run_command(
                [*WANGGE, "demo", "--no-serve"], environment=self.environment(), log=self.log
            )
            text = (self.var_dir / "demo-credentials.json").read_text("utf-8")
            self._credentials = json.loads(text)
        return self._credentials

    def app_url(self) -> str:
        """Return the URL of the serving role."""
        return str(normalise_url(self.cluster.urls().app).render_as_string(hide_password=False))

    @contextmanager
    def serving(
        self,
        port: int,
        workers: int,
        extra: Mapping[str, str] | None = None,
        program: Sequence[str] = SERVE,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run ``wangge serve`` over the demo county for the length of the block.

        ``extra`` are further settings, as variables of the environment; ``program`` is what runs
        in its place.
        """
        self.credentials()
        settings = {
            "WANGGE_WORKERS": str(workers),
            "WANGGE_LOGINS_PER_MINUTE": "1000",
            "WANGGE_LOG_LEVEL": "WARNING",
            **(extra or {}),
        }
        environment = self.environment(None, **settings)
        command = [*program, "--port", str(port)]
        with running(command, environment=environment, log=self.log) as process:
            wait_until_ready(port, "/readyz", process)
            yield process

    @contextmanager
    def service(
        self,
        workers: int,
        extra: Mapping[str, str] | None = None,
        program: Sequence[str] = SERVE,
    ) -> Iterator[Service]:
        """Run the service on a free port, its CPU counted together with the database's."""
        port = free_port()
        with self.serving(port, workers, extra, program) as process:

            def cpu_s() -> float:
                return tree_cpu_s(process.pid) + self.database_cpu_s()

            yield Service(port, process.pid, cpu_s)

    def login(self, port: int, role: str = "dispatcher") -> str:
        """Return a bearer token of a demo login."""
        account = self.credentials()[role]
        body = {"username": account["username"], "password": account["password"]}
        return str(ask(port, "POST", "/v1/sessions", body=body)["token"])


def ask(
    port: int,
    method: str,
    path: str,
    *,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Send one JSON request to loopback and return the answer; raise NotMeasured for a refusal."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(
            method,
            path,
            body=None if body is None else json.dumps(body),
            headers={"Content-Type": "application/json", **(headers or {})},
        )
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    if response.status >= http.HTTPStatus.BAD_REQUEST:
        raise NotMeasured(f"{method} {path.partition('?')[0]} answered {response.status}")
    answer: dict[str, Any] = json.loads(content)
    return answer


def settle(load_below: float = 0.7, *, at_most_s: float = 20.0) -> float:
    """Wait until the machine is quiet, not for ever; return the load of the last minute."""
    deadline = time.monotonic() + at_most_s
    while os.getloadavg()[0] > load_below and time.monotonic() < deadline:
        time.sleep(1)
    return os.getloadavg()[0]
