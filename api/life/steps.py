"""List the steps of a report's life: from which statuses, by which rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api.life import (
    calling_back,
    closing,
    deadlines,
    joining,
    returns,
    sending,
    signing,
    summons,
)
from api.life.turn import Done, Refusal, Turn
from api.life.vocabulary import OPEN, TAKEN, UNSIGNED, WORKING


def nothing_refused(_turn: Turn) -> Refusal | None:
    """Refuse nothing: the statuses say enough."""
    return None


@dataclass(frozen=True, slots=True)
class Step:
    """Hold the rules of one step.

    ``refused`` looks at the state alone, so that a page offers only what can be taken; ``run``
    looks at what was sent too.
    """

    statuses: frozenset[str]
    run: Callable[[Turn], Done | Refusal]
    refused: Callable[[Turn], Refusal | None] = nothing_refused


def _from(*statuses: str) -> frozenset[str]:
    return frozenset(statuses)


_UNDECIDED = _from("awaiting_decision", "passed_up")
_SIGNED = _from("accepted", "on_site")
_ASKED = WORKING | _from("return_pending", "extension_pending")
_ANSWERED = _from("replied", "followed_up", "closed")
# Ends by a word of a desk; what is stood still or asked for is settled first.
_CLOSABLE = OPEN - {"return_pending", "extension_pending", "suspended", "summoned"}

STEPS: Mapping[str, Step] = {
    "triage": Step(_UNDECIDED | UNSIGNED, sending.triage),
    "confirm_grid": Step(
        _UNDECIDED | UNSIGNED | _SIGNED, sending.confirm_grid, sending.confirm_refused
    ),
    "direct_reply": Step(_UNDECIDED, closing.direct_reply),
    "split": Step(_UNDECIDED | _from("assigned"), joining.split),
    "route": Step(_UNDECIDED | UNSIGNED | _SIGNED, sending.route, sending.route_refused),
    "reassign": Step(TAKEN, sending.reassign),
    "withdraw": Step(_from("assigned"), sending.withdraw, sending.withdraw_refused),
    "claim": Step(_UNDECIDED, sending.claim, sending.claim_refused),
    "accept": Step(UNSIGNED | _from("awaiting_decision"), signing.accept, signing.accept_refused),
    "arrive": Step(WORKING, signing.arrive, signing.arrive_refused),
    # Work that is done needs no more time: an extension that nobody decided holds nobody up.
    "handle": Step(WORKING | _from("extension_pending"), closing.handle),
    "verify": Step(_from("handled"), closing.verify, closing.verify_refused),
    "reply": Step(_from("handled"), closing.reply, closing.reply_refused),
    "follow_up": Step(_ANSWERED, calling_back.follow_up),
    "rate": Step(_ANSWERED, calling_back.rate),
    "close": Step(_CLOSABLE, closing.close, closing.close_refused),
    "return": Step(UNSIGNED | _SIGNED, returns.ask_return, returns.return_refused),
    "grant": Step(_ASKED, returns.grant, returns.may_decide),
    "refuse": Step(_ASKED, returns.refuse, returns.may_decide),
    "pass_up": Step(_SIGNED | _from("awaiting_decision"), sending.pass_up, sending.top_refused),
    "summon": Step(WORKING, summons.summon),
    "consult_jointly": Step(WORKING, summons.consult_jointly),
    "urge": Step(OPEN - {"awaiting_decision", "suspended"}, deadlines.urge),
    "supervise": Step(OPEN, deadlines.supervise),
    "extend": Step(WORKING, deadlines.extend, deadlines.extension_refused),
    "suspend": Step(WORKING, deadlines.suspend, deadlines.suspension_refused),
    "resume": Step(_from("suspended"), deadlines.resume),
    "merge": Step(_UNDECIDED | UNSIGNED | _SIGNED, joining.merge),
    "unmerge": Step(_from("merged"), joining.unmerge),
    "reopen": Step(_ANSWERED | _from("void", "out_of_area"), closing.reopen),
    "void": Step(_CLOSABLE, closing.void),
    "handoff": Step(OPEN, closing.handoff),
}
