"""Plane geometry for the face: smooth curves through points, and exact tests of what contains a point.

Curves are drawn in floats of geometry units. *Tests* use whole hundredths of a unit and integer arithmetic only,
so that Python and the browser (``static/js/face_chart/geometry.mjs``) agree by construction: a curve is flattened and
rounded once, here, and both sides test the same whole numbers. Every product stays far below 2**53.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
GridPoint = tuple[int, int]
Bezier = tuple[Point, Point, Point, Point]

# How far a flattened outline may stray from its curve, in geometry units: about 0.15 mm on a face.
FLATNESS = 0.015


def hundredths(value: float) -> int:
    """Round a coordinate in geometry units to whole hundredths."""
    return round(value * 100)


def _through(before: Point, start: Point, end: Point, after: Point) -> Bezier:
    """Turn one Catmull-Rom span into the cubic that draws the same curve."""
    first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
    second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
    return start, first, second, end


def closed_curve(points: Sequence[Point]) -> tuple[Bezier, ...]:
    """Return a smooth closed outline through the points (at least three)."""
    n = len(points)
    return tuple(_through(points[i - 1], points[i], points[(i + 1) % n], points[(i + 2) % n]) for i in range(n))


def open_curve(points: Sequence[Point]) -> tuple[Bezier, ...]:
    """Return a smooth open line through the points (at least two); the end points count twice."""
    padded = [points[0], *points, points[-1]]
    return tuple(_through(padded[i], padded[i + 1], padded[i + 2], padded[i + 3]) for i in range(len(points) - 1))


def _steps(curve: Bezier) -> int:
    """How many straight pieces keep a cubic within ``FLATNESS`` (from the bound on its second derivative)."""
    start, first, second, end = curve
    bend = max(
        math.hypot(start[0] - 2 * first[0] + second[0], start[1] - 2 * first[1] + second[1]),
        math.hypot(first[0] - 2 * second[0] + end[0], first[1] - 2 * second[1] + end[1]),
    )
    return max(1, math.ceil(math.sqrt(0.75 * bend / FLATNESS)))


def _at(curve: Bezier, t: float) -> Point:
    """The point of a cubic at ``t`` between 0 and 1."""
    u = 1 - t
    weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
    x = sum(weight * point[0] for weight, point in zip(weights, curve, strict=True))
    y = sum(weight * point[1] for weight, point in zip(weights, curve, strict=True))
    return x, y


def flatten(curves: Iterable[Bezier]) -> tuple[Point, ...]:
    """Return points along the curves, close enough for straight lines between them; the last end point is left out."""
    points: list[Point] = []
    for curve in curves:
        steps = _steps(curve)
        points.extend(_at(curve, step / steps) for step in range(steps))
    return tuple(points)


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed outline of straight lines; corners in hundredths."""

    corners: tuple[GridPoint, ...]

    @classmethod
    def around(cls, points: Sequence[Point]) -> Polygon:
        """Return the polygon that follows the smooth closed curve through ``points`` (geometry units)."""
        corners: list[GridPoint] = []
        for x, y in flatten(closed_curve(points)):
            corner = (hundredths(x), hundredths(y))
            if not corners or corner != corners[-1]:
                corners.append(corner)
        return cls(tuple(corners))

    def contains(self, x: int, y: int) -> bool:
        """Say whether the point lies inside, by the even-odd rule with half-open edges; exact."""
        inside = False
        xj, yj = self.corners[-1]
        for xi, yi in self.corners:
            if (yi > y) != (yj > y):
                cross = (x - xi) * (yj - yi) - (xj - xi) * (y - yi)
                if cross < 0 if yj > yi else cross > 0:
                    inside = not inside
            xj, yj = xi, yi
        return inside


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An upright ellipse: centre and radii in hundredths."""

    x: int
    y: int
    rx: int
    ry: int

    def contains(self, x: int, y: int) -> bool:
        """Say whether the point lies inside or on the ellipse; exact."""
        dx, dy = x - self.x, y - self.y
        a, b = self.ry * self.ry, self.rx * self.rx
        return a * dx * dx + b * dy * dy <= a * b


@dataclass(frozen=True, slots=True)
class Region:
    """An area with at most one hole in it."""

    outer: Polygon | Ellipse
    hole: Polygon | None = None

    def contains(self, x: int, y: int) -> bool:
        """Say whether the point lies in the area and not in its hole; exact."""
        return self.outer.contains(x, y) and not (self.hole is not None and self.hole.contains(x, y))
