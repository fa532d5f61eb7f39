"""An archive of a clinic, imported as another one, is equal when it is archived again; a patient's holds that patient."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic import verification
from clinic.archives import importing, opening, runs
from clinic.archives.opening import Opened, Refused
from clinic.archives.tables import Scope
from clinic.domain.visits import Disposition
from clinic.models import Clinic
from clinic.services import signing
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient

RUN = "r" * 26
AGAIN = "s" * 26


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A signed session with an addendum, a signed amendment of it, a voided session, and a draft."""
    charting = Charting.after_a_session(work, clinic, clock)
    with charting.fresh_writing() as uow:
        signing.add_addendum(uow, charting.first, "=Said later: “well”, αβ, 😀")
    with charting.writing() as uow:
        amendment = signing.amend(uow, charting.first, "The note was wrong")
    draft, charting.visit_id = charting.visit_id, amendment
    charting.sign()
    with charting.fresh_writing() as uow:
        signing.void(uow, amendment, "Another patient's session", Disposition.NOT_GIVEN)
    charting.visit_id = draft
    return charting


def made(work: Work, root: Path, scope: Scope, run_id: str = RUN) -> Path:
    """The archive of a scope."""
    one = runs.begin(root, runs.Run(run_id, scope.clinic_id, scope.patient_id, "A. Tester", "test", work.clock()))
    done = runs.carry_out(work, root, one)
    assert done.status is runs.Status.DONE, done.problem
    return runs.file_of(root, scope.clinic_id, run_id)


def imported(work: Work, archive: Opened) -> int:
    """The clinic that an archive becomes."""
    with work.writing(SYSTEM, scoped=False) as uow:
        return importing.import_clinic(uow, archive, archive.manifest["schema"])


@pytest.fixture
def archive(work: Work, charting: Charting, tmp_path: Path) -> Iterator[Opened]:
    """The archive of the clinic."""
    with opening.opened(made(work, tmp_path, Scope(charting.clinic.id)), work.key) as found:
        yield found


def test_exported_imported_and_exported_again_it_is_equal(
    app: Flask, work: Work, archive: Opened, charting: Charting, tmp_path: Path
) -> None:
    new = imported(work, archive)
    assert new != charting.clinic.id
    with opening.opened(made(work, tmp_path, Scope(new), AGAIN), work.key) as again:
        assert set(again.manifest["tables"]) == set(archive.manifest["tables"])
        for name, said in archive.manifest["tables"].items():
            if name != "audit_event":
                assert again.manifest["tables"][name] == said, name
        trail = [_unkeyed(row) for _, row in archive.lines("audit_event")]
        newer = [_unkeyed(row) for _, row in again.lines("audit_event")]
    assert newer[: len(trail)] == trail
    assert newer[len(trail)]["action"] == "clinic.imported"
    report = verification.verify(work, tmp_path / "anchors")
    assert not report.problems
    assert report.counts["signatures"] == 4


def _unkeyed(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"hash", "previous_hash"}}


def test_a_patients_archive_has_the_patient_and_nobody_else(
    work: Work, charting: Charting, clinic: ClinicWorld, tmp_path: Path
) -> None:
    other = make_patient(work, clinic.prescriber, family_name="Zielonka", given_names="Bartosz", record_number="Z-77")
    body = made(work, tmp_path, Scope(clinic.id, charting.patient_id)).read_bytes()
    with zipfile.ZipFile(tmp_path / str(clinic.id) / RUN / "archive.zip") as file:
        text = b"".join(file.read(name) for name in file.namelist()).decode("utf-8", "replace")
        rows = [json.loads(line) for line in file.read("record/patient.jsonl").splitlines()]
        visits = [json.loads(line)["id"] for line in file.read("record/visit.jsonl").splitlines()]
    assert [row["id"] for row in rows] == [charting.patient_id]
    assert charting.first in visits
    assert other not in text
    assert "Zielonka" not in text
    assert charting.patient_id in text
    assert len(body) < 400_000


def test_a_patients_archive_is_no_clinic(work: Work, charting: Charting, clinic: ClinicWorld, tmp_path: Path) -> None:
    file = made(work, tmp_path, Scope(clinic.id, charting.patient_id))
    with opening.opened(file, work.key) as found, pytest.raises(Refused, match="one patient"):
        imported(work, found)


def test_an_archive_of_another_schema_says_what_to_do(work: Work, archive: Opened) -> None:
    with work.writing(SYSTEM, scoped=False) as uow, pytest.raises(Refused, match="version that made it"):
        importing.import_clinic(uow, archive, "0001")
    with work.reading(SYSTEM, scoped=False) as uow:
        assert uow.session.scalar(select(func.count()).select_from(Clinic)) == 1


def test_the_same_rows_give_the_same_bytes_but_for_who_and_when(
    work: Work, charting: Charting, clinic: ClinicWorld, tmp_path: Path
) -> None:
    first = made(work, tmp_path, Scope(clinic.id)).read_bytes()
    assert made(work, tmp_path, Scope(clinic.id), AGAIN).read_bytes() == first
