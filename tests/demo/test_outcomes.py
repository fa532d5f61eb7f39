"""The demo's grids, scores, reviews and events are those of its stories, and every trend has something to show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic.domain import assessments, visit_content
from clinic.domain.adverse_events import Kind
from clinic.domain.anatomy import Side
from clinic.domain.assessments import grid
from clinic.domain.visits import VisitState
from clinic.models import (
    AdverseEvent,
    AdverseEventEntry,
    Assessment,
    InjectionSession,
    Patient,
    Review,
    ReviewEffect,
    ReviewEffectMuscle,
    Visit,
)
from clinic.queries.patient_events import patient_events
from clinic.services.accounts import system_actor
from tests.demo.conftest import Made
from tests.demo.test_demo import at_noon, everywhere, signed_contents

SIX = ("Hartley", "Brennan", "Nakamura-Reid", "Adeyemi", "Kowalczyk", "Thorne")


def scores(made: Made, family_name: str, instrument: str, score: str) -> list[Decimal]:
    """One score over the signed visits, in their order; a visit's first rater counts."""
    found = series(made, family_name)
    [visits] = [visits for (one, name, _), visits in found.items() if (one, name) == (instrument, score)]
    return [values[0] for values in visits]


def series(made: Made, family_name: str) -> defaultdict[tuple[str, str, str], list[list[Decimal]]]:
    """(instrument, score, side) → the values of each signed visit."""
    found: defaultdict[tuple[str, str, str], list[list[Decimal]]] = defaultdict(list)
    for content in in_force(made, family_name):
        here: defaultdict[tuple[str, str, str], list[Decimal]] = defaultdict(list)
        for one in content.assessments:
            for score in one.scores:
                here[one.instrument, score.score, one.side].append(score.value)
        for key, values in here.items():
            found[key].append(values)
    return found


def in_force(made: Made, family_name: str) -> Iterator[visit_content.VisitContent]:
    """Signed contents that no later version replaced."""
    found = signed_contents(made, family_name)
    replaced = {one.amends for one in found if one.amends}
    return (one for one in found if one.id not in replaced)


@pytest.mark.parametrize(
    ("family_name", "instrument", "score", "values"),
    [
        ("Hartley", "saq", "total", "64.44 53.33 57.78 51.11"),
        ("Hartley", "sunnybrook", "composite", "58 66 64 70"),
        ("Nakamura-Reid", "sunnybrook", "composite", "54 55 54"),
        ("Adeyemi", "face", "total", "46.67 53.33"),
        ("Thorne", "sunnybrook", "composite", "0 0"),
        ("Thorne", "fngs2", "total", "24 24"),
    ],
)
def test_scores_are_those_told(made: Made, family_name: str, instrument: str, score: str, values: str) -> None:
    assert scores(made, family_name, instrument, score) == [Decimal(value) for value in values.split()]


@pytest.mark.parametrize("family_name", SIX)
def test_every_trend_of_the_six_has_at_least_two_points(made: Made, family_name: str) -> None:
    drawn = {
        key: visits
        for key, visits in series(made, family_name).items()
        if assessments.instrument(key[0]).score_kind(key[1]).trend
    }
    assert drawn
    assert {key: len(visits) for key, visits in drawn.items() if len(visits) < 2} == {}


def test_the_first_grid_of_the_first_story_is_the_one_told(made: Made) -> None:
    first = next(iter(in_force(made, "Hartley"))).grids[0]
    said = {(cell.movement, cell.group): (cell.grade, cell.bother) for cell in first.cells}
    assert said == {
        (grid.Movement.BIG_SMILE, grid.Group.EYE): (3, 3),
        (grid.Movement.PUCKER, grid.Group.EYE): (2, 2),
        (grid.Movement.PUCKER, grid.Group.CHIN): (3, 3),
        (grid.Movement.SNARL, grid.Group.NECK): (2, 2),
    }
    assert {cell.side for cell in first.cells} == {"left"}


def test_a_second_rater_graded_one_visit_blind(made: Made) -> None:
    rows = everywhere(
        made,
        select(Assessment.visit_id, Assessment.rater_name).where(Assessment.blind, Assessment.instrument != grid.GRID),
    )
    assert len(rows) == 1
    raters = everywhere(
        made,
        select(Assessment.rater_id).where(
            Assessment.visit_id == rows[0].visit_id, Assessment.instrument == "sunnybrook"
        ),
    )
    assert len(set(raters)) == 2


def test_every_review_belongs_to_its_parent_session(made: Made) -> None:
    rows = everywhere(made, select(Review.visit_id, Review.session_id))
    assert len(rows) > 25
    visits = {row.id: row for row in everywhere(made, select(Visit.id, Visit.patient_id, Visit.on, Visit.state))}
    sessions = dict(everywhere(made, select(InjectionSession.visit_id, InjectionSession.touch_up_of)))
    for visit_id, session_id in rows:
        visit, session = visits[visit_id], visits[session_id]
        assert visit.patient_id == session.patient_id
        assert session.on <= visit.on
        assert session.state is VisitState.SIGNED
        assert sessions[session_id] is None
    of_touch_ups = [row for row in rows if sessions.get(row.visit_id)]
    assert of_touch_ups
    assert all(sessions[row.visit_id] == row.session_id for row in of_touch_ups)


def test_every_effect_of_a_pattern_names_the_muscles_treated_for_it(made: Made) -> None:
    keys = ("review_id", "side", "movement", "muscle_group")
    effects = set(everywhere(made, select(*(getattr(ReviewEffect, key) for key in keys))))
    linked = set(everywhere(made, select(*(getattr(ReviewEffectMuscle, key) for key in keys))))
    assert linked <= effects
    # The lacrimal gland was not treated in every session, and the tearing is asked about all the same.
    assert {group for *_, group in effects - linked} == {grid.Group.TEARING}


def test_the_ptosis_lasted_from_day_6_to_day_34_and_names_its_site_and_lot(made: Made) -> None:
    [(patient_id,)] = everywhere(made, select(Patient.id).where(Patient.family_name == "Brennan"))
    with at_noon(made).reading(system_actor(1)) as uow:
        [event] = patient_events(uow, patient_id).rows
    assert (event.kind, event.grade, event.side, event.reviewed) == (Kind.EYELID_PTOSIS, 1, Side.RIGHT, True)
    days = [(day - event.session_on).days for day in (event.onset_on, event.ended_on) if day and event.session_on]
    assert days == [6, 34]
    assert [(site.muscle, site.side, site.lot) for site in event.sites] == [("lacrimal_gland", Side.RIGHT, "C7655B2")]


def test_every_event_was_weighed_and_none_stops_a_session(made: Made) -> None:
    rows = everywhere(
        made, select(AdverseEventEntry.event_id, AdverseEventEntry.reviewed).order_by(AdverseEventEntry.number)
    )
    newest = dict(rows)
    assert set(newest) == {row.id for row in everywhere(made, select(AdverseEvent.id))}
    assert all(newest.values())


def test_therapist_and_assessment_visits_are_signed_with_their_scores(made: Made) -> None:
    visits = [one for one in in_force(made, "Adeyemi") if one.session is None]
    assert [bool(one.assessments) for one in visits] == [True] * 5
    assert {
        row[0] for row in everywhere(made, select(Visit.state).where(Visit.id.in_([one.id for one in visits])))
    } == {VisitState.SIGNED}
