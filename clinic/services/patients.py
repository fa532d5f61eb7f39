"""Patients: entered, changed, retired and restored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from clinic.domain import likeness
from clinic.domain.actors import Permission
from clinic.domain.documents.kinds import Edition
from clinic.domain.documents.texts import languages
from clinic.domain.errors import Frozen, Invalid, NotFound, Stale
from clinic.domain.events import Action, Event
from clinic.domain.patient_search import record_words
from clinic.domain.patients import Identity, Sex, age_on, words
from clinic.domain.visits import VisitState
from clinic.domain.wording import day_text
from clinic.models import Patient, PatientWord, Visit
from clinic.queries.merges import absorbed_ids, merge_note
from clinic.queries.patient_search import PatientRow, likely_duplicates
from clinic.queries.patients import clinic_today
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork

NAME_MAXIMUM = 120
RECORD_NUMBER_MAXIMUM = 40
AGE_MAXIMUM = 120
REASON_MAXIMUM = 500
_ONE_LINE = ("family_name", "given_names", "record_number", "phone", "email", "language")
_TAKEN = "Another patient of this clinic has this record number. Search for it to see whose it is."


@dataclass(frozen=True, slots=True)
class PatientValues:
    """What is entered about a person."""

    family_name: str
    given_names: str
    birth_date: date
    record_number: str
    sex: Sex = Sex.UNKNOWN
    phone: str = ""
    email: str = ""
    address: str = ""
    language: str = ""
    handout_language: str = ""
    handout_edition: str = Edition.NORMAL.value

    @property
    def identity(self) -> Identity:
        """What duplicates are looked for by."""
        return Identity(self.family_name, self.given_names, self.birth_date)


class LikelyDuplicate(Invalid):
    """The person may be on record already; nothing was changed until each candidate is said to be somebody else."""

    def __init__(self, candidates: tuple[PatientRow, ...]) -> None:
        super().__init__(
            {"other_people": "Say for each of these that it is another person, or open that record instead."}
        )
        self.candidates = candidates


def create_patient(
    uow: UnitOfWork, values: PatientValues, *, synthetic: bool = False, other_people: Collection[str] = ()
) -> str:
    """Enter a new patient and give the id. Raises Invalid, and LikelyDuplicate unless ``other_people`` names every candidate."""
    require(uow, Permission.PATIENT_WRITE)
    values = _checked(uow, values)
    _ask_about_duplicates(uow, values.identity, other_people)
    patient = Patient(
        clinic_id=uow.clinic_id, id=uow.new_id(), synthetic=synthetic, created_at=uow.now, **asdict(values)
    )
    uow.session.add(patient)
    _flush(uow)
    index_words(uow, patient)
    new = {"synthetic": synthetic, "confirmed_other_people": " ".join(sorted(other_people))} | asdict(values)
    uow.record(Event(Action.PATIENT_CREATED, f"patient:{patient.id}", patient.id, new=_told(new)))
    return patient.id


def change_patient(
    uow: UnitOfWork, patient_id: str, edit_version: int, values: PatientValues, *, other_people: Collection[str] = ()
) -> None:
    """Change what is entered about a person. Raises NotFound, Frozen, Stale, Invalid, and LikelyDuplicate as on entry."""
    require(uow, Permission.PATIENT_WRITE)
    patient = active_patient(uow, patient_id)
    check_version(patient.edit_version, edit_version)
    values = _checked(uow, values, patient_id)
    before = Identity(patient.family_name, patient.given_names, patient.birth_date)
    if values.identity != before:
        _ask_about_duplicates(uow, values.identity, other_people, patient_id)
    wanted = asdict(values)
    old = {name: getattr(patient, name) for name in wanted if getattr(patient, name) != wanted[name]}
    for name in old:
        setattr(patient, name, wanted[name])
    patient.edit_version += 1
    _flush(uow)
    index_words(uow, patient)
    new = {name: wanted[name] for name in old}
    if other_people and values.identity != before:
        new["confirmed_other_people"] = " ".join(sorted(other_people))
    uow.record(Event(Action.PATIENT_CHANGED, f"patient:{patient.id}", patient.id, old=_told(old), new=_told(new)))


def retire_patient(uow: UnitOfWork, patient_id: str, edit_version: int, reason: str) -> None:
    """Take a patient off the lists; the record stays. Raises Invalid without a reason or while a draft is open."""
    require(uow, Permission.PATIENT_RETIRE)
    patient = active_patient(uow, patient_id)
    check_version(patient.edit_version, edit_version)
    reason = checked_reason(reason)
    drafts = uow.session.scalars(
        select(Visit.on).where(Visit.patient_id == patient_id, Visit.state == VisitState.DRAFT).order_by(Visit.on)
    ).all()
    if drafts:
        days = ", ".join(day_text(day) for day in drafts)
        raise Invalid({"reason": f"A draft is still open ({days}). Sign or discard it first, then retire the record."})
    patient.retired_at, patient.retired_reason = uow.now, reason
    patient.edit_version += 1
    uow.record(Event(Action.PATIENT_RETIRED, f"patient:{patient.id}", patient.id, reason=reason))


def restore_patient(uow: UnitOfWork, patient_id: str, edit_version: int, reason: str) -> None:
    """Put a retired patient back on the lists. Raises Invalid without a reason."""
    require(uow, Permission.PATIENT_RETIRE)
    patient = _patient(uow, patient_id)
    if patient.retired_at is None:
        raise Frozen("This record is not retired; there is nothing to restore.")
    if merge_note(uow, patient_id) is not None:
        raise Frozen("This record was merged into another one. Part the two again instead of restoring it.")
    check_version(patient.edit_version, edit_version)
    reason = checked_reason(reason)
    old = {"retired_reason": patient.retired_reason}
    patient.retired_at, patient.retired_reason = None, ""
    patient.edit_version += 1
    uow.record(Event(Action.PATIENT_RESTORED, f"patient:{patient.id}", patient.id, reason=reason, old=old))


def active_patient(uow: UnitOfWork, patient_id: str) -> Patient:
    """The row of a patient whose record takes changes, locked. Raises NotFound, and Frozen for a retired one."""
    patient = unmerged_patient(uow, patient_id)
    if patient.retired_at is not None:
        raise Frozen("This patient's record is retired and takes no change. Restore it first.")
    return patient


def unmerged_patient(uow: UnitOfWork, patient_id: str) -> Patient:
    """The row of a patient of whom something can still be told, retired or not, locked: a merged record takes nothing.

    Whoever enters a row for a patient asks this first, so that a merge that runs just now leaves none behind. Raises
    NotFound and Frozen.
    """
    patient = _patient(uow, patient_id)
    if patient.retired_at is not None and (note := merge_note(uow, patient_id)) is not None:
        raise Frozen(f"This record was merged into record {note.kept_number} and takes no change. Open that one.")
    return patient


def check_version(current: int, shown: int) -> None:
    """Refuse a save over somebody else's. Raises Stale."""
    if current != shown:
        message = "Somebody else changed this record after you opened it. Nothing of yours was saved over it."
        raise Stale(message, shown=shown, current=current)


def checked_reason(reason: str) -> str:
    """A reason without blanks around it. Raises Invalid when there is none."""
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAXIMUM:
        raise Invalid({"reason": f"Give a reason in 1 to {REASON_MAXIMUM} characters: it stays in the audit trail."})
    return reason


def _patient(uow: UnitOfWork, patient_id: str) -> Patient:
    patient = uow.session.get(Patient, (uow.clinic_id, patient_id), with_for_update=True)
    if patient is None:
        raise NotFound
    return patient


def _checked(uow: UnitOfWork, values: PatientValues, patient_id: str | None = None) -> PatientValues:
    tidy = tidied(values)
    wrong = wrong_values(tidy, clinic_today(uow))
    if "record_number" not in wrong and _number_taken(uow, tidy.record_number, patient_id):
        wrong["record_number"] = _TAKEN
    if wrong:
        raise Invalid(wrong)
    return tidy


def tidied(values: PatientValues) -> PatientValues:
    """The values without blanks that mean nothing."""
    single: dict[str, Any] = {name: " ".join(getattr(values, name).split()) for name in _ONE_LINE}
    return replace(values, **single)


def wrong_values(tidy: PatientValues, today: date) -> dict[str, str]:
    """What is refused about tidied values whoever else is on record, by field."""
    wrong = _wrong_names(tidy) | _wrong_birth_date(tidy.birth_date, today)
    if not tidy.record_number or len(tidy.record_number) > RECORD_NUMBER_MAXIMUM:
        wrong["record_number"] = f"A record number of 1 to {RECORD_NUMBER_MAXIMUM} characters is needed."
    if tidy.handout_language and tidy.handout_language not in languages():
        wrong["handout_language"] = "Choose a language from the list."
    if tidy.handout_edition not in list(Edition):
        wrong["handout_edition"] = "Choose normal or large."
    return wrong


def _wrong_names(values: PatientValues) -> dict[str, str]:
    wrong = {}
    for field, label in (("family_name", "family name"), ("given_names", "given names")):
        name = getattr(values, field)
        if not words(name):
            wrong[field] = f"Enter the {label} with at least one letter."
        elif len(name) > NAME_MAXIMUM:
            wrong[field] = f"At most {NAME_MAXIMUM} characters."
    return wrong


def _wrong_birth_date(birth_date: date, today: date) -> dict[str, str]:
    if birth_date > today:
        return {"birth_date": f"{day_text(birth_date)} is in the future."}
    if age_on(birth_date, today) > AGE_MAXIMUM:
        return {"birth_date": f"{day_text(birth_date)} is more than {AGE_MAXIMUM} years ago. Check the year."}
    return {}


def _number_taken(uow: UnitOfWork, number: str, patient_id: str | None) -> bool:
    taken = select(Patient.id).where(
        func.lower(Patient.record_number) == number.lower(), Patient.id != (patient_id or "")
    )
    return uow.session.scalars(taken.limit(1)).first() is not None


def _flush(uow: UnitOfWork) -> None:
    try:
        uow.session.flush()
    except IntegrityError as error:
        # Somebody took the number between the question above and this write; the database has the last word.
        if "record_number" in str(error.orig):
            raise Invalid({"record_number": _TAKEN}) from error
        raise


def _ask_about_duplicates(
    uow: UnitOfWork, identity: Identity, other_people: Collection[str], patient_id: str | None = None
) -> None:
    candidates = likely_duplicates(uow, identity, except_id=patient_id)
    if any(candidate.id not in other_people for candidate in candidates):
        raise LikelyDuplicate(candidates)


def index_words(uow: UnitOfWork, patient: Patient) -> None:
    """Write under which words a patient is found: the own ones, and those of records that were merged into this one."""
    identity = Identity(patient.family_name, patient.given_names, patient.birth_date)
    wanted = {*identity.words, *record_words(patient.record_number), *likeness.held(identity)}
    for other_id in absorbed_ids(uow, patient.id):
        other = uow.session.get_one(Patient, (uow.clinic_id, other_id))
        wanted |= {*words(other.family_name, other.given_names), *record_words(other.record_number)}
    mine = (PatientWord.clinic_id == uow.clinic_id, PatientWord.patient_id == patient.id)
    present = set(uow.session.scalars(select(PatientWord.word).where(*mine)))
    if gone := present - wanted:
        uow.session.execute(delete(PatientWord).where(*mine, PatientWord.word.in_(sorted(gone))))
    uow.session.add_all(
        PatientWord(clinic_id=uow.clinic_id, patient_id=patient.id, word=word) for word in sorted(wanted - present)
    )


def _told(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value not in ("", None)}
