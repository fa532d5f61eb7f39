"""The treatment passport: one page to carry, with the last doses by muscle, product and lot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.documents import emergency
from clinic.domain.documents.content import (
    Block,
    Box,
    BoxKind,
    Choice,
    Facts,
    Heading,
    Paragraph,
    Table,
    TableColumn,
    TableRow,
)
from clinic.domain.documents.texts import Language, text
from clinic.domain.documents.treated_places import (
    TreatedSite,
    doses_by_product,
    lot_words,
    muscle_words,
    named,
    units_words,
)
from clinic.domain.documents.treatment_handout import Phones
from clinic.domain.patients import Cause
from clinic.domain.plain_places import plain_place
from clinic.domain.visits import NEXT_SESSION_DAYS

TEXT: Final = "treatment_passport"
DETAILED: Final = 3
"""Treatments that are told in detail, at most."""
ROWS: Final = 6
"""Lines of muscles in a table that fit one A4 page in normal type, with everything around it."""
LISTED: Final = 18
"""Doses that fit as running text where the table would be too long."""


@dataclass(frozen=True, slots=True)
class TreatmentDay:
    """What was given on one day; a touch-up is a day of its own."""

    on: date
    sites: tuple[TreatedSite, ...]
    touch_up: bool = False


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who carries the passport: palsies as (side, cause). Name and birth date stand at the head of every page."""

    palsies: tuple[tuple[Side, Cause], ...]


@dataclass(frozen=True, slots=True)
class _Column:
    when: str
    product: str
    lots: str
    doses: Mapping[tuple[str, Side], tuple[TreatedSite, ...]]
    total: str

    @property
    def title(self) -> str:
        """Day and product."""
        return f"{self.when}, {self.product}"


def detailed(days: Sequence[TreatmentDay]) -> tuple[TreatmentDay, ...]:
    """The newest days that fit the page, the newest always; ``days`` are newest first."""
    newest = tuple(days[:DETAILED])
    if in_table(newest):
        return newest
    while len(newest) > 1 and sum(len(_places(one.sites)) for one in newest) > LISTED:
        newest = newest[:-1]
    return newest


def in_table(days: Sequence[TreatmentDay]) -> bool:
    """Whether the doses of these days fit the page as a table; as running text they take less room."""
    places = {place for day in days for place in _places(day.sites)}
    return len(places) <= ROWS and sum(len({site.product for site in day.sites}) for day in days) <= DETAILED


def _places(sites: Sequence[TreatedSite]) -> set[tuple[str, Side]]:
    return {(site.muscle, site.side) for site in sites}


def passport_choices() -> tuple[Choice, ...]:
    """Nothing of one page can be left out."""
    return (
        Choice("doses", "Last treatments", "what other clinicians have to know", fixed=True),
        Choice("interval", "No other toxin within 12 weeks", "the labels’ interval", fixed=True),
        emergency.CHOICE,
    )


def passport_blocks(
    bearer: Bearer, days: Sequence[TreatmentDay], toxin_on: date | None, words: Language, phones: Phones
) -> tuple[Block, ...]:
    """The passport. ``toxin_on`` is the last day of any toxin, here or elsewhere."""
    return (
        *text(TEXT, words.code).part("intro").blocks(),
        _condition(bearer, words),
        *_interval(toxin_on, words),
        emergency.emergency_box(words, phones.clinic, phones.emergency),
        *_treatments(days, words),
    )


def _condition(bearer: Bearer, words: Language) -> Paragraph:
    palsies = [
        words.label(f"palsy_{side.value}", cause=words.label(f"cause_{cause.name.lower()}"))
        for side, cause in bearer.palsies
    ]
    synkinesis = text(TEXT, words.code).part("condition").body
    return Paragraph(". ".join([*palsies, *synkinesis]), lead=f"{words.label('condition_label')}:")


def _treatments(days: Sequence[TreatmentDay], words: Language) -> Iterator[Block]:
    yield Heading(words.label("last_treatments"))
    if not days:
        yield Paragraph(words.label("no_treatments"))
        return
    shown = detailed(days)
    columns = [column for day in shown for column in _columns(day, words)]
    if in_table(shown):
        products = {one.product for one in columns}
        if len(products) == 1:
            yield Facts(((words.label("product"), products.pop()),))
        yield _table(columns, words)
    else:
        yield from (_line(one, words) for one in columns)
    if len({site.product for day in shown for site in day.sites}) > 1:
        yield Paragraph(" ".join(text(TEXT, words.code).part("products").body), small=True)
    earlier = [words.day(one.on) for one in days[len(shown) :]]
    if earlier:
        more = "…" if len(earlier) > 2 * DETAILED else ""
        yield Paragraph(
            words.label("earlier_treatments", days=", ".join(earlier[: 2 * DETAILED]) + (f", {more}" if more else "")),
            small=True,
        )


def _columns(day: TreatmentDay, words: Language) -> Iterator[_Column]:
    """A column for each product of a day: units of two products never stand in one."""
    when = words.day(day.on)
    for one in doses_by_product(day.sites):
        doses: dict[tuple[str, Side], tuple[TreatedSite, ...]] = {}
        for row in one.rows:
            doses[row.muscle, row.side] = doses.get((row.muscle, row.side), ()) + row.sites
        yield _Column(
            words.label("touch_up_on", day=when) if day.touch_up else when,
            named(one, words),
            lot_words(one, words),
            doses,
            units_words([site for sites in doses.values() for site in sites], words),
        )


def _table(columns: Sequence[_Column], words: Language) -> Table:
    places = {place: max(site.y or 0 for site in sites) for one in columns for place, sites in one.doses.items()}
    ordered = sorted(places, key=lambda place: (list(Side).index(place[1]), -places[place], place[0]))
    share = 60 // len(columns)
    alone = len({one.product for one in columns}) == 1
    heads = (
        TableColumn(words.label("muscle_and_side"), 40),
        *(TableColumn(one.when if alone else one.title, share, number=True) for one in columns),
    )
    rows = [TableRow((_place(place, words), *(_cell(one, place, words) for one in columns))) for place in ordered]
    lots = TableRow((words.label("lot"), *(one.lots for one in columns)))
    total = TableRow((words.label("total"), *(one.total for one in columns)), total=True)
    return Table(heads, (lots, *rows, total))


def _line(column: _Column, words: Language) -> Paragraph:
    doses = [
        f"{_place(place, words)}: {_dose(sites, words)}" for place, sites in sorted(column.doses.items(), key=_order)
    ]
    total = f"{words.label('total').lower()} {column.total}"
    return Paragraph("; ".join(doses), lead=f"{column.title}, {words.label('lot').lower()} {column.lots}, {total}:")


def _order(entry: tuple[tuple[str, Side], tuple[TreatedSite, ...]]) -> tuple[int, int, str]:
    (muscle, side), sites = entry
    return (list(Side).index(side), -max(site.y or 0 for site in sites), muscle)


def _dose(sites: Sequence[TreatedSite], words: Language) -> str:
    if any(not site.units for site in sites):
        return words.label("dose_open")
    return words.units(sum((site.units for site in sites), Decimal(0)))


def _place(place: tuple[str, Side], words: Language) -> str:
    muscle, side = place
    name = muscle_words(muscle)
    if not name:
        plain = plain_place(muscle, None, side, words.code)
        return plain[0].upper() + plain[1:]
    return words.label(f"muscle_{side.value}", muscle=name)


def _cell(column: _Column, place: tuple[str, Side], words: Language) -> str:
    return units_words(column.doses[place], words) if place in column.doses else "–"


def _interval(toxin_on: date | None, words: Language) -> Iterator[Block]:
    if toxin_on is not None:
        part = text(TEXT, words.code).part("interval")
        until = words.day(toxin_on + timedelta(days=NEXT_SESSION_DAYS))
        yield Box(BoxKind.IMPORTANT, part.heading, (), " ".join(part.body).format(next=until))
