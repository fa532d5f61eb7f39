"""The list of charted sites as a line: which of them a line can say, and why not the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from clinic.domain.anatomy import OTHER, Side, full_label
from clinic.domain.shorthand import SaidSite
from clinic.domain.wording import side_words


class Charted(Protocol):
    """What a line needs to know of a charted site."""

    @property
    def number(self) -> Any:
        """Its number."""

    @property
    def muscle(self) -> Any:
        """The key of its muscle."""

    @property
    def sub_site(self) -> Any:
        """The key of its place within the muscle."""

    @property
    def side(self) -> Any:
        """Its side."""

    @property
    def units(self) -> Any:
        """Its dose."""


Site = TypeVar("Site", bound=Charted)


@dataclass(frozen=True, slots=True)
class Sayable(Generic[Site]):
    """The charted sites that a line can say, each with what it says, and the others with the reason in words."""

    said: tuple[tuple[Site, SaidSite], ...]
    left: tuple[str, ...]

    @property
    def sites(self) -> tuple[SaidSite, ...]:
        """What the line says."""
        return tuple(said for _, said in self.said)


def sayable(sites: Sequence[Site]) -> Sayable[Site]:
    """Divide charted sites into those that a line can say and those that it leaves alone."""
    said: list[tuple[Site, SaidSite]] = []
    left: list[str] = []
    taken: set[tuple[str, str, Side]] = set()
    for site in sites:
        why = _why_not(site, taken)
        if why:
            left.append(f"Site {site.number}, {charted_words(site)}: {why}")
            continue
        one = SaidSite(site.muscle, site.sub_site, site.side, site.units)
        taken.add(one.place)
        said.append((site, one))
    return Sayable(tuple(said), tuple(left))


def charted_words(site: Charted) -> str:
    """``Mentalis, belly, patient's left``."""
    return f"{full_label(site.muscle, site.sub_site)}, {side_words(site.side)}"


def _why_not(site: Charted, taken: set[tuple[str, str, Side]]) -> str:
    if site.muscle == OTHER or site.sub_site is None:
        return "it lies away from every named site, so a line cannot say where."
    if site.units == 0:
        return "its dose is still to be entered."
    if (site.muscle, site.sub_site, site.side) in taken:
        return "another site stands at the same named place."
    return ""
