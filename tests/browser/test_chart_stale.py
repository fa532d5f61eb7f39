"""What stands on the page stays true: a form that is open, a session that is named, a choice that is waited for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from clinic.domain.anatomy import Side
from tests.browser.conftest import Screen
from tests.browser.face import dose, saved, tap
from tests.browser.test_chart_together import ask_now
from tests.browser.test_chart_trouble import as_assistant, merge
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld

pytestmark = pytest.mark.timeout(120)


def edit(page: Page, number: int) -> None:
    """Open the form of a site."""
    page.locator("#site-table tr[data-site]").nth(number - 1).locator('[data-act="edit"]').click()


def note(page: Page, text: str) -> None:
    """Write the note of the form that is open, and leave the field."""
    page.fill('.row-edit input[name="note"]', text)
    page.locator('.row-edit input[name="note"]').blur()


def press(page: Page, *keys: str) -> None:
    """Press keys on the face."""
    page.focus("#face svg")
    for key in keys:
        page.keyboard.press(key)


def test_an_open_form_never_takes_back_what_was_done_on_the_face(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="frontalis", sub_site="central", side=Side.RIGHT, units="2.5")
    page = screen.open(charting.visit_id)
    edit(page, 1)
    press(page, "d", "5", "m")
    saved(page)
    units = page.locator("[data-dose]").nth(4).get_attribute("data-dose")
    expect(page.locator('.row-edit input[name="units"]')).to_have_value(units or "")
    expect(page.locator('.row-edit input[value="left"]')).to_be_checked()
    note(page, "low")
    saved(page)
    [site] = charting.record().sites
    assert (site.side, site.units, site.note) == (Side.LEFT, Decimal(units or "0"), "low")


def test_an_open_form_never_takes_back_what_somebody_else_saved(screen: Screen, charting: Charting) -> None:
    site_id = charting.site(muscle="mentalis", side=Side.LEFT, units="2.5")
    page = screen.open(charting.visit_id)
    edit(page, 1)
    as_assistant(charting).site(site_id=site_id, muscle="mentalis", side=Side.LEFT, units="4")
    ask_now(page)
    page.click("text=Show it")
    expect(page.locator('.row-edit input[name="units"]')).to_have_value("4")
    note(page, "low")
    saved(page)
    [site] = charting.record().sites
    assert (site.units, site.note) == (Decimal(4), "low")


def test_while_two_versions_wait_for_a_choice_no_site_is_changed(screen: Screen, charting: Charting) -> None:
    site_id = charting.site(muscle="mentalis", side=Side.LEFT, units="2.5")
    page = screen.open(charting.visit_id)
    as_assistant(charting).site(site_id=site_id, muscle="mentalis", side=Side.LEFT, units="4")
    press(page, "n", "d", "5")
    expect(page.locator("#notice")).to_contain_text("Ada Assistant changed this visit meanwhile")
    expect(page.locator('#site-table [data-cell="status_text"]')).to_have_text("waits for your choice")
    expect(page.locator("#interval")).to_have_text("as saved, without what waits for your choice")
    press(page, "m", "Delete", "z")
    expect(page.locator("#announce")).to_contain_text("Choose first what stands")
    page.get_by_label("Saved meanwhile: 4").check()
    merge(page)
    saved(page)
    expect(page.locator("#face svg")).to_be_focused()
    [site] = charting.record().sites
    assert (site.side, site.units) == (Side.LEFT, Decimal(4))


def test_a_change_of_ones_own_in_another_window_is_called_that(screen: Screen, charting: Charting) -> None:
    site_id = charting.site(muscle="mentalis", side=Side.LEFT, units="2.5")
    page = screen.open(charting.visit_id)
    charting.site(site_id=site_id, muscle="mentalis", side=Side.LEFT, units="4")
    press(page, "n", "d", "5")
    expect(page.locator("#notice")).to_contain_text("In another window you changed this visit meanwhile")
    expect(page.locator("#notice")).to_contain_text("Changed here and in the other window: choose each.")
    expect(page.locator("#saved")).to_have_text("Not saved: changed meanwhile, choose what stands")
    page.get_by_label("Saved meanwhile: 4").check()
    merge(page)
    saved(page)
    assert [site.units for site in charting.record().sites] == [Decimal(4)]


def test_a_conflict_that_could_not_be_looked_at_is_looked_at_again(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    as_assistant(charting).site(muscle="mentalis", side=Side.LEFT, units="4")
    address = f"{screen.address}/visits/{charting.visit_id}"
    screen.intercept(address, lambda route: route.abort("internetdisconnected"))
    dose(page, "2.5")
    tap(page, -345, 729)
    expect(page.locator("#notice")).to_contain_text("the server does not answer")
    page.unroute(address)
    page.click("text=Try again")
    merge(page)
    saved(page)
    assert len(charting.record().sites) == 2


def test_what_is_repeated_is_the_session_that_is_named(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting, clock: Any
) -> None:
    for label in ("V-0002", "V-0003"):
        charting.signed()
        clock.move(weeks=12)
        charting.vial_id = open_vial(charting.work, charting.clinic, label=label, lot=f"L{label}")
        charting.start()
    screen = screens(clinic.prescriber)
    page = screen.open(charting.visit_id)
    press(page, "g")
    newest = page.locator('#session-bar [data-cell="name"]')
    expect(newest).to_contain_text("2 of 2")
    screen.intercept("**/earlier/*", lambda route: route.abort("internetdisconnected"))
    press(page, "[")
    expect(page.locator("#announce")).to_contain_text("could not be fetched")
    expect(newest).to_contain_text("1 of 2")
    assert page.locator("#session-sites tbody tr").count() == 0


def test_the_dose_of_the_brush_stays_in_sight(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.locator("#brush-other").press_sequentially("1.75 ")
    expect(page.locator("#brush-other")).to_have_value("1.75 ")


def test_a_site_added_by_name_is_drawn_from_the_vial_chosen_meanwhile(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.click("text=Take out")
    expect(page.locator("[data-syringe]")).to_have_count(0)
    page.locator("#choose-vial summary").click()
    page.select_option("#vial_id", charting.vial_id)
    page.click("text=Draw from it")
    expect(page.locator("[data-syringe]")).to_have_count(1)
    page.click("#add-site summary")
    page.select_option("#add-muscle", "mentalis")
    page.check("#add-side-left", force=True)
    page.fill("#add-units", "2.5")
    page.click("text=Add this site")
    saved(page)
    [site] = charting.record().sites
    assert site.syringe_id is not None


def test_the_focus_goes_to_what_is_near_when_its_button_is_gone(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT, units="2.5")
    page = screen.open(charting.visit_id)
    finding = page.locator("#findings .finding", has_text="Consent for off-label use is not recorded")
    finding.locator("input[name=reason]").fill("Given in writing at the last visit")
    page.keyboard.press("Enter")
    expect(finding).to_be_focused()
    edit(page, 1)
    page.click(".row-edit >> text=Remove")
    saved(page)
    expect(page.locator("#face svg")).to_be_focused()


def test_a_comma_that_was_refused_never_becomes_ten_times_the_dose(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.fill("#brush-other", "2,5")
    tap(page, -345, 729)
    expect(page.locator("#saved")).to_contain_text("Not saved: a change was refused")
    press(page, "m")
    expect(page.locator('.row-edit input[name="units"]')).to_have_value("2,5")
    note(page, "low")
    expect(page.locator("#saved")).to_contain_text("Not saved: a change was refused")
    assert charting.record().sites == ()
