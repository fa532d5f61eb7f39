"""Every instrument gives its published numbers, takes no answer that is not one, and moves the way it says."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain import assessments
from clinic.domain.adverse_events import Urgency
from clinic.domain.assessments import face, fngs2, follow_up
from clinic.domain.assessments.base import (
    NEEDED,
    AnsweredBy,
    Instrument,
    Item,
    Score,
    refusals,
    rounded,
    scored,
    shown,
)
from clinic.domain.errors import Invalid, NotFound
from tests.domain.assessments.cases import CASES, DIRECTIONS, REFUSED, Case

ALL = list(assessments.INSTRUMENTS.values())
EXAMPLES = [(key, case) for key, cases in CASES.items() for case in cases]


def values(item: Item) -> list[int]:
    """Every answer that an item takes."""
    return [one.value for one in item.options] or list(range(item.minimum, item.maximum + 1))


def complete(instrument: Instrument, *, whole: bool = False) -> st.SearchStrategy[dict[str, int]]:
    """Answers that can be scored; with ``whole`` nothing is left open."""
    closed = {one.key: st.sampled_from(values(one)) for one in instrument.items if not one.is_text}
    if whole or all(item.needed for item in instrument.items):
        return st.fixed_dictionaries(closed)
    return st.fixed_dictionaries({}, optional=closed).filter(lambda one: not raises(instrument, one))


def raises(instrument: Instrument, answers: dict[str, int]) -> bool:
    """Whether answers are refused."""
    try:
        scored(instrument, answers)
    except Invalid:
        return True
    return False


def by_key(scores: tuple[Score, ...]) -> dict[str, Decimal]:
    """Scores as numbers."""
    return {one.key: one.value for one in scores}


@pytest.mark.parametrize(("key", "case"), EXAMPLES, ids=[f"{key}: {case.why}" for key, case in EXAMPLES])
def test_the_examples_come_out(key: str, case: Case) -> None:
    found = scored(assessments.instrument(key), case.answers)
    assert by_key(found) == case.values
    assert {one.key: one.text for one in found if one.text} == case.texts
    assert {one.key for one in found if one.flag} == case.flagged
    assert {one.key: one.answered for one in found if one.answered is not None} == case.answered


def test_every_instrument_has_examples_and_no_example_is_of_none() -> None:
    assert list(CASES) == list(assessments.INSTRUMENTS)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key)
def test_scores_lie_between_their_ends_and_keep_two_places(one: Instrument) -> None:
    @given(complete(one))
    def holds(answers: dict[str, int]) -> None:
        found = scored(one, answers)
        for score in found:
            kind = one.score_kind(score.key)
            assert kind.minimum <= score.value <= kind.maximum
            assert score.value == score.value.quantize(Decimal("0.01"))
        order = [kind.key for kind in one.scores]
        assert [score.key for score in found] == [key for key in order if key in by_key(found)]

    holds()


@pytest.mark.parametrize("key", [key for key in CASES if key not in {"follow_up", "measures"}])
def test_both_ends_of_every_score_are_reached(key: str) -> None:
    one = assessments.instrument(key)
    for kind in one.scores:
        found = [case.values[kind.key] for case in CASES[key] if kind.key in case.scores]
        assert (min(found), max(found)) == (kind.minimum, kind.maximum), kind.key


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key)
def test_the_order_of_the_answers_does_not_matter(one: Instrument) -> None:
    @given(complete(one), st.randoms())
    def holds(answers: dict[str, int], random: Any) -> None:
        mixed = list(answers.items())
        random.shuffle(mixed)
        assert scored(one, dict(mixed)) == scored(one, answers)

    holds()


@pytest.mark.parametrize(("key", "score"), list(DIRECTIONS), ids="-".join)
def test_more_of_an_item_moves_a_score_one_way_only(key: str, score: str) -> None:
    one = assessments.instrument(key)
    signs = DIRECTIONS[key, score]

    @given(complete(one, whole=True), st.sampled_from(one.items))
    def holds(answers: dict[str, int], item: Item) -> None:
        if raises(one, answers):
            return
        sign = signs.get(item.key, signs.get(f"{item.key.partition('_')[0]}_", signs.get("", 0)))
        steps = sorted((option for option in item.options if option.counted or key != "fdi"), key=lambda o: o.counted)
        found = [
            (option.counted, by_key(scored(one, answers | {item.key: option.value})).get(score)) for option in steps
        ]
        for (less, before), (more, after) in pairwise(found):
            assert (before is None) == (after is None)
            if before is not None and after is not None:
                assert (after - before > 0) == (sign > 0 and more > less)
                assert (after - before < 0) == (sign < 0 and more > less)

    holds()


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key)
def test_a_missing_answer_is_refused_and_never_0(one: Instrument) -> None:
    whole = {item.key: values(item)[-1] for item in one.items if not item.is_text}
    for item in one.items:
        if item.needed:
            for answers in ({key: value for key, value in whole.items() if key != item.key}, whole | {item.key: None}):
                assert refusals(one, answers) == {item.key: NEEDED}
                with pytest.raises(Invalid):
                    scored(one, answers)
    if all(item.needed for item in one.items):
        assert set(refusals(one, {})) == {item.key for item in one.items}


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key)
def test_answers_at_the_ends_are_taken_and_beside_them_refused(one: Instrument) -> None:
    whole = {item.key: values(item)[0] for item in one.items if not item.is_text}
    for item in one.items:
        if item.is_text:
            continue
        known = values(item)
        for value in (min(known), max(known)):
            assert refusals(one, whole | {item.key: value}) == {}
        for value in (min(known) - 1, max(known) + 1):
            assert set(refusals(one, whole | {item.key: value})) == {item.key}


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key)
def test_a_question_of_no_instrument_is_refused(one: Instrument) -> None:
    whole = {item.key: values(item)[0] for item in one.items if not item.is_text}
    assert set(refusals(one, whole | {"q99": 1})) == {"q99"}


@pytest.mark.parametrize(("key", "answers"), [(key, answers) for key, found in REFUSED.items() for answers in found])
def test_too_little_to_score_is_refused(key: str, answers: dict[str, int]) -> None:
    one = assessments.instrument(key)
    with pytest.raises(Invalid) as refused:
        scored(one, answers)
    assert set(refused.value.fields) <= {item.key for item in one.items}


def test_a_part_of_the_disability_index_without_score_says_so() -> None:
    [found] = scored(assessments.instrument("fdi"), {"q1": 5, "q2": 5, "q3": 5, "q6": 1, "q7": 1})
    assert (found.key, found.flag) == ("physical", "Social well-being gives no score: 2 of 5 answered, 3 are needed.")


def test_the_fngs_flag_begins_above_the_last_real_total() -> None:
    four = dict.fromkeys(fngs2.REGIONS, 6)
    flags = [scored(fngs2.FNGS2, four | {"secondary": extra})[0].flag for extra in range(4)]
    assert [bool(flag) for flag in flags] == [False, True, True, True]


def test_the_questions_of_the_domains_are_all_questions_once() -> None:
    numbers = sorted(number for _, found in face.DOMAINS.values() for number in found)
    assert numbers == list(range(1, face.QUESTIONS + 1))
    assert [len(found) for _, found in face.DOMAINS.values()] == [3, 3, 2, 2, 1, 4]


def test_noise_is_known_for_two_scores_only() -> None:
    noise = {(one.key, kind.key): kind.noise for one in ALL for kind in one.scores if kind.noise is not None}
    assert noise == {("saq", "total"): Decimal("28.2"), ("face", "total"): Decimal("17.6")}
    assert all(kind.noise_source for one in ALL for kind in one.scores if kind.noise is not None)


def test_a_grade_is_never_a_trend() -> None:
    trends = {f"{one.key}.{kind.key}" for one in ALL for kind in one.scores if kind.trend}
    assert {"sunnybrook.composite", "fngs2.total", "saq.total", "face.total", "fdi.physical", "fdi.social"} <= trends
    assert not any(key.endswith(".grade") for key in trends)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key)
def test_a_definition_is_whole(one: Instrument) -> None:
    assert len({item.key for item in one.items}) == len(one.items)
    assert all(item.options or item.is_text or item.maximum > item.minimum for item in one.items)
    assert all(len({option.value for option in item.options}) == len(item.options) for item in one.items)
    assert all((one.title, one.short_title, one.formula, one.source, one.licence, one.about, one.version))
    assert len(one.key) <= 40
    assert len(one.version) <= 20
    assert all(len(item.key) <= 60 for item in one.items)


def test_licensed_questionnaires_hold_numbers_and_short_topics_only() -> None:
    licensed = [one for one in ALL if one.licensed]
    assert [one.key for one in licensed] == ["saq", "face", "fdi"]
    for one in licensed:
        assert one.answered_by is AnsweredBy.PATIENT
        for number, item in enumerate(one.items, 1):
            assert item.label.startswith(f"Question {number}: ")
            assert len(item.label.split()) <= 12
            assert "?" not in item.label


def test_urgent_answers_are_answers_of_the_form() -> None:
    for (key, value), urgency in follow_up.URGENT.items():
        option = follow_up.FOLLOW_UP.item(key).option(value)
        assert option is not None
        assert (option.label, urgency) in {("Yes", Urgency.EMERGENCY), ("Yes", Urgency.SAME_DAY_EYE)}
    emergency = {key for (key, _), urgency in follow_up.URGENT.items() if urgency is Urgency.EMERGENCY}
    assert emergency == {"swallow_breathe", "neck_voice", "weak_elsewhere"}


def test_an_unknown_instrument_or_version_is_not_found() -> None:
    assert assessments.instrument("saq", "2007") is assessments.INSTRUMENTS["saq"]
    for key, version in (("saq", "2006"), ("eface", None), ("", "")):
        with pytest.raises(NotFound):
            assessments.instrument(key, version)


@given(st.fractions(min_value=-1000, max_value=1000))
def test_rounding_is_half_up_and_never_off_by_more_than_half_a_hundredth(value: Any) -> None:
    assert abs(rounded(value) - Decimal(value.numerator) / Decimal(value.denominator)) <= Decimal("0.005")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("aperture_rest_left", 75, "7.5\N{NO-BREAK SPACE}mm"),
        ("aperture_rest_left", 0, "0\N{NO-BREAK SPACE}mm"),
        ("mrd1_right", -15, "-1.5\N{NO-BREAK SPACE}mm"),
        ("mrd1_right", 300, "30\N{NO-BREAK SPACE}mm"),
    ],
)
def test_tenths_are_shown_as_millimetres(key: str, value: int, words: str) -> None:
    assert shown(assessments.instrument("measures").item(key), value) == words
