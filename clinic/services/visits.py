"""Starting, writing, discarding and restoring drafts; what comes after signing stands in ``signing``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic.domain.actors import Permission, RecordState
from clinic.domain.errors import Frozen, Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.domain.visits import DISCARDED_KEPT, REASON_MINIMUM, Section, VisitState
from clinic.domain.wording import day_text
from clinic.models import (
    Condition,
    InjectionSession,
    InjectionSite,
    Patient,
    Review,
    Visit,
    VisitCondition,
    VisitMove,
    VisitNote,
)
from clinic.services.authority import require
from clinic.services.drafts import clinic_of, held, hold_amended, refresh_patient_dates
from clinic.services.patients import active_patient
from clinic.unit_of_work import UnitOfWork


def start(uow: UnitOfWork, patient_id: str, *, on: date | None = None, with_injections: bool = True) -> str:
    """Start a draft for a patient, about all conditions on record; today in the clinic's zone unless ``on`` says.

    Raises NotFound, Frozen for a retired or merged record, Invalid for a day in the future or before birth.
    """
    require(uow, Permission.VISIT_CHART, RecordState.DRAFT)
    if with_injections:
        require(uow, Permission.INJECTION_CHART, RecordState.DRAFT)
    patient = active_patient(uow, patient_id)  # Locked: a merge that runs just now leaves no draft behind.
    clinic = clinic_of(uow)
    today = uow.now.astimezone(ZoneInfo(clinic.time_zone)).date()
    visit = Visit(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        patient_id=patient_id,
        on=check_day(on or today, patient.birth_date, today),
        time_zone=clinic.time_zone,
        author_id=uow.actor.user_id,
        author_name=uow.actor.name,
        created_at=uow.now,
        changed_at=uow.now,
        changed_by=uow.actor.name,
    )
    uow.session.add(visit)
    uow.session.flush()  # Children need their parent on a database without deferred keys.
    conditions = select(Condition.id).where(Condition.patient_id == patient_id, Condition.retired_at.is_(None))
    for condition_id in uow.session.scalars(conditions):
        uow.session.add(VisitCondition(clinic_id=uow.clinic_id, visit_id=visit.id, condition_id=condition_id))
    if with_injections:
        add_session(uow, visit)
    refresh_patient_dates(uow, patient_id)
    uow.record(Event(Action.VISIT_STARTED, f"visit:{visit.id}", patient_id, new={"on": visit.on}))
    return visit.id


def add_session(uow: UnitOfWork, visit: Visit) -> InjectionSession:
    """Give a visit its injection section."""
    ordered_by = uow.actor.prescriber_name or ""
    session = InjectionSession(clinic_id=uow.clinic_id, visit_id=visit.id, ordered_by=ordered_by)
    uow.session.add(session)
    return session


def check_day(on: date, birth_date: date, today: date) -> date:
    """Give the day of a visit back, or raise Invalid for one in the future or before birth."""
    if on > today:
        raise Invalid({"on": f"A visit cannot be in the future; today is {day_text(today)}."})
    if on < birth_date:
        raise Invalid({"on": f"This is before the patient's birth on {day_text(birth_date)}."})
    return on


def write(
    uow: UnitOfWork,
    visit_id: str,
    edit_version: int,
    *,
    on: date | None = None,
    complaints: str | None = None,
    notes: Mapping[Section, str] | None = None,
) -> int:
    """Write the day, the complaints or section texts of a draft; gives the new edit version."""
    visit = held(uow, visit_id, Permission.VISIT_CHART, edit_version)
    old: dict[str, object] = {}
    new: dict[str, object] = {}
    if on is not None and on != visit.on:
        patient = uow.session.get_one(Patient, (uow.clinic_id, visit.patient_id))
        today = uow.now.astimezone(ZoneInfo(visit.time_zone)).date()
        old["on"], new["on"] = visit.on, on
        visit.on = check_day(on, patient.birth_date, today)
        _check_given_day(uow, visit)
        _check_reviewed_day(uow, visit)
        refresh_patient_dates(uow, visit.patient_id)
    if complaints is not None and complaints != visit.complaints:
        old["complaints"], new["complaints"] = visit.complaints, complaints
        visit.complaints = complaints
    for section, text in (notes or {}).items():
        _write_note(uow, visit, section, text, old, new)
    uow.record(Event(Action.VISIT_CHANGED, f"visit:{visit.id}", visit.patient_id, old=old, new=new))
    return visit.edit_version


def _check_given_day(uow: UnitOfWork, visit: Visit) -> None:
    given = select(InjectionSite.given_at).where(
        InjectionSite.visit_id == visit.id, InjectionSite.given_at.is_not(None)
    )
    zone = ZoneInfo(visit.time_zone)
    days = {at.astimezone(zone).date() for at in uow.session.scalars(given) if at is not None}
    if visit.amends_id is None and days - {visit.on}:
        said = f"Sites are marked given on {day_text(min(days))}, so the visit is on that day."
        raise Invalid({"on": f"{said} Take the marks back first if they are wrong."})


def _check_reviewed_day(uow: UnitOfWork, visit: Visit) -> None:
    """Refuse a day on which what this visit says of an earlier session could not have been known yet."""
    days = (Review.first_noticed_day, Review.best_day, Review.worn_off_day)
    session = (Visit.clinic_id == Review.clinic_id) & (Visit.id == Review.session_id)
    for session_on, *said in uow.session.execute(
        select(Visit.on, *days).join(Review, session).where(Review.visit_id == visit.id)
    ):
        earliest = session_on + timedelta(days=max((day for day in said if day is not None), default=0))
        if visit.on < earliest:
            raise Invalid(
                {
                    "on": f"This visit holds the outcome of the session of {day_text(session_on)}, which speaks of days up"
                    f" to {day_text(earliest)}, so the visit is not before that. Change or take out that outcome first."
                }
            )


def _write_note(
    uow: UnitOfWork, visit: Visit, section: Section, text: str, old: dict[str, object], new: dict[str, object]
) -> None:
    note = uow.session.get(VisitNote, (uow.clinic_id, visit.id, section))
    before = note.text if note else ""
    if before == text:
        return
    old[section.value], new[section.value] = before, text
    if note is None:
        uow.session.add(VisitNote(clinic_id=uow.clinic_id, visit_id=visit.id, section=section, text=text))
    else:
        note.text = text


def discard(uow: UnitOfWork, visit_id: str, edit_version: int, reason: str) -> None:
    """Discard a draft with a reason; it can be restored for 30 days. A draft with given sites is never discarded."""
    visit = held(uow, visit_id, Permission.VISIT_DISCARD, edit_version)
    if uow.session.get(InjectionSession, (uow.clinic_id, visit_id)) is not None:
        require(uow, Permission.INJECTION_CHART, RecordState.DRAFT)
    given = select(InjectionSite.id).where(InjectionSite.visit_id == visit_id, InjectionSite.given_at.is_not(None))
    if visit.amends_id is None and uow.session.scalar(given.limit(1)) is not None:
        raise Frozen(
            "Sites of this draft are marked given, so it must be finished. Sign it, and void it if it is wrong."
        )
    if len(reason.strip()) < REASON_MINIMUM:
        raise Invalid({"reason": f"Say why in at least {REASON_MINIMUM} characters."})
    visit.state, visit.discarded_at, visit.discard_reason = VisitState.DISCARDED, uow.now, reason.strip()
    refresh_patient_dates(uow, visit.patient_id)
    uow.record(Event(Action.VISIT_DISCARDED, f"visit:{visit.id}", visit.patient_id, reason=reason.strip()))


def restore(uow: UnitOfWork, visit_id: str) -> None:
    """Bring a discarded draft back within 30 days. Raises Frozen for an amendment that others have overtaken."""
    visit = uow.session.get(Visit, (uow.clinic_id, visit_id), with_for_update=True, populate_existing=True)
    if visit is None or visit.state is not VisitState.DISCARDED or visit.discarded_at is None:
        raise NotFound
    require(uow, Permission.VISIT_DISCARD, RecordState.DRAFT)
    if uow.now - visit.discarded_at > DISCARDED_KEPT:
        raise Frozen(f"A discarded draft can be restored for {DISCARDED_KEPT.days} days; this one is older.")
    if uow.session.get(VisitMove, (uow.clinic_id, visit_id)) is not None:
        raise Frozen("This draft belonged to another patient and was charted anew there. It cannot come back here.")
    hold_amended(uow, visit)
    visit.state, visit.discarded_at, visit.discard_reason = VisitState.DRAFT, None, ""
    visit.edit_version += 1
    refresh_patient_dates(uow, visit.patient_id)
    uow.record(Event(Action.VISIT_RESTORED, f"visit:{visit.id}", visit.patient_id))
