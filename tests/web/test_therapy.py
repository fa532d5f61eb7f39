"""The therapy page through real requests: suggestions, the programme, an exercise's life, and today's therapist's visit."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.injections import Answer
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import Exercise, ItemKind, PlanItem, PlanState, Programme
from clinic.queries.plan_items import patient_plan
from clinic.services import grids, planning_answers
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_condition, make_patient
from tests.web.statements import counted
from tests.web.walking import value_of

E2 = {
    "excursion": "stop before the eye narrows",
    "dose": "5 slow repetitions, twice a day",
    "cue": "Soften the lower lid",
    "stop_rule": "Stop when the eye narrows",
}
EYE = {
    "method-1": "mirror",
    "side-1": "left",
    "movement-1": "pucker",
    "group-1": "eye",
    "brought-1": "partly",
    "before-1": "3",
    "after-1": "2",
}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def client(app: Flask, charting: Charting) -> Client:
    return client_for(app, charting.clinic.people[Role.THERAPIST])


def url(charting: Charting, step: str = "") -> str:
    return f"/visits/{charting.visit_id}/therapy{step}"


def graded(charting: Charting) -> None:
    """An eye that narrows with pucker, and is minded."""
    cells = (Cell(Place(Side.LEFT, Movement.PUCKER, Group.EYE), 3, 3),)
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, cells, edit_version=0)


def items(charting: Charting, kind: ItemKind) -> list[PlanItem]:
    with charting.reading() as uow:
        return [one for one in patient_plan(uow, charting.patient_id) if one.kind is kind]


def give(client: Client, charting: Charting, name: str = "e2_eyes_open_pucker") -> str:
    """Give an exercise; gives its item."""
    answer = client.send(url(charting, f"/exercises/{name}"), E2)
    assert answer.status_code == 302, answer.text
    return max(items(charting, ItemKind.EXERCISE), key=lambda one: one.first_at.timestamp()).id


def test_without_a_grid_the_page_says_what_is_missing(client: Client, charting: Charting) -> None:
    page = client.get(url(charting)).text
    assert "There is no synkinesis grid" in page
    assert "Another exercise of the library" in page


def test_a_pattern_brings_its_exercise_with_the_reason(client: Client, charting: Charting) -> None:
    graded(charting)
    page = client.get(url(charting)).text
    assert "Lip pucker with eyes open" in page
    assert "Consider it for patient’s left: eye narrows with pucker\N{NO-BREAK SPACE}3/3." in page


def test_a_red_flag_comes_before_every_suggestion(client: Client, charting: Charting) -> None:
    graded(charting)
    with charting.writing() as uow:
        answers = {PlanningQuestion.NEW_NEUROLOGY: (Answer.YES, "new numbness")}
        planning_answers.save_planning_answers(uow, charting.visit_id, answers)
    page = client.get(url(charting)).text
    assert "A red flag stands, so nothing is suggested here." in page
    assert "Consider it for" not in page
    by_hand = client.get(url(charting, "/exercises/e2_eyes_open_pucker")).text
    assert 'class="finding finding-stop' in by_hand


def test_grades_shown_here_make_the_viewers_own_grading_no_blind_one(client: Client, charting: Charting) -> None:
    graded(charting)
    client.get(url(charting))
    therapist = charting.clinic.people[Role.THERAPIST]
    with charting.work.writing(therapist) as uow:
        grids.save_cells(uow, charting.visit_id, (Cell(Place(Side.LEFT, Movement.PUCKER, Group.EYE), 1, 1),))
    rows = charting.record().outcomes.assessments
    assert [row.blind for row in rows if row.rater_id == therapist.user_id] == [False]


def test_the_limit_of_the_movement_is_never_filled_in(client: Client, charting: Charting) -> None:
    step = url(charting, "/exercises/e2_eyes_open_pucker")
    page = client.get(step).text
    assert "such as: stop before the eye narrows" in page
    assert "not verified" in page
    refused = client.send(step, E2 | {"excursion": " ", "cue": "my own cue"})
    assert refused.status_code == 422
    assert "Say how far the movement goes" in refused.text
    assert value_of(refused.text, "cue") == "my own cue"
    assert items(charting, ItemKind.EXERCISE) == []


def test_an_exercise_is_given_changed_agreed_stopped_and_taken_up_again(client: Client, charting: Charting) -> None:
    graded(charting)
    item_id = give(client, charting)
    [given] = items(charting, ItemKind.EXERCISE)
    assert given.entry.details == Exercise(
        "e2_eyes_open_pucker", *(E2[k] for k in ("excursion", "cue", "stop_rule", "dose"))
    )
    assert given.entry.state is PlanState.PROPOSED
    assert given.entry.reason.startswith("Consider it for patient’s left")
    assert given.visit_id == charting.visit_id
    one = url(charting, f"/items/{item_id}")
    assert client.send(one, E2 | {"edit_version": 1, "dose": "once a day", "agreed": "y"}).status_code == 302
    [given] = items(charting, ItemKind.EXERCISE)
    assert (given.entry.state, given.entry.details.dose, given.number) == (PlanState.AGREED, "once a day", 2)
    short = client.send(f"{one}/state", {"edit_version": 2, "state": "declined", "note": "no"})
    assert short.status_code == 422
    assert "at least 10 characters" in short.text
    assert (
        client.send(f"{one}/state", {"edit_version": 2, "state": "declined", "note": "The eye hurt"}).status_code == 302
    )
    assert "The eye hurt" in client.get(url(charting)).text
    again = {"edit_version": 3, "state": "agreed", "note": "The eye is well again"}
    assert client.send(f"{one}/state", again).status_code == 302
    [given] = items(charting, ItemKind.EXERCISE)
    assert (given.entry.state, given.number) == (PlanState.AGREED, 4)


def test_a_stale_change_keeps_what_was_typed(client: Client, charting: Charting) -> None:
    one = url(charting, f"/items/{give(client, charting)}")
    assert client.send(one, E2 | {"edit_version": 1, "dose": "once"}).status_code == 302
    late = client.send(one, E2 | {"edit_version": 1, "dose": "mine"})
    assert late.status_code == 409
    assert "mine" in late.text
    assert value_of(late.text, "edit_version") == "2"
    [given] = items(charting, ItemKind.EXERCISE)
    assert given.entry.details.dose == "once"


def test_the_same_press_twice_gives_one_exercise(client: Client, charting: Charting) -> None:
    for _ in range(2):
        assert client.send(url(charting, "/exercises/e9_chin_release"), E2, key="one-press").status_code == 302
    assert len(items(charting, ItemKind.EXERCISE)) == 1


def test_five_are_enough(client: Client, charting: Charting) -> None:
    for name in ("e1_rest_scan", "e2_eyes_open_pucker", "e5_small_closed_smile", "e9_chin_release", "e10_neck_stretch"):
        give(client, charting, name)
    sixth = client.send(url(charting, "/exercises/e12_eye_ring_stretch"), E2)
    assert sixth.status_code == 422
    assert "no more than 5 at once: stop one first" in sixth.text
    assert "Another exercise of the library" not in client.get(url(charting)).text


def test_another_patients_exercise_is_not_found(client: Client, charting: Charting) -> None:
    item_id = give(client, charting)
    other = make_patient(charting.work, charting.clinic.prescriber, family_name="Other", given_names="Olga")
    make_condition(charting.work, charting.clinic.prescriber, other)
    mine = charting.patient_id
    charting.patient_id = other
    charting.start()
    assert client.get(url(charting, f"/items/{item_id}")).status_code == 404
    state = {"edit_version": 1, "state": "done", "note": ""}
    assert client.send(url(charting, f"/items/{item_id}/state"), state).status_code == 404
    assert client.get(url(charting, "/exercises/e99")).status_code == 404
    charting.patient_id = mine
    assert items(charting, ItemKind.EXERCISE)[0].number == 1


def test_the_programme_keeps_the_choice_of_the_mirror_with_its_reason(client: Client, charting: Charting) -> None:
    step = url(charting, "/programme")
    bare = client.send(step, {"edit_version": 0, "mirror": "without a mirror", "advice": "little and often"})
    assert bare.status_code == 422
    assert "experts disagree" in bare.text
    assert "little and often" in bare.text
    values = {
        "edit_version": 0,
        "mirror": "without a mirror",
        "mirror_reason": "Feels more without",
        "advice": "Slowly",
    }
    assert client.send(step, values).status_code == 302
    assert client.send(step, values | {"advice": "Late"}).status_code == 409
    page = client.get(url(charting)).text
    assert "without a mirror: Feels more without" in page
    assert len(items(charting, ItemKind.PROGRAMME)) == 1


def test_after_toxin_the_therapists_visit_is_offered_two_to_six_weeks_later(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()  # On 22 Nov 2026.
    clock.move(days=10)
    charting.start()
    client = client_for(app, clinic.prescriber)
    page = client.get(url(charting)).text
    assert "Save with the visit from 6 Dec 2026 to 3 Jan 2027" in page
    assert (
        client.send(
            url(charting, "/programme"), {"edit_version": 0, "mirror": "not decided", "window": "1"}
        ).status_code
        == 302
    )
    [programme] = items(charting, ItemKind.PROGRAMME)
    details = programme.entry.details
    assert isinstance(details, Programme)
    assert f"{details.visit_from} {details.visit_to}" == "2026-12-06 2027-01-03"
    clock.move(days=33)
    charting.start()
    assert "Save with the visit from" not in client.get(url(charting)).text


def test_todays_visit_is_saved_whole_and_changed_whole(client: Client, charting: Charting) -> None:
    step = url(charting, "/session")
    values = {"edit_version": 0, "minutes": "50", "methods": ["retraining", "mirror"], "note": "<b>calm</b>"} | EYE
    assert client.send(step, values).status_code == 302
    page = client.get(url(charting)).text
    assert "Mirror feedback, patient’s left: eye narrows with pucker; brought down: partly (3 before, 2 after)" in page
    assert "&lt;b&gt;calm&lt;/b&gt;" in page
    assert 'name="method-2"' in page
    assert client.send(step, {"edit_version": 1, "methods": "massage", "minutes": "20"}).status_code == 302
    row = charting.record().plan.training
    assert row is not None
    assert (row.minutes, row.feedback, row.edit_version) == (20, (), 2)


def test_half_a_row_and_a_method_that_is_not_ticked_are_refused_with_everything_kept(
    client: Client, charting: Charting
) -> None:
    step = url(charting, "/session")
    half = client.send(step, {"edit_version": 0, "note": "kept words", "method-1": "mirror", "methods": "mirror"})
    assert half.status_code == 422
    assert "Choose one, or empty this row." in half.text
    assert "kept words" in half.text
    second = {name.replace("-1", "-2"): value for name, value in EYE.items()}
    strange = client.send(step, {"edit_version": 0, "methods": "video"} | second)
    assert strange.status_code == 422
    assert 'id="method-2-errors"' in strange.text
    assert "Mirror feedback is not ticked" in strange.text
    for minutes in ("481", "0", "ten", "1.5"):
        assert client.send(step, {"edit_version": 0, "methods": "video", "minutes": minutes}).status_code == 422
    assert client.send(step, {"edit_version": 0}).status_code == 422
    assert client.send(step, {"edit_version": 0, "method-99": "mirror"}).status_code == 422
    assert charting.record().plan.training is None


def test_a_stale_visit_is_refused_and_one_entered_by_mistake_taken_out(client: Client, charting: Charting) -> None:
    step = url(charting, "/session")
    assert client.send(step, {"edit_version": 0, "methods": "massage"}).status_code == 302
    late = client.send(step, {"edit_version": 0, "methods": "massage", "note": "late words"})
    assert late.status_code == 409
    assert "late words" in late.text
    client.send(f"{step}/remove", {"edit_version": 7})
    assert charting.record().plan.training is not None
    client.send(f"{step}/remove", {"edit_version": 1})
    assert charting.record().plan.training is None


def test_an_assistant_reads_and_a_signed_visit_takes_nothing(app: Flask, client: Client, charting: Charting) -> None:
    give(client, charting)
    assistant = client_for(app, charting.clinic.people[Role.ASSISTANT])
    page = assistant.get(url(charting)).text
    assert "stop before the eye narrows" in page
    assert "Save the therapist" not in page
    charting.signed()
    assert client.get(url(charting)).location == f"/visits/{charting.visit_id}"
    assert client.send(url(charting, "/session"), {"edit_version": 0, "methods": "massage"}).status_code == 409
    assert client.send(url(charting, "/exercises/e9_chin_release"), E2).status_code == 409


def test_the_page_takes_the_same_statements_however_much_there_is(
    client: Client, charting: Charting, work: Work
) -> None:
    graded(charting)
    with counted(work.engine) as few:
        client.get(url(charting))
    for name in ("e1_rest_scan", "e2_eyes_open_pucker", "e9_chin_release"):
        give(client, charting, name)
    with counted(work.engine) as many:
        client.get(url(charting))
    assert len(many) == len(few)
