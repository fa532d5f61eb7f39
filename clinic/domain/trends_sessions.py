"""What stands on the axis of a trend: sessions with their doses, other treatments, and the span of time itself.

Units of different products are never added up: a session has one total a product, and a muscle's doses are one run a
product, broken where the product changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from clinic.domain.anatomy import MUSCLES, Side, muscle_label
from clinic.domain.days import last_possible
from clinic.domain.patients import DatePrecision
from clinic.domain.products import product_name, products
from clinic.domain.quantities import format_units
from clinic.domain.wording import dated_text, side_words

_LEAST = timedelta(days=60)
"""A single day is drawn in the middle of twice this."""
NOT_RECORDED = "product not recorded"


@dataclass(frozen=True, slots=True)
class Dose:
    """Units of one product in one muscle of one side; ``product`` is its key, "" when it was not recorded."""

    muscle: str
    side: Side
    product: str
    units: Decimal


@dataclass(frozen=True, slots=True)
class Session:
    """A session that was given and stands, with what later visits said of it in words."""

    visit_id: str
    on: date
    touch_up: bool
    doses: tuple[Dose, ...]
    outcome: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def totals(self) -> Mapping[str, Decimal]:
        """Units by product key."""
        found: dict[str, Decimal] = {}
        for one in self.doses:
            found[one.product] = found.get(one.product, Decimal(0)) + one.units
        return dict(sorted(found.items()))

    @property
    def total_words(self) -> tuple[str, ...]:
        """``37.5 units onabotulinumtoxinA (Botox)``, one line a product."""
        return tuple(f"{format_units(units)} {named(key)}" for key, units in self.totals.items())

    def units(self, muscle: str, side: Side) -> Mapping[str, Decimal]:
        """What a muscle got, by product key."""
        mine = tuple(one for one in self.doses if (one.muscle, one.side) == (muscle, side))
        return Session(self.visit_id, self.on, self.touch_up, mine).totals


@dataclass(frozen=True, slots=True)
class OtherTreatment:
    """Training, surgery or toxin given elsewhere; ``on`` to ``until`` is as exactly as its date is known."""

    words: str
    on: date | None
    until: date | None
    dated: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A muscle's dose in one session."""

    on: date
    product: str
    units: Decimal

    @property
    def product_name(self) -> str:
        """The product in full."""
        return named(self.product)


@dataclass(frozen=True, slots=True)
class MuscleDoses:
    """The doses of one muscle and side in the order of time."""

    muscle: str
    side: Side
    bars: tuple[Bar, ...]

    @property
    def label(self) -> str:
        """``Mentalis, patient’s left``."""
        return f"{muscle_label(self.muscle)}, {side_words(self.side)}"

    @property
    def runs(self) -> tuple[tuple[Bar, ...], ...]:
        """Consecutive doses of one product; another product begins another run."""
        return tuple(tuple(run) for _, run in groupby(self.bars, key=lambda bar: bar.product))


@dataclass(frozen=True, slots=True)
class Span:
    """The time that every figure of a page shows, so that they can be read one below the other."""

    start: date
    end: date


def named(key: str) -> str:
    """A product in full."""
    return product_name(key) if key else NOT_RECORDED


def brand(key: str) -> str:
    """A product's brand, for places where its full name stands nearby."""
    known = products().get(key)
    return known.brand if known else key or NOT_RECORDED


def muscle_doses(sessions: Iterable[Session]) -> tuple[MuscleDoses, ...]:
    """The doses of every muscle and side, in the order of the face's muscles."""
    found: dict[tuple[str, Side], list[Bar]] = {}
    for one in sorted(sessions, key=lambda session: (session.on, session.visit_id)):
        for muscle, side in dict.fromkeys((dose.muscle, dose.side) for dose in one.doses):
            bars = found.setdefault((muscle, side), [])
            bars += [Bar(one.on, key, units) for key, units in one.units(muscle, side).items()]
    order = {key: number for number, key in enumerate(MUSCLES)}
    keys = sorted(found, key=lambda key: (order.get(key[0], len(order)), key[1].value))
    return tuple(MuscleDoses(muscle, side, tuple(found[muscle, side])) for muscle, side in keys)


def other_treatment(words: str, on: date | None, precision: DatePrecision) -> OtherTreatment:
    """A treatment with its date as exactly as it is known."""
    known = None if on is None or precision is DatePrecision.UNKNOWN else on
    until = last_possible(known, precision) if known else None
    return OtherTreatment(words, known, until, dated_text(known, precision) if known else "date not known")


def span(days: Sequence[date], others: Iterable[OtherTreatment] = ()) -> Span | None:
    """From the first to the last day of scores and sessions; treatments after the first day widen it. None without a day."""
    if not days:
        return None
    start = min(days)
    end = max([*days, *(one.until for one in others if one.until is not None and one.until >= start)])
    middle = start + (end - start) / 2
    return Span(min(start, middle - _LEAST), max(end, middle + _LEAST))
