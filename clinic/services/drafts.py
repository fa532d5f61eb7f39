"""Taking hold of a draft for a change: found, permitted, not stale; and the patient's dates that follow from visits."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from sqlalchemy import bindparam, func, or_, select

from clinic.domain.actors import Permission, RecordState
from clinic.domain.errors import Frozen, NotFound, Stale
from clinic.domain.visits import NEXT_SESSION_DAYS, VisitState, record_state
from clinic.models import Clinic, InjectionSession, Patient, Visit, VisitVoid
from clinic.queries.together import AnySelect
from clinic.queries.versions import in_force, not_voided, units_stand
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork


def held(uow: UnitOfWork, visit_id: str, permission: Permission, edit_version: int | None) -> Visit:
    """Lock a visit for a change and count its edit up.

    Raises NotFound, Frozen, NotPermitted, or Stale when it was changed since it was shown. ``edit_version`` None skips
    that comparison, for acts that do not depend on what was shown.
    """
    visit = _locked(uow, visit_id)
    require(uow, permission, state_of(uow, visit))
    if edit_version is not None and edit_version != visit.edit_version:
        raise Stale(
            f"{who_changed(uow, visit)} changed this visit meanwhile. Nothing of yours was saved over it:"
            " the page shows what stands now; repeat your change if it is still right.",
            shown=edit_version,
            current=visit.edit_version,
        )
    visit.edit_version += 1
    visit.changed_at, visit.changed_by = uow.now, uow.actor.name
    return visit


def who_changed(uow: UnitOfWork, visit: Visit) -> str:
    """Who changed a visit meanwhile, as a refusal begins with it."""
    if visit.changed_by == uow.actor.name:
        return "In another window you"
    return visit.changed_by or "Somebody"


def held_beside(uow: UnitOfWork, visit_id: str, permission: Permission) -> Visit:
    """Lock a visit for what stands beside its charting: assessments, reviews, a patient's form.

    The edit is not counted: these have a version of their own, and nobody's open chart goes stale because a colleague
    grades or a patient answers. A signature still sees it, because it is compared with the content that was shown.
    Raises NotFound, Frozen or NotPermitted.
    """
    visit = _locked(uow, visit_id)
    require(uow, permission, state_of(uow, visit))
    return visit


def _locked(uow: UnitOfWork, visit_id: str) -> Visit:
    row = uow.session.execute(_visit_and_session(), {"visit_id": visit_id}).one_or_none()
    if row is None:
        raise NotFound
    uow.session.info["held"] = row  # Else the section would be forgotten before anybody asks for it.
    visit: Visit = row[0]
    return visit


@cache
def _visit_and_session() -> AnySelect:
    """The visit to lock, and its injection section beside it: whoever charts asks for both."""
    section = (InjectionSession.clinic_id == Visit.clinic_id) & (InjectionSession.visit_id == Visit.id)
    query = (
        select(Visit, InjectionSession).outerjoin(InjectionSession, section).where(Visit.id == bindparam("visit_id"))
    )
    return query.with_for_update(of=Visit).execution_options(populate_existing=True)


def state_of(uow: UnitOfWork, visit: Visit) -> RecordState:
    """How a visit stands, from its own row and those that came after it."""
    if visit.state is not VisitState.SIGNED:
        return record_state(visit.state, voided=False, amended=False)
    voided = uow.session.get(VisitVoid, (uow.clinic_id, visit.id)) is not None
    newer = select(Visit.id).where(Visit.amends_id == visit.id, Visit.state == VisitState.SIGNED)
    return record_state(visit.state, voided=voided, amended=uow.session.scalar(newer) is not None)


def hold_amended(uow: UnitOfWork, visit: Visit) -> None:
    """Lock the version that an amendment replaces; any other visit replaces none.

    Raises Frozen when that version was amended or voided meanwhile, or has another amendment open: two amendments in
    force would count the same units twice.
    """
    if visit.amends_id is None:
        return
    key = (uow.clinic_id, visit.amends_id)
    amended = uow.session.get_one(Visit, key, with_for_update=True, populate_existing=True)
    standing = state_of(uow, amended)
    if standing is not RecordState.SIGNED:
        raise Frozen(f"The version that this draft amends is {standing.value} meanwhile. This draft cannot replace it.")
    refuse_open_amendment(uow, visit.amends_id, but=visit.id)


def refuse_open_amendment(uow: UnitOfWork, visit_id: str, *, but: str = "") -> None:
    """Raise Frozen while an amendment of a signed visit is open; the caller holds the visit's lock."""
    other = select(Visit.id).where(Visit.amends_id == visit_id, Visit.state == VisitState.DRAFT, Visit.id != but)
    if uow.session.scalar(other) is not None:
        raise Frozen("An amendment of this visit is open already. Finish or discard that one.")


def session_of(uow: UnitOfWork, visit: Visit) -> InjectionSession:
    """The injection section of a visit. Raises NotFound when it has none."""
    session = uow.session.get(InjectionSession, (uow.clinic_id, visit.id))
    if session is None:
        raise NotFound
    return session


def refresh_patient_dates(uow: UnitOfWork, patient_id: str) -> None:
    """Write the patient's last visit and next due day, which lists read instead of scanning visits.

    A version counts while nothing replaces it; what was voided as given was no visit, but its units are in the patient.
    """
    uow.session.flush()
    patient = uow.session.get_one(Patient, (uow.clinic_id, patient_id))
    kept = (
        select(func.max(Visit.on))
        .where(Visit.patient_id == patient_id, Visit.state != VisitState.DISCARDED, in_force())
        .where(or_(Visit.state == VisitState.SIGNED, Visit.amends_id.is_(None)))
    )
    patient.last_visit_on = uow.session.scalar(kept.where(not_voided()))
    injected = kept.join(
        InjectionSession, (InjectionSession.clinic_id == Visit.clinic_id) & (InjectionSession.visit_id == Visit.id)
    ).where(Visit.state == VisitState.SIGNED, units_stand())
    last = uow.session.scalar(injected)
    patient.next_due_on = last + timedelta(days=NEXT_SESSION_DAYS) if last else None


def clinic_of(uow: UnitOfWork) -> Clinic:
    """The actor's clinic."""
    return uow.session.get_one(Clinic, uow.clinic_id)
