"""Read the environment: the only module that may.

Every setting is documented in docs/configuration.md; a test fails for one that is not.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_DIR = Path(__file__).resolve().parent.parent
# Two clock times of the county, 22:00-07:00, or nothing.
QUIET_HOURS = r"^(?:|(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d)$"


def _gateway_url(value: SecretStr) -> SecretStr:
    """Return an http or https address; raise ValueError for another."""
    parts = urlsplit(value.get_secret_value())
    plain = parts.username is None and parts.port != 0 and value.get_secret_value().isprintable()
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise ValueError("not an http or https address")
    return value


# Secret: a robot's address is its key.
GatewayUrl = Annotated[SecretStr, AfterValidator(_gateway_url)]


class Settings(BaseSettings):
    """Hold every setting of the service, with a default that suits one county's server."""

    model_config = SettingsConfigDict(env_prefix="WANGGE_", extra="ignore", populate_by_name=True)

    database_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="PostGIS to use instead of the private cluster; its role must own the tables.",
    )
    app_database_url: SecretStr | None = Field(
        default=None,
        description="Login of the serving role. Default: the owner's login, confined to "
        "the role wangge_app for the whole connection.",
    )
    var_dir: Path = Field(
        default=PROJECT_DIR / "var",
        description="Private cluster, logs and demo credentials live here.",
    )
    data_dir: Path = Field(
        default=PROJECT_DIR / "data",
        description="Boundary files and reference tables that come with the project.",
    )
    assets_dir: Path = Field(
        default=PROJECT_DIR / "maps" / "assets",
        description="Style sheets, scripts and the installed browser packages.",
    )
    life_dir: Path = Field(
        default=PROJECT_DIR / "data" / "reference" / "life",
        description="Templates of a report's life.",
    )
    life_template: str = Field(
        default="tumed_right", description="Template by which new reports live."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535, description="TCP port to listen on.")
    workers: int = Field(default=2, ge=1, le=64, description="Server processes.")
    pool_size: int = Field(
        default=40, ge=1, le=200, description="Database connections per process; one per thread."
    )
    statement_timeout_ms: int = Field(
        default=10_000, ge=100, description="Longest time one SQL statement may take."
    )
    geometry_seconds: float = Field(
        default=20,
        gt=0,
        le=100,
        description="Longest time one heavy redrawing operation may take before it is stopped.",
    )
    geometry_processes: int = Field(
        default=1, ge=1, le=16, description="Heavy redrawing operations at once per server process."
    )
    session_hours: int = Field(
        default=12, ge=1, le=24 * 30, description="Hours after which a login ends."
    )
    cookie_secure: bool = Field(
        default=False, description="Send the session cookie over HTTPS only."
    )
    login_tries: int = Field(
        default=5, ge=1, description="Wrong passwords in a row that lock an account."
    )
    login_lock_minutes: int = Field(default=15, ge=1, description="Minutes a lock lasts.")
    logins_per_minute: int = Field(
        default=60, ge=1, description="Logins that one address may try per minute and process."
    )
    anonymous_reports_per_minute: int = Field(
        default=20, ge=1, description="Reports one address may send per minute without a login."
    )
    import_hours: float = Field(
        default=24, gt=0, description="Hours after which an uploaded boundary file is erased."
    )
    batch_disk_mib: int = Field(
        default=2048,
        ge=1,
        description="Disk that unread answers of batches may take in each server process, in MiB.",
    )
    photo_dir: Path | None = Field(
        default=None, description="Folder of the photos of reports. Default: photos in var_dir."
    )
    photo_font: Path | None = Field(
        default=None,
        description="Font with Chinese for the stamp in photos. Default: the first known one.",
    )
    sms_url: GatewayUrl | None = Field(
        default=None, description="SMS gateway to which notices are posted as JSON."
    )
    sms_token: SecretStr | None = Field(
        default=None, description="Bearer token for the SMS gateway."
    )
    robot_url: GatewayUrl | None = Field(
        default=None, description="Webhook of a work group's robot that is told of notices."
    )
    tianditu_url: GatewayUrl | None = Field(
        default=None, description="Tianditu's geocoder, asked for a hint when a person wants one."
    )
    tianditu_key: SecretStr | None = Field(
        default=None, description="Key of the county at Tianditu; without it nothing is asked."
    )
    quiet_hours: str = Field(
        default="22:00-07:00",
        pattern=QUIET_HOURS,
        description="Daily hours in which only urgent notices go out; empty for none.",
    )
    tls_cert: Path | None = Field(
        default=None, description="Certificate chain (PEM) with which to serve HTTPS."
    )
    tls_key: Path | None = Field(
        default=None, description="Private key (PEM) that belongs to the certificate."
    )
    reporter_keys: Path | None = Field(
        default=None,
        description="File with the keys of reporters' names. Default: reporter-keys in var_dir.",
    )
    reporter_days: int = Field(
        default=180, ge=1, description="Days after its end for which a report keeps its reporter."
    )
    metrics_token: SecretStr | None = Field(
        default=None, description="Bearer token for /metrics from beyond loopback."
    )
    log_level: str = Field(default="INFO", description="Least severe level that is logged.")
    demo: bool = Field(
        default=False,
        description="Mark every page 示意数据，内容虚构 even without the demo county.",
    )

    @property
    def reporter_key_file(self) -> Path:
        """Return where the keys of reporters' names are."""
        return self.reporter_keys or self.var_dir / "reporter-keys"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()


def compiled_code_folder() -> str:
    """Return where compiled code was asked to lie (NUMBA_CACHE_DIR, which numba reads), or ''."""
    return os.environ.get("NUMBA_CACHE_DIR", "")


def child_environment(**extra: str) -> dict[str, str]:
    """Return the environment for a child process: this one's, with ``extra`` on top."""
    return {**os.environ, **extra}
