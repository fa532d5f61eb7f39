"""The shorthand line in a real browser: typed with real keys, read by the server, kept, completed, rewritten."""

from __future__ import annotations

import re
from decimal import Decimal

from playwright.sync_api import Page, expect

from clinic.domain.anatomy import Side
from tests.browser.conftest import Screen
from tests.browser.face import rows, saved
from tests.charting import Charting
from tests.domain.test_shorthand import USUAL

LINE = "#line-text"


def kept(charting: Charting) -> str:
    """The line as it is kept on the server."""
    session = charting.record().session
    assert session is not None
    return session.shorthand


def count_keys(page: Page) -> None:
    """Count every key that goes down on the page from now on."""
    page.evaluate(
        "() => { window.presses = 0; addEventListener('keydown', () => { window.presses += 1; }, { capture: true }); }"
    )


def test_a_usual_session_is_charted_from_blank_in_seventy_key_presses(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.focus(LINE)
    count_keys(page)
    page.keyboard.type(USUAL)
    page.keyboard.press("Enter")
    expect(page.locator("#site-table tr[data-site]")).to_have_count(12)
    saved(page)
    presses = page.evaluate("() => window.presses")
    assert presses == len(USUAL) + 1 <= 70
    sites = charting.record().sites
    assert len(sites) == 12
    assert sum(site.units for site in sites) == Decimal("23.75")
    assert {site.syringe_id for site in sites} == {charting.syringe_id}
    assert [site.side for site in sites].count(Side.LEFT) == 9
    expect(page.locator(LINE)).to_have_value("")
    assert kept(charting) == ""


def test_a_wrong_line_shows_what_keeps_the_text_and_survives_a_reload(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    text = "l dao 5; r oo 5; men 2"
    page.focus(LINE)
    page.keyboard.type(text)
    expect(page.locator("#line-read mark").first).to_have_text("oo")
    expect(page.locator("#line-read")).to_contain_text("orbicularis oris and orbicularis oculi")
    expect(page.locator("#line-read")).to_contain_text("Depressor anguli oris, belly, patient’s left: 5\u00a0units")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.locator("#announce")).to_contain_text("Nothing was charted")
    expect(page.locator(LINE)).to_have_value(text)
    expect(page.locator(LINE)).to_be_editable()
    saved(page)
    assert charting.record().sites == ()
    assert kept(charting) == text
    page.reload()
    expect(page.locator(LINE)).to_have_value(text)
    expect(page.locator("#findings")).to_contain_text("holds text that is not charted")
    expect(page.locator("#line-read mark").first).to_have_text("oo")
    page.focus(LINE)
    page.keyboard.press("Home")
    for _ in "l dao 5; r o":
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")
    page.keyboard.type("ris")
    page.keyboard.press("Enter")
    expect(page.locator("#line-read")).to_contain_text("name one (upper_lateral, lower_lateral), or write x2")


def test_text_is_kept_within_a_second_and_a_half(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.focus(LINE)
    page.keyboard.type("l da")
    with page.expect_response(re.compile(r"/shorthand/keep$"), timeout=1500):
        pass
    saved(page)
    assert kept(charting) == "l da"


def test_completion_takes_enter_only_once_it_was_entered(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.focus(LINE)
    page.keyboard.type("l oo")
    expect(page.locator("#line-list [role=option]").first).to_contain_text("ooc")
    expect(page.locator(LINE)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(page.locator(LINE)).to_have_attribute("aria-activedescendant", "line-list-0")
    page.keyboard.press("Enter")
    expect(page.locator(LINE)).to_have_value("l ooc ")
    assert charting.record().sites == ()
    page.keyboard.type("la")
    expect(page.locator("#line-list [role=option]").first).to_contain_text("lateral_orbital")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator(LINE)).to_have_value("l ooc lateral_orbital ")
    page.keyboard.type("2.5 x3; men 2 intram")
    expect(page.locator("#line-list")).to_be_visible()  # It could go on to intramuscular; Enter is not the list's.
    page.keyboard.press("Enter")
    expect(page.locator("#site-table tr[data-site]")).to_have_count(4)
    assert len(charting.record().sites) == 4


def test_the_list_is_rewritten_as_a_line_and_the_text_beside_it_stays(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", sub_site="belly", side=Side.LEFT, units="2")
    charting.site(muscle="depressor_anguli_oris", sub_site="belly", side=Side.LEFT, units="5")
    before = {site.muscle: site.id for site in charting.record().sites}
    page = screen.open(charting.visit_id)
    page.focus(LINE)
    page.keyboard.type("r zz")
    page.click("text=As a line")
    expect(page.locator(LINE)).to_have_value("l men 2; dao 5")
    page.keyboard.press("Home")
    page.keyboard.press("Control+a")
    page.keyboard.type("l dao 4; r dli 1")
    page.keyboard.press("Enter")
    expect(page.locator(LINE)).to_have_value("r zz")
    expect(page.locator("#announce")).to_have_text("The sites are rewritten.")
    saved(page)
    assert rows(page) == [
        ["1", "Depressor anguli oris", "belly", "left", "4"],
        ["2", "Depressor labii inferioris", "belly", "right", "1"],
    ]
    sites = charting.record().sites
    assert sites[0].id == before["depressor_anguli_oris"]
    assert kept(charting) == "r zz"


def test_a_site_that_is_there_already_is_refused_beside_the_line(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", sub_site="belly", side=Side.LEFT, units="2")
    page = screen.open(charting.visit_id)
    page.focus(LINE)
    page.keyboard.type("l men 3")
    page.keyboard.press("Enter")
    expect(page.locator("#line .field-errors")).to_contain_text("Charted there already: site 1")
    expect(page.locator(LINE)).to_have_value("l men 3")
    expect(page.locator(LINE)).to_be_editable()
    page.focus(LINE)
    page.keyboard.press("Control+a")
    page.keyboard.type("r men 3")
    page.keyboard.press("Enter")
    expect(page.locator("#site-table tr[data-site]")).to_have_count(2)
    expect(page.locator("#notice")).to_be_empty()


def test_without_a_connection_the_line_waits_and_is_charted_once(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.focus(LINE)
    screen.context.set_offline(True)
    page.keyboard.type("l men 3; dao 2")
    page.keyboard.press("Enter")
    expect(page.locator("#saved")).to_contain_text("Not checked, not saved")
    expect(page.locator(LINE)).to_have_value("l men 3; dao 2")
    screen.context.set_offline(False)
    expect(page.locator("#site-table tr[data-site]")).to_have_count(2)
    saved(page)
    assert len(charting.record().sites) == 2
    expect(page.locator(LINE)).to_have_value("")


def test_a_slash_on_the_face_goes_to_the_line_and_the_sheet_of_keys_holds_its_grammar(
    screen: Screen, charting: Charting
) -> None:
    page = screen.open(charting.visit_id)
    page.focus("#face svg")
    page.keyboard.press("/")
    expect(page.locator(LINE)).to_be_focused()
    expect(page.locator(LINE)).to_have_value("")
    page.focus("#face svg")
    page.keyboard.press("?")
    page.click("#keys summary")
    expect(page.locator("#keys")).to_contain_text("it stays until another is said and is never assumed")
