"""Log in who works through the day: the demo's roles, and workers of some grids."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from bench.workplace import Workplace, ask

ROLES = (
    "dispatcher", "shift_lead", "county_admin", "township_admin", "leader", "department",
    "grid_worker",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class People:
    """Hold a token for each role, one for each worker by grid, and the department's id."""

    tokens: Mapping[str, str]
    workers: Mapping[str, str]
    department: str

    def token(self, who: str) -> str:
        """Return the token of a role, or of the worker of a grid."""
        return self.workers.get(who) or self.tokens[who]


def bring_in(workplace: Workplace, port: int, *, workers: int) -> People:
    """Log everybody in; make accounts for workers of as many grids that have somebody on duty."""
    tokens = {role: workplace.login(port, role) for role in ROLES}
    with workplace.connect() as connection:
        grids = [
            str(row[0])
            for row in connection.execute(
                "SELECT p.area_code FROM posts p JOIN holders h ON h.post_id = p.id "
                "WHERE length(p.area_code) = 15 AND p.role = 'full_time_grid_worker' "
                "GROUP BY 1 ORDER BY md5(p.area_code) LIMIT %s",
                (workers,),
            )
        ]
        account = workplace.credentials()["department"]["username"]
        found = connection.execute(
            "SELECT o.id::text FROM accounts a JOIN orgs o ON a.org IN (o.id::text, o.name) "
            "WHERE a.username = %s",
            (account,),
        ).fetchone()
    department = str(found[0]) if found else ""
    admin = {"Authorization": f"Bearer {tokens['county_admin']}"}
    passwords = {grid: secrets.token_urlsafe(16) for grid in grids}
    for grid, password in passwords.items():
        body = {
            "username": f"day-{grid}",
            "display_name": "示意网格员",
            "role": "grid_worker",
            "area": grid,
            "password": password,
        }
        ask(port, "POST", "/v1/accounts", body=body, headers=admin)
    with workplace.connect() as connection:
        # Nobody is there to choose another one.
        connection.execute(
            "UPDATE accounts SET must_change_password = false WHERE username ^@ 'day-'"
        )
    by_grid = {}
    for grid, password in passwords.items():
        login = {"username": f"day-{grid}", "password": password}
        by_grid[grid] = str(ask(port, "POST", "/v1/sessions", body=login)["token"])
    return People(tokens, by_grid, department)
