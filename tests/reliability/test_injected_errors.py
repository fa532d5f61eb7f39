"""D-08: writes, syncs, truncations, deletions and openings that fail under the running server; at length in tests/fault."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from clinic import new_id
from clinic.domain.actors import Role
from clinic.unit_of_work import Work
from tests.bench.browsers import Answer, OverHttp, ticket
from tests.charting import open_vial
from tests.factories import ClinicWorld, make_clinic, make_condition, make_patient
from tests.reliability.acknowledged import Sent, look, torn, verified
from tests.reliability.injected import Fault, Faulted, a_life, faults, tracer, untrue
from tests.reliability.shipped import Program, shipped

pytestmark = pytest.mark.sqlite_only
SEED = 808
LEAST = 15
"""Errors that the short run puts at least; tests/fault has more than a thousand."""


@dataclass
class Stage:
    """A running server, the real time, somebody signed in."""

    app: Flask
    work: Work
    clinic: ClinicWorld
    program: Program
    browser: Faulted

    def life(self) -> None:
        """One session of a new patient under faults."""
        a_life(self.browser, *self.patient())

    def patient(self) -> tuple[str, str]:
        """A new patient with a palsy, and a vial."""
        # By somebody who sends no forms: their entries have no key to be looked for.
        entering = self.clinic.people[Role.INJECTOR]
        patient_id = make_patient(self.work, entering, **unlike_others())
        make_condition(self.work, entering, patient_id)
        return patient_id, open_vial(self.work, self.clinic, lot=new_id()[:8], label=new_id()[:8])

    @property
    def database(self) -> Path:
        """The file."""
        return self.program.at.folder / "clinic.sqlite3"

    def wrong(self) -> list[str]:
        """Everything that must not be, of all that was sent, and of the record as a whole."""
        told, sents = self.browser.told, self.browser.sents
        found = look(self.work, sents, everything=True)
        whole = torn(self.work, self.clinic.id, self.database)
        anchors = self.program.at.folder / "anchors"
        return [*told.wrong, *found.lost, *found.torn, *whole, *verified(self.work, anchors), *self.ended()]

    def ended(self) -> list[str]:
        """Whether the server ended by itself."""
        process = self.program.process
        return [] if process is not None and process.poll() is None else ["the server ended by itself"]


def unlike_others() -> dict[str, str]:
    """A name that is nobody else's, so that nobody is asked whether it is the same person."""
    said = {"family_name": "K", "given_names": "M"}  # The initials that the time-out asks for.
    return {name: first + "".join(random.choices("bdfgklmnprst", k=9)) for name, first in said.items()}


@contextmanager
def staged(app: Flask, tmp_path: Path, chosen: Iterator[Fault]) -> Iterator[Stage]:
    """The program as it is shipped, on the installation of the test, with the real time."""
    base: Work = app.extensions["clinic_work"]
    work = app.extensions["clinic_work"] = Work(base.engine, base.key, new_id)
    clinic = make_clinic(work, prefix="real-")
    held = ticket(app, clinic.prescriber)
    with shipped(app) as program:
        assert program.process is not None
        link = OverHttp(program.port, held)
        browser = Faulted(link, clinic.prescriber.user_id, work, lambda: None)
        browser.put = tracer(
            program.process.pid, program.at.folder / "clinic.sqlite3", tmp_path / "trace", chosen, browser.told
        )
        try:
            yield Stage(app, work, clinic, program, browser)
        finally:
            link.close()


def test_errors_under_a_session(app: Flask, tmp_path: Path) -> None:
    """D-08: no false "saved", nothing torn, the form kept, exactly one after it is sent again."""
    with staged(app, tmp_path, faults(SEED)) as stage:
        stage.life()
        assert stage.wrong() == []
        told = stage.browser.told

    assert told.errors >= LEAST
    assert told.refused >= told.tried / 4


SENT = Sent("somebody", "k" * 16, "/visits/v/notes", {})
NOTHING = f"<html>Nothing of this request was saved. <input value='{SENT.key}'>"


@pytest.mark.parametrize(
    ("status", "page", "there", "named"),
    [
        (302, "", False, "the page says saved, and it is not there"),
        (500, NOTHING, False, "answered 500"),
        (503, NOTHING, True, "the page says that nothing was saved, and it is there"),
        (503, "<html>Nothing of this request was saved.", False, "the page has lost the form"),
    ],
)
def test_an_untrue_screen_is_named(status: int, page: str, there: bool, named: str) -> None:
    """The tooth."""
    [found] = untrue(Answer(status, page.encode(), "", 0), SENT, there)
    assert found.startswith(named)


def test_a_true_screen_is_not_named() -> None:
    assert untrue(Answer(503, NOTHING.encode(), "", 0), SENT, False) == []
    assert untrue(Answer(302, b"", "", 0), SENT, True) == []
