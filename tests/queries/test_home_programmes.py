"""The home programme and the readings from a record: open exercises only, this patient's side, a fixed number of statements."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.documents.content import Beside, Box, DiaryGrid, ExerciseFigure, Paragraph, canonical, read
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.errors import NotFound
from clinic.domain.exercises import library
from clinic.domain.patients import DatePrecision
from clinic.domain.plans import Appointment, Exercise, Mirror, Occasion, PlanEntry, PlanState, Programme
from clinic.queries.document_contents import document_draft
from clinic.queries.document_heads import Ask
from clinic.queries.home_programmes import home_plan, home_programme
from clinic.services import therapy
from clinic.services.plan_items import add_item
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_condition
from tests.web.statements import counted

PUCKER, CHIN = "e2_eyes_open_pucker", "e9_chin_release"


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


def asked(charting: Charting, kind: DocumentKind = DocumentKind.HOME_PROGRAMME, language: str = "en") -> Ask:
    return Ask(kind, charting.patient_id, language=language)


def add(charting: Charting, key: str, *, agreed: bool = False, reason: str = "") -> str:
    one = library()[key]
    exercise = Exercise(key, one.excursion_hint, one.cue, one.stop_rule, one.dose)
    with charting.writing() as uow:
        return therapy.add_exercise(uow, charting.visit_id, exercise, agreed=agreed, reason=reason)


def test_open_exercises_come_with_reason_side_and_diary(charting: Charting) -> None:
    add(charting, PUCKER, reason="Eye narrows with pucker")
    add(charting, CHIN, agreed=True)
    closed = add(charting, "e1_rest_scan")
    with charting.writing() as uow:
        therapy.set_exercise_state(uow, charting.visit_id, closed, 1, PlanState.DONE)
    with charting.writing() as uow:
        therapy.save_programme(
            uow, charting.visit_id, Programme(Mirror.NO, "feels better", "Rest first", None, date(2027, 1, 3))
        )
    with charting.reading() as uow:
        draft = home_programme(uow, asked(charting))
    content = draft.content
    figures = [one.figure for one in content.blocks if isinstance(one, Beside)]
    assert [(one.exercise, one.side) for one in figures if isinstance(one, ExerciseFigure)] == [
        (CHIN, "left"),
        (PUCKER, "left"),
    ]
    assert draft.problems == ()
    assert draft.choices[1].why.startswith("Eye narrows with pucker. In the library for: eye narrows with pucker.")
    (grid,) = [one for one in content.blocks if isinstance(one, DiaryGrid)]
    assert grid.rows == ("Chin release", "Lip pucker with eyes open")
    assert (content.title, content.language, content.visit_id) == ("Your home programme", "en", None)
    assert [(one.id, one.accepted_by) for one in content.texts] == [("home_programme", ""), ("exercises", "")]
    assert read(canonical(content)) == content


def test_in_spanish_everything_but_typed_words_is_spanish(charting: Charting) -> None:
    add(charting, PUCKER)
    with charting.reading() as uow:
        draft = document_draft(uow, asked(charting, language="es"))
    assert (draft.content.title, draft.content.language) == ("Su programa en casa", "es")
    assert {one.language for one in draft.content.texts} == {"es"}
    assert draft.notes == ()
    leads = [inner.lead for one in draft.content.blocks if isinstance(one, Beside) for inner in one.blocks[1:]]
    assert leads == ["Cuántas veces:", "Hasta dónde:", "Para soltar:", "Cuándo parar:"]


def test_a_plan_without_exercises_cannot_be_issued(charting: Charting) -> None:
    with charting.reading() as uow:
        draft = home_programme(uow, asked(charting))
    assert draft.problems == ("The plan has no open exercise. Choose at least one on the therapy page of a visit.",)


def test_an_exercise_for_control_is_not_issued_after_a_new_palsy(charting: Charting) -> None:
    add(charting, PUCKER)
    add(charting, "e1_rest_scan")
    person = charting.clinic.prescriber
    make_condition(charting.work, person, charting.patient_id, onset_on=charting.clock().date() - timedelta(days=20))
    with charting.reading() as uow:
        draft = home_programme(uow, asked(charting))
    (problem,) = draft.problems
    assert problem.startswith("“Lip pucker with eyes open” trains a movement and cannot be given now.")
    left_out = frozenset(one.key for one in draft.choices if one.label == "Lip pucker with eyes open")
    with charting.reading() as uow:
        rest = home_programme(uow, replace(asked(charting), left_out=left_out))
    assert rest.problems == ()


def test_palsies_on_both_sides_favour_none(charting: Charting) -> None:
    make_condition(
        charting.work,
        charting.clinic.prescriber,
        charting.patient_id,
        side=Side.RIGHT,
        onset_on=date(2020, 1, 1),
        onset_precision=DatePrecision.YEAR,
    )
    with charting.reading() as uow:
        plan = home_plan(uow, charting.patient_id, date(2026, 11, 23))
    assert plan.sides == {"left", "right"}
    assert plan.side == ""


def test_only_coming_visits_of_the_therapist_are_named_in_their_order(charting: Charting) -> None:
    dates = [
        Appointment(Occasion.THERAPY, date(2027, 1, 5)),
        Appointment(Occasion.THERAPY, date(2026, 12, 8), "14:30"),
        Appointment(Occasion.REVIEW, date(2026, 12, 9)),
    ]
    for one in dates:
        with charting.writing() as uow:
            add_item(uow, charting.patient_id, PlanEntry(one))
    with charting.reading() as uow:
        plan = home_plan(uow, charting.patient_id, date(2026, 12, 8))
        later = home_plan(uow, charting.patient_id, date(2026, 12, 9))
    assert plan.appointments == ((date(2026, 12, 8), "14:30"), (date(2027, 1, 5), ""))
    assert later.appointments == ((date(2027, 1, 5), ""),)


def test_a_programme_takes_the_same_statements_with_one_exercise_or_five(charting: Charting) -> None:
    numbers = set()
    for key in list(library())[:5]:
        add(charting, key)
        with charting.reading() as uow, counted(charting.work.engine) as seen:
            home_programme(uow, asked(charting))
        numbers.add(len(seen))
    assert len(numbers) == 1
    assert numbers.pop() <= 5


@pytest.mark.parametrize(
    "kind", [DocumentKind.HOME_PROGRAMME, DocumentKind.MASSAGE_HANDOUT, DocumentKind.SYNKINESIS_HANDOUT]
)
def test_a_patient_of_another_clinic_is_not_found(
    charting: Charting, other_clinic: ClinicWorld, kind: DocumentKind
) -> None:
    with pytest.raises(NotFound), charting.work.reading(other_clinic.prescriber) as uow:
        document_draft(uow, asked(charting, kind))


def waiting(charting: Charting) -> bool:
    """Whether the massage handout names an hour from which massage is possible."""
    with charting.reading() as uow:
        content = document_draft(uow, asked(charting, DocumentKind.MASSAGE_HANDOUT)).content
    (box, _) = [one for one in content.blocks if isinstance(one, Box)]
    return "You had botulinum toxin on" in box.text


def test_massage_waits_for_24_hours_after_a_site_was_given(charting: Charting) -> None:
    assert not waiting(charting)
    charting.given()
    assert waiting(charting)
    charting.clock.move(hours=23)
    assert waiting(charting)
    charting.clock.move(hours=1, minutes=5)
    assert not waiting(charting)


def test_understanding_is_about_nobody_in_particular(charting: Charting) -> None:
    with charting.reading() as uow:
        draft = document_draft(uow, asked(charting, DocumentKind.SYNKINESIS_HANDOUT, "es"))
    assert draft.content.title == "Entender la sincinesia"
    assert not [one for one in draft.content.blocks if isinstance(one, Paragraph) and "Keane" in one.text]
    assert [one.key for one in draft.choices if one.fixed] == ["what", "unknown"]
