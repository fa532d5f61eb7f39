"""Letters as blocks: what stands in which, what is left out, and that nothing in them is a verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from clinic.domain.documents.content import (
    Beside,
    Block,
    Face,
    FaceMark,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    SignatureLines,
    Table,
)
from clinic.domain.documents.kinds import LETTERS, DocumentKind
from clinic.domain.documents.letter_parts import (
    PARTS,
    Grids,
    LastSession,
    LetterFacts,
    LetterPart,
    Outcome,
    SessionTold,
    choices,
    optional,
)
from clinic.domain.documents.letter_texts import built_in
from clinic.domain.documents.letters import SESSIONS_SHOWN, letter_blocks, part_blocks
from clinic.domain.quantities import NBSP
from clinic.domain.stepped_care import ScoreMove
from tests.trending import at, measured

ON = date(2026, 11, 23)
NEUROLYSIS = DocumentKind.NEUROLYSIS_REFERRAL
OPENING, CLOSING = (Paragraph("Dear colleague,"),), (Paragraph("With kind regards"),)
MARK = FaceMark(100, 200, 1, "2.5", "left", "mentalis", "given")
SESSION = SessionTold(date(2026, 9, 1), (f"20{NBSP}units onabotulinumtoxinA (Botox)",), "chin 50 % better")
FACTS = LetterFacts(
    on=ON,
    course=(("Palsy", "Bell’s palsy, patient’s left"),),
    criteria=(("Distal branches of the nerve intact", ("Graded.",), "yes (1 Sep 2026)"), ("Wants it", (), "not asked")),
    eye=(("Dry eye", "no"),),
    grids=Grids(date(2026, 1, 5), date(2026, 9, 1), (("patient’s left: eye with smile", "3", ""), ("chin", "", "1/2"))),
    last=LastSession(
        date(2026, 9, 1),
        (("Mentalis, patient’s left", "2.5 units"),),
        (("onabotulinumtoxinA (Botox)", "20 units"), ("incobotulinumtoxinA (Xeomin)", "5 units")),
        Face((MARK,), "A face"),
    ),
    sessions=(SESSION,),
    doses=(("Mentalis, patient’s left", ("Botox: 2.5 units", "Xeomin: 5 units"), "no effect on record"),),
    outcome=Outcome(date(2026, 9, 1), (("chin with pucker", "worse"),), "9 weeks of benefit"),
    scores=(ScoreMove("SAQ, total", measured("60", at(2026, 1, 5)), measured("30", at(2026, 9, 1))),),
    events=("Dry eye, grade 1",),
    blocks=(("1 Sep 2026\nDepressor anguli oris", "lidocaine 1 %", ("Excursion: 4 → 7 mm",)),),
    plan=(("Dates", "Review"),),
    photos="None yet.",
)
EMPTY = LetterFacts(on=ON, course=(("Palsy", "No palsy is on record"),), photos="None yet.")


def letter(kind: DocumentKind, facts: LetterFacts = FACTS, left_out: frozenset[str] = frozenset()) -> tuple[Block, ...]:
    """A letter with one line before and one after."""
    return letter_blocks(kind, facts, OPENING, CLOSING, "Dr A. Author", left_out)


def headings(blocks: tuple[Block, ...]) -> list[str]:
    """The headings, in order."""
    return [one.text for one in blocks if isinstance(one, Heading)]


def said(blocks: tuple[Block, ...]) -> str:
    """Everything in words."""
    return repr(blocks)


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_begins_with_its_opening_and_is_signed_by_its_author(kind: DocumentKind) -> None:
    blocks = letter(kind)
    assert blocks[0] == OPENING[0]
    closing = blocks.index(CLOSING[0])
    assert blocks[closing + 1] == SignatureLines(("Dr A. Author",))
    assert len(headings(blocks)) == len(PARTS[kind])


@pytest.mark.parametrize("kind", LETTERS)
def test_every_part_says_why_and_can_be_left_out_but_the_first(kind: DocumentKind) -> None:
    listed = choices(kind)
    assert [one.fixed for one in listed] == [True] + [False] * (len(listed) - 1)
    assert all(one.why and one.label for one in listed)
    for one in listed:
        without = letter(kind, left_out=frozenset({one.key}))
        assert len(headings(without)) == len(PARTS[kind]) - (not one.fixed)
    assert headings(letter(kind, left_out=frozenset(part.value for part in LetterPart))) == ["Course"]


@pytest.mark.parametrize("kind", LETTERS)
def test_a_record_without_anything_makes_a_letter_that_says_so(kind: DocumentKind) -> None:
    blocks = letter(kind, EMPTY)
    assert not [
        one for one in blocks if isinstance(one, Table) and not one.rows and one.columns[0].title != "Criterion"
    ]
    assert "None" not in [one.text for one in blocks if isinstance(one, Paragraph)]


def test_the_pack_is_a_signed_page_with_the_facts_behind_it() -> None:
    blocks = letter(NEUROLYSIS)
    page = blocks.index(PageBreak())
    assert headings(blocks[:page]) == ["Course", "Photographs", "Consent to share"]
    assert headings(blocks[page:]) == [
        "Criteria as answered",
        "Synkinesis grid",
        "Doses by muscle",
        "Scores then and now",
        "Adverse events",
        "Test blocks",
    ]
    assert [one for one in blocks[:page] if isinstance(one, SignatureLines)][1].labels == ("Patient, date",)


def test_the_pack_without_its_facts_has_no_empty_page() -> None:
    blocks = letter(NEUROLYSIS, left_out=optional(NEUROLYSIS))
    assert PageBreak() not in blocks


def test_criteria_stand_as_answered_without_a_verdict() -> None:
    _, table, note = part_blocks(LetterPart.CRITERIA, FACTS)
    assert isinstance(table, Table)
    assert [row.cells for row in table.rows] == [
        ("Distal branches of the nerve intact", "Graded.", "yes (1 Sep 2026)"),
        ("Wants it", "", "not asked"),
    ]
    words = said((table, note)).lower()
    assert not [one for one in ("not met", " met", "consider", "recommend", "eligible", "suitable") if one in words]


def test_both_grids_stand_side_by_side_and_what_was_not_graded_says_so() -> None:
    _, table, _ = part_blocks(LetterPart.GRID, FACTS)
    assert isinstance(table, Table)
    assert [one.title for one in table.columns] == ["Pattern", "5 Jan 2026", "1 Sep 2026"]
    assert [row.cells[1:] for row in table.rows] == [("3", "not graded"), ("not graded", "1/2")]


def test_one_grid_stands_once() -> None:
    one = replace(FACTS, grids=Grids(ON, ON, (("chin", "1", "1"),)))
    _, table, _ = part_blocks(LetterPart.GRID, one)
    assert isinstance(table, Table)
    assert [column.title for column in table.columns] == ["Pattern", "23 Nov 2026"]
    assert table.rows[0].cells == ("chin", "1")


def test_products_are_never_added_up() -> None:
    _, beside = part_blocks(LetterPart.LAST, FACTS)
    assert isinstance(beside, Beside)
    (table,) = beside.blocks
    totals = [row.cells for row in table.rows if row.total]
    assert totals == [
        ("Total of onabotulinumtoxinA (Botox)", "20 units"),
        ("Total of incobotulinumtoxinA (Xeomin)", "5 units"),
    ]
    assert "25" not in said((table,))


@pytest.mark.parametrize(("count", "rows", "more"), [(11, 11, ""), (12, 12, ""), (13, 12, "1 earlier session not")])
def test_a_long_course_lists_the_newest_and_counts_the_others(count: int, rows: int, more: str) -> None:
    assert SESSIONS_SHOWN == 12
    sessions = tuple(replace(SESSION, on=date(2020, 1, 1) + timedelta(days=91 * number)) for number in range(count))
    blocks = part_blocks(LetterPart.SESSIONS, replace(FACTS, sessions=sessions))
    table = blocks[1]
    assert isinstance(table, Table)
    assert len(table.rows) == rows
    assert (more in said(blocks)) if more else (len(blocks) == 2)
    assert table.rows[-1].cells[0] == f"{sessions[-1].on.day} {sessions[-1].on:%b %Y}"


def test_a_session_that_was_not_reviewed_or_was_taken_over_says_so() -> None:
    old = replace(SESSION, outcome="", transcribed=True)
    table = part_blocks(LetterPart.SESSIONS, replace(FACTS, sessions=(old,)))[1]
    assert isinstance(table, Table)
    assert table.rows[0].cells[2] == "not reviewed"
    assert table.rows[0].note == "taken over from an earlier record"


@pytest.mark.parametrize(("newest", "words"), [("31.8", "within noise"), ("31.79", "better")])
def test_a_score_says_what_is_noise(newest: str, words: str) -> None:
    move = ScoreMove("SAQ, total", measured("60", at(2026, 1, 5)), measured(newest, at(2026, 9, 1)))
    table = part_blocks(LetterPart.SCORES, replace(FACTS, scores=(move,)))[1]
    assert isinstance(table, Table)
    row = table.rows[0]
    assert words in row.cells[3]
    assert row.note == "up to 28.2 is noise (smallest detectable change)"


def test_a_single_score_has_no_change() -> None:
    one = measured("60", datetime(2026, 1, 5, 10, tzinfo=UTC))
    table = part_blocks(LetterPart.SCORES, replace(FACTS, scores=(ScoreMove("SAQ, total", one, one),)))[1]
    assert isinstance(table, Table)
    assert table.rows[0].cells[1:] == ("—", "60 (5 Jan 2026)", "one score only")


def test_what_was_worse_is_told() -> None:
    blocks = part_blocks(LetterPart.OUTCOME, FACTS)
    assert headings(blocks) == ["What the session of 1 Sep 2026 did"]
    assert "worse" in said(blocks)


def test_facts_are_told_with_their_day() -> None:
    for kind in LETTERS:
        assert "as known on 23 Nov 2026" in said(letter(kind))


def test_the_course_is_a_list_of_facts() -> None:
    assert part_blocks(LetterPart.COURSE, FACTS)[1] == Facts(FACTS.course)


def test_no_letter_sends_an_emergency_to_the_surgery_hours() -> None:
    closing = built_in()[DocumentKind.REFERRER_LETTER].closing
    (line,) = [one for one in closing.split(". ") if "breathing" in one]
    assert "emergency" in line
    assert "same day" not in line
