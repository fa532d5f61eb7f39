"""What was given out of a record, on paper for the patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from reportlab.platypus import Flowable

from clinic.domain.accesses import Asked, Disclosure, Subject
from clinic.domain.visit_content import ClinicContent
from clinic.domain.wording import day_text
from clinic.pdf.flowables import Para, h1
from clinic.pdf.pages import build
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import BODY, SMALL, STRONG
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.text import Run

TITLE: Final = "What was given out of a record"


@dataclass(frozen=True, slots=True)
class _About:
    """What the pages around the list need; it names the record by its number alone."""

    clinic: ClinicContent
    on: date
    patient: None = None


def render(
    whose: Subject, rows: tuple[Disclosure, ...], asked: Asked, clinic: ClinicContent, stamp: Stamp, *, on: date
) -> bytes:
    """The list as PDF. The same arguments give the same bytes."""
    return build([*_story(whose, rows, asked, clinic)], _About(clinic, on), stamp, title=TITLE)


def _story(whose: Subject, rows: tuple[Disclosure, ...], asked: Asked, clinic: ClinicContent) -> Iterator[Flowable]:
    yield Para(clinic.name, STRONG)
    yield h1(f"What was given out of record {whose.record_number}")
    since = f"from {day_text(asked.since)}" if asked.since else "from the beginning"
    until = f"to {day_text(asked.until)}" if asked.until else "until now"
    merged = f" With the merged records {', '.join(whose.merged)}." if whose.merged else ""
    yield Para(f"Documents handed over and exports, {since} {until}, the last first. Times in {whose.zone}.{merged}")
    if not rows:
        yield Para("Nothing was given out in this time.")
        return
    columns = [
        Column("When", 62),
        Column("What", 126),
        Column("Given to", 94),
        Column("What for", 110),
        Column("By", 86),
    ]
    yield DataTable(columns, [_line(one, ZoneInfo(whose.zone)) for one in rows], row_headers=True, before=4)


def _line(one: Disclosure, zone: ZoneInfo) -> Row:
    at = one.at.astimezone(zone)
    when = (Run(day_text(at.date()), BODY), Run(f"\n{at:%H:%M}", SMALL))
    what = (Run(one.what, BODY), Run(f"\n{one.reference}", SMALL))
    return Row((when, what, one.given_to or "–", one.purpose or "–", one.by))
