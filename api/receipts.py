"""Write the receipt of an answer: what is needed to give it again, and to see why it was given."""

from __future__ import annotations

from typing import Any

from api.duty.records import Responsible
from api.ownership import OwnerAnswer, position_json


def receipt_json(answer: OwnerAnswer) -> dict[str, Any]:
    """Return what is needed to give this answer again and to see why it was given."""
    return {
        "format": 1,
        "question": {
            "position": position_json(answer.question.position),
            "address": answer.question.address,
            **({"text": answer.question.text} if answer.question.text else {}),
            **({"misplaced": answer.question.misplaced} if answer.question.misplaced else {}),
            "at": answer.question.at.isoformat(),
        },
        "revision": answer.revision,
        "roster_revision": answer.roster_revision,
        "category": answer.category,
        "about": answer.about,
        "access_list": answer.lane.list_version if answer.lane else None,
        "trace": answer.decision.trace,
        "informed": [str(post.id) for post, _ in answer.informed],
        "duty": answer.duty.said(_duty_json),
    }


def _duty_json(duty: Responsible) -> dict[str, Any]:
    return {
        "post": str(duty.post.id) if duty.post else None,
        "person": str(duty.person.id) if duty.person else None,
        "row": str(duty.term_id) if duty.term_id else None,
        "chain": [{"step": step.step, "detail": step.detail} for step in duty.chain],
    }
