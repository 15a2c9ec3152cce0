"""``wangge serve --tls-cert --tls-key``: HTTPS by the servers themselves, cookies over it alone."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from api.cli.listening import page_address
from api.settings import child_environment
from tests.certificates import make_pair
from tests.conftest import FreshDatabase

READY = re.compile(r"Serving on (\S+)")


def start(database: FreshDatabase, port: int, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", "serve", "--port", str(port), *options],
        env=child_environment(
            DATABASE_URL=database.owner_url,
            WANGGE_APP_DATABASE_URL=database.app_url,
            WANGGE_WORKERS="1",
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def free_port() -> int:
    from tests.faults.test_serving import free_port as found

    return found()


def ask(
    port: int, cert: Path, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Ask over HTTPS, trusting this one certificate; return status, headers and body."""
    context = ssl.create_default_context(cafile=str(cert))
    with closing(
        http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=context)
    ) as connection:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def test_it_speaks_https_and_its_cookie_stays_there(county_database: Any, tmp_path: Path) -> None:
    cert, key = make_pair(tmp_path)
    port = free_port()
    process = start(county_database, port, "--tls-cert", str(cert), "--tls-key", str(key))
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if found := READY.search(line):
                assert found[1] == page_address("127.0.0.1", port, secure=True)
                break
        else:
            raise AssertionError("".join(lines))
        status, _, body = ask(port, cert, "GET", "/readyz")
        assert (status, json.loads(body)["status"]) == (200, "ok")
        account = county_database.credentials["dispatcher"]
        form = urlencode({"username": account["username"], "password": account["password"]})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        status, headers, _ = ask(port, cert, "POST", "/login", form, **kind)
        assert status == 303
        cookie = headers["set-cookie"].lower()
        assert {"secure", "httponly", "samesite=strict"} <= set(cookie.split("; "))
        os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=30)
        assert process.returncode == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_certificate_without_its_key_is_refused_before_anything_starts(
    county_database: Any, tmp_path: Path
) -> None:
    cert, _ = make_pair(tmp_path)
    process = start(county_database, free_port(), "--tls-cert", str(cert))
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "--tls-cert needs --tls-key" in output
    assert "Traceback" not in output
