"""Patients who are charted through the use cases, to be copied: sessions with scores, grades and reviews, all signed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from clinic.domain import shorthand as domain
from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.shorthand import SaidSite
from clinic.models import Visit
from clinic.services import inventory, shorthand
from clinic.unit_of_work import UnitOfWork, Work
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld, make_condition, make_patient
from tests.trending import CHIN, EYE, Course, sunnybrook

FIRST: Final = datetime(2024, 2, 5, 10, 0, tzinfo=UTC)
APART: Final = timedelta(days=100)
BEFORE: Final = timedelta(days=391)
"""So long before the first session the palsy began."""
NAMES: Final = (("Kern", "Mary"), ("Kolb", "Maud"), ("King", "Mia"), ("Krog", "Moa"), ("Kuhn", "Mona"))
PLACES: Final = tuple(
    (muscle.key, site.key)
    for muscle in MUSCLES.values()
    if muscle.paired and muscle.is_muscle
    for site in muscle.sites
    if site.x
)


def make_originals(work: Work, clinic: ClinicWorld, clock: Any, *, count: int, visits: int, sites: int) -> list[str]:
    """So many patients with so many signed sessions of so many sites each; their muscles differ."""
    return [make_original(work, clinic, clock, number, visits, sites) for number in range(count)]


def make_original(
    work: Work, clinic: ClinicWorld, clock: Any, number: int, visits: int, sites: int, *, first: datetime = FIRST
) -> str:
    """One patient with so many signed sessions since ``first``; the number says the name and the muscles."""
    family, given = NAMES[number]
    clock.now = first
    patient_id = make_patient(
        work, clinic.prescriber, family_name=family, given_names=given, birth_date=date(1979, 2, 3 + number)
    )
    make_condition(work, clinic.prescriber, patient_id, onset_on=first.date() - BEFORE)
    before = ""
    for visit in range(visits):
        clock.now = first + visit * APART
        charting = Charting(work, clinic, clock, patient_id, _vial(work, clinic, number, visit))
        charting.start()
        course = Course(charting)
        course.rate("sunnybrook", sunnybrook(3 + visit % 2), Side.LEFT)
        course.grade({EYE: visit % 4, CHIN: (visit + number) % 4})
        if before:
            course.review(before, [(EYE, 50, False, ()), (CHIN, 25 * (visit % 4), False, ())])
        _inject(charting, number, sites)
        before = charting.visit_id
    return patient_id


def line_of(number: int, sites: int) -> str:
    """So many sites of 2.5 units as a shorthand line, three of four on the left."""
    said = []
    for place in range(sites):
        muscle, sub_site = PLACES[(place + number * 5) % len(PLACES)]
        said.append(SaidSite(muscle, sub_site, Side.LEFT if place % 4 else Side.RIGHT, Decimal("2.5")))
    return domain.render(said)


def version_of(uow: UnitOfWork, visit_id: str) -> int:
    """The present edit version of a draft."""
    return uow.session.get_one(Visit, (uow.clinic_id, visit_id)).edit_version


def _vial(work: Work, clinic: ClinicWorld, number: int, visit: int) -> str:
    return open_vial(work, clinic, lot=f"L{number}-{visit}", label=f"{number}-{visit}", expires_on=date(2030, 1, 31))


def _inject(charting: Charting, number: int, sites: int) -> None:
    with charting.writing() as uow:
        charted = line_of(number, sites)
        shorthand.chart_line(uow, charting.visit_id, version_of(uow, charting.visit_id), charted, charting.syringe_id)
    charting.answer_all()
    charting.consent()
    charting.prepare()
    charting.take_time_out(initials="MK")
    charting.give_all()
    charting.settle()
    charting.sign()
    with charting.writing() as uow:
        inventory.discard(uow, charting.vial_id, "What was left at the end of the day")
