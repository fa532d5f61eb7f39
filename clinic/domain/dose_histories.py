"""Doses muscle by muscle across sessions: a table of muscle and session, and the balance of the two sides.

A touch-up stands with its parent session and stays told apart. Units of different products are never added, compared or
shaded on one scale; what was not given is a gap, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import groupby, pairwise
from math import ceil
from typing import Final

from clinic.domain.anatomy import Side, muscle_label
from clinic.domain.dose_sessions import (
    Given,
    MusclePlace,
    TreatedSession,
    amounts,
    comparable,
    face_order,
    product_runs,
)
from clinic.domain.quantities import MINUS, format_number
from clinic.domain.trends_sessions import brand, named
from clinic.domain.wording import day_text, side_words

SHADES: Final = 5
"""Steps of the shade behind a dose; an own choice of this program, and the number always stands in the cell."""
COLUMNS: Final = 40
"""Sessions on one page; older ones are a page further."""
NOT_LAST: Final = "not given last"
"""Of a muscle that the newest session shown left out: its last two doses say nothing of what changed last."""
_SIDES: Final = (Side.RIGHT, Side.LEFT, Side.MIDLINE)


class Sort(StrEnum):
    """How the muscles follow each other."""

    FACE = "face"
    NEWEST = "newest"
    CHANGE = "change"

    @property
    def label(self) -> str:
        """What the choice says."""
        return _SORTS[self]


_SORTS: Final = {Sort.FACE: "From brow to neck", Sort.NEWEST: "Newest dose", Sort.CHANGE: "Biggest last change"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page was asked to show. ``side`` None is both; no muscle is every muscle."""

    muscles: frozenset[str] = frozenset()
    side: Side | None = None
    first_year: int | None = None
    last_year: int | None = None
    sort: Sort = Sort.FACE
    page: int = 1

    def shows(self, place: MusclePlace) -> bool:
        """Whether a muscle and side is asked for."""
        muscle, side = place
        return (not self.muscles or muscle in self.muscles) and (self.side is None or side is self.side)

    def in_years(self, on: date) -> bool:
        """Whether a day lies in the years asked for."""
        return (self.first_year or on.year) <= on.year <= (self.last_year or on.year)


@dataclass(frozen=True, slots=True)
class Cell:
    """A muscle's dose in one session; ``shade`` is 1 to 5 within one product, 0 for a gap."""

    on: str
    lines: tuple[str, ...]
    shade: int

    @property
    def heat(self) -> str:
        """The class of its shade."""
        return f"heat-{self.shade}"


@dataclass(frozen=True, slots=True)
class Row:
    """One muscle and side across the sessions."""

    muscle: str
    side: Side
    cells: tuple[Cell, ...]
    change: str

    @property
    def label(self) -> str:
        """The muscle; its side heads the block."""
        return muscle_label(self.muscle)


@dataclass(frozen=True, slots=True)
class Total:
    """Units of one product by session (its day and the units), over a block or over everything shown."""

    product: str
    cells: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """``Total, Botox``; the full name heads the columns."""
        return f"Total, {brand(self.product)}"


@dataclass(frozen=True, slots=True)
class Block:
    """The muscles of one side, with their totals."""

    side: Side
    title: str
    rows: tuple[Row, ...]
    totals: tuple[Total, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """A heading over neighbouring columns: a year, or the products between two changes."""

    words: str
    columns: int


@dataclass(frozen=True, slots=True)
class Column:
    """A session at the head of its column; ``breaks`` where the product is another than in the column before."""

    session: TreatedSession
    before: str
    breaks: bool

    @property
    def day(self) -> str:
        """Day and month; the year stands above."""
        return day_text(self.session.on).rsplit(" ", 1)[0]


@dataclass(frozen=True, slots=True)
class Balance:
    """A muscle's units of one product in one session, right and left; None is not treated."""

    muscle: str
    product: str
    right: Decimal | None
    left: Decimal | None
    midline: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DoseHistory:
    """The page: columns oldest first, blocks of rows, totals, and the balance of the newest session shown."""

    columns: tuple[Column, ...]
    years: tuple[Head, ...]
    products: tuple[Head, ...]
    blocks: tuple[Block, ...]
    totals: tuple[Total, ...]
    balance: tuple[Balance, ...]
    page: int
    pages: int
    sessions: int
    choices: tuple[tuple[str, str], ...]
    known_years: tuple[int, ...]

    @property
    def older(self) -> int | None:
        """The page before in time."""
        return self.page + 1 if self.page < self.pages else None

    @property
    def newer(self) -> int | None:
        """The page after in time."""
        return self.page - 1 if self.page > 1 else None

    @property
    def width(self) -> int:
        """Columns of the table with the muscle and its last change."""
        return len(self.columns) + 2

    @property
    def newest(self) -> TreatedSession:
        """The newest session shown."""
        return self.columns[-1].session


def dose_history(sessions: Iterable[TreatedSession], asked: Asked, affected: frozenset[Side]) -> DoseHistory:
    """The table of everything asked for. ``affected`` are the sides of the palsies on record."""
    known = sorted(sessions, key=lambda one: (one.on, one.id))
    wanted = [one for one in known if asked.in_years(one.on) and any(asked.shows(place) for place in one.places)]
    pages = max(1, -(-len(wanted) // COLUMNS))
    page = min(max(asked.page, 1), pages)
    end = len(wanted) - (page - 1) * COLUMNS
    shown = wanted[max(0, end - COLUMNS) : end]
    places = [place for place in dict.fromkeys(p for one in shown for p in one.places) if asked.shows(place)]
    places.sort(key=lambda place: _sort_key(place, shown, asked.sort))
    given = [[one for one in session.given if asked.shows(one.place)] for session in shown]
    largest = _largest(shown)
    days = [day_text(one.on) for one in shown]
    blocks = []
    for side in _SIDES:
        mine = [place for place in places if place[1] is side]
        rows = tuple(_row(place, shown, largest) for place in mine)
        if rows:
            totals = _totals([[one for one in row if one.side is side] for row in given], days)
            blocks.append(Block(side, side_title(side, affected), rows, totals))
    blocks.sort(key=lambda block: (block.side is Side.MIDLINE, len(affected) == 1 and block.side not in affected))
    muscles = sorted({muscle for one in known for muscle, _ in one.places}, key=face_order)
    return DoseHistory(
        columns=tuple(_columns(shown, known)),
        years=tuple(Head(str(year), len([*run])) for year, run in groupby(shown, key=lambda one: one.on.year)),
        products=tuple(Head(run[0].product_words, len(run)) for run in product_runs(shown, lambda one: one.products)),
        blocks=tuple(blocks),
        totals=_totals(given, days),
        balance=tuple(_balance(given[-1])) if given else (),
        page=page,
        pages=pages,
        sessions=len(wanted),
        choices=tuple((muscle, muscle_label(muscle)) for muscle in muscles),
        known_years=tuple(sorted({one.on.year for one in known})),
    )


def side_title(side: Side, affected: frozenset[Side]) -> str:
    """``Affected side: patient’s left``; with palsies of both sides, or none on record, the side alone."""
    words = side_words(side.value)
    if side is Side.MIDLINE or len(affected) != 1:
        return f"{words[0].upper()}{words[1:]}"
    return f"{'Affected' if side in affected else 'Other'} side: {words}"


def shade(units: Decimal, largest: Decimal) -> int:
    """The step of a dose between nothing and the largest dose of its product in any muscle shown: 1 to 5."""
    return ceil(Fraction(units) * SHADES / Fraction(largest))


def _columns(shown: Sequence[TreatedSession], known: Sequence[TreatedSession]) -> Iterator[Column]:
    before = {one.id: earlier.id for earlier, one in pairwise(known)}
    for number, one in enumerate(shown):
        yield Column(
            one, before.get(one.id, ""), number > 0 and not comparable(shown[number - 1].products, one.products)
        )


def _largest(shown: Sequence[TreatedSession]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for session in shown:
        for place in session.places:
            for one in session.amounts(place):
                found[one.product] = max(one.total, found.get(one.product, Decimal(0)))
    return found


def _row(place: MusclePlace, shown: Sequence[TreatedSession], largest: dict[str, Decimal]) -> Row:
    cells = []
    many = len(largest) > 1
    for session in shown:
        parts = session.amounts(place)
        several = len(session.products) > 1
        lines = tuple(f"{one.words} {brand(one.product)}" if several else one.words for one in parts)
        shades = [shade(one.total, largest[one.product]) for one in parts]
        on = f"{day_text(session.on)}, {' and '.join(map(brand, session.products))}" if many else day_text(session.on)
        cells.append(Cell(on if parts else "", lines, max(shades, default=0)))
    return Row(*place, tuple(cells), _change_words(place, shown))


def last_change(place: MusclePlace, shown: Sequence[TreatedSession]) -> tuple[Decimal | None, str]:
    """How the newest dose of a muscle differs from the one before it; None, with why, where they do not compare."""
    doses = [found for session in shown if (found := session.amounts(place))]
    if len(doses) < 2:
        return None, ""
    newest, before = doses[-1], doses[-2]
    products, earlier = (tuple(one.product for one in dose) for dose in (newest, before))
    if not comparable(products, earlier) or len(newest) > 1:
        return None, named("") if "" in products + earlier else "other product"
    return newest[0].total - before[0].total, ""


def _change_words(place: MusclePlace, shown: Sequence[TreatedSession]) -> str:
    if not shown[-1].amounts(place):
        return NOT_LAST
    change, why_not = last_change(place, shown)
    if change is None:
        return why_not
    return f"{'+' if change > 0 else MINUS}{format_number(abs(change))}" if change else "same"


def _sort_key(
    place: MusclePlace, shown: Sequence[TreatedSession], sort: Sort
) -> tuple[int, str, Decimal, tuple[bool, int, str]]:
    """Products are put apart before their units are ordered: 10 units of one are not more than 5 of another."""
    order = face_order(place[0])
    if sort is Sort.NEWEST:
        newest = shown[-1].amounts(place)
        return (0, newest[0].product, -newest[0].total, order) if newest else (1, "", Decimal(0), order)
    if sort is Sort.CHANGE:
        change, _ = last_change(place, shown)
        if change is None:
            return 1, "", Decimal(0), order
        product = next(found for session in reversed(shown) if (found := session.amounts(place)))[0].product
        return 0, product, -abs(change), order
    return 0, "", Decimal(0), order


def _totals(given: Sequence[Sequence[Given]], days: Sequence[str]) -> tuple[Total, ...]:
    sums = [{one.product: one.total for one in amounts(row)} for row in given]
    products = sorted({product for one in sums for product in one})
    return tuple(
        Total(
            product,
            tuple(
                (day, format_number(one[product])) if product in one else ("", "")
                for day, one in zip(days, sums, strict=True)
            ),
        )
        for product in products
    )


def _balance(given: Sequence[Given]) -> Iterator[Balance]:
    keys = sorted({(one.product, one.muscle) for one in given}, key=lambda key: (key[0], face_order(key[1])))
    for product, muscle in keys:
        units = {
            side: next(amounts(mine)).total
            for side in _SIDES
            if (mine := [one for one in given if (one.product, one.muscle, one.side) == (product, muscle, side)])
        }
        yield Balance(muscle, product, units.get(Side.RIGHT), units.get(Side.LEFT), units.get(Side.MIDLINE))
