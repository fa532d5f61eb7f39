"""Previewing, choosing and handing over documents of a visit or a patient, and what was handed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.documents import chart_sheet
from clinic.domain.documents.kinds import BY_SLUG, SHAPES, DocumentKind, Edition, Scope
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.queries import document_packs as query
from clinic.queries.changed_handouts import changed_handouts
from clinic.queries.document_packs import PackPage, PackVisit, asked, asked_draft, pack_visit
from clinic.queries.issued_documents import IssuedRow, handed_over
from clinic.queries.patients import strip
from clinic.services.issued_documents import hand_over
from clinic.web import print_sheets, prints
from clinic.web.costly import costly
from clinic.web.documents import sent
from clinic.web.forms.document_packs import Chosen, PackForm, pack_form, parts
from clinic.web.saving import attempt
from clinic.web.security import current_actor, permission
from clinic.web.work import note_refusal, reading, work

blueprint = Blueprint("document_packs", __name__)
Page = str | Response | tuple[str, int]
_INVALID = 422


@dataclass(frozen=True, slots=True)
class About:
    """Whom a page is about, and the visit where it is a visit's page."""

    patient_id: str
    visit: PackVisit | None = None

    @property
    def url(self) -> str:
        """The address of the page."""
        if self.visit:
            return url_for("document_packs.visit", visit_id=self.visit.id)
        return url_for("document_packs.patient", patient_id=self.patient_id)


@blueprint.get("/visits/<visit_id>/documents")
@permission(Permission.DOCUMENT_READ)
def visit(visit_id: str) -> Page:
    """What can be printed for a visit."""
    return _page(_of_visit(visit_id))


@blueprint.get("/patients/<patient_id>/documents")
@permission(Permission.DOCUMENT_READ)
def patient(patient_id: str) -> Page:
    """What can be printed for a patient, and what was."""
    return _page(About(patient_id))


@blueprint.post("/visits/<visit_id>/documents")
@permission(Permission.DOCUMENT_ISSUE)
@costly
def print_for_visit(visit_id: str) -> Page:
    """Print what was chosen for a visit, or look at one of it."""
    return _printed(_of_visit(visit_id))


@blueprint.post("/patients/<patient_id>/documents")
@permission(Permission.DOCUMENT_ISSUE)
@costly
def print_for_patient(patient_id: str) -> Page:
    """Print what was chosen for a patient, or look at one of it."""
    with reading() as uow:
        strip(uow, patient_id)
    return _printed(About(patient_id))


@blueprint.get("/visits/<visit_id>/documents/<document_slug>.pdf")
@permission(Permission.DOCUMENT_READ)
@costly
def preview_of_visit(visit_id: str, document_slug: str) -> Response:
    """A document about a visit as it would be handed over, marked as a preview."""
    return _preview(_of_visit(visit_id), document_slug)


@blueprint.get("/patients/<patient_id>/documents/<document_slug>.pdf")
@permission(Permission.DOCUMENT_READ)
@costly
def preview_of_patient(patient_id: str, document_slug: str) -> Response:
    """A document about a patient as it would be handed over, marked as a preview."""
    return _preview(About(patient_id), document_slug)


@blueprint.get("/blank-chart.pdf")
@permission(Permission.DOCUMENT_READ)
@costly
def blank_chart() -> Response:
    """A chart without a patient, to be filled in by hand."""
    with reading() as uow:
        settings = prints.settings_of(uow)
        uow.record(Event(Action.DOCUMENT_READ, DocumentKind.BLANK_CHART.slug))
    today = work().clock().astimezone(ZoneInfo(settings.time_zone)).date()
    return sent(print_sheets.blank(chart_sheet.blank_chart(settings.clinic, today), settings), "blank-chart")


def _of_visit(visit_id: str) -> About:
    with reading() as uow:
        found = pack_visit(uow, visit_id)
    return About(found.patient_id, found)


def _page(about: About, form: PackForm | None = None, status: int = 200) -> Page:
    with reading() as uow:
        page = query.pack_page(uow, about.patient_id, about.visit)
        issued = handed_over(uow, about.patient_id)
        changed = changed_handouts(uow, about.visit.id, issued) if about.visit else ()
        uow.record(Event(Action.PATIENT_VIEWED, "patient.documents", about.patient_id))
    return _shown(about, page, issued, form, changed=changed), status


def _shown(
    about: About, page: PackPage, issued: tuple[IssuedRow, ...], form: PackForm | None, *, changed: Sequence[IssuedRow]
) -> str:
    visit_id = about.visit.id if about.visit else None
    form = form or pack_form(visit_id, page.language, page.edition)
    shown = {
        "page": page,
        "patient": page.strip,
        "url": about.url,
        "chosen": {row.kind: form.chosen(row.kind) for row in page.rows},
        "issued": tuple(row for row in issued if visit_id in (None, row.visit_id)),
        "newest": {row.kind: row for row in reversed(issued) if row.visit_id in (None, visit_id)},
        "changed": changed,
    }
    return render_template("documents/visit.html" if about.visit else "documents/patient.html", form=form, **shown)


def _printed(about: About) -> Page:
    form = pack_form(about.visit.id if about.visit else None)
    if form.looked_at is not None:
        return redirect(_look_url(about, form.looked_at), 303)
    good = form.validate()
    with reading() as uow:
        settings = prints.settings_of(uow)
        sheets, problems = print_sheets.read_sheets(uow, settings, about.patient_id, about.visit, form.ticked)
    if problems or not good:
        form.documents.errors = [*form.documents.errors, *problems]
        note_refusal(current_actor(), Invalid(form.messages))
        return _page(about, form, _INVALID)
    made, pack = print_sheets.printed(sheets, settings, work().new_id) if sheets else ([], None)
    done = attempt(
        form,
        lambda uow: hand_over(
            uow, about.patient_id, made, given_to=form.recipient, purpose=form.purpose.data or "", pack=pack
        ),
    )
    return (
        redirect(url_for("issued_documents.show", document_id=done.id), 303)
        if done.saved
        else _page(about, form, done.status)
    )


def _look_url(about: About, one: Chosen) -> str:
    """The address of a preview: keys of parts in it, never anything about the patient."""
    if one.kind is DocumentKind.VISIT_SUMMARY and about.visit:
        return url_for("documents.summary", visit_id=about.visit.id)
    if one.kind is DocumentKind.DRAW_UP_SHEET and about.visit:
        return url_for("documents.draw_up", visit_id=about.visit.id)
    how: dict[str, Any] = {"language": one.language or None, "without": sorted(one.left_out)}
    how |= {"edition": one.edition.value} if SHAPES[one.kind].translated else {}
    if SHAPES[one.kind].scope is Scope.VISIT and about.visit:
        return url_for(".preview_of_visit", visit_id=about.visit.id, document_slug=one.kind.slug, **how)
    return url_for(".preview_of_patient", patient_id=about.patient_id, document_slug=one.kind.slug, **how)


def _preview(about: About, slug: str) -> Response:
    kind = BY_SLUG.get(slug)
    if kind not in query.kinds(about.visit.id if about.visit else None) or kind in query.OF_VISIT:
        raise NotFound
    left_out = parts(set(request.args.getlist("without")))
    language = request.args.get("language", "")
    large = request.args.get("edition") == Edition.LARGE.value and SHAPES[kind].translated
    with reading() as uow:
        ask = asked(kind, about.patient_id, about.visit.id if about.visit else None, language, left_out)
        content = asked_draft(uow, ask).content
        settings = prints.settings_of(uow)
        uow.record(Event(Action.DOCUMENT_READ, f"document.preview:{slug}", about.patient_id))
    return sent(print_sheets.preview(content, settings, Edition.LARGE if large else Edition.NORMAL), f"preview-{slug}")
