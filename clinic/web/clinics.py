"""The clinic's settings and its presets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.events import Action, Event
from clinic.domain.quantities import format_number
from clinic.queries import clinics as query
from clinic.queries.logos import logo_about
from clinic.services import clinics
from clinic.unit_of_work import UnitOfWork
from clinic.web.forms.clinics import LogoForm, PresetForm, RetireForm, SettingsForm
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import current_actor, permission
from clinic.web.work import reading

blueprint = Blueprint("clinics", __name__)
Page = str | Response | tuple[str, int]


@blueprint.route("/settings", methods=["GET", "POST"])
@permission(Permission.SETTINGS_MANAGE)
def settings() -> Page:
    """The clinic's settings."""
    form = _settings_form(_settings())
    outcome = attempt(form, lambda uow: clinics.change_clinic(uow, shown_version(), **_values(form)))
    if outcome.saved:
        flash("The settings are saved. They hold from now on; signed records keep what they were signed with.")
        return redirect(url_for("clinics.settings"))
    return settings_page(form, outcome, LogoForm(formdata=None))


def settings_page(form: SettingsForm | None, outcome: Attempt, logo_form: LogoForm) -> Page:
    """The page of the settings, after a save of theirs or of the logo that was refused."""
    with reading() as uow:
        now, logo = query.settings(uow), logo_about(uow)
        uow.record(Event(Action.SETTINGS_VIEWED, "settings"))
    form = form or _settings_form(now, formdata=None)
    shown = {"form": form, "logo_form": logo_form, "logo": logo, "version": outcome.version(now.edit_version)}
    return render_template(
        "clinics/settings.html", **shown, stale=_differing(form, now, outcome.status)
    ), outcome.status


def _settings() -> query.ClinicSettings:
    with reading() as uow:
        found = query.settings(uow)
        uow.record(Event(Action.SETTINGS_VIEWED, "settings"))
    return found


def _settings_form(found: query.ClinicSettings, **options: Any) -> SettingsForm:
    return SettingsForm(
        **options,
        name=found.name,
        address=found.address,
        phone=found.phone,
        emergency_phone=found.emergency_phone,
        time_zone=found.time_zone,
        dose_step=format_number(found.dose_step),
        usual_doses=found.usual_doses,
        review_interval_days=str(found.review_interval_days),
        vial_sharing_needs_reason=found.vial_sharing_needs_reason,
        co_signature_expected=found.co_signature_expected,
        time_out_by=found.time_out_by,
        paper=found.paper,
        footer=found.footer,
        language=found.language,
    )


def _values(form: SettingsForm) -> dict[str, object]:
    texts = ("name", "address", "phone", "emergency_phone", "time_zone", "usual_doses", "paper", "footer", "language")
    values: dict[str, object] = {name: (form[name].data or "").strip() for name in texts}
    values["dose_step"] = form.dose_step.units
    values["review_interval_days"] = int(form.review_interval_days.data)
    values["vial_sharing_needs_reason"] = form.vial_sharing_needs_reason.data
    values["co_signature_expected"] = form.co_signature_expected.data
    values["time_out_typed"] = form.time_out_by.data == "typed"
    return values


def _differing(form: SettingsForm, now: query.ClinicSettings, status: int) -> list[tuple[str, str]]:
    """What stands on record where a stale form says something else, as (label, value)."""
    if status != 409:
        return []
    pairs = ((form[name], str(value or "no")) for name, value in _plain(now).items())
    return [(field.label.text, shown) for field, shown in pairs if str(field.data or "no").strip() != shown]


def _plain(now: query.ClinicSettings) -> dict[str, object]:
    return {
        "name": now.name,
        "address": now.address,
        "phone": now.phone,
        "emergency_phone": now.emergency_phone,
        "time_zone": now.time_zone,
        "dose_step": format_number(now.dose_step),
        "usual_doses": now.usual_doses,
        "review_interval_days": now.review_interval_days,
        "vial_sharing_needs_reason": now.vial_sharing_needs_reason,
        "co_signature_expected": now.co_signature_expected,
        "time_out_by": now.time_out_by,
        "paper": now.paper,
        "footer": now.footer,
        "language": now.language,
    }


@blueprint.route("/presets", methods=["GET", "POST"])
@permission(Permission.PRESET_ACCEPT)
def presets() -> Page:
    """The clinic's usual ranges, each entered and accepted by a prescriber."""
    form = PresetForm()
    outcome = attempt(form, lambda uow: _accept(uow, form))
    if outcome.saved:
        flash("The preset is in use. Doses outside it are noted on the chart.")
        return redirect(url_for("clinics.presets"))
    with reading() as uow:
        rows = query.presets(uow)
        uow.record(Event(Action.SETTINGS_VIEWED, "presets"))
    page = render_template("clinics/presets.html", form=form, presets=rows, accepting=current_actor().name)
    return page, outcome.status


def _accept(uow: UnitOfWork, form: PresetForm) -> str:
    muscle, _, group = form.muscle.data.partition("/")
    return clinics.accept_preset(
        uow,
        product=form.product.data,
        muscle=muscle,
        site_group=group or None,
        low=form.per_site_low.units or Decimal(0),
        high=form.per_site_high.units or Decimal(0),
        source=form.source.data.strip(),
    )


@blueprint.post("/presets/<preset_id>/retire")
@permission(Permission.PRESET_ACCEPT)
def retire_preset(preset_id: str) -> Page:
    """Stop using a preset."""
    if attempt(RetireForm(), lambda uow: clinics.retire_preset(uow, preset_id)).saved:
        flash("The preset is retired. It stays on record below.")
    return redirect(url_for("clinics.presets"))
