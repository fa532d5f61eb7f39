"""Who saw a patient's record, and what was given out of it, from the command line."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import click
from flask.cli import with_appcontext

from clinic.cli.group import clinic, work
from clinic.domain.accesses import GIVEN, SEEN, Asked, given_cells, seen_cells
from clinic.domain.csv_cells import cell
from clinic.domain.events import Action, Event
from clinic.queries import accesses as query
from clinic.queries import audit as audit_query
from clinic.services.accounts import system_actor
from clinic.unit_of_work import UnitOfWork

Rows = Iterable[Iterable[str]]
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@clinic.command("who-saw")
@click.argument("record_number")
@click.option("--since", type=_DAY, help="First day, in the clinic's time; all when left out.")
@click.option("--until", type=_DAY, help="Last day.")
@click.option("--clinic-id", type=int, default=1, show_default=True)
@with_appcontext
def who_saw(record_number: str, since: datetime | None, until: datetime | None, clinic_id: int) -> None:
    """Say who saw or changed a patient's record, as CSV."""
    _report(record_number, since, until, clinic_id, "who saw", SEEN, _seen)


@clinic.command("given-out")
@click.argument("record_number")
@click.option("--since", type=_DAY, help="First day, in the clinic's time; all when left out.")
@click.option("--until", type=_DAY, help="Last day.")
@click.option("--clinic-id", type=int, default=1, show_default=True)
@with_appcontext
def given_out(record_number: str, since: datetime | None, until: datetime | None, clinic_id: int) -> None:
    """Say what was handed over or exported of a patient's record, to whom and what for, as CSV."""
    _report(record_number, since, until, clinic_id, "given out", GIVEN, _given)


def _report(
    record_number: str,
    since: datetime | None,
    until: datetime | None,
    clinic_id: int,
    what: str,
    headings: tuple[str, ...],
    rows_of: Callable[[UnitOfWork, Asked], Rows],
) -> None:
    with work().reading(system_actor(clinic_id)) as uow:
        patient_id = audit_query.patient_id_of(uow, record_number)
        if patient_id is None:
            raise click.ClickException(f"Clinic {clinic_id} has no record {record_number}.")
        asked = Asked(patient_id, _day(since), _day(until))
        rows = [[cell(one) for one in row] for row in rows_of(uow, asked)]
        said = {name: str(day) for name, day in (("since", asked.since), ("until", asked.until)) if day}
        uow.record(Event(Action.AUDIT_VIEWED, f"audit.{what}, command line", patient_id=patient_id, new=said))
    writer = csv.writer(sys.stdout)
    writer.writerow(headings)
    writer.writerows(rows)


def _seen(uow: UnitOfWork, asked: Asked) -> Rows:
    page = query.patient_accesses(uow, asked)
    zone = ZoneInfo(page.subject.zone)
    return [seen_cells(one, zone) for one in page.rows]


def _given(uow: UnitOfWork, asked: Asked) -> Rows:
    whose, rows = query.disclosures(uow, asked)
    return [given_cells(one, ZoneInfo(whose.zone)) for one in rows]


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
