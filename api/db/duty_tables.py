"""Describe the tables of the roster: organisations, people, posts, and terms that are all dated.

Every period is half-open. Who was on what at any time is never rewritten: a term is ended, and one
that had not begun keeps its row with an empty period.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Constraint,
    ForeignKey,
    Index,
    Integer,
    Sequence,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint

from api.db.tables import metadata, time_column

# What a person without a number of the county's own gets.
person_numbers = Sequence("person_numbers", metadata=metadata)


def _always() -> Column[object]:
    return Column("valid", TSTZRANGE, nullable=False, server_default=text("'(,)'::tstzrange"))


def _period() -> Column[object]:
    return Column("valid", TSTZRANGE, nullable=False)


def _id() -> Column[object]:
    return Column("id", Uuid, primary_key=True)


def _post() -> Column[object]:
    return Column("post_id", Uuid, ForeignKey("posts.id"), nullable=False)


def _person() -> Column[object]:
    return Column("person_id", Uuid, ForeignKey("people.id"), nullable=False)


def _entered_by() -> Column[object]:
    return Column("entered_by", Text, nullable=False, server_default="")


def _once(*columns: str, name: str) -> ExcludeConstraint:
    return ExcludeConstraint(*((column, "=") for column in columns), ("valid", "&&"), name=name)


orgs = Table(
    "orgs",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("area_code", Text, ForeignKey("areas.code")),
    Column("parent_id", Uuid, ForeignKey("orgs.id")),
    _always(),
    CheckConstraint("kind IN ('department','township_team','centre')", name="kind"),
    _once("name", name="ex_orgs_one_name"),
)

people = Table(
    "people",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("phone", Text),
    Column("area_code", Text, ForeignKey("areas.code"), nullable=False),
    # The key of the roster (工号); names are given twice.
    Column("number", Text, nullable=False, unique=True),
    Column("org_id", Uuid, ForeignKey("orgs.id")),
    _always(),
    CheckConstraint("number <> ''", name="number"),
)

posts = Table(
    "posts",
    metadata,
    _id(),
    Column("area_code", Text, ForeignKey("areas.code")),
    Column("role", Text, nullable=False),
    Column("seats", Integer, nullable=False, server_default="1"),
    Column("org_id", Uuid, ForeignKey("orgs.id")),
    Column("name", Text, nullable=False, server_default=""),
    # Held only while the holder is on a shift.
    Column("by_shifts", Boolean, nullable=False, server_default=text("false")),
    # The buildings, units or houses of a lead who is informed; none means the whole area.
    Column("places", ARRAY(Text), nullable=False, server_default="{}"),
    _always(),
    CheckConstraint("seats > 0", name="seats"),
    CheckConstraint("num_nonnulls(area_code, org_id) = 1", name="place"),
    Index("ix_posts_area_code", "area_code"),
)


def _term(name: str, *columns: Column[Any], rules: Iterable[Constraint]) -> Table:
    """Return a table of dated terms of a person on a post, who entered each and when."""
    return Table(
        name,
        metadata,
        _id(),
        _post(),
        _person(),
        *columns,
        _period(),
        _entered_by(),
        time_column("entered_at", now=True),
        *rules,
        Index(f"ix_{name}_person_id", "person_id"),
    )


holders = _term(
    "holders",
    Column("seat", Integer, nullable=False, server_default="1"),
    rules=(
        _once("post_id", "seat", name="ex_holders_one_person_a_seat"),
        _once("post_id", "person_id", name="ex_holders_one_seat_a_person"),
    ),
)

covers = _term(
    "covers",
    Column("rank", Integer, nullable=False, server_default="1"),
    rules=(
        CheckConstraint("rank > 0", name="rank"),
        _once("post_id", "rank", name="ex_covers_one_person_a_rank"),
        _once("post_id", "person_id", name="ex_covers_one_rank_a_person"),
    ),
)

shifts = _term("shifts", rules=(_once("post_id", "person_id", name="ex_shifts_one_at_a_time"),))

overrides = _term(
    "overrides",
    Column("reason", Text, nullable=False, server_default=""),
    rules=(_once("post_id", name="ex_overrides_one_at_a_time"),),
)

absences = Table(
    "absences",
    metadata,
    _id(),
    _person(),
    Column("kind", Text, nullable=False),
    _period(),
    _entered_by(),
    time_column("entered_at", now=True),
    CheckConstraint(
        "kind IN ('annual','sick','personal','training','trip','maternity')", name="kind"
    ),
    _once("person_id", name="ex_absences_one_at_a_time"),
)
