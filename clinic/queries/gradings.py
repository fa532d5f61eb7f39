"""The gradings of a draft as one person may see them: their own, the patient's, others' that were shown, others' that were not.

What is not to be seen leaves this module only as a name and a time, so that no page can show more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from clinic.domain import assessments
from clinic.domain.actors import Permission
from clinic.domain.anatomy import Side
from clinic.domain.assessments.base import AnsweredBy, Instrument, ScoreKind
from clinic.domain.assessments.grid import GRID, GRID_TITLE
from clinic.domain.errors import NotFound
from clinic.domain.quantities import NBSP, format_number
from clinic.domain.visits import VisitState
from clinic.models import (
    Assessment,
    AssessmentScore,
    AssessmentSeen,
    Condition,
    Visit,
    VisitCondition,
)
from clinic.queries.outcomes import AssessmentRow, ScoreRow, assessment_rows, assessment_selects
from clinic.queries.together import AnySelect, together
from clinic.queries.versions import in_force, not_voided
from clinic.unit_of_work import UnitOfWork

BOTH = (Side.RIGHT, Side.LEFT)


@dataclass(frozen=True, slots=True)
class Hidden:
    """Another rater's grading that the viewer has not been shown."""

    instrument: str
    side: Side | None
    rater: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """The last signed score of an instrument before this visit: ``58`` on a day."""

    on: date
    words: str


@dataclass(frozen=True, slots=True)
class Gradings:
    """All gradings of a visit, sorted by what the viewer may see. ``palsied`` are the sides of the visit's palsy."""

    visit_id: str
    patient_id: str
    on: date
    draft: bool
    palsied: tuple[Side, ...]
    mine: tuple[AssessmentRow, ...]
    patients: tuple[AssessmentRow, ...]
    shown: tuple[AssessmentRow, ...]
    hidden: tuple[Hidden, ...]
    earlier: dict[tuple[str, Side | None], Earlier]

    @property
    def visible(self) -> tuple[AssessmentRow, ...]:
        """Everything that the viewer may see."""
        return self.mine + self.patients + self.shown

    def sides(self, instrument: Instrument) -> tuple[Side | None, ...]:
        """The sides to grade: of the palsy, and those graded already; None while nobody has said which."""
        if not instrument.sided:
            return (None,)
        known = {one.side for one in self.visible if one.instrument == instrument.key}
        known |= {one.side for one in self.hidden if one.instrument == instrument.key}
        return tuple(side for side in BOTH if side in known or side in self.palsied) or (None,)


def permission_for(instrument: Instrument) -> Permission:
    """Who may fill it in: raters grade and measure; what a patient wrote on paper is keyed in by anybody who charts."""
    patient = instrument.answered_by is AnsweredBy.PATIENT
    return Permission.VISIT_CHART if patient else Permission.ASSESSMENT_RATE


def gradings(uow: UnitOfWork, visit_id: str) -> Gradings:
    """The gradings of a visit of the actor's clinic, in two statements. Raises NotFound."""
    head = uow.session.execute(
        select(Visit.patient_id, Visit.on, Visit.state, Visit.amends_id).where(Visit.id == visit_id)
    ).one_or_none()
    if head is None:
        raise NotFound
    selects = assessment_selects(uow, visit_id) | _around(uow, visit_id, head.patient_id)
    selects["earlier"] = _earlier(uow, head.patient_id, head.on, {visit_id, head.amends_id or ""})
    rows = together(uow, selects)
    seen = {found for (found,) in rows["seen"]}
    mine, patients, shown, hidden = [], [], [], []
    for row in assessment_rows(rows):
        if row.instrument == GRID and not row.cells and not row.note:
            continue  # A grid that was begun and emptied again says nothing.
        if row.rater_id is None:
            patients.append(row)
        elif row.rater_id == uow.actor.user_id:
            mine.append(row)
        elif row.id in seen:
            shown.append(row)
        else:
            hidden.append(Hidden(row.instrument, row.side, row.rater_name, row.rated_at))
    return Gradings(
        visit_id=visit_id,
        patient_id=head.patient_id,
        on=head.on,
        draft=head.state is VisitState.DRAFT,
        palsied=_palsied(rows["palsy"]),
        mine=tuple(mine),
        patients=tuple(patients),
        shown=tuple(shown),
        hidden=tuple(hidden),
        earlier=_last(rows["earlier"], uow.actor.user_id),
    )


def others_ids(uow: UnitOfWork, visit_id: str, instrument: str) -> list[str]:
    """Ids of the gradings of an instrument by other raters of a visit."""
    others = (Assessment.visit_id == visit_id, Assessment.instrument == instrument, Assessment.rater_id.is_not(None))
    return list(uow.session.scalars(select(Assessment.id).where(*others, Assessment.rater_id != uow.actor.user_id)))


def title_of(instrument: str) -> str:
    """The title of an instrument or of the grid. Raises NotFound."""
    return GRID_TITLE if instrument == GRID else assessments.instrument(instrument).title


def brief(instrument: Instrument, scores: tuple[ScoreRow, ...]) -> str:
    """The scores that are followed over time, in a few words: ``58``; each with its name where there are several."""
    found = [(kind, one) for kind in instrument.scores for one in scores if one.score == kind.key]
    told = [pair for pair in found if pair[0].trend] or found[:1]
    named = len(told) > 1
    return ", ".join(f"{kind.label} {value_text(kind, one)}" if named else value_text(kind, one) for kind, one in told)


def value_text(kind: ScoreKind, score: ScoreRow) -> str:
    """``58``, ``III``, ``7.5 mm``, ``−3 mm``."""
    number = score.text or format_number(score.value)
    return f"{number}{NBSP}{kind.unit}" if kind.unit else number


def _around(uow: UnitOfWork, visit_id: str, patient_id: str) -> dict[str, AnySelect]:
    c, chosen, seen = Condition, VisitCondition, AssessmentSeen
    palsy = (
        select(c.side, chosen.condition_id)
        .outerjoin(
            chosen,
            (chosen.clinic_id == c.clinic_id) & (chosen.condition_id == c.id) & (chosen.visit_id == visit_id),
        )
        .where(c.clinic_id == uow.clinic_id, c.patient_id == patient_id)
        .where(or_(c.retired_at.is_(None), chosen.condition_id.is_not(None)))
    )
    shown = select(seen.assessment_id).where(
        seen.clinic_id == uow.clinic_id, seen.user_id == uow.actor.user_id, seen.visit_id == visit_id
    )
    return {"palsy": palsy, "seen": shown}


def _palsied(rows: list[tuple[Any, ...]]) -> tuple[Side, ...]:
    chosen = {side for side, condition_id in rows if condition_id} or {side for side, _ in rows}
    return tuple(side for side in BOTH if side in chosen)


def _earlier(uow: UnitOfWork, patient_id: str, on: date, without: set[str]) -> AnySelect:
    a, s = Assessment, AssessmentScore
    scored = (s.clinic_id == a.clinic_id) & (s.assessment_id == a.id)
    columns = (Visit.on, a.id, a.instrument, a.version, a.side, a.rater_id, a.rated_at)
    return (
        select(*columns, s.score, s.value, s.text, s.flag, s.answered)
        .join(a, _of_visit(a))
        .join(s, scored)
        .where(Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id, Visit.on <= on)
        .where(Visit.state == VisitState.SIGNED, Visit.id.not_in(sorted(without)))
        .where(in_force(), not_voided())
    )


def _of_visit(child: Any) -> ColumnElement[bool]:
    return (child.clinic_id == Visit.clinic_id) & (child.visit_id == Visit.id)  # type: ignore[no-any-return]


def _last(rows: list[tuple[Any, ...]], viewer: str) -> dict[tuple[str, Side | None], Earlier]:
    """Of each instrument and side the latest day; of that day the viewer's own grading, else the first that was made."""
    scores: dict[str, list[ScoreRow]] = {}
    heads: dict[tuple[str, Side | None], list[tuple[tuple[int, bool, datetime, str], str]]] = {}
    about: dict[str, tuple[date, str, str]] = {}
    for on, row_id, instrument, version, side, rater_id, rated_at, *score in rows:
        name, value, text, flag, answered = score
        scores.setdefault(row_id, []).append(ScoreRow(name, Decimal(value), text, flag, answered))
        about[row_id] = (on, instrument, version)
        order = (-on.toordinal(), rater_id != viewer, rated_at, row_id)
        heads.setdefault((instrument, side), []).append((order, row_id))
    found = {}
    for key, several in heads.items():
        row_id = min(several)[1]
        on, instrument, version = about[row_id]
        found[key] = Earlier(on, brief(assessments.instrument(instrument, version), tuple(scores[row_id])))
    return found
