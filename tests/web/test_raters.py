"""Two raters of one visit from outside: what the second is not shown, and both beside each other once they ask."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from clinic.domain.actors import Actor, Role
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.queries.raters import comparison
from clinic.services import grids
from clinic.services.blinding import note_seen
from tests.charting import Charting
from tests.factories import Client, client_for
from tests.services.test_assessments import SAQ, SUNNYBROOK
from tests.web.test_assessments import SUNNY, charting, client, rows, save, sheet, url

__all__ = ["charting", "client"]

MARKED = SUNNYBROOK | {"syn_snarl": 2}
"""Composite 57; the marks are looked for in whole pages."""
LEAKS = ("57", "Tired after lunch", "76", " checked")


def first_rater(charting: Charting) -> Actor:
    """A prescriber's grading, with numbers that stand nowhere else on the page."""
    actor = charting.clinic.prescriber
    save(charting, "sunnybrook", MARKED, actor, side=Side.LEFT, note="Tired after lunch")
    with charting.work.writing(actor) as uow:
        grids.save_cells(uow, charting.visit_id, [Cell(Place(Side.LEFT, Movement.SNARL, Group.CHIN), 3, 2)])
    return actor


def plain(page: str) -> str:
    """A page without ids, tokens and keys, in which a number could stand by chance."""
    page = re.sub(r"[\w.-]{16,}", "", page)  # Ids, keys and tokens hold any digits by chance.
    return re.sub(r"<header>.*?</header>|<section class=\"strip\".*?</section>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.INJECTOR, Role.ASSISTANT])
def test_nothing_of_the_first_grading_reaches_a_second_rater(app: Flask, charting: Charting, role: Role) -> None:
    first_rater(charting)
    client = client_for(app, charting.clinic.people[role])
    pages = [client.get(url(charting)), client.get(url(charting, "/sunnybrook/raters"))]
    pages.append(client.get(url(charting, "/synkinesis_grid/raters")))
    if role is not Role.ASSISTANT:
        pages.append(client.get(url(charting, SUNNY)))
    for page in pages:
        assert page.status_code == 200
        text = plain(page.text)
        assert [leak for leak in LEAKS if leak in text] == []
        assert "chin dimples with snarl" not in text
    assert "Ada Prescriber has graded this" in pages[0].text
    assert ("Grade it yourself without seeing it" in pages[0].text) is (role is not Role.ASSISTANT)


def test_grading_blind_then_showing_both_compares_them(app: Flask, client: Client, charting: Charting) -> None:
    first_rater(charting)
    second = client_for(app, charting.clinic.people[Role.THERAPIST])
    charting.clock.move(minutes=1)
    assert second.send(url(charting, SUNNY), sheet(SUNNYBROOK)).status_code == 302
    assert [row.blind for row in rows(charting) if row.rater_name == "Ada Therapist"] == [True]
    page = plain(second.get(url(charting)).text)
    assert "Show both" in page
    assert "57" not in page
    assert ">58<" in page
    shown_page = second.send(url(charting, "/sunnybrook/show"), {}, follow_redirects=True).text
    assert "12 of 13 answers agree; 1 differs." in shown_page
    assert "1 apart" in shown_page
    assert '<b class="num">57</b>' in shown_page
    assert '<b class="num">58</b>' in shown_page
    assert "without seeing the other" in shown_page
    assert "57" not in plain(client.get(url(charting)).text).replace("57</b>", "", 1)


def test_the_first_rater_does_not_see_the_second_unasked(app: Flask, client: Client, charting: Charting) -> None:
    first_rater(charting)
    save(charting, "sunnybrook", SUNNYBROOK | {"syn_brow": 3}, charting.clinic.people[Role.THERAPIST], side=Side.LEFT)
    for rest in ("", SUNNY, "/sunnybrook/raters"):
        page = plain(client.get(url(charting, rest)).text)
        assert "55" not in page, rest
        assert "Ada Therapist" in page, rest


@pytest.mark.parametrize("way", ["show", "review", "draft"])
def test_who_was_shown_is_not_blind(app: Flask, charting: Charting, way: str) -> None:
    first_rater(charting)
    injector = charting.clinic.people[Role.INJECTOR]
    client = client_for(app, injector)
    if way == "show":
        assert client.send(url(charting, "/sunnybrook/show"), {}).status_code == 302
        assert ">57<" in client.get(url(charting, "/sunnybrook/raters")).text
    else:
        rest = "review" if way == "review" else "summary.pdf"
        assert client.get(f"/visits/{charting.visit_id}/{rest}").status_code == 200
    save(charting, "sunnybrook", SUNNYBROOK, injector, side=Side.LEFT)
    assert [row.blind for row in rows(charting) if row.instrument == "sunnybrook"] == [False, False]


def test_showing_one_instrument_shows_no_other(app: Flask, charting: Charting) -> None:
    first_rater(charting)
    save(charting, "house_brackmann", {"grade": 5}, charting.clinic.prescriber, side=Side.LEFT)
    client = client_for(app, charting.clinic.people[Role.THERAPIST])
    client.send(url(charting, "/house_brackmann/show"), {})
    page = plain(client.get(url(charting)).text)
    assert ">V<" in page
    assert "57" not in page


def test_what_the_patient_said_is_hidden_from_nobody(app: Flask, charting: Charting) -> None:
    save(charting, "saq", SAQ, charting.clinic.prescriber)
    page = client_for(app, charting.clinic.people[Role.THERAPIST]).get(url(charting)).text
    assert '<b class="big">60</b>' in page


def test_the_grids_of_two_raters_are_compared_cell_by_cell(app: Flask, charting: Charting) -> None:
    first_rater(charting)
    therapist = charting.clinic.people[Role.THERAPIST]
    charting.clock.move(minutes=1)
    with charting.work.writing(therapist) as uow:
        cells = [
            Cell(Place(Side.LEFT, Movement.SNARL, Group.CHIN), 1, 2),
            Cell(Place(Side.LEFT, Movement.REST, Group.NECK), 0),
        ]
        grids.save_cells(uow, charting.visit_id, cells)
    client = client_for(app, therapist)
    page = client.send(url(charting, "/synkinesis_grid/show"), {}, follow_redirects=True).text
    assert "0 of 2 cells agree; 2 differ." in page
    assert "2 apart" in page
    assert "not answered by everybody" in page


def test_distance_is_in_points_and_other_words_are_never_the_same(app: Flask, charting: Charting) -> None:
    first_rater(charting)  # An eye narrower at rest; a fold more pronounced, which counts 1.
    therapist = charting.clinic.people[Role.THERAPIST]
    save(charting, "sunnybrook", MARKED | {"rest_eye": 2, "rest_cheek": 2}, therapist, side=Side.LEFT)
    with charting.work.writing(therapist) as uow:
        grids.save_cells(uow, charting.visit_id, [Cell(Place(Side.LEFT, Movement.SNARL, Group.CHIN), 3, 1)])
    ids = [one.id for one in rows(charting)]
    with charting.work.housekeeping() as database:
        note_seen(database, therapist, ids, charting.clock.now)
    with charting.work.reading(therapist) as uow:
        lines = {
            one.label: one.verdict for one in comparison(uow, charting.visit_id, "sunnybrook").sides[0].answers[:3]
        }
        [cell] = comparison(uow, charting.visit_id, "synkinesis_grid").sides[0].answers
    assert lines == {
        "Eye at rest": "differ",
        "Nasolabial fold at rest": "1 apart",
        "Mouth at rest": "the same",
    }
    assert (cell.values, cell.differs, cell.verdict) == (("3/1", "3/2"), True, "differ")
