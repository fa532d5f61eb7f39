"""Two or more sessions of a patient beside each other, printed, and one after the other."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, g, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.comparison_choices import count_words, pair_of, presets
from clinic.domain.comparison_content import FACTS, ComparisonContent, SessionFacts
from clinic.domain.comparison_sites import ComparedSession
from clinic.domain.comparison_tables import Numbered, column_rows, side_rows
from clinic.domain.comparison_years import BUNDLE, Frame, bundle, frame
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.face_comparisons import NARROW, WIDE, changes_drawing, legend
from clinic.domain.face_drawing import face
from clinic.queries import comparisons as query
from clinic.unit_of_work import UnitOfWork
from clinic.web import prints
from clinic.web.costly import costly
from clinic.web.documents import sent
from clinic.web.forms.comparisons import Asked
from clinic.web.security import permission
from clinic.web.svg import svg
from clinic.web.work import reading, work

blueprint = Blueprint("comparisons", __name__, url_prefix="/patients/<patient_id>")
Page = str | Response | tuple[str, int]
_TITLE = "Face with what changed; the numbers stand in the table"


@blueprint.get("/compare")
@permission(Permission.PATIENT_READ)
def show(patient_id: str) -> Page:
    """The comparison of the chosen sessions, or the list to choose from."""
    asked = Asked.of(request.args)
    refused: Invalid | None = None
    chosen: tuple[ComparedSession, ...] = ()
    with reading() as uow:
        page = query.choosing(uow, patient_id, asked.only)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.comparisons", patient_id))
        try:
            chosen = _chosen(page, asked)
        except Invalid as error:
            refused = error
            page = query.choosing(uow, patient_id)
        found = (
            query.content(uow, page.strip, chosen, pair_of(chosen, asked.before, asked.after)) if chosen[1:] else None
        )
    if found:
        return _compared(page, found)
    return _picking(page, asked, chosen, refused), 422 if refused else 200


@blueprint.get("/compare.pdf")
@permission(Permission.DOCUMENT_READ)
@costly
def document(patient_id: str) -> Response:
    """The same comparison on paper, as the record stands now."""
    from clinic.pdf import comparisons as printed  # ReportLab loads with the first print, not with the program.

    with reading() as uow:
        content = _content(uow, patient_id, Asked.of(request.args))
        settings = prints.settings_of(uow)
        uow.record(Event(Action.DOCUMENT_READ, "patient.comparisons", patient_id))
    local = work().clock().astimezone(ZoneInfo(g.time_zone))
    stamp = prints.stamp(settings, f"comparison-{local:%Y%m%d-%H%M}", "reading")
    return sent(printed.render(content, stamp), stamp.reference)


@blueprint.get("/compare/years")
@permission(Permission.PATIENT_READ)
def years(patient_id: str) -> Page:
    """One session after the other, each with what changed since the one before."""
    asked = Asked.of(request.args)
    with reading() as uow:
        page = query.choosing(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.comparisons", patient_id))
    given = page.sessions.given
    at = [page.sessions.find(visit_id) for visit_id in asked.sessions[:1]]
    number = next((given.index(one) + 1 for one in at if one in given), len(given))
    shown = _shown(frame(given, number)) if given else None
    return render_template(
        "comparisons/years.html",
        patient=page.strip,
        given=given,
        shown=shown,
        plate=_plate(),
        bundle=BUNDLE,
        voided=page.voided,
    )


@blueprint.get("/compare/years/sessions")
@permission(Permission.PATIENT_READ)
def frames(patient_id: str) -> Page:
    """Several sessions at once, for the script that plays them."""
    with reading() as uow:
        page = query.choosing(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.comparisons", patient_id))
    size = NARROW if request.args.get("size") == "narrow" else WIDE
    found = bundle(page.sessions.given, request.args.get("part", 0, type=int))
    if not found:
        abort(404)
    return render_template("comparisons/frames.html", patient=page.strip, frames=[_played(one, size) for one in found])


def _chosen(page: query.Choosing, asked: Asked) -> tuple[ComparedSession, ...]:
    if asked.with_previous and len(asked.sessions) == 1:
        return page.sessions.with_previous(asked.sessions[0])
    return page.sessions.chosen(asked.sessions)


def _content(uow: UnitOfWork, patient_id: str, asked: Asked) -> ComparisonContent:
    page = query.choosing(uow, patient_id, asked.only)
    chosen = _chosen(page, asked)
    if not chosen[1:]:
        raise Invalid({"session": "Choose at least two sessions, then print them."})
    return query.content(uow, page.strip, chosen, pair_of(chosen, asked.before, asked.after))


def _picking(page: query.Choosing, asked: Asked, chosen: tuple[ComparedSession, ...], error: Invalid | None) -> str:
    return render_template(
        "comparisons/pick.html",
        patient=page.strip,
        listed=[SessionFacts(one) for one in page.sessions.newest_first],
        given=page.sessions.given,
        presets=presets(page.sessions),
        chosen={one.id for one in chosen} | set(asked.sessions),
        said=count_words(chosen, page.sessions),
        error=error.fields["session"] if error else "",
        voided=page.voided,
    )


def _compared(page: query.Choosing, content: ComparisonContent) -> str:
    muscles = content.comparison.muscles
    sites = tuple(one for row in muscles for one in row.sites)
    several = content.is_several
    return render_template(
        "comparisons/show.html",
        patient=page.strip,
        content=content,
        ids=[one.id for one in content.sessions],
        empty=_empty(content),
        labels=FACTS,
        wide="num" if len({key for one in content.sessions for key in one.products}) == 1 else "",
        width=len(content.sessions) + 1,
        face=_faces(sites),
        plate=_plate(),
        legend=legend(sites),
        columns=column_rows(content.sessions, [row.place for row in muscles]) if several else (),
        sides=side_rows(content.sessions) if several else (),
        voided=page.voided,
    )


def _empty(content: ComparisonContent) -> str:
    pair = content.comparison
    if not pair.is_empty:
        return ""
    if pair.before.id == pair.after.id:
        return "The same session was chosen twice: there is no difference. Every site stands as it was given."
    return "No difference: the same sites with the same units of the same product."


def _shown(one: Frame) -> dict[str, Any]:
    return {"frame": one, "face": _faces(one.sites, numbered=False)}


def _played(one: Frame, size: float) -> dict[str, Any]:
    drawing = changes_drawing(one.sites, size, numbered=False)
    return {"frame": one, "face": svg(drawing, title=_TITLE)}


def _faces(sites: tuple[Numbered, ...], *, numbered: bool = True) -> dict[str, Markup]:
    """What lies over the plate, for a wide screen and for a phone."""
    sizes = {"wide": WIDE, "narrow": NARROW}
    drawn = {name: changes_drawing(sites, size, numbered=numbered) for name, size in sizes.items()}
    return {name: svg(one, title=_TITLE, interactive=True) for name, one in drawn.items()}


@cache
def _plate() -> Markup:
    """The face below the marks: the same for everybody."""
    return svg(face(), title="Face")
