"""``wangge user``: make and unlock accounts from a shell, for the first administrator above all."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from api.cli.output import Narrator
from api.cli.refusal import Refused
from api.db.provision import open_database
from api.settings import get_settings

users = typer.Typer(help="Make and unlock accounts.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.add_typer(users, name="user")


@users.command("add")
def add(
    username: Annotated[str, typer.Argument(help="Letters, digits, dot, dash, underscore.")],
    role: Annotated[str, typer.Option(help="A role, e.g. county_admin or dispatcher.")],
    area: Annotated[str, typer.Option(help="Code of the area of jurisdiction.")],
    name: Annotated[str | None, typer.Option(help="Name shown on pages.")] = None,
    channel: Annotated[str | None, typer.Option(help="Channel of an integration.")] = None,
    org: Annotated[str | None, typer.Option(help="Organisation of a department.")] = None,
    person: Annotated[str | None, typer.Option(help="Number of the person in the roster.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Make an account; without --password-stdin a password is made up and printed once."""
    import secrets
    import sys

    from api.accounts.roles import Role
    from api.accounts.service import NewAccount, create_account
    from api.db.engine import SERVICE
    from api.problems import Problem
    from api.service_parts import build_service
    from geo.codes import parse_code

    if role not in set(Role):
        raise Refused(f"没有这个角色；可选：{'、'.join(Role)}。")
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    settings = get_settings()
    with open_database(settings, say=Narrator(quiet=True).say) as database:
        service = build_service(settings.model_copy(update=database.settings()))
        try:
            known = service.keeper.current()
            code = parse_code(area)
            if code not in known.areas:
                raise Refused("没有这个编码的区域。")
            new = NewAccount(
                username=username,
                display_name=name or username,
                role=Role(role),
                area_code=code,
                password=password,
                channel=channel,
                org=org,
                person=person,
                must_change_password=True,
            )
            with service.database.transaction(SERVICE) as connection:
                account_id = create_account(connection, None, new, ip=None)
        except Problem as problem:
            raise Refused(problem.detail) from None
        finally:
            service.database.close()
    outcome = {"id": str(account_id), "username": username.lower(), "role": role, "area": code}
    if not password_stdin:
        outcome["password"] = password
    if as_json:
        typer.echo(json.dumps(outcome, ensure_ascii=False))
        return
    typer.echo(f"已建立账号 {outcome['username']}（{role}，{code}）。")
    if not password_stdin:
        typer.echo(f"初始密码：{password}（只显示一次，首次登录须修改）")


@users.command("unlock")
def unlock(
    username: Annotated[str, typer.Argument(help="The account that cannot log in.")],
) -> None:
    """Lift the lock of an account: the way back for an only administrator."""
    from api.accounts.service import unlock_by_name
    from api.db.engine import SERVICE
    from api.service_parts import build_service

    settings = get_settings()
    with open_database(settings, say=Narrator(quiet=True).say) as database:
        service = build_service(settings.model_copy(update=database.settings()))
        try:
            with service.database.transaction(SERVICE) as connection:
                unlock_by_name(connection, username.lower())
        finally:
            service.database.close()
    typer.echo(f"已解锁账号 {username.lower()}。")
