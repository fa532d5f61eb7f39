"""The catalogue of the face: sides, muscles, named sites and danger zones, read from ``data/face.json``.

Positions are whole hundredths of a geometry unit (about 0.1 mm): x grows to the patient's left, y grows upwards.
The file is general anatomy for charting, not for guiding a needle, and must be reviewed by a clinician.
Other modules take these names from ``clinic.domain.anatomy``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from clinic.domain.errors import DomainError
from clinic.domain.geometry import Ellipse, Polygon, Region, hundredths

OTHER: Final = "other"


class AnatomyError(DomainError, ValueError):
    """No such muscle, sub-site or side."""


class Side(StrEnum):
    """The patient's side."""

    RIGHT = "right"
    LEFT = "left"
    MIDLINE = "midline"

    @property
    def other(self) -> Side:
        """The mirrored side; the midline is its own mirror."""
        return {Side.RIGHT: Side.LEFT, Side.LEFT: Side.RIGHT}.get(self, Side.MIDLINE)


@dataclass(frozen=True, slots=True)
class NamedSite:
    """A place that has a name within a muscle, on the patient's right (x < 0) or on the midline (x = 0); hundredths."""

    key: str
    label: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Muscle:
    """A muscle (or the lacrimal gland, or "other") that a site can belong to.

    ``groups`` maps a group of sub-sites to its sub-site keys, in order. ``branch`` is the branch of the facial nerve.
    ``midline_capture`` is the half width, in hundredths, of the band of a paired muscle that counts as the midline.
    """

    key: str
    label: str
    short_label: str
    latin: str
    aliases: tuple[str, ...]
    paired: bool
    deep: bool
    is_muscle: bool
    sites: tuple[NamedSite, ...]
    groups: Mapping[str, tuple[str, ...]] = field(hash=False)
    branch: str
    action: str
    uberon: str | None
    midline_capture: int = 0

    def site(self, sub_site: str) -> NamedSite:
        """Return a named site; raises AnatomyError for a name that this muscle does not have."""
        for site in self.sites:
            if site.key == sub_site:
                return site
        raise AnatomyError(f"{self.label} has no site called “{sub_site}”.")


@dataclass(frozen=True, slots=True)
class DangerZone:
    """A place where toxin meant for the muscles in ``applies_to`` can reach something else and do ``harm``."""

    key: str
    label: str
    harm: str
    applies_to: tuple[str, ...]
    paired: bool
    area: Ellipse
    source: str


@cache
def face_data() -> Mapping[str, Any]:
    """Return the face file as it stands (geometry units), for the drawing."""
    path = Path(__file__).with_name("data") / "face.json"
    return MappingProxyType(json.loads(path.read_text(encoding="utf-8")))


def _muscle(key: str, raw: Mapping[str, Any]) -> Muscle:
    return Muscle(
        key=key,
        label=raw["label"],
        short_label=raw["short_label"],
        latin=raw["latin"],
        aliases=tuple(raw["aliases"]),
        paired=raw["paired"],
        deep=raw.get("deep", False),
        is_muscle=raw.get("is_muscle", True),
        sites=tuple(
            NamedSite(name, site["label"], hundredths(site["xy"][0]), hundredths(site["xy"][1]))
            for name, site in raw["sites"].items()
        ),
        groups=MappingProxyType({name: tuple(group["sites"]) for name, group in raw.get("groups", {}).items()}),
        branch=raw["branch"],
        action=raw["action"],
        uberon=raw["uberon"],
        midline_capture=hundredths(raw.get("midline_capture", 0)),
    )


def _other() -> Muscle:
    """Return the entry for a point outside every region: no sites, and its own narrow midline."""
    return Muscle(
        key=OTHER,
        label="Other",
        short_label="Other",
        latin="",
        aliases=(),
        paired=True,
        deep=False,
        is_muscle=False,
        sites=(),
        groups=MappingProxyType({}),
        branch="",
        action="",
        uberon=None,
        midline_capture=hundredths(face_data()["midline_band"]),
    )


# In hit order; the lacrimal gland is among them, and "other" stands last.
MUSCLES: Final[Mapping[str, Muscle]] = MappingProxyType(
    {key: _muscle(key, raw) for key, raw in face_data()["muscles"].items()} | {OTHER: _other()}
)


def muscle(key: str) -> Muscle:
    """Return the muscle of a key ("other" included); raises AnatomyError when there is none."""
    try:
        return MUSCLES[key]
    except KeyError:
        raise AnatomyError(f"There is no muscle called “{key}”.") from None


def ellipse(raw: Mapping[str, Any]) -> Ellipse:
    """Return an ellipse of the face file in hundredths."""
    (x, y), (rx, ry) = raw["centre"], raw["radii"]
    return Ellipse(hundredths(x), hundredths(y), hundredths(rx), hundredths(ry))


@cache
def regions() -> Mapping[str, Region]:
    """Return the area of every muscle on the patient's right half, in hit order."""
    data = face_data()
    found: dict[str, Region] = {}
    for key, raw in data["muscles"].items():
        shape = raw.get("ring", raw)
        outer = Polygon.around(shape["outline"]) if "outline" in shape else ellipse(shape["ellipse"])
        hole = shape.get("hole")
        found[key] = Region(outer, Polygon.around(data["features"][hole]) if hole is not None else None)
    return MappingProxyType(found)


@cache
def danger_zones() -> tuple[DangerZone, ...]:
    """Return every danger zone, on the patient's right half. Source: general anatomy, for review by a clinician."""
    data = face_data()
    return tuple(
        DangerZone(
            key=key,
            label=raw["label"],
            harm=raw["harm"],
            applies_to=tuple(raw["applies_to"]),
            paired=raw["paired"],
            area=ellipse(raw["ellipse"]),
            source=data["sure_how"],
        )
        for key, raw in data["danger_zones"].items()
    )
