"""The face as the script draws it says what the table, the print and the export say."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import expect

from clinic.domain.visit_content import canonical
from clinic.queries.facts import judged
from clinic.queries.visit_record import visit_record
from clinic.unit_of_work import Work
from tests.browser.conftest import Screen
from tests.factories import ClinicWorld
from tests.random_sessions import random_sessions
from tests.web import surfaces

DRAWN = """() => [...document.querySelectorAll('#face [data-layer="marks"] g[data-site]')].map((mark) => {
  const disc = mark.querySelector("circle");
  const [dose, number] = [...mark.querySelectorAll("text")].map((text) => text.textContent);
  return [Number(number), Number(disc.getAttribute("cx")), -Number(disc.getAttribute("cy")), dose];
})"""
LISTED = """() => [...document.querySelectorAll("#site-table tr[data-site]")].map((row) => {
  const cell = (name) => row.querySelector(`[data-cell=${name}]`).textContent.trim();
  return [Number(cell("number")), cell("muscle_label"), cell("sub_site_label"), cell("side"), cell("units")];
})"""


def test_the_face_that_the_script_drew_agrees_with_the_table_and_the_export(
    screens: Callable[..., Screen], work: Work, clinic: ClinicWorld
) -> None:
    screen = screens(clinic.prescriber)
    for made in random_sessions(work, clinic, 4):
        page = screen.open(made.visit_id)
        expect(page.locator("#face [data-layer=marks] g[data-site]")).to_have_count(len(made.sites))
        assert {number: (x, y, dose) for number, x, y, dose in page.evaluate(DRAWN)} == made.marks
        rows = [
            (number, surfaces.place(muscle, site), side, dose)
            for number, muscle, site, side, dose in page.evaluate(LISTED)
        ]
        assert rows == made.shown
        with work.reading(clinic.prescriber) as uow:
            data = canonical(judged(visit_record(uow, made.visit_id), uow.now)[0])
        assert surfaces.export_totals(data) == made.totals
        assert len(json.loads(data)["session"]["sites"]) == len(rows)
