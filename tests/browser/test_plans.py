"""The planner in a real browser: a row lights its muscle and shows its reason, and the muscle chooses its row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.queries.plan_items import patient_plan
from clinic.services import grids
from clinic.unit_of_work import Work
from tests.browser.conftest import Screen
from tests.charting import Charting
from tests.factories import ClinicWorld

L = Side.LEFT


def test_a_row_lights_its_muscle_and_the_muscle_chooses_its_row(
    screens: Callable[..., Screen], work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    charting = Charting.begun(work, clinic, clock)
    cells = [Cell(Place(L, Movement.BIG_SMILE, Group.EYE), 2, 3), Cell(Place(L, Movement.PUCKER, Group.CHIN), 3, 2)]
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, cells)
    screen = screens(clinic.prescriber)
    page = screen.page
    page.goto(f"{screen.address}/visits/{charting.visit_id}/plan")
    expect(page.locator("html[data-ready]")).to_be_attached()
    mentalis = page.locator('[data-layer="grades"] [data-key="mentalis:left"]')
    page.get_by_role("link", name="Orbicularis oculi, patient’s left").click()
    expect(page.locator('[data-layer="grades"] [data-key="orbicularis_oculi:left"]')).to_have_class("is-lit")
    expect(page.locator("#why-orbicularis_oculi-left")).to_be_visible()
    expect(page.locator("#why-mentalis-left")).to_be_hidden()
    mentalis.click(force=True)
    expect(mentalis).to_have_class("is-lit")
    expect(page.locator("#target-mentalis-left tr").first).to_have_class("is-on")
    expect(page.locator("#why-mentalis-left")).to_be_visible()
    page.locator("#why-mentalis-left").get_by_role("link", name="why").first.click()
    panel = page.get_by_role("dialog", name="Why")
    expect(panel.get_by_role("heading", name="When it speaks")).to_be_visible()
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()
    assert page.url.endswith("/plan")


def test_a_refused_target_is_kept_when_the_session_ends_and_saved_under_the_next(
    screens: Callable[..., Screen], work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    charting = Charting.begun(work, clinic, clock)
    screen = screens(clinic.prescriber)
    page = screen.page
    page.goto(f"{screen.address}/visits/{charting.visit_id}/plan")
    page.get_by_text("Another muscle, with a reason of your own").click()
    form = page.locator("#other-form")
    form.get_by_label("Muscle", exact=True).select_option("mentalis")
    form.get_by_label("Patient’s side").select_option("left")
    form.get_by_role("button", name="Add to the plan").click()
    expect(page.locator("#errors")).to_be_visible()
    form.get_by_label("Reason", exact=False).first.fill("The chin bothers the patient most of all")
    screen.context.clear_cookies()
    form.get_by_role("button", name="Add to the plan").click()
    expect(page.get_by_role("alert").filter(has_text="Not saved: your session has ended.")).to_be_visible()
    expect(form.get_by_label("Reason", exact=False).first).to_have_value("The chin bothers the patient most of all")
    screen.sign_in()
    page.get_by_role("button", name="I am signed in: save now").click()
    expect(page.get_by_text("The target is in the plan.")).to_be_visible()
    with charting.reading() as uow:
        (target,) = patient_plan(uow, charting.patient_id)
    assert target.entry.reason == "The chin bothers the patient most of all"
