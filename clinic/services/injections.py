"""Charting: the session's details, its answers, syringes and sites. Giving and settling stand in ``giving``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from clinic.domain import anatomy, products
from clinic.domain.actors import Permission
from clinic.domain.anatomy import Side
from clinic.domain.errors import Frozen, Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.domain.injections import Answer, Purpose, Question
from clinic.domain.quantities import NBSP, format_number
from clinic.domain.site_entries import Placed, SiteEntry, place
from clinic.models import (
    Condition,
    InjectionSession,
    InjectionSite,
    Lot,
    ScreeningAnswer,
    Syringe,
    TimeOut,
    Vial,
    Visit,
    VisitCondition,
)
from clinic.services.drafts import held, session_of
from clinic.services.visits import add_session
from clinic.unit_of_work import UnitOfWork

SITES_MAXIMUM = 200
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def add_injections(uow: UnitOfWork, visit_id: str, edit_version: int) -> None:
    """Give a draft its injection section."""
    visit = held(uow, visit_id, Permission.VISIT_CHART, edit_version)
    if uow.session.get(InjectionSession, (uow.clinic_id, visit_id)) is None:
        add_session(uow, visit)
    uow.record(Event(Action.SESSION_CHANGED, f"visit:{visit_id}", visit.patient_id))


def remove_injections(uow: UnitOfWork, visit_id: str, edit_version: int) -> None:
    """Take an injection section out again that nothing was charted in. Raises Frozen when something was."""
    visit = held(uow, visit_id, Permission.VISIT_CHART, edit_version)
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
    visit = held(uow, visit_id, Permission.VISIT_CHART, edit_version)
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
    visit = held(uow, visit_id, Permission.VISIT_CHART, edit_version)
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
    visit = held(uow, visit_id, Permission.VISIT_CHART, edit_version)
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
    visit = held(uow, visit_id, Permission.VISIT_CHART, edit_version)
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
    visit = held(uow, visit_id, Permission.VISIT_CHART, edit_version)
    syringe = uow.session.get(Syringe, (uow.clinic_id, syringe_id))
    if syringe is None or syringe.visit_id != visit_id:
        raise NotFound
    sites = list(uow.session.scalars(select(InjectionSite).where(InjectionSite.syringe_id == syringe_id)))
    if visit.amends_id is None and any(site.given_at for site in sites):
        raise Frozen("Sites were given from this syringe, so it stays in the record.")
    if visit.amends_id is None and syringe.wasted > 0:
        raise Frozen("Waste of this syringe is entered, so it stays in the record. Settle again without it first.")
    for site in sites:
        site.syringe_id = None
    uow.session.flush()  # The sites must let go of it before it goes.
    uow.session.delete(syringe)
    uow.record(Event(Action.SYRINGE_REMOVED, f"visit:{visit_id}", visit.patient_id, old={"letter": syringe.letter}))


def save_site(uow: UnitOfWork, visit_id: str, edit_version: int, entry: SiteEntry, site_id: str | None = None) -> str:
    """Chart a new site, or change one that is not given yet; gives its id.

    Raises Invalid beside a field, NotFound for a site of another visit, Frozen for a given one.
    """
    visit = held(uow, visit_id, Permission.VISIT_CHART, edit_version)
    session_of(uow, visit)
    site = _existing(uow, visit_id, site_id) if site_id else None
    if site is not None:
        _refuse_given(visit, site, "change")
    placed = place(entry)
    _check_syringe(uow, visit, entry.syringe_id)
    before = _values(site) if site else {}
    purpose = entry.purpose
    if purpose is None and (site is None or (site.side, site.muscle) != (placed.side, placed.muscle)):
        purpose = _usual_purpose(uow, visit, placed)
    if site is None:
        site = _new_site(uow, visit, placed)
    _apply(site, entry, placed, purpose)
    if visit.amends_id is not None and site.given_at is not None:
        site.entered_late_reason = visit.amendment_reason
    after = _values(site)
    old = {name: value for name, value in before.items() if after[name] != value}
    new = {name: value for name, value in after.items() if before.get(name) != value}
    uow.record(Event(Action.SITE_SAVED, f"site:{site.id}", visit.patient_id, old=old, new=new))
    return site.id


def _existing(uow: UnitOfWork, visit_id: str, site_id: str) -> InjectionSite:
    site = uow.session.get(InjectionSite, (uow.clinic_id, site_id))
    if site is None or site.visit_id != visit_id:
        raise NotFound
    return site


def _refuse_given(visit: Visit, site: InjectionSite, verb: str) -> None:
    # An amendment corrects what was given; its difference is shown, and its units move when it is signed.
    if site.given_at is not None and visit.amends_id is None:
        raise Frozen(f"Site {site.number} is marked given. Mark it as not given to {verb} it.")


def _check_syringe(uow: UnitOfWork, visit: Visit, syringe_id: str | None) -> None:
    if syringe_id is None:
        return
    row = uow.session.execute(
        select(Vial.label, Vial.discarded_at, Lot.number, Lot.recalled_at)
        .join(Syringe, (Syringe.clinic_id == Vial.clinic_id) & (Syringe.vial_id == Vial.id))
        .join(Lot, (Lot.clinic_id == Vial.clinic_id) & (Lot.id == Vial.lot_id))
        .where(Syringe.id == syringe_id, Syringe.visit_id == visit.id)
    ).one_or_none()
    if row is None:
        raise Invalid({"syringe_id": "Choose a syringe of this session."})
    if visit.amends_id is not None:
        return  # It corrects what was drawn then; by now the vial is mostly thrown away.
    if row.discarded_at is not None:
        raise Invalid({"syringe_id": f"Vial {row.label} was discarded. Choose another vial; nothing was charted."})
    if row.recalled_at is not None:
        raise Invalid({"syringe_id": f"Lot {row.number} is recalled. Choose another vial; nothing was charted."})


def _new_site(uow: UnitOfWork, visit: Visit, placed: Placed) -> InjectionSite:
    highest, count = uow.session.execute(
        select(func.max(InjectionSite.number), func.count()).where(InjectionSite.visit_id == visit.id)
    ).one()
    if count >= SITES_MAXIMUM:
        raise Invalid({"": f"A session has at most {SITES_MAXIMUM} sites."})
    site = InjectionSite(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        visit_id=visit.id,
        number=(highest or 0) + 1,
        purpose=Purpose.OTHER,
        muscle=placed.muscle,
        side=placed.side,
        x=placed.x,
        y=placed.y,
        units=Decimal(1),
    )
    uow.session.add(site)
    return site


def _apply(site: InjectionSite, entry: SiteEntry, placed: Placed, purpose: Purpose | None) -> None:
    site.muscle, site.sub_site, site.side = placed.muscle, placed.sub_site, placed.side
    site.x, site.y, site.units = placed.x, placed.y, entry.units
    site.syringe_id = entry.syringe_id
    site.note = entry.note.strip()
    site.depth = entry.depth or site.depth
    site.purpose = purpose or site.purpose
    site.confirmed = True


def _usual_purpose(uow: UnitOfWork, visit: Visit, placed: Placed) -> Purpose:
    if not anatomy.muscle(placed.muscle).is_muscle:
        return Purpose.TEARING if placed.muscle != anatomy.OTHER else Purpose.OTHER
    chosen = (VisitCondition.clinic_id == Condition.clinic_id) & (VisitCondition.condition_id == Condition.id)
    sides = set(
        uow.session.scalars(
            select(Condition.side).join(VisitCondition, chosen).where(VisitCondition.visit_id == visit.id)
        )
    )
    return Purpose.SYNKINESIS if placed.side in sides or placed.side is Side.MIDLINE else Purpose.BALANCE


def remove_site(uow: UnitOfWork, visit_id: str, edit_version: int, site_id: str) -> None:
    """Remove a site that is not given; the ones after it close up while nothing is given, and keep their numbers then."""
    visit = held(uow, visit_id, Permission.VISIT_CHART, edit_version)
    site = _existing(uow, visit_id, site_id)
    _refuse_given(visit, site, "remove")
    old = _values(site)
    uow.session.delete(site)
    if not _has_given(uow, visit_id):
        later = select(InjectionSite).where(InjectionSite.visit_id == visit_id, InjectionSite.number > site.number)
        for one in uow.session.scalars(later.order_by(InjectionSite.number)):
            one.number -= 1
    uow.record(Event(Action.SITE_REMOVED, f"site:{site_id}", visit.patient_id, old=old))


def confirm_sites(uow: UnitOfWork, visit_id: str, edit_version: int, site_ids: tuple[str, ...]) -> None:
    """Confirm copied sites as meant for today."""
    visit = held(uow, visit_id, Permission.VISIT_CHART, edit_version)
    for site_id in site_ids:
        _existing(uow, visit_id, site_id).confirmed = True
    uow.record(Event(Action.SITE_SAVED, f"visit:{visit_id}", visit.patient_id, new={"confirmed": list(site_ids)}))


_KEPT = (
    "number",
    "muscle",
    "sub_site",
    "side",
    "x",
    "y",
    "units",
    "purpose",
    "depth",
    "syringe_id",
    "note",
    "confirmed",
)


def _values(site: InjectionSite) -> dict[str, object]:
    return {name: getattr(site, name) for name in _KEPT}
