"""Scores over time, with the sessions on the same axis: the page and its print, drawn by the same code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g, render_template
from markupsafe import Markup
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.drawing import Drawing
from clinic.domain.drawing_trends import NARROW, WIDE, dose_figure, pattern_figure, score_figure
from clinic.domain.events import Action, Event
from clinic.domain.trends_content import TrendsContent
from clinic.queries import trends as query
from clinic.web import prints
from clinic.web.costly import costly
from clinic.web.documents import sent
from clinic.web.security import permission
from clinic.web.svg import svg
from clinic.web.work import reading, work

blueprint = Blueprint("trends", __name__, url_prefix="/patients/<patient_id>")
Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """What is drawn, drawn twice: for a wide screen and for a phone. ``about`` is what the figure shows."""

    about: Any
    wide: Markup
    narrow: Markup


@blueprint.get("/trends")
@permission(Permission.PATIENT_READ)
def show(patient_id: str) -> Page:
    """Scores over time."""
    with reading() as uow:
        page = query.trends(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.trends", patient_id))
    return render_template("trends/show.html", patient=page.strip, trends=page.content, **_figures(page.content))


@blueprint.get("/trends.pdf")
@permission(Permission.DOCUMENT_READ)
@costly
def document(patient_id: str) -> Response:
    """The same figures and tables on paper, as the record stands now."""
    from clinic.pdf import trends as printed  # ReportLab loads with the first print, not with the program.

    with reading() as uow:
        content = query.trends(uow, patient_id).content
        settings = prints.settings_of(uow)
        uow.record(Event(Action.DOCUMENT_READ, "patient.trends", patient_id))
    local = work().clock().astimezone(ZoneInfo(g.time_zone))
    stamp = prints.stamp(settings, f"trends-{local:%Y%m%d-%H%M}", "reading")
    return sent(printed.render(content, stamp), stamp.reference)


def _figures(content: TrendsContent) -> dict[str, Any]:
    if content.span is None:
        return {"scores": (), "patterns": (), "doses": None}

    def drawn(about: Any, title: str, draw: Any, *given: Any) -> Figure:
        return Figure(about, *(_svg(draw(*given, content, width), title) for width in (WIDE, NARROW)))

    return {
        "scores": tuple(drawn(one, one.title, score_figure, one) for one in content.series),
        "patterns": tuple(drawn(one, one.title, pattern_figure, one) for one in content.patterns),
        "doses": drawn(content.doses, "Doses by muscle", dose_figure) if content.doses else None,
    }


def _svg(drawing: Drawing, title: str) -> Markup:
    return svg(drawing, title=f"{title} over time; the numbers stand in the table")
