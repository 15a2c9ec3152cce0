"""Provide the database that the settings ask for: the one named, else a private one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from api.db.cluster import Say, open_cluster
from api.db.database_state import require_usable
from api.settings import Settings


@dataclass(frozen=True, slots=True)
class ProvidedDatabase:
    """Hold the addresses to migrate (``owner_url``) and to serve (``app_url``) with.

    ``app_url`` is None when a named database came without a login for the serving role.
    """

    owner_url: str
    app_url: str | None
    private: bool

    def environment(self) -> dict[str, str]:
        """Return the variables that point a child process to this database."""
        variables = {"DATABASE_URL": self.owner_url}
        if self.app_url is not None:
            variables["WANGGE_APP_DATABASE_URL"] = self.app_url
        return variables

    def settings(self) -> dict[str, SecretStr | None]:
        """Return the same as changes to the settings of this process."""
        app_url = SecretStr(self.app_url) if self.app_url is not None else None
        return {"database_url": SecretStr(self.owner_url), "app_database_url": app_url}


@contextmanager
def open_database(settings: Settings, *, say: Say | None = None) -> Iterator[ProvidedDatabase]:
    """Provide a database for the length of the block.

    ``DATABASE_URL`` wins and is neither started nor stopped. Else the private cluster is started
    when it does not run, and stopped at the end when no other command uses it. Raises ClusterError
    with what is missing and what to do.
    """
    named = settings.database_url
    if named is not None:
        app_url = settings.app_database_url
        require_usable(named.get_secret_value())
        yield ProvidedDatabase(
            owner_url=named.get_secret_value(),
            app_url=app_url.get_secret_value() if app_url is not None else None,
            private=False,
        )
        return
    cluster = open_cluster(settings.var_dir, say=say)
    try:
        urls = cluster.urls()
        yield ProvidedDatabase(owner_url=urls.owner, app_url=urls.app, private=True)
    finally:
        cluster.close()
