"""The chart on paper for when the record cannot be reached: blank, or filled with what is charted and planned so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Final

from clinic.domain.anatomy import muscle
from clinic.domain.documents import content as contents
from clinic.domain.documents.content import (
    Beside,
    Block,
    DocumentContent,
    Face,
    FaceMark,
    Paragraph,
    SignatureLines,
    Table,
    TableColumn,
    TableRow,
)
from clinic.domain.documents.faces import Sited, alt, mark
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.face_marks import MarkStatus
from clinic.domain.injections import Question
from clinic.domain.quantities import format_dose, format_number, format_units
from clinic.domain.visit_content import ClinicContent, SessionContent, SiteContent, SyringeContent
from clinic.domain.wording import day_text, plural

TITLE: Final = "Injection chart"
ROWS: Final = 20
"""Numbered rows of a blank chart; a filled one has free ones below its sites."""
_FREE: Final = 3
_FEWEST: Final = 12
_SYRINGES: Final = ("A", "B")
_BLANK_FACE: Final = 37
_FILLED_FACE: Final = 31
"""Shares of the page that the big face takes: all of a sheet stays on one page, of A4 and of Letter."""
_SMALL_FACE: Final = 16
_TRANSFER: Final = (
    "Enter this sheet in the record as soon as it can be reached again (“entered late”, with the reason), and keep it "
    "until that is signed."
)


@dataclass(frozen=True, slots=True)
class LastSession:
    """The session before, to look at: its day, its sites and its totals in words."""

    on: date
    sites: tuple[Sited, ...]
    totals: str


def blank_chart(clinic: ClinicContent, today: date) -> DocumentContent:
    """A chart without a patient, to be printed and kept ready."""
    strip = Table(
        (TableColumn("Family name"), TableColumn("Given names"), TableColumn("Date of birth", 60), _record_number()),
        (TableRow(("", "", "", "")),),
        writing=True,
    )
    face = Face((), alt((), "Blank face to mark by hand"), "Write the number of each site on the face.", _BLANK_FACE)
    return DocumentContent(
        schema=contents.SCHEMA,
        kind=DocumentKind.BLANK_CHART.value,
        title=TITLE,
        language="en",
        on=today,
        author="",
        clinic=clinic,
        patient=None,
        conditions=(),
        visit_id=None,
        recipient=(),
        blocks=(
            strip,
            Beside(face, (*_syringes(()), *_questions({}))),
            _sites((), _BLANK_COLUMNS),
            *_closing(),
        ),
    )


def _record_number() -> TableColumn:
    return TableColumn("Record number", 60)


def title(session: SessionContent | None) -> str:
    """The title, which says when sites are only planned."""
    sites = session.sites if session else ()
    planned = sum(1 for one in sites if not one.given_at)
    if not planned:
        return TITLE
    return f"{TITLE}: {'planned, not given' if planned == len(sites) else f'{planned} of {len(sites)} sites not given'}"


def filled(session: SessionContent | None, last: LastSession | None) -> tuple[Block, ...]:
    """The blocks of a patient's chart: what is planned stands as planned, what is given as given."""
    sites = session.sites if session else ()
    known = {one.question: one.answer for one in session.answers} if session else {}
    found: list[Block] = [*_syringes(session.syringes if session else ())]
    found.append(Beside(_big_face(sites), (*_last(last), *_questions(known))))
    found += [_sites(sites, _FILLED_COLUMNS), *_closing()]
    return tuple(found)


def _big_face(sites: Sequence[SiteContent]) -> Face:
    given = sum(1 for one in sites if one.given_at)
    parts = [f"{given} given"] if given else []
    parts += [f"{len(sites) - given} planned, not given"] if len(sites) > given else []
    caption = "" if parts else "Write the number of each site on the face."
    return Face(
        tuple(map(_mark, sites)), alt(sites, f"Face with {', '.join(parts) or 'no sites'}"), caption, _FILLED_FACE
    )


def _mark(site: SiteContent) -> FaceMark:
    status = MarkStatus.GIVEN if site.given_at else MarkStatus.PLANNED if site.confirmed else MarkStatus.COPIED
    return mark(site, status)


def _last(last: LastSession | None) -> Iterator[Block]:
    if last is None:
        yield Paragraph("none on record.", lead="Last session:")
        return
    small = Face(
        tuple(mark(one, dosed=False) for one in last.sites), alt(last.sites, _last_about(last)), "", _SMALL_FACE
    )
    words = f"{day_text(last.on)}, {plural(len(last.sites), 'site')}, {last.totals}. Given then, not today."
    yield Beside(small, (Paragraph(words, lead="Last session:"),))


def _last_about(last: LastSession) -> str:
    return f"Last session, {day_text(last.on)}"


def _syringes(syringes: Sequence[SyringeContent]) -> Iterator[Block]:
    """Product, lot, expiry and dilution of each syringe, with lines for those that are not drawn yet."""
    columns = (
        TableColumn("Syringe", 26),
        TableColumn("Product", 70),
        TableColumn("Lot", 36),
        TableColumn("Expiry", 36),
        TableColumn("Dilution", 50),
    )
    rows = [TableRow(_syringe(one)) for one in syringes]
    if not syringes:
        rows = [TableRow((letter, "", "", "", "")) for letter in _SYRINGES]
    yield Table(columns, tuple(rows), writing=True)


def _syringe(one: SyringeContent) -> tuple[str, ...]:
    dilution = ""
    if one.labelled_units is not None and one.diluent_microlitres:
        millilitres = format_number(Decimal(one.diluent_microlitres) / 1000)
        dilution = f"{format_units(one.labelled_units)} in {millilitres}\u00a0mL"
    expiry = day_text(one.expires_on) if one.expires_on else ""
    return (one.letter, one.product_name, one.lot, expiry, dilution)


_SHORT: Final[Mapping[Question, str]] = {
    Question.ALLERGY: "Allergy to a toxin or part",
    Question.INFECTION: "Infection at a site",
    Question.ANTICOAGULANT: "Anticoagulant, bleeding",
    Question.INTERACTING_MEDICINE: "Medicine adding effect",
    Question.OTHER_TOXIN: "Toxin in last 4 months",
    Question.LAGOPHTHALMOS: "Lagophthalmos",
    Question.BELLS_PHENOMENON: "Bell’s phenomenon",
    Question.CORNEAL_SENSATION: "Corneal sensation normal",
}
"""Questions of the record that are too long for their place."""


def _questions(known: Mapping[str, str]) -> Iterator[Block]:
    """The safety questions, two in a row, to answer by hand; an answer that is in the record stands there."""
    pair = (TableColumn("Ask before injecting", 74), TableColumn("Yes / no", 20))
    asked = list(Question)
    half = (len(asked) + 1) // 2
    rows = []
    for first, second in zip_longest(asked[:half], asked[half:]):
        cells = [text for one in (first, second) for text in (_asked(one), _answered(one, known))]
        rows.append(TableRow(tuple(cells)))
    yield Table((*pair, *pair), tuple(rows), writing=True)


def _asked(question: Question | None) -> str:
    """The question in a line: the sheet has little room."""
    return _SHORT.get(question, question.label) if question else ""


def _answered(question: Question | None, known: Mapping[str, str]) -> str:
    answer = known.get(question.value, "") if question else ""
    return "" if answer == "unanswered" else answer


_NUMBER: Final = TableColumn("No.", 13, number=True)
_PLACE: Final = TableColumn("Muscle and site", 106)
_SIDE: Final = TableColumn("Side", 19)
_BLANK_COLUMNS: Final = (_NUMBER, _PLACE, TableColumn("Side", 28), TableColumn("Units", 28), TableColumn("Syringe", 26))
_FILLED_COLUMNS: Final = (_NUMBER, _PLACE, _SIDE, TableColumn("Planned", 24), TableColumn("Given", 20))


def _sites(sites: Sequence[SiteContent], columns: tuple[TableColumn, ...]) -> Table:
    """Numbered rows, half of them beside the other half: the sites that are charted, then free ones."""
    lettered = len({one.syringe for one in sites}) > 1
    cells = [_row(one, lettered=lettered) for one in sites]
    first = max((one.number for one in sites), default=0) + 1
    fewest = _FEWEST if sites else ROWS
    free = max(fewest - len(sites), _FREE)
    free += (len(sites) + free) % 2
    cells += [(str(number), "", "", "", "") for number in range(first, first + free)]
    half = (len(cells) + 1) // 2
    pairs = zip_longest(cells[:half], cells[half:], fillvalue=("",) * len(columns))
    return Table((*columns, *columns), tuple(TableRow((*left, *right)) for left, right in pairs), writing=True)


def _row(one: SiteContent, *, lettered: bool) -> tuple[str, ...]:
    """A site in a line; its syringe is named where there are several."""
    place = ", ".join(part for part in (muscle(one.muscle).short_label, one.sub_site_label.partition(" (")[0]) if part)
    dose = format_dose(one.units)
    drawn = f"{dose} ({one.syringe})" if lettered and one.syringe else dose
    return (str(one.number), place, one.side, *(("", drawn) if one.given_at else (drawn, "")))


def _closing() -> Iterator[Block]:
    yield SignatureLines(("Time-out (patient, side, product, lot, expiry, dose, consent) by, at", "Given by, on, at"))
    yield Paragraph(_TRANSFER, small=True)
