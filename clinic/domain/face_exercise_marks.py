"""What the figures of the exercises say with: fingers, arrows, dots for what stays, the finder of a camera."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from clinic.domain.drawing import Circle, Close, LineTo, MoveTo, Path, Point, Segment, Shape, Style
from clinic.domain.face_palette import ACCENT_DEEP, INK, PAPER
from clinic.domain.face_paths import ellipse, line, polyline

_SHAFT: Final = 0.36
_HEAD: Final = 1.05
_FINGER: Final = 0.78
_STAY: Final = 0.3


@dataclass(frozen=True, slots=True)
class Finger:
    """A finger: where its tip rests, which way it comes from, how much of it is seen; ``inside`` the cheek it is dashed."""

    tip: Point
    toward: Point
    long: float = 2.6
    inside: bool = False


def stay(centre: Point) -> Iterator[Shape]:
    """A dot in a ring: this stays as it is."""
    yield Circle(centre, _STAY * 2.1, Style(PAPER, INK, 0.11, fill_opacity=0.85))
    yield Circle(centre, _STAY, Style(INK))


def finger(one: Finger) -> Iterator[Shape]:
    """A finger from outside, round at its tip, with its nail."""
    long = math.hypot(*one.toward)
    ux, uy = one.toward[0] / long, one.toward[1] / long
    turn = math.atan2(-uy, -ux)
    x, y = one.tip
    tip = [
        (x + _FINGER * math.cos(turn + step * math.pi / 8), y + _FINGER * math.sin(turn + step * math.pi / 8))
        for step in range(-4, 5)
    ]
    far = [(px + ux * one.long, py + uy * one.long) for px, py in (tip[-1], tip[0])]
    sides = (MoveTo(far[1]), LineTo(tip[0]), *line(tip)[1:], LineTo(far[0]))
    if one.inside:
        yield Path(sides, Style(PAPER, INK, 0.13, (0.3, 0.26), fill_opacity=0.45))
        return
    yield Path(sides, Style(PAPER, INK, 0.14, fill_opacity=0.93))
    nail = (x - ux * _FINGER * 0.2, y - uy * _FINGER * 0.2)
    yield Path(ellipse(nail, (_FINGER * 0.5, _FINGER * 0.5)), Style(None, INK, 0.08))


def arrow(course: Sequence[Point]) -> Iterator[Shape]:
    """A thick arrow through the points, on a pale rim that keeps it apart from the face."""
    (ax, ay), (bx, by) = course[-2], course[-1]
    long = math.dist(course[-2], course[-1])
    ux, uy = (bx - ax) / long, (by - ay) / long
    neck = (bx - ux * _HEAD * 0.8, by - uy * _HEAD * 0.8)
    half = _HEAD * 0.55
    base = (bx - ux * _HEAD, by - uy * _HEAD)
    head: tuple[Segment, ...] = (
        MoveTo((bx, by)),
        LineTo((base[0] - uy * half, base[1] + ux * half)),
        LineTo((base[0] + uy * half, base[1] - ux * half)),
        Close(),
    )
    shaft = line([*course[:-1], neck])
    yield Path(shaft, Style(None, PAPER, _SHAFT + 0.3))
    yield Path(head, Style(PAPER, PAPER, 0.3))
    yield Path(shaft, Style(None, ACCENT_DEEP, _SHAFT))
    yield Path(head, Style(ACCENT_DEEP))


def film() -> Iterator[Shape]:
    """The corners of a finder and the round mark of a recording."""
    for x, y in ((-10.6, 13.4), (10.6, 13.4), (-10.6, -11.9), (10.6, -11.9)):
        inwards, down = (1 if x < 0 else -1), (-1 if y > 0 else 1)
        yield Path(polyline([(x + 2.6 * inwards, y), (x, y), (x, y + 2.6 * down)]), Style(None, INK, 0.42))
    yield Circle((8.4, 11.4), 0.85, Style(PAPER, INK, 0.16))
    yield Circle((8.4, 11.4), 0.5, Style(INK))
    yield Path(polyline([(-10.6, -11.9), (10.6, -11.9)]), Style(None, INK, 0.12, (0.2, 0.4)))
