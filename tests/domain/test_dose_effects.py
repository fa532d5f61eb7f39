"""Dose and effect: courses written out by hand, gaps, products, events, pages; and sums held against what was given."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement, Place
from clinic.domain.dose_effect_panels import Facts, Happened, Outcome, Panel, Reviewed
from clinic.domain.dose_effect_words import benefits_words, dose_words
from clinic.domain.dose_effects import SESSIONS, DoseEffects, dose_effects
from clinic.domain.dose_sessions import Amount, Given, TreatedSession
from clinic.domain.drawing import Path, Text
from clinic.domain.drawing_dose_effects import NARROW, PRINT, WIDE, effect_figure
from clinic.domain.patients import DatePrecision
from clinic.domain.reviews import Wearing
from clinic.domain.trends_patterns import Effect, Graded
from clinic.domain.trends_sessions import other_treatment
from clinic.domain.visit_content import ClinicContent, PatientContent
from tests.domain.test_drawing_trends import content as trends_content

EYE = Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE)
BROW = Place(Side.LEFT, Movement.BROW_RAISE, Group.OTHER_SIDE)
OCULI = ("orbicularis_oculi", Side.LEFT)
DAYS = (date(2025, 4, 10), date(2025, 7, 17), date(2025, 10, 30))


def dose(units: str, product: str = "botox", *, touch_up: bool = False, place: tuple[str, Side] = OCULI) -> Given:
    return Given(*place, product, Decimal(units), touch_up)


def session(number: int, *doses: Given, on: date | None = None) -> TreatedSession:
    return TreatedSession(f"s{number}", on or DAYS[number], False, (), doses)


def grade(on: date, value: int, place: Place = EYE, rater: str = "Dr A", hour: int = 9) -> Graded:
    return Graded(f"v{on:%Y%m%d}", on, datetime.combine(on, time(hour), UTC), rater, place, value)


def effect(number: int, said: date, better: int | None) -> Effect:
    return Effect(f"s{number}", DAYS[number], said, EYE, better, better is None, "", (OCULI,))


def reviewed(number: int, on: date, gone: int | None) -> Reviewed:
    wearing = Wearing.WORKING if gone is None else Wearing.GONE
    return Reviewed(f"s{number}", DAYS[number], f"v{on:%Y%m%d}", on, wearing, gone)


def facts(**values: Any) -> Facts:
    """The eye of a patient like FN-1001: 2.5, 3.75 and 5 units, each grid and review written out."""
    first_review, second_review = DAYS[0] + timedelta(days=28), DAYS[1] + timedelta(days=27)
    made: dict[str, Any] = {
        "sessions": (
            session(0, dose("1.25"), dose("1.25")),
            session(1, dose("2.5"), dose("1.25", touch_up=True)),
            session(2, dose("5")),
        ),
        "voided": (),
        "graded": (
            grade(DAYS[0], 3),
            grade(first_review, 1),
            grade(DAYS[1], 3),
            grade(second_review, 1, rater="Sam B"),
            grade(DAYS[2], 2),
            grade(DAYS[2], 3, rater="Sam B", hour=11),
        ),
        "effects": (effect(0, first_review, 50), effect(1, second_review, None), effect(1, DAYS[2], 60)),
        "reviews": (reviewed(0, DAYS[1], 63), reviewed(0, first_review, None), reviewed(1, DAYS[2], 77)),
        "events": (Happened("s1", "Drooping of the upper lid", "Drooping", DAYS[1], frozenset({OCULI})),),
        "others": (other_treatment("surgery: brow lift", date(2025, 9, 1), DatePrecision.DAY),),
    }
    return Facts(**made | values)


def read(found: Facts, **asked: Any) -> DoseEffects:
    about = trends_content((), ())
    who: tuple[ClinicContent, PatientContent, str, date] = (about.clinic, about.patient, "", date(2026, 1, 5))
    return dose_effects(found, who, **asked)


def eye(found: DoseEffects) -> Panel:
    (panel,) = found.panels
    return panel


def outcomes(panel: Panel) -> list[Outcome]:
    return [one for entry in panel.entries for one in entry.outcomes]


def test_a_course_equals_the_one_computed_by_hand() -> None:
    panel = eye(read(facts()))
    assert panel.label == "Orbicularis oculi, patient’s left"
    assert [[one.words for one in entry.amounts] for entry in panel.entries] == [
        ["2.5"],
        ["2.5 + 1.25\u00a0touch-up"],
        ["5"],
    ]
    assert panel.entries[1].amounts[0].units_words == "2.5\u00a0units + 1.25\u00a0units\u00a0touch-up"
    assert [one.grades for one in outcomes(panel)] == [(3, 1, 3), (3, 1, 2), (2, None, None)]
    assert [one.said_words for one in outcomes(panel)] == ["50\u00a0% better", "worse, then 60\u00a0% better", ""]
    assert [entry.benefit and entry.benefit.words for entry in panel.entries] == [
        "9 weeks of benefit",
        "11 weeks of benefit",
        None,
    ]
    assert [[one.words for one in entry.events] for entry in panel.entries] == [[], ["Drooping of the upper lid"], []]
    assert panel.words == (
        "2.5 → 3.75 → 5\u00a0units; eye narrows with big smile 3 → 1 → 2 (session of 17 Jul 2025); "
        "benefit of the whole session 9, 11 weeks, not asked."
    )


def test_different_raters_are_named_and_the_first_grade_counts() -> None:
    panel = eye(read(facts()))
    assert panel.raters == ("Dr A", "Sam B")
    first, second, third = panel.entries
    assert first.outcomes[0].notes(first) == ("review 8 May 2025",)
    assert second.outcomes[0].notes(second) == (
        "before by Dr A",
        "review 13 Aug 2025 by Sam B",
        "return by Dr A (3 by Sam B)",
    )
    assert third.outcomes[0].notes(third) == ("before by Dr A (3 by Sam B)",)


def test_without_reviews_everything_about_them_is_a_gap() -> None:
    panel = eye(read(facts(graded=(grade(DAYS[0], 3),), effects=(), reviews=(), events=())))
    assert [one.grades for one in outcomes(panel)] == [(3, None, None)]
    assert [entry.benefit for entry in panel.entries] == [None, None, None]
    assert "not graded → not graded" in panel.words
    drawn = drawn_texts(panel, read(facts(graded=(grade(DAYS[0], 3),), effects=(), reviews=(), events=())))
    assert "Weeks of benefit" not in drawn
    assert drawn.count("3") == 2  # the rule and the one grade; none is drawn as 0 but the rule.
    assert drawn.count("0") == 1


def test_a_pattern_that_was_never_above_nought_and_never_reviewed_is_left_out() -> None:
    assert eye(read(facts(graded=(grade(DAYS[0], 0),), effects=()))).patterns == ()
    assert eye(read(facts(graded=(grade(DAYS[0], 0),)))).patterns == (EYE,)


def test_over_action_of_the_other_side_stands_at_the_muscle_that_does_it() -> None:
    frontalis = ("frontalis", Side.RIGHT)
    found = read(
        facts(sessions=(session(0, dose("5", place=frontalis)),), graded=(grade(DAYS[0], 2, BROW),), effects=())
    )
    panel = eye(found)
    assert panel.patterns == (BROW,)
    assert panel.named(BROW) == "other side over-acts with brow raise (graded patient’s left)"


def test_a_voided_session_is_not_told_but_its_toxin_bounds_what_counts() -> None:
    wrong = DAYS[1] - timedelta(days=10)
    found = read(facts(voided=(wrong,)))
    assert outcomes(eye(found))[0].grades == (3, 1, None)
    assert [one.words for one in found.others] == ["session voided, its toxin counts", "surgery: brow lift"]


def test_events_without_a_site_stand_apart() -> None:
    event = Happened("s1", "Headache", "Headache", None, frozenset())
    found = read(facts(events=(event,)))
    assert found.unlinked == (event,)
    assert not any(entry.events for entry in eye(found).entries)


def test_the_muscle_treated_last_comes_first() -> None:
    mentalis, frontalis = ("mentalis", Side.LEFT), ("frontalis", Side.RIGHT)
    sessions = (session(0, dose("2.5", place=mentalis)), session(1, dose("5"), dose("5", place=frontalis)))
    assert [one.muscle for one in read(facts(sessions=sessions)).panels] == [
        "frontalis",
        "orbicularis_oculi",
        "mentalis",
    ]


@pytest.mark.parametrize(("count", "pages"), [(SESSIONS - 1, 1), (SESSIONS, 1), (SESSIONS + 1, 2)])
def test_a_page_has_twelve_sessions(count: int, pages: int) -> None:
    sessions = tuple(session(n, dose("5"), on=DAYS[0] + timedelta(days=98 * n)) for n in range(count))
    found = read(facts(sessions=sessions))
    assert (found.pages, found.older) == (pages, 2 if pages == 2 else None)
    assert found.sessions[-1].id == f"s{count - 1}"
    older = read(facts(sessions=sessions), page=2)
    assert len(older.sessions) == (1 if pages == 2 else count)


def test_only_as_many_muscles_as_the_page_has_room_for_until_all_are_asked_for() -> None:
    places = [(muscle, side) for muscle in ("mentalis", "platysma", "frontalis") for side in (Side.LEFT, Side.RIGHT)]
    doses = [dose("5", place=place) for place in [*places, OCULI]]
    sessions = tuple(session(n, *doses, on=DAYS[0] + timedelta(days=98 * n)) for n in range(12))
    some, everything = read(facts(sessions=sessions)), read(facts(sessions=sessions), everything=True)
    assert len(some.panels) + some.hidden == len(everything.panels) == 7
    assert everything.hidden == 0


def drawn_texts(panel: Panel, found: DoseEffects, width: float = WIDE) -> list[str]:
    figure = effect_figure(panel, found, width)
    return [shape.text for layer in figure.layers for shape in layer.shapes if isinstance(shape, Text)]


def drawn_keys(panel: Panel, found: DoseEffects) -> Counter[str]:
    figure = effect_figure(panel, found, WIDE)
    return Counter(shape.key for layer in figure.layers for shape in layer.shapes)


@pytest.mark.parametrize("width", [WIDE, NARROW, PRINT])
def test_what_is_drawn_is_what_stands_in_the_table(width: float) -> None:
    found = read(facts())
    texts = drawn_texts(eye(found), found, width)
    for words in ("2.5", "2.5+1.25", "5", "Botox", "eye narrows with big smile", "9", "11", "50\u00a0%", "60\u00a0%"):
        assert words in texts, words
    assert any(one.startswith("Drooping") for one in texts)


def test_a_figure_has_a_line_for_every_session_and_treatment_and_a_mark_for_each_thing() -> None:
    found = read(facts())
    keys = drawn_keys(eye(found), found)
    assert (keys["bar"], keys["touch-up"], keys["benefit"], keys["weeks"]) == (3, 1, 2, 2)
    assert keys["grade"] + keys["same"] == 5
    assert keys["session"] % 3 == 0
    assert keys["other"]
    assert keys["product-change"] == 0


def test_a_product_change_breaks_the_ground_line_and_says_so() -> None:
    sessions = (session(0, dose("2.5")), session(1, dose("10", "dysport")), session(2, dose("12.5", "dysport")))
    found = read(facts(sessions=sessions))
    keys = drawn_keys(eye(found), found)
    assert (keys["run"], keys["product-change"]) == (2, 1)
    assert {"Botox", "Dysport"} < {*drawn_texts(eye(found), found)}
    assert eye(found).words.startswith(
        "2.5\u00a0units onabotulinumtoxinA (Botox), then 10 → 12.5\u00a0units abobotulinumtoxinA (Dysport)"
    )


def test_bars_of_two_products_are_not_on_one_scale() -> None:
    sessions = (session(0, dose("5")), session(1, dose("50", "dysport")))
    found = read(facts(sessions=sessions, graded=(), effects=(), reviews=(), events=()))
    figure = effect_figure(eye(found), found, WIDE)
    bars = [
        shape for layer in figure.layers for shape in layer.shapes if isinstance(shape, Path) and shape.key == "bar"
    ]
    heights = {round(bar.segments[2].to[1] - bar.segments[0].to[1], 6) for bar in bars}  # type: ignore[union-attr]
    assert len(bars) == 2
    assert len(heights) == 1


def test_nothing_is_drawn_without_a_session() -> None:
    found = read(facts(sessions=()))
    assert (found.panels, found.span, found.pages) == ((), None, 1)


@pytest.mark.parametrize(
    ("benefits", "words"),
    [
        ([(63, "9 weeks of benefit"), (77, "11 weeks of benefit")], "benefit 9, 11 weeks"),
        ([(7, "1 week of benefit")], "benefit 1 week"),
        ([(5, "5 days of benefit"), (63, "9 weeks of benefit")], "benefit 5 days, 9 weeks"),
        ([None, (63, "9 weeks of benefit"), (None, "still working at 5 weeks")], "benefit not asked, 9 weeks, still working at 5 weeks"),
        ([None, None], ""),
    ],
)  # fmt: skip
def test_benefit_in_words(benefits: list[tuple[int | None, str] | None], words: str) -> None:
    assert benefits_words(benefits) == words.replace("benefit ", "benefit of the whole session ", 1)


def test_a_long_course_tells_its_last_sessions_and_how_many_there_are() -> None:
    doses = [(Amount("botox", Decimal(n), Decimal(0)),) for n in range(1, 8)]
    assert dose_words(doses) == "the last 5 of 7 sessions: 3 → 4 → 5 → 6 → 7\u00a0units"


GIVEN = st.builds(
    Given,
    st.sampled_from(["mentalis", "platysma", "orbicularis_oculi"]),
    st.sampled_from([Side.LEFT, Side.RIGHT]),
    st.sampled_from(["botox", "dysport", ""]),
    st.integers(1, 4000).map(lambda value: Decimal(value).scaleb(-2)),
    st.booleans(),
)


@given(st.lists(st.lists(GIVEN, min_size=1, max_size=6), min_size=1, max_size=5))
def test_units_on_the_page_are_those_given_product_by_product(rows: list[list[Given]]) -> None:
    sessions = tuple(session(n, *doses, on=DAYS[0] + timedelta(days=98 * n)) for n, doses in enumerate(rows))
    found = read(facts(sessions=sessions), everything=True)
    told = Counter[tuple[str, str]]()
    for entry in (entry for panel in found.panels for entry in panel.entries):
        for one in entry.amounts:
            told[entry.session.id, one.product] += one.total  # type: ignore[assignment]
    truth = Counter[tuple[str, str]]()
    for treated in sessions:
        for part in treated.given:
            truth[treated.id, part.product] += part.units  # type: ignore[assignment]
    assert told == truth
    for panel in found.panels:
        effect_figure(panel, found, NARROW)


def test_doses_without_a_product_on_record_are_not_joined() -> None:
    sessions = (session(0, dose("2.5", "")), session(1, dose("5", "")))
    panel = eye(found := read(facts(sessions=sessions, effects=(), reviews=(), events=())))
    assert panel.words.startswith("2.5\u00a0units product not recorded, then 5\u00a0units product not recorded")
    assert drawn_keys(panel, found)["product-change"] == 1


def test_weeks_of_benefit_are_said_to_be_of_the_whole_session() -> None:
    found = read(facts())
    assert "Weeks of benefit, whole session" in drawn_texts(eye(found), found)
