"""Documents on their way to paper: read inside a unit of work, laid out after it, never under the lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from clinic.domain import visit_content
from clinic.domain.actors import RecordState
from clinic.domain.documents import content as contents
from clinic.domain.documents.content import DocumentContent
from clinic.domain.documents.kinds import PACK, DocumentKind, Edition
from clinic.domain.documents.texts import language as language_of
from clinic.domain.errors import NotFound
from clinic.queries import charts
from clinic.queries import visit_revisions as revisions
from clinic.queries.document_packs import OF_VISIT, PackVisit, asked, asked_draft, own_problems
from clinic.queries.issued_documents import IssuedFile, IssuedRow
from clinic.queries.logos import PrintSettings
from clinic.services.issued_documents import Print, reference
from clinic.unit_of_work import UnitOfWork
from clinic.web import prints
from clinic.web.documents import STATUS, signed_stamp
from clinic.web.forms.document_packs import Chosen

if TYPE_CHECKING:
    from clinic.pdf.pages import Part

TITLE_MAXIMUM = 200


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document that was read and waits to be laid out; ``part`` lays it out under a reference."""

    kind: DocumentKind
    title: str
    language: str
    edition: Edition
    visit_id: str | None
    content: str
    content_sha256: str
    part: Callable[[str], Part]


def read_sheets(
    uow: UnitOfWork, settings: PrintSettings, patient_id: str, visit: PackVisit | None, wanted: Sequence[Chosen]
) -> tuple[tuple[Sheet, ...], tuple[str, ...]]:
    """Every wanted document as it would be handed over now, and in words what keeps some of them from it."""
    found: list[Sheet] = []
    refused: list[str] = []
    for one in wanted:
        problems, sheet = _read(uow, settings, patient_id, visit, one)
        refused += [f"{one.kind.label}: {words}" for words in problems]
        if sheet:
            found.append(sheet)
    return tuple(found), tuple(refused)


def _read(
    uow: UnitOfWork, settings: PrintSettings, patient_id: str, visit: PackVisit | None, one: Chosen
) -> tuple[tuple[str, ...], Sheet | None]:
    if one.kind in OF_VISIT:
        problems = own_problems(one.kind, visit)
        return problems, None if problems or visit is None else _of_visit(uow, settings, visit, one.kind)
    ask = asked(one.kind, patient_id, visit.id if visit else None, one.language, one.left_out)
    draft = asked_draft(uow, ask)
    return draft.problems, None if draft.problems else _of_content(settings, draft.content, one)


def _of_content(settings: PrintSettings, content: DocumentContent, one: Chosen) -> Sheet:
    written = contents.canonical(content).decode()

    def part(name: str) -> Part:
        return _part(settings, content, name, "issued", edition=one.edition)

    digest = contents.digest(content)
    return Sheet(one.kind, content.title, content.language, one.edition, content.visit_id, written, digest, part)


def _of_visit(uow: UnitOfWork, settings: PrintSettings, visit: PackVisit, kind: DocumentKind) -> Sheet:
    if visit.state is RecordState.DRAFT:
        content, sha256, version = charts.chart_page(uow, visit.id).content, "", None
        sha256 = visit_content.digest(content)
    else:
        version = revisions.signed_version(uow, visit.id)
        content, sha256 = version.content, version.signature.content_sha256

    def part(name: str) -> Part:
        from clinic.pdf import draw_up_sheet, visit_summary  # ReportLab loads with the first print, not before.

        if version is not None and kind is DocumentKind.VISIT_SUMMARY:
            return visit_summary.part(content, signed_stamp(version, settings, name))
        state = version.state if version else RecordState.DRAFT
        return draw_up_sheet.part(content, prints.stamp(settings, name, STATUS.get(state, "draft")))

    # A draft goes on changing, so what its sheet was laid out from is kept with it; a signature keeps its own content.
    written = visit_content.canonical(content).decode() if kind is DocumentKind.DRAW_UP_SHEET else ""
    return Sheet(kind, kind.label, "en", Edition.NORMAL, visit.id, written, sha256, part)


def _part(settings: PrintSettings, content: DocumentContent, name: str, status: Any, **more: Any) -> Part:
    from clinic.pdf import documents  # ReportLab loads with the first print, not with the program.

    return documents.part(content, prints.stamp(settings, name, status, language=content.language, **more))


def printed(
    sheets: Sequence[Sheet], settings: PrintSettings, new_id: Callable[[], str]
) -> tuple[list[Print], Print | None]:
    """The sheets laid out, each with a reference of its own, and where there are several all of them as one file."""
    from clinic.pdf.documents import render_pack  # ReportLab loads with the first print, not with the program.

    found = [(sheet, new_id()) for sheet in sheets]
    parts = [sheet.part(reference(name)) for sheet, name in found]
    made = [_print(sheet, name, settings, render_pack([sheet.part(reference(name))])) for sheet, name in found]
    if len(made) < 2:
        return made, None
    languages = {sheet.language for sheet in sheets}
    pack = Print(
        id=new_id(),
        kind=PACK,
        title=f"Print pack of {len(sheets)} documents",
        language=languages.pop() if len(languages) == 1 else "",
        edition=Edition.NORMAL,
        paper=settings.paper,
        visit_id=next((sheet.visit_id for sheet in sheets if sheet.visit_id), None),
        content="",
        content_sha256="",
        body=render_pack(parts),
    )
    return made, pack


def _print(sheet: Sheet, name: str, settings: PrintSettings, body: bytes) -> Print:
    return Print(
        id=name,
        kind=sheet.kind.value,
        title=sheet.title[:TITLE_MAXIMUM],
        language=sheet.language,
        edition=sheet.edition,
        paper=settings.paper,
        visit_id=sheet.visit_id,
        content=sheet.content,
        content_sha256=sheet.content_sha256,
        body=body,
    )


def preview(content: DocumentContent, settings: PrintSettings, edition: Edition) -> bytes:
    """A document as it would be handed over, marked as not handed over."""
    from clinic.pdf.documents import render_pack  # ReportLab loads with the first print, not with the program.

    return render_pack([_part(settings, content, "preview", "preview", edition=edition)])


def blank(content: DocumentContent, settings: PrintSettings) -> bytes:
    """A sheet about nobody, which is not kept."""
    from clinic.pdf.documents import render  # ReportLab loads with the first print, not with the program.

    return render(content, prints.stamp(settings, DocumentKind(content.kind).slug, "issued"))


def again(uow: UnitOfWork, settings: PrintSettings, file: IssuedFile) -> Callable[[], bytes] | None:
    """What lays a superseded document out anew, with its mark; None where nothing is kept to lay it out from."""
    files = file.parts or (file,)
    parts = [_again(uow, settings, one) for one in files]
    if any(part is None for part in parts):
        return None

    def run() -> bytes:
        from clinic.pdf.documents import render_pack  # ReportLab loads with the first print, not with the program.

        return render_pack([part() for part in parts if part])

    return run


def _again(uow: UnitOfWork, settings: PrintSettings, file: IssuedFile) -> Callable[[], Part] | None:
    row = file.row
    if row.kind == DocumentKind.VISIT_SUMMARY:
        return _summary_again(uow, settings, row)
    if not file.content:
        return None
    if row.kind == DocumentKind.DRAW_UP_SHEET:
        return _draw_up_again(uow, settings, file)
    content = contents.read(file.content)
    if row.superseded is None:
        return lambda: _part(settings, content, row.reference, "issued", edition=row.edition, at=row.issued_at)
    text = _mark(row, content.language)
    return lambda: _part(settings, content, row.reference, "superseded", edition=row.edition, status_text=text)


def _mark(row: IssuedRow, code: str) -> str:
    """What superseded a document, as a sentence in its language; "" for one that stands."""
    if row.superseded is None:
        return ""
    words = language_of(code)
    return words.label(
        "superseded_visit" if row.superseded.by_visit else "superseded", day=words.day(row.superseded.on)
    )


def _draw_up_again(uow: UnitOfWork, settings: PrintSettings, file: IssuedFile) -> Callable[[], Part]:
    """A draw-up sheet with the doses that were handed over: its visit may hold others by now."""
    content, row = visit_content.read(file.content), file.row
    status: Any = "superseded" if row.superseded else "draft" if _was_draft(uow, row) else "signed"
    at = None if row.superseded else row.issued_at

    def part() -> Part:
        from clinic.pdf import draw_up_sheet  # ReportLab loads with the first print, not before.

        stamp = prints.stamp(settings, row.reference, status, at=at, status_text=_mark(row, "en"))
        return draw_up_sheet.part(content, stamp)

    return part


def _was_draft(uow: UnitOfWork, row: IssuedRow) -> bool:
    try:
        return revisions.signed_version(uow, row.visit_id or "").signature.signed_at > row.issued_at
    except NotFound:
        return True


def _summary_again(uow: UnitOfWork, settings: PrintSettings, row: IssuedRow) -> Callable[[], Part]:
    """A summary of a changed visit as the visit stands now, and any other as it was handed over."""
    version = revisions.signed_version(uow, row.visit_id or "")
    mark = row.superseded
    if mark is None or not mark.by_visit:
        version = version.as_of(row.issued_at)

    def part() -> Part:
        from clinic.pdf import visit_summary  # ReportLab loads with the first print, not before.

        stamp = signed_stamp(version, settings, row.reference)
        if mark is None:
            stamp = replace(stamp, printed_at=prints.moment(row.issued_at))
        elif not mark.by_visit:
            stamp = replace(stamp, status="superseded", status_text=_mark(row, "en"))
        return visit_summary.part(version.content, stamp)

    return part
