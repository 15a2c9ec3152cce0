"""``wangge reporters``: the keys of reporters' names and phones, and their erasure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.output import Narrator
from api.cli.refusal import Refused
from api.db.provision import ProvidedDatabase, open_database
from api.settings import Settings, get_settings

if TYPE_CHECKING:
    from api.deps import Service

reporters_app = typer.Typer(
    no_args_is_help=True, help="Keys of reporters' names and phones, and their erasure."
)
ACTOR = "command-line"
AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the group of commands to ``app``."""
    app.add_typer(reporters_app, name="reporters")


def prepare_keys(settings: Settings, database: ProvidedDatabase, narrator: Narrator) -> None:
    """Make the key file of a fresh database; warn when a database has lost its own.

    A key that is made while sealed names wait for another one would hide the loss.
    """
    from api.input_types import now
    from api.privacy.key_file import make_file

    path = settings.reporter_key_file
    if path.exists():
        return
    with _service(settings, database) as service:
        sealed = sum(_counts(service).values())
    if sealed:
        narrator.say(
            f"The keys of {sealed} reporters are missing: put {path} back, or begin anew"
            " with wangge reporters new-key. Their names cannot be read meanwhile"
        )
    elif make_file(path, now().date()):
        narrator.say(f"Made {path}: keep a copy apart from the database")


@contextmanager
def _service(settings: Settings, database: ProvidedDatabase) -> Iterator[Service]:
    from api.service_parts import build_service

    service = build_service(settings.model_copy(update=database.settings()))
    try:
        yield service
    finally:
        service.database.close()


def _counts(service: Service) -> dict[str, int]:
    from api.db.engine import SERVICE
    from api.db.reporter_store import count_by_key

    with service.database.transaction(SERVICE) as connection:
        return count_by_key(connection)


@reporters_app.command("status")
def status(as_json: AsJson = False) -> None:
    """Say how many reporters each key seals; exit code 1 when one of these keys is missing."""
    settings = get_settings()
    with (
        open_database(settings, say=Narrator(quiet=True).say) as database,
        _service(settings, database) as service,
    ):
        sealed = _counts(service)
        keys = service.vault.keys()
    facts = [
        {"key": key.id, "made_on": key.made_on, "in_file": True, "seals": sealed.get(key.id, 0)}
        for key in keys
    ]
    known = {key.id for key in keys}
    facts += [
        {"key": key, "made_on": None, "in_file": False, "seals": count}
        for key, count in sorted(sealed.items())
        if key not in known
    ]
    if as_json:
        typer.echo(json.dumps(facts))
    else:
        typer.echo(f"密钥文件 {settings.reporter_key_file}")
        for number, fact in enumerate(facts):
            state = "缺失" if not fact["in_file"] else "加密用" if number == 0 else "仅解密"
            typer.echo(f"{fact['key']}  {fact['made_on'] or '–':10}  {state}  {fact['seals']}条")
    if not all(fact["in_file"] for fact in facts):
        raise typer.Exit(1)


@reporters_app.command("new-key")
def new_key() -> None:
    """Put a fresh key first in the key file; running services use it from now on."""
    from api.input_types import now
    from api.privacy.key_file import BadKeyFile, add_key

    path = get_settings().reporter_key_file
    try:
        key = add_key(path, now().date())
    except BadKeyFile as damage:
        raise Refused(str(damage)) from None
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None
    typer.echo(f"新密钥{key.id}已写入 {path}，请立即另处备份（不要与数据库备份放在一起）。")
    typer.echo("其他服务器也换上同一文件后，运行 wangge reporters rotate。")


@reporters_app.command("rotate")
def rotate(as_json: AsJson = False) -> None:
    """Seal all reporters with the newest key; may be cut off and started again."""
    from api.input_types import now
    from api.privacy.rotation import rotate as rotate_keys

    settings = get_settings()
    with (
        open_database(settings, say=Narrator(quiet=True).say) as database,
        _service(settings, database) as service,
    ):
        outcome = rotate_keys(
            service.database,
            service.vault,
            now(),
            county=service.keeper.current().county.code,
            say=Narrator(quiet=as_json).say,
        )
    if as_json:
        facts = {"key": outcome.key_id, "sealed": outcome.sealed}
        typer.echo(json.dumps({**facts, "unreadable": dict(outcome.unreadable)}))
    else:
        typer.echo(f"已用密钥{outcome.key_id}重新加密{outcome.sealed}条。")
    if outcome.unreadable:
        missing = "、".join(f"{key}（{count}条）" for key, count in outcome.unreadable.items())
        raise Refused(f"缺少密钥，未能重新加密：{missing}。请把它们放回密钥文件后再运行一次。")


@reporters_app.command("erase")
def erase(
    number: Annotated[
        str | None,
        typer.Argument(help="Number of the report; without it, all whose time is over."),
    ] = None,
    reason: Annotated[
        str, typer.Option(help="Why, for the audit; needed with a number.", show_default=False)
    ] = "",
) -> None:
    """Erase the name and phone of one report's reporter for good, or of all whose time is over."""
    from api.input_types import now
    from api.privacy.erasure import erase_due, erase_now

    if number is not None and not reason.strip():
        raise Refused("请用 --reason 写明删除原因。")
    settings = get_settings()
    with (
        open_database(settings, say=Narrator(quiet=True).say) as database,
        _service(settings, database) as service,
    ):
        if number is None:
            count = erase_due(service.database, now(), days=settings.reporter_days)
            typer.echo(f"办结满{settings.reporter_days}天的来电人信息已删除{count}条。")
            return
        found = erase_now(service.database, number, at=now(), actor=ACTOR, reason=reason.strip())
    typer.echo("来电人信息已删除。" if found else "该诉求没有保存来电人信息。")
