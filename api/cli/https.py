"""Look a certificate and its key over before serving with them, and say what is wrong in words."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from api.cli.refusal import Refused

_SOON = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class Pair:
    """Hold the files with which HTTPS is served, and until when the certificate is good."""

    cert: Path
    key: Path
    good_until: datetime

    def arguments(self) -> Sequence[str]:
        """Return what a web server process is told."""
        return ("--tls-cert", str(self.cert), "--tls-key", str(self.key))

    def warning(self, at: datetime) -> str | None:
        """Return a sentence when the certificate has run out at ``at``, or soon will have."""
        day = f"{self.good_until.astimezone():%Y-%m-%d}"
        if self.good_until <= at:
            return f"The certificate ran out on {day}: browsers will refuse it. Renew it."
        if self.good_until <= at + _SOON:
            return f"The certificate runs out on {day}. Renew it and start again."
        return None


def read_pair(cert: Path | None, key: Path | None) -> Pair | None:
    """Return the files to serve HTTPS with, None for plain HTTP.

    Raises Refused when one of the two is missing, cannot be read, is not what it should be, needs
    a password, or does not belong to the other.
    """
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        given, missing = (
            ("--tls-key", "--tls-cert") if cert is None else ("--tls-cert", "--tls-key")
        )
        raise Refused(f"{given} needs {missing} too: HTTPS takes a certificate and its key.")
    chain = _certificates(cert)
    if _public_key_of(key) != chain[0].public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    ):
        raise Refused(
            f"The key {key} does not belong to the certificate {cert}; the server's own "
            "certificate must come first in the file."
        )
    _try_out(cert, key)
    return Pair(cert.resolve(), key.resolve(), chain[0].not_valid_after_utc)


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(path, "certificate"))
    except ValueError:
        raise Refused(
            f"{path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)."
        ) from None


def _public_key_of(path: Path) -> bytes:
    content = _read(path, "key")
    try:
        key = load_pem_private_key(content, password=None)
    except TypeError:
        raise Refused(
            f"The key {path} has a password, and nobody is there to type it when the service "
            "starts by itself. Store it without one, readable by the service alone."
        ) from None
    except ValueError:
        raise Refused(f"{path} holds no private key in PEM form.") from None
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"The {what} {path} cannot be read: {error.strerror}.") from None


def _try_out(cert: Path, key: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password=lambda: "")
    except (ssl.SSLError, OSError):
        raise Refused(
            f"{cert} and {key} cannot be used for HTTPS: the key may be too weak or of a kind "
            "that browsers do not know."
        ) from None
