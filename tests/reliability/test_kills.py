"""D-05 in short: kills under a charting load, and proof that the check names what a kill could do (`make fault` kills 200 times)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask

from clinic.unit_of_work import Work
from tests import factories
from tests.bench.browsers import Answer, InProcess
from tests.bench.clinician import Session
from tests.charting import open_vial
from tests.conftest import Clock
from tests.reliability.acknowledged import Sent, Sents, look, torn
from tests.reliability.charting_people import TOLD
from tests.reliability.killing import killed
from tests.reliability.tampering import World, tamper

KILLS = 2
SEED = 5


@pytest.mark.timeout(180)
def test_kills_lose_nothing(app: Flask) -> None:
    """D-05."""
    outcome = killed(app, KILLS, SEED)
    assert (outcome.found.lost, outcome.found.torn, outcome.wrong) == ((), (), [])
    assert (outcome.kills, outcome.acknowledged > KILLS) == (KILLS, True)


class Noting(InProcess):
    """A browser that notes what it sends."""

    sents: Sents
    user_id: str

    def send(self, address: str, values: Mapping[str, object], *, as_json: bool = False) -> Answer:
        key = secrets.token_hex(8)
        sent = self.sents.add(Sent(self.user_id, key, address, values))
        answer = super().send(address, dict(values) | {"idempotency_key": key}, as_json=as_json)
        sent.told = answer.status in TOLD
        return answer


def signed(app: Flask, work: Work, clinic: factories.ClinicWorld) -> Sents:
    """A session charted, given and signed, and everything that was sent for it."""
    browser = Noting(app, clinic.prescriber)
    browser.sents, browser.user_id = Sents(), clinic.prescriber.user_id
    patient_id = factories.make_patient(work, clinic.prescriber)
    factories.make_condition(work, clinic.prescriber, patient_id)
    session = Session(browser, patient_id)
    session.start(open_vial(work, clinic))
    for number in range(2):
        session.take(session.change("/sites", session.site(number, "0.5")))
    session.answer_all()
    session.give()
    session.sign(session.review())
    assert all(one.told for one in browser.sents.every)
    return browser.sents


HOLES = (
    ("UPDATE vial_entry SET units = units - 100 WHERE kind = 'given'", "", "ledger says"),
    ("UPDATE signature SET content = content || ' '", "", "not over what it holds"),
    ("DELETE FROM audit_event WHERE action = 'injection.site_saved'", "", "without an entry in the audit trail"),
    ("DELETE FROM injection_site WHERE number = 2", "/sites with key", "/sites with key"),
    ("DELETE FROM signature", "/review with key", "signed without a signature"),
    ("UPDATE idempotency_key SET answer = ''", "", "its key has no answer"),
    ("DELETE FROM idempotency_key", "its key is gone", ""),
)
"""What a kill could leave, one after the other, and what the check says of it: of the lost, of the torn."""


def test_the_check_names_each_hole(app: Flask, tmp_path: Path) -> None:
    """Nothing is found in what is whole; a lost write, a torn one and a broken ledger are each found by name."""
    work: Work = app.extensions["clinic_work"]
    clinic = factories.make_clinic(work)
    sents = signed(app, work, clinic)
    file = app.extensions["clinic_settings"].sqlite_file
    world = World(work, Clock(), clinic, tmp_path, "", "", "")
    assert (look(work, sents, everything=True), torn(work, clinic.id, file)) == (look(work, Sents()), [])
    for statement, lost, half in HOLES:
        tamper(world, [statement])
        found = look(work, sents, everything=True)
        named = "\n".join((*found.torn, *torn(work, clinic.id, file)))
        assert lost in "\n".join(found.lost), statement
        assert half in named, (statement, named)


def test_half_a_request_is_named(app: Flask) -> None:
    """A request without an answer of which only the key, or only the effect, is there."""
    work: Work = app.extensions["clinic_work"]
    clinic = factories.make_clinic(work)
    sents = signed(app, work, clinic)
    site = next(one for one in sents.every if one.address.endswith("/sites"))
    site.told, site.key = False, "never used"
    assert "key missing, effect there 1 times" in look(work, sents, everything=True).torn[0]
