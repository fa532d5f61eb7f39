"""The rules that planning uses, with their sources; a clinic can switch one off."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.errors import NotFound
from clinic.domain.events import Action, Event
from clinic.domain.planning_examples import example_lines
from clinic.domain.planning_rule_words import then_lines, when_lines
from clinic.domain.planning_rules import rules
from clinic.queries.planning_rules import rule_history, rule_lines
from clinic.services import planning_rules
from clinic.web.forms.injections import EmptyForm
from clinic.web.forms.planning_rules import SwitchOffForm
from clinic.web.saving import Attempt, attempt
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("planning_rules", __name__, url_prefix="/planning-rules")
Page = str | Response | tuple[str, int]


@blueprint.record
def _read_rules(_state: BlueprintSetupState) -> None:
    # A wrong word in a file of rules stops the start, and not the first plan page of the day.
    rules()


@blueprint.get("/")
@permission(Permission.PATIENT_READ)
def index() -> Page:
    """Every rule by kind, with its state in this clinic."""
    with reading() as uow:
        kinds = rule_lines(uow)
        uow.record(Event(Action.SETTINGS_VIEWED, "planning_rules"))
    return render_template("planning_rules/index.html", kinds=kinds)


@blueprint.get("/<rule>")
@permission(Permission.PATIENT_READ)
def show(rule: str) -> Page:
    """Why a rule says what it says."""
    return _page(rule, SwitchOffForm(), Attempt(200))


@blueprint.post("/<rule>/off")
@permission(Permission.RULES_MANAGE)
def switch_off(rule: str) -> Page:
    """Switch a rule off for this clinic, with a reason."""
    form = SwitchOffForm()
    if rule not in rules():
        raise NotFound
    done = attempt(form, lambda uow: planning_rules.switch_off(uow, rule, form.reason.data or ""))
    if not done.saved:
        return _page(rule, form, done)
    flash("The rule is off: planning does not use it any more, and says so on its pages.")
    return redirect(url_for("planning_rules.show", rule=rule))


@blueprint.post("/<rule>/on")
@permission(Permission.RULES_MANAGE)
def switch_on(rule: str) -> Page:
    """Switch a rule on again."""
    form = EmptyForm()
    done = attempt(form, lambda uow: planning_rules.switch_on(uow, rule))
    if not done.saved:
        return _page(rule, SwitchOffForm(formdata=None), done, " ".join(form.form_errors))
    flash("The rule is on again.")
    return redirect(url_for("planning_rules.show", rule=rule))


def _page(rule_id: str, form: SwitchOffForm, done: Attempt, refused: str = "") -> Page:
    rule = rules().get(rule_id)
    if rule is None:
        raise NotFound
    with reading() as uow:
        history = rule_history(uow, rule_id)
        uow.record(Event(Action.SETTINGS_VIEWED, f"planning_rule:{rule_id}"))
    off = next((one for one in history if one.restored_at is None), None)
    page = render_template(
        "planning_rules/show.html",
        rule=rule,
        when=when_lines(rule),
        then=then_lines(rule),
        off=off,
        history=history,
        form=form,
        examples=[(one, example_lines(one.facts)) for one in rule.examples],
        refused=refused,
    )
    return page, done.status
