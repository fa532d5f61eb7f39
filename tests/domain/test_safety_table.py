"""The registry: every check speaks and keeps silent, in a stable order, as docs/checks.md says."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.findings import Override, Severity
from clinic.domain.injections import Answer, MuscleState, OpenEvent, PresetFact, Question, SessionFacts
from clinic.domain.products import rule_limit
from clinic.domain.quantities import format_number
from clinic.domain.safety import CHECKS, apply_overrides, check
from clinic.domain.safety_intervals import OTHER_TOXIN_MONTHS, REINJECTION_DAYS
from tests.domain.facts import NOW, SAFE_ANSWERS, TODAY, eye, facts, found, past, site

DOCUMENT = Path(__file__).parents[2] / "docs" / "checks.md"
ROW = re.compile(r"^\| ([A-Z]+-[0-9]{3}) \| ([^|]+) \| ([a-z]+) \|(.*)\|$", re.MULTILINE)


def says(question: Question, answer: Answer) -> dict[Question, Answer]:
    return {**SAFE_ANSWERS, question: answer}


MENTALIS_PRESET = (PresetFact("botox", "mentalis", None, Decimal(1), Decimal(2)),)

OPEN_EVENT = OpenEvent("e1", 2, "Drooping of the upper lid, patient’s left, grade 2")

CASES: dict[str, tuple[SessionFacts, SessionFacts]] = {
    "VIAL-001": (facts(site(vial_id=None)), facts(site(vial_id=None, given_at=None))),
    "VIAL-002": (
        facts(vial_changes={"units_left": Decimal("2.49")}),
        facts(vial_changes={"units_left": Decimal("2.5")}),
    ),
    "VIAL-003": (facts(vial_changes={"other_patients": 1}), facts(vial_changes={"other_patients": 0})),
    "VIAL-004": (facts(vial_changes={"expires_on": date(2026, 11, 21)}), facts(vial_changes={"expires_on": TODAY})),
    "VIAL-005": (facts(vial_changes={"recalled": True}), facts()),
    "SCREEN-001": (facts(answers={}), facts(answers=says(Question.ALLERGY, Answer.UNKNOWN))),
    "SCREEN-002": (facts(answers=says(Question.ALLERGY, Answer.YES)), facts(answers={})),
    "SCREEN-003": (
        facts(answers=says(Question.PREGNANCY, Answer.YES)),
        facts(answers=says(Question.ALLERGY, Answer.YES)),
    ),
    "SCREEN-004": (facts(answers=says(Question.ANTICOAGULANT, Answer.YES)), facts()),
    "EYE-001": (
        facts(eye(), answers=says(Question.LAGOPHTHALMOS, Answer.YES)),
        facts(site(), answers=says(Question.LAGOPHTHALMOS, Answer.YES)),
    ),
    "SIDE-001": (facts(palsy_sides=frozenset({Side.RIGHT})), facts(palsy_sides=frozenset({Side.LEFT}))),
    "SIDE-002": (
        facts(muscle_states={("mentalis", Side.LEFT): MuscleState.RESECTED}),
        facts(muscle_states={("mentalis", Side.RIGHT): MuscleState.RESECTED}),
    ),
    "DOSE-001": (facts(past=(past(TODAY, "397.51"),)), facts(past=(past(TODAY, "397.5"),))),
    "DOSE-002": (
        facts(eye(), past=(past(TODAY, "197.51", muscle="orbicularis_oculi"),)),
        facts(eye(), past=(past(TODAY, "197.5", muscle="orbicularis_oculi"),)),
    ),
    "DOSE-003": (facts(site(units="400.01"), product="xeomin"), facts(site(units="400"), product="xeomin")),
    "DOSE-004": (facts(site(units="25")), facts(site(units="10"))),
    "DOSE-005": (facts(eye(units="5.25")), facts(eye(units="5"))),
    "DOSE-006": (facts(presets=MENTALIS_PRESET), facts(site(units="2"), presets=MENTALIS_PRESET)),
    "DOSE-007": (facts(site(units="2.6")), facts(site(units="2.75"))),
    "DOSE-008": (facts(site(units="0")), facts(site(units="0.01"))),
    "TIME-001": (
        facts(last_session_on={"botox": date(2026, 8, 31)}),
        facts(last_session_on={"botox": date(2026, 8, 30)}),
    ),
    "TIME-002": (facts(past=(past(TODAY, 1, "dysport"),)), facts(past=(past(TODAY, 1),))),
    "ZONE-001": (facts(eye(sub_site=None, x=320, y=375)), facts(eye())),
    "COPY-001": (facts(site(confirmed=False)), facts(site(copied_from=TODAY))),
    "TEXT-001": (facts(text_not_understood="oo 5"), facts(text_not_understood=" ")),
    "TIMEOUT-001": (facts(time_outs=()), facts(site(given_at=None), time_outs=())),
    "CONSENT-001": (facts(consent_recorded=False), facts()),
    "AGE-001": (facts(birth_date=date(2008, 11, 23)), facts(birth_date=date(2008, 11, 22))),
    "EVENT-001": (facts(asks_about_events=True), facts(site(1), site(2, given_at=None), asks_about_events=True)),
    "EVENT-002": (
        facts(asks_about_events=True, open_events=(OPEN_EVENT,)),
        facts(asks_about_events=False, open_events=(OPEN_EVENT,)),
    ),
}


def test_every_check_has_a_case() -> None:
    assert list(CASES) == list(CHECKS)


@pytest.mark.parametrize("code", list(CHECKS))
def test_a_check_speaks_when_it_must_and_only_then(code: str) -> None:
    speaks, silent = CASES[code]
    stated = found(code, speaks)
    assert stated
    assert {one.severity for one in stated} == {CHECKS[code][0]}
    assert all((one.message and one.source and one.evidence) or code == "CONSENT-001" for one in stated)
    assert all(re.fullmatch(r"session|(site|vial|answer):\w+", one.subject) for one in stated)
    assert not found(code, silent)


def test_nothing_is_said_against_an_ordinary_session() -> None:
    assert check(facts()) == ()
    assert check(facts(site(1), eye(2), site(3, side=Side.MIDLINE, sub_site="midline"))) == ()


@pytest.mark.parametrize("code", list(CHECKS))
def test_statements_do_not_depend_on_the_moment_of_judging(code: str) -> None:
    speaks, _silent = CASES[code]
    later = replace(speaks, now=datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC))
    assert check(speaks) == check(later)


def everything() -> SessionFacts:
    """A session against which nearly everything can be said."""
    sites = [
        eye(1, sub_site=None, x=320, y=375, units="410.01", confirmed=False),
        site(2, units="12.3", side=Side.RIGHT),
        site(3, vial_id=None),
    ]
    return facts(
        *sites,
        answers=dict.fromkeys(list(Question)[3:], Answer.UNKNOWN),
        vial_changes={"recalled": True, "other_patients": 2, "expires_on": date(2026, 1, 1), "units_left": Decimal(9)},
        past=(past(TODAY, 300), past(TODAY, 5, "xeomin")),
        consent_recorded=False,
        time_outs=(),
        birth_date=date(2012, 2, 29),
        text_not_understood="oo 5",
    )


def test_the_severest_come_first_then_the_order_of_the_table() -> None:
    levels, codes = list(Severity), list(CHECKS)
    order = [(levels.index(one.severity), codes.index(one.code)) for one in check(everything())]
    assert order == sorted(order)
    assert len(order) > 25


def test_the_order_does_not_depend_on_how_sites_arrive() -> None:
    session = everything()
    shuffled = list(session.sites)
    random.Random(1).shuffle(shuffled)
    assert shuffled != list(session.sites)
    assert check(session) == check(replace(session, sites=tuple(shuffled)))


def test_keys_are_distinct() -> None:
    stated = check(everything())
    assert len({one.key for one in stated}) == len(stated)


def test_overrides_open_everything_but_never() -> None:
    stated = check(everything())
    typed = {one.key: Override("A reason of some length.", "Dr Abel", "now") for one in stated}
    after = apply_overrides(stated, typed)
    assert {one.severity for one in after if one.stops} == {Severity.NEVER}
    assert [one.key for one in after] == [one.key for one in stated]


def test_moments_are_written_in_the_clinics_zone() -> None:
    zone = ZoneInfo("America/New_York")
    session = facts(now=NOW.astimezone(zone), vial_changes={"use_by": datetime(2026, 11, 22, 15, 0, tzinfo=UTC)})
    (one,) = found("VIAL-004", session)
    assert "22 Nov 2026, 10:00 EST" in one.message
    assert ("use by", "2026-11-22T15:00:00+00:00") in one.evidence


def test_the_document_tells_the_same_table() -> None:
    rows = {code: (level, title) for code, title, level, _exact in ROW.findall(DOCUMENT.read_text(encoding="utf-8"))}
    assert rows == {code: (severity.value, title) for code, (severity, title) in CHECKS.items()}
    assert list(rows) == list(CHECKS)


def test_the_document_tells_the_same_numbers() -> None:
    rows = {code: exact for code, _title, _level, exact in ROW.findall(DOCUMENT.read_text(encoding="utf-8"))}
    for code in ("DOSE-001", "DOSE-002", "DOSE-003", "DOSE-005"):
        assert f"{format_number(rule_limit(code).units)} units" in rows[code]
    assert f"{REINJECTION_DAYS} days" in rows["TIME-001"]
    assert f"{OTHER_TOXIN_MONTHS} months" in CHECKS["TIME-002"][1]
    assert f"{rule_limit('DOSE-001').months} calendar months" in rows["DOSE-001"]
    assert f"{rule_limit('DOSE-002').days} days" in CHECKS["DOSE-002"][1]
