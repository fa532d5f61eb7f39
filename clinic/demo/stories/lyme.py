"""Lyme disease, both sides: no unaffected side; a change of product, and one session transcribed from an old letter."""

from __future__ import annotations

from datetime import date
from functools import partial

from clinic.demo.outcomes import Grading, Outcome, Reviewed, spread
from clinic.demo.planning import Planned
from clinic.demo.sessions import Case, Plan, save_sites, sign, version, write_notes
from clinic.demo.stage import Stage
from clinic.demo.stock import Cupboard
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group
from clinic.domain.patients import Cause, DatePrecision, Sex
from clinic.domain.plans import CareStep, Goal
from clinic.domain.visits import Section
from clinic.services import injections, visits
from clinic.services.conditions import ConditionValues
from clinic.services.patients import PatientValues

_SITES = (
    "right orbicularis_oculi:lateral_orbital 1.25; left mentalis 2.5;"
    " left platysma:medial_band*4 1.25; right platysma:medial_band*4 1.25"
)
_GRID = "Right: smile → eye 2 / 2. Left: pucker → chin 3 / 3. Both sides are palsied: there is no side to compare with."


_PATTERNS = "right big_smile eye {0}; left pucker chin {1}; left big_smile neck {2}; right big_smile neck {2}"


def schedule(stage: Stage, cupboard: Cupboard) -> None:
    """Put the story on the timeline."""
    case = Case(
        stage,
        cupboard,
        PatientValues(
            family_name="Kowalczyk",
            given_names="Adrian",
            birth_date=stage.day("1998-12-05"),
            record_number="FN-1005",
            sex=Sex.MALE,
            phone="+44 20 7946 0105",
            language="Polish",
        ),
        episodes=(_episode(stage, Side.RIGHT, "2024-05-11", 5), _episode(stage, Side.LEFT, "2024-05-15", 4)),
    ).registered("2025-06-12")
    stage.at(stage.day("2025-06-12"), "09:00", partial(_transcribe, case, stage.day("2025-02-27")))
    told = {Section.ASSESSMENT: _GRID}
    begin = _graded("2/2 3/3 1/1", ("22232", "23332"), 27)
    case.has_session("2025-06-12", "10:00", Plan(_SITES, product="xeomin", by="second", notes=told, outcome=begin))
    good = {Section.OUTCOME: "Eye and chin calmer for 11 weeks. Asked about adverse events: none."}
    calmer = _graded("1/1 2/2 1/0", ("22222", "23322"), 23, Reviewed(_PATTERNS.format(50, 60, 40), 4, 14, 77))
    case.has_session("2025-09-18", "10:30", Plan(_SITES, product="xeomin", by="second", notes=good, outcome=calmer))
    shorter = {Section.OUTCOME: "Calmer for 8 weeks only. Asked about adverse events: none."}
    less = _graded("2/1 2/2 1/0", ("22222", "23322"), 24, Reviewed(_PATTERNS.format(45, 50, 40), 5, 14, 56))
    case.has_session("2026-01-15", "10:00", Plan(_SITES, product="xeomin", by="second", notes=shorter, outcome=less))
    change = (
        "Calmer for 7 weeks. Change to onabotulinumtoxinA agreed: doses are chosen afresh; units of the two products"
        " are not comparable and are not added."
    )
    least = _graded("2/2 3/2 1/1", ("22222", "22332"), 25, Reviewed(_PATTERNS.format(40, 40, 30), 6, 18, 49))
    planned = Planned(
        flags={},
        goals=(
            Goal("Chew without my chin wrinkling", (Group.CHIN,), expected="Only with hard bread"),
            Goal("Keep the right eye open when I laugh", (Group.EYE,), expected="Half open"),
        ),
        ratings=(-1, -1),
        targets=(
            "right orbicularis_oculi:lateral_orbital*3 1.25; left mentalis 2.5;"
            " left platysma:medial_band*4 1.25; right platysma:medial_band*4 1.25"
        ),
        step=(CareStep.TOXIN, "Shorter effect each time: another product, with doses chosen afresh."),
    )
    plan = Plan(_SITES, by="second", notes={Section.PLAN: change}, outcome=least, planned=planned)
    case.has_session("2026-06-11", "10:00", plan)


def _graded(cells: str, regions: tuple[str, str], saq: int, review: Reviewed | None = None) -> Outcome:
    """Both sides by themselves: no scale that compares them, because neither is healthy."""
    sides = (Grading("fngs2", digits, side) for side, digits in zip((Side.RIGHT, Side.LEFT), regions, strict=True))
    return Outcome(_PATTERNS.format(*cells.split()), (*sides, spread("saq", saq)), review)


def _episode(stage: Stage, side: Side, onset: str, worst: int) -> ConditionValues:
    return ConditionValues(
        side=side,
        cause=Cause.LYME,
        onset_on=stage.day(onset),
        onset_precision=DatePrecision.DAY,
        worst_house_brackmann=worst,
        eye_status="Closes fully.",
        note="Borrelia antibodies in serum and fluid; doxycycline for 21 days.",
    )


def _transcribe(case: Case, on: date) -> None:
    """Enter the session of another hospital from its letter: lot unknown, no ledger."""
    source = "Letter of the patient's former neurologist; the lot was not noted."
    with case.stage.writing("second") as uow:
        visit_id = visits.start(uow, case.id, on=on)
        write_notes(
            uow,
            visit_id,
            "",
            {Section.NOTE: "Doses and muscles as the letter gives them; sides confirmed with the patient."},
        )
        injections.change_session(
            uow,
            visit_id,
            version(uow, visit_id),
            transcribed=True,
            transcribed_source=source,
            transcribed_product="xeomin",
            given_by="another hospital",
        )
        save_sites(uow, visit_id, "right orbicularis_oculi:lateral_orbital 1.25; left mentalis 2.5", None)
    case.stage.clock.wait(10)
    sign(case, visit_id, "second")
