"""Charting: each change is one small post, answered with the chart's state as JSON or by going back to the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, g, jsonify, redirect, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.anatomy import Side
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.injections import Answer, Depth, Purpose, Question
from clinic.domain.site_entries import SiteEntry
from clinic.queries import charts
from clinic.services import giving, injection_sites, injections, site_changes
from clinic.services.injections import AnswerEntry
from clinic.unit_of_work import UnitOfWork
from clinic.web.errors import wants_json
from clinic.web.forms.base import StrictForm
from clinic.web.forms.injections import (
    AnswersForm,
    ConsentForm,
    DetailsForm,
    DrawForm,
    EmptyForm,
    OverrideForm,
    SiteForm,
    SitesForm,
    TouchUpForm,
    VialForm,
    local_moment,
)
from clinic.web.saving import shown_version
from clinic.web.security import permission
from clinic.web.work import once, once_as_text, reading

blueprint = Blueprint("injections", __name__, url_prefix="/visits/<visit_id>")
Page = str | Response | tuple[str, int]


def change(visit_id: str, form: StrictForm, run: Callable[[UnitOfWork], object], anchor: str = "") -> Response:
    """Run one change of a draft once; a refusal is an error answer that changed nothing."""
    if not form.validate():
        raise Invalid(form.messages)

    def changed(uow: UnitOfWork) -> dict[str, Any]:
        run(uow)
        if not wants_json():
            return {}
        uow.session.flush()  # The answer shows what was just written.
        return charts.after_change(uow, visit_id)

    answer = once_as_text(changed)
    if wants_json():
        return current_app.response_class(answer, mimetype="application/json")
    return redirect(url_for("visits.show", visit_id=visit_id, _anchor=anchor or None))


@blueprint.get("/chart.json")
@permission(Permission.VISIT_READ)
def state(visit_id: str) -> Response:
    """The chart as it stands."""
    with reading() as uow:
        patient_id, found = charts.standing(uow, visit_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", patient_id))
    return jsonify(found)


@blueprint.post("/sites")
@permission(Permission.INJECTION_CHART)
def save_site(visit_id: str) -> Response:
    """Chart a new site or change one."""
    form = SiteForm()
    return change(
        visit_id,
        form,
        lambda uow: injection_sites.save_site(uow, visit_id, shown_version(), _entry(form), form.site_id.data or None),
        "sites",
    )


def _entry(form: SiteForm) -> SiteEntry:
    x, y = form.point
    return SiteEntry(
        units=form.units.units or Decimal(0),
        x=x,
        y=y,
        muscle=form.muscle.data or None,
        sub_site=form.sub_site.data or None,
        side=Side(form.side.data) if form.side.data else None,
        deep=form.deep.data == "y",
        purpose=Purpose(form.purpose.data) if form.purpose.data else None,
        depth=Depth(form.depth.data) if form.depth.data else None,
        syringe_id=form.syringe_id.data or None,
        note=form.note.data or "",
        dose_product=form.dose_product.data or None,
    )


@blueprint.post("/sites/<site_id>/remove")
@permission(Permission.INJECTION_CHART)
def remove_site(visit_id: str, site_id: str) -> Response:
    """Remove a planned site."""
    return change(
        visit_id, EmptyForm(), lambda uow: injection_sites.remove_site(uow, visit_id, shown_version(), site_id), "sites"
    )


@blueprint.post("/confirm")
@permission(Permission.INJECTION_CHART)
def confirm(visit_id: str) -> Response:
    """Confirm copied sites."""
    form = SitesForm()
    return change(
        visit_id,
        form,
        lambda uow: injection_sites.confirm_sites(uow, visit_id, shown_version(), tuple(form.site.data or ())),
        "sites",
    )


@blueprint.post("/syringes")
@permission(Permission.INJECTION_CHART)
def add_syringe(visit_id: str) -> Response:
    """Draw from a vial."""
    form = VialForm()
    return change(
        visit_id, form, lambda uow: injections.add_syringe(uow, visit_id, shown_version(), form.vial_id.data), "vial"
    )


@blueprint.post("/syringes/<syringe_id>/draw")
@permission(Permission.INJECTION_CHART)
def draw_from(visit_id: str, syringe_id: str) -> Response:
    """Draw planned sites from a syringe."""
    form = DrawForm()
    chosen, clear = tuple(form.site.data or ()), form.clear.data == "y"
    return change(
        visit_id,
        form,
        lambda uow: injection_sites.draw_from(uow, visit_id, shown_version(), syringe_id, chosen, clear=clear),
        "sites",
    )


@blueprint.post("/undo")
@permission(Permission.INJECTION_CHART)
def undo(visit_id: str) -> Response:
    """Take the last change of the sites back."""
    return change(visit_id, EmptyForm(), lambda uow: site_changes.undo(uow, visit_id, shown_version()), "sites")


@blueprint.post("/redo")
@permission(Permission.INJECTION_CHART)
def redo(visit_id: str) -> Response:
    """Make the change of the sites again that was undone last."""
    return change(visit_id, EmptyForm(), lambda uow: site_changes.redo(uow, visit_id, shown_version()), "sites")


@blueprint.post("/syringes/<syringe_id>/remove")
@permission(Permission.INJECTION_CHART)
def remove_syringe(visit_id: str, syringe_id: str) -> Response:
    """Take a syringe out of the session."""
    return change(
        visit_id, EmptyForm(), lambda uow: injections.remove_syringe(uow, visit_id, shown_version(), syringe_id), "vial"
    )


@blueprint.post("/add-injections")
@permission(Permission.INJECTION_CHART)
def add_injections(visit_id: str) -> Response:
    """Give the visit its injection section."""
    return change(visit_id, EmptyForm(), lambda uow: injections.add_injections(uow, visit_id, shown_version()))


@blueprint.post("/remove-injections")
@permission(Permission.INJECTION_CHART)
def remove_injections(visit_id: str) -> Response:
    """Take an empty injection section out of the visit."""
    form = EmptyForm()
    if not form.validate():
        raise Invalid(form.messages)
    once(lambda uow: injections.remove_injections(uow, visit_id, shown_version()))
    return redirect(url_for("visits.show", visit_id=visit_id))


@blueprint.post("/answers")
@permission(Permission.INJECTION_CHART)
def answers(visit_id: str) -> Response:
    """Today's safety and eye answers; what is left unanswered stays unanswered."""
    form = AnswersForm()
    return change(
        visit_id, form, lambda uow: injections.answer(uow, visit_id, shown_version(), _answers(form)), "questions"
    )


def _answers(form: Any) -> dict[Question, AnswerEntry]:
    found = {}
    for question in Question:
        value = form[question.value].data
        if not value:
            _refuse_detail_alone(form, question)
            continue
        tenths = None
        if question is Question.LAGOPHTHALMOS and form.lagophthalmos_mm.data:
            tenths = int(Decimal(form.lagophthalmos_mm.data) * 10)
        found[question] = AnswerEntry(Answer(value), (form[f"{question.value}_detail"].data or "").strip(), tenths)
    return found


def _refuse_detail_alone(form: Any, question: Question) -> None:
    millimetres = form.lagophthalmos_mm.data if question is Question.LAGOPHTHALMOS else ""
    if millimetres or (form[f"{question.value}_detail"].data or "").strip():
        raise Invalid({question.value: f"Answer “{question.label}” too: what is written beside it is not kept alone."})


@blueprint.post("/consent")
@permission(Permission.INJECTION_CHART)
def consent(visit_id: str) -> Response:
    """Record consent as given now."""
    form = ConsentForm()
    return change(
        visit_id,
        form,
        lambda uow: injections.record_consent(
            uow, visit_id, shown_version(), text=form.consent.data or "", by=form.consent_by.data or ""
        ),
        "consent",
    )


@blueprint.post("/session")
@permission(Permission.INJECTION_CHART)
def details(visit_id: str) -> Response:
    """Details of the session."""
    form = DetailsForm()
    return change(
        visit_id,
        form,
        lambda uow: injections.change_session(uow, visit_id, shown_version(), **_details(form)),
        "details",
    )


def _details(form: DetailsForm) -> dict[str, object]:
    plain = ("given_by", "ordered_by", "supervised_by", "needle", "anaesthesia", "indication")
    texts: dict[str, object] = {name: (form[name].data or "").strip() for name in plain}
    return texts | {
        "guidance": ",".join(dict.fromkeys(form.guidance.data or ())),
        "touch_up_of": form.touch_up_of.data or None,
        "transcribed": form.transcribed.data == "y",
        "transcribed_source": (form.transcribed_source.data or "").strip(),
        "transcribed_product": form.transcribed_product.data or None,
        "transcribed_lot": (form.transcribed_lot.data or "").strip(),
    }


@blueprint.post("/touch-up")
@permission(Permission.INJECTION_CHART)
def set_touch_up(visit_id: str) -> Response:
    """Name the session that this one touches up, or none."""
    form = TouchUpForm()
    return change(
        visit_id,
        form,
        lambda uow: injections.change_session(
            uow, visit_id, shown_version(), touch_up_of=form.touch_up_of.data or None
        ),
        "details",
    )


@blueprint.post("/override")
@permission(Permission.INJECTION_CHART)
def override(visit_id: str) -> Response:
    """Go on past a finding with a reason, or confirm a dose that was asked again."""
    form = OverrideForm()
    return change(
        visit_id,
        form,
        lambda uow: giving.override(uow, visit_id, shown_version(), form.finding_key.data, form.reason.data or ""),
        "findings",
    )


@blueprint.post("/give")
@permission(Permission.INJECTION_GIVE)
def give(visit_id: str) -> Response:
    """Mark sites given, or enter them late."""
    form = SitesForm()
    return change(
        visit_id,
        form,
        lambda uow: giving.mark_given(uow, visit_id, shown_version(), tuple(form.site.data or ()), _late(form)),
        "sites",
    )


def _late(form: SitesForm) -> giving.Late | None:
    if not (form.late_reason.data or "").strip() and not form.given_at.data:
        return None
    if not form.given_at.data:
        raise Invalid({"given_at": "Say when it was given: both times stay in the record."})
    at = local_moment(form.given_at.data).replace(tzinfo=ZoneInfo(g.time_zone)).astimezone(UTC)
    return giving.Late((form.late_reason.data or "").strip(), at)


@blueprint.post("/take-back")
@permission(Permission.INJECTION_GIVE)
def take_back(visit_id: str) -> Response:
    """Take given marks back."""
    form = SitesForm()
    return change(
        visit_id,
        form,
        lambda uow: giving.take_back(
            uow, visit_id, shown_version(), tuple(form.site.data or ()), form.reason.data or ""
        ),
        "sites",
    )
