"""Letters: a clinician's words around generated facts, looked at, issued once and then only read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission, permits
from clinic.domain.documents import content as contents
from clinic.domain.documents.kinds import BY_SLUG, LETTERS, DocumentKind, Edition
from clinic.domain.documents.placeholders import MEANINGS
from clinic.domain.errors import NotFound
from clinic.domain.events import Action, Event
from clinic.queries.letter_pages import LetterPage, PatientLetters, ReferralAsked, letter_page, patient_letters
from clinic.queries.letter_pages import referral_asked as asked_of
from clinic.queries.logos import PrintSettings
from clinic.services import letters
from clinic.services.issued_documents import Print, reference
from clinic.web import print_sheets, prints
from clinic.web.costly import costly
from clinic.web.documents import sent
from clinic.web.forms.injections import EmptyForm
from clinic.web.forms.letters import IssueForm, LetterForm, StartForm, letter_form
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import current_actor, permission
from clinic.web.work import once, reading, work

blueprint = Blueprint("letters", __name__)
Page = str | Response | tuple[str, int]


@blueprint.get("/patients/<patient_id>/letters")
@permission(Permission.DOCUMENT_READ)
def index(patient_id: str) -> Page:
    """A patient's letters, and the kinds that can be begun."""
    page = _listed(patient_id)
    return render_template("letters/index.html", page=page, patient=page.strip)


@blueprint.route("/patients/<patient_id>/letters/new/<kind>", methods=["GET", "POST"])
@permission(Permission.LETTER_WRITE)
def start(patient_id: str, kind: str) -> Page:
    """Begin a letter: to whom, and from which referral of the plan if from one."""
    page, chosen = _listed(patient_id), BY_SLUG.get(kind)
    if chosen not in LETTERS:
        raise NotFound
    asked = _asked(patient_id, chosen)
    form = StartForm(data={"recipient": asked.recipient})
    visit_id = request.args.get("visit") or None
    made: dict[str, Any] = {"visit_id": visit_id, "recipient": form.recipient.data or "", "question": asked.question}
    done = attempt(form, lambda uow: letters.start_letter(uow, patient_id, chosen, **made))
    if done.saved:
        return redirect(url_for(".show", letter_id=done.id))
    drafts = page.drafts_of(chosen)
    return render_template(
        "letters/start.html", page=page, patient=page.strip, form=form, kind=chosen, drafts=drafts
    ), done.status


@blueprint.get("/letters/<letter_id>")
@permission(Permission.DOCUMENT_READ)
def show(letter_id: str) -> Page:
    """A letter: to write while it is open, to read once it was issued."""
    page = _read(letter_id)
    return _edit(page, letter_form(page), Attempt(200)) if page.is_open and _may_write(page) else _only_read(page)


@blueprint.post("/letters/<letter_id>")
@permission(Permission.LETTER_WRITE)
def save(letter_id: str) -> Page:
    """Save the words, and go on to issuing where that was asked for."""
    page = _read(letter_id)
    form = letter_form(page)
    done = attempt(form, lambda uow: letters.save_letter(uow, letter_id, shown_version(), form.words(page)))
    if not done.saved:
        return _edit(_read(letter_id), form, done)
    if form.then.data:
        return redirect(url_for(".issue", letter_id=letter_id))
    flash("The letter is saved. It is shown here as it would be issued now.")
    return redirect(url_for(".show", letter_id=letter_id))


@blueprint.get("/letters/<letter_id>/preview.pdf")
@permission(Permission.DOCUMENT_READ)
@costly
def preview(letter_id: str) -> Page:
    """The letter as PDF, marked as not issued; once issued, what was kept."""
    page, settings = _read_for_print(letter_id)
    if page.letter.document_id:
        return redirect(url_for("issued_documents.show", document_id=page.letter.document_id))
    return sent(print_sheets.preview(page.draft.content, settings, Edition.NORMAL), "preview-letter")


@blueprint.route("/letters/<letter_id>/issue", methods=["GET", "POST"])
@permission(Permission.LETTER_WRITE)
@costly
def issue(letter_id: str) -> Page:
    """Read the letter as it will be, say to whom it is given and what for, and issue it."""
    page, settings = _read_for_print(letter_id)
    if not page.is_open:
        flash(f"This letter was {page.letter.state.value} already. Nothing was done a second time.")
        return redirect(url_for(".show", letter_id=letter_id))
    form = IssueForm(data={"given_to": page.letter.recipient, "purpose": page.letter.kind.label})
    done = Attempt(200)
    if request.method == "POST" and form.validate():
        done = _issued(page, form, _print(page, settings))
    elif request.method == "POST":
        done = Attempt(422)
    if done.saved:
        flash("The letter is issued and kept. It can be read and printed, and is never changed again.")
        return redirect(url_for(".show", letter_id=letter_id))
    return _issue_page(letter_id, form, done)


@blueprint.post("/letters/<letter_id>/discard")
@permission(Permission.LETTER_WRITE)
def discard(letter_id: str) -> Page:
    """Put a draft aside; the list of letters takes it back."""
    page = _read(letter_id)
    done = attempt(EmptyForm(), lambda uow: letters.discard_letter(uow, letter_id, shown_version()))
    if not done.saved:
        return _edit(_read(letter_id), letter_form(page), done)
    flash("The letter is discarded. “Take it back” below undoes that.")
    return redirect(url_for(".index", patient_id=page.strip.id, _anchor="discarded"))


@blueprint.post("/letters/<letter_id>/restore")
@permission(Permission.LETTER_WRITE)
def restore(letter_id: str) -> Page:
    """Take a discarded letter back."""
    _read(letter_id)
    once(lambda uow: letters.restore_letter(uow, letter_id))
    flash("The letter is back, as it was.")
    return redirect(url_for(".show", letter_id=letter_id))


def _listed(patient_id: str) -> PatientLetters:
    with reading() as uow:
        page = patient_letters(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.letters", patient_id))
    return page


def _asked(patient_id: str, kind: DocumentKind) -> ReferralAsked:
    """What the referral in the address asks; nothing without one. Raises NotFound for one of another kind."""
    item_id = request.args.get("referral", "")
    if not item_id:
        return ReferralAsked(kind, "", "")
    with reading() as uow:
        asked = asked_of(uow, patient_id, item_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.referrals", patient_id))
    if asked.kind is not kind:
        raise NotFound
    return asked


def _read(letter_id: str) -> LetterPage:
    with reading() as uow:
        page = letter_page(uow, letter_id)
        uow.record(Event(Action.PATIENT_VIEWED, f"letter:{letter_id}", page.strip.id))
    return page


def _read_for_print(letter_id: str) -> tuple[LetterPage, PrintSettings]:
    with reading() as uow:
        page, settings = letter_page(uow, letter_id), prints.settings_of(uow)
        uow.record(Event(Action.DOCUMENT_READ, f"letter:{letter_id}", page.strip.id))
    return page, settings


def _issued(page: LetterPage, form: IssueForm, printed: Print) -> Attempt:
    said = {"given_to": form.given_to.data or "", "purpose": form.purpose.data or "", "shown": form.shown.data or ""}
    return attempt(form, lambda uow: letters.issue_letter(uow, page.letter.id, shown_version(), printed, **said))


def _print(page: LetterPage, settings: PrintSettings) -> Print:
    """The letter laid out under a reference of its own, outside any lock."""
    from clinic.pdf import documents  # ReportLab loads with the first print, not with the program.

    content, name = page.draft.content, work().new_id()
    stamp = prints.stamp(settings, reference(name), "issued", language=content.language)
    return Print(
        id=name,
        kind=page.letter.kind.value,
        title=content.title,
        language=content.language,
        edition=Edition.NORMAL,
        paper=settings.paper,
        visit_id=content.visit_id,
        content=contents.canonical(content).decode(),
        content_sha256=contents.digest(content),
        body=documents.render(content, stamp),
    )


def _may_write(page: LetterPage) -> bool:
    return permits(current_actor().role, Permission.LETTER_WRITE) and not page.strip.retired


def _edit(page: LetterPage, form: LetterForm, done: Attempt) -> Page:
    if not page.is_open:
        return _only_read(page)
    given = {"page": page, "patient": page.strip, "form": form, "version": done.version(page.letter.edit_version)}
    return render_template("letters/edit.html", placeholders=MEANINGS, stale=done.status == 409, **given), done.status


def _issue_page(letter_id: str, form: IssueForm, done: Attempt) -> Page:
    page = _read(letter_id)
    form.shown.data = contents.digest(page.draft.content)
    given = {"page": page, "patient": page.strip, "form": form, "version": page.letter.edit_version}
    return render_template("letters/issue.html", **given), done.status


def _only_read(page: LetterPage) -> Page:
    return render_template("letters/show.html", page=page, patient=page.strip)
