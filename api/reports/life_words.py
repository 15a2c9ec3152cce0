"""Say in one answer by which words pages speak of a report's life in this county."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.life.template import Template
from api.life.vocabulary import (
    CLOCK_LABELS,
    HOTLINES,
    LEVEL_LABELS,
    OUTCOMES,
    REASSIGN_REASONS,
    RESOLVED,
    RETURN_REASONS,
    SATISFIED,
    SEVERITIES,
    STATUS_LABELS,
    STEP_LABELS,
)


def words_of(template: Template) -> dict[str, Any]:
    """Return the words of a template; lists keep the order in which pages show them."""
    return {
        "template": {"name": template.name, "title": template.title, "version": template.version},
        "stages": list(template.stage_line()),
        "steps": {
            step: template.step_label(step) for step in STEP_LABELS if step in template.steps
        },
        "note_needed": [step for step, part in template.steps.items() if part.note],
        "clock_events": dict(CLOCK_LABELS),
        "statuses": _items(STATUS_LABELS),
        "return_reasons": _items({key: RETURN_REASONS[key] for key in template.returns.reasons}),
        "reassign_reasons": _items(REASSIGN_REASONS),
        "outcomes": _items(OUTCOMES),
        "resolved": _items(RESOLVED),
        "satisfied": _items(SATISFIED),
        "severities": [{"key": key, "label": label} for key, label in SEVERITIES.items()],
        "levels": _items(LEVEL_LABELS),
        "hotlines": list(HOTLINES),
        "responses": [
            {"key": key, "label": part.label, "urgent": part.urgent}
            for key, part in template.responses.items()
        ],
    }


def _items(words: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "label": label} for key, label in words.items()]
