"""The steps of care from a record, and the facts of letters: signed visits count, voided and other clinics' do not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.errors import NotFound
from clinic.domain.patients import DatePrecision, EarlierTreatmentKind
from clinic.domain.plans import CareStep, PlanEntry, PlanState, Referral, ReferralKind, Step
from clinic.domain.reviews import Wearing
from clinic.queries.stepped_care import stepped_care
from clinic.services import conditions
from clinic.services.conditions import TreatmentValues
from clinic.services.plan_items import add_item
from clinic.services.referrals import make_referral
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld
from tests.trending import EYE, Course, sunnybrook
from tests.web.statements import counted


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


def test_a_first_visit_has_four_steps_and_nothing_in_them(charting: Charting) -> None:
    with charting.reading() as uow:
        lines = stepped_care(uow, charting.patient_id)
    assert [one.step for one in lines] == list(CareStep)
    assert not any(one.is_begun for one in lines)


def test_each_step_is_told_from_the_record_in_one_statement(charting: Charting) -> None:
    course = Course(charting)
    course.rate("sunnybrook", sunnybrook(2), Side.LEFT)
    charting.signed()
    first = charting.visit_id
    charting.clock.move(days=91)
    charting.start()
    course.review(first, [(EYE, 50, False, ())], wearing=Wearing.GONE, worn_off_day=70)
    course.rate("sunnybrook", sunnybrook(3), Side.LEFT)
    charting.signed()
    entry = PlanEntry(Step(CareStep.SURGERY), PlanState.PROPOSED, reason="Tired of injections")
    with charting.writing() as uow:
        add_item(uow, charting.patient_id, entry)
    with charting.writing() as uow:
        make_referral(uow, charting.patient_id, Referral(ReferralKind.NEUROLYSIS, "Surgery", "Could it help?"))
    with charting.reading() as uow, counted(charting.work.engine) as seen:
        assessment, training, toxin, surgery = stepped_care(uow, charting.patient_id)
    assert len(seen) == 1
    assert (assessment.first, assessment.last) == (date(2026, 11, 22), date(2027, 2, 21))
    assert assessment.result == ("Sunnybrook, composite, patient’s left: 35\u00a0→\u00a055, 20 higher",)
    assert not training.is_begun
    assert toxin.count == "2\u00a0sessions"
    assert toxin.result == ("Weeks of benefit: 10", "Benefit not known of 1\u00a0session")
    assert (surgery.is_next, surgery.reasons) == (True, ("Tired of injections",))
    assert surgery.result == ("Referred: Surgeon for selective neurolysis (neurectomy): Surgery; not sent yet",)


def test_earlier_training_and_surgery_stand_with_their_dates_as_known(charting: Charting) -> None:
    condition_id = charting.record().conditions[0].id
    for kind, on, precision, detail in (
        (EarlierTreatmentKind.TRAINING, date(2025, 1, 1), DatePrecision.YEAR, "mime therapy"),
        (EarlierTreatmentKind.SURGERY, date(2024, 12, 3), DatePrecision.DAY, "lid weight"),
        (EarlierTreatmentKind.TOXIN, None, DatePrecision.UNKNOWN, ""),
    ):
        with charting.writing() as uow:
            values = TreatmentValues(kind=kind, on=on, precision=precision, detail=detail)
            conditions.add_treatment(uow, charting.patient_id, condition_id, values)
    with charting.reading() as uow:
        _, training, toxin, surgery = stepped_care(uow, charting.patient_id)
    assert training.result == ("Earlier or elsewhere: mime therapy, 2025",)
    assert toxin.result == ("Earlier or elsewhere: botulinum toxin, date not known",)
    assert (surgery.count, surgery.dates) == ("1\u00a0operation", "3 Dec 2024")
    assert surgery.result == ("lid weight, 3 Dec 2024",)


def test_another_clinics_patient_is_not_found(charting: Charting, work: Work, other_clinic: ClinicWorld) -> None:
    with work.reading(other_clinic.prescriber) as uow, pytest.raises(NotFound):
        stepped_care(uow, charting.patient_id)
