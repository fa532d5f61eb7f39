"""Filling in an instrument: the raters' own gradings, and what the patient answered.

The server scores what was answered; a score that a browser showed is only ever compared with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select

from clinic.domain import assessments
from clinic.domain.actors import Permission, RecordState
from clinic.domain.anatomy import Side
from clinic.domain.assessments.base import AnsweredBy, Instrument, Score, given, scored
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.domain.events import Action, Event
from clinic.domain.quantities import format_number
from clinic.domain.visits import VisitState
from clinic.models import Assessment, AssessmentAnswer, AssessmentScore, SynkinesisFinding, Visit
from clinic.queries.gradings import permission_for
from clinic.services.authority import require
from clinic.services.blinding import is_blind
from clinic.services.drafts import held_beside
from clinic.unit_of_work import UnitOfWork

PATIENT = "the patient"
TEXT_MAXIMUM = 4000
_PARTS: tuple[Any, ...] = (AssessmentAnswer, AssessmentScore)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One filled-in instrument that has been checked and scored."""

    instrument: Instrument
    side: Side | None
    answers: Mapping[str, int]
    texts: Mapping[str, str]
    scores: tuple[Score, ...]
    note: str

    @property
    def values(self) -> dict[str, str]:
        """Everything in it as plain text, for the audit trail."""
        found = {key: str(value) for key, value in self.answers.items()} | dict(self.texts)
        found |= {f"score {one.key}": format_number(one.value) for one in self.scores}
        return found | ({"note": self.note} if self.note else {})


def save_assessment(
    uow: UnitOfWork,
    visit_id: str,
    instrument_key: str,
    answers: Mapping[str, int | None],
    *,
    version: str,
    side: Side | None = None,
    texts: Mapping[str, str] = {},
    note: str = "",
    edit_version: int = 0,
    sent_scores: Mapping[str, Decimal] = {},
) -> str:
    """Save the actor's own grading, or a patient's answers keyed in from paper; gives its id.

    ``edit_version`` 0 is the first save. Raises Invalid by item (or "" for the whole), Stale, NotFound, Frozen, NotPermitted.
    """
    instrument = assessments.instrument(instrument_key)
    visit = held_beside(uow, visit_id, permission_for(instrument))
    sheet = _checked(instrument, answers, version=version, side=side, texts=texts, note=note)
    _compare_sent(sheet, sent_scores)
    patient = instrument.answered_by is AnsweredBy.PATIENT
    slot = slot_of(instrument.key, side, "patient" if patient else uow.actor.user_id)
    row = _standing(uow, visit_id, slot, edit_version)
    blind = not patient and is_blind(uow, visit, instrument.key)
    if row is None:
        row = _new(uow, visit_id, sheet, slot, blind=blind)
        row.entered_by = uow.actor.name if patient else ""
        row.rater_id, row.rater_name = (None, PATIENT) if patient else (uow.actor.user_id, uow.actor.name)
        uow.session.add(row)
        uow.session.flush()
        old: dict[str, str] = {}
    else:
        old = _values(uow, row)
        row.edit_version += 1
        row.note = (
            sheet.note
        )  # The moment stays: who graded first is the line of a trend, a correction changes no order.
        # What was changed after another's grading was shown is no independent grading any more.
        row.blind = row.blind and blind
        if patient:
            row.entered_by = uow.actor.name
    _replace_parts(uow, row, sheet)
    uow.record(_saved(visit, row, old, sheet.values))
    return row.id


def save_patient_answers(
    uow: UnitOfWork,
    visit_id: str,
    instrument_key: str,
    answers: Mapping[str, int | None],
    texts: Mapping[str, str],
    *,
    version: str,
) -> str:
    """Put what the patient answered on a form of their own into the draft; gives its id. The caller has asked who may.

    It stands beside answers that were keyed in from paper, and replaces none. Raises Invalid, NotFound or Frozen.
    """
    instrument = assessments.instrument(instrument_key)
    if instrument.answered_by is not AnsweredBy.PATIENT:
        raise NotFound
    visit = uow.session.get(Visit, (uow.clinic_id, visit_id), with_for_update=True, populate_existing=True)
    if visit is None:
        raise NotFound
    if visit.state is not VisitState.DRAFT:
        raise Frozen("This visit takes no more answers.")
    sheet = _checked(instrument, answers, version=version, side=None, texts=texts, note="")
    row = _new(uow, visit_id, sheet, "", blind=False)
    row.slot = slot_of(instrument.key, None, f"form-{row.id}")
    uow.session.add(row)
    uow.session.flush()
    _replace_parts(uow, row, sheet)
    uow.record(_saved(visit, row, {}, sheet.values))
    return row.id


def remove_assessment(uow: UnitOfWork, visit_id: str, assessment_id: str, edit_version: int) -> None:
    """Take one's own grading, or a patient's answers, out of a draft; the audit trail keeps what it said.

    Raises NotFound, NotPermitted for another's grading, Stale or Frozen.
    """
    visit = held_beside(uow, visit_id, Permission.VISIT_CHART)
    row = uow.session.get(Assessment, (uow.clinic_id, assessment_id), populate_existing=True)
    if row is None or row.visit_id != visit_id:
        raise NotFound
    if not row.patient_reported:
        require(uow, Permission.ASSESSMENT_RATE, RecordState.DRAFT)
        if row.rater_id != uow.actor.user_id:
            raise NotPermitted(f"Only {row.rater_name} can remove this grading.")
    if row.edit_version != edit_version:
        raise _stale(row, edit_version)
    old = _values(uow, row)
    for part in (*_PARTS, SynkinesisFinding):
        mine = (part.clinic_id == uow.clinic_id, part.assessment_id == row.id)
        uow.session.execute(delete(part).where(*mine))
    uow.session.delete(row)
    uow.session.flush()
    uow.record(Event(Action.ASSESSMENT_REMOVED, _subject(row), visit.patient_id, old=_named(row) | old))


def slot_of(instrument: str, side: Side | None, who: str) -> str:
    """The one word that a rater has once a visit: instrument, side, rater."""
    return f"{instrument}:{side or ''}:{who}"


def _checked(
    instrument: Instrument,
    answers: Mapping[str, int | None],
    *,
    version: str,
    side: Side | None,
    texts: Mapping[str, str],
    note: str,
) -> Sheet:
    if version != instrument.version:
        raise Invalid(
            {"": f"This form is of another version of {instrument.title}. Load the page again and answer anew."}
        )
    if instrument.sided and side not in {Side.RIGHT, Side.LEFT}:
        raise Invalid({"side": "Say which side of the patient's face is graded: right or left."})
    if side is not None and not instrument.sided:
        raise Invalid({"side": "This instrument is not of one side."})
    wordy = {item.key for item in instrument.items if item.is_text}
    wrong = {key: "This instrument has no such question." for key in texts if key not in wordy}
    wrong |= {
        key: f"At most {TEXT_MAXIMUM} characters." for key, text in texts.items() if len(text.strip()) > TEXT_MAXIMUM
    }
    if len(note.strip()) > TEXT_MAXIMUM:
        wrong["note"] = f"At most {TEXT_MAXIMUM} characters."
    try:
        scores = scored(instrument, answers)
    except Invalid as error:
        raise Invalid(error.fields | wrong) from error
    if wrong:
        raise Invalid(wrong)
    said = {key: text.strip() for key, text in texts.items() if text.strip()}
    sheet = Sheet(instrument, side, given(instrument, answers), said, scores, note.strip())
    if not sheet.answers and not said:
        raise Invalid({instrument.items[0].key: "Answer at least one question."})
    return sheet


def _compare_sent(sheet: Sheet, sent: Mapping[str, Decimal]) -> None:
    computed = {one.key: one.value for one in sheet.scores}
    if any(computed.get(key) != value for key, value in sent.items()):
        raise Invalid(
            {
                "": "The score that came with the form is not what these answers give. Nothing was saved; your answers are"
                " still here. Look at the score that stands below now, and save again."
            }
        )


def _standing(uow: UnitOfWork, visit_id: str, slot: str, edit_version: int) -> Assessment | None:
    row = uow.session.scalar(select(Assessment).where(Assessment.visit_id == visit_id, Assessment.slot == slot))
    if row is None and edit_version:
        raise Stale(
            "This was removed meanwhile. Nothing was saved; your answers are still here: save again to enter them anew.",
            shown=edit_version,
            current=0,
        )
    if row is not None and row.edit_version != edit_version:
        raise _stale(row, edit_version)
    return row


def _stale(row: Assessment, shown: int) -> Stale:
    who = f"{row.entered_by or row.rater_name}" if row.patient_reported else "You, in another window,"
    return Stale(
        f"{who} changed this meanwhile. Nothing was saved over it, and your answers are still here: compare them with"
        " what is saved now, and save again if yours are right.",
        shown=shown,
        current=row.edit_version,
    )


def _new(uow: UnitOfWork, visit_id: str, sheet: Sheet, slot: str, *, blind: bool) -> Assessment:
    return Assessment(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        visit_id=visit_id,
        instrument=sheet.instrument.key,
        version=sheet.instrument.version,
        slot=slot,
        side=sheet.side,
        rater_name=PATIENT,
        patient_reported=sheet.instrument.answered_by is AnsweredBy.PATIENT,
        rated_at=uow.now,
        blind=blind,
        note=sheet.note,
    )


def _replace_parts(uow: UnitOfWork, row: Assessment, sheet: Sheet) -> None:
    key: dict[str, Any] = {"clinic_id": uow.clinic_id, "assessment_id": row.id, "visit_id": row.visit_id}
    uow.session.flush()
    for part in _PARTS:
        mine = (part.clinic_id == uow.clinic_id, part.assessment_id == row.id)
        uow.session.execute(delete(part).where(*mine))
    answers = [{"item": item, "value": value, "text": ""} for item, value in sheet.answers.items()]
    answers += [{"item": item, "value": None, "text": text} for item, text in sheet.texts.items()]
    scores = [
        {"score": one.key, "value": one.value, "text": one.text, "flag": one.flag, "answered": one.answered}
        for one in sheet.scores
    ]
    if answers:
        uow.session.execute(insert(AssessmentAnswer), [key | one for one in answers])
    if scores:
        uow.session.execute(insert(AssessmentScore), [key | one for one in scores])


def _values(uow: UnitOfWork, row: Assessment) -> dict[str, str]:
    a, s, f = AssessmentAnswer, AssessmentScore, SynkinesisFinding
    found: dict[str, str] = {}
    for item, value, text in uow.session.execute(select(a.item, a.value, a.text).where(a.assessment_id == row.id)):
        found[item] = text if value is None else str(value)
    for score, scored_as in uow.session.execute(select(s.score, s.value).where(s.assessment_id == row.id)):
        found[f"score {score}"] = format_number(scored_as)
    cells = select(f.side, f.movement, f.muscle_group, f.grade, f.bother).where(f.assessment_id == row.id)
    for side, movement, group, grade, bother in uow.session.execute(cells):
        found[f"{side}-{movement}-{group}"] = f"{'–' if grade is None else grade}/{'–' if bother is None else bother}"
    return found | ({"note": row.note} if row.note else {})


def _saved(visit: Visit, row: Assessment, old: Mapping[str, str], new: Mapping[str, str]) -> Event:
    was = {key: value for key, value in old.items() if new.get(key) != value}
    now = {key: value for key, value in new.items() if old.get(key) != value}
    return Event(Action.ASSESSMENT_SAVED, _subject(row), visit.patient_id, old=was, new=_named(row) | now)


def _named(row: Assessment) -> dict[str, str]:
    found = {"visit": row.visit_id, "instrument": f"{row.instrument} {row.version}", "by": row.rater_name}
    found |= {"side": row.side.value} if row.side else {}
    return found | ({"entered_by": row.entered_by} if row.entered_by else {})


def _subject(row: Assessment) -> str:
    return f"assessment:{row.id}"
