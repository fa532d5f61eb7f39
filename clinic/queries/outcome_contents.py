"""Assessments, reviews and adverse events of a visit as frozen content."""

from __future__ import annotations

from clinic.domain import assessments
from clinic.domain.adverse_events import GRADES, KINDS
from clinic.domain.anatomy import full_label, muscle_label
from clinic.domain.assessments import grid
from clinic.domain.assessments.base import Direction, Item, ScoreKind, shown
from clinic.domain.outcome_content import (
    AdverseEventContent,
    AssessmentContent,
    CellContent,
    EffectContent,
    GridContent,
    ImpressionContent,
    ItemContent,
    ReviewContent,
    ScoreContent,
)
from clinic.domain.quantities import NBSP, format_number
from clinic.domain.reviews import IMPRESSION_WORDS, benefit_words
from clinic.queries.adverse_events import EventRow
from clinic.queries.outcomes import AssessmentRow, Outcomes, ReviewRow, ScoreRow
from clinic.queries.visit_record import VisitRecord

NOT_ASKED = "not asked"


def assessment_contents(record: VisitRecord) -> tuple[AssessmentContent, ...]:
    """All instruments filled in during the visit, in the order of the assessment page, then of their making."""
    order = list(assessments.INSTRUMENTS)
    rows = [row for row in record.outcomes.assessments if row.instrument != grid.GRID]
    rows.sort(key=lambda row: order.index(row.instrument) if row.instrument in order else len(order))
    return tuple(assessment_content(row) for row in rows)


def assessment_content(row: AssessmentRow) -> AssessmentContent:
    """One filled-in instrument in words."""
    instrument = assessments.instrument(row.instrument, row.version)
    return AssessmentContent(
        id=row.id,
        instrument=row.instrument,
        version=row.version,
        title=instrument.title,
        side=row.side.value if row.side else "",
        rater=row.rater_name,
        patient_reported=row.patient_reported,
        entered_by=row.entered_by,
        rated_at=row.rated_at,
        blind=row.blind,
        items=tuple(item_content(item, row) for item in instrument.items),
        scores=tuple(
            score_content(kind, score) for kind in instrument.scores for score in row.scores if score.score == kind.key
        ),
        note=row.note,
    )


def item_content(item: Item, row: AssessmentRow) -> ItemContent:
    """One question with its answer; an open one says so."""
    value = row.answers.get(item.key)
    answer = row.texts.get(item.key, "") if item.is_text else ("" if value is None else shown(item, value))
    return ItemContent(item.key, item.part, item.label, value, answer or "not answered")


def score_content(kind: ScoreKind, score: ScoreRow) -> ScoreContent:
    """One score in words."""
    return ScoreContent(
        score.score, kind.label, score.value, score.text, score_words(kind, score), score.flag, score.answered
    )


def score_words(kind: ScoreKind, score: ScoreRow) -> str:
    """``58 of 100, higher is better``; a grade by its name; millimetres with their unit."""
    number = format_number(score.value)
    if kind.unit:
        return f"{number}{NBSP}{kind.unit}"
    named = (
        f"{score.text} ({number})"
        if score.text
        else f"{number} of {format_number(kind.axis[1] if kind.axis else kind.maximum)}"
    )
    direction = "" if kind.direction is Direction.NONE else f", {kind.direction.value}"
    counted = "" if score.answered is None else f", from {score.answered} answers"
    return f"{named}{direction}{counted}"


def grid_contents(record: VisitRecord) -> tuple[GridContent, ...]:
    """The synkinesis grids of the visit, one a rater; one that was begun and holds nothing is none."""
    grids = (row for row in record.outcomes.assessments if row.instrument == grid.GRID)
    return tuple(grid_content(row) for row in grids if row.cells or row.note)


def grid_content(row: AssessmentRow) -> GridContent:
    """One rater's grid."""
    cells = tuple(
        CellContent(
            side=cell.place.side.value,
            movement=cell.place.movement.value,
            movement_label=cell.place.movement.label,
            group=cell.place.group.value,
            group_label=cell.place.group.label,
            grade=cell.grade,
            bother=cell.bother,
        )
        for cell in row.cells
    )
    summary = grid.summary(row.cells)
    return GridContent(row.id, row.version, row.rater_name, row.rated_at, row.blind, cells, summary, row.note)


def review_contents(record: VisitRecord) -> tuple[ReviewContent, ...]:
    """The reviews answered in the visit."""
    return tuple(review_content(row, (record.visit.on - row.session_on).days) for row in record.outcomes.reviews)


def review_content(row: ReviewRow, days_after: int) -> ReviewContent:
    """One review in words; ``days_after`` is the day on which it was answered, counted from the session."""
    return ReviewContent(
        session=row.session_id,
        session_on=row.session_on,
        contact=row.contact.value,
        days_after=days_after,
        first_noticed_day=row.first_noticed_day,
        best_day=row.best_day,
        wearing=row.wearing.value,
        worn_off_day=row.worn_off_day,
        benefit=benefit_words(row.wearing, row.worn_off_day, days_after),
        effects=tuple(
            EffectContent(
                side=one.place.side.value,
                movement=one.place.movement.value,
                group=one.place.group.value,
                words=one.place.words,
                effect=one.effect,
                worse=one.worse,
                muscles=tuple(f"{side.value} {muscle_label(muscle)}" for muscle, side in one.muscles),
                muscle_keys=tuple((muscle, side.value) for muscle, side in one.muscles),
            )
            for one in row.effects
        ),
        impressions=tuple(
            ImpressionContent(
                one.muscle, muscle_label(one.muscle), one.side.value, IMPRESSION_WORDS[one.impression], one.by
            )
            for one in row.impressions
        ),
        adverse_event=row.adverse_event.value if row.adverse_event else NOT_ASKED,
        note=row.note,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
    )


def event_contents(record: VisitRecord) -> tuple[AdverseEventContent, ...]:
    """Adverse events that were entered in this visit or followed its session, as known now; withdrawn ones are not shown."""
    return tuple(event_content(row) for row in events_of(record.outcomes, record.visit.id) if not row.withdrawn)


def events_of(outcomes: Outcomes, visit_id: str) -> tuple[EventRow, ...]:
    """Adverse events that were entered in a visit or followed its session, whichever version of it is meant."""
    root = outcomes.root(visit_id)
    return tuple(row for row in outcomes.events if root in {row.session_root, row.visit_root})


def event_content(row: EventRow) -> AdverseEventContent:
    """One adverse event in words."""
    return AdverseEventContent(
        id=row.id,
        kind=row.kind.value,
        label=KINDS[row.kind].label,
        grade=row.grade,
        grade_words=GRADES[row.grade],
        side=row.side.value if row.side else "",
        session_on=row.session_on,
        onset_on=row.onset_on,
        ended_on=row.ended_on,
        relation=row.relation.value,
        serious=row.serious,
        description=row.description,
        action=row.action,
        reported_to=row.reported_to,
        sites=tuple(
            f"site {site.number}, {site.side.value} {full_label(site.muscle, site.sub_site)}" for site in row.sites
        ),
        lots=tuple(dict.fromkeys(site.lot or "lot unknown" for site in row.sites)),
        reviewed_by=row.reviewed_by,
        review=row.reason if row.reviewed else "",
        recorded_by=row.first_by,
        recorded_at=row.first_at,
    )
