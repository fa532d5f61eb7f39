"""Planned against given on frozen content."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clinic.domain.anatomy import MUSCLES
from clinic.domain.given_as_planned import PLANNED, compare, plan
from clinic.domain.visit_content import SiteContent, TimeOutContent, VisitContent
from tests.domain import contents

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def planned_as(content: VisitContent, sites: tuple[SiteContent, ...]) -> VisitContent:
    assert content.session is not None
    taken = TimeOutContent("Ada", AT, ((PLANNED, plan(sites)),))
    given = tuple(replace(site, given_at=AT) for site in content.session.sites)
    return replace(content, session=replace(content.session, time_outs=(taken,), sites=given))


@pytest.fixture
def content() -> VisitContent:
    return contents.full_content()


def sites_of(content: VisitContent) -> tuple[SiteContent, ...]:
    assert content.session is not None
    return content.session.sites


def test_the_same_is_as_planned(content: VisitContent) -> None:
    found = compare(planned_as(content, sites_of(content)))
    assert found is not None
    assert found.same
    assert found.rows


def test_every_muscle_and_side_is_read_back_from_the_line(content: VisitContent) -> None:
    one = sites_of(content)[0]
    sites = tuple(
        replace(one, muscle=key, muscle_label=muscle.label, side=side)
        for key, muscle in MUSCLES.items()
        for side in ("right", "left", "midline")
    )
    assert content.session is not None
    wide = replace(content, session=replace(content.session, sites=sites))
    found = compare(planned_as(wide, sites))
    assert found is not None
    assert found.same
    assert len(found.rows) == len(sites)


def test_another_side_is_two_differences(content: VisitContent) -> None:
    moved = tuple(
        replace(site, side={"left": "right", "right": "left"}.get(site.side, "left")) for site in sites_of(content)[:1]
    )
    found = compare(planned_as(content, moved + sites_of(content)[1:]))
    assert found is not None
    assert not found.same
    assert len([row for row in found.rows if not row.same]) == 2


def test_a_time_out_of_before_holds_no_plan(content: VisitContent) -> None:
    assert content.session is not None
    old = replace(
        content, session=replace(content.session, time_outs=(TimeOutContent("Ada", AT, (("Patient", "x"),)),))
    )
    assert compare(old) is None
    assert compare(replace(content, session=replace(content.session, time_outs=()))) is None
