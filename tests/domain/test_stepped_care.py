"""The steps of care on one line: their order, their days, and what came of each."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.plans import CareStep
from clinic.domain.stepped_care import CareFacts, ScoreMove, care_lines, score_moves
from clinic.domain.trends import OTHER_VERSION, all_series
from tests.trending import at, measured

NBSP = "\u00a0"
ARROW = f"{NBSP}→{NBSP}"


def test_nothing_on_record_is_four_steps_that_are_not_begun() -> None:
    lines = care_lines(CareFacts())
    assert [one.step for one in lines] == list(CareStep)
    assert [one.label for one in lines] == ["Assessment", "Facial training", "Botulinum toxin", "Surgery"]
    assert not any(one.is_begun or one.is_next or one.dates for one in lines)


def test_each_step_has_its_days_and_its_result() -> None:
    first, second = date(2026, 1, 5), date(2026, 4, 6)
    facts = CareFacts(
        assessed_on=(second, first, first),
        trained_on=(first,),
        earlier_training=("mime therapy, 2024",),
        sessions=((second, None), (first, 9)),
        toxin_elsewhere=("2 Feb 2024: 20 units",),
        operations=("Mentalis, patient’s left: resected, day not known",),
        referred=("Referred: surgeon",),
        reasons={CareStep.TOXIN: ("the chin does not give way to training",)},
        next_step=CareStep.SURGERY,
    )
    assessment, training, toxin, surgery = care_lines(facts)
    assert (assessment.count, assessment.dates) == (f"2{NBSP}visits", "5 Jan 2026 to 6 Apr 2026")
    assert (training.count, training.dates) == (f"1{NBSP}session", "5 Jan 2026")
    assert training.result == ("Earlier or elsewhere: mime therapy, 2024",)
    assert toxin.result == (
        "Weeks of benefit: 9",
        f"Benefit not known of 1{NBSP}session",
        "Earlier or elsewhere: 2 Feb 2024: 20 units",
    )
    assert toxin.reasons == ("the chin does not give way to training",)
    assert (surgery.count, surgery.dates, surgery.is_begun, surgery.is_next) == ("", "", True, True)
    assert surgery.result == ("Mentalis, patient’s left: resected, day not known", "Referred: surgeon")
    assert not toxin.is_next


def test_weeks_stand_in_the_order_of_the_sessions() -> None:
    facts = CareFacts(sessions=((date(2026, 6, 1), 12), (date(2026, 1, 1), 8), (date(2026, 3, 1), 0)))
    assert care_lines(facts)[2].result == ("Weeks of benefit: 8, 0, 12",)


def test_a_score_goes_from_first_to_newest_with_the_noise_of_the_measure() -> None:
    series = all_series(
        [measured("60", at(2026, 1, 1)), measured("50", at(2026, 2, 1)), measured("31.8", at(2026, 3, 1))]
    )
    (move,) = score_moves(series)
    assert move.words == f"SAQ, total: 60{ARROW}31.8, 28.2 lower, within noise"
    assert move.dated == f"{move.words} (1 Jan 2026 to 1 Mar 2026)"
    beyond = all_series([measured("60", at(2026, 1, 1)), measured("31.7", at(2026, 3, 1))])
    assert score_moves(beyond)[0].moved == "28.3 lower, better"


def test_one_score_is_told_without_a_change() -> None:
    (move,) = score_moves(all_series([measured("60", at(2026, 1, 1))]))
    assert (move.words, move.moved) == ("SAQ, total: 60", "")
    assert move.dated == "SAQ, total: 60 (1 Jan 2026)"


def test_two_versions_are_not_compared() -> None:
    first, last = measured("60", at(2026, 1, 1)), measured("40", at(2026, 3, 1), version="2007-x")
    assert ScoreMove("SAQ, total", first, last).moved == OTHER_VERSION


def test_scores_of_single_parts_are_left_to_the_trends() -> None:
    excursion = measured(
        "2", datetime(2026, 1, 1, tzinfo=UTC), instrument="measures", version="1", score="excursion_difference",
        rater="A", patient_reported=False,
    )  # fmt: skip
    assert score_moves(all_series([excursion])) == ()


@given(st.lists(st.tuples(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.none() | st.integers(0, 60)), max_size=6))
def test_the_order_of_sessions_does_not_matter(sessions: list[tuple[date, int | None]]) -> None:
    unique = tuple(dict(sessions).items())
    assert care_lines(CareFacts(sessions=unique)) == care_lines(CareFacts(sessions=unique[::-1]))
