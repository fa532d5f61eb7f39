"""Referrals of a patient with their state, and the facts that a letter has to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from clinic.domain.documents.letter_texts import KINDS
from clinic.domain.errors import NotFound
from clinic.domain.injections import EYE_QUESTIONS
from clinic.domain.patients import EarlierTreatmentKind
from clinic.domain.plan_words import lines, title
from clinic.domain.plans import PlanItem, PlanState, Referral, ReferralKind, Target
from clinic.domain.referrals import (
    Asked,
    LetterFacts,
    is_late,
    letter,
    near_eye,
    question_text,
    wait_until,
    waiting_words,
)
from clinic.models import PlanningAnswer, ScreeningAnswer, Visit
from clinic.queries.patients import PatientStrip, strip
from clinic.queries.plan_items import plan_histories
from clinic.queries.planning_facts import Planning, planning_of, planning_selects
from clinic.queries.standing_reviews import standing
from clinic.queries.stepped_care import care_selects, earlier
from clinic.queries.together import AnySelect, together
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]
_TONES = {
    PlanState.PROPOSED: "draft",
    PlanState.AGREED: "amended",
    PlanState.DONE: "signed",
    PlanState.DECLINED: "voided",
    PlanState.SUPERSEDED: "voided",
}


@dataclass(frozen=True, slots=True)
class ReferralView:
    """One referral as it stands: ``history`` are its entries, newest first, as (number, who, when, state, reason)."""

    item: PlanItem
    details: Referral
    title: str
    lines: tuple[tuple[str, str], ...]
    waiting: str
    late: bool
    history: tuple[PlanItem, ...]

    @property
    def is_open(self) -> bool:
        """Whether it still waits for something."""
        return self.item.is_open

    @property
    def tone(self) -> str:
        """How its state is set off beside the word."""
        return _TONES[self.item.entry.state]

    @property
    def letter_slug(self) -> str:
        """The kind of letter that goes with it, as part of an address; "" for a kind without one."""
        return KINDS[self.details.kind].slug if self.details.kind in KINDS else ""

    @property
    def waiting_tone(self) -> str:
        """How what it waits for is set off beside the words: red for a late answer, amber for one that was not sent."""
        if not self.is_open:
            return ""
        return "stop-text" if self.late else "warn-text" if self.details.sent_on is None else ""


@dataclass(frozen=True, slots=True)
class Referrals:
    """The referrals of a patient: those that wait first, then the others. ``visit_id`` is the draft one comes from."""

    strip: PatientStrip
    waiting: tuple[ReferralView, ...]
    closed: tuple[ReferralView, ...]
    visit_id: str
    facts: LetterFacts

    def one(self, item_id: str) -> ReferralView:
        """One referral. Raises NotFound."""
        for view in (*self.waiting, *self.closed):
            if view.item.id == item_id:
                return view
        raise NotFound

    def letter(self, kind: ReferralKind) -> tuple[tuple[str, str], ...]:
        """What the letter of a kind has to say."""
        return letter(kind, self.facts)

    def question(self, kind: ReferralKind) -> str:
        """The question that a letter of a kind starts from."""
        return question_text(kind, self.facts)

    def wait_until(self, urgent: bool) -> date:
        """The day by which an answer to a referral sent today is expected."""
        return wait_until(self.strip.today, urgent)


def referrals(uow: UnitOfWork, patient_id: str, visit_id: str | None = None) -> Referrals:
    """The referrals of a patient and the facts of letters, in four statements. Raises NotFound, also for another's visit."""
    who = strip(uow, patient_id)
    selects = (
        planning_selects(uow, patient_id, visit_id) | care_selects(uow, patient_id) | asked_selects(uow, patient_id)
    )
    rows = together(uow, selects)
    known = planning_of(uow, rows, visit_id)
    views = _views(rows, who.today)
    return Referrals(
        strip=who,
        waiting=tuple(one for one in views if one.is_open),
        closed=tuple(one for one in views if not one.is_open),
        visit_id=visit_id or "",
        facts=facts_of(rows, known, who),
    )


def facts_of(rows: Rows, known: Planning, who: PatientStrip) -> LetterFacts:
    """What letters are made of, from the rows of planning, of care and of ``asked_selects``."""
    open_targets = (one.entry.details for one in known.items if one.is_open)
    return LetterFacts(
        plan=known.facts,
        conditions=tuple(filter(None, who.condition_text.split("; "))),
        eye=_newest(row for row in rows["letter_eye"] if row[0] in EYE_QUESTIONS),
        asked=_newest(rows["letter_asked"]),
        planned_near_eye=near_eye(one for one in open_targets if isinstance(one, Target)),
        trained=_trained(rows, known.facts.on),
    )


def asked_selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    """Answers of every visit that stands, drafts too: a letter is written before the visit is signed."""
    s, p = ScreeningAnswer, PlanningAnswer
    eye = select(s.question, s.answer, Visit.on, s.detail, s.tenths_mm, s.answered_at)
    asked = select(p.question, p.answer, Visit.on, p.detail, p.answered_at)
    of_patient = (Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
    found = {
        "eye": eye.join(Visit, (Visit.clinic_id == s.clinic_id) & (Visit.id == s.visit_id)),
        "asked": asked.join(Visit, (Visit.clinic_id == p.clinic_id) & (Visit.id == p.visit_id)),
    }
    return {f"letter_{name}": standing(query).where(*of_patient) for name, query in found.items()}


def _newest(rows: Iterable[tuple[Any, ...]]) -> dict[Any, Asked]:
    """The newest answer to each question: by the day of the visit, then by when it was given."""
    found: dict[Any, Asked] = {}
    for question, answer, on, detail, *more in sorted(rows, key=lambda row: (row[2], row[-1])):
        found[question] = Asked(answer, on, detail, more[0] if len(more) > 1 else None)
    return found


def _trained(rows: Rows, on: date) -> tuple[str, ...]:
    count = sum(day <= on for (day,) in rows["planning_training"])
    here = (f"{count} in this clinic",) if count else ()
    return (*here, *earlier(rows, EarlierTreatmentKind.TRAINING))


def _views(rows: Rows, today: date) -> tuple[ReferralView, ...]:
    found = []
    for entries in plan_histories(rows).values():
        details = entries[-1].entry.details
        if isinstance(details, Referral):
            found.append(_view(entries, details, today))
    return tuple(sorted(found, key=lambda one: (not one.late, one.details.answer_by or date.max, one.item.first_at)))


def _view(entries: tuple[PlanItem, ...], details: Referral, today: date) -> ReferralView:
    return ReferralView(
        item=entries[-1],
        details=details,
        title=title(details),
        lines=lines(details),
        waiting=waiting_words(details, today) if entries[-1].entry.state is not PlanState.DECLINED else "declined",
        late=entries[-1].is_open and is_late(details, today),
        history=entries[::-1],
    )
