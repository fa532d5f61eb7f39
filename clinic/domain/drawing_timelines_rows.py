"""Things on an axis without hiding each other: packed into rows, and gathered under a count where even that has no room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from clinic.domain.timelines import Item, Lane, days_words

Span = tuple[float, float]
_GAP = 0.3


@dataclass(frozen=True, slots=True)
class Group:
    """What stands as one mark: a thing, a session with its touch-ups, or ``gathered`` ones told by their number."""

    items: tuple[Item, ...]
    gathered: bool = False

    @property
    def first(self) -> Item:
        """The first of them."""
        return self.items[0]

    @property
    def lane(self) -> Lane:
        """Whose lane it is."""
        return self.first.lane

    @property
    def name(self) -> str:
        """``7 sessions, Jan to Mar 2021: show them apart``."""
        return f"{self.lane.counted(self.items)}, {days_words(self.items)}: show them apart"


@dataclass(frozen=True, slots=True)
class Row:
    """A group with its room and its row, 0 on top."""

    group: Group
    left: float
    right: float
    row: int


def pack(spans: Sequence[Span]) -> list[int]:
    """For each span the first row in which it touches no other; earlier starts first, equal ones in their order."""
    ends: list[float] = []
    found = [0] * len(spans)
    for number in sorted(range(len(spans)), key=lambda one: spans[one][0]):
        left, right = spans[number]
        row = next((index for index, end in enumerate(ends) if end + _GAP <= left), len(ends))
        ends[row : row + 1] = [right]
        found[number] = row
    return found


def laid_out(groups: Sequence[Group], span: Callable[[Group], Span], most: int, column: float) -> list[Row]:
    """Groups in at most ``most`` rows; where they do not fit, neighbours within a column are gathered.

    ``span`` gives the room of a group; ``column`` is where gathering begins, and is doubled until all fit.
    """
    kept = list(groups)
    while True:
        spans = [span(one) for one in kept]
        rows = pack(spans)
        if max(rows, default=0) < most or len(kept) < 2:
            return [Row(one, *room, row) for one, room, row in zip(kept, spans, rows, strict=True)]
        kept = gathered(groups, spans_of(groups, span), column)
        column *= 2


def spans_of(groups: Iterable[Group], span: Callable[[Group], Span]) -> list[Span]:
    """The room of each group."""
    return [span(one) for one in groups]


def gathered(groups: Sequence[Group], spans: Sequence[Span], column: float) -> list[Group]:
    """Groups of which the next begins within a column of the first, together; one alone stays as it is."""
    found: list[list[Group]] = []
    start = 0.0
    for _, number in sorted((span[0], number) for number, span in enumerate(spans)):
        left = spans[number][0]
        if found and left < start + column:
            found[-1].append(groups[number])
        else:
            found.append([groups[number]])
            start = left
    return [_joined(one) for one in found]


def _joined(groups: Sequence[Group]) -> Group:
    if len(groups) == 1:
        return groups[0]
    items = sorted((item for one in groups for item in one.items), key=lambda item: (str(item.on), item.key))
    return Group(tuple(items), gathered=True)


def grouped(items: Iterable[Item]) -> list[Group]:
    """Each thing by itself, and touch-ups with the session that they belong to when it is there."""
    listed = list(items)
    keys = {one.key for one in listed}
    found: dict[str, list[Item]] = {}
    for one in listed:
        found.setdefault(one.parent if one.parent in keys else one.key, []).append(one)
    return [
        Group(tuple(sorted(one, key=lambda item: (str(item.on), bool(item.parent), item.key))))
        for one in found.values()
    ]
