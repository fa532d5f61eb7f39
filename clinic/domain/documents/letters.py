"""Letters to other clinicians: which facts of the record stand in which letter, and each of them as blocks.

A letter says what is on record and what is not known; it gives no verdict. The facts of a referral for selective neurolysis
are those of the clinical reference 5.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from clinic.domain.assessments.base import ScoreKind
from clinic.domain.documents.content import (
    Beside,
    Block,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    SignatureLines,
    Table,
    TableColumn,
    TableRow,
)
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.documents.letter_parts import FIRST_PAGE, PARTS, LetterFacts, LetterPart, SessionTold, optional
from clinic.domain.quantities import NBSP, format_number
from clinic.domain.stepped_care import ScoreMove
from clinic.domain.trends import Measured
from clinic.domain.wording import day_text, plural

SESSIONS_SHOWN: Final = 12
"""Sessions in the table of a letter, the newest; older ones are counted in a line below it."""


def letter_blocks(
    kind: DocumentKind,
    facts: LetterFacts,
    opening: tuple[Paragraph, ...],
    closing: tuple[Paragraph, ...],
    author: str,
    left_out: frozenset[str] = frozenset(),
) -> tuple[Block, ...]:
    """A letter: words and signature, and below them the facts; those of a referral pack begin a page of their own."""
    kept = [part for part in PARTS[kind] if part.value not in left_out & optional(kind)]
    signed: tuple[Block, ...] = (*closing, SignatureLines((author,)))
    known = Paragraph(f"From signed visits of this record, as known on {day_text(facts.on)}.", small=True)
    if kind is not DocumentKind.NEUROLYSIS_REFERRAL:
        return (*opening, *signed, known, *_told(kept, facts)) if kept else (*opening, *signed)
    before, after = ([part for part in kept if (part in FIRST_PAGE) is here] for here in (True, False))
    course = [part for part in before if part is LetterPart.COURSE]
    below = [part for part in before if part is not LetterPart.COURSE]
    behind = (PageBreak(), known, *_told(after, facts)) if after else (known,)
    return (*opening, *_told(course, facts), *signed, *_told(below, facts), *behind)


def _told(parts: Iterable[LetterPart], facts: LetterFacts) -> tuple[Block, ...]:
    return tuple(block for part in parts for block in part_blocks(part, facts))


def part_blocks(part: LetterPart, facts: LetterFacts) -> tuple[Block, ...]:
    """One part with its heading; what is not on record is said to be so."""
    return (Heading(_title(part, facts)), *_MADE[part](facts))


def _title(part: LetterPart, facts: LetterFacts) -> str:
    if part is LetterPart.LAST and facts.last:
        return f"{part.label}, {day_text(facts.last.on)}"
    if part is LetterPart.OUTCOME and facts.outcome:
        return f"What the session of {day_text(facts.outcome.session_on)} did"
    return part.label


def _course(facts: LetterFacts) -> Iterator[Block]:
    yield Facts(facts.course)


def _criteria(facts: LetterFacts) -> Iterator[Block]:
    columns = (TableColumn("Criterion", 34), TableColumn("On record", 44), TableColumn("Answered", 22))
    yield Table(columns, tuple(TableRow((title, "\n".join(says), answer)) for title, says, answer in facts.criteria))
    yield Paragraph(
        "The record’s own lines and the clinician’s answers. They are shown as they stand; the record draws no conclusion.",
        small=True,
    )


def _eye(facts: LetterFacts) -> Iterator[Block]:
    yield Facts(facts.eye)


def _grid(facts: LetterFacts) -> Iterator[Block]:
    grids = facts.grids
    if not grids.cells or grids.now_on is None:
        yield Paragraph("No grid with a grade above 0 on the side of the palsy.")
        return
    first = grids.then_on if grids.then_on != grids.now_on else None
    heads = [TableColumn(day_text(day), 20, number=True) for day in (first, grids.now_on) if day]
    rows = [(words, *((then,) if first else ()), now) for words, then, now in grids.cells]
    cells = tuple(TableRow((words, *(grade or "not graded" for grade in grades))) for words, *grades in rows)
    yield Table((TableColumn("Pattern", 60), *heads), cells)
    yield Paragraph("Grade 0 none to 3 severe; after the stroke how much the patient minds it.", small=True)


def _last(facts: LetterFacts) -> Iterator[Block]:
    last = facts.last
    if last is None:
        yield Paragraph("No session of botulinum toxin is on record.")
        return
    rows = [TableRow((where, dose)) for where, dose in last.doses]
    rows += [TableRow((f"Total of {product}", units), total=True) for product, units in last.totals]
    yield Beside(
        last.face,
        (Table((TableColumn("Muscle (numbers on the face)", 66), TableColumn("Dose", 34, number=True)), tuple(rows)),),
    )


def _sessions(facts: LetterFacts) -> Iterator[Block]:
    if not facts.sessions:
        yield Paragraph("No session of botulinum toxin is on record.")
        return
    columns = (TableColumn("Session", 15), TableColumn("Units and product", 34), TableColumn("Outcome", 51))
    yield Table(columns, tuple(map(_session_row, facts.sessions[-SESSIONS_SHOWN:])))
    if earlier := facts.sessions[:-SESSIONS_SHOWN]:
        days = f"{day_text(earlier[0].on)} to {day_text(earlier[-1].on)}"
        yield Paragraph(f"{plural(len(earlier), 'earlier session')} not listed: {days}.", small=True)


def _session_row(one: SessionTold) -> TableRow:
    note = "taken over from an earlier record" if one.transcribed else ""
    return TableRow((day_text(one.on), "\n".join(one.totals), one.outcome or "not reviewed"), note=note)


def _doses(facts: LetterFacts) -> Iterator[Block]:
    if not facts.doses:
        yield Paragraph("No session of botulinum toxin is on record.")
        return
    columns = (TableColumn("Muscle", 24), TableColumn("Doses by session", 48), TableColumn("Largest effect noted", 28))
    yield Table(columns, tuple(TableRow((muscle, "\n".join(doses), effect)) for muscle, doses, effect in facts.doses))
    yield Paragraph("Units of one product are not those of another; they are never added up.", small=True)


def _outcome(facts: LetterFacts) -> Iterator[Block]:
    if facts.outcome is None:
        yield Paragraph("No session was reviewed yet.")
        return
    if facts.outcome.effects:
        rows = tuple(TableRow(pair) for pair in facts.outcome.effects)
        yield Table((TableColumn("Pattern", 60), TableColumn("Against before the session", 40)), rows)
    yield Paragraph(f"How long it lasted: {facts.outcome.benefit or 'not asked'}.")


def _scores(facts: LetterFacts) -> Iterator[Block]:
    if not facts.scores:
        yield Paragraph("No score is on record.")
        return
    columns = (TableColumn("Score", 32), TableColumn("First", 21), TableColumn("Newest", 21), TableColumn("Change", 26))
    yield Table(columns, tuple(map(_score_row, facts.scores)))
    if any(one.last.kind.noise is None for one in facts.scores):
        yield Paragraph("Where nothing is said of noise, no smallest detectable change is published.", small=True)


def _score_row(one: ScoreMove) -> TableRow:
    first = "—" if one.is_one else _scored(one.first)
    return TableRow((one.title, first, _scored(one.last), one.moved or "one score only"), note=_noise(one.last.kind))


def _scored(one: Measured) -> str:
    return f"{one.value_text} ({day_text(one.on)})"


def _noise(kind: ScoreKind) -> str:
    if kind.noise is None:
        return ""
    unit = f"{NBSP}{kind.unit}" if kind.unit else ""
    return f"up to {format_number(kind.noise)}{unit} is noise (smallest detectable change)"


def _events(facts: LetterFacts) -> Iterator[Block]:
    yield from _listed(facts.events, "None on record.")


def _blocks(facts: LetterFacts) -> Iterator[Block]:
    if not facts.blocks:
        yield Paragraph("None on record.")
        return
    columns = (TableColumn("Muscle", 34), TableColumn("Given", 26), TableColumn("What it changed", 40))
    rows = (TableRow((where, agent, "\n".join(said) or "not recorded")) for where, agent, said in facts.blocks)
    yield Table(columns, tuple(rows))


def _plan(facts: LetterFacts) -> Iterator[Block]:
    if facts.plan:
        yield Facts(facts.plan)
    else:
        yield Paragraph("Nothing open in the plan.")


def _photos(facts: LetterFacts) -> Iterator[Block]:
    yield Paragraph(facts.photos)


def _consent(_: LetterFacts) -> Iterator[Block]:
    yield Paragraph("I agree that this letter and the pages with it go to the recipient named on it.")
    yield SignatureLines(("Patient, date",))


def _listed(words: tuple[str, ...], none: str) -> Iterator[Block]:
    for one in words or (none,):
        yield Paragraph(one)


_MADE: Final[Mapping[LetterPart, Callable[[LetterFacts], Iterable[Block]]]] = {
    LetterPart.COURSE: _course,
    LetterPart.CRITERIA: _criteria,
    LetterPart.EYE: _eye,
    LetterPart.GRID: _grid,
    LetterPart.LAST: _last,
    LetterPart.SESSIONS: _sessions,
    LetterPart.DOSES: _doses,
    LetterPart.OUTCOME: _outcome,
    LetterPart.SCORES: _scores,
    LetterPart.EVENTS: _events,
    LetterPart.BLOCKS: _blocks,
    LetterPart.PLAN: _plan,
    LetterPart.PHOTOS: _photos,
    LetterPart.CONSENT: _consent,
}
