"""A clinic's own words for letters: listed, written, looked at, retired."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.documents.letter_texts import built_in
from clinic.domain.documents.placeholders import MEANINGS
from clinic.domain.events import Action, Event
from clinic.queries import letter_pages as query
from clinic.queries.letter_pages import TemplateRow
from clinic.services import letter_templates
from clinic.web.forms.injections import EmptyForm
from clinic.web.forms.letters import TemplateForm, template_form
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("letter_templates", __name__, url_prefix="/letter-templates")
Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission(Permission.LETTER_TEMPLATES)
def index() -> Page:
    """The clinic's words for letters, and those that come with the program."""
    return render_template("letters/templates.html", rows=_rows(), built_in=built_in())


@blueprint.route("/new", methods=["GET", "POST"])
@permission(Permission.LETTER_TEMPLATES)
def new() -> Page:
    """Write words for a kind of letter."""
    form = template_form(None)
    if form.look.data:
        return _page(form, Attempt(200), None)
    done = attempt(form, lambda uow: letter_templates.write_template(uow, form.words))
    return _saved("The words are saved. Letters begun from now on start with them.", done, form, None)


@blueprint.route("/<template_id>", methods=["GET", "POST"])
@permission(Permission.LETTER_TEMPLATES)
def show(template_id: str) -> Page:
    """Change words; letters that began with them keep theirs."""
    row = _row(template_id)
    form = template_form(row)
    if form.look.data:
        return _page(form, Attempt(200), row)
    change = letter_templates.change_template
    done = attempt(form, lambda uow: change(uow, template_id, shown_version(), form.words))
    return _saved("The words are changed. Letters already begun keep theirs.", done, form, row)


@blueprint.post("/<template_id>/retire")
@permission(Permission.LETTER_TEMPLATES)
def retire(template_id: str) -> Page:
    """Stop using words; they stay on record."""
    _row(template_id)
    if attempt(EmptyForm(), lambda uow: letter_templates.retire_template(uow, template_id)).saved:
        flash("The words are retired. Letters that began with them keep theirs.")
    return redirect(url_for(".index"))


def _rows() -> tuple[TemplateRow, ...]:
    with reading() as uow:
        rows = query.letter_templates(uow)
        uow.record(Event(Action.SETTINGS_VIEWED, "letter templates"))
    return rows


def _row(template_id: str) -> TemplateRow:
    with reading() as uow:
        row = query.letter_template(uow, template_id)
        uow.record(Event(Action.SETTINGS_VIEWED, f"letter_template:{template_id}"))
    return row


def _saved(words: str, done: Attempt, form: TemplateForm, row: TemplateRow | None) -> Page:
    if not done.saved:
        return _page(form, done, _row(row.id) if row else None)
    flash(words)
    return redirect(url_for(".index"))


def _page(form: TemplateForm, done: Attempt, row: TemplateRow | None) -> Page:
    opening, closing = (query.example(words) for words in (form.opening.data or "", form.closing.data or ""))
    version = shown_version() if form.look.data else done.version(row.edit_version if row else 0)
    given = {"form": form, "row": row, "version": version, "opening": opening, "closing": closing}
    return render_template("letters/template.html", placeholders=MEANINGS, **given), done.status
