"""``wangge serve``: start the database when it is private, the web servers and the scheduler."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from api.cli.compiling import compile_ahead
from api.cli.https import Pair, read_pair
from api.cli.init import bring_up_to_date
from api.cli.listening import page_address, reserve
from api.cli.output import Narrator
from api.cli.refusal import Refused
from api.cli.reporters import prepare_keys
from api.cli.supervisor import Supervisor
from api.db.migrate import current_revision, head_revision
from api.db.provision import ProvidedDatabase, open_database
from api.life.county import read_templates
from api.settings import child_environment, get_settings

READY_S = 90.0


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("serve")(serve)


def serve(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="TCP port (default: WANGGE_PORT or 8000).")
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Address (default: WANGGE_HOST or 127.0.0.1).")
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate chain (PEM) to serve HTTPS with.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(help="Private key (PEM) of the certificate.")
    ] = None,
) -> None:
    """Serve the pages and the API until Ctrl-C or SIGTERM."""
    settings = get_settings()
    narrator = Narrator()
    # The processes would each end with the same refusal, and be started again.
    read_templates(settings.life_dir, settings.life_template)
    tls = read_pair(tls_cert or settings.tls_cert, tls_key or settings.tls_key)
    if tls is not None and (warning := tls.warning(datetime.now(UTC))):
        narrator.say(warning)
    address = (host or settings.host, port or settings.port)
    sockets = reserve(*address, settings.workers)
    compile_ahead(narrator)
    with open_database(settings, say=narrator.say) as database:
        if database.private:
            bring_up_to_date(database, narrator)
        else:
            require_current_schema(database)
            prepare_keys(settings, database, narrator)
        run_service(
            sockets,
            database,
            url=page_address(*address, secure=tls is not None),
            tls=tls,
            when_ready=lambda: narrator.say(
                f"Serving on {page_address(*address, secure=tls is not None)} (Ctrl-C stops)"
            ),
        )
    narrator.say("Stopped.")


def require_current_schema(database: ProvidedDatabase) -> None:
    """Refuse to serve from a database of another schema; a real one is migrated on purpose."""
    found = current_revision(database.owner_url)
    if found != head_revision():
        raise Refused(
            f"The database has schema {found or 'none'}, this program needs {head_revision()}."
            " Run wangge init first."
        )


def run_service(
    sockets: Sequence[socket.socket],
    database: ProvidedDatabase,
    *,
    url: str,
    when_ready: Callable[[], None],
    log: Path | None = None,
    tls: Pair | None = None,
) -> None:
    """Run the service at ``url`` until it is asked to end; call ``when_ready`` once it answers.

    With ``tls`` it speaks HTTPS, and the session's cookie is sent over HTTPS only.
    """
    environment = child_environment(**database.environment())
    web_arguments: Sequence[str] = ()
    if tls is not None:
        environment["WANGGE_COOKIE_SECURE"] = "true"
        web_arguments = tls.arguments()
    with Supervisor(
        sockets, environment=environment, log=log, web_arguments=web_arguments
    ) as supervisor:
        deadline = time.monotonic() + READY_S
        while not supervisor.stopping and not _answers(url):
            if time.monotonic() > deadline:
                raise Refused(f"The service did not answer on {url} within {READY_S:.0f} s.")
            supervisor.watch(for_s=0.1)
        if not supervisor.stopping:
            when_ready()
        supervisor.watch()


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        # Our own process on our own socket: its certificate names the address that others use.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(parts.netloc, timeout=2, context=context)
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
