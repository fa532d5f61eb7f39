"""Forms in patients' hands: what staff see of them, and what the patient's own browser gets. The latter holds no record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select

from clinic.domain import assessments
from clinic.domain.adverse_events import Urgency
from clinic.domain.assessments.base import Instrument
from clinic.domain.errors import NotFound
from clinic.domain.patient_forms import (
    LEFT_OUT,
    UNSENT_URGENT,
    WRONG_BIRTH_DATES,
    Filling,
    FormState,
    Given,
    Way,
    can_be_asked,
    form_state,
    questions,
    urgency,
)
from clinic.domain.patients import display_name
from clinic.domain.visits import VisitState
from clinic.models import Clinic, Patient, PatientForm, PatientFormAnswer, Visit
from clinic.queries import instrument_wordings
from clinic.queries.listed import listed
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class FormRow:
    """One form of a visit as staff see it; ``titles`` are its questionnaires, ``urgent`` what asks for help at once."""

    id: str
    way: Way
    state: FormState
    titles: tuple[str, ...]
    created_by: str
    created_at: datetime
    started_at: datetime | None
    sent_at: datetime | None
    expires_at: datetime
    ended_at: datetime | None
    ended_reason: str
    urgent_at: datetime | None
    urgent: tuple[str, ...] = ()

    @property
    def can_be_handed(self) -> bool:
        """Whether the tablet can still be handed over for it."""
        return self.way is Way.TABLET and self.state.is_open


@dataclass(frozen=True, slots=True)
class VisitForms:
    """The forms of a visit, newest first, and which questionnaires a new one can hold."""

    patient_id: str
    draft: bool
    forms: tuple[FormRow, ...]
    offered: tuple[Instrument, ...]


@dataclass(frozen=True, slots=True)
class Answering:
    """A form as the patient's browser needs it: the clinic's name and telephone, the questions, what was said so far."""

    form_id: str
    clinic_id: int
    visit_id: str
    way: Way
    state: FormState
    clinic_name: str
    phone: str
    emergency_phone: str
    urgent: bool
    filling: Filling

    @property
    def on_tablet(self) -> bool:
        """Whether the patient holds the clinic's tablet, with staff near by."""
        return self.way is Way.TABLET

    @property
    def asks_emergency(self) -> bool:
        """Whether an answer so far asks for help at once."""
        return Urgency.EMERGENCY in self._urgencies

    @property
    def asks_eye(self) -> bool:
        """Whether an answer so far asks that somebody looks at the eye today."""
        return Urgency.SAME_DAY_EYE in self._urgencies

    @property
    def number_to_call(self) -> str:
        """The clinic's number for emergencies, else its telephone; blank when it entered neither."""
        return self.emergency_phone or self.phone

    @property
    def _urgencies(self) -> frozenset[Urgency | None]:
        given = self.filling.given
        return frozenset(urgency(one, given.get(one.key)) for one in self.filling.questions)


@dataclass(frozen=True, slots=True)
class UrgentRow:
    """A visit in which a patient's answer asked for help at once."""

    visit_id: str
    patient_id: str
    patient_name: str
    birth_date: date
    record_number: str
    at: datetime


def wordings(uow: UnitOfWork) -> Mapping[str, Mapping[str, str]]:
    """The clinic's own complete wording of licensed questionnaires, by instrument and part."""
    return {key: one.parts for key, one in instrument_wordings.wording(uow).items()}


def visit_forms(uow: UnitOfWork, visit_id: str) -> VisitForms:
    """The forms of a visit of the actor's clinic. Raises NotFound."""
    visit = uow.session.execute(select(Visit.patient_id, Visit.state).where(Visit.id == visit_id)).one_or_none()
    if visit is None:
        raise NotFound
    draft = visit.state is VisitState.DRAFT
    f = PatientForm
    rows = uow.session.scalars(select(f).where(f.visit_id == visit_id).order_by(f.created_at.desc(), f.id)).all()
    worded = wordings(uow)
    answers = _answers_of(uow, [row.id for row in rows if row.urgent_at is not None])
    forms = tuple(_form_row(uow, row, draft, worded, answers.get(row.id, {})) for row in rows)
    return VisitForms(visit.patient_id, draft, forms, can_be_asked(worded))


def _form_row(
    uow: UnitOfWork,
    row: PatientForm,
    draft: bool,
    worded: Mapping[str, Mapping[str, str]],
    answers: Mapping[tuple[str, str], Given],
) -> FormRow:
    keys = row.instruments.split(",")
    filling = Filling(questions(keys, worded), answers)
    return FormRow(
        id=row.id,
        way=row.way,
        state=_state(row, draft, uow.now),
        titles=tuple(assessments.INSTRUMENTS[key].title for key in keys if key in assessments.INSTRUMENTS),
        created_by=row.created_by,
        created_at=row.created_at,
        started_at=row.started_at,
        sent_at=row.sent_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        ended_reason=row.ended_reason,
        urgent_at=row.urgent_at,
        urgent=tuple(one.label for one in filling.urgent()),
    )


def _state(row: Any, draft: bool, now: datetime) -> FormState:
    return form_state(
        started_at=row.started_at,
        sent_at=row.sent_at,
        ended_at=row.ended_at,
        expires_at=row.expires_at,
        draft=draft,
        now=now,
        created_at=row.created_at,
    )


def _answers_of(uow: UnitOfWork, form_ids: list[str]) -> dict[str, dict[tuple[str, str], Given]]:
    a = PatientFormAnswer
    found: dict[str, dict[tuple[str, str], Given]] = {}
    for row in uow.session.execute(
        select(a.form_id, a.instrument, a.item, a.value, a.text).where(a.form_id.in_(form_ids))
    ):
        found.setdefault(row.form_id, {})[(row.instrument, row.item)] = Given(row.value, row.text)
    return found


def form_of_browser(uow: UnitOfWork, browser_hash: str) -> tuple[int, str] | None:
    """Clinic and id of the form that a browser started, or None. For an unscoped unit of work. One statement."""
    row = uow.session.execute(
        select(PatientForm.clinic_id, PatientForm.id).where(PatientForm.browser_hash == browser_hash)
    ).one_or_none()
    return (row.clinic_id, row.id) if row else None


def is_link_of(uow: UnitOfWork, link_hash: str, browser_hash: str) -> bool:
    """Whether a link is the one that this browser started. For an unscoped unit of work. One statement."""
    mine = select(PatientForm.id).where(PatientForm.link_hash == link_hash, PatientForm.browser_hash == browser_hash)
    return uow.session.scalar(mine) is not None


def form_of_link(uow: UnitOfWork, link_hash: str) -> tuple[int, str] | None:
    """Clinic and id of the form that a link can still start, or None. For an unscoped unit of work. One statement.

    The token is never compared: its hash is looked up, so that how long that takes says nothing about it.
    """
    f = PatientForm
    row = uow.session.execute(
        select(f.clinic_id, f.id)
        .join(Visit, (Visit.clinic_id == f.clinic_id) & (Visit.id == f.visit_id))
        .where(f.link_hash == link_hash, f.browser_hash.is_(None), f.wrong_birth_dates < WRONG_BIRTH_DATES)
        .where(f.ended_at.is_(None), f.sent_at.is_(None), f.expires_at > uow.now, Visit.state == VisitState.DRAFT)
    ).one_or_none()
    return (row.clinic_id, row.id) if row else None


def answering(uow: UnitOfWork, form_id: str) -> Answering:
    """A form of the actor's clinic for the patient's browser. Raises NotFound."""
    f = PatientForm
    found = uow.session.execute(
        select(f, Visit.state, Clinic.name, Clinic.phone, Clinic.emergency_phone)
        .join(Visit, (Visit.clinic_id == f.clinic_id) & (Visit.id == f.visit_id))
        .join(Clinic, Clinic.id == f.clinic_id)
        .where(f.id == form_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    row, visit_state, name, phone, emergency_phone = found
    given = _answers_of(uow, [form_id]).get(form_id, {})
    left_out = frozenset(instrument for instrument, item in given if item == LEFT_OUT)
    said = {key: value for key, value in given.items() if key[1] != LEFT_OUT}
    return Answering(
        form_id=form_id,
        clinic_id=row.clinic_id,
        visit_id=row.visit_id,
        way=row.way,
        state=_state(row, visit_state is VisitState.DRAFT, uow.now),
        clinic_name=name,
        phone=phone,
        emergency_phone=emergency_phone,
        urgent=row.urgent_at is not None,
        filling=Filling(questions(row.instruments.split(","), wordings(uow)), said, left_out),
    )


def urgent_answers(uow: UnitOfWork) -> tuple[UrgentRow, ...]:
    """Visits whose patient gave an answer that asks for help at once, the newest first. One statement.

    A signature covers what was sent. What was not stays for a day after it, so that signing hides no call for help.
    """
    rows = listed(uow, _urgent(), {"unsent_since": uow.now - UNSENT_URGENT})
    return tuple(
        UrgentRow(
            row.visit_id,
            row.patient_id,
            display_name(row.family_name, row.given_names),
            row.birth_date,
            row.record_number,
            row.urgent_at,
        )
        for row in rows
    )


@cache
def _urgent() -> AnySelect:
    f = PatientForm
    unseen = f.sent_at.is_(None) & (f.urgent_at > bindparam("unsent_since"))
    return (
        select(
            f.visit_id,
            f.patient_id,
            Patient.family_name,
            Patient.given_names,
            Patient.birth_date,
            Patient.record_number,
            f.urgent_at,
        )
        .join(Visit, (Visit.clinic_id == f.clinic_id) & (Visit.id == f.visit_id))
        .join(Patient, (Patient.clinic_id == f.clinic_id) & (Patient.id == f.patient_id))
        .where(f.urgent_at.is_not(None), (Visit.state == VisitState.DRAFT) | unseen)
        .order_by(f.urgent_at.desc())
    )
