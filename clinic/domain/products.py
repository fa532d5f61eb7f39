"""Botulinum toxin products, each fact with its source and its basis, as ``data/products.toml`` states them.

A fact that is only recalled is shown as unverified and is never the ground of a rule. Units belong to a product's
substance; nothing here converts them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from clinic.domain.errors import Invalid


class Basis(StrEnum):
    """How well a fact is grounded."""

    PUBLISHED = "published"
    SECONDARY = "secondary"
    DERIVED = "derived"
    RECALLED = "recalled"

    @property
    def verified(self) -> bool:
        """Whether somebody read it; a recalled fact is shown as unverified and carries no rule."""
        return self is not Basis.RECALLED

    @property
    def label(self) -> str:
        """The basis in words for a reader."""
        return {
            Basis.PUBLISHED: "read in the label or the maker's text",
            Basis.SECONDARY: "read in a page that quotes the label",
            Basis.DERIVED: "computed",
            Basis.RECALLED: "unverified",
        }[self]


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement about a product in words, its basis and its source."""

    text: str
    basis: Basis
    source: str

    @property
    def verified(self) -> bool:
        """Whether the statement was read somewhere."""
        return self.basis.verified


@dataclass(frozen=True, slots=True)
class Limit:
    """A dose limit as stated; ``rule`` is the code of the safety check that reads it, "" for a statement only."""

    fact: Fact
    substance: str
    rule: str = ""
    units: Decimal = Decimal(0)
    months: int = 0
    days: int = 0
    muscle: str = ""


@dataclass(frozen=True, slots=True)
class Mix:
    """A diluent volume (microlitres) that the product's information gives for one vial size."""

    microlitres: int
    basis: Basis
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class VialSize:
    """A vial by its labelled units, with its dilution table (empty when none is known)."""

    units: Decimal
    mixes: tuple[Mix, ...]


@dataclass(frozen=True, slots=True)
class KeepingTime:
    """Hours that a product keeps once mixed."""

    hours: int
    basis: Basis
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """A botulinum toxin product. ``generic`` is the substance; ``official_name`` carries the FDA suffix, if any."""

    key: str
    brand: str
    generic: str
    official_name: str
    vials: tuple[VialSize, ...]
    keeping: KeepingTime
    storage: Fact | None
    limits: tuple[Limit, ...]
    contraindications: tuple[Fact, ...]
    entry_threshold: Decimal | None = None
    entry_threshold_source: str = ""
    ready_units_per_ml: Decimal | None = None
    ready_fact: Fact | None = None

    @property
    def ready_to_use(self) -> bool:
        """Whether it comes as a solution that needs no mixing."""
        return self.ready_units_per_ml is not None


def products() -> Mapping[str, Product]:
    """All known products by key, in the order of the data file."""
    return _load()


def product(key: str) -> Product:
    """The product of a key. Raises Invalid for an unknown one."""
    try:
        return _load()[key]
    except KeyError:
        raise Invalid({"product": "Choose a product from the list."}) from None


def product_name(item: Product | str) -> str:
    """Generic first, then brand: ``onabotulinumtoxinA (Botox)``; a name unknown here (given elsewhere) as it stands."""
    known = _load().get(item) if isinstance(item, str) else item
    return f"{known.official_name} ({known.brand})" if known else str(item)


def substance(item: Product | str) -> str:
    """The generic name whose units may be added up; an unknown product is a substance of its own."""
    known = _load().get(item) if isinstance(item, str) else item
    return known.generic if known else str(item)


def rule_limit(rule: str) -> Limit:
    """The one stated limit that a safety check reads. Raises KeyError when no product states it."""
    return _rule_limits()[rule]


@cache
def _load() -> Mapping[str, Product]:
    text = (files("clinic.domain") / "data" / "products.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text, parse_float=Decimal)
    sources: dict[str, str] = raw["sources"]
    common = _facts(raw["common"]["contraindications"], sources)
    return MappingProxyType({key: _product(key, row, sources, common) for key, row in raw["products"].items()})


@cache
def _rule_limits() -> Mapping[str, Limit]:
    stated = [limit for item in _load().values() for limit in item.limits if limit.rule]
    unverified = [limit.rule for limit in stated if not limit.fact.verified]
    if unverified or len({limit.rule for limit in stated}) != len(stated):
        raise ValueError(f"A rule needs exactly one verified limit: {[limit.rule for limit in stated]}, {unverified}.")
    return MappingProxyType({limit.rule: limit for limit in stated})


def _product(key: str, row: Any, sources: Mapping[str, str], common: tuple[Fact, ...]) -> Product:
    threshold, ready, storage = row.get("entry_threshold"), row.get("ready_to_use"), row.get("storage")
    keeping = row["use_by"]
    return Product(
        key=key,
        brand=row["brand"],
        generic=row["generic"],
        official_name=row["official_name"],
        vials=tuple(_vial(vial, sources) for vial in row["vials"]),
        keeping=KeepingTime(keeping["hours"], *_grounds(keeping, sources), keeping.get("note", "")),
        storage=_fact(storage, sources) if storage else None,
        limits=tuple(_limit(limit, row["generic"], sources) for limit in row.get("limits", ())),
        contraindications=common + _facts(row.get("contraindications", ()), sources),
        entry_threshold=Decimal(threshold["units"]) if threshold else None,
        entry_threshold_source=sources[threshold["source"]] if threshold else "",
        ready_units_per_ml=Decimal(ready["units_per_ml"]) if ready else None,
        ready_fact=_fact({"text": "Concentration of the solution", **ready}, sources) if ready else None,
    )


def _vial(row: Any, sources: Mapping[str, str]) -> VialSize:
    mixes = (Mix(int(Decimal(mix["ml"]) * 1000), *_grounds(mix, sources), mix.get("note", "")) for mix in row["mixes"])
    return VialSize(Decimal(row["units"]), tuple(mixes))


def _limit(row: Any, generic: str, sources: Mapping[str, str]) -> Limit:
    return Limit(
        fact=_fact(row, sources),
        substance=generic,
        rule=row.get("rule", ""),
        units=Decimal(row.get("units", 0)),
        months=row.get("months", 0),
        days=row.get("days", 0),
        muscle=row.get("muscle", ""),
    )


def _facts(rows: Any, sources: Mapping[str, str]) -> tuple[Fact, ...]:
    return tuple(_fact(row, sources) for row in rows)


def _fact(row: Any, sources: Mapping[str, str]) -> Fact:
    return Fact(row["text"], *_grounds(row, sources))


def _grounds(row: Any, sources: Mapping[str, str]) -> tuple[Basis, str]:
    return Basis(row["basis"]), sources[row["source"]]
