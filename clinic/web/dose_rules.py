"""A clinic's own rules for the next dose of a muscle."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, Stale
from clinic.domain.events import Action, Event
from clinic.queries import dose_rules as query
from clinic.services import dose_rules
from clinic.web.forms.clinics import RetireForm
from clinic.web.forms.dose_rules import DoseRuleForm, SwitchForm
from clinic.web.saving import attempt
from clinic.web.security import current_actor, permission
from clinic.web.work import once, reading

blueprint = Blueprint("dose_rules", __name__, url_prefix="/dose-rules")
Page = str | Response | tuple[str, int]


@blueprint.route("", methods=["GET", "POST"])
@permission(Permission.RULES_MANAGE)
def index() -> Page:
    """The clinic's rules, and a form for a further one."""
    form = DoseRuleForm()
    outcome = attempt(form, lambda uow: dose_rules.write_rule(uow, form.rule))
    if outcome.saved:
        flash("The rule is written. It is off until a prescriber switches it on.")
        return redirect(url_for("dose_rules.index"))
    return _page(form, outcome.status)


@blueprint.get("/read")
@permission(Permission.PATIENT_READ)
def read() -> Page:
    """The clinic's rules, to read."""
    return _page(None, 200)


@blueprint.post("/<dose_rule_id>/switch")
@permission(Permission.RULES_MANAGE)
def switch(dose_rule_id: str) -> Page:
    """Switch a rule on or off."""
    form = SwitchForm()
    if not form.validate():
        raise Invalid(form.messages)
    on = form.on.data == "y"
    try:
        once(lambda uow: dose_rules.switch_rule(uow, dose_rule_id, on=on))
    except Stale as error:
        flash(error.message)
    else:
        flash(f"The rule is switched {'on: planning shows what it comes to' if on else 'off'}.")
    return redirect(url_for("dose_rules.index", _anchor="rules"))


@blueprint.post("/<dose_rule_id>/retire")
@permission(Permission.RULES_MANAGE)
def retire(dose_rule_id: str) -> Page:
    """Stop using a rule for good."""
    if attempt(RetireForm(), lambda uow: dose_rules.retire_rule(uow, dose_rule_id)).saved:
        flash("The rule is retired. It stays on record below.")
    return redirect(url_for("dose_rules.index", _anchor="rules"))


def _page(form: DoseRuleForm | None, status: int) -> Page:
    with reading() as uow:
        rules = query.dose_rules(uow)
        uow.record(Event(Action.SETTINGS_VIEWED, "dose rules"))
    return render_template("dose_rules/index.html", form=form, rules=rules, writing=current_actor().name), status
