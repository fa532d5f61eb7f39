"""A signed-in screen in a patient's hands: locked to one form until its owner gives the password."""

from __future__ import annotations

from clinic.domain.events import Action, Event
from clinic.domain.patient_forms import UNLOCK_ATTEMPTS
from clinic.models import PatientForm
from clinic.services.sessions import own
from clinic.unit_of_work import UnitOfWork


def lock(uow: UnitOfWork, form: PatientForm) -> None:
    """Lock the actor's own session to a form; the lock stands in the database, so it holds in every tab."""
    session = own(uow)
    session.locked_form_id, session.unlock_failures = form.id, 0
    uow.record(Event(Action.SCREEN_LOCKED, f"patient_form:{form.id}", form.patient_id))


def unlock(uow: UnitOfWork) -> str | None:
    """Give the actor's session back after the right password; gives the visit of its form."""
    session = own(uow)
    form = uow.session.get(PatientForm, (uow.clinic_id, session.locked_form_id or ""))
    session.locked_form_id, session.unlock_failures = None, 0
    subject, patient_id = (f"patient_form:{form.id}", form.patient_id) if form else ("screen", None)
    uow.record(Event(Action.SCREEN_UNLOCKED, subject, patient_id))
    return form.visit_id if form else None


def close_session(uow: UnitOfWork) -> bool:
    """Sign a locked screen out once its tries are used up; says whether it was."""
    session = own(uow)
    over = session.unlock_failures >= UNLOCK_ATTEMPTS
    if over and session.revoked_at is None:
        session.revoked_at = uow.now
        reason = f"{UNLOCK_ATTEMPTS} wrong passwords on a screen that was handed to a patient"
        uow.record(Event(Action.SIGNED_OUT, f"user:{uow.actor.user_id}", reason=reason))
    return over
