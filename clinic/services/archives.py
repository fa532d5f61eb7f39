"""Who takes the record out of the program, of whom and what for: what stands about an export in the audit trail."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.models import Patient
from clinic.services.authority import require, require_fresh_password
from clinic.unit_of_work import UnitOfWork

PURPOSE_MAXIMUM: Final = 400
PURPOSE_MINIMUM: Final = 5


def begin_export(uow: UnitOfWork, patient_id: str | None, purpose: str) -> str:
    """Note that an export begins and give its id. Raises Invalid without a purpose, NotFound for no patient of the clinic."""
    require(uow, Permission.RECORD_EXPORT)
    require_fresh_password(uow)
    purpose = purpose.strip()
    if not PURPOSE_MINIMUM <= len(purpose) <= PURPOSE_MAXIMUM:
        raise Invalid({"purpose": f"Say in {PURPOSE_MINIMUM} to {PURPOSE_MAXIMUM} letters what it is for."})
    if patient_id is not None and uow.session.scalar(select(Patient.id).where(Patient.id == patient_id)) is None:
        raise NotFound
    run_id = uow.new_id()
    uow.record(Event(Action.EXPORT_BEGUN, f"export:{run_id}", patient_id, reason=purpose))
    return run_id


def note_export(uow: UnitOfWork, run_id: str, patient_id: str | None, sha256: str, rows: int) -> None:
    """Note that an export is complete, with the hash of its manifest (of a FHIR bundle: of the file) and its size."""
    require(uow, Permission.RECORD_EXPORT)
    new = {"sha256": sha256, "rows": rows}
    uow.record(Event(Action.RECORD_EXPORTED, f"export:{run_id}", patient_id, new=new))


def note_end(uow: UnitOfWork, run_id: str, patient_id: str | None, how: str) -> None:
    """Note that an export was cancelled, gone on with or deleted."""
    require(uow, Permission.RECORD_EXPORT)
    uow.record(Event(Action.EXPORT_CHANGED, f"export:{run_id}", patient_id, new={"export": how}))
