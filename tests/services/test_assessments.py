"""Saving an instrument: scored by the server, one of each rater, refused when it is not whole; nothing changes silently."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from clinic.domain.actors import Actor, Role
from clinic.domain.anatomy import Side
from clinic.domain.assessments import INSTRUMENTS, instrument
from clinic.domain.assessments.base import AnsweredBy, scored
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.models import (
    Assessment,
    AssessmentAnswer,
    AssessmentScore,
    AuditEvent,
    Visit,
)
from clinic.queries.outcomes import AssessmentRow
from clinic.services import assessments
from clinic.services.blinding import note_seen
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_person

SUNNYBROOK: dict[str, int] = {
    "rest_eye": 1,
    "rest_cheek": 3,
    "rest_mouth": 0,
    "move_brow": 3,
    "move_closure": 5,
    "move_smile": 4,
    "move_snarl": 4,
    "move_pucker": 3,
    "syn_brow": 0,
    "syn_closure": 2,
    "syn_smile": 2,
    "syn_snarl": 1,
    "syn_pucker": 3,
}
"""Resting 5 × (1 + 1 + 0) = 10, movement 4 × 19 = 76, synkinesis 8: composite 76 − 10 − 8 = 58."""
SAQ = {f"q{number}": 3 for number in range(1, 10)}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


def save(charting: Charting, answers: Mapping[str, int | None], by: Actor | None = None, **values: Any) -> str:
    key = values.pop("key", "sunnybrook")
    wanted = {"version": instrument(key).version} | values
    if instrument(key).sided:
        wanted.setdefault("side", Side.LEFT)
    visit_id = wanted.pop("visit_id", charting.visit_id)
    charting.clock.move(minutes=1)
    with charting.work.writing(by or charting.clinic.prescriber) as uow:
        return assessments.save_assessment(uow, visit_id, key, answers, **wanted)


def rows(charting: Charting) -> tuple[AssessmentRow, ...]:
    return charting.record().outcomes.assessments


def shown(charting: Charting, actor: Actor, *ids: str) -> None:
    with charting.work.housekeeping() as database:
        note_seen(database, actor, ids, charting.clock.now)


@contextmanager
def nothing_changed(charting: Charting) -> Any:
    before = [count(charting, model) for model in (Assessment, AssessmentAnswer, AssessmentScore, AuditEvent)]
    was = rows(charting)
    yield
    assert [count(charting, model) for model in (Assessment, AssessmentAnswer, AssessmentScore, AuditEvent)] == before
    assert rows(charting) == was


def count(charting: Charting, model: Any) -> int:
    with charting.work.reading(charting.clinic.prescriber, scoped=False) as uow:
        return uow.session.scalar(select(func.count()).select_from(model)) or 0


def last_event(charting: Charting) -> AuditEvent:
    with charting.work.reading(charting.clinic.prescriber, scoped=False) as uow:
        return uow.session.scalars(select(AuditEvent).order_by(AuditEvent.sequence.desc())).first()  # type: ignore[return-value]


def test_a_grading_is_kept_raw_and_scored_by_the_server(charting: Charting) -> None:
    found = save(charting, SUNNYBROOK, note="  by the window ")
    [row] = rows(charting)
    assert (row.id, row.side, row.rater_name, row.note) == (found, Side.LEFT, "Ada Prescriber", "by the window")
    assert dict(row.answers) == SUNNYBROOK
    assert {one.score: one.value for one in row.scores} == {
        "composite": Decimal(58),
        "resting": Decimal(10),
        "movement": Decimal(76),
        "synkinesis": Decimal(8),
    }
    assert (row.patient_reported, row.entered_by, row.blind, row.edit_version) == (False, "", False, 1)


def test_a_grading_does_not_make_an_open_chart_stale(charting: Charting) -> None:
    before = charting.version()
    save(charting, SUNNYBROOK)
    assert charting.version() == before


def test_the_own_grading_is_changed_in_place_and_the_trail_says_what(charting: Charting) -> None:
    first = save(charting, SUNNYBROOK)
    second = save(charting, SUNNYBROOK | {"syn_smile": 3}, edit_version=1)
    [row] = rows(charting)
    assert (first, row.edit_version, row.answers["syn_smile"]) == (second, 2, 3)
    event = last_event(charting)
    assert event.action == "assessment.saved"
    said = json.loads(event.values)
    assert (said["old"]["syn_smile"], said["new"]["syn_smile"]) == ("2", "3")
    assert (said["old"]["score composite"], said["new"]["score composite"]) == ("58", "57")
    assert "syn_brow" not in said["new"]


def test_both_sides_are_two_gradings(charting: Charting) -> None:
    save(charting, SUNNYBROOK)
    save(charting, SUNNYBROOK, side=Side.RIGHT)
    assert [row.side for row in rows(charting)] == [Side.LEFT, Side.RIGHT]


@pytest.mark.parametrize("shown_version", [0, 2, 7])
def test_a_stale_save_never_wins(charting: Charting, shown_version: int) -> None:
    save(charting, SUNNYBROOK)
    with nothing_changed(charting), pytest.raises(Stale):
        save(charting, SUNNYBROOK | {"syn_smile": 0}, edit_version=shown_version)


def test_what_was_removed_meanwhile_is_not_saved_over(charting: Charting) -> None:
    with nothing_changed(charting), pytest.raises(Stale) as refused:
        save(charting, SUNNYBROOK, edit_version=1)
    assert refused.value.current == 0


@pytest.mark.parametrize("key", list(SUNNYBROOK))
def test_an_open_question_is_refused_beside_itself(charting: Charting, key: str) -> None:
    for answers in (
        {one: value for one, value in SUNNYBROOK.items() if one != key},
        SUNNYBROOK | {key: None},
    ):
        with nothing_changed(charting), pytest.raises(Invalid) as refused:
            save(charting, answers)
        assert list(refused.value.fields) == [key]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"answers": SUNNYBROOK | {"move_brow": 0}}, "move_brow"),
        ({"answers": SUNNYBROOK | {"move_brow": 6}}, "move_brow"),
        ({"answers": SUNNYBROOK | {"syn_brow": -1}}, "syn_brow"),
        ({"answers": SUNNYBROOK | {"syn_ear": 1}}, "syn_ear"),
        ({"version": "1995"}, ""),
        ({"version": ""}, ""),
        ({"side": None}, "side"),
        ({"side": Side.MIDLINE}, "side"),
        ({"texts": {"rest_eye": "wide"}}, "rest_eye"),
        ({"note": "x" * 4001}, "note"),
        ({"sent_scores": {"composite": Decimal(60)}}, ""),
        ({"sent_scores": {"composite": Decimal(58), "synkinesis": Decimal(0)}}, ""),
        ({"sent_scores": {"total": Decimal(58)}}, ""),
    ],
)
def test_what_cannot_be_is_refused_whole(charting: Charting, wrong: dict[str, Any], field: str) -> None:
    values = {"answers": SUNNYBROOK} | wrong
    with nothing_changed(charting), pytest.raises(Invalid) as refused:
        save(charting, **values)
    assert list(refused.value.fields) == [field]


def test_a_score_that_agrees_is_taken(charting: Charting) -> None:
    save(charting, SUNNYBROOK, sent_scores={"composite": Decimal("58.00"), "synkinesis": Decimal(8)})
    assert len(rows(charting)) == 1


def test_a_whole_persons_instrument_has_no_side(charting: Charting) -> None:
    with nothing_changed(charting), pytest.raises(Invalid):
        save(charting, SAQ, key="saq", side=Side.LEFT)


def test_a_form_with_nothing_in_it_is_refused(charting: Charting) -> None:
    with nothing_changed(charting), pytest.raises(Invalid):
        save(charting, {}, key="follow_up", texts={"cannot_do": "   "})
    save(charting, {}, key="follow_up", texts={"cannot_do": "Whistle"})
    [row] = rows(charting)
    assert (dict(row.answers), dict(row.texts), row.scores) == ({}, {"cannot_do": "Whistle"}, ())


def test_unknown_instruments_and_visits_are_not_found(charting: Charting, other_clinic: ClinicWorld) -> None:
    with pytest.raises(NotFound), charting.writing() as uow:
        assessments.save_assessment(uow, charting.visit_id, "synkinesis_grid", {}, version="1")
    with nothing_changed(charting), pytest.raises(NotFound):
        save(charting, SUNNYBROOK, visit_id="0" * 26)
    with nothing_changed(charting), pytest.raises(NotFound):
        save(charting, SUNNYBROOK, by=other_clinic.prescriber)


@pytest.mark.parametrize("role", list(Role))
def test_raters_grade_and_who_charts_keys_in_answers(charting: Charting, clinic: ClinicWorld, role: Role) -> None:
    actor = clinic.people[role]
    if role in {Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST}:
        save(charting, SUNNYBROOK, by=actor)
        save(charting, {"mrd1_left": 35}, key="measures", by=actor)
    else:
        for key, answers in (("sunnybrook", SUNNYBROOK), ("measures", {"mrd1_left": 35})):
            with nothing_changed(charting), pytest.raises(NotPermitted):
                save(charting, answers, key=key, by=actor)
    if role in {Role.ADMINISTRATOR, Role.AUDITOR}:
        with nothing_changed(charting), pytest.raises(NotPermitted):
            save(charting, SAQ, key="saq", by=actor)
    else:
        save(charting, SAQ, key="saq", by=actor)


def test_answers_keyed_in_are_the_patients(charting: Charting, clinic: ClinicWorld) -> None:
    save(charting, SAQ, key="saq", by=clinic.people[Role.ASSISTANT])
    save(charting, SAQ | {"q1": 5}, key="saq", edit_version=1)
    [row] = rows(charting)
    assert (row.patient_reported, row.rater_id, row.rater_name) == (True, None, "the patient")
    assert (row.entered_by, row.blind) == ("Ada Prescriber", False)
    assert row.scores[0].value == Decimal("64.44")


def test_what_a_patient_sent_stands_beside_what_was_keyed_in(charting: Charting) -> None:
    keyed = save(charting, SAQ, key="saq")
    for _ in range(2):
        with charting.writing() as uow:
            assessments.save_patient_answers(
                uow, charting.visit_id, "saq", SAQ | {"q1": 1}, {}, version=instrument("saq").version
            )
    found = rows(charting)
    assert [row.entered_by for row in found].count("") == 2
    assert {row.id: row.answers["q1"] for row in found}[keyed] == 3


def test_a_patient_fills_in_no_clinicians_scale_and_nothing_that_is_signed(charting: Charting) -> None:
    with nothing_changed(charting), pytest.raises(NotFound), charting.writing() as uow:
        assessments.save_patient_answers(uow, charting.visit_id, "sunnybrook", SUNNYBROOK, {}, version="1996")
    with nothing_changed(charting), pytest.raises(Invalid), charting.writing() as uow:
        assessments.save_patient_answers(uow, charting.visit_id, "saq", SAQ | {"q9": None}, {}, version="2007")
    charting.signed()
    with nothing_changed(charting), pytest.raises(Frozen), charting.writing() as uow:
        assessments.save_patient_answers(uow, charting.visit_id, "saq", SAQ, {}, version=instrument("saq").version)


def test_a_signed_visit_takes_no_grading(charting: Charting) -> None:
    found = save(charting, SUNNYBROOK)
    charting.signed()
    with nothing_changed(charting):
        with pytest.raises(Frozen):
            save(charting, SUNNYBROOK, side=Side.RIGHT)
        with pytest.raises(Frozen), charting.writing() as uow:
            assessments.remove_assessment(uow, charting.visit_id, found, 1)


def remove(charting: Charting, found: str, by: Actor, version: int = 1, visit_id: str = "") -> None:
    with charting.work.writing(by) as uow:
        assessments.remove_assessment(uow, visit_id or charting.visit_id, found, version)


def test_the_own_grading_is_removed_and_the_trail_keeps_it(charting: Charting, clinic: ClinicWorld) -> None:
    found = save(charting, SUNNYBROOK, note="Tired")
    shown(charting, clinic.people[Role.THERAPIST], found)
    remove(charting, found, clinic.prescriber)
    assert rows(charting) == ()
    assert [count(charting, model) for model in (AssessmentAnswer, AssessmentScore)] == [0, 0]
    event = last_event(charting)
    assert event.action == "assessment.removed"
    said = json.loads(event.values)["old"]
    kept = {name: said[name] for name in ("move_closure", "score composite", "note", "side")}
    assert kept == {"move_closure": "5", "score composite": "58", "note": "Tired", "side": "left"}


def test_nobody_removes_anothers_grading(charting: Charting, clinic: ClinicWorld) -> None:
    found = save(charting, SUNNYBROOK)
    with nothing_changed(charting):
        with pytest.raises(NotPermitted):
            remove(charting, found, clinic.people[Role.THERAPIST])
        with pytest.raises(NotPermitted):
            remove(charting, found, clinic.people[Role.ASSISTANT])
        with pytest.raises(Stale):
            remove(charting, found, clinic.prescriber, version=2)


def test_a_grading_of_another_visit_is_not_found(
    charting: Charting, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    found, first = save(charting, SUNNYBROOK), charting.visit_id
    charting.start()
    for visit_id, actor in ((charting.visit_id, clinic.prescriber), (first, other_clinic.prescriber)):
        with nothing_changed(charting), pytest.raises(NotFound):
            remove(charting, found, actor, visit_id=visit_id)


def test_a_patients_answers_are_removed_by_who_charts(charting: Charting, clinic: ClinicWorld) -> None:
    found = save(charting, SAQ, key="saq")
    remove(charting, found, clinic.people[Role.ASSISTANT])
    assert rows(charting) == ()


def test_two_people_of_one_role_have_a_grading_each(charting: Charting, clinic: ClinicWorld) -> None:
    other = make_person(charting.work, clinic.id, Role.PRESCRIBER)
    save(charting, SUNNYBROOK)
    save(charting, SUNNYBROOK, by=other)
    assert len({row.rater_id for row in rows(charting)}) == 2
    with charting.reading() as uow:
        assert uow.session.get_one(Visit, (uow.clinic_id, charting.visit_id)).changed_by == "Ada Prescriber"


def anything(item: Any) -> st.SearchStrategy[int]:
    if item.options:
        return st.sampled_from([option.value for option in item.options])
    return st.integers(item.minimum, item.maximum)


def answers_of(key: str) -> st.SearchStrategy[dict[str, int]]:
    return st.fixed_dictionaries({item.key: anything(item) for item in INSTRUMENTS[key].items if not item.is_text})


@pytest.mark.parametrize("key", list(INSTRUMENTS))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_instrument_comes_back_as_it_was_answered(charting: Charting, key: str, data: Any) -> None:
    answers = data.draw(answers_of(key))
    one = INSTRUMENTS[key]
    try:
        scores = scored(one, answers)
    except Invalid:
        return
    sent = {score.key: score.value for score in scores}
    for row in rows(charting):
        remove(charting, row.id, charting.clinic.prescriber, row.edit_version)
    save(charting, answers, key=key, sent_scores=sent)
    [row] = rows(charting)
    assert dict(row.answers) == answers
    assert {score.score: score.value for score in row.scores} == sent
    assert row.patient_reported is (one.answered_by is AnsweredBy.PATIENT)


def test_the_first_rater_stays_the_first_after_a_correction(charting: Charting, clinic: ClinicWorld) -> None:
    save(charting, SUNNYBROOK)
    save(charting, SUNNYBROOK | {"syn_smile": 3}, clinic.people[Role.THERAPIST])
    save(charting, SUNNYBROOK | {"syn_snarl": 0}, edit_version=1)
    assert [row.rater_id for row in rows(charting)] == [
        clinic.prescriber.user_id,
        clinic.people[Role.THERAPIST].user_id,
    ]
