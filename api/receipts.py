"""Write the receipt of an answer: what is needed to give it again, and to see why it was given."""

from __future__ import annotations

from typing import Any

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
        "duty": {
            "post": str(answer.post_id) if answer.post_id else None,
            "person": str(answer.person_id) if answer.person_id else None,
            "row": str(answer.duty.term_id) if answer.duty.term_id else None,
            "chain": [{"step": step.step, "detail": step.detail} for step in answer.duty.chain],
        },
    }
