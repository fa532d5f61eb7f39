"""The clinic's own wording of licensed questionnaires, in its settings."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from clinic.domain import assessments
from clinic.domain.actors import Permission
from clinic.domain.assessments.base import Instrument
from clinic.domain.errors import NotFound
from clinic.domain.events import Action, Event
from clinic.queries import instrument_wordings as query
from clinic.services import instrument_wordings
from clinic.web.forms.instrument_wordings import RetireForm, questions, wording_form
from clinic.web.saving import attempt, shown_version
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("instrument_wordings", __name__, url_prefix="/settings/questionnaires")
Page = str | Response | tuple[str, int]


@blueprint.get("/")
@permission(Permission.SETTINGS_MANAGE)
def index() -> Page:
    """Which licensed questionnaires have their wording."""
    with reading() as uow:
        rows = query.licensed_instruments(uow)
        uow.record(Event(Action.SETTINGS_VIEWED, "questionnaires"))
    return render_template("instrument_wordings/index.html", rows=rows)


@blueprint.route("/<questionnaire>", methods=["GET", "POST"])
@permission(Permission.SETTINGS_MANAGE)
def edit(questionnaire: str) -> Page:
    """Paste or correct one questionnaire's wording."""
    one = _licensed(questionnaire)
    now = _wording(one)
    form = wording_form(one, now)
    outcome = attempt(
        form,
        lambda uow: instrument_wordings.accept_wording(uow, one.key, form.entry(one), shown_version()),
    )
    if outcome.saved:
        flash(f"The wording of {one.short_title} is in use: patients can be given it.")
        return redirect(url_for("instrument_wordings.index"))
    version = outcome.version(now.mark if now else 0)
    page = render_template(
        "instrument_wordings/edit.html",
        form=form,
        instrument=one,
        wording=now,
        version=version,
        questions=questions(one, form),
        stale=outcome.status == 409,
    )
    return page, outcome.status


@blueprint.post("/<questionnaire>/retire")
@permission(Permission.SETTINGS_MANAGE)
def retire(questionnaire: str) -> Page:
    """Stop using one questionnaire's wording."""
    one = _licensed(questionnaire)
    outcome = attempt(RetireForm(), lambda uow: instrument_wordings.retire_wording(uow, one.key, shown_version()))
    if outcome.saved:
        flash(f"The wording of {one.short_title} is taken out. Its numbers can still be entered from paper.")
    else:
        flash("Nothing was changed: the wording was changed by somebody else meanwhile. Look at it again.")
    return redirect(url_for("instrument_wordings.index"))


def _licensed(key: str) -> Instrument:
    one = assessments.instrument(key)
    if not one.licensed:
        raise NotFound
    return one


def _wording(one: Instrument) -> query.Wording | None:
    with reading() as uow:
        found = query.wordings(uow).get(one.key)
        uow.record(Event(Action.SETTINGS_VIEWED, f"questionnaire:{one.key}"))
    return found
