"""What the trends of a patient rest on: signed visits in force, doses that were given, reviews, other treatments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.anatomy import Side
from clinic.domain.errors import NotFound
from clinic.domain.injections import MuscleState
from clinic.domain.patients import DatePrecision, EarlierTreatmentKind
from clinic.domain.reviews import Wearing
from clinic.domain.trends_content import TrendsContent
from clinic.domain.visits import Disposition
from clinic.models import Condition
from clinic.queries.trends import trends
from clinic.services import conditions, signing, visits
from clinic.services.conditions import MuscleStatusValues, ToxinValues, TreatmentValues
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient
from tests.trending import CHIN, EYE, Course, at, sunnybrook
from tests.web.statements import counted


@pytest.fixture
def course(work: Work, clinic: ClinicWorld, clock: Any) -> Course:
    """A patient with an open draft that nothing is taken from."""
    clock.now = at(2025, 1, 20)
    return Course(Charting.begun(work, clinic, clock))


def read(course: Course) -> TrendsContent:
    with course.charting.reading() as uow:
        return trends(uow, course.charting.patient_id).content


def values(course: Course) -> list[Decimal]:
    """The points of the first series."""
    return [point.value for one in read(course).series[:1] for point in one.line]


def test_scores_of_signed_visits_come_in_the_order_of_their_days(course: Course) -> None:
    course.graded(at(2025, 4, 10), saq_sum=36, movement=3)
    course.graded(at(2025, 2, 20), saq_sum=18)
    course.draft(at(2025, 5, 1))
    course.rate("sunnybrook", sunnybrook(5), Side.LEFT)
    found = read(course)
    assert [one.title for one in found.series] == ["Sunnybrook, composite, patient’s left", "SAQ, total"]
    assert [[point.value for point in one.line] for one in found.series] == [[55], [40, 80]]
    assert found.series[1].line[0].patient_reported


def test_an_amended_visit_counts_once_with_its_newer_values(course: Course) -> None:
    first = course.graded(at(2025, 4, 10), movement=3)
    with course.charting.fresh_writing() as uow:
        course.charting.visit_id = signing.amend(uow, first, "one movement was typed wrongly")
    assert values(course) == [55]
    with course.charting.reading() as uow:
        version = uow.session.execute(select_version(course.charting.visit_id)).scalar_one()
    with course.charting.writing() as uow:
        from clinic.services import assessments

        assessments.save_assessment(
            uow, course.charting.visit_id, "sunnybrook", sunnybrook(4), version="1996", side=Side.LEFT,
            edit_version=version,
        )  # fmt: skip
    course.charting.sign()
    assert values(course) == [75]


def select_version(visit_id: str) -> Any:
    """The edit version of a visit's only assessment."""
    from clinic.models import Assessment

    return select(Assessment.edit_version).where(Assessment.visit_id == visit_id)


def test_a_voided_visit_does_not_count(course: Course) -> None:
    course.graded(at(2025, 2, 1), movement=3)
    wrong = course.graded(at(2025, 4, 10), movement=5)
    assert values(course) == [55, 95]
    with course.charting.fresh_writing() as uow:
        signing.void(uow, wrong, "charted for another patient", Disposition.NOT_GIVEN)
    assert values(course) == [55]


def test_given_doses_come_by_muscle_side_and_product(course: Course) -> None:
    course.charting.signed()
    (session,) = read(course).sessions
    assert session.totals == {"botox": Decimal("12.5")}
    assert session.units("depressor_labii_inferioris", Side.RIGHT) == {"botox": 5}
    assert session.units("depressor_labii_inferioris", Side.LEFT) == {}
    assert [one.label for one in read(course).doses] == [
        "Mentalis, patient’s left",
        "Depressor labii inferioris, patient’s right",
        "Orbicularis oculi, patient’s left",
        "Platysma, patient’s left",
    ]


def test_planned_sites_of_a_draft_are_no_doses(course: Course) -> None:
    course.charting.chart_usual_sites()
    assert read(course).sessions == ()
    assert read(course).span is None


def test_a_review_stands_at_its_session_and_at_its_pattern(course: Course) -> None:
    course.grade({EYE: 3, CHIN: 2})
    course.charting.signed()
    session = course.charting.visit_id
    course.draft(at(2025, 3, 3))
    course.grade({EYE: 1, CHIN: 2})
    effects = [(EYE, 60, False, (("orbicularis_oculi", Side.LEFT),)), (CHIN, None, True, ())]
    course.review(session, effects, wearing=Wearing.WORKING)
    course.charting.sign()
    found = read(course)
    assert found.sessions[0].outcome == (
        "left eye narrows with big smile: 60\u00a0% better",
        "left chin dimples with pucker: worse",
        "still working at 6 weeks",
    )
    eye, chin = found.patterns
    assert [[one.grade for one in part] for part in eye.patterns[0].stretches] == [[3, 1]]
    assert [one.muscle for one in eye.doses] == ["orbicularis_oculi"]
    assert [one.short for one in chin.patterns[0].effects] == ["worse"]


def test_other_treatments_come_with_their_precision(course: Course) -> None:
    charting = course.charting
    with charting.reading() as uow:
        condition_id = uow.session.execute(select(Condition.id)).scalar_one()
    with charting.writing() as uow:
        conditions.add_treatment(
            uow, charting.patient_id, condition_id,
            TreatmentValues(EarlierTreatmentKind.TRAINING, date(2024, 9, 1), DatePrecision.MONTH, "mirror work"),
        )  # fmt: skip
        conditions.add_toxin_elsewhere(
            uow, charting.patient_id, ToxinValues("xeomin", Decimal(20), date(2024, 11, 5), "Elsewhere Clinic")
        )
        conditions.add_muscle_status(
            uow, charting.patient_id, MuscleStatusValues("platysma", Side.LEFT, MuscleState.RESECTED, "platysmectomy")
        )
    assert [(one.words, one.dated) for one in read(course).others] == [
        ("facial training: mirror work", "Sep 2024"),
        ("20\u00a0units incobotulinumtoxinA (Xeomin) Elsewhere Clinic", "5 Nov 2024"),
        ("Platysma, patient’s left: resected (platysmectomy)", "date not known"),
    ]


def test_nobody_else_is_in_it(course: Course, other_clinic: ClinicWorld, work: Work, clinic: ClinicWorld) -> None:
    course.graded(at(2025, 4, 10), movement=3)
    another = make_patient(work, clinic.prescriber, family_name="Other", given_names="Ann")
    with work.reading(clinic.prescriber) as uow:
        assert trends(uow, another).content.series == ()
    with work.reading(other_clinic.prescriber) as uow, pytest.raises(NotFound):
        trends(uow, course.charting.patient_id)


def test_thirty_visits_cost_as_many_statements_as_two(course: Course) -> None:
    course.graded(at(2025, 2, 1), saq_sum=20, movement=3)
    course.graded(at(2025, 2, 2), saq_sum=20, movement=3)
    few = statements(course)
    for day in range(3, 28):
        course.graded(at(2025, 2, day), saq_sum=20)
    course.charting.start()
    course.charting.signed()
    assert len(read(course).series[1].line) == 27
    assert statements(course) == few
    assert few <= 5


def statements(course: Course) -> int:
    with course.charting.reading() as uow, counted(course.charting.work.engine) as seen:
        trends(uow, course.charting.patient_id)
    return len(seen)


def test_a_visit_that_came_back_as_a_draft_of_an_amendment_keeps_the_older_values(course: Course) -> None:
    first = course.graded(at(2025, 4, 10), movement=3)
    with course.charting.fresh_writing() as uow:
        draft = signing.amend(uow, first, "one movement was typed wrongly")
    with course.charting.writing() as uow:
        visits.discard(uow, draft, 1, "it was right after all")
    assert values(course) == [55]
