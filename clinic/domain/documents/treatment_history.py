"""The treatment history: one page a year, newest first, with faces, doses by muscle, scores, benefit and adverse events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from clinic.domain.anatomy import MUSCLES, muscle_label
from clinic.domain.documents.content import (
    Block,
    Bullets,
    Choice,
    Face,
    Faces,
    Heading,
    PageBreak,
    Paragraph,
    Table,
    TableColumn,
    TableRow,
)
from clinic.domain.documents.faces import Sited, alt, mark
from clinic.domain.products import product_name
from clinic.domain.quantities import format_number, format_units
from clinic.domain.stepped_care import SHOWN_SCORES
from clinic.domain.trends import Series
from clinic.domain.trends_sessions import NOT_RECORDED, brand
from clinic.domain.wording import day_text, plural, side_words

ACROSS: Final = 5
"""Faces in a row: a year of sessions every twelve weeks."""
COLUMNS: Final = 6
"""Sessions in one dose table; more are shared out evenly."""
_PRODUCTS: Final = 3
"""Products that the caption of a small face has room for."""
_DOSED_FACE: Final = 14
"""Sites up to which a small face has room for its doses; beyond it the table has them."""
_SIDES: Final = ("right", "left", "midline")


@dataclass(frozen=True, slots=True)
class HistoryDose:
    """Units of one product in one muscle of one side; ``product`` is its key, "" when it was not recorded."""

    muscle: str
    side: str
    product: str
    units: Decimal


@dataclass(frozen=True, slots=True)
class HistorySession:
    """A session with its touch-ups (day, units by product). ``said`` are (day asked, effect and benefit in words)."""

    on: date
    transcribed: bool
    sites: tuple[Sited, ...]
    doses: tuple[HistoryDose, ...]
    touch_ups: tuple[tuple[date, tuple[tuple[str, Decimal], ...]], ...] = ()
    said: tuple[tuple[date, str], ...] = ()

    @property
    def totals(self) -> Mapping[str, Decimal]:
        """Units by product key, touch-ups included; products are never added."""
        return _sums((one.product, one.units) for one in self.doses)

    @property
    def caption(self) -> str:
        """``12 May 2026: 37.5 units Botox, with the touch-up of 26 May 2026``."""
        few = len(self.totals) <= _PRODUCTS
        words = _totals_words(self.totals) if few else f"{len(self.totals)} products, see the table"
        parts = [f"{day_text(self.on)}: {words}"]
        parts += [f"with the touch-up of {day_text(on)} ({_totals_words(dict(of))})" for on, of in self.touch_ups]
        parts += ["transcribed from an earlier record"] if self.transcribed else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """An adverse event: the day that it belongs to, and in words."""

    on: date
    words: str


@dataclass(frozen=True, slots=True)
class History:
    """What the record knows. ``affected`` are the sides of the palsy; ``voided`` the voided sessions left out, by day.

    ``requests`` are what the patient asked to be corrected: (who, when and what; the words) of each step. They stand in
    every copy that leaves the clinic (45 CFR 164.526(d)(5)).
    """

    sessions: tuple[HistorySession, ...]
    series: tuple[Series, ...] = ()
    events: tuple[HistoryEvent, ...] = ()
    affected: frozenset[str] = frozenset()
    voided: tuple[date, ...] = ()
    elsewhere: tuple[str, ...] = ()
    requests: tuple[tuple[tuple[str, str], ...], ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """The years that have something to tell, newest first."""
        found = {one.on.year for one in self.sessions} | {one.on.year for one in self.events}
        found |= {point.on.year for one in self.series for point in (*one.line, *one.beside)}
        return tuple(sorted(found, reverse=True))


def _sums(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for key, units in amounts:
        found[key] = found.get(key, Decimal(0)) + units
    return found


def _totals_words(totals: Mapping[str, Decimal]) -> str:
    return " and ".join(f"{format_units(units)} {brand(product)}" for product, units in sorted(totals.items()))


def _year_key(year: int) -> str:
    return f"year-{year}"


def choices(history: History) -> tuple[Choice, ...]:
    """Every year can be left out, and scores and adverse events of all."""
    found = [
        Choice(_year_key(year), str(year), plural(sum(one.on.year == year for one in history.sessions), "session"))
        for year in history.years
    ]
    if history.series:
        found.append(Choice("scores", "Scores", "They show what came of the treatment."))
    if history.events:
        found.append(Choice("events", "Adverse events", "Whoever treats next has to know them."))
    return tuple(found)


def blocks(history: History, left_out: frozenset[str] = frozenset()) -> tuple[Block, ...]:
    """The pages, newest year first; what is not in them is said first."""
    found: list[Block] = [*_opening(history, left_out)]
    pages = 0
    for year in history.years:
        if _year_key(year) in left_out:
            continue
        sessions = sorted((one for one in history.sessions if one.on.year == year), key=lambda one: one.on)
        if sessions and pages:
            found.append(PageBreak())
        pages += bool(sessions)
        found += _year(history, year, sessions, left_out)
    return (*found, *_requests(history))


def _requests(history: History) -> Iterator[Block]:
    if history.requests:
        yield Heading("Requests to correct the record")
    for lines in history.requests:
        for head, words in lines:
            yield Paragraph(words, lead=f"{head}:")


def _opening(history: History, left_out: frozenset[str]) -> Iterator[Block]:
    products = dict.fromkeys(dose.product for one in history.sessions for dose in one.doses)
    if products:
        words = f"{_names(sorted(products))}. Units of one product are not those of another and are never added."
        yield Paragraph(words, lead="Products:")
    if history.voided:
        days = ", ".join(map(day_text, history.voided))
        count = plural(len(history.voided), "voided session is", "voided sessions are")
        yield Paragraph(f"{count} left out ({days}).", lead="Voided:")
    years = [str(year) for year in history.years if _year_key(year) in left_out]
    if years:
        yield Paragraph(f"{', '.join(years)}.", lead="Years left out of this print:")
    if history.elsewhere:
        yield Paragraph(f"{'; '.join(history.elsewhere)}.", lead="Toxin given elsewhere, not in the tables:")


def _year(history: History, year: int, sessions: Sequence[HistorySession], left_out: frozenset[str]) -> Iterator[Block]:
    yield Heading(str(year))
    if sessions:
        yield Faces(tuple(map(_face, sessions)), across=ACROSS)
        yield from _doses(sessions, history.affected)
        yield from _said(sessions)
    else:
        yield Paragraph("No session was given in this year.")
    if "scores" not in left_out:
        yield from _scores(history.series, year)
    events = [one.words for one in sorted(history.events, key=lambda one: one.on) if one.on.year == year]
    if events and "events" not in left_out:
        yield Heading("Adverse events", 3)
        yield Bullets(tuple(events))


def _face(session: HistorySession) -> Face:
    dosed = len(session.sites) <= _DOSED_FACE
    marks = tuple(mark(site, dosed=dosed) for site in session.sites)
    return Face(marks, alt(session.sites, f"Session of {day_text(session.on)}"), session.caption, 100 // ACROSS)


def _doses(sessions: Sequence[HistorySession], affected: frozenset[str]) -> Iterator[Block]:
    """One table or more, so that the columns stay wide enough."""
    tables = -(-len(sessions) // COLUMNS)
    size = -(-len(sessions) // tables)
    for start in range(0, len(sessions), size):
        part = sessions[start : start + size]
        products = sorted({dose.product for one in part for dose in one.doses})
        several = "by muscle, patient’s side and product:" if len(products) > 1 else "of"
        first = TableColumn(f"Units {several} {_names(products)}", 62)
        columns = (first, *(TableColumn(_column(one), 24, number=True) for one in part))
        rows = [*_muscle_rows(part, products), *_side_rows(part, products, affected)]
        yield Table(columns, tuple(rows))


def _names(products: Iterable[str]) -> str:
    """Products by both names: each page says what its captions call by the brand alone (J-05)."""
    return "; ".join(product_name(one) if one else NOT_RECORDED for one in products)


def _column(session: HistorySession) -> str:
    """The day; a session with touch-ups says that they are in it."""
    return f"{day_text(session.on)} with touch-up" if session.touch_ups else day_text(session.on)


def _muscle_rows(sessions: Sequence[HistorySession], products: Sequence[str]) -> Iterator[TableRow]:
    order = {key: number for number, key in enumerate(MUSCLES)}
    keys = {(dose.muscle, dose.side, dose.product) for one in sessions for dose in one.doses}
    for muscle, side, product in sorted(
        keys, key=lambda key: (order.get(key[0], len(order)), _SIDES.index(key[1]), key)
    ):
        sums = [_of(one, product, side, muscle) for one in sessions]
        yield TableRow((_label(f"{muscle_label(muscle)}, {side}", product, products), *map(_cell, sums)))


def _side_rows(
    sessions: Sequence[HistorySession], products: Sequence[str], affected: frozenset[str]
) -> Iterator[TableRow]:
    """The sums of each side, the affected one first, and the total of each product."""
    seen = {dose.side for one in sessions for dose in one.doses}
    sides = sorted((one for one in _SIDES if one in seen), key=lambda one: (one not in affected, _SIDES.index(one)))
    for product in products:
        for side in sides:
            sums = [_of(one, product, side) for one in sessions]
            if any(sums):
                yield TableRow((_label(_side_label(side, affected), product, products), *map(_cell, sums)), total=True)
        sums = [_of(one, product) for one in sessions]
        yield TableRow((_label("Total", product, products), *map(_cell, sums)), total=True)


def _side_label(side: str, affected: frozenset[str]) -> str:
    if side == "midline" or len(affected) != 1:
        return "Midline" if side == "midline" else side_words(side).capitalize()
    return f"{'Affected side' if side in affected else 'Other side'}, {side_words(side)}"


def _of(session: HistorySession, product: str, side: str = "", muscle: str = "") -> Decimal:
    """Units of a product, of one side and muscle when they are named."""
    mine = (
        dose.units
        for dose in session.doses
        if dose.product == product and side in {"", dose.side} and muscle in {"", dose.muscle}
    )
    return sum(mine, Decimal(0))


def _label(words: str, product: str, products: Sequence[str]) -> str:
    return words if len(products) == 1 else f"{words}, {brand(product)}"


def _cell(units: Decimal) -> str:
    return format_number(units) if units else "–"


def _said(sessions: Sequence[HistorySession]) -> Iterator[Block]:
    rows = [TableRow((day_text(one.on), day_text(on), words)) for one in sessions for on, words in one.said]
    if rows:
        columns = (TableColumn("Session", 24), TableColumn("Asked on", 24), TableColumn("Effect and benefit", 122))
        yield Table(columns, tuple(rows))


def _scores(series: Iterable[Series], year: int) -> Iterator[Block]:
    """The scores that say how the face as a whole fares, with each one's smallest detectable change."""
    rows = []
    for one in series:
        newest = one.line[-1]
        if (newest.instrument, newest.score) not in SHOWN_SCORES:
            continue
        points = [point for point in (*one.line, *one.beside) if point.on.year == year]
        points.sort(key=lambda point: (point.at, point.rater))
        if points:
            values = "; ".join(f"{day_text(point.on)}: {point.value_text}" for point in points)
            noise = one.kind.noise
            rows.append(
                TableRow((one.title, values, "not known" if noise is None else f"up to {format_number(noise)}"))
            )
    if rows:
        columns = (
            TableColumn("Score", 60),
            TableColumn("Days and values", 76),
            TableColumn("Change that can be chance", 34),
        )
        yield Table(columns, tuple(rows))
