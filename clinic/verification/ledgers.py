"""Vial ledgers: opened once with the label's units, never below zero, and given exactly as the sites say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from clinic.domain.inventory import EntryKind
from clinic.domain.quantities import format_units
from clinic.domain.visits import Disposition, VisitState
from clinic.models import InjectionSite, Syringe, Vial, VialEntry, Visit, VisitVoid
from clinic.services.accounts import system_actor
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification.chains import UNREADABLE
from clinic.verification.report import Problem

Drawn = dict[tuple[str, str], Decimal]


def check(work: Work, clinic_id: int, counts: Counter[str]) -> Iterator[Problem]:
    """Name every vial whose ledger cannot be, and every visit whose sites and ledger differ."""
    with work.reading(system_actor(clinic_id)) as uow:
        try:
            found = [*_vials(uow, counts), *_visits(uow)]
        except UNREADABLE:
            found = [Problem(f"ledgers of clinic {clinic_id}", "a row cannot be read; it was changed")]
    yield from found


def _vials(uow: UnitOfWork, counts: Counter[str]) -> Iterator[Problem]:
    sums: dict[str, dict[EntryKind, Decimal]] = defaultdict(dict)
    opened: Counter[str] = Counter()
    rows = select(VialEntry.vial_id, VialEntry.kind, func.sum(VialEntry.units), func.count())
    for vial_id, kind, units, lines in uow.session.execute(rows.group_by(VialEntry.vial_id, VialEntry.kind)):
        sums[vial_id][kind] = units
        if kind is EntryKind.OPENED:
            opened[vial_id] = lines
    about = (Vial.id, Vial.label, Vial.labelled_units, Vial.discarded_at, Vial.is_spent)
    for vial_id, label, labelled, discarded_at, is_spent in uow.session.execute(select(*about).order_by(Vial.label)):
        counts["vials"] += 1
        for what in _wrong(sums[vial_id], opened[vial_id], labelled, is_discarded=discarded_at is not None):
            yield Problem(f"vial {label} ({vial_id})", what)
        if is_spent and (left := sum(sums[vial_id].values(), Decimal(0))):
            yield Problem(f"vial {label} ({vial_id})", f"is marked as spent, but its ledger holds {format_units(left)}")


def _wrong(sums: dict[EntryKind, Decimal], opened: int, labelled: Decimal, *, is_discarded: bool) -> Iterator[str]:
    left = sum(sums.values(), Decimal(0))
    if opened != 1 or sums[EntryKind.OPENED] != labelled:
        yield f"was not opened once with the {format_units(labelled)} of its label"
    if left < 0:
        yield f"more was taken than it held: {format_units(-left)}"
    if left > labelled:
        yield f"holds {format_units(left)}, more than its label says"
    if is_discarded and left != 0:
        yield f"was discarded, but its ledger still holds {format_units(left)}"
    given = -(sums.get(EntryKind.GIVEN, Decimal(0)) + sums.get(EntryKind.RETURNED, Decimal(0)))
    if given < 0:
        yield "more came back than was given"


def _visits(uow: UnitOfWork) -> Iterator[Problem]:
    """A visit in force has drawn what its given sites hold; one that is not in force has drawn nothing."""
    ledger, idle = _drawn(uow), _not_in_force(uow)
    sites = {key: units for key, units in _sites(uow).items() if key[0] not in idle}
    for visit_id, vial_id in sorted(ledger.keys() | sites.keys()):
        drawn, given = ledger.get((visit_id, vial_id), Decimal(0)), sites.get((visit_id, vial_id), Decimal(0))
        if drawn != given:
            what = f"its ledger says {drawn.normalize():f} units for visit {visit_id}, the sites {given.normalize():f}"
            yield Problem(f"vial {vial_id}", what)


def _drawn(uow: UnitOfWork) -> Drawn:
    rows = (
        select(VialEntry.visit_id, VialEntry.vial_id, func.sum(VialEntry.units))
        .where(VialEntry.kind.in_([EntryKind.GIVEN, EntryKind.RETURNED]), VialEntry.visit_id.is_not(None))
        .group_by(VialEntry.visit_id, VialEntry.vial_id)
    )
    return {(str(visit_id), vial_id): -units for visit_id, vial_id, units in uow.session.execute(rows)}


def _sites(uow: UnitOfWork) -> Drawn:
    same: Any = (Syringe.clinic_id == InjectionSite.clinic_id) & (Syringe.id == InjectionSite.syringe_id)
    rows = (
        select(InjectionSite.visit_id, Syringe.vial_id, func.sum(InjectionSite.units))
        .join(Syringe, same)
        .where(InjectionSite.given_at.is_not(None))
        .group_by(InjectionSite.visit_id, Syringe.vial_id)
    )
    return {(visit_id, vial_id): units for visit_id, vial_id, units in uow.session.execute(rows)}


def _not_in_force(uow: UnitOfWork) -> set[str]:
    newer = aliased(Visit)
    void = select(VisitVoid.visit_id).where(VisitVoid.disposition == Disposition.NOT_GIVEN)
    replaced = select(newer.amends_id).where(newer.state == VisitState.SIGNED, newer.amends_id.is_not(None))
    # An amendment moves the units when it is signed; until then the version it replaces holds them.
    pending = select(Visit.id).where(Visit.amends_id.is_not(None), Visit.state != VisitState.SIGNED)
    return {str(one) for query in (void, replaced, pending) for one in uow.session.scalars(query)}
