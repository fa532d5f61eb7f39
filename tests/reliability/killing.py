"""Kill the program at random moments while people chart, start it again, and look whether everything is there."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from flask import Flask

from clinic.config import Settings
from clinic.extensions import db
from clinic.unit_of_work import Work
from tests.reliability.acknowledged import Found, Sents, leftovers, look, torn, verified
from tests.reliability.charting_people import Gate, Person, people
from tests.reliability.shipped import Program, shipped

PEOPLE = 4
WHOLE = 20
"""After so many kills everything is verified."""
MOST_ANSWERS = 16
"""Up to so many forms are acknowledged between two kills."""
SPREAD = 0.15
"""So many seconds after the last of them at most the kill comes: in the middle of others."""
LONGEST = 10.0


@dataclass
class Outcome:
    """What came of it."""

    seed: int
    kills: int = 0
    acknowledged: int = 0
    again: int = 0
    sessions: int = 0
    signed_in: int = 0
    found: Found = field(default_factory=Found)
    wrong: list[str] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)

    @property
    def said(self) -> str:
        """One line for the log of a run."""
        return (
            f"seed {self.seed}: {self.kills} kills, {self.acknowledged} acknowledged, {self.again} sent again,"
            f" {self.sessions} sessions finished, signed in {self.signed_in} times, recovery median {median(self.recoveries):.2f} s,"
            f" longest {max(self.recoveries):.2f} s"
        )


@dataclass
class Charted:
    """A running program with people at work, as far as it is checked."""

    app: Flask
    program: Program
    clinic_id: int
    people: list[Person]
    gate: Gate
    sents: Sents

    @property
    def work(self) -> Work:
        """Reads beside the program."""
        work: Work = self.app.extensions["clinic_work"]
        return work

    @property
    def instance(self) -> Path:
        """The installation's folder."""
        settings: Settings = self.app.extensions["clinic_settings"]
        return settings.instance

    def wait_for(self, answers: int) -> None:
        """Wait until so many forms more were acknowledged."""
        wanted, until = len(self.sents.told) + answers, time.monotonic() + LONGEST
        while len(self.sents.told) < wanted and time.monotonic() < until:
            time.sleep(0.005)

    def look(self, *, everything: bool = False) -> Found:
        """What was sent and what is torn; and all there is to verify."""
        settings: Settings = self.app.extensions["clinic_settings"]
        found = look(self.work, self.sents, everything=everything)
        half = torn(self.work, self.clinic_id, settings.sqlite_file) + leftovers(self.instance)
        if everything:
            half += verified(self.work, self.instance / "anchors")
        with self.app.app_context():
            db.engine.dispose()
        return found + Found(torn=tuple(half))


@contextmanager
def charting(app: Flask, seed: int, many: int = PEOPLE, vials: int = 80) -> Iterator[Charted]:
    """People at work on a running program until the block ends."""
    gate, sents = Gate(), Sents()
    with shipped(app) as program:
        clinic_id, there = people(app, program.port, gate, sents, seed, many, vials)
        threads = [threading.Thread(target=person.work) for person in there]
        for thread in threads:
            thread.start()
        try:
            yield Charted(app, program, clinic_id, there, gate, sents)
        finally:
            gate.over.set()
            gate.open.set()
            for thread in threads:
                thread.join()


def killed(app: Flask, kills: int, seed: int) -> Outcome:
    """So many kills in one life of the data."""
    chance, outcome = random.Random(seed), Outcome(seed)
    with charting(app, seed, vials=10 + kills // 3) as at_work:
        for number in range(1, kills + 1):
            at_work.gate.open.set()
            at_work.wait_for(chance.randint(0, MOST_ANSWERS))
            time.sleep(chance.uniform(0, SPREAD))
            at_work.program.kill()
            outcome.kills += 1
            at_work.gate.open.clear()
            outcome.recoveries.append(at_work.program.start())
            found = at_work.look(everything=number % WHOLE == 0)
            outcome.found += found
            if found or any(person.wrong for person in at_work.people):
                break
        at_work.gate.open.set()
        time.sleep(1)  # What was under way at the last kill is sent again.
    outcome.found += at_work.look(everything=True)
    outcome.wrong = [said for person in at_work.people for said in person.wrong]
    outcome.acknowledged = len(at_work.sents.told)
    outcome.again = sum(person.browser.again for person in at_work.people)
    outcome.sessions = sum(person.sessions for person in at_work.people)
    outcome.signed_in = sum(person.browser.signed_in for person in at_work.people)
    return outcome
