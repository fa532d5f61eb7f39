"""Past sessions of a table: what an import of them would do, and doing it.

Each becomes a draft that is transcribed from an earlier record and says where from. It is signed by nobody here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import BinaryIO, Final

from clinic.domain.actors import Permission
from clinic.domain.csv_import_sessions import SessionLines, SiteLine, disagreements, sessions, site_line
from clinic.domain.csv_import_values import table_lines
from clinic.domain.csv_imports import FIRST_ROWS, SESSION_COLUMNS, Asked, Problems, Told, batches, line_words
from clinic.domain.csv_reading import Survey
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.patients import display_name
from clinic.domain.products import product_name
from clinic.domain.quantities import format_number, format_units
from clinic.domain.visits import Section
from clinic.domain.wording import day_text, plural
from clinic.models import Visit
from clinic.queries.csv_imports import KnownPatient, known_patients, sessions_on_record
from clinic.queries.patients import clinic_today
from clinic.services.drafts import held
from clinic.services.injection_sites import SITES_MAXIMUM, chart_new, palsy_sides, usual_purpose
from clinic.services.injections import change_session
from clinic.services.site_changes import recorded
from clinic.services.visits import check_day, start, write
from clinic.unit_of_work import UnitOfWork

_BATCH: Final = 50
_HEADINGS: Final = {one.key: one.heading for one in SESSION_COLUMNS}


@dataclass(frozen=True, slots=True)
class NewSession:
    """A past session to be entered as a draft of a patient on record."""

    patient: KnownPatient
    lines: SessionLines
    beside_another: bool


@dataclass(slots=True)
class SessionsPlan:
    """What an import would enter, and how many sessions are here already."""

    new: list[NewSession] = field(default_factory=list)
    here: int = 0

    @property
    def summary(self) -> tuple[tuple[str, str], ...]:
        """The plan in numbers; units of different products stand apart."""
        sites: dict[str, list[SiteLine]] = {}
        for one in self.new:
            sites.setdefault(one.lines.first.product, []).extend(one.lines.sites)
        days = sorted(one.lines.first.on for one in self.new)
        span = (("Days", f"{day_text(days[0])} to {day_text(days[-1])}"),) if days else ()
        return (
            ("New sessions, as drafts to be signed", format_number(len(self.new))),
            ("Patients", format_number(len({one.patient.id for one in self.new}))),
            ("Sites", format_number(sum(len(one.lines.sites) for one in self.new))),
            *((product_name(product), _units_text(sites[product])) for product in sorted(sites)),
            *span,
            ("Sessions with an unknown lot", format_number(sum(not one.lines.first.lot for one in self.new))),
            ("Already here with the same sites", format_number(self.here)),
        )

    @property
    def notices(self) -> tuple[str, ...]:
        """What somebody should know before an import."""
        unplaced = [site.line for one in self.new for site in one.lines.sites if not site.is_place_named]
        twins = [line for one in self.new for line in one.lines.twins]
        early = _lines_where(
            self.new, lambda one: one.patient.onset_on is not None and one.lines.first.on < one.patient.onset_on
        )
        unsure = _lines_where(self.new, lambda one: not any(site.birth_date for site in one.lines.sites))
        beside = _lines_where(self.new, lambda one: one.beside_another)
        told = (
            (unsure, f"{plural(len(unsure), 'session names', 'sessions name')} no birth date: only the record number says whose it is. Compare the names."),
            (beside, f"{plural(len(beside), 'session is', 'sessions are')} on a day on which the same patient has a session with another product, on record or in this file. Compare the products."),
            (unplaced, f"{plural(len(unplaced), 'site names', 'sites name')} no place within the muscle: drawn at its first place, and the site says so."),
            (twins, f"{plural(len(twins), 'line says', 'lines say')} exactly what another line of the same session says. Each is a site of its own: compare with the source."),
            (early, f"{plural(len(early), 'session is', 'sessions are')} before the earliest onset of a palsy on record. Compare the days."),
        )  # fmt: skip
        return tuple(f"{words} See {line_words(lines)}." for lines, words in told if lines)

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of the first rows."""
        return "Line", "Record number", "Patient", "Day", "Product and lot", "Sites"

    @property
    def first(self) -> tuple[tuple[str, ...], ...]:
        """The first rows as they would be stored."""
        return tuple(_shown(one) for one in self.new[:FIRST_ROWS])


def plan_sessions(
    uow: UnitOfWork, file: BinaryIO, found: Survey, asked: Asked, problems: Problems, told: Told
) -> SessionsPlan:
    """Read past sessions and compare them with the record; nothing is written."""
    plan, today = SessionsPlan(), clinic_today(uow)
    together = sessions(_lines(file, found, asked, problems, told))
    in_file: dict[tuple[str, date], set[str]] = {}
    for each in together:
        number, on, product = each.first.session
        in_file.setdefault((number, on), set()).add(product)
    for done, batch in enumerate(batches(together, _BATCH)):
        told("Comparing", done * _BATCH, len(together))
        known = known_patients(uow, {one.first.record_number for one in batch})
        days = [one.first.on for one in batch]
        ids = {one.id for one in known.values()}
        there = sessions_on_record(uow, ids, (min(days), max(days)))
        for one in batch:
            before = problems.count
            for problem in disagreements(one, SITES_MAXIMUM):
                problems.add(*problem)
            patient = known.get(one.first.record_number.lower())
            if patient is None:
                reason, remedy = "No patient has this record number.", "Correct it, or import the patients first."
                problems.add(one.first.line, _HEADINGS["record_number"], one.first.record_number, reason, remedy)
                continue
            _check_patient(one, patient, today, problems)
            on_record = there.get((patient.id, one.first.on, one.first.product), ())
            if on_record and one.keys not in on_record:
                _differs(one, problems)
            elif problems.count == before and on_record:
                plan.here += 1
            elif problems.count == before:
                number, on, product = one.first.session
                products = {key[2] for key in there if key[:2] == (patient.id, on)} | in_file[number, on]
                plan.new.append(NewSession(patient, one, beside_another=products != {product}))
    return plan


def write_sessions(uow: UnitOfWork, plan: SessionsPlan, told: Told, *, name: str) -> Mapping[str, int]:
    """Enter the planned sessions through the same services as the chart; gives how many of what."""
    for done, one in enumerate(plan.new):
        if done % _BATCH == 0:
            uow.session.flush()
            uow.session.expunge_all()  # What is written need not stay in memory.
            told("Importing", done, len(plan.new))
        _write(uow, one, name)
    sites = sum(len(one.lines.sites) for one in plan.new)
    return {"sessions": len(plan.new), "sites": sites, "already_here": plan.here}


def _lines(file: BinaryIO, found: Survey, asked: Asked, problems: Problems, told: Told) -> Iterator[SiteLine]:
    for number, cells in enumerate(table_lines(file, found, asked.kind, problems)):
        if number % _BATCH == 0:
            told("Checking", cells.line, found.lines)
        site = site_line(cells, asked.order)
        if site is not None:
            yield site


def _check_patient(one: SessionLines, patient: KnownPatient, today: date, problems: Problems) -> None:
    """Note what speaks against a session being this patient’s."""
    first = one.first
    born = patient.identity.birth_date
    for site in one.sites:
        if site.birth_date is not None and site.birth_date != born:
            reason = f"The patient with this record number was born on {day_text(born)}."
            remedy = "Correct the record number, or the birth date. No session goes to a patient in doubt."
            problems.add(site.line, _HEADINGS["birth_date"], site.birth_date.isoformat(), reason, remedy)
            break
    if patient.retired:
        problems.add(
            first.line,
            _HEADINGS["record_number"],
            first.record_number,
            "This patient’s record is retired.",
            "Restore it first, or delete the lines.",
        )
    try:
        check_day(first.on, born, today)
    except Invalid as error:
        problems.add(first.line, _HEADINGS["day"], first.on.isoformat(), error.message, "Correct the day.")


def _differs(one: SessionLines, problems: Problems) -> None:
    first = one.first
    reason = f"A session of {day_text(first.on)} with {product_name(first.product)} is on record with other sites."
    remedy = (
        "An import changes nothing that is on record. Delete its lines here; correct it in the program if it is wrong."
    )
    problems.add(first.line, _HEADINGS["day"], first.on.isoformat(), reason, remedy)


def _write(uow: UnitOfWork, one: NewSession, name: str) -> None:
    first = one.lines.first
    visit_id = start(uow, one.patient.id, on=first.on)
    version = uow.session.get_one(Visit, (uow.clinic_id, visit_id)).edit_version
    source = one.lines.said("source") or f"File “{name}”"
    change_session(
        uow,
        visit_id,
        version,
        transcribed=True,
        transcribed_source=source,
        transcribed_product=first.product,
        transcribed_lot=first.lot,
        given_by=one.lines.said("given_by"),
        ordered_by="",
    )
    lines = f"line{'s' if len(one.lines.sites) > 1 else ''} {', '.join(str(site.line) for site in one.lines.sites)}"
    note = f"Imported on {day_text(clinic_today(uow))} from the file “{name}”, {lines}; to be compared with its source and signed."
    version = write(uow, visit_id, version + 1, notes={Section.NOTE: note})
    visit = held(uow, visit_id, Permission.VISIT_CHART, version)
    palsies = palsy_sides(uow, visit)
    with recorded(uow, visit) as sites:
        for site in one.lines.sites:
            entry = site.entry
            entry = replace(entry, purpose=entry.purpose or usual_purpose(palsies, site.placed))
            chart_new(uow, visit, sites, entry, site.placed, first.product)
        sites.text = f"{plural(len(one.lines.sites), 'site')} imported"
    new = {"sites": one.lines.text, "product": first.product, "source": source}
    uow.record(Event(Action.SITE_SAVED, f"visit:{visit_id}", visit.patient_id, new=new))


def _lines_where(new: list[NewSession], said: Callable[[NewSession], bool]) -> list[int]:
    return [one.lines.first.line for one in new if said(one)]


def _units_text(sites: list[SiteLine]) -> str:
    """The units of one product, with the largest dose and its line: a point that slipped shows there."""
    largest = max(sites, key=lambda site: site.units)
    total = sum((site.units for site in sites), Decimal(0))
    return f"{format_units(total)}, at most {format_units(largest.units)} at a site (line {largest.line})"


def _shown(one: NewSession) -> tuple[str, ...]:
    first, there = one.lines.first, one.patient.identity
    lot = f"lot {first.lot}" if first.lot else "lot unknown"
    name = display_name(there.family_name, there.given_names)
    product = f"{product_name(first.product)}, {lot}"
    return str(first.line), one.patient.record_number, name, day_text(first.on), product, one.lines.text
