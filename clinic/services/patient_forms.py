"""Handing a form to a patient, and taking in what comes back.

Staff make, hand over and end forms. The patient's side acts as nobody of the clinic: its actor holds no permission, and
each of its acts names the one form that the browser holds the key of.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from clinic.domain.actors import Actor, Permission, Role
from clinic.domain.errors import Frozen, Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.domain.patient_forms import (
    LASTS,
    LEFT_OUT,
    WRONG_BIRTH_DATES,
    FormState,
    Given,
    Question,
    Way,
    can_be_asked,
    form_state,
)
from clinic.domain.visits import VisitState
from clinic.models import Patient, PatientForm, PatientFormAnswer, Visit
from clinic.queries.patient_forms import answering, wordings
from clinic.services.assessments import save_patient_answers
from clinic.services.drafts import held_beside
from clinic.services.screen_locks import lock
from clinic.unit_of_work import UnitOfWork

CLOSED = (
    "This form is closed, so your answers could not be handed in. They are kept until the form expires."
    " Please tell a member of staff."
)


def patient_actor(clinic_id: int, form_id: str) -> Actor:
    """Who acts when a patient answers a form: known by the form, with no permission at all."""
    return Actor(
        user_id=form_id,
        username="patient’s form",
        name="the patient",
        role=Role.AUDITOR,
        clinic_id=clinic_id,
        form_id=form_id,
    )


def create_form(
    uow: UnitOfWork, visit_id: str, instruments: Sequence[str], way: Way, *, link_hash: str | None = None
) -> str:
    """Make a form for the patient of a draft visit; gives its id. Raises Invalid beside ``instruments``."""
    visit = held_beside(uow, visit_id, Permission.VISIT_CHART)
    offered = [one.key for one in can_be_asked(wordings(uow))]
    chosen = [key for key in offered if key in instruments]
    if not chosen:
        raise Invalid({"instruments": "Choose at least one questionnaire."})
    if not set(instruments) <= set(offered):
        raise Invalid({"instruments": "One of these can no longer be given to a patient. Load the page again."})
    _forget_expired(uow)
    form = PatientForm(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        patient_id=visit.patient_id,
        visit_id=visit_id,
        way=way,
        instruments=",".join(chosen),
        link_hash=link_hash,
        created_by_id=uow.actor.user_id,
        created_by=uow.actor.name,
        created_at=uow.now,
        expires_at=uow.now + LASTS[way],
    )
    uow.session.add(form)
    new = {"way": way.value, "instruments": form.instruments, "expires_at": form.expires_at}
    uow.record(Event(Action.PATIENT_FORM_CREATED, _subject(form.id), visit.patient_id, new=new))
    return form.id


def _forget_expired(uow: UnitOfWork) -> None:
    expired = select(PatientForm.id).where(PatientForm.clinic_id == uow.clinic_id, PatientForm.expires_at <= uow.now)
    uow.session.execute(
        delete(PatientFormAnswer)
        .where(PatientFormAnswer.clinic_id == uow.clinic_id, PatientFormAnswer.form_id.in_(expired))
        .execution_options(synchronize_session=False)
    )


def hand_over(uow: UnitOfWork, visit_id: str, form_id: str, browser_hash: str) -> None:
    """Lock the actor's own session to a form and give the form to this browser. Raises NotFound or Frozen."""
    visit = held_beside(uow, visit_id, Permission.VISIT_CHART)
    form = _form_of_visit(uow, visit_id, form_id)
    if form.way is not Way.TABLET:
        raise NotFound
    if not _state(form, visit, uow.now).is_open:
        raise Frozen("This form is closed. Make a new one for the patient.")
    form.browser_hash = browser_hash
    lock(uow, form)


def end_form(uow: UnitOfWork, visit_id: str, form_id: str) -> None:
    """End a form that the patient has not sent. Raises NotFound, or Frozen when it is over already."""
    visit = held_beside(uow, visit_id, Permission.VISIT_CHART)
    form = _form_of_visit(uow, visit_id, form_id)
    if not _state(form, visit, uow.now).is_open:
        raise Frozen("This form is over already: it was sent, has expired, or was ended.")
    _end(uow, form, f"by {uow.actor.name}")


def _end(uow: UnitOfWork, form: PatientForm, reason: str) -> None:
    form.ended_at, form.ended_reason = uow.now, reason[:200]
    uow.record(Event(Action.PATIENT_FORM_ENDED, _subject(form.id), form.patient_id, reason=form.ended_reason))


def claim_birth_date(session: Session, clinic_id: int, form_id: str) -> int | None:
    """Count one more try of the birth date of a link; gives its number, or None when the link takes none."""
    return session.execute(
        update(PatientForm)
        .where(PatientForm.clinic_id == clinic_id, PatientForm.id == form_id, PatientForm.browser_hash.is_(None))
        .where(PatientForm.wrong_birth_dates < WRONG_BIRTH_DATES)
        .values(wrong_birth_dates=PatientForm.wrong_birth_dates + 1)
        .returning(PatientForm.wrong_birth_dates)
        .execution_options(synchronize_session=False)
    ).scalar()


def start_link(uow: UnitOfWork, born: date, browser_hash: str) -> bool:
    """Give a link's form to the first browser whose user knows the birth date; says whether it was right.

    The try was counted before (``claim_birth_date``); the last wrong one ends the form. Raises NotFound when the form was
    started, ended, or lost its draft meanwhile.
    """
    visit, form = _held(uow)
    if form.way is not Way.LINK or form.browser_hash is not None or not _state(form, visit, uow.now).is_open:
        raise NotFound
    patient = uow.session.get_one(Patient, (uow.clinic_id, form.patient_id))
    if patient.birth_date != born:
        if form.wrong_birth_dates >= WRONG_BIRTH_DATES:
            _end(uow, form, f"{WRONG_BIRTH_DATES} wrong dates of birth")
        return False
    form.wrong_birth_dates -= 1
    form.browser_hash = browser_hash
    _start(uow, form)
    return True


def start_form(uow: UnitOfWork, browser_hash: str) -> None:
    """Note that the patient began on the tablet, and give the form a new key of this browser. Raises Frozen."""
    visit, form = _held(uow)
    if form.way is not Way.TABLET or not _state(form, visit, uow.now).is_open:
        raise Frozen(CLOSED)
    form.browser_hash = browser_hash
    _start(uow, form)


def _start(uow: UnitOfWork, form: PatientForm) -> None:
    form.started_at = form.started_at or uow.now
    uow.record(Event(Action.PATIENT_FORM_STARTED, _subject(form.id), form.patient_id))


def keep_answer(session: Session, actor: Actor, question: Question, given: Given, now: datetime) -> None:
    """Keep one answer of a form, over what was said before; a questionnaire that was left out is asked again.

    Until the form is sent this is no part of the record, so it leaves no entry. Raises Frozen when the form is closed.
    """
    form = _held_open(session, actor, now)
    _forget(session, form, question.instrument.key, LEFT_OUT)
    _put(session, form, *question.key, given)


def leave_out(session: Session, actor: Actor, question: Question, now: datetime) -> None:
    """Leave out the whole questionnaire of a question, and forget what was said in it. Raises Frozen."""
    form = _held_open(session, actor, now)
    _forget(session, form, question.instrument.key)
    _put(session, form, question.instrument.key, LEFT_OUT, Given())


def mark_urgent(uow: UnitOfWork, question: Question) -> None:
    """Note that an answer asks for help at once, for the staff to see; a later change of mind does not take it back."""
    _, form = _held(uow)
    if form.urgent_at is None:
        form.urgent_at = uow.now
    new = {"instrument": question.instrument.key, "item": question.item.key}
    uow.record(Event(Action.PATIENT_FORM_URGENT, _subject(form.id), form.patient_id, new=new))


def send_form(uow: UnitOfWork) -> None:
    """Put everything that was answered into the draft visit, all or nothing; a second time changes nothing.

    Raises Invalid by question number for what is missing, Frozen when nothing can land any more.
    """
    visit, form = _held(uow)
    state = _state(form, visit, uow.now)
    if state is FormState.SENT:
        return
    if not state.is_open:
        raise Frozen(CLOSED)
    filling = answering(uow, form.id).filling
    landed = {}
    for one in (*filling.complete(), *filling.no_longer_asked()):
        landed[one.key] = save_patient_answers(
            uow, visit.id, one.key, filling.answers(one), filling.texts(one), version=one.version
        )
    _forget(uow.session, form)
    form.sent_at = uow.now
    uow.record(Event(Action.PATIENT_FORM_SENT, _subject(form.id), form.patient_id, new=landed))


def _held(uow: UnitOfWork) -> tuple[Visit, PatientForm]:
    return _held_rows(uow.session, uow.actor)


def _held_rows(session: Session, actor: Actor) -> tuple[Visit, PatientForm]:
    """Lock the visit, then the form: in this order everywhere, so that two acts wait and never deadlock."""
    key = (actor.clinic_id, actor.form_id)
    visit_id = session.scalar(
        select(PatientForm.visit_id).where(PatientForm.clinic_id == key[0], PatientForm.id == key[1])
    )
    if visit_id is None:
        raise NotFound
    visit = session.get_one(Visit, (actor.clinic_id, visit_id), with_for_update=True, populate_existing=True)
    return visit, session.get_one(PatientForm, key, with_for_update=True, populate_existing=True)


def _form_of_visit(uow: UnitOfWork, visit_id: str, form_id: str) -> PatientForm:
    form = uow.session.get(PatientForm, (uow.clinic_id, form_id), with_for_update=True, populate_existing=True)
    if form is None or form.visit_id != visit_id:
        raise NotFound
    return form


def _held_open(session: Session, actor: Actor, now: datetime) -> PatientForm:
    visit, form = _held_rows(session, actor)
    if not _state(form, visit, now).is_open:
        raise Frozen(CLOSED)
    return form


def _state(form: PatientForm, visit: Visit, now: datetime) -> FormState:
    return form_state(
        started_at=form.started_at,
        sent_at=form.sent_at,
        ended_at=form.ended_at,
        expires_at=form.expires_at,
        draft=visit.state is VisitState.DRAFT,
        now=now,
        created_at=form.created_at,
    )


def _put(session: Session, form: PatientForm, instrument: str, item: str, given: Given) -> None:
    row = session.get(PatientFormAnswer, (form.clinic_id, form.id, instrument, item))
    if row is None:
        row = PatientFormAnswer(clinic_id=form.clinic_id, form_id=form.id, instrument=instrument, item=item)
        session.add(row)
    row.value, row.text = given.value, given.text
    session.flush()


def _forget(session: Session, form: PatientForm, instrument: str = "", item: str = "") -> None:
    a = PatientFormAnswer
    which = [a.clinic_id == form.clinic_id, a.form_id == form.id]
    which += [a.instrument == instrument] if instrument else []
    which += [a.item == item] if item else []
    session.execute(delete(a).where(*which).execution_options(synchronize_session="fetch"))


def _subject(form_id: str) -> str:
    return f"patient_form:{form_id}"
