"""Say in the engine's words who answers for a report and who presses a step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from api.accounts.roles import Caller, Role
from api.db.report_store import HeldBy
from api.duty.records import Org, Post, Responsible, org_id_of
from api.knowledge import Knowledge
from api.life.parties import Actor, Party, desk_of
from api.life.vocabulary import LEVEL_LABELS
from api.ownership import OwnerAnswer
from api.problems import invalid
from geo.codes import Level, level_of, parse_code

# Who sits on these is the desk of the area: whoever is on duty there, not one person.
DESK_ROLES = frozenset({"community_desk", "township_desk", "county_desk"})
WORKER_ROLES = ("full_time_grid_worker", "part_time_grid_worker")


def party_of(duty: Responsible, known: Knowledge) -> Party:
    """Return who answers as the engine names them; the county's desk when nobody is on duty."""
    post, person = duty.post, duty.person
    if post is None or person is None:
        return named_desk(known.county.code, known)
    if post.org_id is not None:
        return org_party(known.roster.orgs[post.org_id], known, person=str(person.id))
    assert post.area_code is not None
    if post.role in DESK_ROLES:
        return named_desk(post.area_code, known)
    return duty.said(_party_on_post)


def _party_on_post(duty: Responsible) -> Party:
    post, person = duty.post, duty.person
    assert post is not None and post.area_code is not None and person is not None
    return Party(post.area_code, post=str(post.id), person=str(person.id), name=person.name)


def named_desk(area: str, known: Knowledge) -> Party:
    """Return the desk of an area with the name by which people know it."""
    row = known.areas.get(area)
    return desk_of(area, f"{row.name}值班" if row else "")


def org_party(org: Org, known: Knowledge, *, person: str | None = None) -> Party:
    """Return an organisation; ``person`` is its liaison on duty."""
    area = org.area_code or known.county.code
    return Party(area, person=person, org=str(org.id), name=org.name)


def holder_of(found: OwnerAnswer, known: Knowledge) -> Party:
    """Return who has a report by the answer of routing."""
    return party_of(found.duty, known)


def duty_party(area: str, known: Knowledge, at: datetime) -> Party:
    """Return who answers for an area at an instant, by the roster."""
    kind = known.areas[area].kind if level_of(area) is Level.GRID else None
    duty = known.roster.responsible(area_code=area, kind=kind, at=at)
    return party_of(duty, known)


def wanted_party(
    known: Knowledge,
    at: datetime,
    *,
    area: str | None = None,
    post: UUID | None = None,
    org: UUID | None = None,
) -> Party:
    """Return whom a step names: a post with who is on it, an organisation, a desk or a grid.

    Raises Problem 422 for what is not registered, and for a post that nobody is on.
    """
    if org is not None:
        return wanted_org(known, org)
    if post is not None:
        return _wanted_post(known, post, at)
    assert area is not None
    code = parse_code(area)
    if code not in known.areas:
        raise invalid("没有这个地区。", field="to.area", reason="unknown_area")
    if level_of(code) is Level.GRID:
        return duty_party(code, known, at)
    return named_desk(code, known)


def wanted_org(known: Knowledge, org_id: UUID, *, field: str = "to.org") -> Party:
    """Return an organisation by id; raise Problem 422 for none."""
    org = known.roster.orgs.get(org_id)
    if org is None:
        raise invalid("没有这个单位。", field=field, reason="unknown_org")
    return org_party(org, known)


def _wanted_post(known: Knowledge, post_id: UUID, at: datetime) -> Party:
    post = known.roster.post(post_id)
    if post is None:
        raise invalid("没有这个岗位。", field="to.post", reason="unknown_post")
    person = known.roster.today(post_id, at).answers.person
    if person is None:
        raise invalid(f"{post.label}现在无人在岗。", field="to.post", reason="nobody_on_post")
    if post.org_id is not None:
        return org_party(known.roster.orgs[post.org_id], known, person=str(person.id))
    assert post.area_code is not None
    if post.role in DESK_ROLES:
        return named_desk(post.area_code, known)
    return Party(post.area_code, post=str(post.id), person=str(person.id), name=person.name)


def actor_of(caller: Caller, known: Knowledge, at: datetime) -> Actor:
    """Return who presses a step: the account with the posts that its person answers for now."""
    posts = _own_posts(caller, known, at)
    areas = frozenset(post.area_code for post in posts if post.area_code is not None)
    return Actor(
        account=str(caller.account_id),
        role=caller.role.value,
        area=caller.area_code,
        name=caller.display_name,
        person=str(caller.person_id) if caller.person_id else None,
        org=org_id_of(caller.org, known.roster.orgs) if caller.role is Role.DEPARTMENT else None,
        posts=frozenset(str(post.id) for post in posts),
        areas=areas,
        desks=frozenset(
            post.area_code for post in posts if post.role in DESK_ROLES and post.area_code
        ),
    )


def held_by(caller: Caller, known: Knowledge, at: datetime) -> HeldBy:
    """Return as whom a caller may have reports now: person, posts, organisation, desks."""
    actor = actor_of(caller, known, at)
    area = caller.area_code
    own_desk = (area,) if actor.keeps_desk(area) else ()
    return HeldBy(
        person=caller.person_id,
        posts=tuple(UUID(post) for post in sorted(actor.posts)),
        org=_registered(actor.org),
        desks=(*own_desk, *sorted(actor.desks - set(own_desk))),
    )


def _registered(org: str | None) -> UUID | None:
    try:
        return UUID(org) if org else None
    except ValueError:
        return None


def _own_posts(caller: Caller, known: Knowledge, at: datetime) -> Sequence[Post]:
    roster = known.roster
    if caller.person_id is not None:
        if roster.is_absent(caller.person_id, at):
            return ()
        return roster.posts_of_person(caller.person_id, at)
    if caller.role is Role.GRID_WORKER:
        # An account that no person of the roster uses stands for the area that it was made for.
        on_area = roster.posts_of_area(caller.area_code, at)
        return [post for post, _ in on_area if post.role in WORKER_ROLES]
    return ()


def party_out(party: Party, known: Knowledge) -> dict[str, Any]:
    """Return a party for an answer, with its name as registered today."""
    return known.parties.of(party, lambda: _party_out(party, known))


def _party_out(party: Party, known: Knowledge) -> dict[str, Any]:
    post = known.roster.post(UUID(party.post)) if party.post else None
    area = known.areas.get(party.area)
    return {
        "level": party.level,
        "level_label": LEVEL_LABELS.get(party.level, party.level),
        "area": {"code": party.area, "name": area.name if area else ""},
        "name": _name_of(party, known),
        "post": party.post,
        "role_label": post.label if post else ("值班" if party.is_desk else None),
        "org": party.org,
    }


def _name_of(party: Party, known: Knowledge) -> str:
    if party.org is not None:
        org = known.roster.orgs.get(UUID(party.org))
        return org.name if org else party.name
    if party.post is not None:
        person = known.roster.person(UUID(party.person)) if party.person else None
        return person.name if person else party.name
    return named_desk(party.area, known).name or party.name
