"""The list of a recall on paper: whom to reach, with room to write who was, when and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from reportlab.platypus import CondPageBreak, Flowable

from clinic.domain.lot_recalls import RecalledPerson, RecallList, RecallPatient, UnknownSession
from clinic.domain.quantities import format_units
from clinic.domain.visit_content import ClinicContent
from clinic.domain.wording import day_text
from clinic.pdf.flowables import Para, h1, h2
from clinic.pdf.pages import build
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import BODY, SMALL, STRONG
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.text import Run

TITLE: Final = "Recall list"
_ROOM: Final = 34.0
"""Height of a row at least, in points: room to write by hand."""
_HAND: Final = (Column("Contact tried", 62), Column("Reached", 44), Column("Date", 46), Column("Initials", 42))


@dataclass(frozen=True, slots=True)
class _About:
    """What the pages around the list need; it is about no single patient."""

    clinic: ClinicContent
    on: date
    patient: None = None


def render(found: RecallList, clinic: ClinicContent, today: date, zone: ZoneInfo, stamp: Stamp) -> bytes:
    """The list as PDF. The same arguments give the same bytes."""
    return build([*_story(found, clinic, zone)], _About(clinic, today), stamp, title=TITLE)


def _story(found: RecallList, clinic: ClinicContent, zone: ZoneInfo) -> Iterator[Flowable]:
    lot = found.lot
    yield Para(clinic.name, STRONG)
    yield h1(f"{TITLE}: lot {lot.number}")
    yield Para(f"{lot.product_name}, expires {day_text(lot.expires_on)}")
    if lot.recalled_at:
        yield Para(f"Recalled on {day_text(lot.recalled_at.astimezone(zone).date())}: {lot.reason_words}.")
    for other in found.alike:
        yield Para(f"In stock too, with a number like this one: lot {other.number}, {other.product_name}. Compare it.")
    yield Para(f"{found.totals}. Drafts, amended, voided and discarded versions are included and marked.")
    if found.hidden:
        yield Para(f"Given only: {found.hidden} more left out, with nothing given or only in a version not in force.")
    if found.patients:
        columns = [Column("Patient", 150), Column("Sessions", 170), *_HAND]
        yield DataTable(columns, [_patient(one) for one in found.patients], row_headers=True, grid=True, before=6)
    else:
        yield Para("Nobody on record had this lot.")
    yield CondPageBreak(3 * _ROOM)
    yield h2("Lot not on record: cannot be excluded")
    if found.unknown:
        columns = [Column("Patient", 150), Column("Session", 170), *_HAND]
        yield DataTable(columns, [_unknown(one) for one in found.unknown], row_headers=True, grid=True, before=6)
    else:
        days = (
            f"{day_text(found.looked_from)} to {day_text(found.looked_to)}" if found.looked_from else "the lot’s time"
        )
        yield Para(f"No older record without a lot was found from {days}, and none with a number like this one.")


def _patient(one: RecallPatient) -> Row:
    told: list[Run] = []
    for visit in one.visits:
        units = f", {format_units(visit.units)}" if visit.given.counts else ""
        older = ", from an older record" if visit.transcribed else ""
        words = f"{day_text(visit.on)} ({visit.state.value}): {visit.given.value}{units}{older}"
        told.append(Run(f"\n{words}" if told else words, BODY))
    return Row((_who(one.person), tuple(told), "", "", "", ""), least=_ROOM)


def _unknown(one: UnknownSession) -> Row:
    return Row(
        (_who(one.person), f"{day_text(one.on)}: {one.lot_words}, {one.product_words}", "", "", "", ""), least=_ROOM
    )


def _who(person: RecalledPerson) -> tuple[Run, ...]:
    about = f"record {person.record_number}, born {day_text(person.birth_date)}"
    lines = [about, *person.contact.lines, *(["record retired"] if person.retired else [])]
    return Run(person.display_name, STRONG), *(Run(f"\n{line}", SMALL) for line in lines)
