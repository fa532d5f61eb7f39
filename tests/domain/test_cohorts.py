"""Criteria as values: kept and read back exactly, refused in words, said in words, bounds of months and ages."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.cohort_checks import NUMBERS, lists, problems
from clinic.domain.cohort_days import born_by, months_before, onset_span, possible, whole_months
from clinic.domain.cohort_json import from_json, to_json
from clinic.domain.cohort_words import criteria_line, criteria_words
from clinic.domain.cohorts import LIST_MAXIMUM, Criteria, PatternRange, ScoreRange, each_alone
from clinic.domain.days import last_possible
from clinic.domain.errors import Invalid
from clinic.domain.patients import DatePrecision, age_on
from tests.cohort_rows import OPTIONAL

NBSP = "\u00a0"
DOSED = {"muscles": ("mentalis",), "products": ("botox",)}
SAQ = ScoreRange("saq", "total")

some_criteria = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in OPTIONAL.items()}
).map(lambda values: Criteria(**values))


@given(some_criteria)
def test_criteria_come_back_from_json_as_they_were(criteria: Criteria) -> None:
    if problems(criteria):
        with pytest.raises(Invalid):
            from_json(to_json(criteria))
    else:
        assert from_json(to_json(criteria)) == criteria
    assert len(to_json(Criteria())) < len(to_json(criteria)) or criteria == Criteria()


def test_json_is_canonical_and_holds_only_what_is_asked() -> None:
    criteria = Criteria(lot="C 1", **DOSED, dose_at_least=Decimal("5.00"))
    assert (
        to_json(criteria) == '{"dose_at_least":"5","lot":"C 1","muscles":["mentalis"],"products":["botox"],"schema":1}'
    )


@pytest.mark.parametrize(
    ("raw", "field", "words"),
    [
        ("", "criteria", "cannot be read"),
        ("[]", "criteria", "cannot be read"),
        ("{}", "criteria", "another version"),
        ('{"schema":2}', "criteria", "another version"),
        ('{"schema":1,"colour":"red"}', "criteria", "no criterion called “colour”"),
        ('{"schema":1,"muscles":"mentalis"}', "muscles", "cannot be read"),
        ('{"schema":1,"age_at_least":true}', "age_at_least", "cannot be read"),
        ('{"schema":1,"age_at_least":"40"}', "age_at_least", "cannot be read"),
        ('{"schema":1,"age_at_least":40.5}', "age_at_least", "cannot be read"),
        ('{"schema":1,"drafts":1}', "drafts", "cannot be read"),
        ('{"schema":1,"side":"up"}', "side", "cannot be read"),
        ('{"schema":1,"treated_from":"2026-02-30"}', "treated_from", "no such day"),
        ('{"schema":1,"dose_at_least":"1e3"}', "dose_at_least", "cannot be read"),
        ('{"schema":1,"scores":[{"instrument":"saq"}]}', "scores", "its score"),
        ('{"schema":1,"scores":[{"instrument":"saq","score":"total","x":1}]}', "scores", "called “x”"),
        ('{"schema":1,"scores":["saq"]}', "scores", "cannot be read"),
        ('{"schema":1,"causes":["gravity"]}', "causes", "not on the list"),
        ("[" * 3000, "criteria", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(raw: str, field: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        from_json(raw)
    assert words in refused.value.fields[field]


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_numbers_are_taken_at_their_bounds_and_refused_beyond(name: str) -> None:
    least, most = NUMBERS[name]
    for value in (least, most):
        assert name not in problems(Criteria(**{name: value}))
    for value in (least - 1, most + 1):
        assert "A whole number from" in problems(Criteria(**{name: value}))[name]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"dose_at_least": Decimal(5)}, "dose_at_least"),
        ({"dose_at_most": Decimal(5), "muscles": ("mentalis",)}, "dose_at_most"),
        ({"dose_at_least": Decimal(5), "muscles": ("mentalis",), "products": ("botox", "dysport")}, "dose_at_least"),
        ({"dose_at_least": Decimal(5), "products": ("botox",)}, "dose_at_least"),
        ({"dose_at_least": Decimal(0), **DOSED}, "dose_at_least"),
        ({"dose_at_least": Decimal("0.001"), **DOSED}, "dose_at_least"),
        ({"dose_at_least": Decimal(10000), **DOSED}, "dose_at_least"),
        ({"dose_at_least": Decimal(6), "dose_at_most": Decimal(5), **DOSED}, "dose_at_most"),
        ({"all_muscles": True, "muscles": ("mentalis",)}, "all_muscles"),
        ({"side": Side.MIDLINE}, "side"),
        ({"lot": " "}, "lot"),
        ({"lot": "x" * 41}, "lot"),
        ({"treated_from": date(1899, 12, 31)}, "treated_from"),
        ({"last_session_from": date(2026, 2, 1), "last_session_until": date(2026, 1, 1)}, "last_session_until"),
        ({"muscles": ("mentalis", "mentalis")}, "muscles"),
        ({"treated_by": tuple(f"p{n}" for n in range(LIST_MAXIMUM + 1))}, "treated_by"),
        ({"treated_by": ("'; --",)}, "treated_by"),
        ({"plan_open": ("target",)}, "plan_open"),
        ({"scores": (ScoreRange("saq", "none"),)}, "score_1"),
        ({"scores": (SAQ, ScoreRange("saq", "total", Decimal("19.99")))}, "score_2"),
        ({"scores": (ScoreRange("saq", "total", Decimal(50), Decimal(40)),)}, "score_1"),
        ({"scores": (SAQ,) * 4}, "scores"),
        ({"patterns": (PatternRange(),)}, "pattern_1"),
        ({"patterns": (PatternRange("jump"),)}, "pattern_1"),
        ({"patterns": (PatternRange("pucker", "", 4),)}, "pattern_1"),
        ({"patterns": (PatternRange("pucker", "", 3, 2),)}, "pattern_1"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_its_field(values: dict[str, Any], field: str) -> None:
    assert field in problems(Criteria(**values))


def test_every_key_of_the_record_can_be_asked_and_said() -> None:
    for name, keys in lists().items():
        for key in keys:
            criteria = Criteria(**{name: (str(key),)})
            assert not problems(criteria), (name, key)
            assert criteria_words(criteria), (name, key)


def test_criteria_in_words() -> None:
    dose = Criteria(**DOSED, muscle_side=Side.LEFT, dose_at_least=Decimal(5))
    assert criteria_line(dose) == (
        f"Mentalis, patient’s left, at least 5{NBSP}units onabotulinumtoxinA (Botox) in one session"
    )
    narrowed = Criteria(muscles=("platysma", "mentalis"), sub_sites=("platysma.medial_band_1",), all_muscles=True)
    assert criteria_line(narrowed) == "Platysma (medial band 1) and Mentalis in the same session"
    assert criteria_line(Criteria(lot="C1", treated_by=("a",)), {"a": "Ada"}) == "Treated: lot C1, given by Ada"
    assert criteria_words(Criteria(scores=(ScoreRange("saq", "total", highest=Decimal("62.5"), newest=False),))) == (
        "SAQ, total, at any time: at most 62.5",
    )
    assert criteria_line(Criteria(onset_months_at_least=6, onset_months_at_most=12)) == (
        f"Palsy: onset from 6 to 12{NBSP}months ago"
    )
    assert criteria_line(Criteria()) == "Everybody on record"


def test_each_criterion_alone_together_asks_everything_once() -> None:
    everything = Criteria(**{name: values[0] for name, values in OPTIONAL.items()}, treated_by=("a",))
    alone = each_alone(everything)
    for name in OPTIONAL:
        standard = getattr(Criteria(), name)
        if name not in {"scores", "patterns", "drafts"}:
            assert any(getattr(one, name) != standard for one in alone), name
    assert all(one.drafts and not one.is_empty for one in alone)
    dosed = each_alone(Criteria(**DOSED, dose_at_least=Decimal(5)))
    assert [problems(one) for one in dosed] == [{}] * 3


days = st.dates(date(1930, 1, 1), date(2030, 12, 31))


@given(days, days, st.integers(0, 600))
def test_months_before_a_day_are_those_counted_forward(day: date, today: date, months: int) -> None:
    assert (day <= months_before(today, months)) == (whole_months(day, today) >= months)


@given(days, st.integers(0, 99))
def test_the_last_birth_date_of_an_age(today: date, age: int) -> None:
    last = born_by(today, age)
    assert age_on(last, today) >= age
    assert age_on(last + timedelta(days=1), today) < age


@given(days, days, st.sampled_from([DatePrecision.DAY, DatePrecision.MONTH, DatePrecision.YEAR]), st.integers(0, 200))
def test_an_uncertain_onset_fits_when_one_of_its_days_does(
    onset: date, today: date, precision: DatePrecision, months: int
) -> None:
    if precision is not DatePrecision.DAY:
        onset = onset.replace(day=1) if precision is DatePrecision.MONTH else date(onset.year, 1, 1)
    first, last = onset_span(today, months, months + 6)
    span = next(one for one in possible(first, last) if one.precision is precision)
    length = (last_possible(onset, precision) - onset).days
    each = (onset + timedelta(days=number) for number in range(length + 1))
    expected = any(months <= whole_months(day, today) <= months + 6 for day in each)
    assert (span.first <= onset <= span.last) == expected


def test_json_stays_readable_by_any_reader() -> None:
    assert json.loads(to_json(Criteria(side=Side.LEFT, treated_from=date(2026, 1, 2)))) == {
        "schema": 1,
        "side": "left",
        "treated_from": "2026-01-02",
    }
