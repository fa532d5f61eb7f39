"""What is typed into a form of the plan is guarded: the pages mark each such form for the script that asks before it is lost."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.plans import Goal
from clinic.queries.plan_items import patient_plan
from clinic.services import grids, patient_plans
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for

GUARD = 'data-start="guarded"'


class Forms(HTMLParser):
    """The forms of a page: their attributes, and whether words are typed into them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, str | None], bool]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.found.append((given, False))
        if self.found and (tag == "textarea" or (tag == "input" and given.get("type") == "text")):
            self.found[-1] = (self.found[-1][0], True)


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with a graded chin and a goal."""
    charting = Charting.begun(work, clinic, clock)
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, [Cell(Place(Side.LEFT, Movement.PUCKER, Group.CHIN), 3, 2)])
        patient_plans.add_goal(uow, charting.patient_id, Goal("to drink tidily"))
    return charting


@pytest.mark.parametrize(
    "address",
    [
        "/visits/{visit}/plan",
        "/visits/{visit}/neurolysis",
        "/visits/{visit}/therapy",
        "/visits/{visit}/therapy/exercises/e2_eyes_open_pucker",
        "/patients/{patient}/plan/goals/new",
        "/patients/{patient}/plan/dates/new",
        "/patients/{patient}/plan/steps/new",
        "/patients/{patient}/plan/items/{item}",
        "/patients/{patient}/referrals/new?kind=ophthalmology",
        "/patients/{patient}/diary",
        "/dose-rules",
    ],
)
def test_every_form_with_words_is_guarded_under_a_name_of_its_own(app: Flask, charting: Charting, address: str) -> None:
    with charting.reading() as uow:
        (item,) = patient_plan(uow, charting.patient_id)
    names = {"visit": charting.visit_id, "patient": charting.patient_id, "item": item.id}
    text = client_for(app, charting.clinic.prescriber).get(address.format(**names)).text
    worded = [form for form, words in Forms(text).found if words]
    assert worded
    assert all(form.get("data-check") and form.get("data-user") and form.get("data-page") for form in worded), worded
    assert len({form.get("id") for form in worded} - {None}) == len(worded)
    assert GUARD in text
