"""The treatment history: a page a year, newest first; products never added; twelve products and sixty sites in order."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.documents.content import Bullets, Faces, Heading, PageBreak, Paragraph, Table
from clinic.domain.documents.treatment_history import (
    COLUMNS,
    History,
    HistoryDose,
    HistoryEvent,
    HistorySession,
    blocks,
    choices,
)
from clinic.domain.muscles import MUSCLES
from clinic.domain.products import products
from clinic.queries.given_sessions import GivenSite

SIDED = [key for key, one in MUSCLES.items() if one.paired and key != "other"]


def site(number: int, muscle: str, side: str, units: str, product: str) -> GivenSite:
    return GivenSite(f"s{number}", "v", number, muscle, None, Side(side), 0, 0, Decimal(units), product, "L1")


def session(on: date, *sites: GivenSite, **values: object) -> HistorySession:
    doses = tuple(HistoryDose(one.muscle, one.side.value, one.product, one.units) for one in sites)
    return HistorySession(on, transcribed=False, sites=sites, doses=doses, **values)  # type: ignore[arg-type]


def usual(on: date, product: str = "botox", **values: object) -> HistorySession:
    left, right = site(1, "mentalis", "left", "2.5", product), site(2, "frontalis", "right", "5", product)
    return session(on, left, right, **values)


def rows(history: History, *left_out: str) -> dict[str, tuple[str, ...]]:
    """The rows of every dose table by their first cell."""
    found = {}
    for one in blocks(history, frozenset(left_out)):
        if isinstance(one, Table) and one.columns[0].title.startswith("Units"):
            found |= {row.cells[0]: row.cells[1:] for row in one.rows}
    return found


def test_years_come_newest_first_each_on_its_page() -> None:
    history = History((usual(date(2026, 5, 1)), usual(date(2025, 5, 1)), usual(date(2024, 5, 1))))
    found = blocks(history)
    assert [one.text for one in found if isinstance(one, Heading) and one.level == 2] == ["2026", "2025", "2024"]
    assert sum(isinstance(one, PageBreak) for one in found) == 2
    assert not isinstance(found[0], PageBreak)


def test_a_year_can_be_left_out_and_the_print_says_so() -> None:
    history = History((usual(date(2026, 5, 1)), usual(date(2025, 5, 1))))
    found = blocks(history, frozenset({"year-2026"}))
    assert [one.text for one in found if isinstance(one, Heading)] == ["2025"]
    assert not any(isinstance(one, PageBreak) for one in found)
    assert any(isinstance(one, Paragraph) and "2026" in one.text and "left out" in one.lead for one in found)
    assert {one.key for one in choices(history)} == {"year-2026", "year-2025"}


def test_the_affected_side_is_summed_against_the_other() -> None:
    found = rows(History((usual(date(2026, 5, 1)),), affected=frozenset({"left"})))
    assert found["Affected side, patient’s left"] == ("2.5",)
    assert found["Other side, patient’s right"] == ("5",)
    assert found["Total"] == ("7.5",)
    both = rows(History((usual(date(2026, 5, 1)),), affected=frozenset({"left", "right"})))
    assert "Patient’s left" in both
    assert not any(key.startswith("Affected") for key in both)


def test_another_product_is_another_row_and_never_added() -> None:
    history = History((usual(date(2026, 5, 1)), usual(date(2026, 8, 1), "dysport")), affected=frozenset({"left"}))
    found = rows(history)
    assert found["Mentalis, left, Botox"] == ("2.5", "–")
    assert found["Mentalis, left, Dysport"] == ("–", "2.5")
    assert found["Total, Botox"] == ("7.5", "–")
    assert found["Total, Dysport"] == ("–", "7.5")
    assert "Total" not in found


def test_touch_ups_and_transcribed_sessions_are_named() -> None:
    one = usual(date(2026, 5, 1), touch_ups=((date(2026, 5, 15), (("botox", Decimal(5)),)),))
    [faces] = [block for block in blocks(History((one,))) if isinstance(block, Faces)]
    assert "with the touch-up of 15 May 2026 (5\u00a0units Botox)" in faces.faces[0].caption
    paper = HistorySession(date(2020, 1, 1), transcribed=True, sites=(), doses=())
    assert "transcribed from an earlier record" in paper.caption


def test_what_was_voided_is_left_out_and_said() -> None:
    history = History((usual(date(2026, 5, 1)),), voided=(date(2026, 2, 1), date(2026, 3, 1)))
    [told] = [one for one in blocks(history) if isinstance(one, Paragraph) and one.lead == "Voided:"]
    assert told.text == "2 voided sessions are left out (1 Feb 2026, 1 Mar 2026)."


def test_a_year_without_a_session_is_told_without_a_page_of_its_own() -> None:
    history = History((usual(date(2026, 5, 1)),), events=(HistoryEvent(date(2025, 1, 1), "Dry eye, grade 1"),))
    found = blocks(history)
    assert not any(isinstance(one, PageBreak) for one in found)
    assert any(isinstance(one, Bullets) and one.items == ("Dry eye, grade 1",) for one in found)


@pytest.mark.parametrize(("count", "tables"), [(COLUMNS, 1), (COLUMNS + 1, 2)])
def test_a_table_has_no_more_sessions_than_its_columns_can_hold(count: int, tables: int) -> None:
    history = History(tuple(usual(date(2026, month, 1)) for month in range(1, count + 1)))
    assert sum(isinstance(one, Table) for one in blocks(history)) == tables


def test_twelve_products_and_sixty_sites_keep_every_dose_in_its_own_row() -> None:
    known = [*products(), "first elsewhere", "second elsewhere", ""][:12]
    assert len(known) == 12
    sites = [
        site(n + 1, SIDED[n % len(SIDED)], ("left", "right")[n // 30], f"{n + 1}.25", known[n % 12]) for n in range(60)
    ]
    found = rows(History((session(date(2026, 5, 1), *sites),), affected=frozenset({"left"})))
    totals = [cells for key, cells in found.items() if key.startswith("Total, ")]
    assert len(totals) == 12
    assert sum(Decimal(cells[0].replace(",", "")) for cells in totals) == sum(one.units for one in sites)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(SIDED),
            st.sampled_from(["left", "right"]),
            st.integers(1, 99999),
            st.sampled_from(["botox", "xeomin"]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_rows_sides_and_total_are_the_same_sum(drawn: list[tuple[str, str, int, str]]) -> None:
    sites = [
        site(n, muscle, side, str(Decimal(units) / 100), product)
        for n, (muscle, side, units, product) in enumerate(drawn, 1)
    ]
    found = rows(History((session(date(2026, 5, 1), *sites),), affected=frozenset({"left"})))
    several = len({one.product for one in sites}) > 1
    for product, brand in (("botox", "Botox"), ("xeomin", "Xeomin")):
        units = sum((one.units for one in sites if one.product == product), Decimal(0))
        if not units:
            continue
        ending = f", {brand}" if several else ""
        mine = {
            key: Decimal(cells[0].replace(",", "").replace("–", "0"))
            for key, cells in found.items()
            if key.endswith(ending)
        }
        sides = sum(value for key, value in mine.items() if " side, " in key)
        muscles = sum(value for key, value in mine.items() if " side, " not in key and not key.startswith("Total"))
        assert units == mine[f"Total{ending}"] == sides == muscles
