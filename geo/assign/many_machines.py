"""Send row groups to the workers of a Dask cluster; the boundaries go to each worker once.

Dask is an extra: nothing here is imported until a scheduler is named. Whoever can reach a
scheduler can run anything on its workers, so an address that is not this machine's own must be
TLS.
"""

from __future__ import annotations

import importlib
import ipaddress
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from geo.assign.answers import Answers
from geo.assign.coverages import Coverages, Revision
from geo.assign.plans import Done, Group, GroupPlan, Plan, answer_group
from geo.assign.refusal import AssignRefused
from geo.assign.running import Submit
from geo.assign.runs import is_over, name_of_run
from geo.assign.scheduler_probe import no_scheduler, require_greeting, require_scheduler
from geo.errors import GeoError
from geo.locate.index import GridIndex

_RETRIES: Final = 3
_CONNECT_S: Final = 20
# A plugin's name ends with the run whose boundaries they are.
_OF_RUN: Final = "wangge-of-"
# What this worker process holds, by the name of the plugin that brought it.
_HELD: dict[str, tuple[Coverages, Answers]] = {}


@dataclass(frozen=True, slots=True)
class Tls:
    """Hold the files of TLS: the authority, our certificate, its key (PEM)."""

    ca: Path
    cert: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Refusal:
    """Carry a refusal between machines: what to raise at the other end."""

    reason: str
    message: str


class BoundariesPlugin:
    """Bring the boundaries to every worker, those too that join or start again later."""

    def __init__(self, coverages: Coverages, answers: Answers, name: str) -> None:
        """Pack the index files; ``name`` is that under which the workers hold them."""
        self.name = name
        self._revisions = coverages.revisions
        self._codes, self._by_time = coverages.codes, coverages.by_time
        self._answers = answers
        with tempfile.TemporaryDirectory(prefix="wangge-index-") as folder:
            self._files = [
                _packed(coverages.index(number)[0], Path(folder) / str(number))
                for number in range(len(coverages.revisions))
            ]

    def setup(self, worker: Any) -> None:
        """Write the files beside the worker's own, map them, hold them."""
        folder = Path(worker.local_directory) / self.name
        folder.mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(self._files):
            path = folder / f"{number}.index"
            fresh = path.with_suffix(".new")
            fresh.write_bytes(content)
            fresh.replace(path)
        hold(self.name, folder, self._revisions, self._codes, self._answers, self._by_time)

    def teardown(self, worker: Any) -> None:
        """Let go, and leave no file; what still maps one keeps it until it is done."""
        _HELD.pop(self.name, None)
        shutil.rmtree(Path(worker.local_directory) / self.name, ignore_errors=True)


def _packed(index: GridIndex, path: Path) -> bytes:
    index.save(path)
    return path.read_bytes()


def hold(
    name: str,
    folder: Path,
    revisions: tuple[Revision, ...],
    codes: tuple[str, ...],
    answers: Answers,
    by_time: bool,
) -> None:
    """Hold boundaries in this process, their index files mapped; raise CoverageError if damaged."""

    def index_of(number: int) -> GridIndex:
        return GridIndex.open(folder / f"{number}.index")

    coverages = Coverages(revisions, codes, index_of, by_time=by_time)
    for number in range(len(revisions)):
        coverages.index(number)
    _HELD[name] = (coverages, answers)


def answer_held(name: str, group: Group) -> Done | Refusal:
    """Answer a row group from the boundaries that this worker holds."""
    coverages, answers = _HELD[name]
    try:
        return answer_group(group, coverages, answers)
    except GeoError as refusal:
        return Refusal(refusal.reason, refusal.message)


@dataclass(frozen=True, slots=True)
class _Sent:
    future: Any

    def result(self) -> Done:
        """Wait for the answer of another machine; raise AssignRefused when none came."""
        try:
            found: Done | Refusal = self.future.result()
        except Exception as error:
            raise AssignRefused(
                "worker_failed",
                f"有一块在多次重试后仍未完成（{type(error).__name__}），请查看各工作进程的日志。",
            ) from error
        if isinstance(found, Refusal):
            raise AssignRefused(found.reason, found.message)
        return found

    def cancel(self) -> None:
        """Ask that it is not begun."""
        self.future.cancel()


@dataclass(frozen=True, slots=True)
class Machines:
    """Hold the connection to a cluster whose workers have the boundaries."""

    client: Any
    name: str

    @property
    def workers(self) -> int:
        """Return how many workers there are now, at least one."""
        return max(1, len(self.client.nthreads()))

    def submit_to(self, plan: Plan) -> tuple[Submit, int]:
        """Return what sends the pieces of a plan, and how many may be under way."""
        if not isinstance(plan, GroupPlan):
            raise AssignRefused(
                "only_parquet", "--scheduler 只用于 Parquet 到 Parquet；请先转换成 Parquet。"
            )

        def send(group: Group) -> _Sent:
            return _Sent(
                self.client.submit(answer_held, self.name, group, retries=_RETRIES, pure=False)
            )

        threads = sum(self.client.nthreads().values())
        return send, 2 * max(1, threads)


@contextmanager
def machines(
    address: str, coverages: Coverages, answers: Answers, *, tls: Tls | None
) -> Iterator[Machines]:
    """Connect to the scheduler at ``address`` and bring the boundaries to its workers.

    Raises AssignRefused: Dask is not installed, the address is neither this machine's own nor TLS,
    nobody answers, a worker cannot take the boundaries.
    """
    host, port = _require_safe(address, tls)
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise AssignRefused(
            "no_dask",
            "没有安装 Dask；请在源码目录运行 .venv/bin/pip install -e '.[scale]'，"
            "再用 --scheduler。",
        ) from None
    # Dask asks for a plugin of its own class; the class is made where Dask is there.
    plugin_class = type("SentBoundaries", (BoundariesPlugin, distributed.WorkerPlugin), {})
    security = None
    try:
        if tls is not None:
            security = distributed.Security(
                tls_ca_file=str(tls.ca), tls_client_cert=str(tls.cert), tls_client_key=str(tls.key),
                require_encryption=True,
            )  # fmt: skip
        given = {} if security is None else security.get_connection_args("client")
        require_greeting(host, port, connect_s=_CONNECT_S, context=given.get("ssl_context"))
        require_scheduler(distributed, address, given)
        client = distributed.Client(
            address, timeout=_CONNECT_S, security=security, set_as_default=False
        )
    except AssignRefused:
        raise
    except (OSError, TimeoutError, ValueError):
        raise no_scheduler() from None
    # A run takes its own away at its end, and not what another of the same content holds.
    name = f"{_OF_RUN}{name_of_run(client.id)}"
    try:
        plugin = plugin_class(coverages, answers, name)
        try:
            _remove_what_is_left(client)
            client.register_plugin(plugin, name=name)
            client.wait_for_workers(1, timeout=_CONNECT_S)
        except Exception as error:
            raise AssignRefused(
                "worker_failed",
                "工作进程收不到网格数据：请确认各机装有同一版本的 wangge，且至少有一个工作进程。",
            ) from error
        yield Machines(client, name)
    finally:
        # Whoever is gone holds nothing; the words of the run's own end are told, not these.
        with suppress(OSError, ValueError, RuntimeError):
            client.unregister_worker_plugin(name)
        client.close()


def _remove_what_is_left(client: Any) -> None:
    """Take away the boundaries of runs that were killed on this machine.

    Not of those whose client is not there: it may have lost its connection and be on its way back.
    """

    # Sent as it stands, not by its name: a scheduler need not have wangge.
    def held(prefix: str, dask_scheduler: Any = None) -> list[str]:
        return [name for name in dask_scheduler.worker_plugins if name.startswith(prefix)]

    for name in client.run_on_scheduler(held, _OF_RUN):
        if is_over(name.removeprefix(_OF_RUN)):
            # Another run that begins may have been quicker.
            with suppress(ValueError):
                client.unregister_worker_plugin(name)


def _require_safe(address: str, tls: Tls | None) -> tuple[str, int]:
    """Return host and port of an address that may be used; raise AssignRefused."""
    parts = urlsplit(address)
    if parts.scheme not in ("tcp", "tls") or not parts.hostname or parts.port is None:
        raise AssignRefused("bad_address", "--scheduler 应写作 tcp://127.0.0.1:8786 或 tls://…。")
    if parts.scheme == "tls":
        if tls is None:
            raise AssignRefused("no_tls", "tls:// 须同时给出 --tls-ca、--tls-cert、--tls-key。")
        return parts.hostname, parts.port
    try:
        own = ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        own = parts.hostname == "localhost"
    if not own:
        raise AssignRefused(
            "open_door",
            "能连上调度器的人可以在各机上运行任何程序：不在本机的调度器须用 tls:// 并给出证书。",
        )
    return parts.hostname, parts.port
