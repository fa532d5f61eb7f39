"""The clinic and what it decides for itself."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select

from clinic.domain import anatomy, inventory
from clinic.domain.actors import Permission
from clinic.domain.documents.texts import DEFAULT, languages
from clinic.domain.errors import Invalid, NotFound, Stale
from clinic.domain.events import Action, Event
from clinic.domain.quantities import QuantityError, parse_units
from clinic.domain.sign_in import SecondFactorRule
from clinic.models import Clinic, DosePreset
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork

PAPERS: Final = ("A4", "Letter")
FOOTER_MAXIMUM: Final = 300


def create_clinic(
    uow: UnitOfWork,
    *,
    name: str,
    time_zone: str,
    address: str = "",
    phone: str = "",
    is_demo: bool = False,
    second_factor: SecondFactorRule = SecondFactorRule.ADMINISTRATORS,
) -> int:
    """Create a clinic; only set-up does. Raises Invalid for an unknown time zone."""
    _check_zone(time_zone)
    clinic = Clinic(
        name=name,
        time_zone=time_zone,
        address=address,
        phone=phone,
        emergency_phone=phone,
        is_demo=is_demo,
        second_factor=second_factor.value,
        created_at=uow.now,
    )
    uow.session.add(clinic)
    uow.session.flush()  # The number of the clinic is the chain that the next events go to.
    uow.record(Event(Action.CLINIC_CREATED, f"clinic:{clinic.id}", new={"name": name}))
    return clinic.id


def change_clinic(uow: UnitOfWork, edit_version: int, **values: object) -> None:
    """Change settings of the actor's clinic. Raises Invalid beside a field, Stale when changed meanwhile."""
    require(uow, Permission.SETTINGS_MANAGE)
    clinic = uow.session.get_one(Clinic, uow.clinic_id)
    if clinic.edit_version != edit_version:
        raise Stale(
            "The settings were changed by somebody else meanwhile.", shown=edit_version, current=clinic.edit_version
        )
    if "time_zone" in values:
        _check_zone(str(values["time_zone"]))
    if "usual_doses" in values:
        usual_doses(str(values["usual_doses"]))
    _check_prints(values)
    old = {name: getattr(clinic, name) for name in values if getattr(clinic, name) != values[name]}
    if values.get("co_signature_expected") and not clinic.co_signature_expected:
        clinic.co_signature_from = uow.now  # What was signed before is not asked for all at once.
    for name, value in values.items():
        setattr(clinic, name, value)
    clinic.edit_version += 1
    uow.record(Event(Action.CLINIC_CHANGED, f"clinic:{clinic.id}", old=old, new={name: values[name] for name in old}))


def usual_doses(text: str) -> tuple[Decimal, ...]:
    """The doses of the brush, at most nine (keys 1 to 9). Raises Invalid."""
    try:
        doses = tuple(parse_units(part) for part in text.split())
    except QuantityError as error:
        raise Invalid({"usual_doses": str(error)}) from error
    if not 1 <= len(doses) <= 9:
        raise Invalid({"usual_doses": "Give one to nine doses, separated by blanks."})
    return doses


def accept_preset(
    uow: UnitOfWork, *, product: str, muscle: str, site_group: str | None, low: Decimal, high: Decimal, source: str
) -> str:
    """Enter a usual range that the prescriber stands for; it only ever gives a note, never a rule."""
    require(uow, Permission.PRESET_ACCEPT)
    inventory.product(product)
    if muscle not in anatomy.MUSCLES:
        raise Invalid({"muscle": "Choose a muscle from the list."})
    if high < low:
        raise Invalid({"per_site_high": "The upper end must not be below the lower."})
    same = select(DosePreset.id).where(
        DosePreset.product == product,
        DosePreset.muscle == muscle,
        DosePreset.site_group == site_group if site_group else DosePreset.site_group.is_(None),
        DosePreset.retired_at.is_(None),
    )
    if uow.session.scalar(same):
        raise Invalid({"muscle": "There is a preset for it already. Retire that one first."})
    preset = DosePreset(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        product=product,
        muscle=muscle,
        site_group=site_group,
        per_site_low=low,
        per_site_high=high,
        source=source,
        accepted_by=uow.actor.name,
        accepted_at=uow.now,
    )
    uow.session.add(preset)
    uow.record(Event(Action.PRESET_ACCEPTED, f"preset:{preset.id}", new={"muscle": muscle, "low": low, "high": high}))
    return preset.id


def retire_preset(uow: UnitOfWork, preset_id: str) -> None:
    """Stop using a preset; it stays in the record."""
    require(uow, Permission.PRESET_ACCEPT)
    preset = uow.session.get(DosePreset, {"clinic_id": uow.clinic_id, "id": preset_id})
    if preset is None or preset.retired_at is not None:
        raise NotFound
    preset.retired_at = uow.now
    uow.record(Event(Action.PRESET_RETIRED, f"preset:{preset.id}"))


def _check_prints(values: Mapping[str, object]) -> None:
    wrong: dict[str, str] = {}
    if values.get("paper", PAPERS[0]) not in PAPERS:
        wrong["paper"] = "Choose A4 or Letter."
    if values.get("language", DEFAULT) not in languages():
        wrong["language"] = "Choose a language from the list."
    if len(str(values.get("footer", ""))) > FOOTER_MAXIMUM:
        wrong["footer"] = f"At most {FOOTER_MAXIMUM} characters."
    if wrong:
        raise Invalid(wrong)


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid({"time_zone": "Choose a time zone such as Europe/Berlin or America/New_York."}) from error
