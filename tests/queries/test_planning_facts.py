"""The facts of planning: what stands in signed visits and in the draft, and nothing that nobody asked or graded."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.actors import Role
from clinic.domain.adverse_event_entries import EventEntry
from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group
from clinic.domain.errors import NotFound
from clinic.domain.injections import Answer, MuscleState, Question
from clinic.domain.patients import DatePrecision, EarlierTreatmentKind, SafetyFactKind
from clinic.domain.planning_facts import PlanningFacts
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import Goal, PlanEntry, PlanState
from clinic.domain.reviews import Wearing
from clinic.domain.visits import Disposition
from clinic.queries.planning_facts import planning, planning_facts
from clinic.services import adverse_events, clinics, conditions, plan_items, planning_answers, safety_facts, signing
from clinic.services.conditions import MuscleStatusValues, TreatmentValues
from clinic.services.safety_facts import FactAnswer
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_condition, make_patient
from tests.trending import CHIN, EYE, Course, at, sunnybrook
from tests.web.statements import counted

OOC = ("orbicularis_oculi", Side.LEFT)


@pytest.fixture
def course(work: Work, clinic: ClinicWorld, clock: Any) -> Course:
    """A patient with an open draft that nothing is taken from."""
    clock.now = at(2025, 1, 20)
    return Course(Charting.begun(work, clinic, clock))


def facts(course: Course, visit_id: str | None = None) -> PlanningFacts:
    with course.charting.reading() as uow:
        return planning_facts(uow, course.charting.patient_id, visit_id or course.charting.visit_id)


def test_what_nobody_asked_is_absent(work: Work, clinic: ClinicWorld) -> None:
    patient_id = make_patient(work, clinic.prescriber)
    with work.reading(clinic.prescriber) as uow:
        assert planning_facts(uow, patient_id) == PlanningFacts(on=date(2026, 11, 22), age=47)


def test_one_statement_whatever_the_record_holds(course: Course) -> None:
    course.graded(at(2025, 2, 1), movement=3)
    course.draft(at(2025, 3, 1))
    engine = course.charting.work.engine
    with course.charting.reading() as uow, counted(engine) as seen:
        planning_facts(uow, course.charting.patient_id, course.charting.visit_id)
    assert len(seen) == 1


def test_a_visit_of_somebody_else_is_not_found(course: Course, other_clinic: ClinicWorld) -> None:
    other = make_patient(course.charting.work, course.charting.clinic.prescriber, family_name="Other")
    with course.charting.reading() as uow:
        for patient_id, visit_id in ((other, course.charting.visit_id), ("0" * 26, None)):
            with pytest.raises(NotFound):
                planning_facts(uow, patient_id, visit_id)
    with pytest.raises(NotFound), course.charting.work.reading(other_clinic.prescriber) as uow:
        planning_facts(uow, course.charting.patient_id, course.charting.visit_id)


@pytest.mark.parametrize(
    ("on", "precision", "span"),
    [
        (date(2024, 2, 9), DatePrecision.DAY, (date(2024, 2, 9), date(2024, 2, 9))),
        (date(2024, 2, 1), DatePrecision.MONTH, (date(2024, 2, 1), date(2024, 2, 29))),
        (date(2024, 1, 1), DatePrecision.YEAR, (date(2024, 1, 1), date(2024, 12, 31))),
        (None, DatePrecision.UNKNOWN, (None, None)),
    ],
)
def test_an_onset_lies_between_its_first_and_last_possible_day(
    work: Work, clinic: ClinicWorld, on: date | None, precision: DatePrecision, span: tuple[date | None, date | None]
) -> None:
    patient_id = make_patient(work, clinic.prescriber)
    make_condition(work, clinic.prescriber, patient_id, onset_on=on, onset_precision=precision)
    with work.reading(clinic.prescriber) as uow:
        [palsy] = planning_facts(uow, patient_id).palsies
    assert (palsy.onset_from, palsy.onset_to) == span


def test_the_visits_own_grid_comes_before_a_signed_one_and_open_cells_stay_open(course: Course) -> None:
    course.draft(at(2025, 2, 1))
    course.grade({EYE: 2, CHIN: 0})
    course.rate("sunnybrook", sunnybrook(3), Side.LEFT)
    course.charting.sign()
    course.draft(at(2025, 5, 1))
    found = facts(course)
    assert (found.cells, found.graded_on) == ((Cell(EYE, 2), Cell(CHIN, 0)), date(2025, 2, 1))
    assert found.movements == {(Side.LEFT, key): 3 for key in ("brow", "closure", "smile", "snarl", "pucker")}
    assert found.scores[Side.LEFT] == ((date(2025, 2, 1), Decimal(55)),)
    course.grade({EYE: 1})
    found = facts(course)
    assert (found.cells, found.graded_on, found.movements_on) == ((Cell(EYE, 1),), date(2025, 5, 1), date(2025, 2, 1))


def test_of_two_raters_one_counts_and_is_named(course: Course) -> None:
    course.draft(at(2025, 2, 1))
    therapist = course.charting.clinic.people[Role.THERAPIST]
    course.grade({CHIN: 3}, by=therapist)
    course.rate("house_brackmann", {"grade": 4}, Side.LEFT, by=therapist)
    with course.charting.reading() as uow:
        found = planning(uow, course.charting.patient_id, course.charting.visit_id)
    assert (found.facts.cells, found.facts.house_brackmann, len(found.seen)) == ((Cell(CHIN, 3),), {Side.LEFT: 4}, 2)
    course.grade({EYE: 1})
    with course.charting.reading() as uow:
        found = planning(uow, course.charting.patient_id, course.charting.visit_id)
    assert (found.facts.cells, len(found.seen)) == ((Cell(EYE, 1),), 1)


def test_a_voided_visit_an_open_draft_and_a_later_one_say_nothing(course: Course) -> None:
    voided = course.graded(at(2025, 2, 1), movement=2)
    with course.charting.fresh_writing() as uow:
        signing.void(uow, voided, "entered for the wrong patient", Disposition.NOT_GIVEN)
    early = course.draft(at(2025, 2, 2))
    course.draft(at(2025, 3, 1))
    course.rate("sunnybrook", sunnybrook(4), Side.LEFT)
    assert facts(course, early).movements == {}
    course.charting.sign()
    assert facts(course, early).movements == {}


def test_an_amendment_looks_at_its_own_copy_and_not_at_what_it_replaces(course: Course) -> None:
    signed = course.graded(at(2025, 2, 1), movement=3)
    with course.charting.fresh_writing() as uow:
        amendment = signing.amend(uow, signed, "the wrong day was entered")
    assert len(facts(course, amendment).scores[Side.LEFT]) == 1


def test_sessions_are_oldest_first_with_doses_weeks_and_effects(course: Course) -> None:
    course.charting.signed()
    first = course.charting.visit_id
    course.draft(at(2025, 5, 1))
    course.review(first, ((EYE, 50, False, (OOC,)), (CHIN, None, True, ())), wearing=Wearing.GONE, worn_off_day=69)
    [session] = facts(course).sessions
    assert (session.id, session.on, session.benefit_weeks, session.reviewed) == (first, date(2025, 1, 20), 9, True)
    assert set(session.effects) == {(Side.LEFT, Group.EYE, 50), (Side.LEFT, Group.CHIN, -1)}
    record = course.charting.record(first)
    assert sum(session.doses.values()) == sum(site.units for site in record.sites)
    assert sum(count for count, _ in session.sites.values()) == len(record.sites)
    assert facts(course, first).sessions == ()


def test_a_weakness_names_what_may_have_done_it_until_it_is_withdrawn(course: Course) -> None:
    course.charting.signed()
    first = course.charting.visit_id
    entry = EventEntry(Kind.LAGOPHTHALMOS, 2, Relation.PROBABLE, Side.LEFT)
    with course.charting.writing() as uow:
        event_id = adverse_events.record_event(uow, course.charting.patient_id, entry, session_id=first)
    course.draft(at(2025, 3, 1))
    [weakness] = facts(course).weaknesses
    assert (weakness.kind, weakness.side, weakness.session_id) == ("lagophthalmos", Side.LEFT, first)
    assert OOC in weakness.muscles
    with course.charting.writing() as uow:
        adverse_events.withdraw_event(uow, event_id, 1, "this was another patient")
    assert facts(course).weaknesses == ()


def test_a_red_flag_is_open_until_somebody_reviewed_it(course: Course) -> None:
    entry = EventEntry(Kind.DIPLOPIA, 2, Relation.POSSIBLE, Side.LEFT)
    with course.charting.writing() as uow:
        event_id = adverse_events.record_event(uow, course.charting.patient_id, entry)
    assert len(facts(course).urgent_open) == 1
    with course.charting.writing() as uow:
        adverse_events.review_event(uow, event_id, 1, "seen by the eye clinic today")
    assert facts(course).urgent_open == ()


def test_answers_states_training_priorities_and_presets(course: Course) -> None:
    charting = course.charting
    charting.answer_all()
    condition_id = facts(course).palsies[0].id
    with charting.writing() as uow:
        planning_answers.save_planning_answers(
            uow, charting.visit_id, {PlanningQuestion.MASS: (Answer.NO, ""), PlanningQuestion.LOW_MOOD: (None, "")}
        )
        training = TreatmentValues(EarlierTreatmentKind.TRAINING, date(2024, 9, 1), DatePrecision.MONTH)
        conditions.add_treatment(uow, charting.patient_id, condition_id, training)
        status = MuscleStatusValues("platysma", Side.LEFT, MuscleState.RESECTED)
        conditions.add_muscle_status(uow, charting.patient_id, status)
        clinics.accept_preset(
            uow, product="botox", muscle="mentalis", site_group=None, low=Decimal(1), high=Decimal(2), source="ours"
        )
        goals = (Goal("to eat", (Group.CHIN, Group.EYE)), Goal("to smile", (Group.EYE, Group.CHEEK)))
        for place, goal in enumerate(goals, 1):
            plan_items.add_item(uow, charting.patient_id, PlanEntry(goal, place=place))
    found = facts(course)
    assert found.answers[Question.BELLS_PHENOMENON] is Answer.YES
    assert found.asked == {PlanningQuestion.MASS: Answer.NO}
    assert (found.trained, found.trained_on) == (True, ())
    assert found.muscle_states == {("platysma", Side.LEFT): MuscleState.RESECTED}
    assert found.priorities == (Group.CHIN, Group.EYE, Group.CHEEK)
    assert found.presets == {("botox", "mentalis", None): (Decimal(1), Decimal(2))}
    with charting.writing() as uow:
        [first, _] = planning(uow, charting.patient_id).items
        plan_items.set_state(uow, first.id, first.number, PlanState.DECLINED, "not what matters to me now")
    assert facts(course).priorities == (Group.EYE, Group.CHEEK)


def test_standing_safety_facts(course: Course) -> None:
    charting = course.charting
    version = charting.record().patient.edit_version
    with charting.writing() as uow:
        safety_facts.record_safety_facts(
            uow,
            charting.patient_id,
            version,
            {SafetyFactKind.PREGNANCY: FactAnswer(Answer.YES)},
            asked_on=date(2025, 1, 20),
        )
    assert facts(course).safety == {SafetyFactKind.PREGNANCY: Answer.YES}
