"""What the chair view shows: the sites still to be given, what each syringe holds, and what may be done next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from clinic.domain.quantities import Concentration, format_millilitres, format_units
from clinic.domain.visit_content import SiteContent
from clinic.domain.wording import side_words
from clinic.queries.chart_sites import origin_words
from clinic.queries.charts import ChartPage, vial_warning
from clinic.queries.visit_contents import time_out_stands
from clinic.queries.visit_record import VisitRecord
from clinic.queries.visit_rows import SyringeRow

FEW = 3
"""How many sites a button names by their numbers."""


class ChairStage(StrEnum):
    """How far the session is at the chair."""

    EMPTY = "empty"
    BEFORE = "before"
    CHANGED = "changed"
    OPEN = "open"
    DONE = "done"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class ChairRow:
    """A site still to be given. ``copied`` says where an unconfirmed one is from, ``trouble`` why it cannot be marked."""

    id: str
    number: int
    muscle: str
    sub_site: str
    side: str
    units: str
    volume: str
    syringe: str
    note: str
    copied: str
    trouble: str


@dataclass(frozen=True, slots=True)
class GivenMark:
    """A site that is marked given."""

    id: str
    number: int
    muscle: str
    side: str
    units: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChairSyringe:
    """A syringe while it is being used: ``rest`` of what was drawn up is in it, ``in_vial`` in its vial."""

    letter: str
    product_name: str
    lot: str
    vial: str
    drawn: str
    given: str
    rest: str
    rest_volume: str
    short: bool
    in_vial: str
    use_by: datetime | None
    use_by_at: str
    time_left: str
    warning: str


@dataclass(frozen=True, slots=True)
class Chair:
    """The chair view. ``ready`` can be marked together; ``last`` are the sites of the newest given mark."""

    stage: ChairStage
    prepared: bool
    given: int
    count: int
    rows: tuple[ChairRow, ...]
    ready: tuple[ChairRow, ...]
    ready_words: str
    ready_total: str
    unconfirmed: tuple[ChairRow, ...]
    marks: tuple[GivenMark, ...]
    last: tuple[GivenMark, ...]
    last_words: str
    total: str
    syringes: tuple[ChairSyringe, ...]
    now: str


def chair(page: ChartPage, now: datetime) -> Chair:
    """The chair view of a draft with injections."""
    session, record = page.content.session, page.record
    if session is None:
        raise ValueError("This visit has no injection section.")
    waiting = [site for site in session.sites if site.given_at is None]
    origins = {site.id: origin_words(site.copied_from, site.pattern_name) for site in record.sites}
    rows = tuple(_row(site, origins[site.id]) for site in waiting)
    ready = tuple(row for row in rows if not row.trouble)
    ready_ids = {row.id for row in ready}
    marks = tuple(_mark(site, site.given_at) for site in session.sites if site.given_at is not None)
    last = _newest(record, marks)
    return Chair(
        stage=_stage(page, waiting),
        prepared=session.prepared_at is not None,
        given=len(marks),
        count=len(session.sites),
        rows=rows,
        ready=ready,
        ready_words=_numbers(row.number for row in ready),
        ready_total=_total(site for site in waiting if site.id in ready_ids),
        unconfirmed=tuple(row for row in rows if row.copied),
        marks=marks,
        last=last,
        last_words=_numbers(mark.number for mark in last) if len(last) <= FEW else f"{len(last)} sites",
        total=_total(session.sites),
        syringes=tuple(_syringe(record, row, session.sites) for row in record.syringes),
        now=now.isoformat(),
    )


def _stage(page: ChartPage, waiting: list[SiteContent]) -> ChairStage:
    session, record = page.content.session, page.record
    if session is None or not session.sites:
        return ChairStage.EMPTY
    if not waiting:
        return ChairStage.SETTLED if session.settled_at else ChairStage.DONE
    if not record.time_outs:
        return ChairStage.BEFORE
    return ChairStage.OPEN if time_out_stands(record, page.content) else ChairStage.CHANGED


def _row(site: SiteContent, origin: str) -> ChairRow:
    return ChairRow(
        id=site.id,
        number=site.number,
        muscle=site.muscle_label,
        sub_site=site.sub_site_label,
        side=side_words(site.side),
        units=format_units(site.units) if site.units else "",
        volume=f"{site.volume}\N{NO-BREAK SPACE}mL" if site.volume and site.units else "",
        syringe=site.syringe,
        note=site.note,
        copied="" if site.confirmed else origin,
        trouble=_trouble(site),
    )


def _trouble(site: SiteContent) -> str:
    if not site.syringe:
        return "vial to be added"
    if site.units == 0:
        return "dose to be entered"
    return "" if site.confirmed else "not confirmed"


def _mark(site: SiteContent, at: datetime) -> GivenMark:
    return GivenMark(site.id, site.number, site.muscle_label, side_words(site.side), format_units(site.units), at)


def _newest(record: VisitRecord, marks: tuple[GivenMark, ...]) -> tuple[GivenMark, ...]:
    recorded = {site.id: site.given_recorded_at for site in record.sites if site.given_recorded_at}
    newest = max(recorded.values(), default=None)
    return tuple(mark for mark in marks if recorded.get(mark.id) == newest)


def _numbers(numbers: Iterable[int]) -> str:
    found = [str(number) for number in numbers]
    return f"site{'' if len(found) == 1 else 's'} {', '.join(found)}"


def _total(sites: Iterable[SiteContent]) -> str:
    sums: dict[str, Decimal] = {}
    for site in sites:
        sums[site.product_name] = sums.get(site.product_name, Decimal(0)) + site.units
    return "; ".join(f"{format_units(units)} {name}" for name, units in sums.items())


def _syringe(record: VisitRecord, row: SyringeRow, all_sites: Iterable[SiteContent]) -> ChairSyringe:
    vial = record.vials[row.vial_id]
    sites = [site for site in all_sites if site.syringe == row.letter]
    given = sum((site.units for site in sites if site.given_at), Decimal(0))
    drawn = row.units_drawn if row.units_drawn is not None else sum((site.units for site in sites), Decimal(0))
    rest = max(drawn - given, Decimal(0))
    needed = sum((site.units for site in sites if not site.given_at), Decimal(0))
    exact = Concentration(row.concentration_units, row.concentration_microlitres)
    return ChairSyringe(
        letter=row.letter,
        product_name=vial.product_name,
        lot=vial.lot_number,
        vial=vial.label,
        drawn=format_units(drawn),
        given=format_units(given),
        rest=format_units(rest),
        rest_volume=format_millilitres(exact.volume_of(rest)),
        short=rest < needed,
        in_vial=format_units(vial.units_left),
        use_by=vial.use_by,
        use_by_at=vial.use_by.isoformat() if vial.use_by else "",
        time_left=vial.time_left,
        warning=vial_warning(vial),
    )
