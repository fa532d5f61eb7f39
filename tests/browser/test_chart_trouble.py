"""What the chart says and keeps when something stands in the way: no server, no session, another person, no script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.injections import Answer, Question
from clinic.domain.visits import Section
from clinic.models import AuditEvent
from clinic.services import injections, visits
from clinic.unit_of_work import Work
from tests.browser.conftest import Screen
from tests.browser.face import SAVED, dose, rows, saved, tap
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld, client_for


def as_assistant(charting: Charting) -> Charting:
    """The same draft in the hands of somebody else."""
    world = replace(
        charting.clinic, people=charting.clinic.people | {Role.PRESCRIBER: charting.clinic.people[Role.ASSISTANT]}
    )
    return replace(charting, clinic=world)


def merge(page: Page) -> None:
    """Press the button of the conflict."""
    page.get_by_role("button", name="Merge", exact=True).click()


def test_an_answer_that_is_lost_is_asked_for_again_and_saves_once(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    lost: list[str] = []

    def lose_first(route: Route) -> None:
        answer = route.fetch()
        lost.append(route.request.post_data or "")
        if len(lost) == 1:
            route.abort("internetdisconnected")
        else:
            route.fulfill(response=answer)

    screen.intercept("**/sites", lose_first)
    dose(page, "2.5")
    tap(page, -345, 729)
    expect(page.locator("#saved")).to_have_text("Not checked, not saved: no connection, will retry")
    saved(page)
    assert lost == [lost[0], lost[0]]
    assert len(charting.record().sites) == 1
    assert len(rows(page)) == 1


def test_without_a_connection_everything_waits_and_nothing_is_lost(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    dose(page, "2.5")
    screen.context.set_offline(True)
    tap(page, -345, 729)
    tap(page, 345, 729)
    expect(page.locator("#saved")).to_contain_text("Not checked, not saved")
    expect(page.locator("#interval")).to_have_text("not checked, not saved")
    assert page.evaluate("() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    assert len(rows(page)) == 2
    assert charting.record().sites == ()
    screen.context.set_offline(False)
    saved(page)
    assert [site.side for site in charting.record().sites] == [Side.RIGHT, Side.LEFT]
    assert page.evaluate("() => window.dispatchEvent(new Event('beforeunload', { cancelable: true }))")


def test_what_somebody_else_changed_is_shown_and_mine_is_offered_again(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    as_assistant(charting).site(muscle="mentalis", side=Side.LEFT, units="4")
    dose(page, "2.5")
    tap(page, -345, 729)
    expect(page.locator("#notice")).to_contain_text("Ada Assistant changed this visit meanwhile")
    expect(page.locator("#notice")).to_contain_text("New site: Frontalis, central, patient’s right: 2.5")
    expect(page.locator("#saved")).to_contain_text("Not saved")
    expect(page.locator("tr[data-site]")).to_have_count(2)
    assert len(charting.record().sites) == 1
    merge(page)
    saved(page)
    assert [site.muscle for site in charting.record().sites] == ["mentalis", "frontalis"]
    assert page.locator("#notice").inner_text() == ""


def test_mine_can_be_dropped(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    as_assistant(charting).site(muscle="mentalis", side=Side.LEFT, units="4")
    dose(page, "2.5")
    tap(page, -345, 729)
    page.click("text=Drop all of mine")
    saved(page)
    assert [row[1] for row in rows(page)] == ["Mentalis"]
    assert len(charting.record().sites) == 1


def test_two_texts_for_one_section_are_both_shown(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    other = as_assistant(charting)
    with other.writing() as uow:
        visits.write(
            uow,
            charting.visit_id,
            other.version(),
            notes={Section.PLAN: "Review in two weeks", Section.NOTE: "Came by bus"},
        )
    page.fill("#plan", "Review in six weeks")
    expect(page.locator("#notice")).to_contain_text("Plan")
    expect(page.locator(".on-record")).to_have_text("On record now: Review in two weeks")
    expect(page.locator("#note")).to_have_value("Came by bus")
    merge(page)
    expect(page.locator("#notice .field-errors")).to_have_text("Choose one of the two.")
    page.get_by_label("Yours: “Review in six weeks”").check()
    merge(page)
    saved(page)
    assert charting.record().notes[Section.PLAN] == "Review in six weeks"
    assert charting.record().notes[Section.NOTE] == "Came by bus"


def test_after_the_session_ended_the_same_person_goes_on(app: Any, screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    screen.context.clear_cookies()
    dose(page, "2.5")
    tap(page, -345, 729)
    expect(page.locator("#notice")).to_contain_text("Your session has ended")
    assert page.locator("#notice a").get_attribute("target") == "_blank"
    assert charting.record().sites == ()
    cookie = client_for(app, charting.clinic.prescriber).get_cookie("__Host-clinic", domain="localhost")
    assert cookie is not None
    screen.cookie = cookie.value
    screen.sign_in()
    page.click("text=I am signed in: save now")
    saved(page)
    assert len(charting.record().sites) == 1


def test_another_person_never_saves_what_the_first_one_did(app: Any, screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    screen.context.clear_cookies()
    dose(page, "2.5")
    tap(page, -345, 729)
    expect(page.locator("#notice")).to_contain_text("Your session has ended")
    cookie = client_for(app, charting.clinic.people[Role.ASSISTANT]).get_cookie("__Host-clinic", domain="localhost")
    assert cookie is not None
    screen.cookie = cookie.value
    screen.sign_in()
    page.click("text=I am signed in: save now")
    expect(page.locator("#notice")).to_contain_text("Somebody else is signed in now")
    assert charting.record().sites == ()


def test_texts_are_saved_as_they_are_typed(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.locator("#outcome").press_sequentially("Better for nine weeks")
    expect(page.locator("#saved")).to_have_text("Saving…")
    saved(page)
    assert charting.record().notes[Section.OUTCOME] == "Better for nine weeks"
    assert Section.PLAN not in charting.record().notes


def test_a_link_waits_until_what_was_typed_is_saved(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.fill("#plan", "Continue")
    page.click("text=Draw-up sheet")
    page.wait_for_url("**/prepare")
    assert charting.record().notes[Section.PLAN] == "Continue"


def test_answers_and_consent_are_saved_and_their_findings_go(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    expect(page.locator("#unanswered")).to_be_visible()
    for question in Question:
        page.check(
            f'#answer-{question.value} [value="{"yes" if "corneal" in question or "bells" in question else "no"}"]',
            force=True,
        )
    saved(page)
    expect(page.locator("#unanswered")).to_be_hidden()
    assert charting.record().answers[Question.ALLERGY].answer is Answer.NO
    page.check('#answer-allergy [value="yes"]', force=True)
    expect(page.locator("#answer-allergy .site-finding")).to_contain_text("Stop")
    page.fill("#consent-part textarea", "Off-label use explained and agreed")
    page.click("text=Record consent now")
    expect(page.locator("#consent-part .done")).to_contain_text("taken by Ada Prescriber")
    saved(page)


def test_a_reason_lets_a_prescriber_go_on(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    finding = page.locator("#findings .finding", has_text="Consent for off-label use is not recorded")
    finding.locator("input[name=reason]").fill("short")
    finding.locator("button").click()
    expect(finding.locator(".field-errors")).to_contain_text("at least 10 characters")
    finding.locator("input[name=reason]").fill("Given in writing at the last visit")
    finding.locator("button").click()
    expect(finding).to_contain_text("Gone past by Ada Prescriber")
    saved(page)


def test_a_vial_is_chosen_and_charted_from(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.click("text=Take out")
    expect(page.locator("[data-syringe]")).to_have_count(0)
    dose(page, "2.5")
    tap(page, -345, 729)
    expect(page.locator('[data-cell="from"]').first).to_have_text("vial to be added")
    page.locator("#choose-vial summary").click()
    page.select_option("#vial_id", charting.vial_id)
    page.click("text=Draw from it")
    expect(page.locator("[data-syringe]")).to_have_count(1)
    tap(page, 345, 729)
    saved(page)
    first, second = charting.record().sites
    assert first.syringe_id is None
    assert second.syringe_id == charting.record().syringes[0].id


def test_of_several_syringes_none_is_assumed(screen: Screen, charting: Charting) -> None:
    with charting.writing() as uow:
        second = injections.add_syringe(uow, charting.visit_id, charting.version(), charting.vial_id)
    page = screen.open(charting.visit_id)
    dose(page, "2.5")
    tap(page, -345, 729)
    expect(page.locator("#face-hint")).to_contain_text("Choose the syringe")
    page.click("text=Chart with B")
    tap(page, -345, 729)
    saved(page)
    assert [site.syringe_id for site in charting.record().sites] == [second]


def test_a_dose_is_put_down_when_another_product_is_charted_with(
    screen: Screen, work: Work, clinic: ClinicWorld, charting: Charting
) -> None:
    other = open_vial(work, clinic, product="dysport", lot="D1", label="V-0002", units=Decimal(300))
    with charting.writing() as uow:
        injections.add_syringe(uow, charting.visit_id, charting.version(), other)
    page = screen.open(charting.visit_id)
    page.click("text=Chart with A")
    dose(page, "2.5")
    page.click("text=Chart with B")
    expect(page.locator("#face-hint")).to_contain_text("choose a dose of abobotulinumtoxinA (Dysport)")
    tap(page, -345, 729)
    expect(page.locator("#face-hint")).to_contain_text("Choose a dose first")
    dose(page, "5")
    tap(page, -345, 729)
    saved(page)
    assert [(site.units, site.dose_product) for site in charting.record().sites] == [(Decimal(5), "dysport")]


def test_a_visit_without_injections_saves_its_texts_too(screen: Screen, charting: Charting) -> None:
    with charting.writing() as uow:
        plain = visits.start(uow, charting.patient_id, with_injections=False)
    page = screen.open(plain)
    page.fill("#phone", "Called: no complaints")
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert charting.record(plain).notes[Section.PHONE] == "Called: no complaints"


def test_without_a_script_everything_is_a_form(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting
) -> None:
    screen = screens(clinic.prescriber, java_script_enabled=False)
    page = screen.page
    page.goto(f"{screen.address}/visits/{charting.visit_id}")
    assert page.locator("[data-script]:visible").count() == 0
    page.click("#add-site summary")
    page.select_option("#add-muscle", "platysma")
    page.select_option("#add-sub_site", "medial_band_2")
    page.check("#add-side-right", force=True)
    page.fill("#add-units", "2.5")
    page.click("text=Add this site")
    page.click("a[data-act=edit]")
    page.fill("#dose-units", "4")
    page.click("text=Save site 1")
    page.click("a[data-act=edit]")
    page.check("#place-side-left", force=True)
    page.click("text=Move site 1 there")
    [site] = charting.record().sites
    assert (site.muscle, site.side, site.units) == ("platysma", Side.LEFT, Decimal(4))
    assert site.syringe_id == charting.record().syringes[0].id
    page.fill("#plan", "Review")
    page.click("text=Save the notes")
    assert charting.record().notes[Section.PLAN] == "Review"
    page.click("a[data-act=edit]")
    page.click("text=Remove site 1")
    assert charting.record().sites == ()


def test_a_placed_site_is_one_change_in_the_trail(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)

    def entries() -> int:
        with charting.reading() as uow:
            return uow.session.scalar(select(func.count()).select_from(AuditEvent)) or 0

    before = entries()
    dose(page, "2.5")
    tap(page, -345, 729)
    saved(page)
    assert entries() == before + 1
