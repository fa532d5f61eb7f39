"""The patient's side of a form: one question a screen, without signing in, and without anything of the record.

Which form it is stands in no address. It is the one that this screen was locked to, or the one whose key this browser
holds. Answers are kept one by one and a repeated one stands over the one before, so nothing here depends on a page being
sent once only.
"""

from __future__ import annotations

import secrets

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Actor, Permission
from clinic.domain.errors import DomainError, Invalid, NotFound
from clinic.domain.patient_forms import WRONG_BIRTH_DATES, FormState, Given, Question, Way, urgency
from clinic.queries import patient_forms as query
from clinic.services import patient_forms
from clinic.services.accounts import SYSTEM
from clinic.web import form_browsers
from clinic.web.forms.patient_forms import ANSWERS, AnswerForm, BirthDateForm, PatientActForm
from clinic.web.screen_locks import locked_actor, staff
from clinic.web.security import permission, token_hash
from clinic.web.work import circumstances, note_refusal, work, writing

blueprint = Blueprint("patient_answers", __name__, url_prefix="/form")
Page = str | Response | tuple[str, int]
blueprint.add_url_rule("/staff", view_func=staff, methods=["GET", "POST"])
_GONE, _REFUSED, _INVALID, _MISSING = 410, 409, 422, 404


@blueprint.get("")
@permission(Permission.PUBLIC)
def show() -> Page:
    """Wherever the patient is: before the start, at a question, at the answers, or at the end."""
    mine = _found()
    if mine.state is FormState.WAITING:
        return render_template("patient_forms/start.html", mine=mine)
    if mine.state is FormState.SENT:
        return render_template("patient_forms/thanks.html", mine=mine)
    if not mine.state.is_open:
        return _closed(mine, _GONE)
    return redirect(_onwards(mine.filling.first_open()), 303)


@blueprint.post("/start")
@permission(Permission.PUBLIC)
def start() -> Page:
    """Begin on the tablet; this browser gets a key of its own, which outlasts the staff's session."""
    mine, key = _open(), secrets.token_urlsafe(32)
    _checked_act(mine)
    if mine.way is Way.TABLET:
        with writing(_actor(mine)) as uow:
            patient_forms.start_form(uow, token_hash(key))
    response = redirect(url_for("patient_answers.show"), 303)
    if mine.way is Way.TABLET:
        form_browsers.give_key(response, key)
    return response


@blueprint.route("/link/<token>", methods=["GET", "POST"])
@permission(Permission.PUBLIC)
def link(token: str) -> Page:
    """The address behind a QR code: asks for the date of birth, and belongs to the first browser that gives it."""
    if _is_own_link(token):
        return redirect(url_for("patient_answers.show"), 303)
    with work().reading(SYSTEM, scoped=False) as uow:
        found = query.form_of_link(uow, token_hash(token)) if form_browsers.may_open_link() else None
    if found is None:
        return _nothing()
    form = BirthDateForm()
    if request.method != "POST" or not form.validate():
        return _link_page(found, form)
    return _started(found, form)


def _is_own_link(token: str) -> bool:
    key = form_browsers.key_hash()
    with work().reading(SYSTEM, scoped=False) as uow:
        return key is not None and query.is_link_of(uow, token_hash(token), key)


def _link_page(found: tuple[int, str], form: BirthDateForm) -> Page:
    with work().reading(patient_forms.patient_actor(*found), circumstances()) as uow:
        mine = query.answering(uow, found[1])
    status = _INVALID if form.errors else 200
    return render_template("patient_forms/birth_date.html", mine=mine, form=form), status


def _started(found: tuple[int, str], form: BirthDateForm) -> Page:
    """Count the try, compare the date, and give the form to this browser."""
    key = secrets.token_urlsafe(32)
    with work().housekeeping() as database:
        tried = patient_forms.claim_birth_date(database, *found)
    if tried is None or form.born is None:
        return _nothing()
    try:
        with writing(patient_forms.patient_actor(*found)) as uow:
            right = patient_forms.start_link(uow, form.born, token_hash(key))
    except NotFound:
        return _nothing()
    if not right:
        return _wrong_birth_date(found, form, tried)
    response = redirect(url_for("patient_answers.show"), 303)
    form_browsers.give_key(response, key)
    return response


def _wrong_birth_date(found: tuple[int, str], form: BirthDateForm, tried: int) -> Page:
    note_refusal(patient_forms.patient_actor(*found), Invalid({"birth date": "wrong"}))
    if tried >= WRONG_BIRTH_DATES:
        return _nothing()
    form.refuse(Invalid({"day": "This is not the date of birth that the clinic has. Check the day, month and year."}))
    return _link_page(found, form)


@blueprint.route("/questions/<int:number>", methods=["GET", "POST"])
@permission(Permission.PUBLIC)
def question(number: int) -> Page:
    """One question; its answer is kept at once."""
    mine = _started_form()
    asked = mine.filling.question(number)
    if asked is None:
        return _nothing()
    form = AnswerForm()
    if request.method != "POST":
        return _question_page(mine, asked, form)
    if (form.form_id.data, form.question_id.data) != (mine.form_id, asked.id):
        return _moved(mine)
    try:
        given = _given(form, asked)
        _keep(mine, asked, given)
    except Invalid as error:
        form.refuse(error)
        return _question_page(mine, asked, form, _INVALID)
    except DomainError:
        return _closed(mine, _REFUSED)
    return redirect(_after(mine, asked, given, form.then.data or ""), 303)


def _given(form: AnswerForm, asked: Question) -> Given | None:
    """What was said; None for a questionnaire left out. Raises Invalid beside ``answer``."""
    if not form.validate():
        raise Invalid({})
    if form.leave_out.data:
        return None
    if form.skip.data and not asked.item.needed:
        return Given()
    return asked.answer(form.answer.data or "")


def _keep(mine: query.Answering, asked: Question, given: Given | None) -> None:
    actor = _actor(mine)
    if given is not None and urgency(asked, given) is not None:
        with writing(actor) as uow:
            patient_forms.keep_answer(uow.session, actor, asked, given, uow.now)
            patient_forms.mark_urgent(uow, asked)
        return
    with work().housekeeping() as database:
        if given is None:
            patient_forms.leave_out(database, actor, asked, work().clock())
        else:
            patient_forms.keep_answer(database, actor, asked, given, work().clock())


def _after(mine: query.Answering, asked: Question, given: Given | None, then: str) -> str:
    following = mine.filling.after_leaving_out(asked) if given is None else mine.filling.after(asked.number)
    back = then == ANSWERS and given is not None
    if given is not None and urgency(asked, given) is not None:
        return url_for("patient_answers.help_now", number=None if back else following)
    return _onwards(None if back else following)


def _onwards(number: int | None) -> str:
    if number is None:
        return url_for("patient_answers.answers")
    return url_for("patient_answers.question", number=number)


def _question_page(mine: query.Answering, asked: Question, form: AnswerForm, status: int = 200) -> Page:
    then = form.then.data or request.args.get("then", "")
    back = None if then == ANSWERS else mine.filling.before(asked.number)
    return render_template(
        "patient_forms/question.html",
        mine=mine,
        question=asked,
        shown=_shown(mine.filling.given.get(asked.key), form),
        declined=mine.filling.given.get(asked.key) == Given(),
        form=form,
        then=ANSWERS if then == ANSWERS else "",
        back_url=_onwards(back) if back or then == ANSWERS else None,
        total=len(mine.filling.questions),
    ), status


def _shown(given: Given | None, form: AnswerForm) -> str:
    """What stands in the question: what was just sent, else what is kept."""
    if request.method == "POST":
        return form.answer.data or ""
    if given is None:
        return ""
    return given.text if given.value is None else str(given.value)


@blueprint.get("/help-now", defaults={"number": None})
@blueprint.get("/help-now/<int:number>")
@permission(Permission.PUBLIC)
def help_now(number: int | None) -> Page:
    """What to do at once after an answer that asks for help."""
    mine = _started_form()
    if not (mine.asks_emergency or mine.asks_eye):
        return redirect(url_for("patient_answers.show"), 303)
    return render_template("patient_forms/help_now.html", mine=mine, next_url=_onwards(number))


@blueprint.get("/answers")
@permission(Permission.PUBLIC)
def answers() -> Page:
    """Everything that was said, to be looked over and changed before it is sent."""
    return _answers_page(_started_form())


def _answers_page(mine: query.Answering, wrong: dict[str, str] | None = None, status: int = 200) -> Page:
    rows = [
        (one, mine.filling.said(one), not mine.filling.is_answered(one), (wrong or {}).get(str(one.number), ""))
        for one in mine.filling.questions
    ]
    return render_template("patient_forms/answers.html", mine=mine, rows=rows, refused=bool(wrong)), status


@blueprint.post("/send")
@permission(Permission.PUBLIC)
def send() -> Page:
    """Hand everything in; sent twice it lands once."""
    mine = _started_form()
    _checked_act(mine)
    try:
        with writing(_actor(mine)) as uow:
            patient_forms.send_form(uow)
    except Invalid as error:
        return _answers_page(mine, error.fields, _INVALID)
    except DomainError:
        return _closed(mine, _REFUSED)
    return redirect(url_for("patient_answers.show"), 303)


def _checked_act(mine: query.Answering) -> None:
    form = PatientActForm()
    if not form.validate():
        abort(400)
    if form.form_id.data != mine.form_id:
        abort(make_response(_moved(mine)))


def _actor(mine: query.Answering) -> Actor:
    return patient_forms.patient_actor(mine.clinic_id, mine.form_id)


def _found() -> query.Answering:
    """Find this browser's form, however it stands; ends the request with the empty page when it has none."""
    actor, key = locked_actor(), form_browsers.key_hash()
    with work().reading(SYSTEM, scoped=False) as uow:
        held = query.form_of_browser(uow, key) if key else None
    if actor is not None:
        held = (actor.clinic_id, actor.locked_form_id or "")
    if held is None:
        abort(make_response(_nothing()))
    with work().reading(patient_forms.patient_actor(*held), circumstances()) as uow:
        return query.answering(uow, held[1])


def _open() -> query.Answering:
    """Find this browser's form, which can still be answered; ends the request with where it stands otherwise."""
    mine = _found()
    if mine.state is FormState.SENT:
        abort(redirect(url_for("patient_answers.show"), 303))
    if not mine.state.is_open:
        abort(make_response(_closed(mine, _GONE)))
    return mine


def _started_form() -> query.Answering:
    mine = _open()
    if mine.state is FormState.WAITING:
        abort(redirect(url_for("patient_answers.show"), 303))
    return mine


def _closed(mine: query.Answering, status: int) -> Page:
    return render_template("patient_forms/closed.html", mine=mine), status


def _moved(mine: query.Answering) -> Page:
    """Refuse what comes from a page that was left open: this browser now holds another form, or the questions changed."""
    return render_template("patient_forms/moved.html", mine=mine), _REFUSED


def _nothing() -> tuple[str, int]:
    """One page for every link and browser without a form: used, expired, ended, guessed or of another browser."""
    return render_template("patient_forms/nothing.html", locked=locked_actor() is not None), _MISSING
