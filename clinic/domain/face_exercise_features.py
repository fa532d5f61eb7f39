"""Mouths and eyes in the movements of the exercises, drawn as clean lines over the face at rest."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from clinic.domain.anatomy import face_data
from clinic.domain.drawing import Circle, CurveTo, LineTo, MoveTo, Path, Point, Shape, Style
from clinic.domain.face_palette import PALETTES
from clinic.domain.face_paths import between, both, ellipse, line, points, polyline, two_sides

_PALETTE: Final = PALETTES["light"]
_TEETH: Final = "#fdfcfa"
_LIP: Final = Style(_PALETTE.lip, _PALETTE.lip_shade, 0.05)
_MOUTH_BOX: Final = (-2.75, -5.7, 2.75, -3.1)
_EYE_BOX: Final = (-4.9, 2.15, 4.9, 3.3)


class Mouth(StrEnum):
    """How the mouth stands."""

    REST = "rest"
    PUCKER = "pucker"
    TEETH = "teeth"
    SMILE = "smile"
    APART = "apart"
    OPEN = "open"


class Eyes(StrEnum):
    """How the lids stand."""

    OPEN = "open"
    CLOSED = "closed"


def is_mouth(shape: Shape) -> bool:
    """Whether a shape of the face at rest belongs to its mouth."""
    return _lies_in(shape, _MOUTH_BOX)


def is_eye(shape: Shape) -> bool:
    """Whether a shape of the face at rest belongs to its eyes."""
    return _lies_in(shape, _EYE_BOX)


def _lies_in(shape: Shape, box: tuple[float, float, float, float]) -> bool:
    left, bottom, right, top = box
    return all(left <= x <= right and bottom <= y <= top for x, y in _ends(shape))


def _ends(shape: Shape) -> Iterator[Point]:
    if isinstance(shape, Circle):
        yield shape.centre
    elif isinstance(shape, Path):
        yield from (one.to for one in shape.segments if isinstance(one, (MoveTo, LineTo, CurveTo)))
    else:
        yield shape.at


def mouth_shapes(mouth: Mouth) -> Iterator[Shape]:
    """A mouth in a movement; nothing for the mouth at rest, which the face has."""
    match mouth:
        case Mouth.REST:
            return
        case Mouth.PUCKER:
            yield from _pucker()
        case Mouth.TEETH:
            yield from _opened(3.05, (-3.15, -5.75), (-3.62, -5.15), corner=-4.1, teeth=True)
        case Mouth.SMILE:
            yield from _smile()
        case Mouth.APART:
            yield from _opened(2.4, (-3.3, -5.65), (-4.12, -4.62), corner=-4.35, teeth=False)
        case Mouth.OPEN:
            yield from _opened(1.85, (-3.2, -6.1), (-3.85, -5.35), corner=-4.5, teeth=False)


def _pucker() -> Iterator[Shape]:
    top = both([[0, -3.3], [-0.4, -3.12], [-0.85, -3.3], [-1.25, -3.8], [-1.45, -4.35]][::-1])
    bottom = both([[-1.45, -4.35], [-1.2, -5.0], [-0.7, -5.5], [0, -5.68]])
    yield Path(between(top, list(reversed(bottom))), _LIP)
    yield Path(ellipse((0.0, -4.38), (0.42, 0.2)), Style(_PALETTE.lip_shade))
    folds = [[(-0.75, -4.3), (-1.2, -4.2)], [(-0.6, -4.75), (-0.95, -5.1)], [(-0.5, -3.95), (-0.8, -3.6)]]
    yield Path(
        two_sides(tuple(step for fold in folds for step in polyline(fold))),
        Style(None, _PALETTE.lip_shade, 0.06, stroke_opacity=0.8),
    )


def _smile() -> Iterator[Shape]:
    """Closed lips, the corners a little out and up."""
    upper = both([[-2.72, -4.0], [-2.1, -3.86], [-1.5, -3.6], [-1.05, -3.4], [-0.66, -3.3], [-0.3, -3.38], [0, -3.46]])
    slit = both([[-2.72, -4.0], [-2.0, -4.22], [-1.35, -4.32], [-0.7, -4.34], [0, -4.4]])
    lower = both([[-2.72, -4.0], [-2.05, -4.6], [-1.5, -5.0], [-0.8, -5.28], [0, -5.36]])
    back = list(reversed(slit))
    yield Path(between(upper, back), Style(_PALETTE.lip))
    yield Path(between(lower, back), Style(_PALETTE.lip, fill_opacity=0.8))
    yield Path(line(upper) + line(lower), Style(None, _PALETTE.lip_shade, 0.04, stroke_opacity=0.6))
    yield Path(line(slit), Style(None, _PALETTE.lip_shade, 0.09))
    crease = [(-3.0, -3.6), (-3.12, -3.95), (-3.0, -4.3)]
    yield Path(two_sides(line(crease)), Style(None, _PALETTE.line, 0.06))


def _opened(
    half: float, outer: tuple[float, float], inner: tuple[float, float], *, corner: float, teeth: bool
) -> Iterator[Shape]:
    """Lips around an opening: ``half`` its width, ``outer`` and ``inner`` their upper and lower heights in the middle."""
    over = both([[-half, corner], [-half * 0.72, outer[0] - 0.32], [-half * 0.3, outer[0] + 0.1], [0, outer[0] - 0.05]])
    under = both([[-half, corner], [-half * 0.7, outer[1] + 0.6], [-half * 0.35, outer[1] + 0.12], [0, outer[1]]])
    roof = both([[-half + 0.22, corner], [-half * 0.65, inner[0] - 0.14], [-half * 0.3, inner[0]], [0, inner[0]]])
    floor = both(
        [[-half + 0.22, corner], [-half * 0.65, inner[1] + 0.3], [-half * 0.3, inner[1] + 0.04], [0, inner[1]]]
    )
    yield Path(between(over, list(reversed(under))), _LIP)
    opening = between(roof, list(reversed(floor)))
    yield Path(opening, Style(_TEETH if teeth else _PALETTE.lip_shade, _PALETTE.lip_shade, 0.07))
    if teeth:
        middle = (inner[0] + inner[1]) / 2
        yield Path(
            polyline([(-half + 0.5, middle + 0.1), (0, middle - 0.02), (half - 0.5, middle + 0.1)]),
            Style(None, _PALETTE.lip_shade, 0.06),
        )
        gaps = [
            polyline([(x, middle + (0.62 - abs(x) * 0.17)), (x, middle - (0.6 - abs(x) * 0.15))])
            for x in (-1.5, -0.75, 0.0, 0.75, 1.5)
        ]
        yield Path(tuple(step for gap in gaps for step in gap), Style(None, _PALETTE.line, 0.045))


def eye_shapes(eyes: Eyes) -> Iterator[Shape]:
    """Lids in a movement; nothing for open eyes, which the face has."""
    if eyes is Eyes.OPEN:
        return
    lower = [(x, y - 0.12) for x, y in points(face_data()["features"]["eye_lower"])]
    yield Path(two_sides(line(lower)), Style(None, _PALETTE.brow, 0.13))
    lashes = [polyline([(x, 2.2 + abs(x + 3.16) * 0.09), (x - 0.08, 1.88)]) for x in (-4.0, -3.6, -3.2, -2.8, -2.4)]
    yield Path(two_sides(tuple(step for lash in lashes for step in lash)), Style(None, _PALETTE.brow, 0.07))
