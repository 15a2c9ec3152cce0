"""Describe a county's template of a report's life: stages, limits, who may press what, the words.

A template is data and never code: ``template_files`` reads it. Every word in it is known here, or
the template is refused with the place and the reason.
"""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.calendar.limits import Limit, Unit
from api.calendar.response_levels import response_key
from api.life.vocabulary import RETURN_REASONS, STATUS_LABELS, STEP_LABELS

Relation = Literal[
    "holder", "desk_holder", "sender", "superior", "township", "desk", "shift_lead", "leader",
    "department", "worker_here", "summoned", "summoner", "decider", "resident",
]  # fmt: skip
StageKey = Literal[
    "intake", "triage", "routing", "handling", "supervision", "reply", "verification", "rating"
]
ClockKind = Literal[
    "settle", "sign", "return_decision", "extension_decision", "suspension_decision", "arrival",
    "supervision", "follow_up",
]  # fmt: skip
Told = Literal["holder", "sender", "superior", "county", "owner", "answerable"]
# Without these a report could get stuck: no owner, no signature, no way back, no end.
NEEDED_STEPS = frozenset({"confirm_grid", "route", "accept", "return", "grant", "refuse", "close"})
TEXT_FIELDS = frozenset({"number", "due", "level"})
NOTICES = frozenset(
    {
        "assigned", "return_asked", "return_decided", "counted_as_signed", "passed_up", "summoned",
        "urged", "supervised", "extension_asked", "extension_decided", "suspension_asked",
        "suspension_decided", "resumed", "verification_failed", "reopened", "reassigned",
        "withdrawn", "reminder", "overdue", "locked", "handled", "merged", "reported_in",
        "follow_up_bad", "informed",
    }
)  # fmt: skip


class TemplateError(ValueError):
    """Say what is wrong with a template, place by place, in words for who writes it."""

    def __init__(self, name: str, errors: list[str]) -> None:
        super().__init__(f"{name}：" + "；".join(errors))
        self.name = name
        self.errors = errors


def _wrong(reason: str, message: str) -> PydanticCustomError:
    return PydanticCustomError(f"wangge.{reason}", "{message}", {"message": message})


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class LimitPart(_Part):
    """Hold a limit as a template writes it."""

    amount: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
    unit: Literal["hour", "day", "working_day"]
    round_the_clock: bool = False

    @cached_property
    def limit(self) -> Limit:
        """Return it for the clocks."""
        return Limit(self.amount, Unit(self.unit), self.round_the_clock)

    @model_validator(mode="after")
    def _is_a_limit(self) -> LimitPart:
        if self.unit != "hour" and self.amount != int(self.amount):
            raise _wrong("bad_limit", "天数应为整数。")
        if self.unit == "working_day" and self.round_the_clock:
            raise _wrong("bad_limit", "工作日不能同时 round_the_clock。")
        return self


class StagePart(_Part):
    """Hold a stage: its key, what the county calls it, and the statuses that belong to it."""

    key: StageKey
    label: Annotated[str, Field(min_length=1, max_length=20)]
    statuses: tuple[str, ...] = ()


class ResponsePart(_Part):
    """Hold a response level: how long settling and signing may take."""

    label: Annotated[str, Field(min_length=1, max_length=20)]
    settle: LimitPart
    sign: LimitPart | None = None
    urgent: bool = False


class LimitsPart(_Part):
    """Hold the limits that do not depend on the response level."""

    sign: LimitPart
    return_decision: LimitPart
    extension_decision: LimitPart
    suspension_decision: LimitPart
    arrival: LimitPart
    follow_up: LimitPart
    supervision: LimitPart


class ReturnsPart(_Part):
    """Hold which return locks a report to the township, and the reasons that are accepted."""

    lock_at: Annotated[int, Field(ge=2, le=9)] = 2
    reasons: tuple[str, ...] = tuple(RETURN_REASONS)


class AskedPart(_Part):
    """Hold who approves an extension or a suspension, how long and how often."""

    approver: Literal["sender", "superior", "township", "county"]
    longest: LimitPart
    most_times: Annotated[int, Field(ge=1, le=99)] = 1


class ClosingPart(_Part):
    """Hold what an end needs."""

    verification: bool = True
    verified_by_another: bool = True
    follow_up: bool = True
    follow_up_attempts: Annotated[int, Field(ge=1, le=9)] = 2
    # Whether who works on it may close it without an answer going out.
    on_the_spot: bool = True


class StepPart(_Part):
    """Hold who may press a step, what it is called and whether it needs a word."""

    by: Annotated[tuple[Relation, ...], Field(min_length=1)]
    label: str | None = None
    note: bool = False


@lru_cache(maxsize=256)
def _as_written(share: float) -> Fraction:
    return Fraction(str(share))


class ReminderPart(_Part):
    """Hold when somebody is told of a clock: at a share of its time, 1.0 being when it is due."""

    clock: ClockKind
    at: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)]
    to: Told

    @cached_property
    def share(self) -> Fraction:
        """Return the share as written, not as a binary fraction."""
        return _as_written(self.at)

    @cached_property
    def key(self) -> str:
        """Return what marks it as given."""
        return f"{self.at}>{self.to}"


class Template(_Part):
    """Hold how reports live in a county."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    title: Annotated[str, Field(min_length=1, max_length=60)]
    version: Annotated[int, Field(ge=1)]
    default_response: str
    stages: tuple[StagePart, ...]
    responses: dict[str, ResponsePart]
    limits: LimitsPart
    returns: ReturnsPart
    extension: AskedPart
    suspension: AskedPart
    closing: ClosingPart
    steps: dict[str, StepPart]
    reminders: tuple[ReminderPart, ...] = ()
    texts: dict[str, str] = {}

    @model_validator(mode="after")
    def _names_are_known(self) -> Template:
        _check_names("steps", self.steps, STEP_LABELS)
        _check_names("texts", self.texts, dict.fromkeys(NOTICES))
        _check_names("returns.reasons", dict.fromkeys(self.returns.reasons), RETURN_REASONS)
        if self.default_response not in self.responses:
            raise _wrong("unknown_response", "default_response 不在 responses 之内。")
        if missing := sorted(NEEDED_STEPS - self.steps.keys()):
            raise _wrong("steps_missing", f"steps 缺少：{'、'.join(missing)}。")
        if self.closing.verification and not {"handle", "verify", "reply"} <= self.steps.keys():
            raise _wrong("steps_missing", "要求核查时，steps 须有 handle、verify、reply。")
        if self.closing.follow_up and "follow_up" not in self.steps:
            raise _wrong("steps_missing", "要求回访时，steps 须有 follow_up。")
        return self

    @model_validator(mode="after")
    def _each_status_has_one_stage(self) -> Template:
        named = [status for stage in self.stages for status in stage.statuses]
        _check_names("stages.statuses", dict.fromkeys(named), STATUS_LABELS)
        if twice := sorted({status for status in named if named.count(status) > 1}):
            raise _wrong("status_twice", f"状态不能属于两个阶段：{'、'.join(twice)}。")
        if missing := sorted(STATUS_LABELS.keys() - set(named)):
            raise _wrong("status_missing", f"状态没有阶段：{'、'.join(missing)}。")
        keys = [stage.key for stage in self.stages]
        if len(keys) != len(set(keys)):
            raise _wrong("stage_twice", "同一阶段写了两次。")
        return self

    @model_validator(mode="after")
    def _texts_have_known_fields(self) -> Template:
        for name, text in self.texts.items():
            try:
                fields = {field for _, field, _, _ in string.Formatter().parse(text) if field}
            except ValueError:
                raise _wrong("bad_text", f"texts.{name} 的花括号不成对。") from None
            if not fields <= TEXT_FIELDS:
                allowed = "、".join(f"{{{field}}}" for field in sorted(TEXT_FIELDS))
                raise _wrong("bad_text", f"texts.{name} 只能用 {allowed}。")
        return self

    @cached_property
    def _stage_by_status(self) -> dict[str, str]:
        return {status: stage.key for stage in self.stages for status in stage.statuses}

    @cached_property
    def _reminders_by_clock(self) -> dict[str, tuple[ReminderPart, ...]]:
        kinds = {reminder.clock for reminder in self.reminders}
        return {kind: tuple(r for r in self.reminders if r.clock == kind) for kind in kinds}

    def reminders_of(self, kind: str) -> tuple[ReminderPart, ...]:
        """Return the reminders of a kind of clock, as they are written."""
        return self._reminders_by_clock.get(kind, ())

    @cached_property
    def _shares_by_clock(self) -> dict[str, tuple[Fraction, ...]]:
        by_clock = self._reminders_by_clock
        return {kind: tuple(sorted(r.share for r in told)) for kind, told in by_clock.items()}

    def shares_of(self, kind: str, told: Collection[str]) -> tuple[Fraction, ...]:
        """Return at which shares of a kind of clock somebody is still told, the smallest first.

        ``told`` are the keys of the reminders that were given.
        """
        if not told:
            return self._shares_by_clock.get(kind, ())
        return tuple(sorted(r.share for r in self.reminders_of(kind) if r.key not in told))

    def stage_of(self, status: str) -> str:
        """Return the key of the stage to which a status belongs."""
        return self._stage_by_status[status]

    def stage_label(self, key: str) -> str:
        """Return what the county calls a stage; the key itself when it has no such stage."""
        return next((stage.label for stage in self.stages if stage.key == key), key)

    def stage_line(self) -> tuple[str, ...]:
        """Return the labels of the stages in order; two keys that share one label show once."""
        beside = {"supervision"}
        return tuple(dict.fromkeys(s.label for s in self.stages if s.key not in beside))

    def step_label(self, step: str) -> str:
        """Return what the county calls a step."""
        part = self.steps.get(step)
        return (part.label if part else None) or STEP_LABELS.get(step, step)

    def response(self, key: str) -> ResponsePart:
        """Return a response level; the default one for a key that the county does not have."""
        return self.responses.get(key) or self.responses[self.default_response]

    def level_of(self, words: str | None) -> str:
        """Return the level that a category's response words name; the default one for others."""
        key = response_key(words)
        return key if key in self.responses else self.default_response

    def sign_limit(self, key: str) -> Limit:
        """Return how long signing may take at a response level."""
        return (self.response(key).sign or self.limits.sign).limit


def _check_names(place: str, names: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    if unknown := sorted(names.keys() - known.keys()):
        raise _wrong("unknown_name", f"{place} 不认识：{'、'.join(unknown)}。")
