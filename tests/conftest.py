"""Give tests a real PostGIS: one private cluster a run, one fresh database a module."""

from __future__ import annotations

import gc
import itertools
import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import argon2
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api import knowledge_loading
from api.accounts import passwords
from api.cli.quick_start import reading_code
from api.db.cluster import Cluster, temporary_cluster
from api.db.cluster_databases import create_database, drop_database
from api.db.engine import Database, make_engine, normalise_url
from api.db.migrate import migrate
from api.db.provision import ProvidedDatabase
from api.demo.load import load_county_and_accounts
from api.privacy.key_file import make_file
from api.settings import Settings
from geo.address.matcher import Matcher
from geo.address.types import Place

SCHEMA_TEMPLATE = "template_schema"
COUNTY_TEMPLATE = "template_county"
# Those with the longest files first: at the end no process waits long for another.
FOLDERS = ("browser", "faults", "http", "store", "scenarios", "unit")
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Run a private cluster for the tests alone; nothing of it is left afterwards."""
    with temporary_cluster() as running:
        yield running


def beside(running: TestClient, **options: Any) -> TestClient:
    """Return another client of a running application, in its loop: no request makes one anew."""
    client = TestClient(running.app, **options)
    client.portal = running.portal
    return client


@contextmanager
def quick_hashes() -> Iterator[None]:
    """Hash as cheaply as argon2 can: what it costs in earnest, a unit test looks at."""
    with pytest.MonkeyPatch.context() as patch:
        cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(passwords, "_hasher", cheap)
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_matcher_for_the_same_names() -> Iterator[None]:
    """Index the same names of places once: a third of what each of hundreds of readings costs.

    A matcher is never changed. One of other places, in another order or of other names is made.
    """
    make = lru_cache(maxsize=8)(Matcher)

    def made(places: Iterable[Place], **names: Any) -> Matcher:
        return make(tuple(places), **names)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knowledge_loading, "Matcher", made)
        yield


@dataclass(frozen=True)
class FreshDatabase:
    """A database of a test module: its addresses, the settings to serve it, a way to open it."""

    owner_url: str
    app_url: str
    superuser_url: str
    credentials: dict[str, dict[str, str]]

    def settings(self, var_dir: Path) -> Settings:
        make_file(var_dir / "reporter-keys", date(2026, 11, 21))
        return Settings(
            database_url=SecretStr(self.owner_url),
            app_database_url=SecretStr(self.app_url),
            var_dir=var_dir,
            anonymous_reports_per_minute=100_000,
            logins_per_minute=100_000,
            pool_size=10,
            log_level="WARNING",
        )

    def serving(self) -> Database:
        return Database(make_engine(normalise_url(self.app_url)))


Maker = Callable[[str], FreshDatabase]


@pytest.fixture(scope="session")
def credentials_of_county() -> dict[str, dict[str, str]]:
    """Filled when the county template is made."""
    return {}


@pytest.fixture(scope="session")
def schema_template(cluster: Cluster) -> str:
    """A database that holds the newest schema and nothing else."""
    create_database(cluster.place, SCHEMA_TEMPLATE)
    migrate(cluster.urls(SCHEMA_TEMPLATE).owner)
    return SCHEMA_TEMPLATE


@pytest.fixture(scope="session")
def county_template(
    cluster: Cluster, schema_template: str, credentials_of_county: dict[str, dict[str, str]]
) -> str:
    """A database that holds the demo county with its people, without reports."""
    create_database(cluster.place, COUNTY_TEMPLATE, template=schema_template)
    urls = cluster.urls(COUNTY_TEMPLATE)
    provided = ProvidedDatabase(owner_url=urls.owner, app_url=urls.app, private=True)
    with quick_hashes():
        made = load_county_and_accounts(Settings(), provided, lambda _: None)
    credentials_of_county.update(made)
    return COUNTY_TEMPLATE


def _fresh(
    cluster: Cluster, template: str, credentials: dict[str, dict[str, str]]
) -> Iterator[FreshDatabase]:
    name = f"test_{next(_numbers)}"
    create_database(cluster.place, name, template=template)
    urls = cluster.urls(name)
    # A copy: a module that changes a password changes it in its own database alone.
    yield FreshDatabase(urls.owner, urls.app, urls.superuser, deepcopy(credentials))
    drop_database(cluster.place, name)


@pytest.fixture(scope="module")
def empty_database(cluster: Cluster, schema_template: str) -> Iterator[FreshDatabase]:
    """A fresh database with the schema only."""
    yield from _fresh(cluster, schema_template, {})


@pytest.fixture(scope="module")
def county_database(
    cluster: Cluster, county_template: str, credentials_of_county: dict[str, dict[str, str]]
) -> Iterator[FreshDatabase]:
    """A fresh database with the demo county and its logins."""
    yield from _fresh(cluster, county_template, credentials_of_county)


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs that tests start.

    A shell lets what it starts in the background pass over it, and whatever that starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the folders in their order."""
    items.sort(key=lambda item: turn_of(item.path))


def turn_of(path: Path) -> int:
    """Return which turn a file of tests has: with its folder, or last where no folder is named."""
    here = Path(__file__).parent
    folder = path.relative_to(here).parts[0] if path.is_relative_to(here) else ""
    return FOLDERS.index(folder) if folder in FOLDERS else len(FOLDERS)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are read, never in what was read, and seldom afterwards.

    Each module makes and drops an application; by default a fifth of a run went into the search.
    """
    with reading_code():
        found = yield
    gc.set_threshold(10_000, 10, 20)
    return found


def pytest_report_header() -> str:
    """Say loudly whether the real files take part."""
    where = os.environ.get("WANGGE_REAL_DATA")
    return f"real input: {where}" if where else "real input: WANGGE_REAL_DATA is not set, left out"
