"""What the clinic decided for itself, as its pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from clinic.domain import anatomy
from clinic.domain.products import product_name
from clinic.models import Clinic, DosePreset
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ClinicSettings:
    """The clinic's own settings."""

    edit_version: int
    name: str
    address: str
    phone: str
    emergency_phone: str
    time_zone: str
    dose_step: Decimal
    usual_doses: str
    review_interval_days: int
    vial_sharing_needs_reason: bool
    co_signature_expected: bool
    time_out_typed: bool
    paper: str
    footer: str
    language: str

    @property
    def time_out_by(self) -> str:
        """How the time-out identifies the patient, as the settings' form names it."""
        return "typed" if self.time_out_typed else "read aloud"


@dataclass(frozen=True, slots=True)
class PresetRow:
    """A usual range that a prescriber stands for."""

    id: str
    product_name: str
    place: str
    low: Decimal
    high: Decimal
    source: str
    accepted_by: str
    accepted_at: datetime
    retired_at: datetime | None


def settings(uow: UnitOfWork) -> ClinicSettings:
    """The settings of the actor's clinic. One statement."""
    row = uow.session.execute(
        select(
            Clinic.edit_version,
            Clinic.name,
            Clinic.address,
            Clinic.phone,
            Clinic.emergency_phone,
            Clinic.time_zone,
            Clinic.dose_step,
            Clinic.usual_doses,
            Clinic.review_interval_days,
            Clinic.vial_sharing_needs_reason,
            Clinic.co_signature_expected,
            Clinic.time_out_typed,
            Clinic.paper,
            Clinic.footer,
            Clinic.language,
        ).where(Clinic.id == uow.clinic_id)
    ).one()
    return ClinicSettings(**row._asdict())


def presets(uow: UnitOfWork) -> tuple[PresetRow, ...]:
    """The clinic's presets, those in use first. One statement."""
    rows = uow.session.execute(
        select(
            DosePreset.id,
            DosePreset.product,
            DosePreset.muscle,
            DosePreset.site_group,
            DosePreset.per_site_low,
            DosePreset.per_site_high,
            DosePreset.source,
            DosePreset.accepted_by,
            DosePreset.accepted_at,
            DosePreset.retired_at,
        )
    )
    found = [
        PresetRow(
            row.id,
            product_name(row.product),
            place(row.muscle, row.site_group),
            row.per_site_low,
            row.per_site_high,
            row.source,
            row.accepted_by,
            row.accepted_at,
            row.retired_at,
        )
        for row in rows
    ]
    return tuple(
        sorted(found, key=lambda row: (row.retired_at is not None, row.product_name, row.place, row.accepted_at))
    )


def place(muscle: str, group: str | None) -> str:
    """A muscle, or a group of its sites, in words."""
    name = anatomy.muscle_label(muscle)
    return f"{name}: {anatomy.group_label(muscle, group)}" if group else name


def places() -> tuple[tuple[str, str], ...]:
    """Every muscle and group that a preset can be for, as (``muscle`` or ``muscle/group``, words)."""
    found: list[tuple[str, str]] = []
    for key, muscle in anatomy.MUSCLES.items():
        if muscle.is_muscle:
            found.append((key, place(key, None)))
            found += [(f"{key}/{group}", place(key, group)) for group in muscle.groups]
    return tuple(found)
