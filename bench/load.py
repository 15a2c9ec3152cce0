"""Put loopback load on a server with wrk, for a bounded time, and read what it saw."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.processes import NotMeasured

_MARK = "wangge-bench "
# wrk calls request() for every request and done() once. Requests are made beforehand, so that the
# client costs as little as it can; KEYS gives every report an idempotency key of its own.
_SCRIPT = """
local requests = {}
local at = 0
function init()
  for line in io.lines(FILE) do requests[#requests + 1] = line end
end
function request()
  at = at + 1
  local line = requests[(at - 1) % #requests + 1]
  if METHOD == "GET" then return wrk.format("GET", line, HEADERS) end
  if KEYS then HEADERS["Idempotency-Key"] = RUN .. at end
  return wrk.format("POST", PATH, HEADERS, line)
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format(MARK .. '{"requests":%d,"duration_us":%d,"refused":%d,"broken":%d,' ..
    '"p50_us":%d,"p99_us":%d}\\n', summary.requests, summary.duration, e.status,
    e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Hold what is sent: paths for GET, bodies for POST to ``path``; one after another."""

    lines: Sequence[str]
    token: str = ""
    path: str = ""
    with_keys: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold what wrk saw in one run, and the CPU seconds the server side used meanwhile."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_s: float

    @property
    def per_second(self) -> float:
        """Return requests a second."""
        return self.requests / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Return milliseconds of CPU that one request cost the server side."""
        return 1000 * self.cpu_s / self.requests


def put_load(
    *,
    port: int,
    traffic: Traffic,
    connections: int,
    seconds: float,
    folder: Path,
    run: str,
    cpu_s: Callable[[], float],
) -> Seen:
    """Load a server for ``seconds``; raise NotMeasured without wrk, or when anything was refused.

    A refusal is quick: a run with refusals would look like a fast one.
    """
    program = shutil.which("wrk")
    if program is None:
        raise NotMeasured("wrk is not installed")
    script = _write_script(folder, traffic, run)
    command = [program, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency"]
    before = cpu_s()
    finished = subprocess.run(
        [*command, "-s", str(script), f"http://127.0.0.1:{port}"],
        capture_output=True,
        text=True,
        timeout=seconds + 30,
        check=False,
    )
    used = cpu_s() - before
    report = [line for line in finished.stdout.splitlines() if line.startswith(_MARK)]
    if not report:
        raise NotMeasured(f"wrk failed: {finished.stderr.strip()[:200]}")
    seen = json.loads(report[0].removeprefix(_MARK))
    if seen["refused"] or seen["broken"] or not seen["requests"]:
        raise NotMeasured(f"{seen['refused']} refusals, {seen['broken']} broken of the requests")
    return Seen(
        seen["requests"],
        seen["duration_us"] / 1e6,
        seen["p50_us"] / 1000,
        seen["p99_us"] / 1000,
        used,
    )


def _write_script(folder: Path, traffic: Traffic, run: str) -> Path:
    lines = folder / "requests.txt"
    lines.write_text("".join(f"{line}\n" for line in traffic.lines), "utf-8")
    headers = {"Content-Type": "application/json"}
    if traffic.token:
        headers["Authorization"] = f"Bearer {traffic.token}"
    members = ", ".join(f'["{name}"] = "{value}"' for name, value in headers.items())
    script = folder / "load.lua"
    script.write_text(
        f'MARK = "{_MARK}"\nFILE = "{lines}"\nRUN = "{run}-"\nPATH = "{traffic.path}"\n'
        f'METHOD = "{"POST" if traffic.path else "GET"}"\n'
        f"KEYS = {'true' if traffic.with_keys else 'false'}\n"
        f"HEADERS = {{{members}}}\n{_SCRIPT}",
        "utf-8",
    )
    return script
