"""The face of a visit as SVG: interactive on the chart, still on review and signed pages, small in the timeline."""

from __future__ import annotations

import hashlib
import json
from functools import cache, lru_cache

from markupsafe import Markup

from clinic.domain.anatomy import Side, browser_geometry, view_box
from clinic.domain.face_chair import chair_drawing
from clinic.domain.face_drawing import Mark, MarkStatus, chart, face
from clinic.domain.face_marks import DOT, small_radius
from clinic.domain.face_plan import LAYER, PlanMark, with_plan
from clinic.domain.quantities import from_hundredths
from clinic.domain.visit_content import SiteContent, VisitContent
from clinic.queries.charts import ChartPage
from clinic.queries.visit_lists import TimelineRow
from clinic.web.svg import dots, radius_text, svg, svg_fragment

_HIDDEN_AT_FIRST = ("zones",)
_LEFT, _BOTTOM, _RIGHT, _TOP = view_box()
SMALL_BOX = f"{_LEFT} {-_TOP} {_RIGHT - _LEFT} {_TOP - _BOTTOM}"
"""The ``viewBox`` of a small face."""


def interactive(page: ChartPage) -> Markup:
    """The chart's face; zones are hidden until asked for, and the named sites are the script's to draw.

    The plan lies on it until the first site is charted, and then when it is asked for.
    """
    session = page.content.session
    greyed = tuple((row.muscle, row.side) for row in page.record.statuses)
    planned = (PlanMark(one.muscle, one.side, one.places, one.label) for one in page.planned)
    plate = with_plan(face(show=("muscles", "zones"), greyed=greyed), planned)
    sites = session.sites if session else ()
    hidden = (*_HIDDEN_AT_FIRST, LAYER) if sites else _HIDDEN_AT_FIRST
    title = "Face with the charted sites; the patient's right is on the left of the picture"
    return svg(chart(_marks(sites), plate), title=title, interactive=True, id_prefix="chart", hidden=hidden)


def still(content: VisitContent) -> Markup:
    """The face with its sites, to read."""
    session = content.session
    drawing = chart(_marks(session.sites if session else ()), face())
    return svg(
        drawing,
        title="Face with the charted sites; the patient's right is on the left of the picture",
        id_prefix="still",
    )


def at_the_chair(page: ChartPage) -> Markup:
    """The face for the chair: the sites still to be given, with their numbers and doses in large beside it."""
    session = page.content.session
    greyed = tuple((row.muscle, row.side) for row in page.record.statuses)
    drawing = chair_drawing(_marks(session.sites if session else ()), greyed)
    title = "Face with the sites still to be given, as in the list; the patient's right is on the left of the picture"
    return svg(drawing, title=title, interactive=True, id_prefix="chair")


def small(row: TimelineRow) -> Markup:
    """The dots of a timeline row; the outline below them stands once on the page (``small_outline``)."""
    # As ``marks`` draws them: large dots lie below small ones.
    order = sorted(row.sites, key=lambda dot: (-dot.hundredths, dot.number))
    return dots(((dot.x, dot.y, _small_radius(dot.hundredths)) for dot in order), DOT)


@lru_cache(maxsize=1024)
def _small_radius(hundredths: int) -> str:
    return radius_text(small_radius(from_hundredths(hundredths)))


@cache
def geometry_version() -> str:
    """What the address of the face's geometry changes with, so that a browser may keep what it has for good."""
    return hashlib.sha256(json.dumps(browser_geometry()).encode()).hexdigest()[:12]


@cache
def small_outline() -> Markup:
    """The outline of the small face, for ``small`` to put the dots on; both are drawn in ``SMALL_BOX``."""
    return svg_fragment(face(detail="small").layers[0])


def _marks(sites: tuple[SiteContent, ...]) -> tuple[Mark, ...]:
    return tuple(
        Mark(site.x, site.y, site.number, site.units, Side(site.side), site.muscle, _status(site)) for site in sites
    )


def _status(site: SiteContent) -> MarkStatus:
    if site.given_at is not None:
        return MarkStatus.GIVEN
    return MarkStatus.PLANNED if site.confirmed else MarkStatus.COPIED
