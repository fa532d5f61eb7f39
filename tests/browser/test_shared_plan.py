"""The shared plan in a real browser: large enough from a metre away, nothing sideways on a phone, two pages on paper."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

from clinic.domain.anatomy import Side
from clinic.domain.exercises import library
from clinic.domain.plans import Exercise, Goal, PlanEntry, PlanState, Target
from clinic.services import plan_items
from tests.browser.conftest import Screen
from tests.charting import Charting
from tests.factories import ClinicWorld

pytestmark = pytest.mark.browser


def test_the_plan_can_be_read_by_two_and_printed(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting
) -> None:
    details = [Goal("Smile with my eye open"), Target("orbicularis_oculi", Side.LEFT), Target("mentalis", Side.LEFT)]
    details += [
        Exercise(key, "stop before the eye narrows", "let go", "stop", "5 times") for key in list(library())[:5]
    ]
    with charting.writing() as uow:
        for one in details:
            plan_items.add_item(uow, charting.patient_id, PlanEntry(one, PlanState.AGREED))
    screen = screens(clinic.prescriber)
    page = screen.page
    page.goto(f"{screen.address}/patients/{charting.patient_id}/plan/shared")
    size = "one => parseFloat(getComputedStyle(one).fontSize)"
    assert page.locator(".shared-part p").first.evaluate(size) >= 24
    assert page.locator(".shared-main").first.evaluate(size) >= 30
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
    assert len(PdfReader(io.BytesIO(page.pdf(format="A4"))).pages) <= 2
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(".shared-main").first.evaluate(size) >= 24
