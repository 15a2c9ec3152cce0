"""The pages have a word for whatever the history of a report can tell, and no dead ones."""

import re
from pathlib import Path

from api.life import vocabulary
from tests.unit.maps.in_node import exported

ROOT = Path(__file__).parents[3]
# Written beside a life by one statement each, or told to screens only.
BESIDE = {
    "received",
    "routed",
    "left",
    "changed",
    "notified_by_phone",
    "reporter_erased",
    "photo_added",
    "photo_withdrawn",
}


def test_every_step_and_event_has_the_word_of_the_vocabulary():
    steps, events = exported("words", "STEP_WORDS", "EVENT_WORDS")
    assert steps == dict(vocabulary.STEP_LABELS)
    beside = {kind: events[kind] for kind in BESIDE}
    assert events == {**vocabulary.STEP_LABELS, **vocabulary.CLOCK_LABELS, **beside}
    assert all(re.search("[\u4e00-\u9fff]", label) for label in events.values())


def test_what_is_written_beside_a_life_is_all_known():
    stores = (ROOT / "api" / "db").glob("*.py")
    written = set()
    for path in stores:
        source = re.sub(r'"\s*f?"', "", path.read_text("utf-8"))
        for words in re.findall(r"INSERT INTO report_events.{0,360}", source, re.DOTALL):
            written |= set(re.findall(r"(?:at|\(\d), '(\w+)'", words))
    assert written == BESIDE - {"left", "changed", "photo_added"}


def test_statuses_are_those_of_the_vocabulary():
    statuses, finished = exported("words", "STATUS_WORDS", "FINISHED")
    assert statuses == dict(vocabulary.STATUS_LABELS)
    assert set(finished) == vocabulary.FINAL | {"merged"}


def test_the_phone_names_and_offers_only_steps_that_there_are():
    labels, main, others = exported("m-words", "STEP_LABELS", "MAIN_STEPS", "OTHER_STEPS")
    assert set(labels) | set(main) | set(others) <= set(vocabulary.STEP_LABELS)
    (plain,) = exported("words", "PLAIN_STEPS")
    assert set(plain) <= set(vocabulary.STEP_LABELS)
