"""Charting: each change is one small post, answered with the chart's state as JSON or by going back to the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain import time_out as time_outs
from clinic.domain.actors import Permission, RecordState
from clinic.domain.anatomy import Side
from clinic.domain.errors import DomainError, Frozen, Invalid, NotFound, Stale, Stopped, WrongStep
from clinic.domain.events import Action, Event
from clinic.domain.injections import Answer, Depth, Purpose, Question
from clinic.domain.quantities import QuantityError, parse_units
from clinic.domain.site_entries import SiteEntry
from clinic.queries import charts, patients, visit_review
from clinic.services import giving, injections
from clinic.services.injections import AnswerEntry
from clinic.unit_of_work import UnitOfWork
from clinic.web.errors import STATUS, wants_json
from clinic.web.forms.base import ALWAYS, UNREADABLE, UNREADABLE_TEXT, StrictForm
from clinic.web.forms.injections import (
    AnswersForm,
    ConsentForm,
    DetailsForm,
    EmptyForm,
    OverrideForm,
    SiteForm,
    SitesForm,
    TimeOutForm,
    TouchUpForm,
    VialForm,
    local_moment,
)
from clinic.web.saving import shown_version
from clinic.web.security import permission
from clinic.web.work import once, reading

blueprint = Blueprint("injections", __name__, url_prefix="/visits/<visit_id>")
Page = str | Response | tuple[str, int]
REASON_MAXIMUM = 500


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

    answer = once(changed)
    if wants_json():
        return jsonify(answer)
    return redirect(url_for("visits.show", visit_id=visit_id, _anchor=anchor or None))


@blueprint.get("/chart.json")
@permission(Permission.VISIT_READ)
def state(visit_id: str) -> Response:
    """The chart as it stands."""
    with reading() as uow:
        found = charts.chart_page(uow, visit_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", found.record.patient.id))
    return jsonify(found.chart.as_json() if found.chart else {})


@blueprint.post("/sites")
@permission(Permission.VISIT_CHART)
def save_site(visit_id: str) -> Response:
    """Chart a new site or change one."""
    form = SiteForm()
    return change(visit_id, form, lambda uow: injections.save_site(
        uow, visit_id, shown_version(), _entry(form), form.site_id.data or None), "sites")


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
    )


@blueprint.post("/sites/<site_id>/remove")
@permission(Permission.VISIT_CHART)
def remove_site(visit_id: str, site_id: str) -> Response:
    """Remove a planned site."""
    return change(visit_id, EmptyForm(), lambda uow: injections.remove_site(
        uow, visit_id, shown_version(), site_id), "sites")


@blueprint.post("/confirm")
@permission(Permission.VISIT_CHART)
def confirm(visit_id: str) -> Response:
    """Confirm copied sites."""
    form = SitesForm()
    return change(visit_id, form, lambda uow: injections.confirm_sites(
        uow, visit_id, shown_version(), tuple(form.site.data or ())), "sites")


@blueprint.post("/syringes")
@permission(Permission.VISIT_CHART)
def add_syringe(visit_id: str) -> Response:
    """Draw from a vial."""
    form = VialForm()
    return change(visit_id, form, lambda uow: injections.add_syringe(
        uow, visit_id, shown_version(), form.vial_id.data), "vial")


@blueprint.post("/syringes/<syringe_id>/remove")
@permission(Permission.VISIT_CHART)
def remove_syringe(visit_id: str, syringe_id: str) -> Response:
    """Take a syringe out of the session."""
    return change(visit_id, EmptyForm(), lambda uow: injections.remove_syringe(
        uow, visit_id, shown_version(), syringe_id), "vial")


@blueprint.post("/add-injections")
@permission(Permission.VISIT_CHART)
def add_injections(visit_id: str) -> Response:
    """Give the visit its injection section."""
    return change(visit_id, EmptyForm(), lambda uow: injections.add_injections(uow, visit_id, shown_version()))


@blueprint.post("/remove-injections")
@permission(Permission.VISIT_CHART)
def remove_injections(visit_id: str) -> Response:
    """Take an empty injection section out of the visit."""
    form = EmptyForm()
    if not form.validate():
        raise Invalid(form.messages)
    once(lambda uow: injections.remove_injections(uow, visit_id, shown_version()))
    return redirect(url_for("visits.show", visit_id=visit_id))


@blueprint.post("/answers")
@permission(Permission.VISIT_CHART)
def answers(visit_id: str) -> Response:
    """Today's safety and eye answers; what is left unanswered stays unanswered."""
    form = AnswersForm()
    return change(visit_id, form, lambda uow: injections.answer(
        uow, visit_id, shown_version(), _answers(form)), "questions")


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
@permission(Permission.VISIT_CHART)
def consent(visit_id: str) -> Response:
    """Record consent as given now."""
    form = ConsentForm()
    return change(visit_id, form, lambda uow: injections.record_consent(
        uow, visit_id, shown_version(), text=form.consent.data or "", by=form.consent_by.data or ""), "consent")


@blueprint.post("/session")
@permission(Permission.VISIT_CHART)
def details(visit_id: str) -> Response:
    """Details of the session."""
    form = DetailsForm()
    return change(visit_id, form, lambda uow: injections.change_session(
        uow, visit_id, shown_version(), **_details(form)), "details")


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
@permission(Permission.VISIT_CHART)
def set_touch_up(visit_id: str) -> Response:
    """Name the session that this one touches up, or none."""
    form = TouchUpForm()
    return change(visit_id, form, lambda uow: injections.change_session(
        uow, visit_id, shown_version(), touch_up_of=form.touch_up_of.data or None), "details")


@blueprint.post("/override")
@permission(Permission.VISIT_CHART)
def override(visit_id: str) -> Response:
    """Go on past a finding with a reason, or confirm a dose that was asked again."""
    form = OverrideForm()
    return change(visit_id, form, lambda uow: giving.override(
        uow, visit_id, shown_version(), form.finding_key.data, form.reason.data or ""), "findings")


@blueprint.post("/give")
@permission(Permission.INJECTION_GIVE)
def give(visit_id: str) -> Response:
    """Mark sites given, or enter them late."""
    form = SitesForm()
    return change(visit_id, form, lambda uow: giving.mark_given(
        uow, visit_id, shown_version(), tuple(form.site.data or ()), _late(form)), "sites")


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
    return change(visit_id, form, lambda uow: giving.take_back(
        uow, visit_id, shown_version(), tuple(form.site.data or ()), form.reason.data or ""), "sites")


@blueprint.route("/prepare", methods=["GET", "POST"])
@permission(Permission.VISIT_CHART)
def prepare(visit_id: str) -> Page:
    """The draw-up sheet on screen, and the stamp that the session is prepared."""
    form = EmptyForm()
    problem = _step(form, lambda uow: giving.prepare(
        uow, visit_id, shown_version(), visit_review.units_to_draw(uow, visit_id)))
    if problem is None:
        return redirect(url_for("injections.time_out", visit_id=visit_id))
    return _step_page("visits/prepare.html", visit_id, form, problem)


@blueprint.route("/time-out", methods=["GET", "POST"])
@permission(Permission.INJECTION_TIME_OUT)
def time_out(visit_id: str) -> Page:
    """Read out and confirm who, where, what and how much, before the first site."""
    form = TimeOutForm()
    problem = _step(form, lambda uow: giving.take_time_out(
        uow, visit_id, shown_version(), initials=form.initials.data, birth_year=form.birth_year.data, shown=form.shown.data))
    if problem is None:
        return redirect(url_for("visits.show", visit_id=visit_id, _anchor="sites"))
    return _step_page("visits/time_out.html", visit_id, form, problem)


@blueprint.route("/settle", methods=["GET", "POST"])
@permission(Permission.INJECTION_GIVE)
def settle(visit_id: str) -> Page:
    """Close the books of the session: what was wasted, from which syringe, why."""
    form = EmptyForm()
    problem = _step(form, lambda uow: giving.settle(uow, visit_id, shown_version(), _wastes(uow, visit_id)), several=True)
    if problem is None:
        return redirect(url_for("visits.review", visit_id=visit_id))
    return _step_page("visits/settle.html", visit_id, form, problem)


def _wastes(uow: UnitOfWork, visit_id: str) -> dict[str, giving.Waste]:
    found: dict[str, giving.Waste] = {}
    _refuse_strange(visit_review.units_to_draw(uow, visit_id))
    for name, typed in request.form.items():
        kind, _, syringe_id = name.partition(":")
        if kind != "waste" or typed.strip() in {"", "0", "0.0"}:
            continue
        try:
            units = parse_units(typed.strip())
        except QuantityError as error:
            raise Invalid({name: str(error)}) from error
        reason = request.form.get(f"reason:{syringe_id}", "")
        if len(reason) > REASON_MAXIMUM:
            raise Invalid({f"reason:{syringe_id}": f"At most {REASON_MAXIMUM} characters."})
        if UNREADABLE.search(reason):
            raise Invalid({f"reason:{syringe_id}": UNREADABLE_TEXT})
        found[syringe_id] = giving.Waste(units, reason)
    return found


def _refuse_strange(syringe_ids: Iterable[str]) -> None:
    known = ALWAYS | {f"{kind}:{one}" for kind in ("waste", "reason") for one in syringe_ids}
    sent = set(request.form)
    repeated = {name for name in sent if len(request.form.getlist(name)) > 1}
    if sent - known or repeated:
        raise Invalid({"": "The form does not fit the syringes of this session. Nothing was saved; check the page and repeat."})


class Problem:
    """Why a step page is shown (again): its status, its message, the fields refused and the findings in the way."""

    def __init__(self, status: int = 200, error: DomainError | None = None) -> None:
        self.status = status
        self.message = error.message if error else ""
        self.findings = error.findings if isinstance(error, Stopped) else ()
        self.fields = error.fields if isinstance(error, Invalid) else {}


def _step(form: StrictForm, run: Callable[[UnitOfWork], None], *, several: bool = False) -> Problem | None:
    """Take a step of the session once; None when it was taken, else why its page is shown."""
    if request.method != "POST":
        return Problem()
    try:
        if not several and not form.validate():
            raise Invalid(form.messages)
        once(run)
    except (Invalid, Stale, Stopped, WrongStep) as error:
        if isinstance(error, Invalid) and not form.errors:
            form.refuse(error)
        return Problem(next(code for kind, code in STATUS.items() if isinstance(error, kind)), error)
    return None


def _step_page(template: str, visit_id: str, form: StrictForm, problem: Problem) -> Page:
    with reading() as uow:
        page = charts.chart_page(uow, visit_id)
        _require_own_phases(page)
        strip = patients.strip(uow, page.record.patient.id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.record.patient.id))
    pairs = time_outs.values(page.content)
    current = page.record.visit.edit_version
    return render_template(
        template,
        page=page,
        patient=strip,
        form=form,
        problem=problem,
        pairs=pairs,
        shown=time_outs.digest(pairs),
        sheets=visit_review.draw_up(page.record, page.content),
        without_vial=visit_review.without_vial(page.content),
        balances=visit_review.balances(page.record, page.content),
        sums=visit_review.product_sums(page.content),
        version=shown_version() if problem.status == STATUS[Invalid] else current,
        typed=request.form,
    ), problem.status


def _require_own_phases(page: charts.ChartPage) -> None:
    session = page.content.session
    if session is None:
        raise NotFound
    if page.record.state is not RecordState.DRAFT:
        raise Frozen("This visit is no draft any more: its session takes no further step.")
    if session.transcribed:
        raise WrongStep("This session is transcribed from an earlier record: it has no phases of its own.")
