"""The grid's page and its form, as a browser without script uses them, and the answer that the script gets."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import GRID, Cell, Group, Movement, Place, places
from clinic.services import grids, visits
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_condition, make_patient
from tests.web.statements import counted

EYE = Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE)
CHIN = Place(Side.LEFT, Movement.PUCKER, Group.CHIN)
JSON = {"Accept": "application/json"}
PAGE, SAVE = 12, 16
"""SQL statements of the page and of a saved cell, at most."""


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft of a patient with a left palsy."""
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber's browser."""
    return client_for(app, clinic.prescriber)


def url(charting: Charting) -> str:
    return f"/visits/{charting.visit_id}/grid"


def cells(charting: Charting) -> tuple[Cell, ...]:
    rows = [row for row in charting.record().outcomes.assessments if row.instrument == GRID]
    return rows[0].cells if rows else ()


def fields(page: str) -> dict[str, str]:
    """The cells' fields of a page with their values."""
    return dict(re.findall(r'name="((?:left|right)-\w+-\w+)" value="([^"]*)"', page))


def whole(page: str, **values: str) -> dict[str, str]:
    """What a browser without script sends: every cell of the page."""
    return {"edit_version": re.findall(r'name="edit_version" value="(\d+)"', page)[0], **fields(page), **values}


def test_the_palsys_side_is_asked_for_and_the_other_can_be_added(client: Client, charting: Charting) -> None:
    page = client.get(url(charting)).text
    assert set(fields(page)) == {place.key for place in places(Side.LEFT)}
    assert "Grade the patient’s right too" in page
    both = client.get(f"{url(charting)}?side=right").text
    assert set(fields(both)) == {place.key for side in (Side.LEFT, Side.RIGHT) for place in places(side)}


def test_both_sides_in_a_palsy_of_both(client: Client, charting: Charting) -> None:
    make_condition(charting.work, charting.clinic.prescriber, charting.patient_id, side=Side.RIGHT)
    charting.start()
    assert len(fields(client.get(url(charting)).text)) == 2 * len(places(Side.LEFT))


def test_without_a_palsy_the_side_is_asked(client: Client, charting: Charting) -> None:
    patient_id = make_patient(charting.work, charting.clinic.prescriber, family_name="Brandt")
    with charting.writing() as uow:
        charting.visit_id = visits.start(uow, patient_id)
    page = client.get(url(charting)).text
    assert "Which side is graded?" in page
    assert fields(page) == {}
    assert len(fields(client.get(f"{url(charting)}?side=left").text)) == len(places(Side.LEFT))


def test_the_plain_form_saves_and_opens_cells_again(client: Client, charting: Charting) -> None:
    page = client.get(url(charting)).text
    answer = client.send(url(charting), whole(page, **{EYE.key: "2/3", CHIN.key: " -/3", "note": "after lunch"}))
    assert answer.status_code == 302
    assert cells(charting) == (Cell(EYE, 2, 3), Cell(CHIN, None, 3))
    page = client.get(url(charting)).text
    assert "left: eye narrows with big smile\N{NO-BREAK SPACE}2/3" in page
    assert "after lunch" in page
    client.send(url(charting), whole(page, **{CHIN.key: "", "note": "after lunch"}))
    assert cells(charting) == (Cell(EYE, 2, 3),)


@pytest.mark.parametrize("text", ["4", "-1", "2.5", "x", "2/9", "２", "<b>", "\u202e2"])
def test_what_cannot_be_read_stands_beside_its_cell(client: Client, charting: Charting, text: str) -> None:
    page = client.get(url(charting)).text
    answer = client.send(url(charting), whole(page, **{EYE.key: text, CHIN.key: "1"}))
    assert answer.status_code == 422
    assert f'id="{EYE.key}-errors"' in answer.text
    assert fields(answer.text)[CHIN.key] == "1"
    assert 'value="<b>' not in answer.text
    assert cells(charting) == ()


@pytest.mark.parametrize("name", ["left-brow_raise-brow", "midline-pucker-chin", "left-pucker-ear", "total"])
def test_a_cell_that_does_not_exist_is_refused(client: Client, charting: Charting, name: str) -> None:
    answer = client.send(url(charting), {"edit_version": "0", name: "1", CHIN.key: "1"}, headers=JSON)
    assert answer.status_code == 422
    assert cells(charting) == ()


def test_a_stale_form_keeps_what_was_typed_and_changes_nothing(client: Client, charting: Charting) -> None:
    page = client.get(url(charting)).text
    client.send(url(charting), whole(page, **{EYE.key: "3"}))
    answer = client.send(url(charting), whole(page, **{CHIN.key: "1/1"}))
    assert answer.status_code == 409
    assert (fields(answer.text)[CHIN.key], fields(answer.text)[EYE.key]) == ("1/1", "")
    assert "in another window" in answer.text
    assert cells(charting) == (Cell(EYE, 3),)


def test_open_cells_are_filled_in_with_0_but_saved_only_by_hand(client: Client, charting: Charting) -> None:
    page = client.get(url(charting)).text
    answer = client.send(url(charting), whole(page, **{EYE.key: "2", "none_seen": "left-big_smile"}))
    assert answer.status_code == 200
    filled = {name: value for name, value in fields(answer.text).items() if value}
    assert filled == {p.key: "0" for p in places(Side.LEFT) if p.movement is Movement.BIG_SMILE} | {EYE.key: "2"}
    assert "Nothing is saved yet" in answer.text
    assert cells(charting) == ()
    answer = client.send(url(charting), whole(answer.text, none_seen="left"))
    assert set(fields(answer.text).values()) == {"0", "2"}
    client.send(url(charting), whole(answer.text))
    assert len(cells(charting)) == len(places(Side.LEFT))


def test_the_script_sends_one_cell_and_gets_what_stands(client: Client, charting: Charting) -> None:
    first = client.send(url(charting), {"edit_version": "0", EYE.key: "2/3"}, headers=JSON)
    answer = client.send(url(charting), {"edit_version": "1", CHIN.key: "3"}, headers=JSON).json
    assert first.json is not None
    assert answer is not None
    assert answer["cells"] == {EYE.key: "2/3", CHIN.key: "3"}
    assert answer["edit_version"] == 2
    assert answer["groups"] == {"eye:left": 2, "chin:left": 3}
    assert answer["muscles"]["mentalis:left"] == 3
    assert answer["summary"][0].startswith("left: chin dimples with pucker")


def test_a_repeated_request_changes_nothing_twice(client: Client, charting: Charting) -> None:
    body = {"edit_version": "0", EYE.key: "2/3"}
    one = client.send(url(charting), body, key="same", headers=JSON)
    two = client.send(url(charting), body, key="same", headers=JSON)
    assert (one.status_code, two.status_code) == (200, 200)
    assert one.json == two.json


def test_the_last_visit_stands_behind_and_nothing_is_copied(app: Flask, charting: Charting) -> None:
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, [Cell(EYE, 3, 3)])
    charting.signed()
    charting.clock.move(days=90)
    charting.start()
    client = client_for(app, charting.clinic.prescriber)
    page = client.get(url(charting)).text
    assert "22 Nov 2026, graded by Ada Prescriber" in page
    assert page.count('data-before="3/3"') == 1
    assert set(fields(page).values()) == {""}
    client.send(url(charting), whole(page, **{EYE.key: "1/3"}))
    assert "left: better: eye narrows" in client.get(url(charting)).text


def test_a_second_rater_is_shown_that_there_is_one_and_not_what(
    app: Flask, clinic: ClinicWorld, charting: Charting
) -> None:
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, [Cell(EYE, 3, 2)], note="first rater's note")
    page = client_for(app, clinic.people[Role.THERAPIST]).get(url(charting)).text
    assert "Graded by Ada Prescriber too" in page
    assert set(fields(page).values()) == {""}
    assert "3/2" not in page
    assert "eye narrows" not in page
    assert "first rater" not in page


def test_who_may_not_grade_reads_that(app: Flask, clinic: ClinicWorld, charting: Charting) -> None:
    client = client_for(app, clinic.people[Role.ASSISTANT])
    page = client.get(url(charting))
    assert page.status_code == 200
    assert fields(page.text) == {}
    assert client.send(url(charting), {EYE.key: "1"}).status_code == 403
    assert cells(charting) == ()


def test_a_signed_visit_leads_to_its_page_and_takes_nothing(client: Client, charting: Charting) -> None:
    charting.signed()
    assert client.get(url(charting)).status_code == 302
    assert client.send(url(charting), {"edit_version": "0", EYE.key: "1"}).status_code == 409
    assert cells(charting) == ()


def test_another_clinics_visit_is_not_found(app: Flask, other_clinic: ClinicWorld, charting: Charting) -> None:
    client = client_for(app, other_clinic.prescriber)
    assert client.get(url(charting)).status_code == 404
    assert client.send(url(charting), {"edit_version": "0", EYE.key: "1"}).status_code == 404
    assert client.send(f"{url(charting)}/remove", {"edit_version": "0"}).status_code == 404


def test_a_grid_can_be_removed(client: Client, charting: Charting) -> None:
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, [Cell(EYE, 3)])
    assert client.send(f"{url(charting)}/remove", {"edit_version": "7"}).status_code == 409
    assert cells(charting) == (Cell(EYE, 3),)
    assert client.send(f"{url(charting)}/remove", {"edit_version": "1"}).status_code == 302
    assert cells(charting) == ()


def test_a_note_is_text(client: Client, charting: Charting) -> None:
    client.send(url(charting), {"edit_version": "0", "note": "<b>bold</b>"})
    page = client.get(url(charting)).text
    assert "&lt;b&gt;bold" in page
    assert "<b>bold" not in page


def test_page_and_save_cost_the_same_however_much_is_graded(client: Client, charting: Charting) -> None:
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, [Cell(EYE, 3)])
    few = statements(client, charting, 1)
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, [Cell(one, 1) for one in places(Side.LEFT)], edit_version=2)
    many = statements(client, charting, 3)
    assert many == few
    assert few[0] <= PAGE
    assert few[1] <= SAVE


def statements(client: Client, charting: Charting, version: int) -> tuple[int, int]:
    with counted(charting.work.engine) as page:
        assert client.get(url(charting)).status_code == 200
    with counted(charting.work.engine) as saved:
        answer = client.send(url(charting), {"edit_version": str(version), EYE.key: str(version)}, headers=JSON)
        assert answer.status_code == 200
    return len(page), len(saved)
