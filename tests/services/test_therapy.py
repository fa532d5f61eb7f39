"""Who may write the programme, the limit of five under a lock, and what the audit trail says."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from clinic.domain.actors import Actor, Role
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement, Place
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.domain.exercises import library
from clinic.domain.injections import Answer
from clinic.domain.patients import DatePrecision
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import Exercise, ItemKind, Mirror, PlanState, Programme
from clinic.domain.training import BroughtDown, Feedback, Method, Training
from clinic.queries.plan_items import patient_plan
from clinic.services import therapy, training, visits
from clinic.services.patient_plans import settle_item
from clinic.services.planning_answers import save_planning_answers
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_condition, make_patient

EYE = Place(Side.LEFT, Movement.PUCKER, Group.EYE)
DONE_TODAY = Training(50, (Method.MIRROR,), (Feedback(Method.MIRROR, EYE, BroughtDown.PARTLY, 3, 2),), "daily", "calm")


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def therapist(clinic: ClinicWorld) -> Actor:
    return clinic.people[Role.THERAPIST]


def exercise(key: str = "e2_eyes_open_pucker", **values: str) -> Exercise:
    said = {"excursion": "until the eye narrows", "cue": "soften", "stop_rule": "stop then", "dose": "5 times"} | values
    return Exercise(key, **said)


def add(charting: Charting, actor: Actor, key: str = "e2_eyes_open_pucker") -> str:
    with charting.work.writing(actor) as uow:
        return therapy.add_exercise(uow, charting.visit_id, exercise(key))


def audit(charting: Charting, action: str) -> list[Any]:
    with charting.reading() as uow:
        query = text("SELECT * FROM audit_event WHERE action = :action")
        return list(uow.session.connection().execute(query, {"action": action}).mappings())


def test_a_therapist_writes_and_an_assistant_does_not(
    charting: Charting, therapist: Actor, clinic: ClinicWorld
) -> None:
    add(charting, therapist)
    assistant = clinic.people[Role.ASSISTANT]
    with pytest.raises(NotPermitted):
        add(charting, assistant, "e9_chin_release")
    with pytest.raises(NotPermitted), charting.work.writing(assistant) as uow:
        training.save_training(uow, charting.visit_id, DONE_TODAY)
    with pytest.raises(NotPermitted), charting.work.writing(assistant) as uow:
        therapy.save_programme(uow, charting.visit_id, Programme())


def test_control_in_a_flaccid_face_is_refused_given_agreed_or_taken_up_again(
    charting: Charting, therapist: Actor
) -> None:
    done = add(charting, therapist)
    with charting.work.writing(therapist) as uow:
        therapy.set_exercise_state(uow, charting.visit_id, done, 1, PlanState.DONE)
    proposed = add(charting, therapist, "e9_chin_release")
    with charting.work.writing(therapist) as uow:
        save_planning_answers(uow, charting.visit_id, {PlanningQuestion.NO_MOVEMENT: (Answer.YES, "")})
    words = "Nothing moves on this side yet"
    with pytest.raises(Invalid, match=words):
        add(charting, therapist, "e5_small_closed_smile")
    for item, number in ((done, 2), (proposed, 1)):
        given = (charting.visit_id, item, number, PlanState.AGREED, "wanted once more")
        with pytest.raises(Invalid, match=words), charting.work.writing(therapist) as uow:
            therapy.set_exercise_state(uow, *given)
        with pytest.raises(Invalid, match=words), charting.work.writing(therapist) as uow:
            settle_item(uow, charting.patient_id, *given[1:], visit_id=charting.visit_id)
    add(charting, therapist, "e1_rest_scan")
    with charting.work.writing(therapist) as uow:
        therapy.set_exercise_state(uow, charting.visit_id, proposed, 1, PlanState.DECLINED, "nothing moves any more")


@pytest.mark.parametrize(("days", "refused"), [(99, True), (100, False)])
def test_control_before_day_100_is_refused(
    work: Work, clinic: ClinicWorld, clock: Any, therapist: Actor, days: int, refused: bool
) -> None:
    patient_id = make_patient(work, clinic.prescriber)
    onset = clock.now.date() - timedelta(days=days)
    make_condition(work, clinic.prescriber, patient_id, onset_on=onset, onset_precision=DatePrecision.DAY)
    with work.writing(clinic.prescriber) as uow:
        visit_id = visits.start(uow, patient_id)
    with pytest.raises(Invalid, match="Before day 100") if refused else nullcontext(), work.writing(therapist) as uow:
        therapy.add_exercise(uow, visit_id, exercise())


def test_the_sixth_exercise_and_the_same_one_twice_are_refused(charting: Charting, therapist: Actor) -> None:
    keys = list(library())[:6]
    first, *_ = [add(charting, therapist, key) for key in keys[:4]]
    with pytest.raises(Invalid, match="is open already"):
        add(charting, therapist, keys[0])
    add(charting, therapist, keys[4])
    with pytest.raises(Invalid, match="no more than 5 at once"):
        add(charting, therapist, keys[5])
    with charting.work.writing(therapist) as uow:
        therapy.set_exercise_state(uow, charting.visit_id, first, 1, PlanState.DONE)
    add(charting, therapist, keys[5])
    with pytest.raises(Invalid, match="no more than 5 at once"), charting.work.writing(therapist) as uow:
        therapy.set_exercise_state(uow, charting.visit_id, first, 2, PlanState.AGREED, "wanted once more")


def test_which_exercise_it_is_never_changes(charting: Charting, therapist: Actor) -> None:
    item_id = add(charting, therapist)
    with charting.work.writing(therapist) as uow:
        therapy.change_exercise(uow, charting.visit_id, item_id, 1, exercise("e9_chin_release", dose="once"))
    with charting.reading() as uow:
        [item] = patient_plan(uow, charting.patient_id)
    assert item.entry.details == exercise(dose="once")
    assert item.by == therapist.name
    [changed] = audit(charting, "plan.item_changed")
    said = json.loads(changed["values"])
    assert (said["old"]["dose"], said["new"]["dose"]) == ("5 times", "once")


def test_a_stopped_exercise_is_not_changed_unseen(charting: Charting, therapist: Actor) -> None:
    item_id = add(charting, therapist)
    with charting.work.writing(therapist) as uow:
        therapy.set_exercise_state(uow, charting.visit_id, item_id, 1, PlanState.DONE)
    with pytest.raises(Invalid, match="not open any more"), charting.work.writing(therapist) as uow:
        therapy.change_exercise(uow, charting.visit_id, item_id, 2, exercise(dose="once"))


def test_there_is_one_open_programme(charting: Charting, therapist: Actor) -> None:
    with charting.work.writing(therapist) as uow:
        therapy.save_programme(uow, charting.visit_id, Programme(Mirror.YES, "sees it better"))
    with pytest.raises(Stale), charting.work.writing(therapist) as uow:
        therapy.save_programme(uow, charting.visit_id, Programme(advice="second"))
    with pytest.raises(Invalid), charting.work.writing(therapist) as uow:
        therapy.save_programme(uow, charting.visit_id, Programme(Mirror.NO, " "), number=1)
    with charting.work.writing(therapist) as uow:
        therapy.save_programme(uow, charting.visit_id, Programme(advice="second"), number=1)
    with charting.reading() as uow:
        [item] = patient_plan(uow, charting.patient_id)
    assert (item.kind, item.number, item.entry.details) == (ItemKind.PROGRAMME, 2, Programme(advice="second"))


def test_an_unknown_exercise_or_visit_is_not_found(charting: Charting, therapist: Actor) -> None:
    with pytest.raises(NotFound):
        add(charting, therapist, "e99_unknown")
    with pytest.raises(NotFound), charting.work.writing(therapist) as uow:
        training.save_training(uow, "0" * 26, DONE_TODAY)


def test_a_visit_of_training_is_replaced_whole_and_taken_out(charting: Charting, therapist: Actor) -> None:
    with charting.work.writing(therapist) as uow:
        training.save_training(uow, charting.visit_id, DONE_TODAY)
    row = charting.record().plan.training
    assert row is not None
    assert training.training_of(row) == DONE_TODAY
    with pytest.raises(Stale, match="changed the therapist’s visit"), charting.work.writing(therapist) as uow:
        training.save_training(uow, charting.visit_id, DONE_TODAY, edit_version=0)
    with charting.work.writing(therapist) as uow:
        training.save_training(uow, charting.visit_id, Training(30, (Method.MASSAGE,)), edit_version=1)
    row = charting.record().plan.training
    assert row is not None
    assert (training.training_of(row), row.edit_version) == (Training(30, (Method.MASSAGE,)), 2)
    with pytest.raises(Stale), charting.work.writing(therapist) as uow:
        training.remove_training(uow, charting.visit_id, 1)
    with charting.work.writing(therapist) as uow:
        training.remove_training(uow, charting.visit_id, 2)
    assert charting.record().plan.training is None
    assert [one["action"] for one in audit(charting, "training.removed")] == ["training.removed"]


def test_a_signed_visit_takes_no_training(charting: Charting, therapist: Actor) -> None:
    charting.signed()
    with pytest.raises(Frozen), charting.work.writing(therapist) as uow:
        training.save_training(uow, charting.visit_id, DONE_TODAY)
    with pytest.raises(Frozen):
        add(charting, therapist)
