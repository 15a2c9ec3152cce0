"""Build the parts that the requests of one process share."""

from __future__ import annotations

from api.accounts.session_cache import SessionCache
from api.db.engine import Database, make_engine, serving_url
from api.deps import Service
from api.index_files import IndexFiles
from api.knowledge import Keeper
from api.life.county import read_templates
from api.locating.batch.parking import MIB, Parking
from api.locating.batch.turns import Gate
from api.places.suggesting import Suggesters
from api.plans.geometry_process import GeometryProcesses
from api.privacy.vault import Vault
from api.problems import Problem
from api.rate_limit import RateLimit
from api.reports.gathering import Gathering
from api.settings import Settings


def build_service(settings: Settings) -> Service:
    """Return the parts that the requests of one process share; needs a database address."""
    if settings.database_url is None:
        raise Problem("unavailable", "没有数据库：请设置 DATABASE_URL，或用 wangge serve 启动。")
    owner = settings.database_url.get_secret_value()
    app_login = settings.app_database_url.get_secret_value() if settings.app_database_url else None
    url = serving_url(owner, app_login)
    engine = make_engine(
        url, pool_size=settings.pool_size, statement_timeout_ms=settings.statement_timeout_ms
    )
    database = Database(engine)
    vault = Vault(settings.reporter_key_file)
    keeper = Keeper(
        database,
        read_templates(settings.life_dir, settings.life_template),
        vault,
        IndexFiles(settings.var_dir / "index"),
    )
    return Service(
        settings=settings,
        database=database,
        keeper=keeper,
        vault=vault,
        sessions=SessionCache(),
        anonymous_reports=RateLimit(settings.anonymous_reports_per_minute),
        logins=RateLimit(settings.logins_per_minute),
        geometry=GeometryProcesses(
            seconds=settings.geometry_seconds, at_once=settings.geometry_processes
        ),
        suggesters=Suggesters(),
        batches=Gate(Parking(settings.batch_disk_mib * MIB)),
        intake=Gathering(database, keeper),
    )
