"""What a person charts, and where it then lies: the point decides muscle and side, or the words decide the point."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from clinic.domain import anatomy
from clinic.domain.anatomy import Side
from clinic.domain.errors import Invalid
from clinic.domain.injections import Depth, Purpose


@dataclass(frozen=True, slots=True)
class SiteEntry:
    """What a person charted. Without ``muscle`` the server decides it, and the side, from the position.

    ``x``, ``y`` are 0.01 geometry unit; without them the named (or first) site of the muscle is taken. ``units`` is 0 for a
    dose that is still to be entered; ``dose_product`` says that these are units of that product, when it was another's.
    """

    units: Decimal
    x: int | None = None
    y: int | None = None
    muscle: str | None = None
    sub_site: str | None = None
    side: Side | None = None
    deep: bool = False
    purpose: Purpose | None = None
    depth: Depth | None = None
    syringe_id: str | None = None
    note: str = ""
    dose_product: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a site lies: its muscle, named site, the side of the region, and the position in 0.01 geometry unit."""

    muscle: str
    sub_site: str | None
    side: Side
    x: int
    y: int


def place(entry: SiteEntry) -> Placed:
    """Decide muscle, named site, side and position: from the point, or from the words in the table.

    Raises Invalid beside the field: a point outside the face, an unknown muscle or site, a side that was not said or that
    the muscle does not have there, a place without a muscle and without words.
    """
    if entry.x is None or entry.y is None:
        return _place_named(entry)
    if not anatomy.in_view(entry.x, entry.y):
        raise Invalid({"x": "This point is outside the face. Tap on the face or the neck."})
    found = anatomy.hit(entry.x, entry.y, entry.deep)
    if entry.muscle is None:
        return _checked(Placed(found.muscle, found.sub_site, found.side, entry.x, entry.y), entry)
    _known(entry.muscle, entry.sub_site)
    side = anatomy.side_of(entry.muscle, entry.x)
    sub_site = entry.sub_site
    if sub_site is None and found.muscle == entry.muscle:
        sub_site = found.sub_site
    x = entry.x
    if entry.side is not None and entry.side is not side:
        x, side = _to_side(entry, x)
    return _checked(Placed(entry.muscle, sub_site, side, x, entry.y), entry)


def _place_named(entry: SiteEntry) -> Placed:
    if not entry.muscle:
        raise Invalid({"muscle": "Choose a muscle, or tap the face."})
    _known(entry.muscle, entry.sub_site)
    muscle = anatomy.muscle(entry.muscle)
    side = entry.side or (None if muscle.paired else Side.MIDLINE)
    if side is None:
        raise Invalid({"side": "Choose the patient's right or left; a side is never assumed."})
    try:
        x, y = anatomy.position(entry.muscle, entry.sub_site, side)
    except anatomy.AnatomyError as error:
        raise Invalid({"side": str(error)}) from error
    sub_site = entry.sub_site or (muscle.sites[0].key if muscle.sites else None)
    return _checked(Placed(entry.muscle, sub_site, side, x, y), entry)


def _to_side(entry: SiteEntry, x: int) -> tuple[int, Side]:
    # The stored side and the drawn place must never disagree: another side moves the mark there.
    muscle = anatomy.muscle(entry.muscle or "")
    wanted = entry.side or Side.MIDLINE
    moved = 0 if wanted is Side.MIDLINE else anatomy.mirror(x)
    if anatomy.side_of(muscle.key, moved) is not wanted:
        raise Invalid({"side": f"{muscle.label} cannot be charted on the {wanted.value} at this place."})
    return moved, wanted


def _known(muscle: str, sub_site: str | None) -> None:
    try:
        found = anatomy.muscle(muscle)
    except anatomy.AnatomyError as error:
        raise Invalid({"muscle": "Choose a muscle from the list."}) from error
    if sub_site is not None and all(site.key != sub_site for site in found.sites):
        raise Invalid({"sub_site": f"{found.label} has no such site."})


def _checked(placed: Placed, entry: SiteEntry) -> Placed:
    if placed.muscle == anatomy.OTHER and not entry.note.strip():
        raise Invalid({"note": "No muscle is at this point. Say in words where it is."})
    return placed
