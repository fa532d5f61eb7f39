"""The face of a clinicians' document: its marks, and the same in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Protocol

from clinic.domain.anatomy import full_label
from clinic.domain.documents.content import Face, FaceMark
from clinic.domain.face_marks import MarkStatus
from clinic.domain.quantities import format_dose, format_units
from clinic.domain.wording import plural, side_words


class Sited(Protocol):
    """What a mark needs of a site."""

    @property
    def number(self) -> int:
        """Its number in its session."""

    @property
    def muscle(self) -> str:
        """The muscle's key."""

    @property
    def sub_site(self) -> str | None:
        """The named place in it."""

    @property
    def side(self) -> str:
        """The patient's side."""

    @property
    def x(self) -> int:
        """0.01 geometry unit to the patient's left."""

    @property
    def y(self) -> int:
        """0.01 geometry unit upwards."""

    @property
    def units(self) -> Decimal:
        """The dose; 0 while it is to be entered."""


def site_words(site: Sited) -> str:
    """``Platysma, medial band 1, patient’s left: 2.5 units``."""
    dose = format_units(site.units) if site.units else "dose to be entered"
    return f"{full_label(site.muscle, site.sub_site)}, {side_words(str(site.side))}: {dose}"


def mark(site: Sited, status: str = MarkStatus.GIVEN, *, dosed: bool = True) -> FaceMark:
    """The mark of a site; without ``dosed`` its dose stands in the table only."""
    units = format_dose(site.units) if dosed else ""
    return FaceMark(site.x, site.y, site.number, units, str(site.side), site.muscle, str(status))


def face(
    sites: Sequence[Sited], *, about: str, caption: str = "", width: int = 60, status: str = MarkStatus.GIVEN
) -> Face:
    """A face of sites that all are given, or all planned; ``about`` begins its description."""
    return Face(tuple(mark(one, status) for one in sites), alt(sites, about), caption, width)


def alt(sites: Iterable[Sited], about: str) -> str:
    """The face in words, site by site."""
    listed = [f"{one.number} {site_words(one)}" for one in sites]
    seen = "Face seen from the front, the patient’s right on the viewer’s left"
    if not listed:
        return f"{about}. {seen}, without sites."
    return f"{about}. {seen}, with {plural(len(listed), 'site')}. {'; '.join(listed)}."
