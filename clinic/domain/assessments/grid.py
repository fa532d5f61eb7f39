"""The synkinesis grid: which involuntary movement comes with which voluntary one, how strong, and how much it is minded.

Own instrument of this program, after the idea of a movement by movement form (Beurskens CHG et al., Otol Neurotol 2010,
doi 10.1097/MAO.0b013e3181d8d84d). A cell that nobody answered is open; it is never counted as 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.errors import Invalid

GRID: Final = "synkinesis_grid"
GRID_VERSION: Final = "1"
GRID_TITLE: Final = "Synkinesis grid"
MAXIMUM: Final = 3
WRITTEN_AS: Final = "Write the grade from 0 to 3, and after a stroke how much it is minded: 2, 2/3 or -/3."


class Movement(StrEnum):
    """What the patient is asked to do; ``REST`` is the row for contracture."""

    BROW_RAISE = "brow_raise"
    GENTLE_CLOSURE = "gentle_closure"
    TIGHT_CLOSURE = "tight_closure"
    SMALL_SMILE = "small_smile"
    BIG_SMILE = "big_smile"
    SNARL = "snarl"
    PUCKER = "pucker"
    LOWER_TEETH = "lower_teeth"
    SPEECH = "speech"
    CHEWING = "chewing"
    REST = "rest"

    @property
    def label(self) -> str:
        """The row's heading."""
        return _MOVEMENTS[self][0]

    @property
    def words(self) -> str:
        """How the movement stands in a sentence: ``with pucker``, ``at rest``."""
        return _MOVEMENTS[self][1]


_MOVEMENTS: Final[Mapping[Movement, tuple[str, str]]] = {
    Movement.BROW_RAISE: ("Raising the brows", "with brow raise"),
    Movement.GENTLE_CLOSURE: ("Closing the eyes gently", "with gentle eye closure"),
    Movement.TIGHT_CLOSURE: ("Closing the eyes tightly", "with tight eye closure"),
    Movement.SMALL_SMILE: ("Small smile", "with small smile"),
    Movement.BIG_SMILE: ("Big smile", "with big smile"),
    Movement.SNARL: ("Snarl", "with snarl"),
    Movement.PUCKER: ("Pucker", "with pucker"),
    Movement.LOWER_TEETH: ("Showing the lower teeth", "with lower-teeth show"),
    Movement.SPEECH: ("Speech", "with speech"),
    Movement.CHEWING: ("Chewing", "with chewing"),
    Movement.REST: ("At rest (contracture)", "at rest"),
}


class Group(StrEnum):
    """What moves without being asked to. ``OTHER_SIDE`` is over-action of the side opposite to the one graded."""

    BROW = "brow"
    EYE = "eye"
    CHEEK = "cheek"
    MOUTH_CORNER = "mouth_corner"
    CHIN = "chin"
    NECK = "neck"
    TEARING = "tearing"
    OTHER_SIDE = "other_side"

    @property
    def label(self) -> str:
        """The column's heading."""
        return _GROUPS[self][0]

    @property
    def words(self) -> str:
        """What is seen, as the start of a sentence: ``eye narrows``."""
        return _GROUPS[self][1]

    @property
    def muscles(self) -> tuple[str, ...]:
        """The muscles (keys of the face) that can do it; a first proposal, which the clinician changes."""
        return _GROUPS[self][2]


# Muscles by action: general anatomy as in data/face.json, for review by a clinician.
_GROUPS: Final[Mapping[Group, tuple[str, str, tuple[str, ...]]]] = {
    Group.BROW: ("Brow", "brow moves", ("frontalis", "corrugator_supercilii", "procerus")),
    Group.EYE: ("Eye", "eye narrows", ("orbicularis_oculi",)),
    Group.CHEEK: (
        "Cheek and nasolabial fold",
        "cheek tightens",
        (
            "zygomaticus_major",
            "zygomaticus_minor",
            "levator_labii_superioris",
            "levator_labii_superioris_alaeque_nasi",
            "buccinator",
            "risorius",
        ),
    ),
    Group.MOUTH_CORNER: (
        "Mouth corner",
        "mouth corner pulls",
        ("depressor_anguli_oris", "zygomaticus_major", "risorius", "orbicularis_oris"),
    ),
    Group.CHIN: ("Chin", "chin dimples", ("mentalis", "depressor_labii_inferioris")),
    Group.NECK: ("Neck", "neck bands stand out", ("platysma",)),
    Group.TEARING: ("Tearing", "eye waters", ("lacrimal_gland",)),
    Group.OTHER_SIDE: (
        "Other side over-acts",
        "other side over-acts",
        (
            "frontalis",
            "depressor_labii_inferioris",
            "depressor_anguli_oris",
            "zygomaticus_major",
            "platysma",
        ),
    ),
}

OWN_MOVEMENT: Final = frozenset(
    {
        (Movement.BROW_RAISE, Group.BROW),
        (Movement.GENTLE_CLOSURE, Group.EYE),
        (Movement.TIGHT_CLOSURE, Group.EYE),
        (Movement.SNARL, Group.CHEEK),
    }
)
"""Cells that are the asked movement itself, so that there is nothing involuntary to grade."""

GRADES: Final = ("none", "mild", "moderate", "severe")
BOTHERS: Final = ("not at all", "a little", "moderately", "very much")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a cell stands: the side graded (the patient's), the movement asked for and what moves with it."""

    side: Side
    movement: Movement
    group: Group

    @property
    def key(self) -> str:
        """One word for a form's field: ``left-big_smile-eye``."""
        return f"{self.side}-{self.movement}-{self.group}"

    @property
    def muscle_side(self) -> Side:
        """The side whose muscles do it."""
        return self.side.other if self.group is Group.OTHER_SIDE else self.side

    @property
    def muscles(self) -> tuple[str, ...]:
        """The muscles that can do it; the other side over-acts with the muscles of the movement that was asked for."""
        if self.group is not Group.OTHER_SIDE:
            return self.group.muscles
        is_brow = self.movement is Movement.BROW_RAISE
        return tuple(muscle for muscle in self.group.muscles if (muscle == "frontalis") is is_brow)

    @property
    def words(self) -> str:
        """``eye narrows with big smile``; an eye at rest ``is narrow``-like details are left to the note."""
        return f"{self.group.words} {self.movement.words}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One graded cell; ``grade`` and ``bother`` are 0 to 3, or None while open."""

    place: Place
    grade: int | None = None
    bother: int | None = None

    @property
    def text(self) -> str:
        """``2/3``; ``2`` while nobody asked how much it is minded; ``–/3`` while it is not graded."""
        if self.grade is None and self.bother is None:
            return ""
        grade = "–" if self.grade is None else str(self.grade)
        return grade if self.bother is None else f"{grade}/{self.bother}"


_WRITTEN = re.compile(r"([0-3]|[-\N{EN DASH}])?\s*+(?:/\s*+([0-3])?)?", re.ASCII)


def cell_of(place: Place, text: str) -> Cell:
    """Read a cell as it is written: ``2/3``, ``2``, ``-/3``; nothing is an open cell. Raises Invalid by the place's key."""
    found = _WRITTEN.fullmatch(text.strip())
    grade, bother = found.groups() if found else (None, None)
    cell = Cell(place, _digit(grade), _digit(bother))
    if text.strip() and not cell.text:
        raise Invalid({place.key: WRITTEN_AS})
    return cell


def _digit(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def refusals(cells: Iterable[Cell]) -> dict[str, str]:
    """What is wrong with cells, by the key of their place: no such cell, named twice, or out of range."""
    found: dict[str, str] = {}
    named: set[Place] = set()
    for cell in cells:
        place = cell.place
        if place.side is Side.MIDLINE or (place.movement, place.group) in OWN_MOVEMENT:
            found[place.key] = "There is no such cell to grade: it is the movement itself, or has no side."
        elif place in named:
            found[place.key] = "This cell was sent twice."
        elif any(value is not None and not 0 <= value <= MAXIMUM for value in (cell.grade, cell.bother)):
            found[place.key] = WRITTEN_AS
        named.add(place)
    return found


def places(side: Side) -> tuple[Place, ...]:
    """All cells of one side that can be graded, row by row."""
    return tuple(
        Place(side, movement, group)
        for movement in Movement
        for group in Group
        if (movement, group) not in OWN_MOVEMENT
    )


def summary(cells: Iterable[Cell]) -> tuple[str, ...]:
    """One line a side, strongest first: ``left: eye narrows with big smile 2/3, chin dimples with pucker 3/3``.

    Cells graded 0 are left out; a side with grades and none above 0 says so; a side without grades is not named.
    """
    by_side: dict[Side, list[Cell]] = {}
    for cell in cells:
        if cell.grade is not None:
            by_side.setdefault(cell.place.side, []).append(cell)
    order = {movement: number for number, movement in enumerate(Movement)}
    columns = {group: number for number, group in enumerate(Group)}
    lines = []
    for side in (Side.RIGHT, Side.LEFT):
        graded = by_side.get(side, [])
        seen = sorted(
            (one for one in graded if one.grade),
            key=lambda one: (
                -(one.grade or 0),
                -(one.bother or 0),
                order[one.place.movement],
                columns[one.place.group],
            ),
        )
        if seen:
            lines.append(f"{side}: " + ", ".join(f"{one.place.words}\N{NO-BREAK SPACE}{one.text}" for one in seen))
        elif graded:
            lines.append(f"{side}: no synkinesis in the {len(graded)} cells graded")
    return tuple(lines)
