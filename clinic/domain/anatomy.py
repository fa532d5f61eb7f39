"""What lies where on the face: muscles, named sites, sides, danger zones; the one source for screen, PDF and browser.

Positions are whole hundredths of a geometry unit (about 0.1 mm): x grows to the patient's left, y grows upwards.
The face is symmetric: everything is tested on the patient's right half and mirrored, in whole numbers only, so that
``static/js/face_chart/geometry.mjs``, which is given ``browser_geometry()``, finds the same at every point.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from clinic.domain.geometry import Polygon, Region, hundredths
from clinic.domain.muscles import (
    MUSCLES,
    OTHER,
    AnatomyError,
    DangerZone,
    Muscle,
    NamedSite,
    Side,
    danger_zones,
    ellipse,
    face_data,
    muscle,
    regions,
)

__all__ = [
    "MUSCLES",
    "OTHER",
    "AnatomyError",
    "DangerZone",
    "Hit",
    "Muscle",
    "NamedSite",
    "Side",
    "browser_geometry",
    "danger_zones",
    "danger_zones_at",
    "face_data",
    "full_label",
    "group_label",
    "group_of",
    "hit",
    "hits",
    "in_view",
    "mirror",
    "muscle",
    "muscle_label",
    "part_of",
    "position",
    "regions",
    "side_of",
    "site_label",
    "view_box",
]


@dataclass(frozen=True, slots=True)
class Hit:
    """What is under a point; ``muscle`` is "other" outside every region, ``sub_site`` None away from named sites."""

    muscle: str
    sub_site: str | None
    side: Side


def mirror(x: int) -> int:
    """Return the same place on the patient's other side (hundredths)."""
    return -x


def side_of(key: str, x: int) -> Side:
    """Return the side that a site of this muscle has at ``x`` (hundredths).

    Unpaired muscles are always midline. Mentalis and "other" have a midline band of 25 hundredths to either side
    (about 5 mm wide); other paired muscles are midline only at exactly 0. Raises AnatomyError for an unknown muscle.
    """
    found = muscle(key)
    if not found.paired or abs(x) <= found.midline_capture:
        return Side.MIDLINE
    return Side.RIGHT if x < 0 else Side.LEFT


def in_view(x: int, y: int) -> bool:
    """Say whether a point (hundredths) lies on the drawn face."""
    left, bottom, right, top = view_box()
    return left <= x <= right and bottom <= y <= top


@cache
def view_box() -> tuple[int, int, int, int]:
    """Return the drawn area as (x_min, y_min, x_max, y_max) in hundredths."""
    box = face_data()["view_box"]
    return hundredths(box["x"][0]), hundredths(box["y"][0]), hundredths(box["x"][1]), hundredths(box["y"][1])


def _covers(found: Muscle, x: int, y: int) -> bool:
    """Say whether a point lies in the muscle, on either side; its midline band takes the gap between the halves."""
    return regions()[found.key].contains(-max(abs(x), found.midline_capture), y)


def _site_near(found: Muscle, x: int, y: int) -> tuple[int, str] | None:
    """Return (squared distance, key) of the muscle's nearest named site within reach, or None.

    Only sites of the side that ``side_of`` gives at ``x`` count, so that a hit never names a site of another side.
    """
    reach = hundredths(face_data()["site_capture"])
    on_midline = side_of(found.key, x) is Side.MIDLINE
    near: tuple[int, str] | None = None
    for site in found.sites:
        distance = (-abs(x) - site.x) ** 2 + (y - site.y) ** 2
        if (site.x == 0) == on_midline and distance <= reach * reach and (near is None or distance < near[0]):
            near = (distance, site.key)
    return near


def _order(deep: bool) -> tuple[Muscle, ...]:
    """The muscles in the order in which a point falls on them; the deep layer comes first when it is shown."""
    known = [found for found in MUSCLES.values() if found.key != OTHER]
    shallow = tuple(found for found in known if not found.deep)
    return tuple(found for found in known if found.deep) + shallow if deep else shallow


def hit(x: int, y: int, deep: bool = False) -> Hit:
    """Return what is under a point (hundredths).

    The nearest named site within 0.35 units wins, else the first muscle in hit order that contains the point.
    ``deep`` is the deep-layer switch: with it, deep structures are found, and before those that cover them.
    Outside every region the muscle is "other" and the side follows x, with a midline band of 0.25 units either side.
    """
    order = _order(deep)
    nearest: tuple[int, Hit] | None = None
    for found in order:
        near = _site_near(found, x, y)
        if near is not None and (nearest is None or near[0] < nearest[0]):
            nearest = (near[0], Hit(found.key, near[1], side_of(found.key, x)))
    if nearest is not None:
        return nearest[1]
    for found in order:
        if _covers(found, x, y):
            return Hit(found.key, None, side_of(found.key, x))
    return Hit(OTHER, None, side_of(OTHER, x))


def hits(x: int, y: int) -> tuple[Hit, ...]:
    """Return everything under a point (hundredths), deep structures included, each muscle once; never empty.

    What ``hit`` finds without the deep layer comes first, then the rest in hit order. Alone, "other" means nothing.
    """
    first = hit(x, y)
    found = [first] if first.muscle != OTHER else []
    for candidate in MUSCLES.values():
        if candidate.key in (OTHER, first.muscle):
            continue
        near = _site_near(candidate, x, y)
        if near is not None or _covers(candidate, x, y):
            found.append(Hit(candidate.key, near[1] if near else None, side_of(candidate.key, x)))
    return tuple(found) or (first,)


@lru_cache(4096)
def part_of(key: str, x: int, y: int) -> str | None:
    """Return the part of orbicularis oculi at a point inside it, in words; None for muscles without parts."""
    raw = face_data()["muscles"].get(key, {})
    if "parts" not in raw or not _covers(muscle(key), x, y):
        return None
    limits, labels = raw["ring"], raw["parts"]
    tarsal = ellipse(limits["pretarsal_limit_ellipse"])
    if tarsal.contains(-abs(x), y):
        return str(labels["pretarsal_upper" if y > tarsal.y else "pretarsal_lower"])
    lid = ellipse(limits["palpebral_limit_ellipse"]).contains(-abs(x), y)
    return str(labels["preseptal" if lid else "orbital"])


@lru_cache(4096)
def danger_zones_at(x: int, y: int, key: str) -> tuple[DangerZone, ...]:
    """Return the danger zones over a point (hundredths) that concern a muscle, on either side.

    For "other" every zone over the point is given: where the structure is not known, none can be ruled out.
    Source: general anatomy (each zone says so), to be reviewed by a clinician. Raises AnatomyError.
    """
    muscle(key)
    return tuple(
        zone for zone in danger_zones() if (key == OTHER or key in zone.applies_to) and zone.area.contains(-abs(x), y)
    )


def position(key: str, sub_site: str | None, side: Side) -> tuple[int, int]:
    """Return the place of a named site on a side (hundredths); without a sub-site, the muscle's first site there.

    Raises AnatomyError for an unknown muscle or sub-site, and for a side on which the site does not exist.
    """
    found = muscle(key)
    sites = found.sites if sub_site is None else (found.site(sub_site),)
    for site in sites:
        if (site.x == 0) == (side is Side.MIDLINE):
            return (-site.x if side is Side.LEFT else site.x), site.y
    where = "midline" if side is Side.MIDLINE else f"{side.value} side"
    raise AnatomyError(f"{full_label(key, sub_site)} has no named place on the {where}.")


def muscle_label(key: str) -> str:
    """Return the name of a muscle for the screen; raises AnatomyError when there is none."""
    return muscle(key).label


def site_label(key: str, sub_site: str | None) -> str:
    """Return a sub-site in words ("medial band 1"), empty without one; raises AnatomyError for an unknown name."""
    return "" if sub_site is None else muscle(key).site(sub_site).label


def full_label(key: str, sub_site: str | None) -> str:
    """Return muscle and sub-site in words ("Platysma, medial band 1"); raises AnatomyError for an unknown name."""
    return muscle_label(key) if sub_site is None else f"{muscle_label(key)}, {site_label(key, sub_site)}"


def group_of(key: str, sub_site: str | None) -> str | None:
    """Return the sub-site group of a site, or None when it has none; raises AnatomyError for an unknown muscle."""
    return next((group for group, members in muscle(key).groups.items() if sub_site in members), None)


def group_label(key: str, group: str) -> str:
    """Return a sub-site group in words; raises AnatomyError for an unknown muscle or group."""
    if group not in muscle(key).groups:
        raise AnatomyError(f"{muscle_label(key)} has no group of sites called “{group}”.")
    return str(face_data()["muscles"][key]["groups"][group]["label"])


def _flat(polygon: Polygon) -> list[int]:
    """The corners as one list x, y, x, y, …: half the bytes of pairs."""
    return [value for corner in polygon.corners for value in corner]


def _browser_muscle(found: Muscle, region: Region | None) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "key": found.key,
        "label": found.label,
        "short": found.short_label,
        "paired": found.paired,
        "deep": found.deep,
        "midline": found.midline_capture,
        "sites": [[site.key, site.label, site.x, site.y] for site in found.sites],
    }
    if found.groups:
        entry["groups"] = [[group, group_label(found.key, group), list(keys)] for group, keys in found.groups.items()]
    if region is not None:
        outer = region.outer
        if isinstance(outer, Polygon):
            entry["polygon"] = _flat(outer)
        else:
            entry["ellipse"] = [outer.x, outer.y, outer.rx, outer.ry]
        if region.hole is not None:
            entry["hole"] = _flat(region.hole)
    return entry


@cache
def browser_geometry() -> dict[str, Any]:
    """Return everything that ``geometry.mjs`` needs, ready for JSON: whole hundredths, the right half, in hit order.

    ``muscles`` ends with "other". The same value is returned every time: write it out, do not change it.
    """
    zones = [
        {
            "key": zone.key,
            "label": zone.label,
            "harm": zone.harm,
            "applies_to": list(zone.applies_to),
            "paired": zone.paired,
            "ellipse": [zone.area.x, zone.area.y, zone.area.rx, zone.area.ry],
        }
        for zone in danger_zones()
    ]
    return {
        "view": list(view_box()),
        "reach": hundredths(face_data()["site_capture"]),
        "muscles": [_browser_muscle(found, regions().get(found.key)) for found in MUSCLES.values()],
        "zones": zones,
        "sure_how": face_data()["sure_how"],
    }
