"""Say what each role may do and see: the table of the contract, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from api.db.engine import NOBODY, Scope


class Role(StrEnum):
    """Name the roles of accounts."""

    SYSTEM_ADMIN = "system_admin"
    COUNTY_ADMIN = "county_admin"
    TOWNSHIP_ADMIN = "township_admin"
    COMMUNITY_ADMIN = "community_admin"
    DISPATCHER = "dispatcher"
    SHIFT_LEAD = "shift_lead"
    LEADER = "leader"
    GRID_WORKER = "grid_worker"
    DEPARTMENT = "department"
    WALL = "wall"
    INTEGRATION = "integration"


LABELS: Mapping[Role, str] = {
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.COUNTY_ADMIN: "旗级管理员（网格办）",
    Role.TOWNSHIP_ADMIN: "苏木乡镇管理员",
    Role.COMMUNITY_ADMIN: "嘎查村（社区）管理员",
    Role.DISPATCHER: "坐席员／派单员",
    Role.SHIFT_LEAD: "值班长",
    Role.LEADER: "领导（查看、督办）",
    Role.GRID_WORKER: "网格员",
    Role.DEPARTMENT: "部门联络员",
    Role.WALL: "大屏账号",
    Role.INTEGRATION: "接口账号",
}

ANYONE: frozenset[Role] = frozenset(Role)
ACCOUNT_ADMINS = frozenset({Role.SYSTEM_ADMIN, Role.COUNTY_ADMIN})
REPORT_READERS = ANYONE - {Role.SYSTEM_ADMIN}
REPORT_CREATORS = frozenset(
    {
        Role.COUNTY_ADMIN,
        Role.TOWNSHIP_ADMIN,
        Role.COMMUNITY_ADMIN,
        Role.DISPATCHER,
        Role.SHIFT_LEAD,
        Role.GRID_WORKER,
        Role.INTEGRATION,
    }
)
REPORT_HANDLERS = frozenset(
    {
        Role.COUNTY_ADMIN,
        Role.TOWNSHIP_ADMIN,
        Role.COMMUNITY_ADMIN,
        Role.DISPATCHER,
        Role.SHIFT_LEAD,
        Role.GRID_WORKER,
        Role.DEPARTMENT,
    }
)
REPORT_ROUTERS = REPORT_HANDLERS - {Role.GRID_WORKER, Role.DEPARTMENT}
PLAN_AUTHORS = frozenset({Role.COUNTY_ADMIN, Role.TOWNSHIP_ADMIN, Role.COMMUNITY_ADMIN})
IMPORTERS = frozenset({Role.SYSTEM_ADMIN, Role.COUNTY_ADMIN, Role.TOWNSHIP_ADMIN})
PLAN_APPROVERS = frozenset({Role.COUNTY_ADMIN})
PLAN_READERS = PLAN_AUTHORS | {Role.DISPATCHER, Role.SHIFT_LEAD, Role.LEADER}
# People, posts and duty: who keeps the roster of their area, and who reads it.
ROSTER_EDITORS = PLAN_AUTHORS
ROSTER_READERS = PLAN_READERS | {Role.GRID_WORKER}
PHONE_READERS = REPORT_HANDLERS | {Role.INTEGRATION}
_SEES_WORKER_PHONES = frozenset(
    {Role.COUNTY_ADMIN, Role.DISPATCHER, Role.SHIFT_LEAD, Role.LEADER, Role.GRID_WORKER}
)
_SEES_OWN_PEOPLE = frozenset({Role.TOWNSHIP_ADMIN, Role.COMMUNITY_ADMIN})
_SEES_PEOPLE = frozenset(
    {Role.COUNTY_ADMIN, Role.DISPATCHER, Role.SHIFT_LEAD, Role.LEADER, Role.GRID_WORKER}
)
_BY_AREA = frozenset(
    {
        Role.COUNTY_ADMIN,
        Role.TOWNSHIP_ADMIN,
        Role.COMMUNITY_ADMIN,
        Role.DISPATCHER,
        Role.SHIFT_LEAD,
        Role.LEADER,
        Role.WALL,
    }
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Hold who calls and over which session."""

    session_id: UUID
    csrf_token: str
    expires_at: datetime
    account_id: UUID
    username: str
    display_name: str
    role: Role
    area_code: str
    channel: str | None
    org: str | None
    person_id: UUID | None
    must_change_password: bool
    by_cookie: bool = False

    def sees_worker_phones(self, area_code: str) -> bool:
        """Say whether phones of those who work in ``area_code`` are shown in full."""
        if self.role in _SEES_OWN_PEOPLE:
            return area_code.startswith(self.area_code)
        return self.role in _SEES_WORKER_PHONES

    def sees_people(self, area_code: str) -> bool:
        """Say whether names on posts of an area are shown: administrators' own, desks' all."""
        if self.role in (Role.TOWNSHIP_ADMIN, Role.COMMUNITY_ADMIN):
            return area_code.startswith(self.area_code) or self.area_code.startswith(area_code)
        return self.role in _SEES_PEOPLE

    @property
    def sees_texts(self) -> bool:
        """Say whether texts and people are shown at all: never on a wall."""
        return self.role is not Role.WALL


def scope_of(caller: Caller | None, *, own_areas: tuple[str, ...] = ()) -> Scope:
    """Return which rows the caller may see; ``own_areas`` are a worker's areas of duty."""
    if caller is None:
        return NOBODY
    may_create = caller.role in (REPORT_CREATORS | REPORT_HANDLERS)
    if caller.role in _BY_AREA:
        return Scope(kind="areas", areas=(caller.area_code,), may_create=may_create)
    if caller.role is Role.GRID_WORKER:
        return Scope(kind="areas", areas=own_areas, may_create=may_create)
    if caller.role is Role.INTEGRATION:
        return Scope(kind="channel", channel=caller.channel or "", may_create=may_create)
    if caller.role is Role.DEPARTMENT:
        return Scope(kind="org", org=caller.org or "", may_create=may_create)
    return NOBODY
