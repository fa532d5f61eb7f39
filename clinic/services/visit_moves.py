"""A visit charted in the wrong record: charted anew as a draft in the right one, and taken out of the first.

What was seen and done was this patient's, only the record was wrong: places, doses, assessments and texts are brought.
What names the wrong patient is not: conditions, safety answers, consent, time-out, reasons past findings, outcomes of
earlier sessions, the plan. Sites come unconfirmed and are read again one by one.

Sites marked given were given to the patient who sat there, so they must at no moment stand in nobody's record: in one
step their units are handed from the wrong visit to the right one in the ledger, and the marks come along, *entered late*
with both times and the reason, because no time-out of the right record stands behind them. What was wasted goes back to
the vial's ledger and is asked again when the new draft is settled.
"""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from clinic.domain.actors import Permission, RecordState
from clinic.domain.errors import Invalid, NotFound, Stale, WrongStep
from clinic.domain.events import Action, Event
from clinic.domain.inventory import EntryKind
from clinic.domain.patients import Sex, age_on
from clinic.domain.time_out import identifiers_match
from clinic.domain.visit_content import PatientContent
from clinic.domain.visits import REASON_MINIMUM, Disposition, Section, VisitState
from clinic.domain.wording import day_text
from clinic.models import (
    Condition,
    InjectionSession,
    InjectionSite,
    Patient,
    Syringe,
    Vial,
    VialEntry,
    Visit,
    VisitCondition,
    VisitMove,
    VisitNote,
    VisitVoid,
)
from clinic.services import inventory, planned_sites, site_changes
from clinic.services.authority import require, require_fresh_password
from clinic.services.drafts import clinic_of, refresh_patient_dates, refuse_open_amendment, state_of, who_changed
from clinic.services.patients import REASON_MAXIMUM, active_patient
from clinic.services.visit_copies import copied, copy_charted
from clinic.services.visits import check_day
from clinic.unit_of_work import UnitOfWork

_WRONG_RECORD = "Charted in the wrong record: it belongs to another patient and was charted anew there."
"""Printed on every copy of the first visit; it does not name the other patient."""


def move(
    uow: UnitOfWork,
    visit_id: str,
    edit_version: int,
    to_patient_id: str,
    *,
    initials: str,
    birth_year: str,
    reason: str,
) -> str:
    """Chart a visit anew in the right record and give the new draft's id; a draft is discarded, a signed visit voided.

    The right patient is identified as before a time-out. Raises NotFound, Stale, Invalid, NotPermitted, Frozen for an
    amendment or a retired record, and FreshPasswordNeeded for a signed visit.
    """
    visit = _held(uow, visit_id, edit_version)
    was_signed = visit.state is VisitState.SIGNED
    patient = _right_patient(uow, visit, to_patient_id)
    _check(uow, visit, patient, initials, birth_year, reason)
    told = f"{_WRONG_RECORD} {reason.strip()}"
    draft = _draft(uow, visit, patient)
    late = f"Charted in another record first, moved {day_text(uow.now.date())}: {reason.strip()}"
    copy_charted(uow, visit.id, draft.id, copied_from=visit.on, late=late, now=uow.now)
    _note(uow, draft, late)
    uow.session.flush()
    _hand_on_units(uow, visit, draft)
    _take_out(uow, visit, told)
    uow.session.add(
        VisitMove(
            clinic_id=uow.clinic_id,
            from_visit_id=visit.id,
            to_visit_id=draft.id,
            from_patient_id=visit.patient_id,
            to_patient_id=patient.id,
            reason=reason.strip(),
            by_id=uow.actor.user_id,
            by_name=uow.actor.name,
            at=uow.now,
        )
    )
    for patient_id in (visit.patient_id, patient.id):
        refresh_patient_dates(uow, patient_id)
    _tell(uow, visit, draft, told, reason.strip(), was_signed=was_signed)
    return draft.id


def _held(uow: UnitOfWork, visit_id: str, edit_version: int) -> Visit:
    visit = uow.session.get(Visit, (uow.clinic_id, visit_id), with_for_update=True, populate_existing=True)
    if visit is None:
        raise NotFound
    state = state_of(uow, visit)
    require(uow, Permission.VISIT_MOVE, state)
    if uow.session.get(InjectionSession, (uow.clinic_id, visit_id)) is not None:
        require(uow, Permission.INJECTION_CHART, RecordState.DRAFT)
    if state is RecordState.SIGNED:
        require(uow, Permission.VISIT_VOID, state)
        require_fresh_password(uow)
        refuse_open_amendment(uow, visit_id)
    elif edit_version != visit.edit_version:
        raise Stale(
            f"{who_changed(uow, visit)} changed this visit meanwhile. It was not moved: read it again first.",
            shown=edit_version,
            current=visit.edit_version,
        )
    if visit.state is VisitState.DRAFT and visit.amends_id is not None:
        raise WrongStep("This draft amends a signed visit. Discard it, then move the signed visit itself.")
    return visit


def _right_patient(uow: UnitOfWork, visit: Visit, to_patient_id: str) -> Patient:
    if to_patient_id == visit.patient_id:
        raise Invalid({"": "The visit is in this patient's record already. Choose the patient whom it belongs to."})
    return active_patient(uow, to_patient_id)


def _check(uow: UnitOfWork, visit: Visit, patient: Patient, initials: str, birth_year: str, reason: str) -> None:
    wrong = {}
    if not identifiers_match(_identity(patient, visit), initials, birth_year):
        wrong["initials"] = "These are not the initials and year of birth of the patient you chose. Check who it was."
    if not REASON_MINIMUM <= len(reason.strip()) <= REASON_MAXIMUM:
        wrong["reason"] = f"Say why in {REASON_MINIMUM} to {REASON_MAXIMUM} characters."
    if wrong:
        raise Invalid(wrong)
    today = uow.now.astimezone(ZoneInfo(clinic_of(uow).time_zone)).date()
    try:
        check_day(visit.on, patient.birth_date, today)
    except Invalid as error:
        raise Invalid({"": error.fields["on"]}) from error


def _identity(patient: Patient, visit: Visit) -> PatientContent:
    return PatientContent(
        patient.id,
        patient.family_name,
        patient.given_names,
        patient.birth_date,
        age_on(patient.birth_date, visit.on),
        patient.record_number,
        Sex(patient.sex).value,
        patient.synthetic,
    )


def _draft(uow: UnitOfWork, visit: Visit, patient: Patient) -> Visit:
    draft: Visit = copied(visit, id=uow.new_id(), edit_version=1, patient_id=patient.id)
    draft.state, draft.revision, draft.amends_id, draft.amendment_reason = VisitState.DRAFT, 1, None, ""
    draft.author_id, draft.author_name = uow.actor.user_id, uow.actor.name
    draft.created_at, draft.changed_at, draft.changed_by = uow.now, uow.now, uow.actor.name
    uow.session.add(draft)
    uow.session.flush()  # Children need their parent.
    own = select(Condition.id).where(Condition.patient_id == patient.id, Condition.retired_at.is_(None))
    for condition_id in uow.session.scalars(own):
        uow.session.add(VisitCondition(clinic_id=uow.clinic_id, visit_id=draft.id, condition_id=condition_id))
    return draft


def _note(uow: UnitOfWork, draft: Visit, text: str) -> None:
    """Say it in the visit's own note, so that page, content and every print of the new visit say it."""
    note = uow.session.get(VisitNote, (uow.clinic_id, draft.id, Section.NOTE))
    if note is None:
        uow.session.add(VisitNote(clinic_id=uow.clinic_id, visit_id=draft.id, section=Section.NOTE, text=text))
    else:
        note.text = f"{text}\n\n{note.text}"


def _hand_on_units(uow: UnitOfWork, visit: Visit, draft: Visit) -> None:
    """Hand what the ledger says was given here to the new draft, vial by vial, and give back what was wasted."""
    rows = uow.session.execute(
        select(VialEntry.vial_id, func.sum(VialEntry.units))
        .where(VialEntry.visit_id == visit.id, VialEntry.kind.in_([EntryKind.GIVEN, EntryKind.RETURNED]))
        .group_by(VialEntry.vial_id)
    ).all()
    for vial_id, units in sorted((row[0], -row[1]) for row in rows if row[1]):
        inventory.carry_over(
            uow,
            vial_id,
            units,
            units,
            old_visit_id=visit.id,
            visit_id=draft.id,
            patient_id=draft.patient_id,
            old_patient_id=visit.patient_id,
        )
    same = (Vial.clinic_id == Syringe.clinic_id) & (Vial.id == Syringe.vial_id)
    wasted = select(Syringe.vial_id, Syringe.wasted).join(Vial, same)
    for vial_id, units in uow.session.execute(
        wasted.where(Syringe.visit_id == visit.id, Syringe.wasted > Decimal(0), Vial.discarded_at.is_(None))
    ).all():
        where = {"visit_id": visit.id, "patient_id": visit.patient_id}
        inventory.adjust(uow, vial_id, units, "Waste of a session charted in the wrong record", **where)


def _take_out(uow: UnitOfWork, visit: Visit, told: str) -> None:
    if visit.state is VisitState.DRAFT:
        site_changes.forget(uow, visit.id)
        _take_back_marks(uow, visit, told)
        visit.state, visit.discarded_at, visit.discard_reason = VisitState.DISCARDED, uow.now, told
        visit.edit_version += 1
        visit.changed_at, visit.changed_by = uow.now, uow.actor.name
        return
    uow.session.add(
        VisitVoid(
            clinic_id=uow.clinic_id,
            visit_id=visit.id,
            reason=told,
            disposition=Disposition.NOT_GIVEN,
            by_id=uow.actor.user_id,
            by_name=uow.actor.name,
            at=uow.now,
        )
    )
    planned_sites.take_back_given(uow, visit)


def _take_back_marks(uow: UnitOfWork, visit: Visit, told: str) -> None:
    """Take the given marks and the waste out of a draft whose units were handed on; the trail keeps when they were set."""
    given = select(InjectionSite).where(InjectionSite.visit_id == visit.id, InjectionSite.given_at.is_not(None))
    sites = uow.session.scalars(given.order_by(InjectionSite.number)).all()
    for syringe in uow.session.scalars(select(Syringe).where(Syringe.visit_id == visit.id)):
        syringe.wasted, syringe.waste_reason = Decimal(0), ""
    if not sites:
        return
    old: dict[str, object] = {"sites": [site.number for site in sites]}
    old |= {f"site_{site.number}_given_at": site.given_at for site in sites}
    for site in sites:
        site.given_at, site.given_recorded_at, site.given_by, site.entered_late_reason = None, None, "", ""
    uow.record(Event(Action.SITES_TAKEN_BACK, f"visit:{visit.id}", visit.patient_id, reason=told, old=old))


def _tell(uow: UnitOfWork, visit: Visit, draft: Visit, told: str, reason: str, *, was_signed: bool) -> None:
    if was_signed:
        new: dict[str, object] = {"disposition": Disposition.NOT_GIVEN.value}
        uow.record(Event(Action.VISIT_VOIDED, f"visit:{visit.id}", visit.patient_id, reason=told, new=new))
    else:
        uow.record(Event(Action.VISIT_DISCARDED, f"visit:{visit.id}", visit.patient_id, reason=told))
    uow.record(Event(Action.VISIT_STARTED, f"visit:{draft.id}", draft.patient_id, new={"on": draft.on}))
    moved = {
        "from_visit": visit.id,
        "to_visit": draft.id,
        "from_patient": visit.patient_id,
        "to_patient": draft.patient_id,
        "by": uow.actor.name,
    }
    for one in (visit, draft):
        uow.record(Event(Action.VISIT_MOVED, f"visit:{one.id}", one.patient_id, reason=reason, new=moved))
