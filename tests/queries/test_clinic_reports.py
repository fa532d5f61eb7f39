"""What a report counts: signed visits in force, touch-ups with their session, in a fixed number of statements."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.clinic_reports import Cell, Report, ReportContent
from clinic.domain.periods import Period
from clinic.domain.reviews import Wearing
from clinic.domain.visits import Disposition
from clinic.queries.clinic_reports import clinic_report
from clinic.services import adverse_events, injection_sites, injections, repeats, signing
from clinic.services.adverse_events import EventEntry
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld
from tests.trending import CHIN, EYE, Course, at
from tests.web.statements import counted

YEAR = Period(date(2025, 1, 1), date(2025, 12, 31))
ZONE = "Europe/Berlin"


@pytest.fixture
def course(work: Work, clinic: ClinicWorld, clock: Any) -> Course:
    """A patient with an open draft."""
    clock.now = at(2025, 1, 20)
    return Course(Charting.begun(work, clinic, clock))


def report(course: Course, which: Report, period: Period = YEAR) -> dict[str, tuple[tuple[Cell, ...], ...]]:
    return {one.key: one.rows for one in content(course, which, period).tables}


def content(course: Course, which: Report, period: Period = YEAR) -> ReportContent:
    with course.charting.reading() as uow:
        return clinic_report(uow, which, period, ZONE)


def statements(course: Course) -> list[int]:
    found = []
    for which in Report:
        with course.charting.reading() as uow, counted(course.charting.work.engine) as seen:
            clinic_report(uow, which, YEAR, ZONE)
        found.append(len(seen))
    return found


def totals(course: Course, period: Period = YEAR) -> list[Cell]:
    return [value for _, value in report(course, Report.SESSIONS, period)["totals"]]


def test_an_empty_clinic_has_reports_that_say_nothing_is_known(course: Course) -> None:
    assert totals(course) == [0, 0, 0, 0, None]
    assert report(course, Report.DOSES) == {}
    assert all(rows == () for rows in report(course, Report.INTERVALS).values())
    assert report(course, Report.EVENTS)["kinds"] == ()
    assert report(course, Report.RECORD)["drafts"] == (("Ada Prescriber", 1, 0, 0), ("All", 1, 0, 0))
    assert statements(course) == [1] * len(Report)


def test_sessions_doses_and_intervals(course: Course) -> None:
    charting = course.charting
    charting.signed()
    parent = charting.visit_id
    charting.clock.now = at(2025, 2, 10)
    charting.start()
    version = charting.version()
    with charting.writing() as uow:
        injections.change_session(uow, charting.visit_id, version, touch_up_of=parent)
    charting.signed()
    charting.clock.now = at(2025, 4, 14)
    charting.start()
    charting.signed()
    charting.clock.now = at(2025, 4, 20)
    charting.start()
    assert totals(course) == [1, 2, 0, 1, 2]
    assert totals(course, Period(date(2025, 2, 1), date(2025, 2, 28))) == [0, 0, 0, 0, None]
    months = {row[0]: row[1:] for row in report(course, Report.SESSIONS)["months"]}
    assert (months["Jan 2025"], months["Feb 2025"], months["Apr 2025"]) == ((1, 0, 1), (0, 0, 0), (1, 0, 0))
    doses = report(course, Report.DOSES)
    # The touch-up's 5 units count to its session: 10 and 5.
    assert ("Depressor labii inferioris", "patient’s right", 2, 5, 6.25, 7.5, 8.75, 10) in doses["doses-1"]
    assert ("Depressor labii inferioris", "patient’s right", 3, 5, 5, 5, 5, 5) in doses["sites-1"]
    intervals = report(course, Report.INTERVALS)
    assert intervals["intervals"][0] == ("in days", 1, 84, 84, 84, 84, 84)
    assert intervals["intervals"][1] == ("in weeks", 1, 12, 12, 12, 12, 12)
    assert [row[1] for row in intervals["interval-bands"]] == [0, 1, 0, 0]
    assert report(course, Report.REASONS)["asked"][0][:3] == (
        "EVENT-001",
        "Adverse event during the session not answered",
        3,
    )
    assert statements(course) == [1] * len(Report)


def test_reviews_events_amendments_and_voids(course: Course, other_clinic: ClinicWorld, work: Work) -> None:
    charting = course.charting
    charting.signed()
    session = charting.visit_id
    with charting.writing() as uow:
        entry = EventEntry(Kind.DRY_EYE, 2, Relation.POSSIBLE, Side.LEFT)
        adverse_events.record_event(uow, charting.patient_id, entry, session_id=session)
    course.draft(at(2025, 2, 20))
    effects = [(EYE, 60, False, ()), (CHIN, None, True, ())]
    course.review(session, effects, wearing=Wearing.GONE, worn_off_day=30)
    charting.sign()
    review = charting.visit_id
    with charting.fresh_writing() as uow:
        charting.visit_id = signing.amend(uow, session, "a wrong word")
    charting.sign()
    said = report(course, Report.RESPONSE)
    assert said["reviewed"] == (
        ("reviewed at all", 1, 100),
        ("first reviewed 2 to 6 weeks after it", 1, 100),
        ("not reviewed", 0, 0),
    )
    assert ("eye narrows with big smile", 1, 0, 0, 0, 0, 1, 0, 60) in said["effects"]
    assert ("chin dimples with pucker", 1, 1, 0, 0, 0, 0, 0, None) in said["effects"]
    assert said["benefit"] == (("in weeks", 1, 4, 4, 4, 4, 4),)
    kinds = report(course, Report.EVENTS)["kinds"]
    assert [row[0] for row in kinds] == ["Dry eye", "All events"]
    assert (kinds[0][1], str(kinds[0][2])[:3], kinds[0][4]) == (1, "few", 1)
    corrections = {row[0]: row[1] for row in report(course, Report.RECORD)["corrections"]}
    assert corrections["Visits signed for the first time"] == 2
    assert corrections["Amendments signed"] == 1
    with charting.fresh_writing() as uow:
        signing.void(uow, review, "asked about another session", Disposition.NOT_GIVEN)
    assert report(course, Report.RESPONSE)["reviewed"][0] == ("reviewed at all", 0, 0)
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "another patient's", Disposition.NOT_GIVEN)
    assert totals(course) == [0, 0, 0, 0, None]
    assert report(course, Report.EVENTS)["kinds"] == ()
    with work.reading(other_clinic.prescriber) as uow:
        others = {one.key: one.rows for one in clinic_report(uow, Report.RECORD, YEAR, ZONE).tables}
    assert others["drafts"] == others["corrections"] == ()


def test_a_copied_dose_left_as_it_was_is_counted(course: Course) -> None:
    charting = course.charting
    charting.signed()
    first = charting.visit_id
    charting.clock.now = at(2025, 5, 20)
    charting.start()
    version = charting.version()
    with charting.writing() as uow:
        repeats.repeat(uow, charting.visit_id, version, first, syringe_id=charting.syringe_id)
    sites = charting.record().sites
    for one in sites:
        version = charting.version()
        with charting.writing() as uow:
            injection_sites.confirm_sites(uow, charting.visit_id, version, [one.id])
    mentalis = next(one for one in sites if one.muscle == "mentalis")
    charting.site(muscle="mentalis", side=Side.LEFT, units="3", site_id=mentalis.id)
    charting.answer_all()
    charting.consent()
    charting.prepare()
    charting.take_time_out()
    charting.give_all()
    charting.settle()
    charting.sign()
    assert report(course, Report.RECORD)["copies"] == (
        ("Ada Prescriber", 8, 4, 3, Decimal("37.5")),
        ("All", 8, 4, 3, Decimal("37.5")),
    )
