"""What was answered on a form and not saved: no loss unsaid, and no score that belongs to other answers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from clinic.unit_of_work import Work
from tests.browser.conftest import Screen
from tests.browser.grading import SUNNYBROOK, SUNNYBROOK_COMPOSITE, Keys, at_scale
from tests.charting import Charting
from tests.factories import ClinicWorld

SUNNY = "sunnybrook/left"


def graded(screen: Screen, charting: Charting) -> Page:
    page = at_scale(screen, charting.visit_id, SUNNY)
    Keys(page).press(*SUNNYBROOK)
    expect(page.locator("#total [data-first] b")).to_have_text(SUNNYBROOK_COMPOSITE)
    return page


def test_leaving_with_unsaved_answers_asks_first(screen: Screen, charting: Charting) -> None:
    page = graded(screen, charting)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("link", name="All scales").click()
    expect(page.locator("#grading")).to_be_visible()
    assert asked == ["beforeunload"]
    assert page.locator("input:checked").count() == 13
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Scales and measures", level=1)).to_be_visible()
    assert asked == ["beforeunload"]


def test_a_note_alone_is_asked_for_too(screen: Screen, charting: Charting) -> None:
    page = at_scale(screen, charting.visit_id, SUNNY)
    page.locator("#note").fill("Tired today")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("link", name="All scales").click()
    expect(page.locator("#note")).to_have_value("Tired today")
    assert asked == ["beforeunload"]


def test_saving_without_a_connection_keeps_the_answers_and_says_so(screen: Screen, charting: Charting) -> None:
    page = graded(screen, charting)
    screen.context.set_offline(True)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved: the server does not answer.")
    assert page.locator("input:checked").count() == 13
    screen.context.set_offline(False)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#sunnybrook-left .big")).to_have_text(SUNNYBROOK_COMPOSITE)


def test_a_session_that_ended_keeps_the_answers_until_one_is_signed_in(screen: Screen, charting: Charting) -> None:
    page = graded(screen, charting)
    screen.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved: your session has ended.")
    page.get_by_role("button", name="I am signed in: save now").click()
    expect(page.get_by_role("alert")).to_contain_text("Still signed out.")
    assert charting.record().outcomes.assessments == ()
    screen.sign_in()
    page.get_by_role("button", name="I am signed in: save now").click()
    expect(page.locator("#sunnybrook-left .big")).to_have_text(SUNNYBROOK_COMPOSITE)


def test_an_old_score_does_not_stand_beside_new_answers_while_the_server_is_slow(
    screen: Screen, charting: Charting
) -> None:
    page = graded(screen, charting)

    def hold(route: Route) -> None:
        """Leave the request without an answer; ``unroute`` lets it go on."""

    screen.intercept("**/score", hold)
    page.locator("#a-syn_brow-3").click()
    expect(page.locator("#total")).to_have_text("Counting…")
    page.unroute("**/score", hold)
    expect(page.locator("#total [data-first] b")).to_have_text("63")


@pytest.fixture
def later(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A new draft, 90 days after a signed session."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    clock.move(days=90)
    charting.start()
    return charting


def test_an_outcome_is_kept_while_the_server_does_not_answer(later: Charting, screen: Screen) -> None:
    page = screen.page
    page.goto(f"{screen.address}/visits/{later.visit_id}/outcome")
    page.get_by_role("radiogroup", name="Any adverse event since?").get_by_label("no", exact=True).check()
    page.locator("#note").fill("Smiles again")
    screen.context.set_offline(True)
    page.get_by_role("button", name="Save and go to the chart").click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved: the server does not answer.")
    expect(page.locator("#note")).to_have_value("Smiles again")
    screen.context.set_offline(False)
    page.get_by_role("button", name="Save and go to the chart").click()
    expect(page.locator("#review")).to_have_count(0)
    page.wait_for_load_state("networkidle")  # A chart that is closed while it loads leaves the server's files open.
    (row,) = later.record().outcomes.reviews
    assert row.note == "Smiles again"


def test_an_adverse_event_is_kept_when_the_session_has_ended(later: Charting, screen: Screen) -> None:
    page = screen.page
    page.goto(f"{screen.address}/patients/{later.patient_id}/adverse-events/new")
    page.get_by_label("Uneven lips").check()
    page.locator("#description").fill("Since Sunday")
    screen.context.clear_cookies()
    page.get_by_role("button", name="Save the adverse event").click()
    notice = page.get_by_role("alert").filter(has_text="Not saved: your session has ended.")
    expect(notice).to_be_in_viewport()
    screen.sign_in()
    notice.get_by_role("button", name="I am signed in: save now").click()
    expect(page.locator("#errors")).to_be_visible()
    expect(page.locator("#description")).to_have_value("Since Sunday")
