"""Post JSON to a gateway and read a short answer; follow nobody elsewhere, trust no false name."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson

from api.notices.records import NotSent

TIMEOUT_S = 8.0
_LONGEST_ANSWER = 64 * 1024
_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})


@dataclass(frozen=True, slots=True)
class Gateway:
    """Hold where to post: an http or https address of the intranet or beyond.

    Certificates are checked against the machine's authorities; ``SSL_CERT_FILE`` names others.
    """

    url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    timeout_s: float = TIMEOUT_S

    def post(self, body: Mapping[str, Any], *, key: str) -> dict[str, Any]:
        """Return the object that is answered, empty for none; raise NotSent for a refusal.

        ``key`` goes along as ``Idempotency-Key``. What the gateway says is never part of the
        error: it may repeat the message.
        """
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        status, answer = self._exchange(orjson.dumps(body), headers)
        _refuse_status(status)
        try:
            read = orjson.loads(answer) if answer.strip() else {}
        except orjson.JSONDecodeError:
            return {}
        return read if isinstance(read, dict) else {}

    def _exchange(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        connection, target = self._connection()
        try:
            connection.request("POST", target, body=body, headers=dict(headers))
            response = connection.getresponse()
            return response.status, response.read(_LONGEST_ANSWER)
        except TimeoutError:
            raise NotSent("timed_out", again=True) from None
        except ssl.SSLError:
            raise NotSent("tls", again=True) from None
        except (OSError, http.client.HTTPException):
            raise NotSent("unreachable", again=True) from None
        finally:
            connection.close()

    def _connection(self) -> tuple[http.client.HTTPConnection, str]:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if parts.scheme == "https":
            return http.client.HTTPSConnection(
                host, port, timeout=self.timeout_s, context=ssl.create_default_context()
            ), target
        return http.client.HTTPConnection(host, port, timeout=self.timeout_s), target


def _refuse_status(status: int) -> None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise NotSent("busy", again=True)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _AGAIN:
        raise NotSent("gateway_error", again=True)
    # A moved address is a mistake in the settings: the message goes nowhere it was not meant to.
    moved = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    raise NotSent("redirected" if moved else "refused", again=False)
