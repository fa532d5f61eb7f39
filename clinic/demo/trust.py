"""What keeps the record to be trusted, told of the demo: co-signatures, requests to amend, who may in an emergency."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from clinic.demo.stage import Stage
from clinic.domain.amendment_requests import Basis
from clinic.models import Patient, Signature
from clinic.queries.amendment_requests import open_requests
from clinic.queries.co_signatures import awaited
from clinic.services import amendment_requests, co_signatures, emergencies
from clinic.services.amendment_requests import RequestEntry

_ROUNDS = 30
_EVERY = timedelta(weeks=4)
_LATEST = timedelta(weeks=5)
"""What an injector signed after that still waits, so that the list on Today has something to show."""


def schedule(stage: Stage) -> None:
    """Put the rounds of co-signing, two requests and the naming of the auditor on the timeline."""
    for back in range(_ROUNDS):
        stage.at(stage.today - _LATEST - back * _EVERY, "17:30", lambda: _co_sign(stage))
    stage.at(stage.today - timedelta(days=48), "09:10", lambda: _ask(stage, "FN-1001", "My palsy was on a Friday."))
    stage.at(stage.today - timedelta(days=41), "13:20", lambda: _deny(stage))
    asked = "I never took blood thinners. Please take that out."
    stage.at(stage.today - timedelta(days=9), "10:05", lambda: _ask(stage, "FN-1002", asked))
    stage.at(stage.today - timedelta(days=60), "08:20", lambda: _name_auditor(stage))


def _co_sign(stage: Stage) -> None:
    with stage.reading("prescriber") as uow:
        mine = [row.visit_id for row in awaited(uow) if row.mine]
        shown = select(Signature.visit_id, Signature.content_sha256).where(Signature.visit_id.in_(mine))
        waiting = [(row.visit_id, row.content_sha256) for row in uow.session.execute(shown)]
    for visit_id, sha256 in waiting:
        with stage.writing("prescriber") as uow:
            co_signatures.co_sign(uow, visit_id, sha256)


def _ask(stage: Stage, number: str, words: str) -> None:
    with stage.writing("assistant") as uow:
        patient_id = uow.session.scalars(select(Patient.id).where(Patient.record_number == number)).one()
        entry = RequestEntry(asked_on=stage.on(), asked_by="the patient", text=words)
        amendment_requests.enter_request(uow, patient_id, entry)


def _deny(stage: Stage) -> None:
    with stage.writing("prescriber") as uow:
        (waiting,) = open_requests(uow)
        why = "The record names the date and no day of the week; the date agrees with the referral."
        amendment_requests.deny(uow, waiting.request.id, 0, Basis.ACCURATE, why)


def _name_auditor(stage: Stage) -> None:
    with stage.writing("administrator") as uow:
        emergencies.name_person(uow, stage.people["auditor"].user_id, may=True)
