"""A co-signature and a patient's request travel with the archive, and are sealed anew where it is imported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from clinic import verification
from clinic.archives import opening
from clinic.archives.tables import Scope
from clinic.models import CoSignature
from clinic.services import amendment_requests
from clinic.services.accounts import SYSTEM
from clinic.services.amendment_requests import RequestEntry
from clinic.unit_of_work import Work
from tests.archives.test_round_trip import imported, made
from tests.charting import Charting
from tests.factories import ClinicWorld
from tests.injecting import co_signed, sign_as_injector


def test_an_imported_co_signature_holds(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any, tmp_path: Path
) -> None:
    charting = Charting.begun(work, clinic, clock)
    co_signed(charting, sign_as_injector(charting), "Looked at together.")
    with charting.writing() as uow:
        asked = RequestEntry(clock.now.date(), "the patient", "The chin was never treated.", charting.visit_id)
        amendment_requests.enter_request(uow, charting.patient_id, asked)
    with opening.opened(made(work, tmp_path, Scope(clinic.id)), work.key) as archive:
        new = imported(work, archive)
    with work.reading(SYSTEM, scoped=False) as uow:
        rows = uow.session.scalars(select(CoSignature).order_by(CoSignature.clinic_id)).all()
    assert [row.clinic_id for row in rows] == [clinic.id, new]
    assert rows[0].content_sha256 == rows[1].content_sha256
    assert rows[0].seal != rows[1].seal
    assert verification.of_clinic(work, new) == ()
