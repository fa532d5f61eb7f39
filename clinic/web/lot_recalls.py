"""Who had a lot: the list of a recall as page, table and print, and its letters."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import ROLES, Permission
from clinic.domain.documents import content as contents
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.documents.recall_letter import own_words
from clinic.domain.events import Action, Event
from clinic.domain.lot_recalls import Addressees, RecalledPerson, RecallList, addressed
from clinic.domain.quantities import format_number
from clinic.queries.logos import PrintSettings
from clinic.queries.lot_recalls import recall_list
from clinic.queries.recall_letters import RecallLetter, recall_letters, written_letters
from clinic.services.issued_documents import Print, reference
from clinic.services.lot_recalls import write_letters
from clinic.web import prints
from clinic.web.costly import costly
from clinic.web.documents import sent
from clinic.web.forms.lot_recalls import RecallLettersForm
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import current_actor, permission
from clinic.web.spreadsheets import download
from clinic.web.work import reading, work

blueprint = Blueprint("lot_recalls", __name__, url_prefix="/stock/lots/<lot_id>")
Page = str | Response | tuple[str, int]
_GIVEN = "given"
_INVALID = 422
HEADINGS = (
    "patient",
    "record number",
    "born",
    "phone",
    "e-mail",
    "address",
    "session",
    "state",
    "what the record says",
    "units given",
    "units charted",
    "vials",
    "syringes",
    "sites",
    "letters written",
)


@blueprint.get("/recall-list")
@permission(Permission.STOCK_READ)
def show(lot_id: str) -> str:
    """Everybody who had a lot or may have had it."""
    found = _asked(lot_id)
    may_issue = current_actor().role in ROLES[Permission.DOCUMENT_ISSUE]
    return render_template("lot_recalls/show.html", found=found, only_given=_only_given(), may_issue=may_issue)


@blueprint.get("/recall-list.csv")
@permission(Permission.STOCK_READ)
@costly
def table(lot_id: str) -> Response:
    """The same, one session a row, then the sessions without a lot on record."""
    found = _asked(lot_id)
    return download(f"recall-{found.lot.id}", HEADINGS, _rows(found))


@blueprint.get("/recall-list.pdf")
@permission(Permission.STOCK_READ)
@costly
def print_list(lot_id: str) -> Response:
    """The same on paper, with columns for who was reached."""
    from clinic.pdf import lot_recalls  # ReportLab loads with the first print, not with the program.

    found = _asked(lot_id)
    with reading() as uow:
        settings = prints.settings_of(uow)
    stamp = prints.stamp(settings, f"RECALL {found.lot.id[:10]}", "reading")
    zone = ZoneInfo(settings.time_zone)
    today = work().clock().astimezone(zone).date()
    return sent(lot_recalls.render(found, settings.clinic, today, zone, stamp), "recall-list")


@blueprint.route("/recall-letters", methods=["GET", "POST"])
@permission(Permission.DOCUMENT_ISSUE)
@costly
def letters(lot_id: str) -> Page:
    """Write the letters: who gets one is chosen, and all are kept or none."""
    form = RecallLettersForm()
    found = _asked(lot_id)
    form.count(found.patients)
    made: list[tuple[str, Print]] = []
    good = request.method != "POST" or form.validate()
    if request.method == "POST" and good:
        made = _made(found, Addressees(form.who.data), own_words(form.own_words.data or ""))
    batch_id = work().new_id()
    seen = shown_version()
    outcome = attempt(form, lambda uow: write_letters(uow, found, seen, made, batch_id)) if good else Attempt(_INVALID)
    if outcome.saved:
        return redirect(url_for(".batch", lot_id=lot_id, batch_id=outcome.id), 303)
    version = outcome.version(found.letters)
    page = render_template("lot_recalls/letters.html", form=form, found=found, version=version)
    return page, outcome.status


@blueprint.get("/recall-letters/<batch_id>.pdf")
@permission(Permission.DOCUMENT_READ)
@costly
def batch(lot_id: str, batch_id: str) -> Response:
    """A batch of letters as one file to print, each on pages of its own, in the order of the list."""
    from clinic.pdf import documents  # ReportLab loads with the first print, not with the program.

    with reading() as uow:
        lot = recall_list(uow, lot_id).lot
        written = written_letters(uow, lot.purpose, batch_id)
        settings = prints.settings_of(uow)
        shown = " ".join(one.patient_id for one in written)
        uow.record(Event(Action.DOCUMENT_READ, f"recall-letters:{batch_id}", new={"patients": shown}))
    parts = []
    for one in written:
        how: dict[str, Any] = {"at": one.issued_at, "language": one.content.language, "edition": one.edition}
        parts.append(documents.part(one.content, prints.stamp(settings, one.reference, "issued", **how)))
    return sent(documents.render_pack(parts), "recall-letters")


def _asked(lot_id: str) -> RecallList:
    with reading() as uow:
        found = recall_list(uow, lot_id)
        uow.record(Event(Action.STOCK_VIEWED, f"lot:{lot_id}", new={"patients": " ".join(found.patient_ids)}))
    return found.given_only() if _only_given() else found


def _only_given() -> bool:
    return request.args.get("who") == _GIVEN


def _made(found: RecallList, who: Addressees, typed: str) -> list[tuple[str, Print]]:
    """The letters laid out, outside of any lock; their ids are in the order of the list."""
    chosen = addressed(found.patients, who)
    with reading() as uow:
        settings = prints.settings_of(uow)
        drafts = recall_letters(uow, found.lot, chosen, typed)
    ids = sorted(work().new_id() for _ in drafts)
    return [(one.patient_id, _print(one, name, settings)) for one, name in zip(drafts, ids, strict=True)]


def _print(letter: RecallLetter, name: str, settings: PrintSettings) -> Print:
    from clinic.pdf import documents  # ReportLab loads with the first print, not with the program.

    content = letter.content
    how: dict[str, Any] = {"language": content.language, "edition": letter.edition}
    body = documents.render(content, prints.stamp(settings, reference(name), "issued", **how))
    return Print(
        id=name,
        kind=DocumentKind.RECALL_LETTER.value,
        title=content.title,
        language=content.language,
        edition=letter.edition,
        paper=settings.paper,
        visit_id=None,
        content=contents.canonical(content).decode(),
        content_sha256=contents.digest(content),
        body=body,
    )


def _rows(found: RecallList) -> Iterator[list[str]]:
    zone = ZoneInfo(g.time_zone)
    for one in found.patients:
        who = _who(one.person)
        written = ", ".join(letter.at.astimezone(zone).date().isoformat() for letter in one.written)
        for visit in one.visits:
            units = [_plain(visit.units) if visit.given.counts else "0", _plain(visit.charted_units)]
            sites = "; ".join(f"{site.text}{'' if site.given else ' (not given)'}" for site in visit.sites)
            syringes = "; ".join(syringe.words for syringe in visit.syringes)
            said = f"{visit.given.value}{', from an older record' if visit.transcribed else ''}"
            about = [visit.on.isoformat(), visit.state.value, said]
            yield [*who, *about, *units, ", ".join(visit.vials), syringes, sites, written]
    for session in found.unknown:
        about = [session.on.isoformat(), "", f"cannot be excluded: {session.lot_words}, {session.product_words}"]
        yield [*_who(session.person), *about, *("" for _ in range(6))]


def _who(person: RecalledPerson) -> list[str]:
    contact = person.contact
    return [
        person.display_name,
        person.record_number,
        person.birth_date.isoformat(),
        contact.phone,
        contact.email,
        " ".join(contact.address.split("\n")),
    ]


def _plain(units: Decimal) -> str:
    return format_number(units).replace(",", "")
