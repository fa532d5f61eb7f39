"""Scales in a real browser: keys, the live score, a lost connection, touch, no script, and what a screen reader is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.services import assessments
from tests.browser.conftest import Screen
from tests.browser.grading import (
    FNGS_TOTAL,
    HOUSE_BRACKMANN_GRADE,
    SUNNYBROOK,
    SUNNYBROOK_COMPOSITE,
    Keys,
    at_scale,
    grade_scales,
)
from tests.charting import Charting
from tests.factories import ClinicWorld
from tests.services.test_assessments import SUNNYBROOK as ANSWERS

SIZES = [(1280, 800), (820, 1180), (390, 844), (320, 640)]
SUNNY = "sunnybrook/left"


def total(page: Page, text: str) -> None:
    expect(page.locator("#total [data-first] b")).to_have_text(text)


def said(page: Page, text: str) -> None:
    expect(page.locator("#announce")).to_have_text(text)


def question(page: Page, name: str) -> Any:
    return page.locator(f"#a-{name}")


def grade_as(charting: Charting, role: Role, answers: dict[str, int]) -> None:
    charting.clock.move(minutes=1)
    with charting.work.writing(charting.clinic.people[role]) as uow:
        assessments.save_assessment(
            uow, charting.visit_id, "sunnybrook", answers, version="1996", side=Side.LEFT, note="Late in the day"
        )


def test_three_scales_by_keyboard_alone(screen: Screen, charting: Charting) -> None:
    page = at_scale(screen, charting.visit_id, SUNNY)
    keys = Keys(page)
    grade_scales(keys)
    assert keys.count == 13 + 5 + 1 + 3 + 2  # The digits, three saved, two gone on.
    for name, value in (
        ("sunnybrook", SUNNYBROOK_COMPOSITE),
        ("fngs2", FNGS_TOTAL),
        ("house_brackmann", HOUSE_BRACKMANN_GRADE),
    ):
        expect(page.locator(f"#{name}-left .big")).to_have_text(value)
    found = {row.instrument: row for row in charting.record().outcomes.assessments}
    assert "".join(str(found["sunnybrook"].answers[key]) for key in ANSWERS) == SUNNYBROOK


def test_a_digit_that_is_no_answer_changes_nothing(screen: Screen, charting: Charting) -> None:
    page = at_scale(screen, charting.visit_id, SUNNY)
    page.keyboard.press("7")
    said(page, "Eye at rest: there is no answer 7.")
    assert page.locator("input:checked").count() == 0
    page.keyboard.press("1")
    said(page, "Eye at rest: 1 narrower, 1 point.")
    expect(page.locator("#a-rest_cheek-0")).to_be_focused()


def test_arrows_move_and_backspace_clears(screen: Screen, charting: Charting) -> None:
    page = at_scale(screen, charting.visit_id, SUNNY)
    for key in "13":
        page.keyboard.press(key)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#a-rest_cheek-3")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#a-rest_eye-1")).to_be_focused()
    page.keyboard.press("Backspace")
    said(page, "Eye at rest: not answered.")
    assert page.locator("input:checked").count() == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#a-rest_mouth-0")).to_be_focused()
    assert page.locator("input:checked").count() == 1
    expect(page.locator("#total")).to_contain_text("12\u00a0questions of 13 still open")


def test_enter_goes_to_what_is_still_open_instead_of_saving(screen: Screen, charting: Charting) -> None:
    page = at_scale(screen, charting.visit_id, SUNNY)
    page.keyboard.press("ArrowDown")
    for key in SUNNYBROOK[1:]:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    said(page, "One question is still open.")
    expect(page.locator("#a-rest_eye-0")).to_be_focused()
    page.keyboard.press("1")
    total(page, SUNNYBROOK_COMPOSITE)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Scales and measures", level=1)).to_be_visible()
    assert len(charting.record().outcomes.assessments) == 1


def test_the_score_follows_every_change_and_is_what_is_saved(screen: Screen, charting: Charting) -> None:
    page = at_scale(screen, charting.visit_id, SUNNY)
    for key in SUNNYBROOK:
        page.keyboard.press(key)
    total(page, SUNNYBROOK_COMPOSITE)
    assert page.locator('[data-sent="composite"]').input_value() == SUNNYBROOK_COMPOSITE
    page.locator("#a-syn_brow-3").click()
    total(page, "63")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#sunnybrook-left .big")).to_have_text("63")


def test_a_score_that_was_changed_in_the_page_is_refused(screen: Screen, charting: Charting) -> None:
    page = at_scale(screen, charting.visit_id, SUNNY)
    for key in SUNNYBROOK:
        page.keyboard.press(key)
    total(page, SUNNYBROOK_COMPOSITE)
    page.evaluate("document.querySelector('[data-sent=composite]').value = '100'")
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_contain_text("not what these answers give")
    expect(page.locator("#errors")).to_be_focused()
    total(page, SUNNYBROOK_COMPOSITE)
    assert page.locator("input:checked").count() == 13
    assert charting.record().outcomes.assessments == ()


def test_without_a_connection_no_old_score_is_shown_or_sent(screen: Screen, charting: Charting) -> None:
    page = at_scale(screen, charting.visit_id, SUNNY)
    for key in SUNNYBROOK:
        page.keyboard.press(key)
    total(page, SUNNYBROOK_COMPOSITE)

    def unreachable(route: Route) -> None:
        route.fulfill(status=503, json={})

    screen.intercept("**/score", unreachable)
    page.locator("#a-syn_brow-3").click()
    expect(page.locator("#total")).to_have_text("No connection: the score is shown after saving.")
    assert page.locator('[data-sent="composite"]').input_value() == ""
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#sunnybrook-left .big")).to_have_text("63")
    screen.complaints[:] = [one for one in screen.complaints if "503" not in one]


def test_millimetres_are_typed_and_enter_goes_on(screen: Screen, charting: Charting) -> None:
    page = at_scale(screen, charting.visit_id, "measures")
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    expect(page.locator("#a-aperture_rest_left")).to_be_focused()
    page.keyboard.type("8.5")
    expect(page.locator("#total")).to_contain_text("1.5\u00a0mm")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#measures")).to_contain_text("Eye opening at rest, patient’s left: 8.5\u00a0mm")


def test_a_note_takes_digits_and_lines(screen: Screen, charting: Charting) -> None:
    page = at_scale(screen, charting.visit_id, SUNNY)
    page.locator("#note").focus()
    page.keyboard.type("3 of 5")
    page.keyboard.press("Enter")
    page.keyboard.type("more")
    assert page.locator("#note").input_value() == "3 of 5\nmore"
    assert page.locator("input:checked").count() == 0


def test_a_scale_works_by_touch_and_without_script(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting
) -> None:
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "java_script_enabled": False}
    screen = screens(clinic.prescriber, **options)
    page = screen.page
    page.goto(f"{screen.address}/visits/{charting.visit_id}/assessment/{SUNNY}")
    for key, value in ANSWERS.items():
        label = page.locator(f"label[for=a-{key}-{value}]")
        box = label.bounding_box()
        assert box is not None
        assert box["height"] >= 44, key
        page.locator(f"#a-{key}-{value}").tap()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#sunnybrook-left .big")).to_have_text("58")


def test_two_raters_end_beside_each_other(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting
) -> None:
    grade_as(charting, Role.THERAPIST, ANSWERS)
    page = screens(clinic.prescriber).page
    page.goto(f"{screens(clinic.prescriber).address}/visits/{charting.visit_id}/assessment")
    card = page.locator("#sunnybrook-left")
    expect(card).to_contain_text("Ada Therapist has graded this")
    expect(card).not_to_contain_text("58")
    card.get_by_role("link", name="Grade it yourself without seeing it").click()
    expect(page.locator("html[data-ready]")).to_be_attached()
    for key in SUNNYBROOK:
        page.keyboard.press(key)
    total(page, SUNNYBROOK_COMPOSITE)
    page.keyboard.press("Enter")
    page.locator("#sunnybrook-left").get_by_role("button", name="Show both").click()
    expect(page.get_by_role("heading", name="raters beside each other")).to_be_visible()
    row = page.get_by_role("row", name="Composite")
    expect(row).to_contain_text(f"{SUNNYBROOK_COMPOSITE}58")
    expect(row).to_contain_text("8 apart")
    expect(page.get_by_text("answers agree;")).to_be_visible()


# Colours do not depend on the width.
@pytest.mark.parametrize(("size", "scheme"), [*((size, "light") for size in SIZES), (SIZES[0], "dark")], ids=str)
def test_every_page_is_sound_and_fits(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting, size: tuple[int, int], scheme: str
) -> None:
    grade_as(charting, Role.THERAPIST, ANSWERS)
    grade_as(charting, Role.PRESCRIBER, ANSWERS | {"syn_brow": 2})
    screen = screens(clinic.prescriber, viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page = screen.page
    base = f"{screen.address}/visits/{charting.visit_id}/assessment"
    page.goto(base)
    page.get_by_role("button", name="Show both").click()
    for rest in ("", "/sunnybrook/raters", f"/{SUNNY}", "/fngs2/left", "/house_brackmann/left", "/measures", "/fdi"):
        page.goto(base + rest)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], rest
        if size == SIZES[0]:
            found = Axe().run(page)
            assert found.violations_count == 0, f"{rest}: {found.generate_report()}"
