"""D-08: the kept lines of the work lists are what the whole record gives, after random acts, on any day; or are not used."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from clinic.domain.actors import Role
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
from clinic.queries.waiting_candidates import candidates
from clinic.queries.waiting_lines import LINE, State, all_rows, kept_lines, lines_of, made_lines
from clinic.queries.waiting_lists import ClinicDays, Found, clinic_days, lists_of, waiting_lists
from clinic.queries.work_lists import Filters, work_page
from clinic.services import patients, plan_items, signing
from clinic.services import waiting_lines as service
from clinic.services.waiting_lines import catch_up
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification import waiting_lines as verified
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient

ACTS = 12
ORDERS = 4
BOOKED = date(2026, 12, 20)


def leaks(work: Work, clinic: ClinicWorld) -> Iterator[str]:
    """Where what is looked up by the kept lines is not what the whole record gives."""
    with work.keeping(clinic.prescriber) as uow:
        catch_up(uow)
    with work.reading(clinic.prescriber) as uow:
        if not State(uow).is_current:
            yield "not caught up"
        days = clinic_days(uow)
        if kept_lines(uow) != made_lines(uow, days):
            yield "lines"
        if any(_shuffled(uow, days, seed) != waiting_lists(uow)[1] for seed in range(ORDERS)):
            yield "another order of the rows gives other lists"
        for kind in WorkList:
            for only in Only:
                if work_page(uow, Filters(kind, only=only)) != _whole(uow, Filters(kind, only=only)):
                    yield f"{kind.value}, {only.value}"


def _shuffled(uow: UnitOfWork, days: ClinicDays, seed: int) -> dict[WorkList, list[Found]]:
    """The lists as they come when the database gives the rows in another order."""
    rows = all_rows(uow)
    made = made_lines(uow, days)
    for of_kind in rows.values():
        random.Random(seed).shuffle(of_kind)
    lines = lines_of(candidates(rows, days.interval, days.zone))
    assert {tuple(one[name] for name in LINE) for one in lines} == made
    return lists_of(rows, days)


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


def test_targets_that_wait_together_stand_as_one_whatever_the_order(
    work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """Several of one day, by two people: always the same one says by whom."""
    patient_id = make_patient(work, clinic.prescriber)
    for person in (clinic.people[Role.INJECTOR], clinic.prescriber, clinic.people[Role.INJECTOR]):
        with work.writing(person) as uow:
            for occasion in (Occasion.REVIEW, Occasion.INJECTION):
                plan_items.add_item(uow, patient_id, PlanEntry(Appointment(occasion, BOOKED), PlanState.AGREED))
    clock.move(days=100)
    assert list(leaks(work, clinic)) == []


def test_the_list_of_one_author_has_that_authors_lines(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """Alike lines keep their places while one of them is not shown yet."""
    patient_id, today = make_patient(work, clinic.prescriber), clock.now.date()
    first, second, third = sorted(ReferralKind, key=lambda kind: kind.label)[:3]
    for person, referral in (
        (clinic.prescriber, Referral(first, question="a?", sent_on=today, answer_by=today)),
        (clinic.prescriber, Referral(second, question="b?")),
        (clinic.people[Role.INJECTOR], Referral(third, question="c?")),
    ):
        with work.writing(person) as uow:
            plan_items.add_item(uow, patient_id, PlanEntry(referral, PlanState.AGREED))
    assert list(leaks(work, clinic)) == []
    for person in (clinic.prescriber, clinic.people[Role.INJECTOR]):
        filters = Filters(WorkList.REFERRALS, who=person.user_id)
        with work.reading(person) as uow:
            assert [row.by for row in work_page(uow, filters).rows] == [person.name]
            assert work_page(uow, filters) == _whole(uow, filters)


@pytest.mark.postgresql_only
def test_two_servers_that_catch_up_together_leave_no_stale_line(
    work: Work, clinic: ClinicWorld, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second waits for the first, and then reads what has changed meanwhile."""
    patient_id = make_patient(work, clinic.prescriber)
    list(leaks(work, clinic))
    asked = Referral(ReferralKind.OPHTHALMOLOGY, question="Cornea?")
    with work.writing(clinic.prescriber) as uow:
        item = plan_items.add_item(uow, patient_id, PlanEntry(asked, PlanState.AGREED))
    has_read, go_on = threading.Event(), threading.Event()
    read = service.changed_rows

    def slowly(uow: UnitOfWork) -> Any:
        rows = read(uow)
        if not has_read.is_set():
            has_read.set()
            assert go_on.wait(20)
        return rows

    def server() -> None:
        with work.keeping(clinic.prescriber) as uow:
            catch_up(uow)

    monkeypatch.setattr(service, "changed_rows", slowly)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(server)
        assert has_read.wait(20)
        with work.writing(clinic.prescriber) as uow:
            plan_items.change_item(uow, item, 1, PlanEntry(asked, PlanState.DECLINED, note="not wanted"))
        other = pool.submit(server)
        time.sleep(0.3)
        go_on.set()
        one.result(20)
        other.result(20)
    with work.reading(clinic.prescriber) as uow:
        assert State(uow).is_current
        assert kept_lines(uow) == made_lines(uow, clinic_days(uow)) == set()


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
