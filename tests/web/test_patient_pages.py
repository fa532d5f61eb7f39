"""A patient's page that was left open, and a call for help that was not sent: nothing of it goes to another, or is lost."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.assessments import INSTRUMENTS
from clinic.queries.instrument_wordings import wordings
from clinic.services import instrument_wordings
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import PASSWORD, Client, ClinicWorld, client_for
from tests.patient_pages import hidden, press
from tests.web.test_patient_forms import NUMBER, charting, hand_over, licensed, say, staff, tablet, values

__all__ = ["charting", "licensed", "staff", "tablet"]


def test_a_page_left_open_answers_for_nobody_else(tablet: Client, charting: Charting, work: Work) -> None:
    address = f"/form/questions/{NUMBER['wearing']}"
    stale = hidden(tablet, address)
    say(tablet, "first_noticed", "4")
    tablet.send("/form/staff", {"password": PASSWORD})
    charting.start()
    hand_over(tablet, charting.visit_id)
    assert tablet.send("/form/start").status_code == 409
    assert tablet.send("/form/start", {"form_id": stale["form_id"]}).status_code == 409
    assert tablet.send("/form/start", {"form_id": hidden(tablet, "/form")["form_id"]}).status_code == 303
    before = values(work, "SELECT form_id, item, value FROM patient_form_answer")
    for data in ({"answer": "2"}, {"answer": "2", **stale}, {"answer": "9", **stale}):
        refused = tablet.send(address, data)
        assert refused.status_code == 409
        assert "was not kept" in refused.text
        assert "To your questions" in refused.text
    assert tablet.send("/form/send", {"form_id": stale["form_id"]}).status_code == 409
    assert values(work, "SELECT form_id, item, value FROM patient_form_answer") == before
    assert values(work, "SELECT count(*) FROM assessment") == [(0,)]


def test_questions_that_moved_meanwhile_take_no_answer_of_another(
    licensed: Client, work: Work, clinic: ClinicWorld
) -> None:
    first_of_ours = len(INSTRUMENTS["saq"].items) + 1
    stale = hidden(licensed, "/form/questions/3")
    with work.writing(clinic.people[Role.ADMINISTRATOR]) as uow:
        instrument_wordings.retire_wording(uow, "saq", wordings(uow)["saq"].mark)
    assert "Question 3 of" in licensed.get("/form/questions/3").text
    refused = licensed.send("/form/questions/3", {"answer": "2", **stale})
    assert refused.status_code == 409
    assert values(work, "SELECT * FROM patient_form_answer") == []
    assert licensed.get(f"/form/questions/{first_of_ours + 40}").status_code == 404


@pytest.mark.parametrize(("sent", "minutes", "stays"), [(False, 0, True), (False, 24 * 60, False), (True, 0, False)])
def test_an_urgent_answer_that_no_signature_covers_stays_on_today(
    tablet: Client,
    charting: Charting,
    app: Flask,
    clock: Any,
    sent: bool,
    minutes: int,
    stays: bool,
) -> None:
    say(tablet, "swallow_breathe", "1")
    if sent:
        press(tablet, "/form/send")
    charting.signed()
    clock.move(minutes=minutes)
    assert ("needs help at once" in client_for(app, charting.clinic.prescriber).get("/").text) is stays
