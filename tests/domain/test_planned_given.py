"""The plan against the chart, muscle by muscle and product by product; and which targets were given."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.plan_content import PlannedGivenContent
from clinic.domain.planned_given import compare, given_targets, planned_given_rows
from clinic.domain.plans import Goal, ItemKind, PlanEntry, PlanItem, PlanState, Target
from clinic.domain.quantities import NBSP
from clinic.domain.visit_content import SiteContent
from tests.domain.contents import AT, full_content

SESSION = full_content().session
assert SESSION is not None
SITE = replace(
    SESSION.sites[0], muscle="mentalis", muscle_label="Mentalis", sub_site="belly", side="left", product="botox"
)
TARGET = Target("mentalis", Side.LEFT, product="botox", sites=1, units_per_site=Decimal(5))


def site(units: str = "5", **values: Any) -> SiteContent:
    """A charted site of mentalis, left, of Botox, not given."""
    return replace(SITE, units=Decimal(units), **({"given_at": None} | values))


def item(target: Any = TARGET, state: PlanState = PlanState.AGREED, **values: Any) -> PlanItem:
    """A target as it stands in the plan, entered an hour before."""
    known: dict[str, Any] = {"id": "i1", "visit_id": None, "at": AT - timedelta(hours=1)} | values
    entry = PlanEntry(target, state)
    return PlanItem(
        kind=ItemKind.TARGET,
        patient_id="p",
        condition_id=None,
        number=1,
        entry=entry,
        by="Ada",
        first_by="Ada",
        first_at=known["at"],
        **known,
    )


def words(targets: list[Target], sites: list[SiteContent]) -> list[str]:
    """What the comparison says, row by row."""
    return [row.words.replace(NBSP, " ") for row in compare(targets, sites)]


@pytest.mark.parametrize(
    ("charted", "expected"),
    [
        (["4.99"], "less by 0.01 units"),
        (["5"], "as planned"),
        (["5.01"], "more by 0.01 units"),
        (["2.5", "2.5"], "as planned, in 2 sites instead of 1"),
        (["5", "1"], "more by 1 unit, in 2 sites instead of 1"),
        ([], "planned, not charted"),
        (["0"], "a dose is still to be entered: not compared"),
        (["5", "0"], "a dose is still to be entered: not compared"),
    ],
)
def test_one_target_against_its_sites(charted: list[str], expected: str) -> None:
    assert words([TARGET], [site(units) for units in charted]) == [expected]


def test_targets_of_one_muscle_are_one_row() -> None:
    parts = [replace(TARGET, muscle="platysma", site_group=group) for group in ("jaw", "medial_band")]
    charted = [site(muscle="platysma", sub_site=one) for one in ("jaw_1", "medial_band_1")]
    (row,) = compare(parts, charted)
    assert (row.planned, row.charted, row.words) == (Decimal(10), Decimal(10), "as planned")


def test_sides_are_never_mixed() -> None:
    rows = compare([TARGET], [site(side="right")])
    assert [(row.side, row.words) for row in rows] == [("left", "planned, not charted"), ("right", "not planned")]


def test_another_product_is_never_subtracted() -> None:
    planned, charted = compare([TARGET], [site("15", product="dysport")])
    assert (planned.product, planned.planned, planned.charted) == ("botox", Decimal(5), None)
    assert "charted in units of abobotulinumtoxinA (Dysport): not compared" in planned.words
    assert (charted.product, charted.planned, charted.charted) == ("dysport", None, Decimal(15))
    assert "the plan is in units of onabotulinumtoxinA (Botox): not compared" in charted.words


def test_a_site_without_a_product_is_not_compared() -> None:
    rows = compare([TARGET], [site(product="")])
    assert {row.words for row in rows} == {"planned, not charted", "its product is not known yet: not compared"}


def test_an_open_dose_is_said() -> None:
    unsure = replace(TARGET, product=None, units_per_site=Decimal(0))
    assert words([unsure], [site()]) == ["planned with the dose left open"]
    assert words([unsure], []) == ["planned with the dose left open, not charted"]
    assert words([unsure, TARGET], [site()]) == ["planned in part with the dose left open: not compared"]
    assert words([replace(unsure, product="botox")], [site()]) == ["planned with the dose left open"]


def test_without_a_plan_there_is_nothing() -> None:
    assert planned_given_rows([], [site()]) == ()
    assert planned_given_rows([item(Goal("Smile"))], [site()]) == ()
    for state in (PlanState.DONE, PlanState.DECLINED, PlanState.SUPERSEDED):
        assert planned_given_rows([item(state=state)], [site()]) == ()


def test_a_target_set_to_done_in_this_visit_still_counts() -> None:
    done = item(state=PlanState.DONE, visit_id="v1")
    assert [row.words for row in planned_given_rows([done], [site()], {"v1", "v0"})] == ["as planned"]
    assert planned_given_rows([done], [site()], {"v2"}) == ()


def test_what_is_planned_after_the_last_site_is_for_a_later_session() -> None:
    next_time = item(at=AT + timedelta(minutes=1))
    assert planned_given_rows([next_time], [site(given_at=AT)]) == ()
    assert planned_given_rows([next_time], [site(given_at=AT), site()]) != ()
    assert planned_given_rows([item(at=AT)], [site(given_at=AT)]) != ()
    assert given_targets([next_time], [site(given_at=AT)]) == ()


@pytest.mark.parametrize(
    ("target", "change", "note"),
    [
        (TARGET, {}, "5 units of 5 units planned"),
        (replace(TARGET, units_per_site=Decimal(4)), {}, "5 units of 4 units planned"),
        (replace(TARGET, product=None, units_per_site=Decimal(0)), {}, "5 units, planned with the dose open"),
        (TARGET, {"side": "right"}, ""),
        (TARGET, {"product": "dysport"}, ""),
        (TARGET, {"given_at": None}, ""),
        (
            replace(TARGET, muscle="platysma", site_group="jaw"),
            {"muscle": "platysma", "sub_site": "jaw_2"},
            "5 units of 5 units planned",
        ),
        (replace(TARGET, muscle="platysma", site_group="jaw"), {"muscle": "platysma", "sub_site": "medial_band_1"}, ""),
    ],
    ids=str,
)
def test_a_target_was_given_when_a_site_of_it_was(target: Target, change: dict[str, Any], note: str) -> None:
    found = given_targets([item(target)], [site(**({"given_at": AT} | change))])
    assert [words.replace(NBSP, " ") for _, words in found] == ([note] if note else [])
    assert given_targets([item(target, PlanState.DONE)], [site(**({"given_at": AT} | change))]) == ()


muscles = st.sampled_from([("mentalis", Side.LEFT), ("mentalis", Side.RIGHT), ("procerus", Side.MIDLINE)])
doses = st.integers(0, 2000).map(lambda value: Decimal(value).scaleb(-2))
kinds = st.sampled_from(["botox", "dysport"])


@given(
    st.lists(st.tuples(muscles, kinds, doses), max_size=5),
    st.lists(st.tuples(muscles, kinds, doses), max_size=6),
    st.randoms(),
)
def test_each_place_and_product_is_one_row_and_units_are_kept(plan: Any, chart: Any, chance: Any) -> None:
    targets = [Target(*at, product=product, units_per_site=units) for at, product, units in plan]
    sites = [
        site(str(units), muscle=muscle, side=side.value, product=product) for (muscle, side), product, units in chart
    ]
    rows = compare(targets, sites)
    keys = [(row.muscle, row.side, row.product) for row in rows]
    assert len(keys) == len(set(keys))
    assert set(keys) == {(muscle, side.value, product) for (muscle, side), product, _ in [*plan, *chart]}
    for row in rows:
        assert row.planned == (in_all(plan, row) or None)
        assert row.charted == (in_all(chart, row) or None)
        assert row.words
    chance.shuffle(sites)
    assert set(compare(targets, sites)) == set(rows)


def in_all(entries: Any, row: PlannedGivenContent) -> Decimal:
    """Units of one row's muscle, side and product."""
    mine = [
        units
        for (muscle, side), product, units in entries
        if (muscle, side, product) == (row.muscle, row.side, row.product)
    ]
    return sum(mine, Decimal(0))
