"""The sites of a session as they are compared, and the words of the comparison."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from clinic.domain.anatomy import MUSCLES, Side, full_label, muscle_label
from clinic.domain.products import product_name
from clinic.domain.quantities import MINUS, format_units
from clinic.domain.wording import day_text, side_words

NOT_RECORDED: Final = "product not recorded"
NOT_COMPARABLE: Final = "not comparable"
Place = tuple[str, Side]


@dataclass(frozen=True, slots=True)
class ComparedSite:
    """A site as it is compared; ``product`` is its key, "" when not recorded; ``units`` 0 while a dose is to be entered.

    ``x`` and ``y`` are hundredths of a geometry unit. ``lot`` is "" when it is not known.
    """

    id: str
    muscle: str
    sub_site: str | None
    side: Side
    x: int
    y: int
    units: Decimal
    product: str
    lot: str = ""
    note: str = ""

    @property
    def place(self) -> Place:
        """Muscle and side."""
        return self.muscle, self.side

    @property
    def label(self) -> str:
        """``Platysma, medial band 1, patient’s left``."""
        return f"{full_label(self.muscle, self.sub_site)}, {side_words(self.side)}"

    @property
    def dose(self) -> str:
        """``2.5 units``, or that it is still to be entered."""
        return format_units(self.units) if self.units else "dose to be entered"

    @property
    def dose_of_product(self) -> str:
        """``2.5 units onabotulinumtoxinA (Botox)``."""
        return f"{self.dose} {named(self.product)}"


@dataclass(frozen=True, slots=True)
class ComparedSession:
    """A session with its sites, those of its touch-ups among them; ``is_draft`` as charted, not given.

    ``in_force`` are its visit and those of its touch-ups; ``aliases`` are every version of them that ever was.
    """

    id: str
    on: date
    sites: tuple[ComparedSite, ...]
    transcribed: bool = False
    is_draft: bool = False
    is_touch_up: bool = False
    touch_ups: tuple[date, ...] = ()
    in_force: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()

    @property
    def day(self) -> str:
        """``22 Nov 2026``."""
        return day_text(self.on)

    @property
    def marks(self) -> tuple[str, ...]:
        """What is out of the ordinary about it."""
        found = ["draft, not given"] if self.is_draft else []
        found += ["a touch-up, on its own"] if self.is_touch_up else []
        found += ["transcribed"] if self.transcribed else []
        return (*found, *(f"with its touch-up of {day_text(on)}" for on in self.touch_ups))

    @property
    def words(self) -> str:
        """The day, with what is out of the ordinary."""
        return f"{self.day} ({'; '.join(self.marks)})" if self.marks else self.day

    @property
    def products(self) -> tuple[str, ...]:
        """The keys of its products."""
        return tuple(sorted({site.product for site in self.sites}))

    @property
    def lots(self) -> tuple[str, ...]:
        """``lot C4821A2``, ``lot unknown``, each once."""
        return tuple(sorted({f"lot {site.lot}" if site.lot else "lot unknown" for site in self.sites}))


def named(product: str) -> str:
    """A product in words, or that it is not on record."""
    return product_name(product) if product else NOT_RECORDED


def signed_units(units: Decimal) -> str:
    """``+2.5 units``, ``−1 unit``, ``no change``."""
    return f"{'+' if units > 0 else MINUS}{format_units(abs(units))}" if units else "no change"


def muscle_order(place: Place) -> tuple[int, str, int]:
    """Muscles from the top of the face down; right, midline, left."""
    return _MUSCLES.get(place[0], len(_MUSCLES)), place[0], _SIDES[place[1]]


def place_label(place: Place) -> str:
    """``Mentalis, patient’s left``."""
    return f"{muscle_label(place[0])}, {side_words(place[1])}"


_MUSCLES: Final = {key: number for number, key in enumerate(MUSCLES)}
_SIDES: Final = {Side.RIGHT: 0, Side.MIDLINE: 1, Side.LEFT: 2}
