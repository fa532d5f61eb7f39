"""What came of the sessions of a period: reviews and adverse events, counted by the database."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import CTE, and_, distinct, func, select

from clinic.domain.adverse_events import KINDS, Kind
from clinic.domain.assessments.grid import Group, Movement
from clinic.domain.clinic_report_numbers import Distribution
from clinic.domain.clinic_reports import Bars, Boxes, Cell, Link, ReportTable, rate, share
from clinic.domain.periods import Period
from clinic.domain.reviews import Wearing
from clinic.domain.work_terms import REVIEW_FROM_DAYS, REVIEW_OVERDUE_DAYS
from clinic.models import AdverseEvent, AdverseEventEntry, Review, ReviewEffect, Visit
from clinic.queries.report_base import DaysBetween, meant, standing_version, stands, told, told_sites
from clinic.queries.report_sessions import SPREAD, spread_cells
from clinic.queries.together import together
from clinic.unit_of_work import UnitOfWork

BANDS: Final = (
    ("no change", 0, 0),
    ("1 to 25 %", 1, 25),
    ("26 to 50 %", 26, 50),
    ("51 to 75 %", 51, 75),
    ("76 to 100 %", 76, 100),
)
"""How much better at its best; the bands are this program's own."""
_GROUPS: Final = {group: number for number, group in enumerate(Group)}
_MOVEMENTS: Final = {movement: number for number, movement in enumerate(Movement)}


def response_tables(uow: UnitOfWork, period: Period) -> tuple[ReportTable, ...]:
    """How many sessions were reviewed and when, how much better each pattern was, and for how long; one statement."""
    versions = standing_version(uow)
    sessions = told(uow, period, versions)
    reviews = _reviews(uow, meant(sessions, versions))
    newest = reviews.c.place == 1
    first = select(func.min(reviews.c.days).label("days")).group_by(reviews.c.own_id).cte("first_review")
    e = ReviewEffect
    kinds = (e.movement, e.muscle_group, e.effect, e.worse)
    rows = together(
        uow,
        {
            "sessions": select(func.count()).where(sessions.c.touch_up == 0, sessions.c.transcribed == 0),
            "reviewed": select(first.c.days, func.count()).group_by(first.c.days),
            "effects": select(*kinds, func.count())
            .join(reviews, (e.clinic_id == uow.clinic_id) & (e.review_id == reviews.c.review_id))
            .where(newest)
            .group_by(*kinds),
            "wearing": select(reviews.c.wearing, reviews.c.worn_off_day, func.count())
            .where(newest)
            .group_by(reviews.c.wearing, reviews.c.worn_off_day),
        },
    )
    count = rows["sessions"][0][0]
    return (_reviewed(rows["reviewed"], count), _effects(rows["effects"]), *_benefit(rows["wearing"]))


def _reviews(uow: UnitOfWork, sessions: CTE) -> CTE:
    """The reviews in force of the told sessions; ``place`` is 1 for the newest of each session."""
    place = func.row_number().over(
        partition_by=sessions.c.own_id, order_by=(Visit.on.desc(), Review.answered_at.desc(), Review.id)
    )
    return (
        select(
            Review.id.label("review_id"),
            sessions.c.own_id,
            Review.wearing,
            Review.worn_off_day,
            DaysBetween(Visit.on, sessions.c.on).label("days"),
            place.label("place"),
        )
        .select_from(sessions)
        .join(Review, (Review.clinic_id == uow.clinic_id) & (Review.session_id == sessions.c.any_id))
        .join(Visit, (Visit.clinic_id == Review.clinic_id) & (Visit.id == Review.visit_id))
        .where(sessions.c.touch_up == 0, sessions.c.transcribed == 0, *stands(Visit))
        .cte("told_review")
    )


def _reviewed(rows: list[tuple[Any, ...]], sessions: int) -> ReportTable:
    days = Distribution.of((Decimal(value), count) for value, count in rows)
    in_time = days.within(Decimal(REVIEW_FROM_DAYS), Decimal(REVIEW_OVERDUE_DAYS))
    counted = (
        ("reviewed at all", days.n),
        ("first reviewed 2 to 6 weeks after it", in_time),
        ("not reviewed", sessions - days.n),
    )
    return ReportTable(
        "reviewed",
        "Reviews",
        "Sessions with a signed review, and those whose first review came when the work lists ask for it:"
        f" {REVIEW_FROM_DAYS} to {REVIEW_OVERDUE_DAYS} days after the session. Sessions of the last weeks may still be waiting.",
        f"Share of the {sessions} sessions given here; transcribed ones wait for no review.",
        ("Sessions", "Number", "Share, %"),
        tuple((words, count, share(count, sessions)) for words, count in counted) if sessions else (),
        link=Link("Reviews that wait", "work_lists.index"),
    )


def _effects(rows: list[tuple[Any, ...]]) -> ReportTable:
    found: dict[tuple[Group, Movement], list[tuple[int | None, bool, int]]] = defaultdict(list)
    for movement, group, effect, worse, count in rows:
        found[Group(group), Movement(movement)].append((effect, bool(worse), count))
    places = sorted(found, key=lambda place: (_GROUPS[place[0]], _MOVEMENTS[place[1]]))
    medians = tuple((f"{g.words} {m.words}", _better(found[g, m])) for g, m in places)
    return ReportTable(
        "effects",
        "How much better, by pattern",
        "What the newest review of each session says of a pattern at its best, in percent; worse has no number and is counted apart.",
        "n is the number of answers for that pattern; the median is of those that were not worse.",
        ("Pattern", "n", "worse", *(words for words, *_ in BANDS), "median, %"),
        tuple(_effect_row(f"{g.words} {m.words}", found[g, m]) for g, m in places),
        Boxes("Percent better at its best", "%", tuple((words, one) for words, one in medians if one.n)),
    )


def _better(answers: list[tuple[int | None, bool, int]]) -> Distribution:
    return Distribution.of(
        (Decimal(effect), count) for effect, worse, count in answers if effect is not None and not worse
    )


def _effect_row(words: str, answers: list[tuple[int | None, bool, int]]) -> tuple[Cell, ...]:
    better = _better(answers)
    worse = sum(count for _, is_worse, count in answers if is_worse)
    bands = (better.within(Decimal(low), Decimal(high)) for _, low, high in BANDS)
    return (words, better.n + worse, worse, *bands, spread_cells(better)[3])


def _benefit(rows: list[tuple[Any, ...]]) -> tuple[ReportTable, ...]:
    said = {wearing: sum(count for one, _, count in rows if one == wearing) for wearing in Wearing}
    gone = [(day, count) for wearing, day, count in rows if wearing == Wearing.GONE and day is not None]
    weeks = Distribution.of((Decimal(day // 7), count) for day, count in gone)
    total = sum(said.values())
    return (
        ReportTable(
            "benefit",
            "Weeks of benefit",
            "Whole weeks from the session to the day on which its effect had worn off, where that day is known.",
            f"n is the number of sessions whose effect had worn off on a known day; the others are not in it: {total - weeks.n} of {total}.",
            ("Benefit", *SPREAD),
            (("in weeks", *spread_cells(weeks)),) if weeks.n else (),
            Boxes("Weeks of benefit", "weeks", (("All sessions", weeks),)),
        ),
        ReportTable(
            "wearing",
            "At the newest review",
            "Whether the effect was still there when the session was last reviewed.",
            f"Share of the {total} sessions that were reviewed.",
            ("The effect", "Sessions", "Share, %"),
            tuple((wearing.value, count, share(count, total)) for wearing, count in said.items()) if total else (),
        ),
    )


def event_tables(uow: UnitOfWork, period: Period) -> tuple[ReportTable, ...]:
    """Adverse events after the sessions of a period, by kind and grade, for 1,000 sites; one statement."""
    versions = standing_version(uow)
    sessions = told(uow, period, versions)
    sites = told_sites(uow, sessions, "transcribed")
    events = _events(uow, meant(sessions, versions))
    kinds = (events.c.kind, events.c.grade, events.c.serious)
    rows = together(
        uow,
        {
            "sites": select(func.count()).select_from(sites).where(sites.c.transcribed == 0),
            "events": select(*kinds, func.count()).group_by(*kinds),
            "patients": select(events.c.kind, func.count(distinct(events.c.patient_id))).group_by(events.c.kind),
        },
    )
    return (_by_kind(rows), _by_grade(rows))


def _events(uow: UnitOfWork, sessions: CTE) -> CTE:
    """The events of the told sessions as they are known now; those entered by mistake are left out."""
    event, entry = AdverseEvent, AdverseEventEntry
    last = (
        select(func.max(AdverseEventEntry.number))
        .where(AdverseEventEntry.clinic_id == event.clinic_id, AdverseEventEntry.event_id == event.id)
        .correlate(event)
    )
    newest = last.scalar_subquery()
    named = (event.clinic_id == uow.clinic_id, event.patient_id == sessions.c.patient_id)
    return (
        select(entry.kind, entry.grade, entry.serious, event.patient_id)
        .select_from(sessions)
        .join(event, and_(*named, event.session_id == sessions.c.any_id))
        .join(entry, (entry.clinic_id == event.clinic_id) & (entry.event_id == event.id) & (entry.number == newest))
        .where(entry.withdrawn.is_(False), sessions.c.transcribed == 0)
        .cte("told_event")
    )


def _by_kind(rows: dict[str, list[tuple[Any, ...]]]) -> ReportTable:
    sites = rows["sites"][0][0]
    patients = {Kind(kind): count for kind, count in rows["patients"]}
    found: dict[Kind, int] = defaultdict(int)
    severe: dict[Kind, int] = defaultdict(int)
    for kind, grade, serious, count in rows["events"]:
        found[Kind(kind)] += count
        severe[Kind(kind)] += count if grade >= 3 or serious else 0
    ordered = sorted(found, key=lambda kind: (-found[kind], KINDS[kind].label))
    counted = [
        (KINDS[kind].label, found[kind], rate(found[kind], sites), severe[kind], patients[kind]) for kind in ordered
    ]
    total = ("All events", sum(found.values()), rate(sum(found.values()), sites), sum(severe.values()), None)
    return ReportTable(
        "kinds",
        "By kind",
        "Events that were recorded after a session given here in this period, as they are known now; entered by mistake"
        " is left out, and so are events that follow no session on record, a transcribed or a voided one."
        " A count of what was told, not proof of cause.",
        f"Rate for 1,000 of the {sites} sites given here, touch-ups included and transcribed ones not; with fewer than 5 events it is only called few.",
        ("Event", "Events", "For 1,000 sites", "Grade 3 or more, or serious", "Patients"),
        (*counted, total) if counted else (),
        Bars("Events by kind", tuple((words, count) for words, count, *_ in counted)),
        empty="No adverse event was recorded after a session of this period.",
    )


def _by_grade(rows: dict[str, list[tuple[Any, ...]]]) -> ReportTable:
    grades = {grade: sum(count for _, one, _, count in rows["events"] if one == grade) for grade in range(1, 6)}
    total, sites = sum(grades.values()), rows["sites"][0][0]
    return ReportTable(
        "grades",
        "By grade",
        "The grade that the event has now, from 1 (mild) to 5 (death), in the frame of CTCAE v5.0.",
        f"Share of the {total} events; rate for 1,000 of the {sites} sites given here.",
        ("Grade", "Events", "Share, %", "For 1,000 sites"),
        tuple((f"grade {g}", n, share(n, total), rate(n, sites)) for g, n in grades.items()) if total else (),
        empty="No adverse event was recorded after a session of this period.",
    )
