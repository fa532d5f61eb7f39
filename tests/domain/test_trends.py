"""Series of scores: what joins points, what breaks a line, and what a change means for one patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain import assessments
from clinic.domain.anatomy import Side
from clinic.domain.assessments.base import Direction, ScoreKind
from clinic.domain.assessments.saq import SAQ
from clinic.domain.assessments.sunnybrook import SUNNYBROOK
from clinic.domain.trends import NO_BAND, NOT_FILLED_IN, OTHER_VERSION, Series, Verdict, all_series, change
from tests.trending import at, measured

KIND = SAQ.score_kind("total")
DAY = at(2025, 4, 10).date()
HUNDREDTHS = st.decimals(min_value=-100, max_value=200, places=2)


def only(*points: object) -> Series:
    """The one series of some points."""
    (found,) = all_series(points)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ("50.00", Verdict.SAME),
        ("78.19", Verdict.WITHIN),
        ("78.20", Verdict.WITHIN),
        ("78.21", Verdict.WORSE),
        ("21.81", Verdict.WITHIN),
        ("21.80", Verdict.WITHIN),
        ("21.79", Verdict.BETTER),
    ],
)
def test_exactly_the_smallest_detectable_change_is_within_noise(now: str, verdict: Verdict) -> None:
    assert change(KIND, Decimal(now), Decimal(50), DAY).verdict is verdict


@given(HUNDREDTHS, HUNDREDTHS)
def test_turning_a_change_round_turns_its_sign_and_its_verdict(one: Decimal, other: Decimal) -> None:
    there, back = change(KIND, one, other, DAY), change(KIND, other, one, DAY)
    assert there.difference == -back.difference
    turned = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}
    assert back.verdict is turned.get(there.verdict, there.verdict)


@given(HUNDREDTHS, HUNDREDTHS)
def test_higher_is_better_is_lower_is_better_upside_down(one: Decimal, other: Decimal) -> None:
    higher = replace(KIND, direction=Direction.HIGHER)
    turned = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}
    lower = change(KIND, one, other, DAY).verdict
    assert change(higher, one, other, DAY).verdict is turned.get(lower, lower)


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [("57.78", "53.33", "4.4 higher"), ("57.78", "64.44", "6.7 lower"), ("62.22", "60.00", "2.2 higher")],
)
def test_a_difference_of_rounded_scores_is_said_to_the_digit_that_is_true(now: str, before: str, words: str) -> None:
    # Steps of the SAQ are 100 / 45: two of them are 4.44, three 6.67, one 2.22.
    assert change(KIND, Decimal(now), Decimal(before), DAY).moved == words


def test_without_a_direction_a_change_is_neither_better_nor_worse() -> None:
    kind = ScoreKind("x", "X", Decimal(0), Decimal(10), noise=Decimal(1))
    assert change(kind, Decimal(3), Decimal(1), DAY).short == "2 higher, more than noise"


def test_words_say_how_much_since_when_which_way_and_that_it_may_be_chance() -> None:
    series = only(measured("64.4", at(2025, 4, 10)), measured("51.1", at(2025, 9, 4)))
    assert series.summary == (
        "51.1 on 4 Sep 2025 (lower is better). 13.3 lower than on 10 Apr 2025: within noise."
        " One patient’s score moves by up to 28.2 by chance."
    )
    assert "28.2" not in series.about
    assert "20 to 100, lower is better" in series.about


def test_a_score_without_published_noise_says_so_and_judges_nothing() -> None:
    given_ = {"instrument": "sunnybrook", "version": "1996", "score": "composite", "side": Side.LEFT}
    series = only(
        measured("50", at(2025, 4, 10), patient_reported=False, **given_),
        measured("95", at(2025, 9, 4), patient_reported=False, **given_),
    )
    assert SUNNYBROOK.score_kind("composite").noise is None
    assert series.title == "Sunnybrook, composite, patient’s left"
    assert NO_BAND.casefold() in series.summary.casefold()
    assert "45 higher" in series.summary
    assert not any(word in series.summary for word in (": better", ": worse", "within"))
    assert series.bands == ()


def test_the_first_score_is_compared_with_nothing() -> None:
    series = only(measured("64.4", at(2025, 4, 10)))
    assert series.summary.endswith("the first score.")
    assert [(row.before, row.first) for row in series.rows] == [("", "")]


def test_the_newest_row_stands_first_and_each_is_set_against_the_last_and_the_first() -> None:
    series = only(*(measured(value, at(2025, month, 1)) for value, month in (("60", 7), ("71", 1), ("40", 12))))
    assert [row.value_text for row in series.rows] == ["40", "60", "71"]
    assert (series.rows[0].before, series.rows[0].first) == ("20 lower, within noise", "31 lower, better")


def test_another_version_breaks_the_line_and_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assessments, "_EARLIER", (replace(SAQ, version="2001"),))
    series = only(
        measured("60", at(2025, 1, 1), version="2001"),
        measured("50", at(2025, 2, 1), version="2001"),
        measured("40", at(2025, 3, 1)),
        measured("30", at(2025, 4, 1)),
    )
    assert [[point.value for point in part] for part in series.stretches] == [[60, 50], [40, 30]]
    assert [band.start for band in series.bands] == [at(2025, 1, 1).date(), at(2025, 3, 1).date()]
    newest, third, *_ = series.rows
    assert third.before == third.first == OTHER_VERSION
    assert newest.first == "10 lower, within noise"


def test_a_questionnaire_left_out_while_another_was_answered_is_a_gap() -> None:
    series, other = all_series(
        [
            measured("60", at(2025, 1, 1)),
            measured("70", at(2025, 2, 1), instrument="fdi", version="1996", score="social"),
            measured("50", at(2025, 3, 1)),
        ]
    )
    assert [len(part) for part in series.stretches] == [1, 1]
    assert [row.value_text for row in series.rows] == ["50", NOT_FILLED_IN, "60"]
    assert other.gaps == ()


def test_a_follow_up_form_alone_is_no_gap_of_a_questionnaire() -> None:
    follow_up = measured("40", at(2025, 2, 1), instrument="follow_up", version="1", score="change")
    series = only(measured("60", at(2025, 1, 1)), follow_up, measured("50", at(2025, 3, 1)))
    assert [len(part) for part in series.stretches] == [2]


def test_a_visit_with_a_clinicians_scale_only_is_no_gap_of_a_questionnaire() -> None:
    series = all_series(
        [
            measured("60", at(2025, 1, 1)),
            measured(
                "70", at(2025, 2, 1), instrument="sunnybrook", version="1996", score="composite", patient_reported=False
            ),
            measured("50", at(2025, 3, 1)),
        ]
    )
    assert [len(one.stretches[0]) for one in series if one.line[0].instrument == "saq"] == [2]


def test_a_second_rater_stands_beside_the_line() -> None:
    given_ = {"instrument": "sunnybrook", "version": "1996", "score": "composite", "patient_reported": False}
    first = measured("50", at(2025, 1, 1), rater="A", **given_)
    second = replace(first, rated_at=first.rated_at + timedelta(minutes=5), rater="B", value=Decimal(70))
    later = measured("60", at(2025, 3, 1), rater="A", **given_)
    series = only(second, later, first)
    assert series.line == (first, later)
    assert series.beside == (second,)
    assert [row.by for row in series.rows] == ["A", "B, second rater", "A"]


def test_a_change_between_two_raters_says_so() -> None:
    first, later = measured("50", at(2025, 1, 1), rater="A"), measured("60", at(2025, 3, 1), rater="B")
    assert only(first, later).rows[0].before.startswith("10 higher")
    assert only(first, later).rows[0].before.endswith("by another rater")
    assert "another rater" not in only(first, replace(later, rater="A")).rows[0].before


def test_sides_are_series_of_their_own() -> None:
    given_ = {"instrument": "sunnybrook", "version": "1996", "score": "composite", "patient_reported": False}
    found = all_series(measured("50", at(2025, 1, 1), side=side, **given_) for side in (Side.RIGHT, Side.LEFT))
    assert [one.title.rpartition(" ")[2] for one in found] == ["left", "right"]
    assert len({one.anchor for one in found}) == 2


def test_fdi_has_two_scores_and_house_brackmann_is_no_trend() -> None:
    rows = [
        measured("70", at(2025, 1, 1), instrument="fdi", version="1996", score=score)
        for score in ("physical", "social")
    ]
    house = assessments.INSTRUMENTS["house_brackmann"]
    rows += [
        measured(
            "3", at(2025, 1, 1), instrument=house.key, version=house.version, score=house.scores[0].key,
            patient_reported=False,
        )
    ]  # fmt: skip
    assert [(one.line[0].instrument, one.line[0].score) for one in all_series(rows)] == [
        ("fdi", "physical"),
        ("fdi", "social"),
    ]


@given(st.lists(st.integers(9, 45), min_size=1, max_size=12))
def test_every_score_is_in_one_stretch_and_in_one_row(sums: list[int]) -> None:
    points = [measured(str(total), at(2025, 1, 1) + timedelta(days=30 * n)) for n, total in enumerate(sums)]
    series = only(*points)
    assert [point for part in series.stretches for point in part] == points
    assert sorted(row.on for row in series.rows) == [point.on for point in points]
