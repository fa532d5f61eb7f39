"""The assessment page of a draft: one card for each instrument and side, and the page on which one is filled in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from clinic.domain.actors import RecordState, permits
from clinic.domain.anatomy import Side
from clinic.domain.assessments import INSTRUMENTS, grid
from clinic.domain.assessments import instrument as instrument_of
from clinic.domain.assessments.base import AnsweredBy, Instrument, shown
from clinic.domain.assessments.follow_up import FOLLOW_UP, URGENT
from clinic.domain.errors import NotFound
from clinic.domain.quantities import NBSP
from clinic.domain.wording import plural, side_words
from clinic.queries.gradings import BOTH, Earlier, Gradings, Hidden, gradings, permission_for
from clinic.queries.outcomes import AssessmentRow
from clinic.queries.scores import ScoreLine, meaning, score_lines
from clinic.unit_of_work import UnitOfWork

GROUPS = {
    AnsweredBy.CLINICIAN: "Graded by looking",
    AnsweredBy.MEASURED: "Measured by hand",
    AnsweredBy.PATIENT: "Answered by the patient",
}
ACTS = {
    AnsweredBy.CLINICIAN: "Grade",
    AnsweredBy.MEASURED: "Enter",
    AnsweredBy.PATIENT: "Key in from paper",
}
MINUS = "\N{MINUS SIGN}"
HEALTHY_SIDE = (
    "Both sides have a palsy on record. This scale compares one side with a healthy one, and there is none:"
    " say in the note what you compared with, and read the score with care."
)


@dataclass(frozen=True, slots=True)
class Said:
    """One answer in words; ``urgent`` when it asks for help at once."""

    label: str
    answer: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class Done:
    """One grading that the viewer may see; ``answers`` are the patient's, which no other page of the draft shows. ``summary`` is the grid's; ``keyed_by`` who typed a patient's answers."""

    id: str
    who: str
    mine: bool
    at: datetime
    blind: bool
    keyed_by: str
    note: str
    edit_version: int
    removable: bool
    scores: tuple[ScoreLine, ...]
    summary: tuple[str, ...]
    answers: tuple[Said, ...]
    headline: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One instrument (of one side) on the assessment page. ``own`` says that the viewer's own answers stand."""

    instrument: str
    title: str
    side: str
    side_words: str
    meaning: str
    may_fill: bool
    act: str
    own: bool
    done: tuple[Done, ...]
    hidden: tuple[Hidden, ...]
    several: bool
    last: Earlier | None
    next: bool


@dataclass(frozen=True, slots=True)
class AssessmentPage:
    """All cards of a draft, under the headings of who answers."""

    visit_id: str
    patient_id: str
    on: date
    draft: bool
    groups: tuple[tuple[str, tuple[Card, ...]], ...]


@dataclass(frozen=True, slots=True)
class GradingPage:
    """The page of one instrument and side: what stands of the viewer's own, and who else has graded."""

    visit_id: str
    patient_id: str
    on: date
    draft: bool
    instrument: Instrument
    side: Side | None
    side_words: str
    sides: tuple[Side | None, ...]
    palsied: tuple[Side, ...]
    cautions: tuple[str, ...]
    meaning: str
    mine: AssessmentRow | None
    saved: Done | None
    hidden: tuple[Hidden, ...]
    last: Earlier | None


def assessment_page(uow: UnitOfWork, visit_id: str) -> AssessmentPage:
    """The cards of a visit, in two statements. Raises NotFound."""
    found = gradings(uow, visit_id)
    cards: dict[AnsweredBy, list[Card]] = {one: [] for one in GROUPS}
    cards[AnsweredBy.CLINICIAN].append(_grid_card(uow, found))
    for instrument in INSTRUMENTS.values():
        may_fill = permits(uow.actor.role, permission_for(instrument), RecordState.DRAFT)
        for side in found.sides(instrument):
            cards[instrument.answered_by].append(_card(found, instrument, side, may_fill=may_fill))
    following = _next([one for several in cards.values() for one in several])
    groups = tuple(
        (heading, tuple(replace(one, next=one is following) for one in cards[key])) for key, heading in GROUPS.items()
    )
    return AssessmentPage(visit_id, found.patient_id, found.on, found.draft, groups)


def grading_page(uow: UnitOfWork, visit_id: str, key: str, side_text: str) -> GradingPage:
    """The page of one instrument, in two statements. Raises NotFound for an unknown instrument, side or visit."""
    found = gradings(uow, visit_id)
    instrument = instrument_of(key)
    if side_text and (not instrument.sided or side_text not in BOTH):
        raise NotFound
    side = Side(side_text) if side_text else None
    mine = _own(found, instrument, side)
    return GradingPage(
        visit_id=visit_id,
        patient_id=found.patient_id,
        on=found.on,
        draft=found.draft,
        instrument=instrument,
        side=side,
        side_words=side_words(side) if side else "",
        sides=found.sides(instrument),
        palsied=found.palsied,
        cautions=_cautions(found, instrument, side),
        meaning=meaning(instrument),
        mine=mine,
        saved=_done(mine, mine=True) if mine else None,
        hidden=_hidden(found, instrument.key, side),
        last=found.earlier.get((instrument.key, side)),
    )


def _card(found: Gradings, instrument: Instrument, side: Side | None, *, may_fill: bool) -> Card:
    own = _own(found, instrument, side)
    rows = [one for one in found.visible if (one.instrument, one.side) == (instrument.key, side)]
    hidden = _hidden(found, instrument.key, side)
    done = tuple(_done(one, mine=one in found.mine) for one in rows)
    return Card(
        instrument=instrument.key,
        title=instrument.title,
        side=side.value if side else "",
        side_words=side_words(side) if side else "",
        meaning=meaning(instrument),
        may_fill=may_fill,
        act="Change" if own else ACTS[instrument.answered_by],
        own=own is not None,
        done=done,
        hidden=hidden,
        several=any(one in found.shown for one in rows),
        last=found.earlier.get((instrument.key, side)),
        next=False,
    )


def _grid_card(uow: UnitOfWork, found: Gradings) -> Card:
    rows = [one for one in found.visible if one.instrument == grid.GRID]
    mine = [one for one in rows if one in found.mine]
    return Card(
        instrument=grid.GRID,
        title=grid.GRID_TITLE,
        side="",
        side_words="",
        meaning="Each movement against what moves with it, 0 to 3; how much the patient minds, 0 to 3.",
        may_fill=permits(uow.actor.role, permission_for(next(iter(INSTRUMENTS.values()))), RecordState.DRAFT),
        act="Change" if mine else ACTS[AnsweredBy.CLINICIAN],
        own=bool(mine),
        done=tuple(_done(one, mine=one in found.mine) for one in rows),
        hidden=_hidden(found, grid.GRID, None),
        several=any(one in found.shown for one in rows),
        last=None,
        next=False,
    )


def _next(cards: list[Card]) -> Card | None:
    """The first instrument that the viewer may still fill in, for who goes on by keyboard."""
    left = (one for one in cards if one.may_fill and not one.done and not one.hidden and one.instrument != grid.GRID)
    return next(left, None)


def _own(found: Gradings, instrument: Instrument, side: Side | None) -> AssessmentRow | None:
    """What the viewer would change: their own grading, or a patient's answers that were keyed in from paper."""
    patient = instrument.answered_by is AnsweredBy.PATIENT
    rows = [one for one in found.patients if one.entered_by] if patient else found.mine
    return next((one for one in rows if (one.instrument, one.side) == (instrument.key, side)), None)


def _hidden(found: Gradings, instrument: str, side: Side | None) -> tuple[Hidden, ...]:
    return tuple(one for one in found.hidden if (one.instrument, one.side) == (instrument, side))


def _cautions(found: Gradings, instrument: Instrument, side: Side | None) -> tuple[str, ...]:
    if not instrument.sided or side is None:
        return ()
    if len(found.palsied) == len(BOTH):
        return (HEALTHY_SIDE,)
    if found.palsied and side not in found.palsied:
        there, here = side_words(found.palsied[0]), side_words(side)
        return (
            f"The palsy on record is on the {there}. You are grading the {here}: check that this is what you mean.",
        )
    return () if found.palsied else ("No palsy is on record, so check that this is the side you mean.",)


def _done(row: AssessmentRow, *, mine: bool) -> Done:
    is_grid = row.instrument == grid.GRID
    lines = () if is_grid else score_lines(instrument_of(row.instrument, row.version), row.scores)
    summary: tuple[str, ...] = ()
    if is_grid:
        counted = plural(len(row.cells), "cell")
        summary = (f"{counted.replace(' ', NBSP)} answered", *grid.summary(row.cells))
    elif instrument_of(row.instrument, row.version).answered_by is AnsweredBy.MEASURED:
        items = (item for item in instrument_of(row.instrument, row.version).items if item.key in row.answers)
        summary = tuple(f"{item.label}: {shown(item, row.answers[item.key])}".replace("-", MINUS) for item in items)
    elif not lines:
        answered = len(row.answers) + len(row.texts)
        summary = (f"{plural(answered, 'answer').replace(' ', NBSP)}, no score",)
    return Done(
        id=row.id,
        who=row.rater_name,
        mine=mine,
        at=row.rated_at,
        blind=row.blind,
        keyed_by=row.entered_by,
        note=row.note,
        edit_version=row.edit_version,
        removable=(mine and not is_grid) or row.patient_reported,
        headline=not any(one.value.endswith(f"{NBSP}mm") for one in lines),
        scores=lines,
        summary=summary,
        answers=_said(row) if row.patient_reported else (),
    )


def _said(row: AssessmentRow) -> tuple[Said, ...]:
    found = []
    for item in instrument_of(row.instrument, row.version).items:
        value = row.answers.get(item.key)
        answer = row.texts.get(item.key, "") if value is None else shown(item, value)
        urgent = row.instrument == FOLLOW_UP.key and value is not None and (item.key, value) in URGENT
        found += [Said(item.label, answer, urgent)] if answer else []
    return tuple(found)
