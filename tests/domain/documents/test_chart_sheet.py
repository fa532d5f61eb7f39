"""The chart on paper: a blank one is about nobody, a filled one never says that something planned was given."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from clinic.domain.documents.chart_sheet import ROWS, TITLE, LastSession, blank_chart, filled, title
from clinic.domain.documents.content import Beside, Block, Face, Table, canonical, read
from clinic.domain.injections import Question
from clinic.domain.visit_content import ClinicContent, SessionContent
from tests.domain.contents import AT, DAY, full_content

CLINIC = ClinicContent("Test clinic", "1 High Street", "+44 20 0000", "Europe/London")


def session(count: int, *, given: int = 0) -> SessionContent:
    """A session of so many sites, the first of them given."""
    whole = full_content().session
    assert whole is not None
    one = replace(whole.sites[0], units=Decimal("2.5"), syringe="A", confirmed=True)
    sites = tuple(replace(one, id=f"s{n}", number=n, given_at=AT if n <= given else None) for n in range(1, count + 1))
    return replace(whole, sites=sites)


def tables(blocks: tuple[Block, ...]) -> list[Table]:
    found = []
    for one in blocks:
        found += [one] if isinstance(one, Table) else tables(one.blocks) if isinstance(one, Beside) else []
    return found


def numbered(blocks: tuple[Block, ...]) -> dict[int, tuple[str, ...]]:
    """The rows of the sites by number: two stand beside each other."""
    [sites] = [one for one in tables(blocks) if one.columns[0].title == "No."]
    half = len(sites.columns) // 2
    rows = [part for row in sites.rows for part in (row.cells[:half], row.cells[half:]) if part[0]]
    return {int(cells[0]): cells[1:] for cells in rows}


def test_a_blank_chart_is_about_nobody_and_has_twenty_numbered_rows() -> None:
    content = blank_chart(CLINIC, DAY)
    assert content.patient is None
    assert content.on == DAY
    assert read(canonical(content)) == content
    rows = numbered(content.blocks)
    assert sorted(rows) == list(range(1, ROWS + 1))
    assert not any(any(cells) for cells in rows.values())
    strip = tables(content.blocks)[0]
    assert [one.title for one in strip.columns] == ["Family name", "Given names", "Date of birth", "Record number"]


def test_every_safety_question_can_be_answered_by_hand() -> None:
    [asked] = [one for one in tables(blank_chart(CLINIC, DAY).blocks) if one.columns[0].title.startswith("Ask")]
    cells = [row.cells[at] for row in asked.rows for at in (0, 2)]
    assert len([one for one in cells if one]) == len(Question)
    assert len(set(cells)) == len(cells)


@pytest.mark.parametrize("count", [1, 15, 20, 25, 60])
def test_every_site_stands_in_a_row_with_its_planned_dose_and_free_rows_follow(count: int) -> None:
    rows = numbered(filled(session(count), None))
    assert set(range(1, count + 1)) <= set(rows)
    for number in range(1, count + 1):
        _, side, planned, given = rows[number]
        assert (side, planned, given) == (session(1).sites[0].side, "2.5", "")
    assert sum(not any(cells) for cells in rows.values()) >= 3
    assert len(rows) % 2 == 0


def test_what_is_given_stands_as_given_and_the_title_says_what_is_not() -> None:
    some = session(3, given=1)
    rows = numbered(filled(some, None))
    assert rows[1][2:] == ("", "2.5")
    assert rows[2][2:] == ("2.5", "")
    assert title(some) == f"{TITLE}: 2 of 3 sites not given"
    assert title(session(3)) == f"{TITLE}: planned, not given"
    assert title(session(2, given=2)) == TITLE
    assert title(None) == TITLE


def test_the_marks_say_whether_a_site_is_given() -> None:
    big = next(one for one in filled(session(2, given=1), None) if isinstance(one, Beside)).figure
    assert isinstance(big, Face)
    assert [one.status for one in big.marks] == ["given", "planned"]
    assert "1 given, 1 planned, not given" in big.alt


def test_the_last_session_stands_small_beside_it_and_is_not_todays() -> None:
    last = LastSession(date(2026, 8, 1), session(4).sites, "10 units onabotulinumtoxinA (Botox)")
    beside = next(one for one in filled(session(2), last) if isinstance(one, Beside))
    small = next(one for one in beside.blocks if isinstance(one, Beside))
    assert isinstance(small.figure, Face)
    assert len(small.figure.marks) == 4
    assert "Given then, not today." in small.blocks[0].text
    assert "none on record" in next(one for one in filled(None, None) if isinstance(one, Beside)).blocks[0].text


def test_a_dose_that_is_to_be_entered_is_a_question_mark() -> None:
    one = session(1)
    open_dose = replace(one, sites=(replace(one.sites[0], units=Decimal(0)),))
    assert numbered(filled(open_dose, None))[1][2] == "?"


def test_the_syringe_is_named_only_where_there_are_several() -> None:
    one = session(2)
    two = replace(one, sites=(one.sites[0], replace(one.sites[1], syringe="B")))
    assert [cells[2] for cells in list(numbered(filled(two, None)).values())[:1]] == ["2.5 (A)"]
    assert numbered(filled(two, None))[2][2] == "2.5 (B)"
