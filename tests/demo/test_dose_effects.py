"""Dose and effect of the demo's patients equals what their stories say, written out by hand."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select

from clinic.domain.dose_effect_panels import Panel
from clinic.domain.dose_effects import SESSIONS, DoseEffects
from clinic.domain.dose_histories import Asked
from clinic.models import Patient
from clinic.queries.dose_effects import effects_page
from clinic.queries.dose_histories import doses_page
from clinic.queries.given_sessions import given_sessions
from clinic.services.accounts import system_actor
from tests.demo.conftest import Made

SIX = ("Hartley", "Brennan", "Nakamura-Reid", "Adeyemi", "Kowalczyk", "Thorne")


def found(made: Made, family_name: str) -> DoseEffects:
    """The page of one patient, after its units were held against the sessions' own totals, product by product."""
    with made.work.reading(system_actor(1)) as uow:
        patient_id = uow.session.execute(select(Patient.id).where(Patient.family_name == family_name)).scalar_one()
        content = effects_page(uow, patient_id, everything=True).content
        doses = doses_page(uow, patient_id, Asked()).history
        sessions = given_sessions(uow, patient_id)
    assert len(sessions) <= SESSIONS
    truth = Counter({(one.id, product): units for one in sessions for product, units in one.totals})
    told = Counter[tuple[str, str]]()
    for entry in (entry for panel in content.panels for entry in panel.entries):
        for one in entry.amounts:
            told[entry.session.id, one.product_name] += one.total  # type: ignore[assignment]
    assert told == truth
    assert [column.session.id for column in doses.columns] == [one.id for one in reversed(sessions)]
    return content


def panel(content: DoseEffects, label: str) -> Panel:
    return next(one for one in content.panels if one.label == label)


def grades(one: Panel, pattern: str) -> list[tuple[int | None, int | None, int | None]]:
    return [found.grades for entry in one.entries for found in entry.outcomes if found.place.words == pattern]


def test_the_eye_of_the_first_patient(made: Made) -> None:
    eye = panel(found(made, "Hartley"), "Orbicularis oculi, patient’s left")
    assert [entry.amounts[0].words for entry in eye.entries] == ["6.25", "10", "10", "10", "10", "10"]
    assert grades(eye, "eye narrows with big smile") == [
        (3, 1, 3),
        (3, None, 2),
        (2, None, 2),
        (2, None, 2),
        (2, None, 2),
        (2, None, None),
    ]
    weeks = [entry.benefit.words if entry.benefit else "" for entry in eye.entries]
    assert weeks == ["12 weeks of benefit"] * 5 + [""]


def test_the_lacrimal_gland_of_the_second_with_the_session_that_left_it_out(made: Made) -> None:
    gland = panel(found(made, "Brennan"), "Lacrimal gland, patient’s right")
    assert [entry.amounts[0].words for entry in gland.entries] == ["2.5"] * 5
    assert grades(gland, "eye waters with chewing") == [
        (3, None, 2),
        (2, None, 2),
        (3, None, 2),
        (2, None, 2),
        (2, None, None),
    ]
    assert [[event.short for event in entry.events] for entry in gland.entries] == [
        [],
        ["Drooping of the upper lid, grade 1"],
        [],
        [],
        [],
    ]


def test_units_of_all_six_are_those_of_their_sessions(made: Made) -> None:
    assert [len(found(made, name).sessions) for name in SIX[2:]] == [4, 0, 5, 2]
