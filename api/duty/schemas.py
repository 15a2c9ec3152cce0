"""Shape what is written into the roster; ``from`` and ``to`` are a half-open period."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from api.duty.records import ROLE_LABELS
from api.input_types import Body, CleanText, Instant, VisibleText, refuse

Name = Annotated[VisibleText, StringConstraints(max_length=100)]
Reason = Annotated[VisibleText, StringConstraints(max_length=500)]
Code = Annotated[CleanText, StringConstraints(min_length=6, max_length=15)]
MOST_SEATS = 1000
Seats = Annotated[int, Field(ge=1, le=MOST_SEATS)]


def _id(value: object) -> UUID:
    try:
        return UUID(value) if isinstance(value, str) and len(value) == 36 else UUID("")
    except ValueError:
        raise refuse("bad_id", "编号格式不正确。") from None


Id = Annotated[UUID, BeforeValidator(_id), Field(strict=False)]
# A person is named by id or by number (工号), never by name.
PersonKey = Annotated[VisibleText, StringConstraints(max_length=40)]


def check_phone(text: str) -> str:
    """Return a phone as digits; raise what pydantic carries to the problem."""
    digits = text.replace(" ", "").replace("-", "")
    if not (digits.removeprefix("+").isascii() and digits.removeprefix("+").isdigit()):
        raise refuse("bad_phone", "电话只能由数字、空格、短横和开头的加号组成。")
    if not 3 <= len(digits) <= 20:
        raise refuse("bad_phone", "电话应为3至20位。")
    return digits


Phone = Annotated[CleanText, AfterValidator(check_phone)]


def check_number(text: str) -> str:
    """Return the number (工号) of a person; raise likewise."""
    if not (text.isascii() and text.replace("-", "").isalnum()):
        raise refuse("bad_number", "工号只能由字母、数字和短横组成。")
    return text


Number = Annotated[VisibleText, StringConstraints(max_length=30), AfterValidator(check_number)]


def _role(text: str) -> str:
    if text not in ROLE_LABELS:
        raise refuse("unknown_role", "岗位不在可选值之内。")
    return text


PostRole = Annotated[CleanText, AfterValidator(_role)]
OrgKind = Literal["department", "township_team", "centre"]
AbsenceKind = Literal["annual", "sick", "personal", "training", "trip", "maternity"]


class Dated(Body):
    """Take a period; without ``from`` it begins now, without ``to`` it has no end."""

    start: Instant | None = Field(default=None, alias="from")
    end: Instant | None = Field(default=None, alias="to")


class Bounded(Body):
    """Take a period with both ends."""

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")


class OrgIn(Dated):
    """Take an organisation: a department, a township's enforcement team, a centre."""

    name: Name
    kind: OrgKind
    area: Code | None = None
    parent: Id | None = None


class PersonIn(Dated):
    """Take a person; without a number one is given."""

    name: Name
    number: Number | None = None
    phone: Phone | None = None
    area: Code
    org: Id | None = None


class PostIn(Dated):
    """Take a post on an area or on an organisation, on one of the two."""

    area: Code | None = None
    org: Id | None = None
    role: PostRole
    name: Name | None = None
    seats: Seats = 1
    by_shifts: bool = False
    places: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)


class HolderIn(Dated):
    """Take who holds a post; without a seat the first free one.

    With ``replace`` whoever has the seat then gives it up at that moment.
    """

    post: Id
    person: PersonKey
    seat: Annotated[int, Field(ge=1, le=MOST_SEATS)] | None = None
    replace: bool = False


class CoverIn(Dated):
    """Take who covers a post as B-role; without a rank the next one."""

    post: Id
    person: PersonKey
    rank: Annotated[int, Field(ge=1, le=20)] | None = None


class AbsenceIn(Bounded):
    """Take from when to when a person is away, whatever the posts."""

    person: PersonKey
    kind: AbsenceKind


class ShiftIn(Bounded):
    """Take a turn of duty on a post that goes by shifts."""

    post: Id
    person: PersonKey


class OverrideIn(Bounded):
    """Take who stands in on a post for some hours or days, and why."""

    post: Id
    person: PersonKey
    reason: Reason


class EndIn(Body):
    """Take a new end of a term: null for none."""

    end: Instant | None = Field(alias="to")


class OrgChange(Body):
    """Take what changes of an organisation."""

    name: Name | None = None
    parent: Id | None = None
    end: Instant | None = Field(default=None, alias="to")


class PersonChange(Body):
    """Take what changes of a person; the number stays for good."""

    name: Name | None = None
    phone: Phone | None = None
    area: Code | None = None
    org: Id | None = None
    end: Instant | None = Field(default=None, alias="to")


class PostChange(Body):
    """Take what changes of a post; another area or role is another post."""

    name: Name | None = None
    seats: Seats | None = None
    by_shifts: bool | None = None
    places: Annotated[list[Name], Field(max_length=200)] | None = None
    end: Instant | None = Field(default=None, alias="to")
