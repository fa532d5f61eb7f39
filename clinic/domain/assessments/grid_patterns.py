"""What a grid says as a whole: how strongly each muscle is concerned, and what has changed since an earlier grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.assessments.grid import Cell, Group, Place
from clinic.domain.quantities import NBSP
from clinic.domain.wording import plural

Strongest = Mapping[tuple[Group, Side], int]
"""The strongest grade of each group, by the side whose muscles do it; groups that nobody graded are not in it."""


def strongest(cells: Iterable[Cell]) -> dict[tuple[Group, Side], int]:
    """The strongest grade of each group; a group whose cells are all open is left out, never 0."""
    found: dict[tuple[Group, Side], int] = {}
    for cell in cells:
        if cell.grade is not None:
            key = (cell.place.group, cell.place.muscle_side)
            found[key] = max(cell.grade, found.get(key, 0))
    return found


def muscle_grades(cells: Iterable[Cell]) -> dict[tuple[str, Side], int]:
    """The strongest grade of each muscle over the patterns that it can do; open cells are left out."""
    found: dict[tuple[str, Side], int] = {}
    for cell in cells:
        if cell.grade is not None:
            for key in _on(cell.place.muscles, cell.place.muscle_side):
                found[key] = max(cell.grade, found.get(key, 0))
    return found


def group_muscles(group: Group, side: Side) -> tuple[tuple[str, Side], ...]:
    """The muscles of a group on one side; an unpaired one lies in the midline."""
    return _on(group.muscles, side)


def _on(muscles: Iterable[str], side: Side) -> tuple[tuple[str, Side], ...]:
    return tuple((key, side if MUSCLES[key].paired else Side.MIDLINE) for key in muscles)


def changes(now: Iterable[Cell], before: Iterable[Cell]) -> tuple[str, ...]:
    """What differs from an earlier grid, one line a kind and side: better, worse, new, gone, minded more or less.

    Only cells graded both times are compared. A pattern seen now that was open then is named as not graded then, and
    patterns seen then that are open now are counted as not graded yet: an open cell is no finding.
    """
    then = {cell.place: cell for cell in before}
    today = {cell.place: cell for cell in now}
    lines = []
    for side in (Side.RIGHT, Side.LEFT):
        kinds: dict[str, list[str]] = {}
        for place, cell in today.items():
            kind = _kind(then.get(place), cell)
            if place.side is side and kind:
                kinds.setdefault(kind, []).append(_words(place, then.get(place), cell))
        lines += [f"{side}: {kind}: {', '.join(kinds[kind])}" for kind in _KINDS if kind in kinds]
        waiting = [one for one in then.values() if one.grade and one.place.side is side and _open(today.get(one.place))]
        graded = any(cell.grade is not None for cell in today.values() if cell.place.side is side)
        if waiting and graded:
            lines.append(f"{side}: not graded again yet: {plural(len(waiting), 'pattern')} seen then")
    return tuple(lines)


_KINDS = ("better", "worse", "new", "gone", "not graded then", "minded less", "minded more")


def _open(cell: Cell | None) -> bool:
    return cell is None or cell.grade is None


def _kind(before: Cell | None, now: Cell) -> str:
    if now.grade is None:
        return ""
    if before is None or before.grade is None:
        return "not graded then" if now.grade else ""
    if now.grade != before.grade:
        if not before.grade or not now.grade:
            return "gone" if before.grade else "new"
        return "better" if now.grade < before.grade else "worse"
    if now.bother is None or before.bother is None or now.bother == before.bother:
        return ""
    return "minded less" if now.bother < before.bother else "minded more"


def _words(place: Place, before: Cell | None, now: Cell) -> str:
    was = f"{before.text}{NBSP}\N{RIGHTWARDS ARROW}{NBSP}" if before and before.grade is not None else ""
    return f"{place.words}{NBSP}{was}{now.text}"
