"""The plan: proposed from a visit's findings, kept for the patient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.events import Action, Event
from clinic.domain.face_targets import targeted_face
from clinic.domain.plans import PlanState
from clinic.queries import patients
from clinic.queries.planner import PlannerPage, planner_page
from clinic.queries.plans import ItemView, PlanPage, plan_page
from clinic.services import goals, patient_plans, plan_targets, planning_answers
from clinic.services.blinding import note_seen
from clinic.unit_of_work import UnitOfWork
from clinic.web.forms.base import StrictForm
from clinic.web.forms.plans import (
    AnswersForm,
    DateForm,
    GoalForm,
    MoveForm,
    RatingsForm,
    StateForm,
    StepForm,
    TargetForm,
    answers_data,
    answers_form,
    item_form,
    line_form,
    name_apart,
    ratings_data,
    ratings_form,
    say_what_stands,
)
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import current_actor, permission
from clinic.web.svg import svg
from clinic.web.work import reading, work

blueprint = Blueprint("plans", __name__)
Page = str | Response | tuple[str, int]

FACE = "Face with the proposed muscles by their numbers in the list; the patient's right is on the left of the picture"
_SHOWN = Attempt(200)


# ---- the planner of a visit


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of the planner; one of them may have been sent and refused."""

    answers: AnswersForm
    ratings: RatingsForm
    lines: dict[str, TargetForm]
    other: TargetForm
    sent: StrictForm | None = None


@blueprint.get("/visits/<visit_id>/plan")
@permission(Permission.VISIT_READ)
def propose(visit_id: str) -> Page:
    """What follows from the findings of a visit."""
    return _planner(visit_id)


@blueprint.post("/visits/<visit_id>/plan/answers")
@permission(Permission.PLAN_WRITE)
def save_answers(visit_id: str) -> Page:
    """Save the questions of planning."""
    form = answers_form(_read(visit_id)[0], sent=True)
    shown = form.shown.data or ""
    done = attempt(
        form,
        lambda uow: planning_answers.save_planning_answers(uow, visit_id, form.answers, shown=shown),
    )
    return _planner(visit_id, form, done, "The answers are saved. What follows from them stands above.")


@blueprint.post("/visits/<visit_id>/plan/goals")
@permission(Permission.PLAN_WRITE)
def rate_goals(visit_id: str) -> Page:
    """Save how far the goals are reached today."""
    form = ratings_form(_read(visit_id)[0], sent=True)
    shown = form.shown.data or ""
    done = attempt(form, lambda uow: goals.rate_goals(uow, visit_id, form.levels, shown=shown))
    return _planner(visit_id, form, done, "How far the goals are reached is saved.")


@blueprint.post("/visits/<visit_id>/plan/targets")
@permission(Permission.TARGET_WRITE)
def add_target(visit_id: str) -> Page:
    """Put a target into the plan."""
    page, _ = _read(visit_id)
    chosen = (request.form.get("muscle"), request.form.get("side"))
    line = next((one for one in page.lines if (one.target.muscle, one.target.side.value) == chosen), None)
    form = line_form(line, sent=True) if line else _other(sent=True)
    done = attempt(form, lambda uow: _add(uow, visit_id, form))
    return _planner(visit_id, form, done, "The target is in the plan. Nothing is charted by that.")


def _add(uow: UnitOfWork, visit_id: str, form: TargetForm) -> str:
    state = PlanState(form.state.data)
    return plan_targets.add_target(uow, visit_id, form.target, reason=form.reason.data or "", state=state)


def _other(*, sent: bool) -> TargetForm:
    form = TargetForm() if sent else TargetForm(None)
    name_apart(form, "other")
    return form


def _read(visit_id: str) -> tuple[PlannerPage, patients.PatientStrip]:
    with reading() as uow:
        page = planner_page(uow, visit_id)
        strip = patients.strip(uow, page.patient_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.patient_id))
    seen = page.proposed.planning.seen
    if seen and page.is_draft:
        with work().housekeeping() as database:
            note_seen(database, current_actor(), seen, work().clock())
    return page, strip


def _planner(visit_id: str, sent: StrictForm | None = None, done: Attempt = _SHOWN, saved: str = "") -> Page:
    if done.saved:
        flash(saved)
        return redirect(url_for("plans.propose", visit_id=visit_id))
    page, strip = _read(visit_id)
    if not page.is_draft:
        return redirect(url_for("visits.show", visit_id=visit_id))
    drawing = targeted_face(page.marked)
    face = svg(drawing, title=FACE, interactive=True, id_prefix="targets")
    shown: dict[str, Any] = {"page": page, "patient": strip, "forms_of": _forms(page, sent, done), "face": face}
    return render_template("plans/propose.html", **shown), done.status


def _forms(page: PlannerPage, sent: StrictForm | None, done: Attempt) -> Forms:
    """The forms as they stand, with the one that was refused as it was typed; after a stale save, what it compares is new."""
    answers = sent if isinstance(sent, AnswersForm) else answers_form(page, sent=False)
    ratings = sent if isinstance(sent, RatingsForm) else ratings_form(page, sent=False)
    if done.status == 409:
        answers.shown.data, ratings.shown.data = page.answers_shown, page.levels_shown
        say_what_stands(answers, answers_data(page))
        say_what_stands(ratings, ratings_data(page))
    lines = {one.anchor: line_form(one, sent=False) for one in page.lines}
    other = _other(sent=False)
    if isinstance(sent, TargetForm):
        anchor = f"{sent.muscle.data}-{sent.side.data}"
        listed = {one.anchor for one in page.lines if one.can_be_planned}
        other = other if anchor in listed else sent
        lines = {key: sent if key == anchor else form for key, form in lines.items()}
    return Forms(answers, ratings, lines, other, sent)


# ---- the plan of a patient


@blueprint.get("/patients/<patient_id>/plan")
@permission(Permission.PATIENT_READ)
def show(patient_id: str) -> Page:
    """The plan as it stands."""
    page = _plan(patient_id)
    return render_template("plans/show.html", page=page, patient=page.strip)


@blueprint.get("/patients/<patient_id>/plan/items/<item_id>")
@permission(Permission.PATIENT_READ)
def item(patient_id: str, item_id: str) -> Page:
    """One item with its history; a referral has a page of its own."""
    return _item(patient_id, item_id)


@blueprint.post("/patients/<patient_id>/plan/items/<item_id>")
@permission(Permission.PLAN_WRITE)
def change(patient_id: str, item_id: str) -> Page:
    """Change what a goal or a target says."""
    form = item_form(_plan(patient_id).item(item_id), sent=True)
    if form is None:
        abort(404)
    done = attempt(form, lambda uow: _change(uow, patient_id, item_id, form))
    return _item(patient_id, item_id, change=form, done=done)


@blueprint.post("/patients/<patient_id>/plan/items/<item_id>/state")
@permission(Permission.PLAN_WRITE)
def settle(patient_id: str, item_id: str) -> Page:
    """Say how an item stands from now on."""
    form = StateForm()

    def run(uow: UnitOfWork) -> None:
        state, note = PlanState(form.state.data), form.note.data or ""
        number = shown_version()
        patient_plans.settle_item(uow, patient_id, item_id, number, state, note, visit_id=form.visit_id)

    return _item(patient_id, item_id, state=form, done=attempt(form, run))


@blueprint.post("/patients/<patient_id>/plan/items/<item_id>/move")
@permission(Permission.PLAN_WRITE)
def move(patient_id: str, item_id: str) -> Page:
    """Put a goal one place up or down."""
    form = MoveForm()

    def run(uow: UnitOfWork) -> None:
        up, number = bool(form.up.data), shown_version()
        goals.move_goal(uow, patient_id, item_id, number, up=up, visit_id=form.visit_id)

    done = attempt(form, run)
    if not done.saved:
        flash(" ".join(form.messages.values()), "warn")
    return redirect(_back(patient_id, form.visit.data))


@blueprint.route("/patients/<patient_id>/plan/goals/new", methods=["GET", "POST"])
@permission(Permission.PLAN_WRITE)
def new_goal(patient_id: str) -> Page:
    """A further goal."""
    form = GoalForm(data={"visit": request.args.get("visit", "")})
    return _new(
        patient_id, form, "goal", lambda uow: patient_plans.add_goal(uow, patient_id, form.goal, visit_id=form.visit_id)
    )


@blueprint.route("/patients/<patient_id>/plan/dates/new", methods=["GET", "POST"])
@permission(Permission.PLAN_WRITE)
def new_date(patient_id: str) -> Page:
    """A further date."""
    form = DateForm()
    return _new(
        patient_id,
        form,
        "date",
        lambda uow: patient_plans.add_date(uow, patient_id, form.appointment, reason=form.reason.data or ""),
    )


@blueprint.route("/patients/<patient_id>/plan/steps/new", methods=["GET", "POST"])
@permission(Permission.PLAN_WRITE)
def new_step(patient_id: str) -> Page:
    """The next step of care."""
    form = StepForm()
    return _new(patient_id, form, "step", lambda uow: _decide(uow, patient_id, form))


def _decide(uow: UnitOfWork, patient_id: str, form: StepForm) -> str:
    state = PlanState(form.state.data)
    return patient_plans.decide_step(uow, patient_id, form.decided, reason=form.reason.data or "", state=state)


def _change(uow: UnitOfWork, patient_id: str, item_id: str, form: TargetForm | GoalForm) -> None:
    number, note = shown_version(), form.note.data or ""
    if isinstance(form, GoalForm):
        patient_plans.change_goal(uow, patient_id, item_id, number, form.goal, note=note, visit_id=form.visit_id)
        return
    plan_targets.change_target(
        uow,
        patient_id,
        item_id,
        number,
        form.target,
        reason=form.reason.data or "",
        note=note,
        visit_id=form.visit_id,
    )


def _new(patient_id: str, form: StrictForm, what: str, run: Callable[[UnitOfWork], str]) -> Page:
    done = attempt(form, run)
    if done.saved:
        flash(f"The {what if what != 'step' else 'next step'} is in the plan.")
        return redirect(_back(patient_id, getattr(form, "visit_id", None)))
    page = _plan(patient_id)
    return render_template(f"plans/{what}.html", page=page, patient=page.strip, form=form), done.status


def _plan(patient_id: str) -> PlanPage:
    with reading() as uow:
        page = plan_page(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, f"patient:{patient_id}", patient_id, reason="plan"))
    return page


def _item(
    patient_id: str,
    item_id: str,
    *,
    change: TargetForm | GoalForm | None = None,
    state: StateForm | None = None,
    done: Attempt = _SHOWN,
) -> Page:
    sent = change or state
    if done.saved and sent is not None:
        flash("The plan is changed. What stood before is kept under its history.")
        return redirect(_back(patient_id, sent.visit_id))
    page = _plan(patient_id)
    view = page.item(item_id)
    visit = request.args.get("visit", "") if sent is None else sent.visit.data or ""
    shown: dict[str, Any] = {
        "change": change or item_form(view, sent=False),
        "state": state or StateForm(None, data={"note": ""}),
        "version": done.version(view.item.number),
        "visit": visit,
    }
    _offer(shown["state"], view)
    if shown["change"]:
        name_apart(shown["change"], "change")
    return render_template("plans/item.html", page=page, view=view, patient=page.strip, **shown), done.status


def _offer(form: StateForm, view: ItemView) -> None:
    """Offer only the states that an item can go to."""
    form.state.choices = [one for one in form.state.choices or () if one.value in {*view.next_states, form.state.data}]


def _back(patient_id: str, visit_id: str | None) -> str:
    if visit_id:
        return url_for("plans.propose", visit_id=visit_id)
    return url_for("plans.show", patient_id=patient_id)
