"""Reference data on the products as a page shows it, and what a mixture comes to. No database."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from clinic.domain import inventory
from clinic.domain.inventory import UseBy
from clinic.domain.products import Basis, Mix, Product, product_name, products
from clinic.domain.quantities import NBSP, format_millilitres, format_units

_SHOWN_DOSES = (Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its grounds; ``verified`` is false for what was only recalled."""

    text: str
    grounds: str
    verified: bool
    rule: str = ""


@dataclass(frozen=True, slots=True)
class MixRow:
    """One row of a dilution table in words."""

    vial: str
    volume: str
    per_tenth: str
    grounds: Statement


@dataclass(frozen=True, slots=True)
class ProductSheet:
    """One product as the reference page shows it."""

    key: str
    name: str
    vials: str
    ready: Statement | None
    keeping: Statement
    storage: Statement | None
    limits: tuple[Statement, ...]
    contraindications: tuple[Statement, ...]
    mixes: tuple[MixRow, ...]
    entry_check: str


@dataclass(frozen=True, slots=True)
class Mixture:
    """What a vial of so many units in so much comes to, before anything is saved."""

    contents: str
    per_tenth: str
    doses: tuple[tuple[str, str], ...]
    listed: Statement | None
    use_by: UseBy


def product_sheets() -> tuple[ProductSheet, ...]:
    """All known products, as the data file orders them."""
    return tuple(_sheet(item) for item in products().values())


def mixture(item: Product, labelled_units: Decimal, microlitres: int, use_by: UseBy) -> Mixture:
    """The resulting concentration with its grounds in the product's table. Raises Invalid (``diluent``)."""
    inventory.check_diluent(microlitres)
    strength = inventory.concentration(labelled_units, microlitres)
    listed = inventory.listed_mix(item, labelled_units, microlitres)
    return Mixture(
        contents=f"{format_units(labelled_units)} in {format_millilitres(microlitres)}",
        per_tenth=with_units(strength.per_tenth),
        doses=tuple((format_units(dose), format_millilitres(strength.volume_of(dose))) for dose in _SHOWN_DOSES),
        listed=_mix_grounds(listed) if listed else None,
        use_by=use_by,
    )


def with_units(number: str) -> str:
    """A rounded number of units, such as ``≈8.33``, with its unit."""
    return f"{number}{NBSP}{'unit' if number == '1' else 'units'}"


def _sheet(item: Product) -> ProductSheet:
    keeping, threshold = item.keeping, item.entry_threshold
    note = f" {keeping.note}" if keeping.note else ""
    ready = item.ready_fact
    per_ml = f"Ready to use, {format_units(item.ready_units_per_ml)} in 1{NBSP}mL" if item.ready_units_per_ml else ""
    return ProductSheet(
        key=item.key,
        name=product_name(item),
        vials=", ".join(format_units(size.units) for size in item.vials),
        ready=_statement(per_ml, ready.basis, ready.source) if ready else None,
        keeping=_statement(f"{keeping.hours} hours after mixing.{note}", keeping.basis, keeping.source),
        storage=_statement(item.storage.text, item.storage.basis, item.storage.source) if item.storage else None,
        limits=tuple(_statement(x.fact.text, x.fact.basis, x.fact.source, x.rule) for x in item.limits),
        contraindications=tuple(_statement(x.text, x.basis, x.source) for x in item.contraindications),
        mixes=tuple(_mix_row(size.units, mix) for size in item.vials for mix in size.mixes),
        entry_check=f"More than {format_units(threshold)} at one site is asked again." if threshold else "",
    )


def _statement(text: str, basis: Basis, source: str, rule: str = "") -> Statement:
    grounds = source if basis in (Basis.RECALLED, Basis.DERIVED) else f"{basis.label}: {source}"
    return Statement(text, f"{grounds[0].upper()}{grounds[1:]}", basis.verified, rule)


def _mix_grounds(mix: Mix) -> Statement:
    return _statement(mix.note, mix.basis, mix.source)


def _mix_row(units: Decimal, mix: Mix) -> MixRow:
    per_tenth = inventory.concentration(units, mix.microlitres).per_tenth
    return MixRow(format_units(units), format_millilitres(mix.microlitres), with_units(per_tenth), _mix_grounds(mix))
