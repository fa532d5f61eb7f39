"""What stands on a patient's timeline, from the record: sessions, reviews, events, plans, practice, what came before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.adverse_event_entries import EventEntry
from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.errors import NotFound
from clinic.domain.injections import MuscleState
from clinic.domain.patients import DatePrecision, EarlierTreatmentKind
from clinic.domain.plans import Appointment, Exercise, Goal, Occasion, PlanEntry, PlanState
from clinic.domain.reviews import Wearing
from clinic.domain.timelines import Item, Lane, Page, State, Timeline
from clinic.domain.visits import Disposition
from clinic.models import Condition
from clinic.queries.timelines import timeline
from clinic.services import adverse_events, conditions, diaries, plan_items, signing, visits
from clinic.services.conditions import MuscleStatusValues, TreatmentValues
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient
from tests.trending import CHIN, EYE, Course, at
from tests.web.statements import counted


@pytest.fixture
def course(work: Work, clinic: ClinicWorld, clock: Any) -> Course:
    """A patient with an open draft."""
    clock.now = at(2025, 1, 20)
    return Course(Charting.begun(work, clinic, clock))


def read(course: Course) -> Timeline:
    with course.charting.reading() as uow:
        return timeline(uow, course.charting.patient_id).timeline


def lane(course: Course, which: Lane) -> list[Item]:
    """The things of a lane, oldest first, those without a day last."""
    found = read(course)
    return [one for one in (*found.dated, *found.undated) if one.lane is which]


def test_sessions_reviews_scores_and_drafts(course: Course) -> None:
    charting = course.charting
    (draft,) = lane(course, Lane.SESSIONS)
    assert (draft.state, draft.page, draft.words) == (State.DRAFT, Page.DRAFT, "injection session, not signed")
    course.grade({EYE: 3, CHIN: 2})
    charting.signed()
    first = charting.visit_id
    course.draft(at(2025, 3, 3))
    course.review(first, [(EYE, 60, False, ())], wearing=Wearing.WORKING)
    charting.sign()
    course.draft(at(2025, 4, 20))
    course.review(first, [], wearing=Wearing.GONE, worn_off_day=70)
    charting.sign()
    course.graded(at(2025, 4, 21), saq_sum=18, movement=3)
    course.draft(at(2025, 5, 1))
    (session,) = lane(course, Lane.SESSIONS)
    assert session.words == "injection session, 12.5\N{NO-BREAK SPACE}units onabotulinumtoxinA (Botox)"
    assert (session.totals, session.more, len(session.sites)) == ((("Botox", "12.5"),), "4 sites", 4)
    benefit, earlier = lane(course, Lane.REVIEWS)
    assert (benefit.on, benefit.until, benefit.short) == (date(2025, 1, 20), date(2025, 3, 31), "10 weeks")
    assert benefit.lasting
    assert not benefit.ongoing
    assert (earlier.on, earlier.lasting) == (date(2025, 3, 3), False)
    assert [one.words for one in lane(course, Lane.VISITS)] == [
        "visit: review",
        "visit: review",
        "visit: scores",
        "visit, not signed",
    ]
    assert [one.title for one in read(course).series] == [
        "Sunnybrook, composite, patient’s left",
        "SAQ, total",
        "Synkinesis grid, worst grade",
    ]
    assert [one.words for one in lane(course, Lane.SCORES)] == [
        "Synkinesis grid, worst grade 3 of 2 graded",
        "Sunnybrook, composite, patient’s left 55",
        "SAQ, total 40",
    ]


def test_an_effect_that_lasts_has_no_end(course: Course) -> None:
    course.charting.signed()
    session = course.charting.visit_id
    course.draft(at(2025, 2, 24))
    course.review(session, [], wearing=Wearing.WORKING)
    (review,) = lane(course, Lane.REVIEWS)
    assert (review.until, review.ongoing, review.short) == (date(2025, 2, 24), True, "5 weeks or more")
    assert (review.state, review.page) == (State.DRAFT, Page.DRAFT)


@pytest.mark.parametrize("disposition", list(Disposition))
def test_a_voided_session_is_marked_and_nothing_of_it_is_told(course: Course, disposition: Disposition) -> None:
    course.charting.signed()
    with course.charting.fresh_writing() as uow:
        signing.void(uow, course.charting.visit_id, "charted for another patient", disposition)
    (session,) = lane(course, Lane.SESSIONS)
    assert (session.state, session.totals, session.sites) == (State.VOIDED, (), ())
    assert ("its units were given" in session.words) == (disposition is Disposition.GIVEN)
    assert "12.5" not in session.name


def test_an_amended_session_stands_once_beside_the_draft_that_may_follow(course: Course) -> None:
    course.charting.signed()
    first = course.charting.visit_id
    with course.charting.fresh_writing() as uow:
        course.charting.visit_id = signing.amend(uow, first, "the lot was typed wrongly")
    session, draft = sorted(lane(course, Lane.SESSIONS), key=lambda one: one.state)
    assert (session.ref, draft.words) == (first, "amendment of this injection session, not signed")
    course.charting.sign()
    (session,) = lane(course, Lane.SESSIONS)
    assert session.ref == course.charting.visit_id


def test_a_discarded_draft_is_not_there(course: Course) -> None:
    version = course.charting.version()
    with course.charting.writing() as uow:
        visits.discard(uow, course.charting.visit_id, version, "entered for a test")
    assert lane(course, Lane.SESSIONS) == []


def test_what_came_before_stands_as_exactly_as_it_is_known(course: Course) -> None:
    patient_id = course.charting.patient_id
    with course.charting.reading() as uow:
        condition_id = uow.session.execute(select(Condition.id)).scalar_one()
    kinds = EarlierTreatmentKind
    with course.charting.writing() as uow:
        for values in (
            TreatmentValues(kinds.TRAINING, date(2024, 6, 1), DatePrecision.MONTH, "weekly"),
            TreatmentValues(kinds.OTHER, None, DatePrecision.UNKNOWN, "acupuncture"),
        ):
            conditions.add_treatment(uow, patient_id, condition_id, values)
        conditions.add_muscle_status(
            uow,
            patient_id,
            MuscleStatusValues("mentalis", Side.LEFT, MuscleState.RESECTED, "myectomy", date(2024, 9, 2)),
        )
    found = {one.words: one for one in lane(course, Lane.OTHERS)}
    training = found["facial training: weekly"]
    assert (training.on, training.until, training.uncertain) == (date(2024, 6, 1), date(2024, 6, 30), True)
    assert found["other: acupuncture"].on is None
    assert found["Mentalis, patient’s left: resected (myectomy)"].on == date(2024, 9, 2)
    assert any(words.startswith("onset of ") for words in found)


def test_adverse_events_last_as_long_as_is_known(course: Course) -> None:
    charting = course.charting
    charting.signed()
    session = charting.visit_id
    charting.clock.now = at(2025, 3, 1)
    known = EventEntry(Kind.EYELID_PTOSIS, 2, Relation.PROBABLE, Side.LEFT, date(2025, 1, 25), date(2025, 2, 10))
    lasting = EventEntry(Kind.DRY_EYE, 1, Relation.POSSIBLE, Side.LEFT)
    with charting.writing() as uow:
        for entry in (known, lasting):
            adverse_events.record_event(uow, charting.patient_id, entry, session_id=session)
    open_end, ended = sorted(lane(course, Lane.EVENTS), key=lambda one: not one.ongoing)
    assert (ended.on, ended.until, ended.uncertain) == (date(2025, 1, 25), date(2025, 2, 10), False)
    assert "grade\N{NO-BREAK SPACE}2" in ended.words
    assert (open_end.on, open_end.until, open_end.uncertain) == (date(2025, 1, 20), date(2025, 3, 1), True)
    assert open_end.dated == "onset not known"
    assert open_end.words.endswith(", no end on record")


def test_plan_practice_and_dates(course: Course) -> None:
    charting = course.charting
    patient_id = charting.patient_id
    exercise = Exercise("e2_gentle_closure", "half way", "let go", "when the mouth moves", "twice a day")
    with charting.writing() as uow:
        plan_items.add_item(uow, patient_id, PlanEntry(Goal("Drink without spilling")))
        plan_items.add_item(
            uow, patient_id, PlanEntry(Appointment(Occasion.REVIEW, date(2025, 2, 20)), PlanState.AGREED)
        )
        plan_items.add_item(uow, patient_id, PlanEntry(exercise))
        diaries.enter_weeks(uow, patient_id, "13 Jan 2025: x x - x x . x")
    goal, appointment = lane(course, Lane.PLAN)
    assert (goal.on, goal.words) == (date(2025, 1, 20), "goal: Drink without spilling, proposed")
    assert (appointment.on, appointment.state) == (date(2025, 2, 20), State.AHEAD)
    week, practice = lane(course, Lane.THERAPY)
    assert (week.on, week.until) == (date(2025, 1, 13), date(2025, 1, 19))
    assert (practice.on, practice.ongoing) == (date(2025, 1, 20), True)


def test_the_cost_is_fixed_and_a_stranger_is_not_found(course: Course, work: Work, clinic: ClinicWorld) -> None:
    def statements() -> int:
        with course.charting.reading() as uow, counted(work.engine) as seen:
            timeline(uow, course.charting.patient_id)
            return len(seen)

    few = statements()
    for number in range(4):
        course.graded(at(2025, 2, 3 + number), saq_sum=20, movement=4)
    assert statements() == few == 4
    empty = make_patient(
        work, clinic.prescriber, family_name="Adeyemi", birth_date=date(1961, 5, 5), record_number="B-2"
    )
    with work.reading(clinic.prescriber) as uow:
        assert timeline(uow, empty).timeline.items == ()
        with pytest.raises(NotFound):
            timeline(uow, "nobody")


def test_a_moment_stands_on_the_clinics_day(course: Course) -> None:
    course.charting.clock.now = datetime(2025, 6, 30, 23, 30, tzinfo=UTC) + timedelta(minutes=10)
    with course.charting.writing() as uow:
        plan_items.add_item(uow, course.charting.patient_id, PlanEntry(Goal("Smile")))
    (goal,) = lane(course, Lane.PLAN)
    assert goal.on == read(course).today
