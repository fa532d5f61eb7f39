"""Which side effects the treated muscles can cause, as ``data/side_effects.toml`` rules, in the patient's words."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from clinic.domain.anatomy import MUSCLES
from clinic.domain.documents.content import Choice, Paragraph
from clinic.domain.documents.texts import text
from clinic.domain.documents.treated_places import TreatedSite
from clinic.domain.proposals import Strength

ANY: Final = "any"
TEXT: Final = "side_effects"


@dataclass(frozen=True, slots=True)
class SideEffect:
    """One side effect. ``muscles`` maps a muscle to the groups of its sites that count, empty for all; None is any site."""

    id: str
    muscles: Mapping[str, frozenset[str]] | None
    serious: bool
    strength: Strength
    sources: tuple[str, ...]

    def follows(self, site: TreatedSite) -> bool:
        """Whether a site can cause it. A site that has no group counts as every group of its muscle."""
        if self.muscles is None:
            return True
        return any(self._matches(muscle, site.group) for muscle in site.muscles)

    def _matches(self, muscle: str, group: str | None) -> bool:
        groups = (self.muscles or {}).get(muscle)
        return groups is not None and (not groups or group is None or group in groups)


@dataclass(frozen=True, slots=True)
class ChosenEffect:
    """A side effect that today's sites can cause, and which of them."""

    effect: SideEffect
    because: tuple[TreatedSite, ...]

    @property
    def key(self) -> str:
        """Its name among the parts that can be left out."""
        return f"effect:{self.effect.id}"

    @property
    def why(self) -> str:
        """For staff: ``because of: orbicularis oculi, patient’s left``."""
        if self.effect.muscles is None:
            return "can follow any injection"
        return f"because of: {'; '.join(dict.fromkeys(site.words for site in self.because))}"

    def choice(self, left_out: frozenset[str], *, fixed: bool = False) -> Choice:
        """The effect as a part to choose; a serious one stays."""
        stays = fixed or self.effect.serious
        title = text(TEXT, "en").part(self.effect.id).heading
        return Choice(self.key, f"Side effect: {title}", self.why, on=stays or self.key not in left_out, fixed=stays)

    def block(self, code: str) -> Paragraph:
        """The effect in the patient's words."""
        part = text(TEXT, code).part(self.effect.id)
        return Paragraph(" ".join(part.body), lead=f"{part.heading}.")


@cache
def side_effects() -> Mapping[str, SideEffect]:
    """Every rule by its id, in the order of the file. Raises ValueError naming the first row that is wrong."""
    raw = tomllib.loads((files("clinic.domain") / "data" / "side_effects.toml").read_text(encoding="utf-8"))
    found = {row["id"]: _effect(row, raw["sources"]) for row in raw["effects"]}
    if len(found) != len(raw["effects"]):
        raise ValueError("side_effects.toml: an id is there twice.")
    return MappingProxyType(found)


def effects_of(sites: Iterable[TreatedSite]) -> tuple[ChosenEffect, ...]:
    """The side effects that these sites can cause, none that they cannot."""
    given = tuple(sites)
    chosen = ((one, tuple(site for site in given if one.follows(site))) for one in side_effects().values())
    return tuple(ChosenEffect(one, because) for one, because in chosen if because)


def _effect(row: Mapping[str, Any], sources: Mapping[str, str]) -> SideEffect:
    if not row["sources"] or set(row["sources"]) - set(sources):
        raise ValueError(f"side_effects.toml, {row['id']}: every effect names sources of the file.")
    return SideEffect(
        id=row["id"],
        muscles=None if row["muscles"] == [ANY] else _muscles(row),
        serious=row["serious"],
        strength=Strength(row["strength"]),
        sources=tuple(sources[key] for key in row["sources"]),
    )


def _muscles(row: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for one in row["muscles"]:
        muscle, _, group = one.partition(":")
        if muscle not in MUSCLES or (group and group not in MUSCLES[muscle].groups):
            raise ValueError(f"side_effects.toml, {row['id']}: there is no {one!r} on the face.")
        found[muscle] = found.get(muscle, frozenset()) | ({group} if group else frozenset())
    return MappingProxyType(found)
