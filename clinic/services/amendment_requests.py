"""Patients' requests to correct the record: entered, answered, disagreed with. Nothing is ever overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.amendment_requests import ANSWER_DAYS, Basis, Correction, EntryKind
from clinic.domain.errors import Frozen, Invalid, NotFound, Stale, WrongStep
from clinic.domain.events import Action, Event
from clinic.domain.visits import REASON_MINIMUM, VisitState
from clinic.domain.wording import day_text
from clinic.models import AmendmentRequest, AmendmentRequestEntry, Patient, Visit
from clinic.queries.amendment_requests import RequestRow, request
from clinic.queries.patients import clinic_today
from clinic.services import signing
from clinic.services.authority import require
from clinic.services.patients import unmerged_patient
from clinic.unit_of_work import UnitOfWork

TEXT_MAXIMUM = 4000
NAME_MAXIMUM = 200
_SELDOM = {
    EntryKind.EXTENDED: f"The answer can be put off once, within the first {ANSWER_DAYS} days.",
    EntryKind.DISAGREEMENT: "A statement of disagreement can follow a denial, once.",
    EntryKind.REBUTTAL: "A reply can follow a statement of disagreement, once.",
}


@dataclass(frozen=True, slots=True)
class RequestEntry:
    """What a patient asks for, in the patient's words; ``visit_id`` when it is about one visit."""

    asked_on: date
    asked_by: str
    text: str
    visit_id: str | None = None


def enter_request(uow: UnitOfWork, patient_id: str, entry: RequestEntry) -> str:
    """Enter a request; gives its id. Raises NotFound, Frozen for a merged record, Invalid beside a field."""
    require(uow, Permission.AMENDMENT_REQUEST_WRITE)
    _check(uow, unmerged_patient(uow, patient_id), entry)
    row = AmendmentRequest(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        patient_id=patient_id,
        visit_id=entry.visit_id,
        asked_on=entry.asked_on,
        asked_by=entry.asked_by.strip(),
        text=entry.text.strip(),
        entered_by_id=uow.actor.user_id,
        entered_by=uow.actor.name,
        entered_at=uow.now,
    )
    uow.session.add(row)
    new = {name: getattr(row, name) for name in ("asked_on", "asked_by", "text", "visit_id", "entered_by")}
    uow.record(Event(Action.AMENDMENT_REQUESTED, f"amendment_request:{row.id}", patient_id, new=new))
    return row.id


def _check(uow: UnitOfWork, patient: Patient, entry: RequestEntry) -> None:
    wrong: dict[str, str] = {}
    if not patient.birth_date <= entry.asked_on <= clinic_today(uow):
        wrong["asked_on"] = "A day between the patient’s birth and today."
    for name, text, most in (("asked_by", entry.asked_by, NAME_MAXIMUM), ("text", entry.text, TEXT_MAXIMUM)):
        if not text.strip():
            wrong[name] = {"asked_by": "Say who asks.", "text": "Write what the patient asks for."}[name]
        elif len(text.strip()) > most:
            wrong[name] = f"At most {most} characters."
    if entry.visit_id is not None:
        theirs = select(Visit.id).where(
            Visit.id == entry.visit_id, Visit.patient_id == patient.id, Visit.state == VisitState.SIGNED
        )
        if uow.session.scalar(theirs) is None:
            wrong["visit_id"] = "Choose a signed visit of this patient."
    if wrong:
        raise Invalid(wrong)


def accept(uow: UnitOfWork, request_id: str, shown: int, correction: Correction, text: str) -> str | None:
    """Accept a request and write its correction in one step; gives the draft's id when that is a new version.

    ``text`` is the addendum, the reason of the new version, or where in the record it was corrected. Raises Invalid,
    Stale when ``shown`` steps are not all there are, FreshPasswordNeeded, and what the addendum or amendment raises.
    """
    now = _held(uow, request_id, Permission.AMENDMENT_REQUEST_DECIDE, shown, EntryKind.ACCEPTED)
    text = _text(text)
    if correction is not Correction.RECORD and now.visit_id is None:
        raise Invalid({"correction": "This request is about no visit: say where in the record it was corrected."})
    asked = f"On the patient’s request of {day_text(now.asked_on)}: {text}"
    addendum_id = draft_id = None
    if correction is Correction.ADDENDUM:
        addendum_id = signing.add_addendum(uow, now.visit_id or "", asked)
    elif correction is Correction.AMENDMENT:
        draft_id = signing.amend(uow, now.visit_id or "", asked)
    _add(uow, now, EntryKind.ACCEPTED, text, addendum_id=addendum_id, visit_id=draft_id)
    return draft_id


def deny(uow: UnitOfWork, request_id: str, shown: int, basis: Basis, text: str) -> None:
    """Deny a request, on one of the grounds that there are and with the reason in plain words."""
    now = _held(uow, request_id, Permission.AMENDMENT_REQUEST_DECIDE, shown, EntryKind.DENIED)
    _add(uow, now, EntryKind.DENIED, f"{basis.label}. {_text(text)}")


def answer(uow: UnitOfWork, request_id: str, shown: int, kind: EntryKind, text: str) -> None:
    """Put the answer off, reply to a disagreement, or enter the patient's disagreement or withdrawal."""
    deciding = kind in {EntryKind.EXTENDED, EntryKind.REBUTTAL}
    needed = Permission.AMENDMENT_REQUEST_DECIDE if deciding else Permission.AMENDMENT_REQUEST_WRITE
    now = _held(uow, request_id, needed, shown, kind)
    _add(uow, now, kind, _text(text))


def _held(uow: UnitOfWork, request_id: str, permission: Permission, shown: int, kind: EntryKind) -> RequestRow:
    require(uow, permission)
    key = (uow.clinic_id, request_id)
    if uow.session.get(AmendmentRequest, key, with_for_update=True) is None:
        raise NotFound
    now = request(uow, request_id)
    if len(now.entries) != shown:
        words = (
            "Somebody took a step on this request meanwhile. Nothing of yours was saved; what you typed is still here."
        )
        raise Stale(words, shown=shown, current=len(now.entries))
    if kind not in now.possible:
        if kind in _SELDOM:
            raise WrongStep(_SELDOM[kind])
        raise Frozen(f"This request is {now.standing.value} already.")
    return now


def _text(text: str) -> str:
    said = text.strip()
    if len(said) < REASON_MINIMUM:
        raise Invalid({"text": f"Say it in at least {REASON_MINIMUM} characters."})
    if len(said) > TEXT_MAXIMUM:
        raise Invalid({"text": f"At most {TEXT_MAXIMUM} characters."})
    return said


def _add(
    uow: UnitOfWork,
    now: RequestRow,
    kind: EntryKind,
    text: str,
    *,
    addendum_id: str | None = None,
    visit_id: str | None = None,
) -> None:
    row = AmendmentRequestEntry(
        clinic_id=uow.clinic_id,
        request_id=now.id,
        number=len(now.entries) + 1,
        kind=kind,
        text=text,
        addendum_id=addendum_id,
        visit_id=visit_id,
        by_id=uow.actor.user_id,
        by_name=uow.actor.name,
        at=uow.now,
    )
    uow.session.add(row)
    new = {name: getattr(row, name) for name in ("number", "kind", "text", "addendum_id", "visit_id", "by_name")}
    uow.record(Event(Action.AMENDMENT_REQUEST_ANSWERED, f"amendment_request:{now.id}", now.patient_id, new=new))
