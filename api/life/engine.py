"""Run a report's life: say which steps somebody may take, take one, or refuse it with reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from api.life.by_clock import tick
from api.life.clocks import Timekeeper
from api.life.parties import Actor
from api.life.relations import relations_of
from api.life.returns import decision_refused
from api.life.state import Case, Mark
from api.life.steps import STEPS
from api.life.template import Template
from api.life.turn import Ask, Done, Outcome, Refusal, Turn, clock_changes, event_between
from api.life.vocabulary import CLOCK_LABELS, OPEN, STATUS_LABELS

_DECISIONS = frozenset({"grant", "refuse"})
NOBODY_ASKED = Ask()


def steps_for(
    case: Case,
    actor: Actor,
    template: Template,
    time: Timekeeper,
    now: datetime,
    *,
    on_behalf_of: str | None = None,
) -> tuple[str, ...]:
    """Return the steps that the actor may take now, in the order of a report's life."""
    ask = Ask(on_behalf_of=on_behalf_of)
    case = tick(case, now, template, time).case
    relations = relations_of(case, actor, on_behalf_of=on_behalf_of)
    return tuple(
        step
        for step, rules in STEPS.items()
        # Most are refused by status or person: for them no words need to be found.
        if case.status in rules.statuses
        and (part := template.steps.get(step)) is not None
        and not relations.isdisjoint(part.by)
        and _refused(Turn(case, step, ask, actor, now, template, time, relations)) is None
    )


def take(
    case: Case,
    step: str,
    ask: Ask,
    actor: Actor,
    now: datetime,
    template: Template,
    time: Timekeeper,
) -> Outcome | Refusal:
    """Take a step; what fell due before it happens first, whether or not a job has run.

    A refusal leaves everything as it was. ``now`` needs an offset; a machine whose clock went
    back does not make the events go back.
    """
    ticked = tick(case, now, template, time)
    current = ticked.case
    at = max(now, current.last.at)
    turn = _turn(current, step, ask, actor, at, template, time)
    refused = _refused(turn)
    if refused is not None:
        return refused
    part = template.steps[step]
    if part.note and not (ask.note or "").strip():
        return turn.missing("note", f"{template.step_label(step)}须填写说明。")
    if ask.on_behalf_of is not None and not ask.on_behalf_of.strip():
        return turn.missing("on_behalf_of", "代录须写明代谁。")
    done = STEPS[step].run(turn)
    if isinstance(done, Refusal):
        return done
    return _outcome(case, ticked, done, turn)


def _turn(
    case: Case,
    step: str,
    ask: Ask,
    actor: Actor,
    at: datetime,
    template: Template,
    time: Timekeeper,
) -> Turn:
    relations = relations_of(case, actor, on_behalf_of=ask.on_behalf_of)
    return Turn(case, step, ask, actor, at, template, time, relations)


def _refused(turn: Turn) -> Refusal | None:
    """Refuse by the state alone: no such step, wrong status, wrong person, a rule of the step."""
    rules, part = STEPS.get(turn.step), turn.template.steps.get(turn.step)
    if rules is None or part is None:
        return turn.refuse("unknown_step", "没有这个步骤。")
    if turn.step in _DECISIONS and turn.case.status in OPEN | {"closed"}:
        # Before the status: who decides again learns who decided and when.
        already = decision_refused(turn)
        if already is not None:
            return already
    if turn.case.status not in rules.statuses:
        return illegal(turn)
    if not turn.relations & set(part.by):
        label = turn.template.step_label(turn.step)
        return turn.refuse("wrong_actor", f"此诉求现在不由您{label}。{_who_has_it(turn.case)}")
    return rules.refused(turn)


def illegal(turn: Turn) -> Refusal:
    """Refuse a step that the status does not allow: with the status, who made it so and when."""
    case, label = turn.case, turn.template.step_label(turn.step)
    done = CLOCK_LABELS.get(case.last.step) or turn.template.step_label(case.last.step)
    words = (
        f"诉求{STATUS_LABELS[case.status]}（{case.last.at:%m-%d %H:%M}"
        f" {case.last.name or '系统'} {done}），不能{label}。"
    )
    return turn.refuse("illegal_step", words)


def _who_has_it(case: Case) -> str:
    return f"现由{case.holder.name}办理。" if case.holder.name else ""


def _outcome(before: Case, ticked: Outcome, done: Done, turn: Turn) -> Outcome:
    case = _staged(ticked.case, done.case, turn.template)
    case = replace(case, last=turn.mark)
    events = [*ticked.events, event_between(ticked.case, case, turn)]
    for old, new in done.others:
        events.append(event_between(old or _unborn(new), new, turn))
    return Outcome(
        case=case,
        events=tuple(events),
        notices=(*ticked.notices, *done.notices),
        others=tuple(new for _, new in done.others),
        clock_changes=clock_changes(before, case),
    )


def _staged(before: Case, after: Case, template: Template) -> Case:
    # A step may name a stage itself; else the status does.
    if after.stage != before.stage or after.status == before.status:
        return after
    return replace(after, stage=template.stage_of(after.status))


def _unborn(case: Case) -> Case:
    """Return what a new report is compared with: itself, before anything was known of it."""
    return replace(
        case,
        status="",
        stage="",
        path=(),
        reporters=(),
        category=None,
        part_of=None,
        last=Mark("", case.opened_at),
    )
