"""Referrals of a patient: made in a visit or outside one, sent, answered, declined."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.errors import NotFound
from clinic.domain.events import Action, Event
from clinic.domain.plans import ReferralKind
from clinic.queries.referrals import Referrals, referrals
from clinic.services.referrals import (
    answer_referral,
    change_referral,
    decline_referral,
    make_referral,
    send_referral,
)
from clinic.unit_of_work import UnitOfWork
from clinic.web.forms.base import StrictForm
from clinic.web.forms.referrals import AnswerForm, DeclineForm, SentForm, change_form, new_form
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("referrals", __name__, url_prefix="/patients/<patient_id>/referrals")
Page = str | Response | tuple[str, int]
_FORMS: dict[str, type[StrictForm]] = {"sent_form": SentForm, "answer_form": AnswerForm, "decline_form": DeclineForm}


@blueprint.get("")
@permission(Permission.PATIENT_READ)
def index(patient_id: str) -> Page:
    """The referrals of a patient: what waits first."""
    page = _read(patient_id)
    return render_template("referrals/index.html", page=page, patient=page.strip, kinds=list(ReferralKind))


@blueprint.route("/new", methods=["GET", "POST"])
@permission(Permission.PLAN_WRITE)
def new(patient_id: str) -> Page:
    """Make a referral: its kind first, then the question, prefilled with what the letter must say."""
    page = _read(patient_id)
    kind = _kind(request.values.get("kind", ""))
    if kind is None:
        return render_template("referrals/kinds.html", page=page, patient=page.strip, kinds=list(ReferralKind))
    form = new_form(page, kind, urgent=request.args.get("urgent") == "yes")
    done = attempt(form, lambda uow: make_referral(uow, patient_id, form.referral(kind), visit_id=_visit_id()))
    if done.saved:
        return _saved(patient_id, done.id, "The referral is in the plan.")
    return render_template("referrals/form.html", page=page, patient=page.strip, form=form, kind=kind), done.status


@blueprint.get("/<item_id>")
@permission(Permission.PATIENT_READ)
def show(patient_id: str, item_id: str) -> Page:
    """One referral with its history, and what can be done with it."""
    return _page(patient_id, item_id, Attempt(200))


@blueprint.route("/<item_id>/change", methods=["GET", "POST"])
@permission(Permission.PLAN_WRITE)
def change(patient_id: str, item_id: str) -> Page:
    """Change to whom, what is asked, how soon."""
    page = _read(patient_id)
    view = page.one(item_id)
    form, kind = change_form(view.details), view.details.kind
    done = attempt(form, _act(lambda uow, **at: change_referral(uow, referral=form.referral(kind), **at)))
    if done.saved:
        return _saved(patient_id, item_id, "The referral is changed. What it said before stays in its history.")
    version = done.version(view.item.number)
    shown = {"page": page, "patient": page.strip, "form": form, "kind": kind, "view": view, "version": version}
    return render_template("referrals/form.html", **shown), done.status


@blueprint.post("/<item_id>/sent")
@permission(Permission.PLAN_WRITE)
def sent(patient_id: str, item_id: str) -> Page:
    """Mark as sent."""
    form = SentForm()
    act = _act(lambda uow, **at: send_referral(uow, sent_on=form.sent_on.chosen, answer_by=form.answer_by.day, **at))
    return _acted(patient_id, item_id, form, act, "The referral is marked as sent.")


@blueprint.post("/<item_id>/answer")
@permission(Permission.PLAN_WRITE)
def answer(patient_id: str, item_id: str) -> Page:
    """Enter the answer."""
    form = AnswerForm()
    act = _act(
        lambda uow, **at: answer_referral(uow, answered_on=form.answered_on.chosen, answer=form.answer.data or "", **at)
    )
    return _acted(patient_id, item_id, form, act, "The answer is on record and the referral is done.")


@blueprint.post("/<item_id>/decline")
@permission(Permission.PLAN_WRITE)
def decline(patient_id: str, item_id: str) -> Page:
    """Say why it is not pursued."""
    form = DeclineForm()
    act = _act(lambda uow, **at: decline_referral(uow, reason=form.reason.data or "", **at))
    return _acted(patient_id, item_id, form, act, "The referral is declined. It stays readable with its reason.")


def _act(run: Callable[..., None]) -> Callable[[UnitOfWork], None]:
    """A change of the referral that the address names, as it was shown."""
    at = dict(request.view_args or {}, number=shown_version(), visit_id=_visit_id())
    return lambda uow: run(uow, **at)


def _acted(patient_id: str, item_id: str, form: StrictForm, act: Callable[[UnitOfWork], None], words: str) -> Page:
    _read(patient_id).one(item_id)
    done = attempt(form, act)
    return _saved(patient_id, item_id, words) if done.saved else _page(patient_id, item_id, done, form)


def _saved(patient_id: str, item_id: str, words: str) -> Response:
    flash(words)
    return redirect(url_for(".show", patient_id=patient_id, item_id=item_id, visit=_visit_id()))


def _page(patient_id: str, item_id: str, done: Attempt, posted: StrictForm | None = None) -> Page:
    page = _read(patient_id)
    view = page.one(item_id)
    forms = {name: posted if isinstance(posted, kind) else kind(formdata=None) for name, kind in _FORMS.items()}
    shown = {"page": page, "patient": page.strip, "view": view, "version": done.version(view.item.number)}
    return render_template("referrals/show.html", **forms, posted=posted, **shown), done.status


def _read(patient_id: str) -> Referrals:
    with reading() as uow:
        page = referrals(uow, patient_id, _visit_id())
        uow.record(Event(Action.PATIENT_VIEWED, "patient.referrals", patient_id))
    return page


def _visit_id() -> str | None:
    return request.args.get("visit") or None


def _kind(text: str) -> ReferralKind | None:
    """The kind that the address names; none while it is to be chosen. Raises NotFound for any other word."""
    if not text:
        return None
    if text not in set(ReferralKind):
        raise NotFound
    return ReferralKind(text)
