"""A comparison in sums, the choices that are offered, the years one by one, and the face with what changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from clinic.domain.anatomy import Side
from clinic.domain.comparison_amounts import Amount, AmountChange
from clinic.domain.comparison_choices import MOST, Sessions, count_words, pair_of, presets
from clinic.domain.comparison_sites import ComparedSession, ComparedSite
from clinic.domain.comparison_tables import Comparison, Numbered, column_rows, side_rows
from clinic.domain.comparison_years import BUNDLE, bundle, frame
from clinic.domain.comparisons import SiteChange
from clinic.domain.drawing import Circle, Path, Text
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.face_comparisons import NARROW, WIDE, changes_layer, description, legend
from tests.domain.test_comparisons import sessions as some_sites
from tests.domain.test_comparisons import site


def session(ident: str, on: date, *sites: ComparedSite, **values: Any) -> ComparedSession:
    return ComparedSession(ident, on, sites, aliases=frozenset({ident}), **values)


def doses(ident: str, *units: str, muscle: str = "mentalis", **values: Any) -> list[ComparedSite]:
    return [
        site(f"{ident}{muscle}{n}", muscle=muscle, y=-800 + 200 * n, units=Decimal(one), **values)
        for n, one in enumerate(units)
    ]


DAYS = [date(2025, 1, 10), date(2025, 4, 10), date(2025, 7, 11), date(2026, 1, 9)]
PAIR = Comparison(
    session(
        "a", DAYS[0], *doses("a", "2.5", "5"), *doses("a", "1", muscle="risorius"), *doses("a", "2", muscle="nasalis")
    ),
    session("b", DAYS[1], *doses("b", "2.5"), *doses("b", "4", muscle="risorius"), *doses("b", "2", muscle="nasalis")),
)


def test_muscles_come_by_the_size_of_their_change_with_their_sites_numbered() -> None:
    assert [(row.label, row.words) for row in PAIR.muscles] == [
        ("Mentalis, patient’s left", "−5\u00a0units"),
        ("Risorius, patient’s left", "+3\u00a0units"),
        ("Nasalis, patient’s left", "no change"),
    ]
    assert [one.number for row in PAIR.muscles for one in row.sites] == [1, 2, 3, 4]
    assert PAIR.counts == "1 site removed, 1 with another dose; 2 as before"
    assert PAIR.interval == "90 days (12 weeks and 6 days)"
    assert PAIR.muscles[0].amount.before.words() == "7.5\u00a0units"


def test_what_cannot_be_compared_comes_first_in_words() -> None:
    pair = Comparison(
        session("a", DAYS[0], *doses("a", "25", product="dysport"), *doses("a", "1", muscle="risorius")),
        session("b", DAYS[1], *doses("b", "10"), *doses("b", "9", muscle="risorius")),
    )
    assert [row.words for row in pair.muscles] == [
        "another product: not comparable",
        "+8\u00a0units",
    ]
    said = {(row.label, row.product): row.words for row in pair.totals}
    assert said["All", "dysport"] == "only on 10 Jan 2025: not comparable"
    assert said["All", "botox"] == "+18\u00a0units"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (doses("a", "2.5"), doses("b", "2.5"), "no change"),
        ([], doses("b", "2.5"), "+2.5\u00a0units"),
        (doses("a", "2.5"), [], "−2.5\u00a0units"),
        (doses("a", "2.5"), doses("b", "0"), "a dose is still to be entered: not compared"),
        (doses("a", "1", product=""), doses("b", "2", product=""), "product not recorded: not compared"),
        ([], doses("b", "2", product=""), "added: 2\u00a0units product not recorded"),
        (doses("a", "2", product=""), [], "no longer: 2\u00a0units product not recorded"),
    ],
)
def test_an_amount_changes_by_a_number_or_says_why_not(
    before: list[ComparedSite], after: list[ComparedSite], words: str
) -> None:
    assert AmountChange(Amount.of(before), Amount.of(after)).words == words


@given(some_sites, some_sites)
def test_every_muscle_and_total_of_any_two_sessions_can_be_told(
    one: list[ComparedSite], other: list[ComparedSite]
) -> None:
    pair = Comparison(session("a", DAYS[0], *one), session("b", DAYS[1], *other))
    assert sorted(n.number for row in pair.muscles for n in row.sites) == list(range(1, len(pair.changes) + 1))
    assert pair.is_empty is (pair.counts == "Nothing changed")
    for row in pair.muscles:
        assert row.words
    assert all(total.words for total in pair.totals)


def test_several_sessions_stand_in_columns_with_the_change_against_the_one_before() -> None:
    several = [
        session("a", DAYS[0], *doses("a", "2.5")),
        session("b", DAYS[1], *doses("b", "5"), *doses("b", "1", side=Side.RIGHT)),
        session("c", DAYS[2], *doses("c", "4")),
    ]
    left, right = column_rows(several, [("mentalis", Side.LEFT)])
    assert [(cell.words, cell.change) for cell in left.cells] == [
        ("2.5\u00a0units", ""),
        ("5\u00a0units", "+2.5\u00a0units"),
        ("4\u00a0units", "−1\u00a0unit"),
    ]
    assert [(cell.words, cell.change) for cell in right.cells] == [
        ("—", ""),
        ("1\u00a0unit", "+1\u00a0unit"),
        ("—", "−1\u00a0unit"),
    ]
    assert [(row.label, [cell.words for cell in row.cells]) for row in side_rows(several)][-1] == (
        "All",
        ["2.5\u00a0units", "6\u00a0units", "4\u00a0units"],
    )


def test_a_total_of_several_sessions_has_no_number_across_products() -> None:
    botox, dysport = (
        session("a", DAYS[0], *doses("a", "10")),
        session("b", DAYS[1], *doses("b", "25", product="dysport")),
    )
    rows = {
        row.label: [(cell.words, cell.change) for cell in row.cells] for row in side_rows([botox, dysport, dysport])
    }
    assert rows["All, onabotulinumtoxinA (Botox)"] == [("10\u00a0units", ""), ("—", ""), ("—", "")]
    assert rows["All, abobotulinumtoxinA (Dysport)"] == [
        ("—", ""),
        ("25\u00a0units", "another product before"),
        ("25\u00a0units", "no change"),
    ]


def known(*listed: ComparedSession, more: frozenset[str] = frozenset()) -> Sessions:
    return Sessions(listed, frozenset(one.id for one in listed) | more)


FOUR = [
    session(f"s{n}", on, *doses(f"s{n}", "2", product="dysport" if n < 2 else "botox")) for n, on in enumerate(DAYS)
]


def test_what_is_offered_in_one_click() -> None:
    draft = session("d", DAYS[3], *doses("d", "1"), is_draft=True)
    assert [(one.label, one.ids) for one in presets(known(*FOUR, draft))] == [
        ("The draft and the last session", ("s3", "d")),
        ("The last two", ("s2", "s3")),
        ("The first and the last", ("s0", "s3")),
        ("Before and after the last change of product", ("s1", "s2")),
        ("All 4", ("s0", "s1", "s2", "s3")),
    ]
    assert [one.label for one in presets(known(*FOUR[:2]))] == ["The last two"]
    assert presets(known(FOUR[0])) == ()


def test_choosing_puts_sessions_in_the_order_of_time_and_refuses_in_words() -> None:
    every = known(*FOUR, more=frozenset({"voided"}))
    assert [one.id for one in every.chosen(["s3", "s0"])] == ["s0", "s3"]
    assert [one.id for one in every.chosen(["s1", "s1"])] == ["s1", "s1"]
    with pytest.raises(Invalid) as refused:
        every.chosen(["s1", "voided"])
    assert "no session to compare" in refused.value.fields["session"]
    with pytest.raises(NotFound):
        every.chosen(["s1", "somebody else's"])
    every.chosen(["s1"] * MOST)
    with pytest.raises(Invalid):
        every.chosen(["s1"] * (MOST + 1))
    assert [one.id for one in every.with_previous("s2")] == ["s1", "s2"]
    assert [one.id for one in every.with_previous("s0")] == ["s0"]


def test_an_older_version_stands_for_the_one_in_force() -> None:
    new = ComparedSession("new", DAYS[0], tuple(doses("n", "2")), aliases=frozenset({"old", "new", "touch-up"}))
    every = Sessions((new,), frozenset({"old", "new", "touch-up"}))
    assert [every.find(one) for one in ("old", "new", "touch-up")] == [new, new, new]


def test_the_pair_on_the_face_is_the_first_and_the_last_unless_two_are_named() -> None:
    assert [one.id for one in pair_of(FOUR, "", "")] == ["s0", "s3"]
    assert [one.id for one in pair_of(FOUR, "s2", "s1")] == ["s1", "s2"]
    with pytest.raises(NotFound):
        pair_of(FOUR[:2], "s0", "s3")


def test_too_few_sessions_are_said() -> None:
    assert "A comparison needs two" in count_words((), known(FOUR[0]))
    assert "Choose at least one more" in count_words(FOUR[:1], known(*FOUR))
    assert count_words((), known()) == ""


def test_the_years_go_from_session_to_session() -> None:
    first, second = frame(FOUR, 1), frame(FOUR, 3)
    assert first.is_first
    assert not first.changed
    assert second.since == "92 days (13 weeks and 1 day) after 10 Apr 2025. 1 site not comparable; 0 as before."
    many = FOUR * 6
    assert [one.number for part in range(3) for one in bundle(many, part)] == list(range(1, 25))
    assert len(bundle(many, 0)) == BUNDLE
    assert bundle(many, 2) == ()


def marks(pair: Comparison) -> list[Numbered]:
    return [one for row in pair.muscles for one in row.sites]


def test_marks_read_without_colour() -> None:
    one = site("a", x=300)
    kinds = {
        "added": SiteChange(None, one),
        "removed": SiteChange(one, None),
        "same": SiteChange(one, site("b", x=300)),
        "other": SiteChange(site("a", x=300, product="dysport"), one),
        "moved": SiteChange(one, site("b", x=400)),
    }
    shapes = {name: changes_layer([Numbered(1, change)]).shapes for name, change in kinds.items()}
    discs = {name: [shape for shape in found if isinstance(shape, Circle)] for name, found in shapes.items()}
    texts = {name: [shape.text for shape in found if isinstance(shape, Text)] for name, found in shapes.items()}
    assert {name: len(found) for name, found in discs.items()} == {
        "added": 2, "removed": 1, "same": 1, "other": 0, "moved": 2,
    }  # fmt: skip
    assert discs["removed"][0].style.dash
    assert not discs["same"][0].style.dash
    assert texts == {
        "added": ["+2.5", "1"], "removed": ["−2.5", "1"], "same": ["2.5", "1"], "other": ["≠", "1"], "moved": ["2.5", "1"],
    }  # fmt: skip
    assert [shape.key for shape in shapes["added"]] == ["site:1"] * len(shapes["added"])


@pytest.mark.parametrize("larger", [WIDE, NARROW])
def test_words_of_a_dense_cluster_do_not_lie_on_each_other(larger: float) -> None:
    sites = [site(f"b{n}", muscle="orbicularis_oculi", x=300 + 60 * (n % 3), y=300 + 60 * (n // 3)) for n in range(9)]
    pair = Comparison(session("a", DAYS[0]), session("b", DAYS[1], *sites))
    grounds = [
        shape
        for shape in changes_layer(marks(pair), larger).shapes
        if isinstance(shape, Path) and shape.style.stroke_opacity == 0.75
    ]
    boxes = []
    for ground in grounds:
        (left, y), (right, _) = (segment.to for segment in ground.segments)  # type: ignore[union-attr]
        boxes.append((left, y - ground.style.stroke_width / 2, right, y + ground.style.stroke_width / 2))
    assert len(boxes) == 9
    overlapping = [
        (one, other)
        for n, one in enumerate(boxes)
        for other in boxes[n + 1 :]
        if min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])
    ]
    assert overlapping == []


def test_the_face_says_in_words_what_it_shows() -> None:
    assert "1 Mentalis" in description(marks(PAIR))
    assert "Nasalis" not in description(marks(PAIR))
    assert "Dashed and hollow: no longer given." in legend(marks(PAIR))
    assert legend([]) == ()
    assert "The small number is the row of the table." not in legend(marks(PAIR), numbered=False)


def test_a_touch_up_that_is_charted_is_not_offered_against_its_session() -> None:
    """All that the session gave would look as if it were left out."""
    draft = session("d", date(2026, 1, 20), *doses("d", "1"), is_draft=True, is_touch_up=True)
    assert [one.label for one in presets(known(*FOUR[:2], draft))] == ["The last two"]


def test_the_first_session_is_not_said_to_be_as_before() -> None:
    first = frame(FOUR, 1)
    assert first.legend[0] == "Grey disc: given, with its units."
    assert frame(FOUR, 2).legend == legend(frame(FOUR, 2).sites, numbered=False)


def test_totals_follow_the_products_in_the_order_of_time() -> None:
    pair = (session("a", DAYS[0], *doses("a", "25", product="dysport")), session("b", DAYS[1], *doses("b", "10")))
    assert [row.product for row in Comparison(*pair).totals] == ["dysport", "dysport", "botox", "botox"]
    assert "abobotulinumtoxinA" in side_rows(pair)[0].label
