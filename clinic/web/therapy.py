"""The therapy programme, and a therapist's visit as done."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission, RecordState
from clinic.domain.events import Action, Event
from clinic.domain.modalities import MODALITIES
from clinic.domain.plans import PlanState
from clinic.queries.therapy import GivenExercise, TherapyPage, library_exercise, therapy_page
from clinic.services import therapy, training
from clinic.services.blinding import note_seen
from clinic.web.forms.injections import EmptyForm
from clinic.web.forms.therapy import (
    ExerciseForm,
    ProgrammeForm,
    TrainingForm,
    exercise_form,
    new_exercise_form,
    programme_form,
    state_form,
    training_form,
)
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import current_actor, permission
from clinic.web.work import reading, work

blueprint = Blueprint("therapy", __name__, url_prefix="/visits/<visit_id>/therapy")
Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission(Permission.VISIT_READ)
def show(visit_id: str) -> Page:
    """The programme and what was done today."""
    page = _read(visit_id)
    if page.state is not RecordState.DRAFT:
        return redirect(url_for("visits.show", visit_id=visit_id))
    return _page(page, programme_form(page), training_form(page), Attempt(200))


@blueprint.post("/programme")
@permission(Permission.PLAN_WRITE)
def save_programme(visit_id: str) -> Page:
    """Save what holds for all exercises."""
    page = _read(visit_id)
    form = programme_form(page, posted=True)
    done = attempt(
        form,
        lambda uow: therapy.save_programme(uow, visit_id, form.programme(page.window), number=shown_version()),
    )
    if done.saved:
        return _back(visit_id, "The programme is saved.")
    return _page(page, form, training_form(page), done, number=done.version(page.number))


@blueprint.post("/session")
@permission(Permission.PLAN_WRITE)
def save_session(visit_id: str) -> Page:
    """Save today's therapist's visit, whole."""
    page = _read(visit_id)
    form = training_form(page, request.form, posted=True)
    done = attempt(form, lambda uow: training.save_training(uow, visit_id, form.training, edit_version=shown_version()))
    if done.saved:
        return _back(visit_id, "The therapist’s visit is saved.")
    return _page(page, programme_form(page), form, done, version=done.version(page.version))


@blueprint.post("/session/remove")
@permission(Permission.PLAN_WRITE)
def remove_session(visit_id: str) -> Page:
    """Take a therapist's visit out that was entered by mistake."""
    form = EmptyForm()
    done = attempt(form, lambda uow: training.remove_training(uow, visit_id, shown_version()))
    words = "The therapist’s visit is taken out." if done.saved else " ".join(form.form_errors)
    return _back(visit_id, words, "done" if done.saved else "warn")


@blueprint.route("/exercises/<exercise_id>", methods=["GET", "POST"])
@permission(Permission.PLAN_WRITE)
def add(visit_id: str, exercise_id: str) -> Page:
    """Give an exercise of the library."""
    page, known = _read(visit_id), library_exercise(exercise_id)
    form, reason = new_exercise_form(known), page.reason(exercise_id)
    done = attempt(
        form,
        lambda uow: therapy.add_exercise(
            uow, visit_id, form.details(exercise_id), agreed=bool(form.agreed.data), reason=reason
        ),
    )
    if done.saved:
        return _back(visit_id, "The exercise is in the programme.")
    return _exercise_page(page, form, done, known=known, reason=reason)


@blueprint.route("/items/<item_id>", methods=["GET", "POST"])
@permission(Permission.PLAN_WRITE)
def change(visit_id: str, item_id: str) -> Page:
    """Change an exercise that was given."""
    page = _read(visit_id)
    given = page.given(item_id)
    form = exercise_form(given)
    done = attempt(
        form,
        lambda uow: therapy.change_exercise(
            uow,
            visit_id,
            item_id,
            shown_version(),
            form.details(given.details.exercise),
            form.why.data or "",
            agreed=bool(form.agreed.data),
        ),
    )
    if done.saved:
        return _back(visit_id, "The exercise is changed.")
    return _exercise_page(page, form, done, given=given, state_form=state_form(given))


@blueprint.post("/items/<item_id>/state")
@permission(Permission.PLAN_WRITE)
def set_state(visit_id: str, item_id: str) -> Page:
    """Say that an exercise is done, stopped or taken up again."""
    page = _read(visit_id)
    given = page.given(item_id)
    form = state_form(given, posted=True)
    done = attempt(
        form,
        lambda uow: therapy.set_exercise_state(
            uow, visit_id, item_id, shown_version(), PlanState(form.state.data), form.note.data or ""
        ),
    )
    if done.saved:
        return _back(visit_id, "The programme is changed.")
    return _exercise_page(page, exercise_form(given, posted=False), done, given=given, state_form=form)


def _read(visit_id: str) -> TherapyPage:
    with reading() as uow:
        page = therapy_page(uow, visit_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.strip.id))
    if page.seen:
        # Whoever was shown another rater's grades here does not grade blind afterwards.
        with work().housekeeping() as database:
            note_seen(database, current_actor(), page.seen, work().clock())
    return page


def _page(
    page: TherapyPage,
    programme: ProgrammeForm,
    session: TrainingForm,
    done: Attempt,
    *,
    number: int | None = None,
    version: int | None = None,
) -> Page:
    shown = render_template(
        "therapy/show.html",
        page=page,
        patient=page.strip,
        programme=programme,
        session=session,
        modalities=MODALITIES,
        number=page.number if number is None else number,
        version=page.version if version is None else version,
    )
    return shown, done.status


def _exercise_page(page: TherapyPage, form: ExerciseForm, done: Attempt, **given: object) -> Page:
    if page.state is not RecordState.DRAFT:
        return redirect(url_for("visits.show", visit_id=page.visit_id))
    item = given.get("given")
    current = item.item.number if isinstance(item, GivenExercise) else 0
    number = done.version(current)
    shown = render_template("therapy/exercise.html", page=page, patient=page.strip, form=form, number=number, **given)
    return shown, done.status


def _back(visit_id: str, words: str, category: str = "done") -> Response:
    flash(words, category)
    return redirect(url_for("therapy.show", visit_id=visit_id))
