"""An earlier session on the chart: repeated, looked at under today's sites, taken over site by site, and confirmed."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from clinic.domain.anatomy import Side
from tests.browser.conftest import Screen
from tests.browser.face import rows, saved, tap
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def again(charting: Charting, clock: Any) -> Charting:
    """A new draft after two signed sessions: four sites in November 2026, five in February 2027."""
    charting.signed()
    for weeks, label in ((12, "V-0002"), (12, "V-0003")):
        clock.move(weeks=weeks)
        charting.vial_id = open_vial(charting.work, charting.clinic, label=label, lot=f"L{label}")
        charting.start()
        if label == "V-0002":
            charting.chart_usual_sites()
            charting.site(muscle="frontalis", sub_site="central", side=Side.RIGHT, units="1.25")
            charting.answer_all()
            charting.consent()
            charting.prepare()
            charting.take_time_out()
            charting.give_all()
            charting.settle()
            charting.sign()
    return charting


@pytest.fixture
def page(screens: Callable[..., Screen], clinic: ClinicWorld, again: Charting) -> Page:
    """The new draft, the focus on its face."""
    opened = screens(clinic.prescriber).open(again.visit_id)
    opened.focus("#face svg")
    return opened


def press(page: Page, keys: str) -> None:
    """Press letters and digits one after the other."""
    for key in keys:
        page.keyboard.press(key)


def said(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait until a screen reader was told."""
    expect(page.locator("#announce")).to_have_text(text)


def confirmed(again: Charting) -> list[int]:
    """The numbers of the sites that are confirmed."""
    return [site.number for site in again.record().sites if site.confirmed]


def test_copies_are_hollow_until_each_is_confirmed(page: Page, again: Charting) -> None:
    press(page, "r")
    said(page, "5\u00a0sites brought from 14 Feb 2027: confirm each.")
    expect(page.locator('[data-cell="status_text"].copied').first).to_have_text("from 14 Feb 2027")
    expect(page.locator('[data-layer="marks"] circle[stroke-dasharray]')).to_have_count(5)
    press(page, "s2")
    said(page, re.compile("Mentalis.*from 14 Feb 2027, not confirmed$"))
    press(page, "c")
    said(page, "Site 2 confirmed: 2.5\u00a0units.")
    page.locator("tr[data-site]").nth(2).get_by_role("button", name="Confirm").click()
    said(page, "Site 3 confirmed: 2.5\u00a0units.")
    page.focus("#face svg")
    press(page, "s1m")
    saved(page)
    assert confirmed(again) == [1, 2, 3]
    assert again.record().sites[0].side is Side.RIGHT
    expect(page.locator('[data-layer="marks"] circle[stroke-dasharray]')).to_have_count(2)
    press(page, "c")
    said(page, re.compile("^Site 1 is not a copy that waits"))


def test_all_at_once_only_after_the_time_out(page: Page, again: Charting) -> None:
    press(page, "rc")
    said(page, re.compile("only after the time-out"))
    saved(page)
    assert confirmed(again) == []
    assert page.locator("#notice").inner_text() == ""
    one_by_one = page.locator("#confirming").get_by_text("Until the time-out stands, confirm each one for itself")
    everything = page.locator('#confirming [data-act="all"]')
    expect(one_by_one).to_be_visible()
    expect(everything).to_be_hidden()
    again.answer_all()
    again.consent()
    again.prepare()
    again.take_time_out()
    page.reload()
    expect(page.locator("html[data-ready]")).to_be_attached()
    expect(everything).to_be_visible()
    expect(one_by_one).to_be_hidden()
    page.focus("#face svg")
    page.keyboard.press("Shift+C")
    said(page, "5 sites confirmed.")
    saved(page)
    assert confirmed(again) == [1, 2, 3, 4, 5]


def test_only_what_the_face_shows_is_confirmed(page: Page, again: Charting) -> None:
    press(page, "r")
    expect(page.locator("tr[data-site]")).to_have_count(5)
    again.answer_all()
    again.consent()
    again.prepare()
    again.take_time_out()
    page.reload()
    expect(page.locator("html[data-ready]")).to_be_attached()
    page.focus("#face svg")
    press(page, "s5")
    press(page, "+++++")
    page.keyboard.press("Shift+C")
    said(page, "Site 5 confirmed.")
    saved(page)
    assert confirmed(again) == [5]


def test_a_repeat_is_one_step_to_undo(page: Page, again: Charting) -> None:
    press(page, "rz")
    said(page, re.compile("^Undone: 5 sites"))
    saved(page)
    assert again.record().sites == ()
    press(page, "r")
    expect(page.locator("tr[data-site]")).to_have_count(5)
    press(page, "r")
    expect(page.locator("#face-hint")).not_to_contain_text("brought from 14")
    saved(page)
    assert len(again.record().sites) == 5


def test_sessions_are_walked_through_and_listed_in_words(page: Page, again: Charting) -> None:
    slider = page.locator("#session-at")
    expect(slider).to_be_hidden()
    press(page, "g")
    said(page, re.compile("^Session of 14 Feb 2027, 2 of 2: 5 sites"))
    expect(page.locator('[data-layer="ghost"] > *')).to_have_count(5)
    expect(slider).to_have_attribute("aria-valuetext", "Session of 14 Feb 2027, 2 of 2")
    press(page, "[")
    said(page, re.compile("^Session of 22 Nov 2026, 1 of 2: 4 sites"))
    expect(page.locator('[data-layer="ghost"] > *')).to_have_count(4)
    press(page, "[")
    said(page, "There is no earlier session on record.")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator('[data-layer="ghost"] > *')).to_have_count(5)
    page.locator("#session-sites summary").click()
    expect(page.locator("#session-sites tbody tr")).to_have_count(5)
    expect(page.locator("#session-sites tbody tr").nth(1)).to_contain_text("Mentalis")
    page.click('[data-toggle="ghost"]')
    expect(slider).to_be_hidden()
    expect(page.locator('[data-layer="ghost"] > *')).to_have_count(0)


def test_each_session_is_fetched_once(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "/earlier/" in sent.url else None)
    press(page, "g")
    said(page, re.compile("2 of 2"))
    for key, where in (("[", "1 of 2"), ("]", "2 of 2"), ("[", "1 of 2")):
        press(page, key)
        said(page, re.compile(where))
    assert len(asked) == 2


def test_a_site_of_then_is_taken_by_key_by_tap_and_from_the_list(page: Page, again: Charting) -> None:
    press(page, "g")
    said(page, re.compile("^Session of 14 Feb"))
    page.keyboard.press("Shift+N")
    said(page, re.compile("^From 14 Feb 2027: site 1, Orbicularis oculi"))
    page.keyboard.press("Shift+N")
    said(page, re.compile("^From 14 Feb 2027: site 2, Mentalis"))
    press(page, "t")
    said(page, re.compile("^Site 1: Mentalis.*not confirmed$"))
    ghost = again.record().sites[0]
    assert (ghost.units, ghost.confirmed, ghost.syringe_id) == (Decimal("2.5"), False, again.syringe_id)
    tap(page, -320, 730)
    expect(page.locator("tr[data-site]")).to_have_count(2)
    page.locator("#session-sites summary").click()
    taken = page.locator("#session-sites tbody tr").nth(1).locator("button")
    expect(taken).to_be_disabled()
    page.locator("#session-sites tbody tr").nth(2).locator("button").click()
    expect(page.locator("tr[data-site]")).to_have_count(3)
    saved(page)
    assert [row[1] for row in rows(page)] == ["Mentalis", "Frontalis", "Platysma"]
    assert confirmed(again) == []
    page.focus("#face svg")
    press(page, "t")
    expect(page.locator("tr[data-site]")).to_have_count(4)
    saved(page)
    press(page, "zzzz")
    expect(page.locator("tr[data-site]")).to_have_count(0)
    expect(taken).to_be_enabled()


def test_the_button_repeats_too_and_an_older_session_as_well(page: Page, again: Charting) -> None:
    page.get_by_role("button", name="Repeat the session of 14 Feb 2027").click()
    expect(page.locator("tr[data-site]")).to_have_count(5)
    saved(page)
    press_undo = page.locator('[data-act="undo"]')
    press_undo.click()
    expect(page.locator("tr[data-site]")).to_have_count(0)
    page.focus("#face svg")
    press(page, "g[")
    said(page, re.compile("1 of 2"))
    page.locator("#session-sites summary").click()
    page.click('[data-act="repeat-shown"]')
    said(page, "4\u00a0sites brought from 22 Nov 2026: confirm each.")
    saved(page)
    assert len(again.record().sites) == 4


def test_without_an_earlier_session_it_says_so(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.focus("#face svg")
    for key in "rgt[":
        press(page, key)
        said(page, "No earlier session of this patient is on record.")
    assert page.locator('[data-toggle="ghost"]').count() == 0


def test_a_site_without_a_dose_moves_without_one_and_takes_one(
    screens: Callable[..., Screen], clinic: ClinicWorld, again: Charting
) -> None:
    again.vial_id = open_vial(
        again.work, again.clinic, product="dysport", units=Decimal(300), label="V-0009", lot="D77"
    )
    again.start()
    page = screens(clinic.prescriber).open(again.visit_id)
    page.focus("#face svg")
    press(page, "r")
    page.get_by_role("button", name="Bring the places without doses").click()
    expect(page.locator("tr[data-site]")).to_have_count(5)
    press(page, "s2")
    said(page, re.compile("dose to be entered"))
    page.keyboard.press("ArrowUp")
    saved(page)
    site = again.record().sites[1]
    assert (site.units, site.confirmed) == (0, True)
    page.keyboard.press("Enter")
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    saved(page)
    assert again.record().sites[1].units == 10


def test_nothing_about_earlier_sessions_keeps_anybody_out(page: Page) -> None:
    press(page, "g")
    said(page, re.compile("^Session of 14 Feb"))
    page.locator("#session-sites summary").click()
    page.focus("#face svg")
    press(page, "r")
    expect(page.locator("tr[data-site]")).to_have_count(5)
    for width in (1280, 820, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page).response["violations"]
        grave = [
            f"{one['id']}: {one['nodes'][0]['html'][:150]}" for one in found if one["impact"] in {"serious", "critical"}
        ]
        assert grave == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
