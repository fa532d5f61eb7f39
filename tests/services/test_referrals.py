"""Referrals as entries of the plan: made, sent, answered, declined; on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from clinic.domain.actors import Role
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale, WrongStep
from clinic.domain.plans import PlanState, Referral, ReferralKind
from clinic.queries.plan_items import patient_plan
from clinic.queries.referrals import referrals
from clinic.services.referrals import (
    answer_referral,
    change_referral,
    decline_referral,
    make_referral,
    send_referral,
)
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient

TODAY = date(2026, 11, 22)
EYE = Referral(ReferralKind.OPHTHALMOLOGY, "Dr <b>Ray</b>", "Is the cornea safe?", urgent=True)


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


def made(charting: Charting, referral: Referral = EYE, **values: Any) -> str:
    with charting.writing() as uow:
        return make_referral(uow, charting.patient_id, referral, **values)


def state(charting: Charting, item_id: str) -> tuple[PlanState, Referral, int]:
    with charting.reading() as uow:
        item = next(one for one in patient_plan(uow, charting.patient_id) if one.id == item_id)
    details = item.entry.details
    assert isinstance(details, Referral)
    return item.entry.state, details, item.number


def test_a_referral_goes_from_agreed_over_sent_to_answered(charting: Charting) -> None:
    item_id = made(charting, visit_id=charting.visit_id)
    assert state(charting, item_id)[0] is PlanState.AGREED
    with charting.writing() as uow:
        send_referral(uow, charting.patient_id, item_id, 1, TODAY)
    _, sent, number = state(charting, item_id)
    assert (sent.sent_on, sent.answer_by, number) == (TODAY, TODAY + timedelta(days=14), 2)
    charting.clock.move(days=9)
    with charting.writing() as uow:
        answer_referral(uow, charting.patient_id, item_id, 2, TODAY + timedelta(days=9), " Cornea clear. ")
    done, answered, _ = state(charting, item_id)
    assert (done, answered.answer, answered.question) == (PlanState.DONE, "Cornea clear.", "Is the cornea safe?")
    with charting.reading() as uow:
        (view,) = referrals(uow, charting.patient_id).closed
    assert [one.number for one in view.history] == [3, 2, 1]


def test_an_answer_before_it_was_sent_is_refused(charting: Charting) -> None:
    item_id = made(charting)
    with charting.writing() as uow, pytest.raises(Invalid) as refused:
        answer_referral(uow, charting.patient_id, item_id, 1, TODAY, "Clear.")
    assert refused.value.fields["answered_on"].startswith("It was not sent yet")
    assert state(charting, item_id)[2] == 1


@pytest.mark.parametrize(("days", "field"), [(1, "sent_on"), (-1, None)])
def test_a_day_to_come_is_refused(charting: Charting, days: int, field: str | None) -> None:
    item_id = made(charting)
    day = TODAY + timedelta(days=days)
    if field is None:
        with charting.writing() as uow:
            send_referral(uow, charting.patient_id, item_id, 1, day)
        return
    with charting.writing() as uow, pytest.raises(Invalid) as refused:
        send_referral(uow, charting.patient_id, item_id, 1, day)
    assert set(refused.value.fields) == {field}


def test_an_answer_cannot_come_before_it_was_sent(charting: Charting) -> None:
    item_id = made(charting)
    with charting.writing() as uow:
        send_referral(uow, charting.patient_id, item_id, 1, TODAY)
    with charting.writing() as uow, pytest.raises(Invalid) as refused:
        answer_referral(uow, charting.patient_id, item_id, 2, TODAY - timedelta(days=1), "Clear.")
    assert set(refused.value.fields) == {"answered_on"}


def test_a_second_window_is_told_and_changes_nothing(charting: Charting) -> None:
    item_id = made(charting)
    with charting.writing() as uow:
        send_referral(uow, charting.patient_id, item_id, 1, TODAY)
    with charting.writing() as uow, pytest.raises(Stale):
        decline_referral(uow, charting.patient_id, item_id, 1, "The patient does not want it")
    with charting.writing() as uow, pytest.raises(WrongStep):
        send_referral(uow, charting.patient_id, item_id, 2, TODAY)
    assert state(charting, item_id)[2] == 2


def test_declining_takes_a_reason_and_ends_it(charting: Charting) -> None:
    item_id = made(charting)
    with charting.writing() as uow, pytest.raises(Invalid) as refused:
        decline_referral(uow, charting.patient_id, item_id, 1, "too short")
    assert set(refused.value.fields) == {"reason"}
    with charting.writing() as uow:
        decline_referral(uow, charting.patient_id, item_id, 1, "long enough")
    assert state(charting, item_id)[0] is PlanState.DECLINED
    with charting.writing() as uow, pytest.raises(Frozen):
        send_referral(uow, charting.patient_id, item_id, 2, TODAY)


def test_a_change_keeps_its_kind_and_what_was_sent(charting: Charting) -> None:
    item_id = made(charting)
    with charting.writing() as uow:
        send_referral(uow, charting.patient_id, item_id, 1, TODAY)
    other = Referral(ReferralKind.OTHER, "Dr Sun", "Anything else?", answer_by=TODAY + timedelta(days=60))
    with charting.writing() as uow:
        change_referral(uow, charting.patient_id, item_id, 2, other)
    _, now, _ = state(charting, item_id)
    assert (now.kind, now.recipient, now.urgent, now.sent_on) == (ReferralKind.OPHTHALMOLOGY, "Dr Sun", False, TODAY)
    with charting.writing() as uow, pytest.raises(Invalid):
        change_referral(uow, charting.patient_id, item_id, 3, other)


@pytest.mark.parametrize(
    ("referral", "field"),
    [
        (Referral(ReferralKind.OTHER, "", "  "), "question"),
        (Referral(ReferralKind.OTHER, "", "x" * 2001), "question"),
        (Referral(ReferralKind.OTHER, "x" * 201, "x"), "recipient"),
        (Referral(ReferralKind.OTHER, "", "x", answer="Fine"), "answered_on"),
    ],
)
def test_what_cannot_be_is_refused(charting: Charting, referral: Referral, field: str) -> None:
    with charting.writing() as uow, pytest.raises(Invalid) as refused:
        make_referral(uow, charting.patient_id, referral)
    assert set(refused.value.fields) == {field}


def test_a_referral_of_somebody_else_is_not_found(
    charting: Charting, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    item_id = made(charting)
    other = make_patient(work, clinic.prescriber, family_name="Other", given_names="Olga")
    with charting.writing() as uow, pytest.raises(NotFound):
        send_referral(uow, other, item_id, 7, TODAY)
    with charting.writing() as uow, pytest.raises(NotFound):
        make_referral(uow, other, EYE, visit_id=charting.visit_id)
    with work.writing(other_clinic.prescriber) as uow, pytest.raises(NotFound):
        send_referral(uow, charting.patient_id, item_id, 1, TODAY)
    with work.writing(other_clinic.prescriber) as uow, pytest.raises(NotFound):
        make_referral(uow, charting.patient_id, EYE)
    with work.reading(other_clinic.prescriber) as uow, pytest.raises(NotFound):
        referrals(uow, charting.patient_id)


def test_from_a_signed_visit_nothing_is_made(charting: Charting) -> None:
    charting.signed()
    with charting.writing() as uow, pytest.raises(Frozen):
        make_referral(uow, charting.patient_id, EYE, visit_id=charting.visit_id)
    assert made(charting)


@pytest.mark.parametrize(("role", "may"), [(Role.THERAPIST, True), (Role.ASSISTANT, False), (Role.AUDITOR, False)])
def test_who_may_refer(charting: Charting, work: Work, clinic: ClinicWorld, role: Role, may: bool) -> None:
    with work.writing(clinic.people[role]) as uow:
        if may:
            assert make_referral(uow, charting.patient_id, EYE)
        else:
            with pytest.raises(NotPermitted):
                make_referral(uow, charting.patient_id, EYE)
