"""Trends on paper: the figures of the screen with their tables, as the record stood when it was printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeVar

from reportlab.platypus import CondPageBreak, Flowable

from clinic.domain.drawing import Drawing
from clinic.domain.drawing_trends import PRINT, dose_figure, pattern_figure, score_figure
from clinic.domain.patients import display_name
from clinic.domain.quantities import format_units
from clinic.domain.trends import Series
from clinic.domain.trends_content import TrendsContent
from clinic.domain.trends_patterns import Pattern, PatternGroup
from clinic.domain.trends_sessions import MuscleDoses
from clinic.domain.visit_content import PatientContent
from clinic.pdf import fonts
from clinic.pdf.drawing import draw
from clinic.pdf.flowables import Columns, Figure, Para, Rule, Stack, h1, h2, height_with, start_height
from clinic.pdf.pages import SYNTHETIC, About, build
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import AMBER_STRONG, BODY, INK, NAME, PAPERS, RULE, SMALL, STRONG, content_width
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.tagging import TaggedCanvas
from clinic.pdf.text import Run, plain
from clinic.pdf.visit_summary import unprintable_note
from clinic.pdf.words import day, person_words

Lane = TypeVar("Lane")
TITLE: Final = "Trends"
_NOTHING: Final = "No signed visit has a score, a grid or a dose yet."
_SHARE: Final = 0.75
"""Part of a page's height that one figure has at most; the rest is for the page's frame and the figure's heading."""
_PATTERNS: Final = 5
"""Patterns side by side in one table."""
_SCOPE: Final = "From signed visits in force when this was printed; drafts are not shown. Not a signed document."


class Told(About, Protocol):
    """What the opening of a print about a patient says."""

    @property
    def patient(self) -> PatientContent:
        """Who it is about."""

    @property
    def conditions(self) -> str:
        """The palsies in a line."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a figure may take of a page, in points."""

    width: float
    height: float


def render(content: TrendsContent, stamp: Stamp) -> bytes:
    """The trends as PDF. Depends on its arguments only: the same content and stamp give the same bytes."""
    fonts.register()
    width = content_width(stamp.paper)
    story = opening(content, TITLE, _SCOPE)
    sections = _sections(content, Room(width, _SHARE * PAPERS[stamp.paper][1])) if content.span else [[Para(_NOTHING)]]
    for blocks in [*sections, unprintable_note(content, stamp)]:
        story += [CondPageBreak(start_of(blocks, width)), *blocks] if blocks else []
    return build(story, content, stamp, title=TITLE)


def start_of(blocks: list[Flowable], width: float) -> float:
    """Height that a section needs at the foot of a page: its heading never stands without its figure."""
    until = next((number for number, block in enumerate(blocks) if isinstance(block, Figure)), None)
    if until is None:
        return start_height(blocks, width)
    return height_with(blocks[: until + 1], width) + blocks[0].getSpaceBefore() + 40


def opening(content: Told, title: str, scope: str) -> list[Flowable]:
    """Letterhead, title, and who it is about, with both identifiers."""
    clinic, patient = content.clinic, content.patient
    address = " · ".join(part for part in (" ".join(clinic.address.split("\n")), clinic.phone) if part)
    letterhead = [Para(clinic.name, STRONG, after=0), *([Para(address, SMALL, after=0)] if address else [])]
    titles = [h1(title, align="right", after=0), Para(day(content.on), BODY, align="right", after=0)]
    mark = (Run(f"   {SYNTHETIC}", AMBER_STRONG),) if patient.synthetic else ()
    name = Run(display_name(patient.family_name, patient.given_names), NAME)
    return [
        Columns([Stack(1.5, letterhead), Stack(1, titles)], after=6),
        Rule(weight=1.4, colour=INK),
        Para((name, *mark), before=6, after=1),
        Para(person_words(patient), after=1),
        *([Para(content.conditions, after=1)] if content.conditions else []),
        Para(scope, SMALL, after=0),
        Rule(colour=RULE, before=5, after=6),
    ]


def _sections(content: TrendsContent, room: Room) -> list[list[Flowable]]:
    found = [_score(one, content, room) for one in content.series]
    found += [_pattern(one, content, room) for one in content.patterns]
    if content.doses:
        found.append(_doses(content, room))
    return [*found, _sessions(content), _others(content)]


def _score(series: Series, content: TrendsContent, room: Room) -> list[Flowable]:
    columns = [
        Column("Visit", 1.1),
        Column("Score", 0.9, "right"),
        Column("Rated by", 1.6),
        Column("Since the last", 1.9),
        Column("Since the first", 1.9),
    ]
    rows = [
        Row(
            (day(row.on), row.value_text, row.by, row.before, row.first),
            row.measured.remarks if row.measured else "",
        )
        for row in series.rows
    ]
    return [
        h2(series.title),
        Para(series.about, SMALL, after=1),
        Para(series.summary, after=3),
        figure(score_figure(series, content, PRINT), room, f"{series.title} over time. {series.summary}"),
        DataTable(columns, rows, row_headers=True),
    ]


def _pattern(group: PatternGroup, content: TrendsContent, room: Room) -> list[Flowable]:
    def drawn(lanes: Sequence[Pattern | MuscleDoses]) -> Drawing:
        patterns = tuple(one for one in lanes if isinstance(one, Pattern))
        doses = tuple(one for one in lanes if isinstance(one, MuscleDoses))
        return pattern_figure(replace(group, patterns=patterns, doses=doses), content, PRINT)

    lanes: list[Pattern | MuscleDoses] = [*group.patterns, *group.doses]
    alt = f"Grades over time, {group.title}, with the doses of the muscles that can do it."
    found: list[Flowable] = [
        h2(group.title),
        Para("Grades 0 to 3, lower is better; below them the doses of the muscles that can do it.", SMALL, after=1),
        *_figures(lanes, drawn, room, alt),
    ]
    for start in range(0, len(group.patterns), _PATTERNS):
        part = slice(start, start + _PATTERNS)
        columns = [Column("Visit", 1.1), Column("By, or of", 2.2)]
        columns += [Column(pattern.heading, 1.3) for pattern in group.patterns[part]]
        rows = [Row((day(row.on), row.source, *row.cells[part])) for row in group.rows if any(row.cells[part])]
        found.append(DataTable(columns, rows, row_headers=True))
    return found


def _doses(content: TrendsContent, room: Room) -> list[Flowable]:
    columns = [Column("Muscle and side", 3), Column("Session", 1.2), Column("Dose", 1, "right"), Column("Product", 2.6)]
    rows = [
        Row((muscle.label, day(bar.on), format_units(bar.units), bar.product_name))
        for muscle in content.doses
        for bar in muscle.bars
    ]
    alt = "Doses of every muscle and side, session by session."
    return [
        h2("Doses by muscle"),
        Para("Bars compare within one product; units of different products do not.", SMALL, after=1),
        *_figures(content.doses, lambda doses: dose_figure(content, PRINT, doses), room, alt),
        DataTable(columns, rows, row_headers=True),
    ]


def _sessions(content: TrendsContent) -> list[Flowable]:
    if not content.sessions:
        return []
    columns = [
        Column("Session", 1.1),
        Column("Given", 2.2),
        Column("What came of it", 2.8),
        Column("Adverse events", 1.7),
    ]
    rows = [
        Row(
            (
                f"{day(one.on)}{', touch-up' if one.touch_up else ''}",
                "\n".join(one.total_words),
                "\n".join(one.outcome) or "not reviewed",
                "\n".join(one.events) or "none on record",
            )
        )
        for one in reversed(content.sessions)
    ]
    return [h2("Sessions"), DataTable(columns, rows, row_headers=True)]


def _others(content: TrendsContent) -> list[Flowable]:
    if not content.others:
        return []
    rows = [Row((one.dated, one.words)) for one in content.others]
    return [h2("Other treatments"), DataTable([Column("When", 1), Column("What", 5)], rows, row_headers=True)]


def _figures(lanes: Sequence[Lane], drawn: Callable[[Sequence[Lane]], Drawing], room: Room, alt: str) -> list[Flowable]:
    """One figure of all lanes; several, each with its axis, when one is too tall for a page."""
    drawing = drawn(lanes)
    if len(lanes) < 2 or room.width * drawing.height / drawing.width <= room.height:
        return [figure(drawing, room, alt)]
    half = (len(lanes) + 1) // 2
    return [figure for part in (lanes[:half], lanes[half:]) for figure in _figures(part, drawn, room, alt)]


def figure(drawing: Drawing, room: Room, alt: str) -> Figure:
    """A drawing as wide as there is room for it."""
    width = min(room.width, room.height * drawing.width / drawing.height)

    def paint(canvas: TaggedCanvas) -> None:
        draw(canvas, drawing, x=0, y=0, width=width)

    return Figure(width, width * drawing.height / drawing.width, plain(alt), paint, after=5)
