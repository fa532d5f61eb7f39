"""D-08: the kept lines of the work lists are what the whole record gives, after random acts, on any day; or are not used."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from clinic.domain.plans import (
    Appointment,
    CareStep,
    Details,
    Goal,
    Occasion,
    PlanEntry,
    PlanState,
    Programme,
    Referral,
    ReferralKind,
    Step,
)
from clinic.domain.visits import Disposition
from clinic.domain.work_lists import Only, WorkList
from clinic.models import WaitingLine
from clinic.queries import work_lists
from clinic.queries.waiting_lines import State, kept_lines, made_lines
from clinic.queries.waiting_lists import clinic_days
from clinic.queries.work_lists import Filters, work_page
from clinic.services import patients, plan_items, signing
from clinic.services.waiting_lines import catch_up
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification import waiting_lines as verified
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient

ACTS = 12
BOOKED = date(2026, 12, 20)


def leaks(work: Work, clinic: ClinicWorld) -> Iterator[str]:
    """Where what is looked up by the kept lines is not what the whole record gives."""
    with work.keeping(clinic.prescriber) as uow:
        catch_up(uow)
    with work.reading(clinic.prescriber) as uow:
        if not State(uow).is_current:
            yield "not caught up"
        if kept_lines(uow) != made_lines(uow, clinic_days(uow)):
            yield "lines"
        for kind in WorkList:
            for only in Only:
                if work_page(uow, Filters(kind, only=only)) != _whole(uow, Filters(kind, only=only)):
                    yield f"{kind.value}, {only.value}"


def _whole(uow: UnitOfWork, filters: Filters) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work_lists, "_kept", lambda *_: False)
        return work_page(uow, filters)


def _plan(charting: Charting, chance: random.Random, patient_id: str, today: date) -> None:
    day = today + timedelta(days=chance.randint(-10, 40))
    several: list[Details] = [
        Referral(ReferralKind.OPHTHALMOLOGY, question="Cornea?", urgent=chance.random() < 0.5),
        Referral(ReferralKind.THERAPY, question="Training?", sent_on=today, answer_by=today + timedelta(days=14)),
        Goal("drink from a cup"),
        Step(chance.choice([CareStep.TOXIN, CareStep.TRAINING])),
        Appointment(chance.choice([Occasion.REVIEW, Occasion.INJECTION]), day),
        Programme(visit_from=day, visit_to=day + timedelta(days=7)),
        Programme(),
    ]
    with charting.writing() as uow:
        state = chance.choice([PlanState.PROPOSED, PlanState.AGREED])
        plan_items.add_item(uow, patient_id, PlanEntry(chance.choice(several), state))


@pytest.mark.parametrize("seed", [1, 2])
def test_lines_follow_random_acts_and_days(seed: int, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    chance = random.Random(seed)
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    others = [
        make_patient(work, clinic.prescriber, given_names=name, family_name=f"{name}son") for name in ("Ivo", "Mia")
    ]
    session, active = charting.visit_id, [charting.patient_id, *others]
    for act in range(ACTS):
        patient_id = chance.choice(active)
        _plan(charting, chance, patient_id, clock.now.date())
        if act == ACTS - 4:
            with charting.fresh_writing() as uow:
                signing.void(uow, session, "entered for the wrong patient", Disposition.NOT_GIVEN)
        if act == ACTS - 2:
            active.remove(others[0])
            with charting.fresh_writing() as uow:
                patients.retire_patient(uow, others[0], 1, "entered twice by mistake")
        assert list(leaks(work, clinic)) == []
        clock.move(days=chance.choice([0, 1, 13, 29, 43, 84]))
        assert list(leaks(work, clinic)) == []
    assert list(verified.check(work, clinic.id, Counter())) == []


def test_a_line_that_was_lost_or_moved_is_named(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    clock.move(days=90)
    assert list(leaks(work, clinic)) == []
    of_reviews = (WaitingLine.clinic_id == clinic.id, WaitingLine.list == WorkList.REVIEWS)
    with work.keeping(clinic.prescriber) as uow:
        uow.session.execute(delete(WaitingLine).where(*of_reviews))
    assert {"lines", "reviews, all"} <= set(leaks(work, clinic))
    (problem,) = verified.check(work, clinic.id, Counter())
    assert charting.patient_id in str(problem)


def test_lines_are_not_used_once_the_record_went_on(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    clock.move(days=90)
    assert list(leaks(work, clinic)) == []
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "entered for the wrong patient", Disposition.NOT_GIVEN)
    with work.reading(clinic.prescriber) as uow:
        assert not State(uow).is_current
        assert work_page(uow, Filters(WorkList.REVIEWS)).total == 0


def test_a_line_that_the_record_does_not_give_is_never_shown(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    clock.move(days=90)
    assert list(leaks(work, clinic)) == []
    with work.keeping(clinic.prescriber) as uow:
        uow.session.execute(update(WaitingLine).where(WaitingLine.clinic_id == clinic.id).values(due_on=BOOKED))
    with work.reading(clinic.prescriber) as uow:
        assert work_page(uow, Filters(WorkList.REVIEWS)) == _whole(uow, Filters(WorkList.REVIEWS))
