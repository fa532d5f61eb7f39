"""The injection section of a draft: its details, answers, consent and syringes. Its sites stand in ``injection_sites``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from clinic.domain import products
from clinic.domain.actors import Permission
from clinic.domain.errors import Frozen, Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.domain.injections import Answer, Question
from clinic.domain.quantities import NBSP, format_number
from clinic.models import (
    InjectionSession,
    InjectionSite,
    ScreeningAnswer,
    Syringe,
    TimeOut,
    Vial,
    Visit,
)
from clinic.services.drafts import held, session_of
from clinic.services.injection_sites import product_in
from clinic.services.visits import add_session
from clinic.unit_of_work import UnitOfWork

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def add_injections(uow: UnitOfWork, visit_id: str, edit_version: int) -> None:
    """Give a draft its injection section."""
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    if uow.session.get(InjectionSession, (uow.clinic_id, visit_id)) is None:
        add_session(uow, visit)
    uow.record(Event(Action.SESSION_CHANGED, f"visit:{visit_id}", visit.patient_id))


def remove_injections(uow: UnitOfWork, visit_id: str, edit_version: int) -> None:
    """Take an injection section out again that nothing was charted in. Raises Frozen when something was."""
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    session = session_of(uow, visit)
    for child in (InjectionSite, Syringe, TimeOut):
        if uow.session.scalar(select(child.id).where(child.visit_id == visit_id).limit(1)) is not None:
            raise Frozen(
                "Sites, syringes or a time-out stand in the injection section. Remove the sites and syringes first."
            )
    for answered in uow.session.scalars(select(ScreeningAnswer).where(ScreeningAnswer.visit_id == visit_id)):
        uow.session.delete(answered)
    uow.session.delete(session)
    uow.record(Event(Action.SESSION_CHANGED, f"visit:{visit_id}", visit.patient_id, old={"injections": "removed"}))


def change_session(uow: UnitOfWork, visit_id: str, edit_version: int, **values: object) -> None:
    """Change details of the session (who orders, guidance, needle, touch-up, transcription, indication …)."""
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    session = session_of(uow, visit)
    if values.get("touch_up_of"):
        _check_parent(uow, visit, str(values["touch_up_of"]))
    if values.get("transcribed_product"):
        products.product(str(values["transcribed_product"]))
    if values.get("transcribed") and _has_given(uow, visit_id):
        raise Frozen("Sites of this session are marked given: it is not a transcription of an earlier record.")
    old = {name: getattr(session, name) for name in values if getattr(session, name) != values[name]}
    for name, value in values.items():
        setattr(session, name, value)
    new = {name: values[name] for name in old}
    uow.record(Event(Action.SESSION_CHANGED, f"visit:{visit_id}", visit.patient_id, old=old, new=new))


def _check_parent(uow: UnitOfWork, visit: Visit, parent_id: str) -> None:
    parent = uow.session.get(Visit, (uow.clinic_id, parent_id))
    if parent is None or parent.patient_id != visit.patient_id or parent.id == visit.id or parent.on > visit.on:
        raise Invalid({"touch_up_of": "A touch-up belongs to an earlier session of the same patient."})


def _has_given(uow: UnitOfWork, visit_id: str) -> bool:
    given = select(InjectionSite.id).where(InjectionSite.visit_id == visit_id, InjectionSite.given_at.is_not(None))
    return uow.session.scalar(given.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class AnswerEntry:
    """An answer to one question; ``tenths_mm`` is lagophthalmos in tenths of a millimetre."""

    answer: Answer
    detail: str = ""
    tenths_mm: int | None = None


def answer(uow: UnitOfWork, visit_id: str, edit_version: int, answers: Mapping[Question, AnswerEntry]) -> None:
    """Record today's safety and eye answers; each is stamped with who answered and when."""
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    session_of(uow, visit)
    old: dict[str, object] = {}
    new: dict[str, object] = {}
    for question, entry in answers.items():
        row = uow.session.get(ScreeningAnswer, (uow.clinic_id, visit_id, question))
        before = (row.answer, row.detail, row.tenths_mm) if row else None
        after = (entry.answer, entry.detail, entry.tenths_mm)
        if before == after:
            continue
        old[question.value], new[question.value] = _answer_told(before), _answer_told(after)
        if row is None:
            row = ScreeningAnswer(
                clinic_id=uow.clinic_id,
                visit_id=visit_id,
                question=question,
                answer=entry.answer,
                answered_by=uow.actor.name,
                answered_at=uow.now,
            )
            uow.session.add(row)
        row.answer, row.detail, row.tenths_mm = after
        row.answered_by, row.answered_at = uow.actor.name, uow.now
    uow.record(Event(Action.ANSWERS_CHANGED, f"visit:{visit_id}", visit.patient_id, old=old, new=new))


def _answer_told(values: tuple[Answer, str, int | None] | None) -> str:
    if values is None:
        return ""
    answer, detail, tenths_mm = values
    millimetres = "" if tenths_mm is None else f"{format_number(Decimal(tenths_mm) / 10)}{NBSP}mm"
    return ", ".join(filter(None, (answer.value, millimetres, detail)))


def record_consent(uow: UnitOfWork, visit_id: str, edit_version: int, *, text: str, by: str) -> None:
    """Record that consent to off-label use was given, by whom and now; it cannot be back-dated."""
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    session = session_of(uow, visit)
    if not text.strip():
        raise Invalid({"consent": "Say in words what the patient consented to, off-label use included."})
    old = {"consent": session.consent}
    session.consent, session.consent_by, session.consent_at = text.strip(), by.strip() or uow.actor.name, uow.now
    uow.record(
        Event(Action.CONSENT_RECORDED, f"visit:{visit_id}", visit.patient_id, old=old, new={"consent": session.consent})
    )


def add_syringe(uow: UnitOfWork, visit_id: str, edit_version: int, vial_id: str) -> str:
    """Draw the session from a vial of the clinic, under the next letter; gives the syringe's id.

    Raises Invalid (field ``vial_id``) for a vial that is not mixed, is discarded, or is not this clinic's.
    """
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    session_of(uow, visit)
    vial = uow.session.get(Vial, (uow.clinic_id, vial_id))
    if vial is None or vial.discarded_at is not None:
        raise Invalid({"vial_id": "This vial cannot be drawn from. Choose another from the list."})
    if vial.diluent_microlitres is None:
        raise Invalid({"vial_id": f"Vial {vial.label} is not mixed yet: enter its volume first."})
    used = set(uow.session.scalars(select(Syringe.letter).where(Syringe.visit_id == visit_id)))
    letter = next((one for one in LETTERS if one not in used), None)
    if letter is None:
        raise Invalid({"vial_id": "There are no more syringe letters in this session."})
    syringe = Syringe(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        visit_id=visit_id,
        vial_id=vial_id,
        letter=letter,
        concentration_units=vial.labelled_units,
        concentration_microlitres=vial.diluent_microlitres,
    )
    uow.session.add(syringe)
    new = {"letter": letter, "vial": vial.label}
    uow.record(Event(Action.SYRINGE_ADDED, f"visit:{visit_id}", visit.patient_id, new=new))
    return syringe.id


def remove_syringe(uow: UnitOfWork, visit_id: str, edit_version: int, syringe_id: str) -> None:
    """Take a syringe out of the session. Its planned sites go back to "vial to be added"; a used one stays."""
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    syringe = uow.session.get(Syringe, (uow.clinic_id, syringe_id))
    if syringe is None or syringe.visit_id != visit_id:
        raise NotFound
    sites = list(uow.session.scalars(select(InjectionSite).where(InjectionSite.syringe_id == syringe_id)))
    if visit.amends_id is None and any(site.given_at for site in sites):
        raise Frozen("Sites were given from this syringe, so it stays in the record.")
    if visit.amends_id is None and syringe.wasted > 0:
        raise Frozen("Waste of this syringe is entered, so it stays in the record. Settle again without it first.")
    product = product_in(uow, visit, syringe_id)
    for site in sites:
        site.syringe_id, site.dose_product = None, product  # Its dose stays a dose of that product.
    uow.session.flush()  # The sites must let go of it before it goes.
    uow.session.delete(syringe)
    uow.record(Event(Action.SYRINGE_REMOVED, f"visit:{visit_id}", visit.patient_id, old={"letter": syringe.letter}))
