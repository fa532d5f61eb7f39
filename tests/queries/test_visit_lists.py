"""The list of a patient's visits: what the database puts together is what the visits hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Integer, select, type_coerce

from clinic.models import InjectionSite
from clinic.queries.visit_lists import SiteDot, timeline
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld


def test_sites_and_sums_are_those_of_the_visit(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    s = InjectionSite
    with charting.reading() as uow:
        [row] = timeline(uow, charting.patient_id)
        columns = (s.x, s.y, s.number, type_coerce(s.units, Integer))
        kept = [SiteDot(*one) for one in uow.session.execute(select(*columns).where(s.visit_id == charting.visit_id))]
    assert len(kept) > 2
    assert sorted(row.sites) == sorted(kept)
    assert row.site_count == len(kept)
    assert sum(units for _, units in row.totals) == Decimal(sum(one.hundredths for one in kept)) / 100
