"""The demo's cupboard: lots as they come in, a vial for each session, and what is thrown away at the end of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial

from clinic.demo.stage import Stage
from clinic.models import Lot
from clinic.queries import inventory as query
from clinic.services import inventory, lots, stock_levels

SALINE = "0.9 % sodium chloride, preservative-free"
MIXED: Mapping[str, tuple[str, int]] = {"botox": ("100", 4000), "xeomin": ("50", 1250), "dysport": ("300", 1500)}
"""Labelled units and microlitres of diluent by product: rows of the products' dilution tables."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A lot that comes in on a day of the story and expires at the end of the month of another.

    Vials were not counted when the clinic began; "" says so.
    """

    product: str
    number: str
    received: str
    expires: str
    in_use: bool = True
    vials: str = ""


DELIVERIES = (
    Delivery("botox", "C7412A1", "2024-03-18", "2026-06-15"),
    Delivery("botox", "C7655B2", "2024-12-02", "2027-01-15"),
    Delivery("botox", "C7903C3", "2025-09-15", "2027-10-15"),
    Delivery("botox", "C8120D4", "2026-06-08", "2028-07-15", vials="40"),
    Delivery("botox", "C8121D4", "2026-06-08", "2028-07-15", in_use=False, vials="10"),
    Delivery("botox", "C7990A7", "2026-03-02", "2026-12-10", in_use=False, vials="6"),
    Delivery("xeomin", "X241104", "2024-03-18", "2026-08-15"),
    Delivery("xeomin", "X260377", "2026-02-09", "2028-02-15", vials="12"),
    Delivery("dysport", "D33917", "2024-03-18", "2027-05-15"),
)
RECALLED = "C7655B2"
LEAST: Mapping[str, str] = {"botox": "30", "xeomin": "4"}
"""Unopened vials that the demo clinic wants to have: of the first it has fewer."""
SUPPLIER = "Northgate Medical Supply (invented)"


@dataclass
class Cupboard:
    """The lots and open vials of one clinic."""

    stage: Stage
    lot_ids: dict[str, str] = field(default_factory=dict)
    in_use: dict[str, str] = field(default_factory=dict)

    def expect(self, deliveries: Sequence[Delivery]) -> None:
        """Put the deliveries on the timeline."""
        for delivery in deliveries:
            self.stage.at(self.stage.day(delivery.received), "08:00", partial(self.receive, delivery))

    def receive(self, delivery: Delivery) -> None:
        """Enter a lot; sessions use the lot that came last, unless it is kept aside."""
        expires = f"{self.stage.day(delivery.expires):%m/%Y}"
        with self.stage.writing("assistant") as uow:
            lot_id = lots.add(
                uow,
                product=delivery.product,
                number=delivery.number,
                expires_on=expires,
                supplier=SUPPLIER,
                received=delivery.vials,
            )
        self.lot_ids[delivery.number] = lot_id
        if delivery.in_use:
            self.in_use[delivery.product] = lot_id

    def open(self, product: str, *, lot: str = "", kept: bool = False) -> str:
        """Mix a vial now and give its id; unless kept, or opened today, it is thrown away in the evening."""
        stage, (units, microlitres) = self.stage, MIXED[product]
        with stage.writing("assistant") as uow:
            vial_id = inventory.open_vial(
                uow,
                self.lot_ids[lot] if lot else self.in_use[product],
                labelled_units=Decimal(units),
                diluent=SALINE,
                microlitres=microlitres,
                mixed_at=uow.now,
                mixed_by=uow.actor.name,
            )
        if not kept and stage.on() < stage.today:
            stage.at(stage.on(), "17:30", partial(self.throw_away, vial_id, "End of the day; one patient's vial."))
        return vial_id

    def throw_away(self, vial_id: str, reason: str) -> None:
        """Discard a vial, unless somebody has."""
        with self.stage.reading("assistant") as uow:
            gone = query.vial(uow, vial_id).discarded
        if not gone:
            with self.stage.writing("assistant") as uow:
                inventory.discard(uow, vial_id, reason)

    def set_levels(self) -> None:
        """Say how many unopened vials there should be."""
        for product, vials in LEAST.items():
            with self.stage.writing("assistant") as uow:
                stock_levels.set_minimum(uow, product, 0, vials)

    def recall(self, number: str, reason: str) -> None:
        """Mark a lot as recalled."""
        with self.stage.writing("prescriber") as uow:
            version = uow.session.get_one(Lot, (uow.clinic_id, self.lot_ids[number])).edit_version
            lots.recall(uow, self.lot_ids[number], version, reason)

    def schedule_recall(self, on: date) -> None:
        """The recall of the stories' one bad lot."""
        reason = "Maker's letter: temperature excursion in transport; no harm reported (invented)."
        self.stage.at(on, "11:00", partial(self.recall, RECALLED, reason))
