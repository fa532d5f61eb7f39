"""Criteria for selective neurolysis as the record knows them, and the facts that a surgeon gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from clinic.domain.anatomy import MUSCLES, Side, muscle_label
from clinic.domain.assessments.grid import GRID, Cell, Place
from clinic.domain.assessments.sunnybrook import SUNNYBROOK
from clinic.domain.errors import NotFound
from clinic.domain.injections import Answer
from clinic.domain.neurolysis import CRITERIA_ASKED, Checklist, GradedGrid, checklist, palsy_cells
from clinic.domain.patients import EarlierTreatmentKind
from clinic.domain.plan_words import title
from clinic.domain.planning_facts import PlanningFacts
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import PlanItem, Referral, ReferralKind
from clinic.domain.quantities import format_units
from clinic.domain.referrals import opening, waiting_words
from clinic.domain.reviews import change_words
from clinic.domain.stepped_care import ScoreMove, score_moves
from clinic.domain.trends import all_series
from clinic.domain.wording import day_text, side_words
from clinic.models import PlanningAnswer, Visit
from clinic.queries.blocks import BlockView, block_views, blocks_select
from clinic.queries.given_sessions import GivenSession, named
from clinic.queries.patients import PatientStrip, strip
from clinic.queries.planning_facts import Planning, planning_of, planning_selects
from clinic.queries.standing_reviews import StandingReview, standing_reviews
from clinic.queries.stepped_care import care_selects, earlier, elsewhere, measured, operations
from clinic.queries.together import AnySelect, together
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]
NO_PHOTOS = "None in this record yet: photographs are sent apart, with the patient’s consent."


@dataclass(frozen=True, slots=True)
class ThenNow:
    """A cell of the grid in the first and in the newest grid of its side; "" where it was not graded."""

    words: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class MuscleTried:
    """What a muscle got in each session, a line a product, and the best that was said of it."""

    words: str
    doses: tuple[str, ...]
    best: str


@dataclass(frozen=True, slots=True)
class NeurolysisPack:
    """The facts that a surgeon gets, as known on a day; all of it computed, but ``why``, the typed reason of the referral.

    ``then_on`` and ``now_on`` are the days of the first and the newest grid, None without one.
    """

    on: date
    conditions: str
    then_on: date | None
    now_on: date | None
    cells: tuple[ThenNow, ...]
    muscles: tuple[MuscleTried, ...]
    scores: tuple[ScoreMove, ...]
    training: tuple[str, ...]
    toxin_elsewhere: tuple[str, ...]
    blocks: tuple[BlockView, ...]
    operations: tuple[str, ...]
    why: str
    photos: str = NO_PHOTOS

    @property
    def is_one_grid(self) -> bool:
        """Whether the first grid is the newest too."""
        return self.then_on == self.now_on


@dataclass(frozen=True, slots=True)
class NeurolysisPage:
    """Criteria, test blocks and the facts of the referral in one visit.

    ``answers`` are this visit's, ``by`` who gave them; ``others_graded`` are gradings of other raters that the page rests on.
    """

    visit_id: str
    on: date
    draft: bool
    strip: PatientStrip
    checklist: Checklist
    answers: Mapping[PlanningQuestion, tuple[Answer | None, str]]
    by: Mapping[PlanningQuestion, str]
    pack: NeurolysisPack
    palsied: tuple[Side, ...]
    referrals: tuple[tuple[str, str, str], ...]
    others_graded: tuple[str, ...]

    @property
    def question(self) -> str:
        """What the referral asks, unless it is changed."""
        return opening(ReferralKind.NEUROLYSIS)


def neurolysis_page(uow: UnitOfWork, visit_id: str) -> NeurolysisPage:
    """The page of a visit, in five statements. Raises NotFound."""
    patient_id = uow.session.scalar(select(Visit.patient_id).where(Visit.id == visit_id))
    if patient_id is None:
        raise NotFound
    who = strip(uow, patient_id)
    rows = together(uow, neurolysis_selects(uow, patient_id, visit_id))
    known = planning_of(uow, rows, visit_id)
    facts = known.facts
    pack = pack_of(rows, known, who)
    answers = {question: (answer, detail) for question, answer, detail, _ in rows["criterion"]}
    return NeurolysisPage(
        visit_id=visit_id,
        on=facts.on,
        draft=known.draft,
        strip=who,
        checklist=checklist_of(uow, rows, facts, pack, visit_id),
        answers=answers,
        by={question: by for question, _, _, by in rows["criterion"]},
        pack=pack,
        palsied=tuple(sorted(facts.palsy_sides)),
        referrals=tuple(_referred(known.items, who.today)),
        others_graded=known.seen,
    )


def checklist_of(uow: UnitOfWork, rows: Rows, facts: PlanningFacts, pack: NeurolysisPack, visit_id: str) -> Checklist:
    """The criteria from the rows of ``neurolysis_selects``; ``visit_id`` is the visit that is open, "" for none."""
    grids = tuple(GradedGrid(on, palsy_cells(cells, facts.palsy_sides)) for on, cells in _grids(uow, rows, visit_id))
    said = tuple(one.dated for one in pack.scores if one.last.instrument != SUNNYBROOK.key)
    return checklist(facts, grids, said, pack.toxin_elsewhere)


def neurolysis_selects(uow: UnitOfWork, patient_id: str, visit_id: str | None) -> dict[str, AnySelect]:
    """The selects behind ``pack_of`` and ``checklist_of``."""
    p = PlanningAnswer
    criterion = select(p.question, p.answer, p.detail, p.answered_by).where(
        p.clinic_id == uow.clinic_id, p.visit_id == (visit_id or ""), p.question.in_(CRITERIA_ASKED)
    )
    found = planning_selects(uow, patient_id, visit_id) | care_selects(uow, patient_id)
    return found | blocks_select(uow, patient_id, visit_id or "") | {"criterion": criterion}


def _grids(uow: UnitOfWork, rows: Rows, visit_id: str) -> tuple[tuple[date, tuple[Cell, ...]], ...]:
    """One grid a visit, oldest first: the first rater's; of the visit itself only one that the viewer made."""
    cells: dict[str, list[Cell]] = {}
    for assessment, side, movement, group, grade, bother in rows["planning_cell"]:
        cells.setdefault(assessment, []).append(Cell(Place(side, movement, group), grade, bother))
    found: dict[str, tuple[date, tuple[Cell, ...]]] = {}
    for row_id, of_visit, on, instrument, _, rater_id, _, _ in sorted(rows["planning_assessment"], key=_by_time):
        mine = of_visit != visit_id or rater_id == uow.actor.user_id
        if instrument == GRID and mine and row_id in cells:
            found.setdefault(of_visit, (on, tuple(sorted(cells[row_id], key=lambda one: one.place))))
    return tuple(found.values())


def _by_time(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row[2], row[6], row[0]


def pack_of(rows: Rows, known: Planning, who: PatientStrip) -> NeurolysisPack:
    """The facts that a surgeon gets from the rows of ``neurolysis_selects``."""
    facts = known.facts
    scores = score_moves(all_series(measured(rows)))
    then_on, then = _first_grid(rows, facts.palsy_sides, facts.on)
    now = {one.place: one for one in palsy_cells(facts.cells, facts.palsy_sides)}
    reviews = standing_reviews(rows)
    return NeurolysisPack(
        on=facts.on,
        conditions=who.condition_text,
        then_on=then_on,
        now_on=facts.graded_on if now else None,
        cells=_then_now(then, now),
        muscles=_tried(known.sessions, tuple(one for one in reviews if one.on <= facts.on)),
        scores=scores,
        training=_training(rows, facts.on),
        toxin_elsewhere=elsewhere(rows),
        blocks=tuple(one for one in block_views(rows) if one.on <= facts.on),
        operations=operations(rows),
        why=_why(known.items),
    )


def _first_grid(rows: Rows, sides: frozenset[Side], on: date) -> tuple[date | None, dict[Place, Cell]]:
    """The first grid of the palsy's side that has a grade."""
    by_id: dict[str, dict[Place, Cell]] = {}
    for assessment, side, movement, group, grade, bother in rows["planning_cell"]:
        if side in sides and grade is not None:
            place = Place(side, movement, group)
            by_id.setdefault(assessment, {})[place] = Cell(place, grade, bother)
    for row in sorted(rows["planning_assessment"], key=_by_time):
        if row[0] in by_id and row[2] <= on:
            return row[2], by_id[row[0]]
    return None, {}


def _then_now(then: Mapping[Place, Cell], now: Mapping[Place, Cell]) -> tuple[ThenNow, ...]:
    """Every cell that was ever above 0 in one of the two, the strongest now first."""
    seen = [place for place in {**then, **now} if any((one.grade or 0) > 0 for one in _pair(place, then, now))]
    seen.sort(key=lambda place: (-(now[place].grade or 0) if place in now else 0, place))
    return tuple(
        ThenNow(
            f"{side_words(place.side.value)}: {place.words}",
            then[place].text if place in then else "",
            now[place].text if place in now else "",
        )
        for place in seen
    )


def _pair(place: Place, then: Mapping[Place, Cell], now: Mapping[Place, Cell]) -> Iterable[Cell]:
    return (cells[place] for cells in (then, now) if place in cells)


def _tried(sessions: tuple[GivenSession, ...], reviews: tuple[StandingReview, ...]) -> tuple[MuscleTried, ...]:
    """What each muscle got, session by session, with the best effect that was linked to it."""
    keys = {key for session in sessions for key in session.treated}
    order = list(MUSCLES)
    found = []
    for muscle, side in sorted(keys, key=lambda key: (order.index(key[0]), key[1])):
        doses = _doses(sessions, muscle, side)
        words = f"{muscle_label(muscle)}, {side_words(side.value)}"
        found.append(MuscleTried(words, doses, _best(sessions, reviews, (muscle, side))))
    return tuple(found)


def _doses(sessions: tuple[GivenSession, ...], muscle: str, side: Side) -> tuple[str, ...]:
    """One line a product: ``onabotulinumtoxinA (Botox): 5 units (1 Sep 2026), 5 units (1 Dec 2026)``; never added up."""
    products: dict[str, dict[tuple[date, str], Decimal]] = {}
    for session in sessions:
        for site in session.sites:
            if (site.muscle, site.side) == (muscle, side):
                of_session = products.setdefault(site.product, {})
                key = (session.on, session.id)
                of_session[key] = of_session.get(key, Decimal(0)) + site.units
    return tuple(
        f"{named(product)}: " + ", ".join(f"{format_units(units)} ({day_text(on)})" for (on, _), units in sums.items())
        for product, sums in sorted(products.items())
    )


def _best(sessions: tuple[GivenSession, ...], reviews: tuple[StandingReview, ...], muscle: tuple[str, Side]) -> str:
    """The best effect on a pattern linked to a muscle, with its session and how long it lasted."""
    said = []
    for review in reviews:
        if any(review.row.session_id in one.versions for one in sessions):
            for effect in review.row.effects:
                if muscle in effect.muscles:
                    value = -1 if effect.worse else effect.effect if effect.effect is not None else -2
                    said.append((value, review.row.session_on, effect.place, review.benefit))
    known = [one for one in said if one[0] > -2]
    if not known:
        return "no effect on record"
    value, on, place, benefit = max(known, key=lambda one: (one[0], one[1]))
    words = "worse" if value < 0 else change_words(value)
    return f"{words}: {place.words}, session of {day_text(on)}{f', {benefit}' if benefit else ''}"


def _training(rows: Rows, on: date) -> tuple[str, ...]:
    days = sorted(day for (day,) in rows["planning_training"] if day <= on)
    here = (f"In this clinic: {', '.join(map(day_text, days))}",) if days else ()
    return (*here, *earlier(rows, EarlierTreatmentKind.TRAINING))


def _neurolysis_items(items: Iterable[PlanItem]) -> list[PlanItem]:
    return sorted(
        (
            one
            for one in items
            if isinstance(one.entry.details, Referral) and one.entry.details.kind is ReferralKind.NEUROLYSIS
        ),
        key=lambda one: (one.first_at, one.id),
    )


def _why(items: Iterable[PlanItem]) -> str:
    """The typed reason of the newest referral for it."""
    return next((one.entry.reason for one in reversed(_neurolysis_items(items)) if one.entry.reason), "")


def _referred(items: Iterable[PlanItem], today: date) -> Iterable[tuple[str, str, str]]:
    for one in _neurolysis_items(items):
        details = one.entry.details
        if isinstance(details, Referral):
            yield one.id, title(details), f"{one.entry.state.value}, {waiting_words(details, today)}"
