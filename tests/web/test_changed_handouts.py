"""A handout that no longer says what the visit says is named, and each row says which session it is about."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from clinic.services import giving
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for
from tests.web.walking import Walk

GIVEN = {"given_to": "patient", "who": "", "purpose": ""}
CHANGED = "no longer those of this visit"


@pytest.fixture
def walk(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> Walk:
    """A draft with everything given, and the prescriber's browser."""
    charting = Charting.begun(work, clinic, clock)
    charting.given()
    return Walk(client_for(app, clinic.prescriber), charting)


def hand_over(walk: Walk, **values: Any) -> None:
    answer = walk.client.send(walk.url("documents"), GIVEN | {"documents": ["treatment-handout"]} | values)
    assert answer.status_code == 303, answer.text


def take_one_back(walk: Walk) -> None:
    record = walk.charting.record()
    with walk.charting.writing() as uow:
        giving.take_back(
            uow,
            walk.charting.visit_id,
            record.visit.edit_version,
            (record.sites[-1].id,),
            "This place was not given after all",
        )


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("without", ["", "picture"])
def test_a_handout_whose_session_was_changed_is_named_until_it_is_printed_again(
    walk: Walk, clock: Any, language: str, without: str
) -> None:
    how = {"language-treatment-handout": language, "offered-treatment-handout": [without] if without else []}
    hand_over(walk, **how)
    assert CHANGED not in walk.page("documents")
    take_one_back(walk)
    assert CHANGED in walk.page("documents")
    clock.move(minutes=5)
    hand_over(walk, **how)
    assert CHANGED not in walk.page("documents")


def test_settling_and_signing_leave_a_handout_as_true_as_it_was(walk: Walk) -> None:
    hand_over(walk)
    walk.charting.settle()
    walk.charting.sign()
    assert CHANGED not in walk.page("documents")


def test_the_page_that_is_signed_from_names_it_too(walk: Walk) -> None:
    hand_over(walk)
    assert CHANGED not in walk.page("review")
    take_one_back(walk)
    assert CHANGED in walk.page("review")


def test_a_handout_of_another_language_does_not_hide_the_changed_one(walk: Walk) -> None:
    hand_over(walk)
    take_one_back(walk)
    hand_over(walk, **{"language-treatment-handout": "es"})
    assert CHANGED in walk.page("documents")


def test_a_row_says_which_session_it_is_about_and_the_document_when_it_was_last_handed_over(walk: Walk) -> None:
    hand_over(walk)
    assert "Handed over 22 Nov 2026" in words_of(walk.page("documents"))
    patient = walk.client.get(f"/patients/{walk.charting.patient_id}/documents").text
    assert "visit of 22 Nov 2026" in words_of(patient)


def words_of(page: str) -> str:
    """The words of a page without its markup."""
    return " ".join(re.sub(r"<[^>]+>", "", page).split())
