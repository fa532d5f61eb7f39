"""Unopened vials: how many there are, when they are few or expire, and what was wasted for which reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from clinic.domain.errors import Invalid
from clinic.domain.inventory import CountKind
from clinic.domain.products import product_name
from clinic.domain.quantities import format_number
from clinic.domain.visits import REASON_MINIMUM
from clinic.domain.wording import plural

VIALS_MAXIMUM: Final = 1000
"""Vials in one entry at most: own check of typing, no rule of stock."""

WITHIN: Final = (30, 90)
"""Days before expiry that can be chosen to look ahead (own choice)."""

NOT_COUNTED: Final = "not counted"


def vials_typed(typed: str, field: str = "vials", *, least: int = 0) -> int:
    """A whole number of vials from ``least`` to 1,000. Raises Invalid beside ``field``."""
    text = typed.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(VIALS_MAXIMUM))):
        raise Invalid({field: "Write the number of vials in digits, for example 10."})
    if not least <= int(text) <= VIALS_MAXIMUM:
        raise Invalid({field: f"Between {least} and {format_number(VIALS_MAXIMUM)} vials."})
    return int(text)


def change_of(kind: CountKind, vials: int, unopened: int | None, opened: int) -> int:
    """The signed change that an entry makes; ``unopened`` is None while nothing of the lot was counted.

    A count is what lies there now, so it makes up for everything before. Raises Invalid (``vials``) where more would go
    than there are.
    """
    if kind is CountKind.RECEIVED:
        if unopened is None and vials < opened:
            was = plural(opened, "vial")
            raise Invalid({"vials": f"{was} of this lot were opened already. Enter what lies there now as counted."})
        return vials
    if kind is CountKind.COUNTED:
        return vials - (unopened if unopened is not None else -opened)
    if unopened is None:
        raise Invalid({"vials": "No vial of this lot was counted yet. Count them or enter what was received first."})
    if vials > unopened:
        left = plural(max(unopened, 0), "unopened vial")
        raise Invalid({"vials": f"On record there are {left}. Count them first."})
    return -vials


def reason_typed(kind: CountKind, typed: str, *, differs: bool) -> str:
    """The reason of an entry: needed for what went and for a count that differs. Raises Invalid (``reason``)."""
    reason = typed.strip()
    needed = kind in (CountKind.SENT_BACK, CountKind.LOST) or (kind is CountKind.COUNTED and differs)
    if needed and len(reason) < REASON_MINIMUM:
        raise Invalid({"reason": f"Say why, in at least {REASON_MINIMUM} characters. It stays in the record."})
    return reason


@dataclass(frozen=True, slots=True)
class LotLevel:
    """One lot: ``counted`` is the sum of its counts, None while there is none; ``opened`` its opened vials."""

    id: str
    product: str
    number: str
    expires_on: date
    recalled: bool
    counted: int | None
    opened: int
    today: date

    @property
    def product_name(self) -> str:
        """The product in words."""
        return product_name(self.product)

    @property
    def unopened(self) -> int | None:
        """Vials still unopened; None while nothing was counted, below 0 where more were opened than came in."""
        return None if self.counted is None else self.counted - self.opened

    @property
    def words(self) -> str:
        """The unopened vials in words; never a number that nobody counted."""
        if self.unopened is None:
            return NOT_COUNTED
        return plural(self.unopened, "vial") if self.unopened >= 0 else "does not add up"

    @property
    def problem(self) -> str:
        """What does not add up, or ""."""
        if self.unopened is None or self.unopened >= 0:
            return ""
        return f"{plural(-self.unopened, 'vial')} more opened than counted: count again"

    @property
    def expired(self) -> bool:
        """Whether its last day is over."""
        return self.expires_on < self.today

    @property
    def usable(self) -> bool:
        """Whether a vial of it may still be opened."""
        return not self.expired and not self.recalled

    def expires_within(self, days: int) -> bool:
        """Whether its last day is today or at most so many days away."""
        return self.today <= self.expires_on <= self.today + timedelta(days=days)

    @property
    def may_hold(self) -> bool:
        """Whether unopened vials of it may lie there, as far as anybody counted."""
        return self.unopened is None or self.unopened != 0


@dataclass(frozen=True, slots=True)
class ProductLevel:
    """One product: its unopened vials that can be used, as far as counted, against what the clinic wants to have."""

    product: str
    vials: int
    counted: int
    uncounted: int
    minimum: int | None
    edit_version: int
    set_by: str

    @property
    def product_name(self) -> str:
        """The product in words."""
        return product_name(self.product)

    @property
    def low(self) -> bool:
        """Whether fewer are there than wanted, as far as anybody counted; where nobody did, nobody knows."""
        known = self.counted > 0 or not self.uncounted
        return known and self.minimum is not None and self.vials < self.minimum

    @property
    def words(self) -> str:
        """``4 vials, and 1 lot not counted``; no number where no lot was counted."""
        if self.uncounted and not self.counted:
            return NOT_COUNTED
        more = plural(self.uncounted, "lot") + " not counted" if self.uncounted else ""
        return f"{plural(self.vials, 'vial')}{', and ' if more else ''}{more}"

    @property
    def enough(self) -> bool:
        """Whether as many as wanted are known to be there."""
        return self.minimum is not None and self.vials >= self.minimum

    @property
    def low_words(self) -> str:
        """``low as far as counted``, or ``low``."""
        return "low as far as counted" if self.uncounted else "low"


def product_level(product: str, lots: Sequence[LotLevel], minimum: tuple[int, int, str] | None = None) -> ProductLevel:
    """The level of a product from its lots. A lot that does not add up counts as none, and says so in its own line."""
    usable = [lot for lot in lots if lot.usable]
    vials = sum(max(lot.unopened or 0, 0) for lot in usable)
    uncounted = sum(lot.unopened is None for lot in usable)
    wanted, version, by = minimum or (None, 0, "")
    return ProductLevel(product, vials, len(usable) - uncounted, uncounted, wanted, version, by)


@dataclass(frozen=True, slots=True)
class WasteReason:
    """What was wasted of a product for one reason, in its most frequent spelling."""

    reason: str
    units: Decimal
    times: int
    share: str


@dataclass(frozen=True, slots=True)
class ProductWaste:
    """What was wasted of a product in a period, by reason, most first; ``share`` is of the units opened in it."""

    product: str
    opened: Decimal
    units: Decimal
    share: str
    reasons: tuple[WasteReason, ...]

    @property
    def product_name(self) -> str:
        """The product in words."""
        return product_name(self.product)


def waste_by_reason(
    wasted: Iterable[tuple[str, str, Decimal, int]], opened: Iterable[tuple[str, Decimal]]
) -> tuple[ProductWaste, ...]:
    """Group (product, reason as typed, units, times); upper and lower case and blanks do not make another reason."""
    came: dict[str, Decimal] = {}
    for product, units in opened:
        came[product] = came.get(product, Decimal(0)) + units
    found: dict[str, dict[str, list[tuple[str, Decimal, int]]]] = {}
    for product, reason, units, times in wasted:
        key = " ".join(reason.split()).casefold()
        found.setdefault(product, {}).setdefault(key, []).append((reason, units, times))
    products = sorted({*came, *found}, key=product_name)
    return tuple(_waste(product, came.get(product, Decimal(0)), found.get(product, {})) for product in products)


def _waste(product: str, opened: Decimal, by_reason: dict[str, list[tuple[str, Decimal, int]]]) -> ProductWaste:
    reasons = []
    for same in by_reason.values():
        units = sum((one[1] for one in same), Decimal(0))
        shown = max(same, key=lambda one: (one[2], one[0]))[0]
        words = " ".join(shown.split()) or "no reason on record"
        reasons.append(WasteReason(words, units, sum(one[2] for one in same), share(units, opened)))
    reasons.sort(key=lambda one: (-one.units, one.reason))
    units = sum((one.units for one in reasons), Decimal(0))
    return ProductWaste(product, opened, units, share(units, opened), tuple(reasons))


def share(part: Decimal, whole: Decimal) -> str:
    """``12.5 %`` to one decimal, half up; a dash where nothing is to be shared."""
    if not whole:
        return "—"
    tenths = Fraction(part) * 1000 / Fraction(whole)
    rounded = (2 * tenths.numerator + tenths.denominator) // (2 * tenths.denominator)
    return f"{format_number(Decimal(rounded).scaleb(-1))}\u00a0%"
