"""Merging beside other work, and parting when something entered since rests on both records: nothing is left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.adverse_event_entries import EventEntry
from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement, Place
from clinic.domain.errors import Frozen
from clinic.domain.injections import Answer
from clinic.domain.review_entries import ReviewEntry
from clinic.models import Condition, Visit, VisitCondition
from clinic.services import adverse_events, amendment_requests, merges, visits
from clinic.services.amendment_requests import RequestEntry
from clinic.services.reviews import save_review
from clinic.unit_of_work import UnitOfWork, Work
from tests.factories import ClinicWorld
from tests.merging import GONE_NUMBER, KEPT_NUMBER, REASON, Two


@pytest.fixture
def two(work: Work, clinic: ClinicWorld, clock: Any) -> Two:
    return Two.made(work, clinic, clock)


def strangers(two: Two) -> list[tuple[str, str]]:
    """Visits about a condition of another record."""
    same = (Visit.clinic_id == VisitCondition.clinic_id) & (Visit.id == VisitCondition.visit_id)
    its = (Condition.clinic_id == VisitCondition.clinic_id) & (Condition.id == VisitCondition.condition_id)
    with two.work.reading(two.clinic.prescriber) as uow:
        rows = select(VisitCondition.visit_id, VisitCondition.condition_id).join(Visit, same).join(Condition, its)
        return [tuple(row) for row in uow.session.execute(rows.where(Visit.patient_id != Condition.patient_id))]


def test_a_draft_begun_since_lets_go_of_the_other_records_conditions(two: Two) -> None:
    two.merge()
    draft = two.draft(two.kept.patient_id)
    two.part()
    assert two.patient_of(draft) == two.kept.patient_id
    assert strangers(two) == []


def test_a_review_signed_since_of_a_session_that_goes_back_verifies(two: Two) -> None:
    two.merge()
    eye = Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE)
    effects = ((eye, 50, False, (("orbicularis_oculi", Side.LEFT),)),)
    with two.work.writing(two.clinic.prescriber) as uow:
        later = replace(two.kept, visit_id=visits.start(uow, two.kept.patient_id, with_injections=False))
    with later.writing() as uow:
        save_review(uow, later.visit_id, two.gone.visit_id, ReviewEntry(adverse_event=Answer.NO, effects=effects))
    later.sign()
    assert two.problems() == []
    two.part()
    assert two.problems() == []


def test_a_merged_record_takes_nothing_more(two: Two) -> None:
    """Nothing is left behind on a record that nobody opens: no request, no adverse event, no visit, no document."""
    two.merge()
    asked = RequestEntry(two.clock.now.date(), "the patient", "The chin was never treated.")
    event = EventEntry(Kind.EYELID_PTOSIS, 1, Relation.PROBABLE, Side.LEFT)
    gone = two.gone.patient_id
    tries: tuple[Callable[[UnitOfWork], object], ...] = (
        lambda uow: amendment_requests.enter_request(uow, gone, asked),
        lambda uow: adverse_events.record_event(uow, gone, event),
        lambda uow: visits.start(uow, gone),
    )
    for run in tries:
        with pytest.raises(Frozen, match=KEPT_NUMBER), two.fresh() as uow:
            run(uow)


def test_a_visit_begun_while_the_records_are_merged_is_not_left_behind(two: Two) -> None:
    """The beginning waits for the merge and is then refused, on both databases: no draft on a record nobody opens."""
    outcome: list[str] = []

    def begin() -> None:
        try:
            outcome.append(two.draft(two.gone.patient_id))
        except Frozen as error:
            outcome.append(error.message)

    other = threading.Thread(target=begin)
    versions = two.version(two.kept.patient_id), two.version(two.gone.patient_id)
    with two.fresh() as uow:
        merges.merge(
            uow,
            two.kept.patient_id,
            two.gone.patient_id,
            kept_version=versions[0],
            merged_version=versions[1],
            record_number=GONE_NUMBER,
            reason=REASON,
        )
        other.start()
        other.join(0.3)  # It waits by now; had it not, it would be through.
        assert outcome == []
    other.join(10)
    assert KEPT_NUMBER in outcome[0]
    assert [row for row in two.rows("visit", "patient_id") if row[0] == two.gone.patient_id] == []
