"""Today's sites as a shorthand line, to be read or rewritten."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from clinic.domain.shorthand import render
from clinic.domain.shorthand_sites import sayable
from clinic.models import Clinic
from clinic.queries.visit_record import VisitRecord
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SitesLine:
    """The line that means today's sites, and in words those that it leaves alone; ``given`` when it cannot be rewritten."""

    line: str
    left: tuple[str, ...]
    given: bool


def sites_line(record: VisitRecord) -> SitesLine:
    """The sites of a visit as a line."""
    found = sayable(record.sites)
    return SitesLine(render(found.sites), found.left, any(site.given_at for site in record.sites))


def usual_doses(uow: UnitOfWork) -> tuple[str, ...]:
    """The clinic's usual doses as they are written."""
    text = uow.session.scalar(select(Clinic.usual_doses).where(Clinic.id == uow.clinic_id))
    return tuple((text or "").split())
