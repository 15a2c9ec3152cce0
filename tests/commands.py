"""Run ``wangge`` as a shell would: in this process, or in one of its own.

One of its own costs a second or two of reading code, again and again; so a test has its command run
in this process, and one call of each command runs apart, as it does in earnest.
"""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import pytest

from api.cli.main import run
from api.settings import PROJECT_DIR, child_environment, get_settings
from tests.conftest import FreshDatabase

Ran = subprocess.CompletedProcess[str]
# For a command that a busy machine lets begin late.
_LONGEST_S = 100


def run_here(*arguments: object, **environment: str) -> Ran:
    """Run a command in this process, from reading its words to its exit code."""
    words = [str(argument) for argument in arguments]
    out, err = _stream(), _stream()
    with pytest.MonkeyPatch.context() as patch, _own_settings_and_signals():
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["wangge", *words])
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            run()
    code = ended.value.code
    assert code is None or isinstance(code, int), code
    return subprocess.CompletedProcess(words, code or 0, _written(out), _written(err))


def run_apart(*arguments: object, **environment: str) -> Ran:
    """Run a command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli.main", *(str(argument) for argument in arguments)],
        env=child_environment(**environment),
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
    )


def on(database: FreshDatabase) -> dict[str, str]:
    """Return the environment of a command that works on ``database``."""
    return {"DATABASE_URL": database.owner_url, "WANGGE_APP_DATABASE_URL": database.app_url}


@contextmanager
def _own_settings_and_signals() -> Iterator[None]:
    get_settings.cache_clear()
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
        get_settings.cache_clear()


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _written(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")
