"""Bringing sites into a draft: an earlier session repeated, and a person's own patterns saved, laid and retired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, Stale, WrongStep
from clinic.domain.events import Action, Event
from clinic.queries.earlier_sessions import earlier_session
from clinic.services import patterns, repeats
from clinic.unit_of_work import UnitOfWork
from clinic.web.errors import STATUS, wants_json
from clinic.web.forms.base import StrictForm
from clinic.web.forms.injections import EmptyForm
from clinic.web.forms.repeats import LayForm, PatternForm, RepeatForm
from clinic.web.injections import change
from clinic.web.saving import shown_version
from clinic.web.security import permission
from clinic.web.visits import draft_page
from clinic.web.work import reading

blueprint = Blueprint("repeats", __name__, url_prefix="/visits/<visit_id>")
Page = str | Response | tuple[str, int]


@blueprint.get("/earlier/<source_id>")
@permission(Permission.VISIT_READ)
def earlier(visit_id: str, source_id: str) -> Response:
    """An earlier session site by site."""
    with reading() as uow:
        found = earlier_session(uow, visit_id, source_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{source_id}", found.patient_id))
    shown = asdict(found)
    return jsonify({name: shown[name] for name in ("id", "on_text", "products", "sites")})


@blueprint.post("/repeat")
@permission(Permission.INJECTION_CHART)
def repeat(visit_id: str) -> Page:
    """Bring the sites of an earlier session, or some of them."""
    form = RepeatForm()

    def run(uow: UnitOfWork) -> object:
        sites = tuple(form.site.data or ())
        return repeats.repeat(uow, visit_id, shown_version(), form.source.data or "", site_ids=sites, **_manner(form))

    return _bring(visit_id, form, run, {"repeat_form": form})


@blueprint.post("/patterns")
@permission(Permission.VISIT_READ)
def save_pattern(visit_id: str) -> Page:
    """Save the sites of a visit as a pattern of one's own."""
    form = PatternForm()
    return _bring(
        visit_id,
        form,
        lambda uow: patterns.save_pattern(uow, visit_id, form.name.data or ""),
        {"pattern_form": form},
    )


@blueprint.post("/patterns/<pattern_id>/lay")
@permission(Permission.INJECTION_CHART)
def lay_pattern(visit_id: str, pattern_id: str) -> Page:
    """Bring the sites of one of one's own patterns."""
    form = LayForm()
    return _bring(
        visit_id,
        form,
        lambda uow: patterns.lay_pattern(uow, visit_id, shown_version(), pattern_id, **_manner(form)),
        {"lay_form": form, "laid_id": pattern_id},
    )


@blueprint.post("/patterns/<pattern_id>/retire")
@permission(Permission.VISIT_READ)
def retire_pattern(visit_id: str, pattern_id: str) -> Page:
    """Stop offering one of one's own patterns."""
    return change(visit_id, EmptyForm(), lambda uow: patterns.retire_pattern(uow, visit_id, pattern_id), "repeat")


def _manner(form: Any) -> dict[str, Any]:
    return {
        "syringe_id": form.syringe_id.data or None,
        "other_side": form.other_side.data == "y",
        "without_doses": form.without_doses.data == "y",
    }


def _bring(visit_id: str, form: StrictForm, run: Callable[[UnitOfWork], object], shown: dict[str, object]) -> Page:
    """Run the change; a plain form that is refused is shown again on its page, with the words and what was chosen."""
    try:
        return change(visit_id, form, run, "sites" if "pattern_form" not in shown else "repeat")
    except (Invalid, Stale, WrongStep) as error:
        if wants_json():
            raise
        if not isinstance(error, Invalid):
            form.form_errors.append(error.message)
        elif not form.errors:
            form.refuse(error)
        page = draft_page(visit_id, STATUS[type(error)], **shown)
        if isinstance(page, tuple):
            return page
        raise  # A signed visit has no page with this form.
