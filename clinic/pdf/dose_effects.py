"""Dose and effect on paper: the figures of the screen with their tables, as the record stood when it was printed."""

from __future__ import annotations

from typing import Final

from reportlab.platypus import CondPageBreak, Flowable

from clinic.domain.dose_effect_panels import Entry, Panel
from clinic.domain.dose_effect_windows import HOW_READ
from clinic.domain.dose_effects import DoseEffects
from clinic.domain.drawing_dose_effects import PRINT, effect_figure
from clinic.pdf import fonts
from clinic.pdf.flowables import Para, h2
from clinic.pdf.pages import build
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import PAPERS, SMALL, STRONG, content_width
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.trends import Room, figure, opening, start_of
from clinic.pdf.visit_summary import unprintable_note
from clinic.pdf.words import day

TITLE: Final = "Dose and effect: not proof of cause"
WHY: Final = (
    "What was given stands beside what was graded and reported. Grades also change with time, with training and with who "
    "rates them, so this page cannot say that a dose did it."
)
_SCOPE: Final = "From signed visits in force when this was printed; drafts are not shown. Not a signed document."
_NOTHING: Final = "No session is signed yet."
_SHARE: Final = 0.6
"""Part of a page's height that one figure has at most."""


def render(content: DoseEffects, stamp: Stamp) -> bytes:
    """Dose and effect as PDF. Depends on its arguments only: the same content and stamp give the same bytes."""
    fonts.register()
    width = content_width(stamp.paper)
    room = Room(width, _SHARE * PAPERS[stamp.paper][1])
    story = [*opening(content, TITLE, _SCOPE), Para(WHY, STRONG, after=4)]
    sections = [_panel(one, content, room) for one in content.panels] or [[Para(_NOTHING)]]
    sections += [_unlinked(content), _others(content), _how(), unprintable_note(content, stamp)]
    for blocks in sections:
        story += [CondPageBreak(start_of(blocks, width)), *blocks] if blocks else []
    return build(story, content, stamp, title=TITLE)


def _panel(panel: Panel, content: DoseEffects, room: Room) -> list[Flowable]:
    columns = [
        Column("Session", 0.9),
        Column("Units", 1.9),
        Column("Pattern", 1.8),
        Column("Before → review → return", 1.7),
        Column("Effect and benefit", 1.6),
    ]
    rows = [row for entry in panel.newest_first for row in _rows(panel, entry)]
    return [
        h2(panel.label),
        Para(panel.words, after=3),
        figure(effect_figure(panel, content, PRINT), room, f"{panel.label}. {panel.words}"),
        DataTable(columns, rows, row_headers=True),
    ]


def _rows(panel: Panel, entry: Entry) -> list[Row]:
    """A line a pattern; a session without any has one line all the same."""
    given = "\n".join(f"{one.units_words} {one.product_name}" for one in entry.amounts)
    head = "\n".join([day(entry.session.on), *entry.session.marks])
    benefit = entry.benefit.words if entry.benefit else "benefit not asked"
    events = "; ".join(f"Adverse event: {one.words}" for one in entry.events)
    lines = [
        (panel.named(one.place), "\n".join([one.grade_words, *one.notes(entry)]), one.said_words)
        for one in entry.outcomes
    ] or [("no pattern of this muscle is on record", "", "")]
    found = []
    for number, (pattern, grades, said) in enumerate(lines):
        last = "\n".join(filter(None, [said, "" if number else benefit]))
        cells = (head, "" if number else given, pattern, grades, last)
        found.append(Row(cells, "" if number else events))
    return found


def _unlinked(content: DoseEffects) -> list[Flowable]:
    if not content.unlinked:
        return []
    return [h2("Adverse events not linked to a site"), *(Para(one.words, after=1) for one in content.unlinked)]


def _others(content: DoseEffects) -> list[Flowable]:
    if not content.treatments:
        return []
    rows = [Row((one.dated, one.words)) for one in content.treatments]
    return [h2("Other treatments"), DataTable([Column("When", 1), Column("What", 5)], rows, row_headers=True)]


def _how() -> list[Flowable]:
    return [h2("How this is read"), *(Para(line, SMALL, after=1) for line in HOW_READ)]
