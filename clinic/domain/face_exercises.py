"""The figures of the exercises: the face at rest or in the movement, what moves, what stays, where a finger rests.

An arrow is a movement, a dot in a ring stays as it is, a circle with a nail is a fingertip, a pale area lets go or is felt:
each has its own shape, so that a figure reads in grey. Figures are drawn for a palsy of the patient's right and mirrored
for the left, as one looks at the patient.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.drawing import (
    Close,
    Drawing,
    Layer,
    Path,
    Point,
    Shape,
    Style,
    Text,
)
from clinic.domain.face_drawing import face
from clinic.domain.face_exercise_features import Eyes, Mouth, eye_shapes, is_eye, is_mouth, mouth_shapes
from clinic.domain.face_exercise_marks import Finger, arrow, film, finger, stay
from clinic.domain.face_palette import ACCENT, ACCENT_DEEP, CAPTION
from clinic.domain.face_paths import ellipse, line, mirror_layer, mirror_segments, polyline

Box = tuple[float, float, float, float]
FACE: Final[Box] = (-10.2, -11.3, 10.2, 9.2)
NECK: Final[Box] = (-10.4, -15.6, 10.4, 7.0)
WHOLE: Final[Box] = (-10.4, -15.6, 10.4, 9.6)
FILM: Final[Box] = (-11.6, -13.0, 11.6, 14.4)

_CAPTION: Final = 0.84
_PALE: Final = Style(ACCENT, ACCENT_DEEP, 0.07, (0.22, 0.2), 0.16, 0.75)


@dataclass(frozen=True, slots=True)
class _Figure:
    """What a figure shows, for a palsy of the right: arrows as courses, pale areas as (centre, radii)."""

    box: Box = FACE
    mouth: Mouth = Mouth.REST
    eyes: Eyes = Eyes.OPEN
    arrows: tuple[tuple[Point, ...], ...] = ()
    stays: tuple[Point, ...] = ()
    fingers: tuple[Finger, ...] = ()
    pale: tuple[tuple[Point, Point], ...] = ()
    lines: tuple[tuple[Point, ...], ...] = ()
    film: bool = False


def _pair(*courses: tuple[Point, ...]) -> tuple[tuple[Point, ...], ...]:
    """Courses with their mirror images."""
    return tuple(one for course in courses for one in (course, tuple((-x, y) for x, y in course)))


def _areas(*areas: tuple[Point, Point]) -> tuple[tuple[Point, Point], ...]:
    """Areas with their mirror images."""
    return tuple(one for (x, y), radii in areas for one in (((x, y), radii), ((-x, y), radii)))


_EYES_STAY: Final[tuple[Point, ...]] = ((-5.5, 2.2), (5.5, 2.2))
_CORNERS: Final[tuple[Point, ...]] = ((-3.35, -4.35), (3.35, -4.35))
_CHIN_AND_NECK: Final = (((0.0, -7.4), (2.2, 1.1)), ((0.0, -11.2), (4.1, 1.9)))
_HAND_ON_NECK: Final = tuple(Finger((x, y), (-1.0, -0.3), 5.4) for x, y in ((0.4, -9.9), (1.1, -11.3), (0.7, -12.7)))
_HAND_ON_CHEST: Final = tuple(Finger((x, y), (1.0, -0.12), 5.2) for x, y in ((-6.6, -13.4), (-7.2, -14.75)))
_PALM_ON_CHEEK: Final = tuple(
    Finger((x, y), (0.24, -1.0), long) for x, y, long in ((3.4, -1.5, 4.4), (4.75, -0.6, 5.4), (6.1, -0.9, 5.2))
)

_FIGURES: Final[Mapping[str, _Figure]] = MappingProxyType(
    {
        "e1_rest_scan": _Figure(
            WHOLE,
            eyes=Eyes.CLOSED,
            arrows=_pair(((-5.0, 0.4), (-5.2, -0.9), (-5.1, -2.3)), ((-3.3, -9.6), (-3.2, -10.9), (-2.9, -12.1))),
            pale=(
                ((0.0, 5.9), (4.6, 0.9)),
                *_areas(((-3.16, 2.6), (1.9, 0.95)), ((-5.0, -1.1), (1.5, 2.3))),
                *_CHIN_AND_NECK,
            ),
        ),
        "e2_eyes_open_pucker": _Figure(
            mouth=Mouth.PUCKER,
            arrows=_pair(((-5.2, -4.4), (-4.0, -4.35), (-2.5, -4.35))),
            stays=_EYES_STAY,
        ),
        "e3_eyes_open_teeth_show": _Figure(
            mouth=Mouth.TEETH,
            arrows=_pair(((-3.4, -4.1), (-4.6, -3.95), (-6.0, -3.6))),
            stays=(*_EYES_STAY, (0.0, -10.3)),
        ),
        "e4_eyes_open_cheek_puff": _Figure(
            arrows=_pair(((-4.4, -3.5), (-5.6, -3.6), (-7.3, -3.8))),
            stays=_EYES_STAY,
            pale=_areas(((-4.75, -3.5), (1.9, 2.2))),
            lines=_pair(((-7.25, -0.6), (-7.85, -2.6), (-7.5, -4.6), (-6.5, -6.2))),
        ),
        "e5_small_closed_smile": _Figure(
            mouth=Mouth.SMILE,
            arrows=_pair(((-2.95, -3.7), (-3.5, -3.0), (-4.4, -1.8))),
            fingers=(Finger((0.0, -7.2), (0.12, -1.0), 3.4),),
        ),
        "e6_gentle_closure": _Figure(
            mouth=Mouth.APART,
            eyes=Eyes.CLOSED,
            arrows=_pair(((-3.16, 5.75), (-3.16, 4.9), (-3.16, 3.55))),
            fingers=(Finger((-3.1, -4.3), (-1.0, -0.85), 3.6),),
            pale=_areas(((-3.16, 2.6), (1.9, 0.85))),
        ),
        "e7_small_brow_raise": _Figure(
            arrows=_pair(((-3.5, 5.5), (-3.5, 6.3), (-3.5, 7.5))),
            stays=_CORNERS,
        ),
        "e8_snarl_control": _Figure(
            NECK,
            arrows=_pair(((-1.75, -2.2), (-1.95, -1.1), (-1.85, 0.5))),
            fingers=_HAND_ON_NECK,
            pale=(((-1.5, -11.3), (4.0, 2.1)),),
        ),
        "e9_chin_release": _Figure(
            mouth=Mouth.OPEN,
            pale=(((0.0, -7.6), (2.5, 1.35)),),
            fingers=(Finger((0.0, -7.2), (0.12, -1.0), 3.4),),
            arrows=_pair(((-1.2, -7.3), (-2.2, -7.2), (-3.6, -6.7))),
        ),
        "e10_neck_stretch": _Figure(
            NECK,
            fingers=_HAND_ON_CHEST,
            pale=(((-3.4, -10.4), (1.6, 2.9)),),
            arrows=(((-4.0, -13.0), (-4.2, -10.6), (-4.75, -7.9)), ((-3.4, 5.9), (0.4, 6.35), (4.6, 5.5))),
        ),
        "e11_cheek_stretch": _Figure(
            fingers=(
                Finger((-3.7, -3.5), (1.0, -0.75), 3.2, inside=True),
                Finger((-4.1, -1.9), (-1.0, -0.55), 4.2),
                Finger((-4.7, -3.4), (-1.0, -0.55), 3.4),
            ),
            pale=(((-4.2, -3.4), (1.75, 1.95)),),
            arrows=(((-5.2, -0.8), (-6.0, -0.2), (-7.0, 1.2)),),
            mouth=Mouth.APART,
        ),
        "e12_eye_ring_stretch": _Figure(
            eyes=Eyes.CLOSED,
            fingers=(Finger((-3.4, 5.4), (-1.0, 0.42), 4.6),),
            arrows=(((-2.9, 6.1), (-2.9, 6.9), (-2.9, 8.6)), ((-5.0, 2.3), (-6.2, 2.1), (-7.9, 1.9))),
            pale=(((-3.3, 2.6), (2.2, 1.3)),),
        ),
        "e13_sound_side_quiet": _Figure(
            mouth=Mouth.SMILE,
            arrows=(((-2.95, -3.7), (-3.5, -3.0), (-4.4, -1.8)),),
            fingers=_PALM_ON_CHEEK,
        ),
        "e14_video_check": _Figure(FILM, film=True),
        "e15_speech_practice": _Figure(
            mouth=Mouth.OPEN,
            stays=_EYES_STAY,
            lines=tuple(
                tuple((x + r * math.cos(a), -4.4 + r * math.sin(a)) for a in (-0.75, -0.35, 0.0, 0.35, 0.75))
                for x, r in ((0.0, 3.3), (0.0, 4.2), (0.0, 5.1))
            ),
        ),
        "e16_calm_breathing": _Figure(
            NECK,
            eyes=Eyes.CLOSED,
            arrows=(
                ((-5.7, -4.9), (-4.0, -3.3), (-1.6, -2.2)),
                ((1.6, -2.2), (4.0, -3.3), (5.7, -4.9)),
            ),
            pale=(((0.0, -13.6), (4.6, 1.7)),),
        ),
    }
)
EXERCISES: Final = tuple(_FIGURES)
_ONE_SIDED: Final = frozenset(
    {"e6_gentle_closure", "e10_neck_stretch", "e11_cheek_stretch", "e12_eye_ring_stretch", "e13_sound_side_quiet"}
)


def _on_both(figure: _Figure) -> _Figure:
    """The figure with what it shows of one side on both; arrows across the midline, which would cross, are left out."""
    arrows = [course for course in figure.arrows if course[0][0] * course[-1][0] > 0]
    mirrored = [tuple((-x, y) for x, y in course) for course in arrows]
    fingers = [
        replace(one, tip=(-one.tip[0], one.tip[1]), toward=(-one.toward[0], one.toward[1])) for one in figure.fingers
    ]
    pale = [((-x, y), radii) for (x, y), radii in figure.pale]
    return replace(
        figure,
        arrows=tuple(dict.fromkeys([*arrows, *mirrored])),
        fingers=(*figure.fingers, *fingers),
        pale=tuple(dict.fromkeys([*figure.pale, *pale])),
    )


@lru_cache(maxsize=64)
def exercise_drawing(exercise_id: str, side: Side | None, captions: tuple[str, str] = ("", "")) -> Drawing:
    """The figure of an exercise for a palsy of ``side``; the face at rest for an exercise that is not known.

    Without a side, an exercise of one side is shown on both.

    ``captions`` are the words for the patient's right and left, "" for none.
    """
    figure = _FIGURES.get(exercise_id, _Figure())
    if side is None and exercise_id in _ONE_SIDED:
        figure = _on_both(figure)
    left, bottom, right, top = figure.box
    frame = (*polyline([(left, bottom), (left, top), (right, top), (right, bottom)]), Close())
    plate = face(show=())
    skin, features = (next(one for one in plate.layers if one.name == name) for name in ("skin", "features"))
    layers = [skin, Layer("features", tuple(_features(features.shapes, figure))), Layer("acts", tuple(_acts(figure)))]
    if side is Side.LEFT:
        layers, frame = [mirror_layer(one) for one in layers], (*mirror_segments(frame),)
    layers.append(Layer("captions", tuple(_captions(figure.box, captions))))
    return Drawing(figure.box, tuple(layers), frame)


def _features(shapes: Iterable[Shape], figure: _Figure) -> Iterator[Shape]:
    """The features of the face with the mouth and the eyes that the figure wants."""
    for shape in shapes:
        if figure.mouth is not Mouth.REST and is_mouth(shape):
            continue
        if figure.eyes is not Eyes.OPEN and is_eye(shape):
            continue
        yield shape
    yield from mouth_shapes(figure.mouth)
    yield from eye_shapes(figure.eyes)


def _acts(figure: _Figure) -> Iterator[Shape]:
    """Pale areas below, then lines, fingers, dots and arrows."""
    yield from (Path(ellipse(centre, radii), _PALE) for centre, radii in figure.pale)
    yield from (Path(line(course), Style(None, ACCENT_DEEP, 0.14, (0.4, 0.3))) for course in figure.lines)
    for one in figure.fingers:
        yield from finger(one)
    for centre in figure.stays:
        yield from stay(centre)
    for course in figure.arrows:
        yield from arrow(course)
    if figure.film:
        yield from film()


def _captions(box: Box, captions: tuple[str, str]) -> Iterator[Shape]:
    """Whose side each edge is, beside the neck, where nothing is drawn."""
    left, bottom, right, _ = box
    height = bottom + 0.45 if box == FACE else -11.3 if box == FILM else -8.6
    inset = 1.5 if box == FILM else 0.0
    if captions[0]:
        yield Text((left + inset, height), captions[0], _CAPTION, CAPTION, "start", bold=True)
    if captions[1]:
        yield Text((right - inset, height), captions[1], _CAPTION, CAPTION, "end", bold=True)
