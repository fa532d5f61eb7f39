"""Prints: a signed visit's original byte for byte, marked copies once it was amended or voided, drafts marked as such."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from flask import Blueprint, Response, abort, make_response

from clinic.domain.actors import Permission, RecordState
from clinic.domain.events import Action, Event
from clinic.domain.visit_content import VisitContent, canonical, digest
from clinic.queries import charts
from clinic.queries import documents as query
from clinic.queries import visit_revisions as revisions
from clinic.queries.logos import PrintSettings
from clinic.services import documents
from clinic.web import prints
from clinic.web.assessments import note_shown
from clinic.web.costly import costly
from clinic.web.security import permission
from clinic.web.work import reading, writing

if TYPE_CHECKING:
    from clinic.pdf.stamps import Signature, Stamp

blueprint = Blueprint("documents", __name__)
STATUS: dict[RecordState, Literal["signed", "amended", "voided"]] = {
    RecordState.SIGNED: "signed",
    RecordState.AMENDED: "amended",
    RecordState.VOIDED: "voided",
}
_SANDBOX = "sandbox; default-src 'none'"


@blueprint.get("/visits/<visit_id>/summary.pdf")
@permission(Permission.DOCUMENT_READ)
@costly
def summary(visit_id: str) -> Response:
    """The summary as it stands: the original while in force, a marked copy once amended or voided, a draft until signed."""
    with reading() as uow:
        page = charts.chart_page(uow, visit_id)
        version = revisions.signed_version(uow, visit_id) if _is_signed(page) else None
        settings = prints.settings_of(uow)
        uow.record(Event(Action.DOCUMENT_READ, f"visit:{visit_id}", page.record.patient.id))
    if version is None:
        note_shown(page.record)
        return sent(_render_draft(page, settings), f"draft-{documents.reference(visit_id, page.content.revision)}")
    if version.state is RecordState.SIGNED and not version.has_later:
        return _original(visit_id)
    return sent(render_signed(version, settings), f"copy-{documents.reference(visit_id, version.content.revision)}")


@blueprint.get("/visits/<visit_id>/summary.json")
@permission(Permission.DOCUMENT_READ)
@costly
def export(visit_id: str) -> Response:
    """The visit's content as canonical JSON, as it was signed or as the draft stands, with the hash of these bytes."""
    with reading() as uow:
        page = charts.chart_page(uow, visit_id)
        version = revisions.signed_version(uow, visit_id) if _is_signed(page) else None
        uow.record(Event(Action.DOCUMENT_READ, f"visit:{visit_id}", page.record.patient.id))
    if version is None:
        note_shown(page.record)
        return _exported(page.content, "draft")
    if digest(version.content) != version.signature.content_sha256:
        abort(500)  # Shown to nobody: these are not the signed bytes. `flask clinic verify` names them.
    return _exported(version.content, "visit")


def _exported(content: VisitContent, kind: str) -> Response:
    """A content as a file; its name tells nothing of the patient."""
    response = make_response(canonical(content))
    name = documents.reference(content.id, content.revision)
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}-{name}.json"'
    response.headers["X-Content-SHA256"] = digest(content)
    return response


def _is_signed(page: charts.ChartPage) -> bool:
    return page.record.state not in {RecordState.DRAFT, RecordState.DISCARDED}


@blueprint.get("/visits/<visit_id>/original.pdf")
@permission(Permission.DOCUMENT_READ)
@costly
def original(visit_id: str) -> Response:
    """The summary as it was signed, byte for byte, whatever came later."""
    return _original(visit_id)


def _original(visit_id: str) -> Response:
    issue_summary(visit_id)
    with reading() as uow:
        kept = query.original(uow, visit_id, documents.SUMMARY)
        if kept is None:
            abort(404)
        uow.record(Event(Action.DOCUMENT_READ, f"document:{kept.id}", kept.patient_id))
    if hashlib.sha256(kept.body).hexdigest() != kept.sha256:
        abort(500)  # Shown to nobody: the stored bytes are not the issued ones. `flask clinic verify` names it.
    return sent(kept.body, kept.reference)


def issue_summary(visit_id: str) -> None:
    """Render and keep the summary of a signed visit, unless it is kept already. Layout never runs under the lock."""
    with reading() as uow:
        version = revisions.signed_version(uow, visit_id)
        if any(one.kind == documents.SUMMARY for one in version.documents):
            return
        settings = prints.settings_of(uow)
    body = render_signed(version, settings, as_signed=True)
    with writing() as uow:
        documents.issue(uow, visit_id, documents.SUMMARY, body, version.signature.content_sha256)


@blueprint.get("/visits/<visit_id>/draw-up.pdf")
@permission(Permission.DOCUMENT_READ)
@costly
def draw_up(visit_id: str) -> Response:
    """The draw-up sheet: per syringe units, mL and sites."""
    from clinic.pdf import draw_up_sheet  # ReportLab loads with the first print, not with the program.

    with reading() as uow:
        page = charts.chart_page(uow, visit_id)
        settings = prints.settings_of(uow)
        if page.content.session is None:
            abort(404)
        uow.record(Event(Action.DOCUMENT_READ, f"visit:{visit_id}", page.record.patient.id))
    name = documents.reference(visit_id, page.content.revision)
    stamp = prints.stamp(settings, name, STATUS.get(page.record.state, "draft"))
    return sent(draw_up_sheet.render(page.content, stamp), f"draw-up-{name}")


def _render_draft(page: charts.ChartPage, settings: PrintSettings) -> bytes:
    from clinic.pdf import visit_summary  # ReportLab loads with the first print, not with the program.

    content, visit = page.content, page.record.visit
    gone = f"discarded: {visit.discard_reason}" if page.record.state is RecordState.DISCARDED else ""
    reference = documents.reference(content.id, content.revision)
    return visit_summary.render(content, prints.stamp(settings, reference, "draft", status_text=gone))


def render_signed(version: revisions.SignedVersion, settings: PrintSettings, *, as_signed: bool = False) -> bytes:
    """The summary of a signed visit, as it was signed or as it stands now."""
    from clinic.pdf import visit_summary  # ReportLab loads with the first print, not with the program.

    return visit_summary.render(version.content, signed_stamp(version, settings, as_signed=as_signed))


def signed_stamp(
    version: revisions.SignedVersion, settings: PrintSettings, reference: str = "", *, as_signed: bool = False
) -> Stamp:
    """The stamp of a signed visit's print: its signature, and unless ``as_signed`` what came after it."""
    from clinic.pdf.stamps import Addendum, Signature  # ReportLab loads with the first print, not with the program.

    one, said = version.signature, prints.moment
    role = f"{one.signer_role}, under {one.under}" if one.under else one.signer_role
    at = said(one.signed_at, one.time_zone)
    signature = Signature(one.signer_name, role, one.meaning, at, one.content_sha256)
    addenda = tuple(
        Addendum(row.text, f"{row.signer_name} ({row.signer_role})", said(row.signed_at)) for row in version.addenda
    )
    return prints.stamp(
        settings,
        reference or documents.reference(version.visit_id, version.content.revision),
        STATUS[RecordState.SIGNED if as_signed else version.state],
        at=one.signed_at if as_signed else None,
        status_text="" if as_signed else version.status_text,
        signatures=(signature,) if as_signed else (signature, *_second(version)),
        awaited=_awaited(version, as_signed=as_signed),
        belongs="" if as_signed else version.belongs_text,
        addenda=() if as_signed else addenda,
        requests=() if as_signed else tuple(row.lines for row in version.requests),
    )


def _second(version: revisions.SignedVersion) -> Iterator[Signature]:
    from clinic.pdf.stamps import Signature  # ReportLab loads with the first print, not with the program.

    if one := version.co_signature:
        at = prints.moment(one.signed_at, one.time_zone)
        yield Signature(one.signer_name, one.signer_role, one.meaning, at, one.content_sha256, one.note)


def _awaited(version: revisions.SignedVersion, *, as_signed: bool) -> str:
    """The signature that is still to come; an original says that it was made before it came."""
    if as_signed and version.co_signature_expected and version.signed_under:
        return f"When it was signed, the co-signature of {version.signature.under} was still to come"
    return version.co_signature_text


def sent(body: bytes, name: str) -> Response:
    """A print as an answer, shown in a sandbox."""
    response = make_response(body)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response.headers["Content-Security-Policy"] = _SANDBOX
    return response
