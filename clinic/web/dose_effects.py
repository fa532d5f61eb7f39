"""Doses of a patient beside what came of them: the page and its print, drawn by the same code."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, g, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.dose_effect_panels import Panel
from clinic.domain.dose_effect_windows import HOW_READ
from clinic.domain.dose_effects import DoseEffects
from clinic.domain.drawing_dose_effects import NARROW, WIDE, effect_figure
from clinic.domain.events import Action, Event
from clinic.queries.dose_effects import effects_page
from clinic.web import prints
from clinic.web.costly import costly
from clinic.web.documents import sent
from clinic.web.forms.dose_histories import page as page_asked
from clinic.web.security import permission
from clinic.web.svg import svg
from clinic.web.work import reading, work

blueprint = Blueprint("dose_effects", __name__, url_prefix="/patients/<patient_id>")


@blueprint.get("/dose-effect")
@permission(Permission.PATIENT_READ)
def show(patient_id: str) -> str:
    """Dose and effect."""
    everything = request.args.get("muscles") == "all"
    with reading() as uow:
        page = effects_page(uow, patient_id, page=page_asked(request.args), everything=everything)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.dose_effects", patient_id))
    content = page.content
    kept = {"muscles": "all"} if everything else {}
    return render_template(
        "dose_effects/show.html",
        patient=page.strip,
        content=content,
        figures=_figures(content),
        how=HOW_READ,
        kept=kept,
    )


@blueprint.get("/dose-effect.pdf")
@permission(Permission.DOCUMENT_READ)
@costly
def document(patient_id: str) -> Response:
    """The same figures and tables on paper, all muscles, as the record stands now."""
    from clinic.pdf import dose_effects as printed  # ReportLab loads with the first print, not with the program.

    with reading() as uow:
        content = effects_page(uow, patient_id, page=page_asked(request.args), everything=True).content
        settings = prints.settings_of(uow)
        uow.record(Event(Action.DOCUMENT_READ, "patient.dose_effects", patient_id))
    local = work().clock().astimezone(ZoneInfo(g.time_zone))
    stamp = prints.stamp(settings, f"dose-effect-{local:%Y%m%d-%H%M}", "reading")
    return sent(printed.render(content, stamp), stamp.reference)


def _figures(content: DoseEffects) -> dict[str, tuple[Markup, Markup]]:
    """Each panel drawn twice: for a wide screen and for a phone."""
    return {panel.anchor: (_drawn(panel, content, WIDE), _drawn(panel, content, NARROW)) for panel in content.panels}


def _drawn(panel: Panel, content: DoseEffects, width: float) -> Markup:
    return svg(
        effect_figure(panel, content, width), title=f"Dose and effect, {panel.label}; the numbers stand in the table"
    )
