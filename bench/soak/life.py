"""Kill the service, its web servers, its scheduler and its database while reports live their lives.

Every step that was acknowledged must be there, once; what the clock does must be done once; every
notice that counts as sent must have reached the gateway, under one key and with one text.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

from api.notices.adapters.by_phone import OnDeskPage
from bench.day.driving import Drive
from bench.day.matters import Matters
from bench.day.people import People, bring_in
from bench.day.quick_clocks import NAME, write_template
from bench.day.stock import take_stock
from bench.soak.campaign import Tally, Trial
from bench.soak.gateway import Inbox, fake_gateway
from bench.soak.mortal import KILLS, MortalService
from bench.workplace import Workplace

SENDERS = 6
REPORTS = 60
WORKERS = 12
KILLS_A_TRIAL = 3
# Steps between two kills: so that each falls into the middle of the work.
BETWEEN = (30, 110)
HOUR_S = 1.0
# A private database that was killed stays down until the service is started again.
LOOK_S = 0.2
# Whoever dies with a notice in hand keeps it for about two minutes.
NOTICES_S = 240.0


@contextmanager
def life(workplace: Workplace) -> Iterator[Trial]:
    """Give each trial a load of reports and three kills at random moments."""
    folder = write_template(workplace.folder / "life", hour_s=HOUR_S)
    with fake_gateway() as inbox:
        extra = {
            "WANGGE_LIFE_DIR": str(folder),
            "WANGGE_LIFE_TEMPLATE": NAME,
            "WANGGE_SMS_URL": inbox.url,
            "WANGGE_QUIET_HOURS": "",
        }
        service = MortalService(workplace, extra)
        workplace.credentials()
        with service.stack:
            service.start()
            people = bring_in(workplace, service.port, workers=WORKERS)
            matters = Matters(0, sorted(people.workers))
            last = Tally()

            def trial(seed: int, tally: Tally) -> None:
                nonlocal last
                last = tally
                _trial(service, people, matters, seed, tally)

            yield trial
            last.failures += _notices(workplace, inbox)
            last.worst("notices the gateway was sent twice", inbox.repeated)


def _trial(
    service: MortalService, people: People, matters: Matters, seed: int, tally: Tally
) -> None:
    chance = random.Random(seed)
    run = f"soak-{seed}"
    drive = Drive(service.port, people, matters, run, seed, REPORTS, senders=SENDERS)
    killed: list[str] = []

    def kill() -> None:
        for _ in range(KILLS_A_TRIAL):
            due = drive.steps + chance.randint(*BETWEEN)
            looked = time.monotonic()
            while drive.steps < due and not drive.stop.wait(0.002):
                if time.monotonic() - looked > LOOK_S:
                    service.ensure(tally)
                    looked = time.monotonic()
            if drive.stop.is_set():
                break
            name = chance.choice(list(KILLS))
            service.settle(tally)
            KILLS[name](service, chance)
            killed.append(name)
        while not drive.stop.wait(LOOK_S):
            service.ensure(tally)

    began = time.monotonic()
    drive.go(meanwhile=kill)
    service.settle(tally)
    with service.workplace.connect() as connection:
        wrong = take_stock(connection, run, drive.ledger)
    for name in killed:
        tally.add(f"kills of a {name}")
    tally.worst("longest_trial_s", time.monotonic() - began)
    tally.notes["requests without an answer"] = (
        tally.notes.get("requests without an answer", 0) + drive.ledger.broken
    )
    tally.notes["answers given again"] = (
        tally.notes.get("answers given again", 0) + drive.ledger.replayed
    )
    tally.checked += drive.steps + len(drive.ledger.reports)
    tally.failures += [f"seed {seed}, {', '.join(killed)}: {words}" for words in wrong]


def _notices(workplace: Workplace, inbox: Inbox) -> list[str]:
    """Return what is wrong with the notices, once every one of them is settled."""
    deadline = time.monotonic() + NOTICES_S
    with workplace.connect() as connection:
        while True:
            rows = connection.execute("SELECT id::text, state, text, way FROM notices").fetchall()
            open_ = [row for row in rows if row[1] in ("waiting", "sending", "failed")]
            if not open_ or time.monotonic() > deadline:
                break
            time.sleep(1)
    wrong = list(inbox.wrong)
    if open_:
        wrong.append(f"{len(open_)} notices were never settled")
    # What is for the county's own desk stands on its page, and goes through no gateway.
    by_gateway = [row for row in rows if row[1] == "sent" and row[3] != OnDeskPage().name]
    sent = {str(row[0]): str(row[2]) for row in by_gateway}
    if lost := set(sent) - set(inbox.texts):
        wrong.append(f"{len(lost)} notices count as sent that the gateway never got")
    if other := [key for key in sent if inbox.texts.get(key, sent[key]) != sent[key]]:
        wrong.append(f"{len(other)} notices came with other words")
    if strange := set(inbox.texts) - {str(row[0]) for row in rows}:
        wrong.append(f"{len(strange)} notices came that nobody wrote")
    return wrong
