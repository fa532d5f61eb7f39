"""Two sessions site by site: which site of the one is which of the other, and what changed between them.

Sites are matched on the face, not by their numbers. Units of different products are never subtracted, and neither are
units whose product nobody recorded or doses still to be entered: these are told side by side.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from clinic.domain.anatomy import OTHER, site_label
from clinic.domain.comparison_sites import NOT_COMPARABLE, ComparedSite, Place, muscle_order, signed_units
from clinic.domain.quantities import NBSP, format_number

MATCH_WITHIN: Final = 150
"""Sites of one muscle, side and sub-site are the same place up to this distance, in hundredths of a geometry unit: about
15 mm, the spacing that rows of sites in a wide muscle have. A convention of this program, not a clinical limit."""
MATCH_RENAMED_WITHIN: Final = 75
"""Where the sub-site differs, half of it: a point charted beside a named site has no sub-site or its neighbour's."""
MOVED_FROM: Final = 30
"""A site this far from its earlier place has moved; less is the same point charted again by hand. About 3 mm."""
Rank = tuple[bool, bool, int, bool, Decimal, list[tuple[str, str, str, int, int, Decimal, str]]]


class Kind(StrEnum):
    """What became of a site."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    OTHER_PRODUCT = "not comparable"
    MOVED = "moved"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class SiteChange:
    """A site before and after; one of them is None where it was added or removed."""

    before: ComparedSite | None
    after: ComparedSite | None

    @property
    def now(self) -> ComparedSite:
        """The site after, or the removed one."""
        found = self.after or self.before
        if found is None:
            raise ValueError("A change needs a site.")
        return found

    @property
    def place(self) -> Place:
        """Muscle and side, which a site and its match share."""
        return self.now.place

    @property
    def distance(self) -> int:
        """How far it moved, in hundredths of a geometry unit."""
        if self.before is None or self.after is None:
            return 0
        return math.isqrt(_squared(self.before, self.after))

    @property
    def is_comparable(self) -> bool:
        """Whether its units may be subtracted: one known product, and no dose that is still to be entered."""
        return _comparable(self.before, self.after)

    @property
    def units(self) -> Decimal | None:
        """Units more (or, negative, less) of one product; None where they cannot be compared."""
        if not self.is_comparable:
            return None
        return (self.after.units if self.after else Decimal(0)) - (self.before.units if self.before else Decimal(0))

    @property
    def kind(self) -> Kind:
        """What became of it."""
        if self.before is None or self.after is None:
            return Kind.ADDED if self.before is None else Kind.REMOVED
        if self.units is None:
            return Kind.OTHER_PRODUCT
        if self.units:
            return Kind.CHANGED
        return Kind.MOVED if self.distance >= MOVED_FROM else Kind.SAME

    @property
    def moved_words(self) -> str:
        """``moved about 6 mm``; nothing for less than what is seen."""
        if self.distance < MOVED_FROM:
            return ""
        return f"moved about {(self.distance + 5) // 10}{NBSP}mm"

    @property
    def words(self) -> str:
        """What became of it, in words."""
        before, after = self.before, self.after
        if before is None or after is None:
            return f"{'added' if before is None else 'removed'}: {self.now.dose_of_product}"
        if self.units is None:
            said = _beside(before, after)
        elif self.units:
            said = f"{signed_units(self.units)}: {format_number(before.units)} → {format_number(after.units)}"
        else:
            said = f"{self.after.dose if self.after else ''} as before"
        renamed = before.sub_site != after.sub_site
        from_words = (
            f", before {site_label(before.muscle, before.sub_site) or 'beside a named site'}" if renamed else ""
        )
        return ", ".join(part for part in (said, self.moved_words) if part) + from_words

    def turned(self) -> SiteChange:
        """The same change looked at the other way round."""
        return SiteChange(self.after, self.before)


def diff(before: Iterable[ComparedSite], after: Iterable[ComparedSite]) -> tuple[SiteChange, ...]:
    """Match the sites of two sessions, each at most once, by muscle, side and part of the face.

    The same part first, then the nearest; at one distance the same product, then the nearest dose goes first. The
    answer does not depend on the order of the sites, and the other way round it is the same with before and after
    exchanged.
    """
    earlier, later = sorted(before, key=_key), sorted(after, key=_key)
    pairs = sorted(
        (_rank(one, other), i, j) for i, one in enumerate(earlier) for j, other in enumerate(later) if _near(one, other)
    )
    taken: dict[int, int] = {}
    used: set[int] = set()
    for _, i, j in pairs:
        if i not in taken and j not in used:
            taken[i] = j
            used.add(j)
    found = [SiteChange(one, later[taken[i]] if i in taken else None) for i, one in enumerate(earlier)]
    found += [SiteChange(None, other) for j, other in enumerate(later) if j not in used]
    return tuple(sorted(found, key=face_order))


def is_change(change: SiteChange) -> bool:
    """Whether anything became different: a site as before is no change."""
    return change.kind is not Kind.SAME


def _beside(before: ComparedSite, after: ComparedSite) -> str:
    return f"{before.dose_of_product} → {after.dose_of_product}: {NOT_COMPARABLE}"


def _comparable(before: ComparedSite | None, after: ComparedSite | None) -> bool:
    if before is None or after is None:
        one = before or after
        return one is not None and bool(one.product and one.units)
    if before.id == after.id and before.units == after.units and before.product == after.product:
        return True
    return bool(before.product and before.product == after.product and before.units and after.units)


def _near(one: ComparedSite, other: ComparedSite) -> bool:
    if one.place != other.place:
        return False
    reach = MATCH_WITHIN if one.sub_site == other.sub_site else MATCH_RENAMED_WITHIN
    # Sites outside every muscle have nothing in common but their place.
    return _squared(one, other) <= (MATCH_RENAMED_WITHIN if one.muscle == OTHER else reach) ** 2


def _squared(one: ComparedSite, other: ComparedSite) -> int:
    return (one.x - other.x) ** 2 + (one.y - other.y) ** 2


def _value(site: ComparedSite) -> tuple[str, str, str, int, int, Decimal, str]:
    return site.muscle, site.side, site.sub_site or "", site.x, site.y, site.units, site.product


def _key(site: ComparedSite) -> tuple[str, str, str, int, int, Decimal, str, str]:
    return *_value(site), site.id


def _rank(one: ComparedSite, other: ComparedSite) -> Rank:
    """Which pair goes first. It reads the same for both directions, so that a comparison can be turned round."""
    ends = sorted((_value(one), _value(other)))
    return (
        one.id != other.id,
        one.sub_site != other.sub_site,
        _squared(one, other),
        one.product != other.product,
        abs(one.units - other.units),
        ends,
    )


def face_order(change: SiteChange) -> tuple[tuple[int, str, int], int, int, bool, tuple[str, ...]]:
    """From the top of the face down, within a muscle too."""
    now = change.now
    rest = (now.sub_site or "", now.product, f"{now.units:012.2f}", now.id)
    return muscle_order(now.place), -now.y, now.x, change.before is None, rest
