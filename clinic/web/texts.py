"""The texts that patients get, by language and version, and which of them the clinic accepted."""

from __future__ import annotations

from string import Formatter

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import ROLES, Permission
from clinic.domain.documents.content import Block
from clinic.domain.documents.readability import part_age, reading_age
from clinic.domain.documents.texts import Part
from clinic.domain.events import Action, Event
from clinic.queries import texts as query
from clinic.queries.texts import TextView
from clinic.services import texts
from clinic.web.forms.texts import AcceptForm, WithdrawForm
from clinic.web.saving import Attempt, attempt
from clinic.web.security import current_actor, permission
from clinic.web.work import reading

blueprint = Blueprint("texts", __name__, url_prefix="/texts")
Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission(Permission.DOCUMENT_READ)
def index() -> Page:
    """Every text in every language, and whether the clinic accepted it."""
    with reading() as uow:
        views = query.text_views(uow)
        uow.record(Event(Action.SETTINGS_VIEWED, "texts"))
    ages = {view.text.sha256: reading_age(view.text) for view in views}
    groups = {view.language.code: view.language for view in views}
    return render_template("texts/index.html", views=views, ages=ages, languages=groups.values())


@blueprint.get("/<language>/<text_id>")
@permission(Permission.DOCUMENT_READ)
def show(language: str, text_id: str) -> Page:
    """One text with every sentence, and its history."""
    return _page(_read(language, text_id), AcceptForm(formdata=None), WithdrawForm(formdata=None), Attempt(200))


@blueprint.post("/<language>/<text_id>/accept")
@permission(Permission.THERAPY_TEXT_ACCEPT)
def accept(language: str, text_id: str) -> Page:
    """Accept the version that was shown."""
    view, form = _read(language, text_id), AcceptForm()
    shown = {"version": form.version.data or "", "sha256": form.sha256.data or ""}
    done = attempt(form, lambda uow: texts.accept_text(uow, language, text_id, **shown))
    if done.saved:
        flash("The text is accepted. Documents print without the note from now on.")
        return redirect(url_for(".show", language=language, text_id=text_id))
    return _page(view, form, WithdrawForm(formdata=None), done)


@blueprint.post("/<language>/<text_id>/withdraw")
@permission(Permission.THERAPY_TEXT_ACCEPT)
def withdraw(language: str, text_id: str) -> Page:
    """Take the acceptance back, with a reason."""
    view, form = _read(language, text_id), WithdrawForm()
    done = attempt(form, lambda uow: texts.withdraw_text(uow, language, text_id, form.reason.data or ""))
    if done.saved:
        flash("The text is withdrawn. Documents print as not approved from now on.", "warn")
        return redirect(url_for(".show", language=language, text_id=text_id))
    return _page(view, AcceptForm(formdata=None), form, done)


def _read(language: str, text_id: str) -> TextView:
    with reading() as uow:
        view = query.text_view(uow, language, text_id)
        uow.record(Event(Action.SETTINGS_VIEWED, f"text:{language}/{text_id}"))
    return view


def _page(view: TextView, accepting: AcceptForm, withdrawing: WithdrawForm, done: Attempt) -> Page:
    may_accept = current_actor().role in ROLES[texts.needed(view.text)]
    shown = {"view": view, "text": view.text, "accepting": accepting, "withdrawing": withdrawing}
    parts = [(part, _written(part), part_age(part, view.text.language)) for part in view.text.parts.values()]
    age = reading_age(view.text)
    return render_template("texts/show.html", **shown, parts=parts, age=age, may_accept=may_accept), done.status


def _written(part: Part) -> tuple[Block, ...]:
    """The part as it is written, with the names of what the record fills in left in braces."""
    named = {name for line in part.body for _, name, _, _ in Formatter().parse(line) if name}
    return part.blocks(**{name: f"{{{name}}}" for name in named})
