"""Who stands on which list, from real rows: versions, voids, touch-ups, retired records, and a fixed number of statements."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.events import Action, Event
from clinic.domain.plans import (
    Appointment,
    CareStep,
    Details,
    Goal,
    Mirror,
    Occasion,
    PlanEntry,
    PlanState,
    Programme,
    Referral,
    ReferralKind,
    Step,
    Target,
)
from clinic.domain.reviews import Wearing
from clinic.domain.visits import Disposition
from clinic.domain.work_lists import Only, WorkList
from clinic.domain.work_terms import Standing
from clinic.models import InjectionSite, TrainingSession
from clinic.queries.waiting_lines import State
from clinic.queries.work_lists import PAGE_SIZE, Filters, WorkPage, WorkRow, work_counts, work_page
from clinic.services import patients, plan_items, reviews, signing, visits
from clinic.services.conditions import ToxinValues, add_toxin_elsewhere
from clinic.services.reviews import ReviewEntry
from clinic.services.waiting_lines import catch_up
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient
from tests.web.statements import counted

NBSP = "\u00a0"
NAMES = ("Clara", "Bruno", "Wanda", "Ivo", "Ottilie")


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A patient with one signed session, today."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    charting.first = charting.visit_id
    return charting


def page(charting: Charting, kind: WorkList, number: int = 1, **filters: Any) -> WorkPage:
    """The page of the whole record, and with the kept lines caught up the very same."""
    with charting.reading() as uow:
        whole = work_page(uow, Filters(kind, **filters), number)
    with charting.work.keeping(charting.clinic.prescriber) as uow:
        catch_up(uow)
    with charting.reading() as uow:
        assert State(uow).is_current
        assert work_page(uow, Filters(kind, **filters), number) == whole
    return whole


def listed(charting: Charting, kind: WorkList, **filters: Any) -> tuple[WorkRow, ...]:
    return page(charting, kind, **filters).rows


def plan(
    charting: Charting, details: Details, state: PlanState = PlanState.AGREED, patient_id: str = "", by: Any = None
) -> str:
    with charting.work.writing(by or charting.clinic.prescriber) as uow:
        return plan_items.add_item(uow, patient_id or charting.patient_id, PlanEntry(details, state))


def plain_visit(charting: Charting) -> str:
    with charting.writing() as uow:
        charting.visit_id = visits.start(uow, charting.patient_id, with_injections=False)
    return charting.visit_id


def review(charting: Charting, worn_off_day: int | None) -> None:
    wearing = Wearing.GONE if worn_off_day else Wearing.WORKING
    with charting.writing() as uow:
        entry = ReviewEntry(wearing=wearing, worn_off_day=worn_off_day)
        reviews.save_review(uow, charting.visit_id, charting.first, entry)


def train(charting: Charting) -> None:
    visit_id = plain_visit(charting)
    with charting.writing() as uow:
        row = TrainingSession(clinic_id=uow.clinic_id, visit_id=visit_id, recorded_by="x", recorded_at=uow.now)
        uow.session.add(row)
        uow.record(Event(Action.TRAINING_SAVED, f"visit:{visit_id}", charting.patient_id))


def test_a_re_injection_waits_for_twelve_weeks_and_for_the_day_the_effect_had_worn_off(
    charting: Charting, clock: Any
) -> None:
    clock.move(days=84)
    row = listed(charting, WorkList.INJECTIONS)[0]
    assert (row.due_on, row.standing, row.by) == (date(2027, 2, 14), Standing.DUE, "Ada Prescriber")
    clock.move(days=21)
    plain_visit(charting)
    review(charting, worn_off_day=100)
    row = listed(charting, WorkList.INJECTIONS)[0]
    assert row.due_on == date(2026, 11, 22) + timedelta(days=100)
    assert "14 weeks of benefit; due when it had worn off" in row.words
    with charting.writing() as uow:
        visits.discard(uow, charting.visit_id, charting.version(), "answered for another patient")
    assert listed(charting, WorkList.INJECTIONS)[0].due_on == date(2027, 2, 14)


def test_toxin_elsewhere_moves_the_next_session(charting: Charting, clock: Any) -> None:
    clock.move(days=84)
    with charting.writing() as uow:
        add_toxin_elsewhere(
            uow, charting.patient_id, ToxinValues("botox", Decimal(20), clock.now.date() - timedelta(days=10))
        )
    assert listed(charting, WorkList.INJECTIONS) == ()


def test_voided_sessions_and_retired_patients_stand_on_no_list(charting: Charting, clock: Any) -> None:
    plan(charting, Referral(ReferralKind.OPHTHALMOLOGY, question="Cornea?"))
    plan(charting, Programme(visit_from=date(2026, 12, 6), visit_to=date(2027, 1, 3)))
    plan(charting, Step(CareStep.TRAINING))
    clock.move(days=90)
    assert [count.total for count in counts(charting)] == [1, 1, 1, 1, 1]
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.first, "entered for the wrong patient", Disposition.NOT_GIVEN)
    assert [count.total for count in counts(charting)] == [0, 0, 1, 1, 1]
    with charting.fresh_writing() as uow:
        patients.retire_patient(uow, charting.patient_id, 1, "entered twice by mistake")
    assert [count.total for count in counts(charting)] == [0, 0, 0, 0, 0]


def counts(charting: Charting) -> Any:
    with charting.reading() as uow:
        whole = work_counts(uow)
    with charting.work.keeping(charting.clinic.prescriber) as uow:
        catch_up(uow)
    with charting.reading() as uow:
        assert State(uow).is_current
        assert work_counts(uow) == whole
    return whole


def test_an_amended_session_stands_once(charting: Charting, clock: Any) -> None:
    clock.move(days=90)
    with charting.fresh_writing() as uow:
        charting.visit_id = signing.amend(uow, charting.first, "the note was wrong")
    assert len(listed(charting, WorkList.REVIEWS)) == len(listed(charting, WorkList.INJECTIONS)) == 1
    charting.sign()
    assert len(listed(charting, WorkList.REVIEWS)) == len(listed(charting, WorkList.INJECTIONS)) == 1


def test_therapy_waits_until_a_training_session_is_there(charting: Charting, clock: Any) -> None:
    plan(charting, Programme(Mirror.NO, visit_from=date(2026, 12, 6), visit_to=date(2027, 1, 3)))
    assert listed(charting, WorkList.THERAPY) == ()
    clock.move(days=14)
    assert listed(charting, WorkList.THERAPY)[0].standing is Standing.OPEN
    clock.move(days=29)
    assert listed(charting, WorkList.THERAPY)[0].standing is Standing.OVERDUE
    train(charting)
    assert listed(charting, WorkList.THERAPY) == ()


def test_a_declined_programme_waits_for_nobody(charting: Charting, clock: Any) -> None:
    item = plan(charting, Programme())
    clock.move(days=43)
    assert listed(charting, WorkList.THERAPY)[0].standing is Standing.OVERDUE
    with charting.writing() as uow:
        plan_items.set_state(uow, item, 1, PlanState.DECLINED, "the patient moved to another town")
    assert listed(charting, WorkList.THERAPY) == ()


def test_an_answered_referral_leaves_the_list(charting: Charting, clock: Any) -> None:
    asked = Referral(
        ReferralKind.OPHTHALMOLOGY, "Dr Okafor", "Cornea?", sent_on=date(2026, 11, 22), answer_by=date(2026, 12, 6)
    )
    item = plan(charting, asked)
    clock.move(days=14)
    assert listed(charting, WorkList.REFERRALS) == ()
    clock.move(days=1)
    assert listed(charting, WorkList.REFERRALS)[0].what == "Ophthalmology, Dr Okafor: no answer yet"
    answered = replace(asked, answered_on=date(2026, 12, 7), answer="Cornea is clear.")
    with charting.writing() as uow:
        plan_items.change_item(uow, item, 1, PlanEntry(answered, PlanState.AGREED))
    assert listed(charting, WorkList.REFERRALS) == ()


def test_planned_targets_wait_for_the_next_session_until_they_are_charted(charting: Charting, clock: Any) -> None:
    item = plan(charting, Target("mentalis", Side.LEFT))
    plan(charting, Target("platysma", Side.LEFT, "medial_band"))
    plan(charting, Goal("Smile"))
    clock.move(days=84)
    assert listed(charting, WorkList.PLANS) == ()
    clock.move(days=1)
    row = listed(charting, WorkList.PLANS)[0]
    assert row.what == "Agreed, not charted: Mentalis, patient’s left; Platysma, medial band, patient’s left"
    charting.start()
    site_id = charting.site(muscle="mentalis", side=Side.LEFT)
    with charting.writing() as uow:
        uow.session.get_one(InjectionSite, (uow.clinic_id, site_id)).from_planned_target = item
        uow.record(Event(Action.SITE_SAVED, f"visit:{charting.visit_id}"))
    assert listed(charting, WorkList.PLANS)[0].what == "Agreed, not charted: Platysma, medial band, patient’s left"
    with charting.writing() as uow:
        visits.discard(uow, charting.visit_id, charting.version(), "started for another patient")
    assert "Mentalis" in listed(charting, WorkList.PLANS)[0].what


def test_the_newest_entry_says_since_when_a_plan_waits(charting: Charting, clock: Any) -> None:
    item = plan(charting, Step(CareStep.TRAINING), PlanState.PROPOSED)
    clock.move(days=29)
    assert listed(charting, WorkList.PLANS)[0].standing is Standing.DUE
    with charting.writing() as uow:
        plan_items.set_state(uow, item, 1, PlanState.AGREED)
    assert listed(charting, WorkList.PLANS) == ()
    clock.move(days=29)
    assert listed(charting, WorkList.PLANS)[0].words == f"agreed 4{NBSP}weeks{NBSP}ago"


def test_a_session_on_or_after_its_day_keeps_a_date_and_a_step(charting: Charting, clock: Any) -> None:
    day = charting.record().visit.on
    plan(charting, Appointment(Occasion.INJECTION, day))
    plan(charting, Step(CareStep.TOXIN))
    plan(charting, Appointment(Occasion.REVIEW, day))
    plan(charting, Step(CareStep.TRAINING))
    clock.move(days=60)
    assert sorted(row.what for row in listed(charting, WorkList.PLANS)) == [
        "Agreed, not acted on: Next step: facial training",
        "Date has passed: Review of the last session",
    ]


def test_what_is_booked_is_said(charting: Charting, clock: Any) -> None:
    plan(charting, Appointment(Occasion.REVIEW, date(2026, 12, 20), "14:30"))
    clock.move(days=20)
    assert listed(charting, WorkList.REVIEWS)[0].booked == "20 Dec 2026"
    clock.move(days=10)
    assert listed(charting, WorkList.REVIEWS)[0].booked == ""
    assert listed(charting, WorkList.PLANS)[0].what == "Date has passed: Review of the last session"


def test_filters_narrow_and_the_longest_waiting_comes_first(
    charting: Charting, clinic: ClinicWorld, clock: Any
) -> None:
    therapist = clinic.people[Role.THERAPIST]
    early = make_patient(charting.work, clinic.prescriber, given_names="Anna", birth_date=date(1950, 5, 6))
    alike: dict[str, Any] = {"given_names": "Hanna", "birth_date": date(1960, 5, 6), "other_people": [early]}
    late = make_patient(charting.work, clinic.prescriber, **alike)
    plan(charting, Referral(ReferralKind.PSYCHOLOGY, question="?"), patient_id=late, by=therapist)
    clock.move(days=-10)
    plan(charting, Referral(ReferralKind.THERAPY, question="?"), patient_id=early)
    clock.move(days=10)

    def who(**filters: Any) -> list[str]:
        return [row.patient_name for row in listed(charting, WorkList.REFERRALS, **filters)]

    assert who() == ["Keane, Anna", "Keane, Hanna"]
    assert who(only=Only.OVERDUE) == ["Keane, Anna"]
    assert who(who=therapist.user_id) == ["Keane, Hanna"]
    assert who(first=date(2026, 11, 22)) == ["Keane, Hanna"]
    assert who(last=date(2026, 11, 12)) == ["Keane, Anna"]
    assert who(first=date(2026, 11, 13), last=date(2026, 11, 21)) == []
    assert all(row.alike for row in listed(charting, WorkList.REFERRALS))
    assert page(charting, WorkList.REFERRALS).people == (
        (clinic.prescriber.user_id, "Ada Prescriber"),
        (therapist.user_id, "Ada Therapist"),
    )


def test_another_clinics_work_is_not_there(charting: Charting, other_clinic: ClinicWorld, clock: Any) -> None:
    plan(charting, Referral(ReferralKind.PSYCHOLOGY, question="?"))
    clock.move(days=90)
    with charting.work.reading(other_clinic.prescriber) as uow:
        assert [count.total for count in work_counts(uow)] == [0, 0, 0, 0, 0]


@pytest.mark.sqlite_only
def test_a_page_holds_fifty_and_costs_the_same_statements(charting: Charting, clinic: ClinicWorld) -> None:
    def statements() -> int:
        page(charting, WorkList.REFERRALS)
        with counted(charting.work.engine) as seen, charting.reading() as uow:
            work_page(uow, Filters(WorkList.REFERRALS))
        return len(seen)

    plan(charting, Referral(ReferralKind.PSYCHOLOGY, question="?"))
    few = statements()
    for number in range(PAGE_SIZE):
        patient_id = make_patient(
            charting.work,
            clinic.prescriber,
            given_names=NAMES[number % 5],
            family_name=f"{NAMES[number // 10]}son",
            birth_date=date(1940 + number, 1, 1 + number % 28),
        )
        plan(charting, Referral(ReferralKind.PSYCHOLOGY, question="?"), patient_id=patient_id)
    assert statements() == few <= 4
    first, second = page(charting, WorkList.REFERRALS), page(charting, WorkList.REFERRALS, 2)
    assert (first.first, first.last, first.total, first.more) == (1, 50, 51, True)
    assert (second.first, second.last, len(second.rows), second.more) == (51, 51, 1, False)
    assert {row.patient_id for row in first.rows}.isdisjoint(row.patient_id for row in second.rows)
    assert page(charting, WorkList.REFERRALS, 99).page == 2
