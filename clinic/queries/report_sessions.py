"""Sessions, patients, doses and intervals of a period, counted by the database."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from sqlalchemy import CTE, Date, distinct, func, select
from sqlalchemy.orm import aliased

from clinic.domain.anatomy import Side, muscle_label
from clinic.domain.clinic_report_numbers import Distribution
from clinic.domain.clinic_reports import Bars, Boxes, Cell, Link, ReportTable, month_words, share
from clinic.domain.periods import Period
from clinic.domain.products import product_name
from clinic.domain.safety_intervals import REINJECTION_DAYS, REINJECTION_SOURCE
from clinic.domain.wording import side_words
from clinic.models import InjectionSession, Visit
from clinic.queries.report_base import DaysBetween, has_given, standing_version, stands, told, told_sites
from clinic.queries.together import together
from clinic.unit_of_work import UnitOfWork

ROWS: Final = Link("Find these patients", "cohorts.index")
SPREAD: Final = ("n", "smallest", "lower quartile", "median", "upper quartile", "largest")
_MONTHS: Final = 36
"""Of a longer period, only the months from the first session to the last are listed."""
_SIDES: Final = {Side.RIGHT: 0, Side.LEFT: 1, Side.MIDLINE: 2}


def session_tables(uow: UnitOfWork, period: Period) -> tuple[ReportTable, ...]:
    """Sessions by month and by injector, and the patients treated; one statement."""
    told_ = told(uow, period, standing_version(uow))
    c = told_.c
    kinds = (c.touch_up, c.transcribed)
    rows = together(
        uow,
        {
            "day": select(c.on, *kinds, func.count()).group_by(c.on, *kinds),
            "by": select(c.given_by, *kinds, func.count()).group_by(c.given_by, *kinds),
            "patients": select(func.count(distinct(c.patient_id)), func.count(distinct(c.own_id))),
        },
    )
    return (_totals(rows), _by_month(rows["day"], period), _by_injector(rows["by"]))


def _kinds(rows: list[tuple[Any, ...]]) -> tuple[int, int, int]:
    """Sessions given here, sessions transcribed, touch-ups; rows end in touch-up, transcribed, count."""
    given = sum(count for *_, touch_up, transcribed, count in rows if not touch_up and not transcribed)
    transcribed = sum(count for *_, touch_up, transcribed, count in rows if not touch_up and transcribed)
    return given, transcribed, sum(count for *_, touch_up, _, count in rows if touch_up)


def _totals(rows: dict[str, list[tuple[Any, ...]]]) -> ReportTable:
    given, transcribed, touch_ups = _kinds(rows["day"])
    patients, sessions = rows["patients"][0]
    return ReportTable(
        "totals",
        "In all",
        "A session is one treatment of one patient; a touch-up belongs to its session and is counted apart."
        " Transcribed sessions were copied from older records and are counted apart too; patients and the mean hold both.",
        "Counts of this period.",
        ("What", "Number"),
        (
            ("Patients with a session", patients),
            ("Sessions given here", given),
            ("Sessions transcribed from older records", transcribed),
            ("Touch-ups", touch_ups),
            ("Sessions for each patient, mean", _mean(sessions, patients)),
        ),
        link=ROWS,
    )


def _mean(sessions: int, patients: int) -> Decimal | None:
    return (Decimal(sessions) / patients).quantize(Decimal("0.1"), ROUND_HALF_UP) if patients else None


def _by_month(rows: list[tuple[Any, ...]], period: Period) -> ReportTable:
    months: dict[date, list[tuple[Any, ...]]] = {month: [] for month in period.months}
    for row in rows:
        months[row[0].replace(day=1)].append(row)
    if len(months) > _MONTHS and rows:
        begun, done = (day.replace(day=1) for day in (min(row[0] for row in rows), max(row[0] for row in rows)))
        months = {month: of_month for month, of_month in months.items() if begun <= month <= done}
    counted = [(month_words(month), *_kinds(of_month)) for month, of_month in months.items()]
    return ReportTable(
        "months",
        "Sessions by month",
        "Sessions by the month of their day; a touch-up stands in the month of its session.",
        "Counts; the first and the last month may be cut by the period.",
        ("Month", "Given here", "Transcribed", "Touch-ups"),
        tuple(counted) if rows else (),
        Bars("Sessions given here or transcribed, by month", tuple((m, here + old) for m, here, old, _ in counted)),
    )


def _by_injector(rows: list[tuple[Any, ...]]) -> ReportTable:
    people: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        people[row[0] or "not recorded"].append(row)
    all_given, _, _ = _kinds(rows)
    counted = sorted(
        ((name, *_kinds(of_person)) for name, of_person in people.items()), key=lambda row: (-row[1], row[0])
    )
    return ReportTable(
        "injectors",
        "Sessions by injector",
        "The person who gave the session, as it was signed.",
        f"Share of the {all_given} sessions given here.",
        ("Injector", "Given here", "Share, %", "Transcribed", "Touch-ups"),
        tuple((name, given, share(given, all_given), old, touch_ups) for name, given, old, touch_ups in counted),
    )


def dose_tables(uow: UnitOfWork, period: Period) -> tuple[ReportTable, ...]:
    """Units of each muscle and side, a session and a site, product by product; one statement.

    The database groups by dose, so what comes out grows with the number of different doses, not of sites.
    """
    c = told_sites(uow, told(uow, period, standing_version(uow)), "own_id", "muscle", "side", "units", "product").c
    each = (c.own_id, c.product, c.muscle, c.side, c.units)
    doses = select(*each, func.count().label("times")).group_by(*each).cte("dose").prefix_with("MATERIALIZED")
    d = doses.c
    place = (d.product, d.muscle, d.side)
    total = func.sum(d.units * d.times, type_=d.units.type).label("total")
    inner = select(*place, total).group_by(*place, d.own_id).cte("muscle_dose")
    outer = (inner.c.product, inner.c.muscle, inner.c.side, inner.c.total)
    rows = together(
        uow,
        {
            "session": select(*outer, func.count()).group_by(*outer),
            "site": select(*place, d.units, func.sum(d.times)).group_by(*place, d.units),
        },
    )
    counted: Counter[str] = Counter()
    for product, *_, count in rows["session"]:
        counted[product] += count
    products = sorted(counted, key=lambda key: (-counted[key], _named(key)))
    return tuple(
        table
        for number, product in enumerate(products, 1)
        for table in (
            _doses(f"doses-{number}", "a session", product, rows["session"], _SESSION_DOSE),
            _doses(f"sites-{number}", "a site", product, rows["site"], _SITE_DOSE),
        )
    )


_SESSION_DOSE: Final = "One value is all that one muscle on one side got in one session, its touch-ups included."
_SITE_DOSE: Final = "One value is the dose of one site."


def _named(product: str) -> str:
    return product_name(product) if product else "product not recorded"


def _doses(key: str, each: str, product: str, rows: list[tuple[Any, ...]], about: str) -> ReportTable:
    found: dict[tuple[str, Side], list[tuple[Decimal, int]]] = defaultdict(list)
    for one, muscle, side, units, count in rows:
        if one == product:
            found[muscle, Side(side)].append((units, count))
    places = sorted(found, key=lambda place: (muscle_label(place[0]), _SIDES[place[1]]))
    spread = [
        (muscle_label(muscle), side_words(side.value), Distribution.of(found[muscle, side])) for muscle, side in places
    ]
    return ReportTable(
        key,
        f"Units {each}: {_named(product)}",
        f"{about} The box is the middle half of the values, its line the median.",
        f"n is the number of values; all together {sum(one.n for *_, one in spread)}, transcribed sessions included.",
        ("Muscle", "Side", *SPREAD),
        tuple((muscle, side, *spread_cells(one)) for muscle, side, one in spread),
        Boxes(
            f"Units {each}, {_named(product)}",
            "units",
            tuple((f"{m}, {s.removeprefix('patient’s ')}", one) for m, s, one in spread),
        ),
        ROWS,
    )


def spread_cells(one: Distribution) -> tuple[Cell, ...]:
    """A distribution as the cells of a row."""
    return (one.n, one.minimum, _two(one.lower), _two(one.median), _two(one.upper), one.maximum)


def _two(value: Decimal | None) -> Decimal | None:
    return None if value is None else round(value, 2).normalize() + 0


def interval_tables(uow: UnitOfWork, period: Period) -> tuple[ReportTable, ...]:
    """Days from the session before to each session of the period; one statement."""
    sessions = told(uow, period, standing_version(uow))
    pairs = select(DaysBetween(sessions.c.on, _before(uow, sessions)).label("days")).where(sessions.c.touch_up == 0)
    days = pairs.cte("days_since")
    rows = together(uow, {"interval": select(days.c.days, func.count()).group_by(days.c.days)})["interval"]
    first = sum(count for value, count in rows if value is None)
    known = Distribution.of((Decimal(value), count) for value, count in rows if value is not None)
    weeks = Distribution.of((value / 7, count) for value, count in known.counts)
    return (_interval_spread(known, weeks, first), _interval_bands(known))


def _before(uow: UnitOfWork, sessions: CTE) -> Any:
    earlier, session = aliased(Visit, name="earlier"), aliased(InjectionSession, name="earlier_session")
    return (
        select(func.max(earlier.on, type_=Date()))
        .join(session, (session.clinic_id == earlier.clinic_id) & (session.visit_id == earlier.id))
        .where(earlier.clinic_id == uow.clinic_id, earlier.patient_id == sessions.c.patient_id)
        .where(earlier.on < sessions.c.on, session.touch_up_of.is_(None))
        .where(*stands(earlier), has_given(earlier, session))
        .correlate(sessions)
        .scalar_subquery()
    )


def _interval_spread(days: Distribution, weeks: Distribution, first: int) -> ReportTable:
    mark = (Decimal(REINJECTION_DAYS) / 7, f"{REINJECTION_DAYS // 7} weeks")
    return ReportTable(
        "intervals",
        "Interval from the session before",
        "Days from a patient’s session before to each session of the period, whatever the products; touch-ups are no sessions of their own, transcribed sessions are.",
        f"n is the number of sessions with one before; {first} had none before them here.",
        ("Interval", *SPREAD),
        (("in days", *spread_cells(days)), ("in weeks", *_weeks(weeks))) if days.n else (),
        Boxes("Weeks from the session before", "weeks", (("All sessions", weeks),), mark, places=1),
        ROWS,
    )


def _weeks(weeks: Distribution) -> tuple[Cell, ...]:
    n, *values = spread_cells(weeks)
    return (
        n,
        *(value.quantize(Decimal("0.1")).normalize() + 0 if isinstance(value, Decimal) else value for value in values),
    )


_BANDS: Final = (
    ("under 12 weeks", 0, 83),
    ("12 to 15 weeks", 84, 111),
    ("16 to 25 weeks", 112, 181),
    ("26 weeks or more", 182, 99999),
)
"""12 weeks is the labels' interval (``REINJECTION_DAYS``); the other bands are this program's own."""


def _interval_bands(days: Distribution) -> ReportTable:
    counted = [(words, days.within(Decimal(low), Decimal(high))) for words, low, high in _BANDS]
    return ReportTable(
        "interval-bands",
        "How soon",
        f"Sessions by the time since the session before. Source of the 12 weeks: {REINJECTION_SOURCE}.",
        f"Share of the {days.n} sessions with one before.",
        ("Since the session before", "Sessions", "Share, %"),
        tuple((words, count, share(count, days.n)) for words, count in counted) if days.n else (),
        Bars("Sessions by the time since the session before", tuple(counted)),
    )
