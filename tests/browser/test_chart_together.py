"""Two people on one draft: each sees the other, learns of a change, and merges site by site when both changed it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from playwright.sync_api import Page, expect

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.injections import Answer, Question
from clinic.domain.visits import Section
from clinic.services import injections, visits
from clinic.services.injections import AnswerEntry
from tests.browser.conftest import Screen
from tests.browser.face import dose, rows, saved, tap
from tests.browser.test_chart_trouble import as_assistant, merge
from tests.charting import Charting
from tests.factories import ClinicWorld


def ask_now(page: Page) -> None:
    """Let the page ask at once what it asks every 25 seconds."""
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


def type_units(page: Page, number: int, units: str) -> None:
    """Give a site another dose in its row's editor, without waiting for the answer."""
    page.locator("#site-table tr[data-site]").nth(number - 1).locator('[data-act="edit"]').click()
    page.locator('form .row-edit input[name="units"], .row-edit input[name="units"]').fill(units)
    page.keyboard.press("Enter")


def test_both_see_each_other_and_who_leaves_is_gone(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting
) -> None:
    first = screens(clinic.prescriber).open(charting.visit_id)
    other = screens(clinic.people[Role.ASSISTANT])
    second = other.open(charting.visit_id)
    expect(second.locator("#others")).to_have_text("Open by Ada Prescriber since 11:00")
    ask_now(first)
    expect(first.locator("#others")).to_have_text("Open by Ada Assistant since 11:00")
    second.goto(f"{other.address}/")
    second.wait_for_load_state("networkidle")
    ask_now(first)
    expect(first.locator("#others")).to_have_text("")


def test_a_change_is_told_within_half_a_minute_and_shown_without_reloading(screen: Screen, charting: Charting) -> None:
    screen.page.clock.install()
    page = screen.open(charting.visit_id)
    page.evaluate("() => { window.notReloaded = true; }")
    as_assistant(charting).site(muscle="mentalis", side=Side.LEFT, units="4")
    with as_assistant(charting).writing() as uow:
        visits.write(uow, charting.visit_id, charting.version(), notes={Section.PLAN: "Review in two weeks"})
    page.clock.run_for(26_000)
    expect(page.locator("#newer")).to_contain_text("Ada Assistant saved a change at 11:00:00.")
    assert rows(page) == []
    page.click("text=Show it")
    expect(page.locator("tr[data-site]")).to_have_count(1)
    expect(page.locator("#plan")).to_have_value("Review in two weeks")
    expect(page.locator("#newer")).to_have_text("")
    assert page.evaluate("() => window.notReloaded")
    page.fill("#note", "Came by bus")
    page.clock.run_for(3_000)
    saved(page)
    assert charting.record().notes[Section.NOTE] == "Came by bus"


def test_what_is_typed_is_never_sent_over_a_change_that_was_only_looked_at(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    other = as_assistant(charting)
    with other.writing() as uow:
        visits.write(uow, charting.visit_id, other.version(), notes={Section.PLAN: "Review in two weeks"})
    ask_now(page)
    expect(page.locator("#newer")).to_contain_text("saved a change")
    page.locator("#plan").press_sequentially("Mine")
    ask_now(page)
    expect(page.locator("#notice")).to_contain_text("Changed by you and by Ada Assistant")
    assert charting.record().notes[Section.PLAN] == "Review in two weeks"


def test_one_site_changed_by_both_is_chosen_and_nothing_is_chosen_beforehand(
    screen: Screen, charting: Charting
) -> None:
    kept = charting.site(muscle="mentalis", side=Side.LEFT, units="4")
    own = charting.site(muscle="platysma", sub_site="medial_band_1", side=Side.LEFT, units="4")
    page = screen.open(charting.visit_id)
    as_assistant(charting).site(muscle="mentalis", side=Side.LEFT, units="2.5", site_id=kept)
    type_units(page, 1, "5")
    expect(page.locator("#conflict legend")).to_have_text("Site 1: Mentalis, belly, patient’s left")
    type_units(page, 2, "1")
    assert page.locator("#conflict input:checked").count() == 0
    merge(page)
    expect(page.locator("#conflict .field-errors")).to_have_text("Choose one of the two.")
    assert {site.units for site in charting.record().sites} == {Decimal("2.5"), Decimal(4)}
    page.get_by_label("Yours: 5").check()
    merge(page)
    saved(page)
    assert {site.id: site.units for site in charting.record().sites} == {kept: Decimal(5), own: Decimal(1)}
    assert [site.sub_site for site in charting.record().sites] == ["belly", "medial_band_1"]


def test_the_saved_one_can_be_chosen(screen: Screen, charting: Charting) -> None:
    site = charting.site(muscle="mentalis", side=Side.LEFT, units="4")
    page = screen.open(charting.visit_id)
    as_assistant(charting).site(muscle="mentalis", side=Side.LEFT, units="2.5", site_id=site)
    type_units(page, 1, "5")
    page.get_by_label("Saved meanwhile: 2.5").check()
    merge(page)
    saved(page)
    assert [row[4] for row in rows(page)] == ["2.5"]
    assert charting.record().sites[0].units == Decimal("2.5")


def test_changes_of_different_sites_are_merged_at_one_press(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    as_assistant(charting).site(muscle="mentalis", side=Side.LEFT, units="4")
    dose(page, "2.5")
    tap(page, -345, 729)
    expect(page.locator("#conflict")).to_contain_text("Only you changed these")
    merge(page)
    saved(page)
    assert [site.muscle for site in charting.record().sites] == ["mentalis", "frontalis"]


def test_an_answer_given_by_the_other_is_not_taken_back_by_mine(screen: Screen, charting: Charting) -> None:
    charting.answer_all()
    page = screen.open(charting.visit_id)
    other = as_assistant(charting)
    version = other.version()
    with other.writing() as uow:
        entry = AnswerEntry(Answer.YES, "to human albumin")
        injections.answer(uow, charting.visit_id, version, {Question.ALLERGY: entry})
    page.check('#answer-pregnancy [value="unknown"]', force=True)
    merge(page)
    saved(page)
    answers = charting.record().answers
    assert answers[Question.PREGNANCY].answer is Answer.UNKNOWN
    assert (answers[Question.ALLERGY].answer, answers[Question.ALLERGY].detail) == (Answer.YES, "to human albumin")


def test_one_question_answered_by_both_is_asked_about(screen: Screen, charting: Charting) -> None:
    charting.answer_all()
    page = screen.open(charting.visit_id)
    other = as_assistant(charting)
    version = other.version()
    with other.writing() as uow:
        injections.answer(uow, charting.visit_id, version, {Question.PREGNANCY: AnswerEntry(Answer.YES)})
    page.check('#answer-pregnancy [value="unknown"]', force=True)
    expect(page.locator("#conflict")).to_contain_text("Saved meanwhile: yes")
    expect(page.locator('#answer-pregnancy [value="unknown"]')).to_be_checked()
    page.get_by_label("Saved meanwhile: yes").check()
    merge(page)
    saved(page)
    expect(page.locator('#answer-pregnancy [value="yes"]')).to_be_checked()
    assert charting.record().answers[Question.PREGNANCY].answer is Answer.YES
