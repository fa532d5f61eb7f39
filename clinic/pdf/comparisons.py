"""A comparison on paper: the face with what changed, its table, totals, and why as far as the record says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reportlab.platypus import CondPageBreak, Flowable

from clinic.domain.comparison_content import FACTS, ComparisonContent
from clinic.domain.comparison_tables import ColumnRow, Comparison, Numbered, column_rows, side_rows
from clinic.domain.face_comparisons import NARROW, compared_face, description, legend
from clinic.pdf import fonts
from clinic.pdf.drawing import draw
from clinic.pdf.flowables import Columns, Figure, Para, Stack, h2, start_height
from clinic.pdf.pages import build
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import PAPERS, SMALL, STRONG, content_width
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.tagging import TaggedCanvas
from clinic.pdf.text import Run, plain
from clinic.pdf.trends import opening
from clinic.pdf.visit_summary import unprintable_note

TITLE: Final = "Comparison"
_SCOPE: Final = "From the record as it stood when this was printed. Not a signed document."
_FACE: Final = 0.5
"""Part of a page's height that the face has; the rest is for who it is about and the first rows."""
_PLATE: Final = 0.62
"""Part of the width that the face has; beside it stands what its marks mean."""
_COLUMNS: Final = 4
"""Sessions beside each other in one table."""


def render(content: ComparisonContent, stamp: Stamp) -> bytes:
    """The comparison as PDF. Depends on its arguments only: the same content and stamp give the same bytes."""
    fonts.register()
    width = content_width(stamp.paper)
    pair = content.comparison
    sites = tuple(one for row in pair.muscles for one in row.sites)
    figure = _figure(sites, _FACE * PAPERS[stamp.paper][1], _PLATE * width - 12)
    beside = [Para(words, SMALL, after=4) for words in legend(sites)]
    story = [*_opening(content), Columns([Stack(_PLATE, [figure]), Stack(1 - _PLATE, beside)], after=4)]
    sections = [_muscles(content), _totals(pair), *_several(content), _why(content), _facts(content)]
    for blocks in [*sections, unprintable_note(content, stamp)]:
        story += [CondPageBreak(start_height(blocks, width)), *blocks] if blocks else []
    return build(story, content, stamp, title=TITLE)


def _opening(content: ComparisonContent) -> list[Flowable]:
    """Letterhead, title, who it is about with both identifiers, and which sessions."""
    pair = content.comparison
    return [
        *opening(content, TITLE, _SCOPE),
        h2(f"{pair.before.words} → {pair.after.words}"),
        Para(f"{pair.interval}. {pair.counts}.", after=4),
    ]


def _figure(sites: Sequence[Numbered], height: float, most: float) -> Figure:
    drawing = compared_face(sites, NARROW)
    width = min(most, height * drawing.width / drawing.height)

    def paint(canvas: TaggedCanvas) -> None:
        draw(canvas, drawing, x=0, y=0, width=width)

    return Figure(width, width * drawing.height / drawing.width, plain(description(sites)), paint, after=4)


def _muscles(content: ComparisonContent) -> list[Flowable]:
    pair = content.comparison
    product = not pair.one_product
    columns = [
        Column("Muscle, side and sites", 2.1),
        Column(pair.before.words, 1.7),
        Column(pair.after.words, 1.7),
        Column("Change", 2.5),
    ]
    rows = []
    for row in pair.muscles:
        said = "\n".join(f"{one.source}: {one.words}" for one in content.why.of(row.place))
        before, after = (one.words(with_product=product) for one in (row.amount.before, row.amount.after))
        rows.append(Row(((Run(row.label, STRONG),), before, after, (Run(row.words, STRONG),))))
        *first, last = [(f"{one.number}  {one.part}", "", "", one.change.words) for one in row.sites]
        rows += [*(Row(cells) for cells in first), Row(last, note=said)]
    return [h2("Muscle by muscle, the largest change first"), DataTable(columns, rows, row_headers=True, note_from=0)]


def _totals(pair: Comparison) -> list[Flowable]:
    columns = [
        Column("Side", 1.2),
        Column("Product", 2.2),
        Column(pair.before.words, 1.1, "right"),
        Column(pair.after.words, 1.1, "right"),
        Column("Change", 1.8),
    ]
    rows = [
        Row((one.label, one.product_name, one.before, one.after, one.words), total=one.side is None)
        for one in pair.totals
    ]
    return [h2("Totals per side"), DataTable(columns, rows, row_headers=True)]


def _several(content: ComparisonContent) -> list[list[Flowable]]:
    """Tables of all chosen sessions, some beside each other."""
    if not content.is_several:
        return []
    sessions = content.sessions
    rows = [*column_rows(sessions, [row.place for row in content.comparison.muscles]), *side_rows(sessions)]
    found: list[list[Flowable]] = []
    for start in range(0, len(sessions), _COLUMNS):
        part = slice(start, start + _COLUMNS)
        columns = [Column("Muscle and side", 2.2), *(Column(one.words, 1.3) for one in sessions[part])]
        title = [] if start else [h2("All chosen sessions, each change against the session before")]
        found.append([*title, DataTable(columns, [_column_row(row, part) for row in rows], row_headers=True)])
    return found


def _column_row(row: ColumnRow, part: slice) -> Row:
    return Row((row.label, *(f"{cell.words}\n{cell.change}".strip() for cell in row.cells[part])))


def _why(content: ComparisonContent) -> list[Flowable]:
    if not content.why.listed:
        return []
    rows = [Row((one.source, one.words)) for one in content.why.listed]
    columns = [Column("Where it stands", 1.6), Column("What it says", 4)]
    return [h2("Why, as far as the record says"), DataTable(columns, rows, row_headers=True)]


def _facts(content: ComparisonContent) -> list[Flowable]:
    columns = [Column("Session", 1.2), *(Column(label, 1.5) for label in FACTS)]
    rows = [Row((one.session.words, *(words for _, words in one.lines))) for one in content.facts]
    return [h2("How they were given"), DataTable(columns, rows, row_headers=True)]
