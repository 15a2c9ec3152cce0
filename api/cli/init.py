"""``wangge init``: start the database, bring its schema up to date, load the demo county."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from api.cli.output import Narrator
from api.cli.reporters import prepare_keys
from api.db.migrate import current_revision, head_revision, migrate
from api.db.provision import ProvidedDatabase, open_database
from api.settings import get_settings


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("init")(init)


def init(
    demo: Annotated[
        bool, typer.Option("--demo", help="Load the demo county too (synthetic, 示意数据).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Make the database ready: start it when it is private, migrate it, load the demo county."""
    settings = get_settings()
    narrator = Narrator(quiet=as_json)
    with open_database(settings, say=narrator.say) as database:
        migrated = bring_up_to_date(database, narrator)
        if demo:
            from api.demo.load import load_demo  # the loader needs half a second of imports

            load_demo(settings, database, narrator.say)
    outcome = {
        "database": "private" if database.private else "named",
        "revision": head_revision(),
        "migrated": migrated,
        "demo": demo,
    }
    if as_json:
        typer.echo(json.dumps(outcome))
    else:
        narrator.say(f"The database is ready (schema {outcome['revision']}).")


def bring_up_to_date(database: ProvidedDatabase, narrator: Narrator) -> bool:
    """Migrate ``database`` when its schema is not this code's; say whether that was needed.

    The key file of reporters' names is made beside it when there is none yet.
    """
    if current_revision(database.owner_url) == head_revision():
        migrated = False
    else:
        narrator.say(f"Bringing the database to schema {head_revision()}")
        migrate(database.owner_url)
        migrated = True
    prepare_keys(get_settings(), database, narrator)
    return migrated
