"""TIME-001 and TIME-002."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from clinic.domain.findings import Severity
from clinic.domain.injections import Answer, Question
from clinic.domain.safety_intervals import OTHER_TOXIN_MONTHS, REINJECTION_DAYS
from tests.domain.facts import SAFE_ANSWERS, TODAY, facts, found, past, site, vial


@pytest.mark.parametrize(("days", "warns"), [(0, True), (83, True), (84, False), (85, False)])
def test_time_001_eighty_four_days_are_fine(days: int, warns: bool) -> None:
    last = TODAY - timedelta(days=days)
    assert REINJECTION_DAYS == 84
    assert bool(found("TIME-001", facts(last_session_on={"botox": last}))) is warns
    assert bool(found("TIME-001", facts(past=(past(last, 10),)))) is warns


def test_time_001_in_words() -> None:
    (one,) = found("TIME-001", facts(last_session_on={"botox": date(2026, 10, 23)}))
    assert one.message == (
        "onabotulinumtoxinA was last given on 23 Oct 2026, 30 days before this session; "
        "the labels' interval is 84 days (12 weeks)."
    )
    assert one.severity is Severity.WARN
    assert not one.stops


def test_time_001_names_a_touch_up() -> None:
    (one,) = found("TIME-001", facts(last_session_on={"botox": date(2026, 11, 8)}, touch_up=True))
    assert one.message.startswith("Touch-up: onabotulinumtoxinA")


def test_time_001_one_substance_is_one_product() -> None:
    assert found("TIME-001", facts(last_session_on={"botox_cosmetic": date(2026, 11, 8)}))
    assert not found("TIME-001", facts(last_session_on={"xeomin": date(2026, 11, 8)}))


def test_time_001_takes_the_latest_day_and_no_later_session() -> None:
    days = {"botox": date(2026, 3, 1), "botox_cosmetic": date(2026, 10, 1)}
    (one,) = found("TIME-001", facts(last_session_on=days))
    assert ("last", "2026-10-01") in one.evidence
    assert not found("TIME-001", facts(last_session_on={"botox": TODAY + timedelta(days=1)}))


def test_time_001_shows_before_the_first_site() -> None:
    session = facts(site(vial_id=None, given_at=None), last_session_on={"botox": date(2026, 11, 8)})
    assert found("TIME-001", session)


@pytest.mark.parametrize(
    ("on", "warns"),
    [
        (date(2026, 7, 21), False),
        (date(2026, 7, 22), False),
        (date(2026, 7, 23), True),
        (TODAY, True),
        (TODAY + timedelta(days=1), False),
    ],
)
def test_time_002_four_calendar_months(on: date, warns: bool) -> None:
    assert OTHER_TOXIN_MONTHS == 4
    assert bool(found("TIME-002", facts(past=(past(on, 30, "xeomin"),)))) is warns


def test_time_002_lists_each_other_toxin_apart() -> None:
    earlier = (
        past(date(2026, 10, 1), 2.5, "xeomin"),
        past(date(2026, 10, 1), 5, "xeomin", elsewhere="Spa"),
        past(date(2026, 9, 1), 1, "xeomin"),
        past(date(2026, 10, 1), 1500, "dysport"),
        past(date(2026, 10, 1), 40, "botox_cosmetic"),
    )
    inco, abo = found("TIME-002", facts(past=earlier))
    assert "incobotulinumtoxinA (Xeomin), 1\u00a0unit on 1 Sep 2026, 7.5\u00a0units on 1 Oct 2026." in inco.message
    assert "abobotulinumtoxinA (Dysport), 1,500\u00a0units on 1 Oct 2026." in abo.message
    assert "not added" in inco.message
    assert inco.severity is Severity.WARN


def test_time_002_knows_a_toxin_that_is_not_in_the_list() -> None:
    (one,) = found("TIME-002", facts(past=(past(date(2026, 11, 1), 50, "Botulax", elsewhere="abroad"),)))
    assert "Botulax" in one.message


def test_time_002_two_toxins_in_one_session() -> None:
    vials = {"v1": vial(), "v2": vial(id="v2", product="xeomin")}
    sites = (site(1), site(2, vial_id="v2"))
    (one,) = found("TIME-002", facts(*sites, vials=vials))
    assert "incobotulinumtoxinA, onabotulinumtoxinA" in one.message
    cosmetic = {"v1": vial(), "v2": vial(id="v2", product="botox_cosmetic")}
    assert not found("TIME-002", facts(*sites, vials=cosmetic))


@pytest.mark.parametrize(
    ("answer", "warns"), [(Answer.NO, False), (Answer.YES, True), (Answer.UNKNOWN, True), (None, False)]
)
def test_time_002_a_toxin_that_was_said_but_not_recorded(answer: Answer | None, warns: bool) -> None:
    answers = {**SAFE_ANSWERS, Question.OTHER_TOXIN: answer}
    if answer is None:
        del answers[Question.OTHER_TOXIN]
    session = facts(answers=answers)
    assert bool(found("TIME-002", session)) is warns
    for one in found("TIME-002", session):
        assert ("may have been given elsewhere" in one.message) is (answer is Answer.UNKNOWN)
    recorded = facts(answers=answers, past=(past(date(2026, 11, 1), 20, elsewhere="Spa"),))
    assert not found("TIME-002", recorded)
