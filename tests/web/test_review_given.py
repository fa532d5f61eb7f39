"""The review page: planned against given, and the question about an adverse event."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.errors import Stopped, WrongStep
from clinic.domain.safety_events import EVENT
from clinic.services import adverse_events, giving
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for
from tests.web.walking import Walk, value_of

NBSP = "\u00a0"


@pytest.fixture
def walk(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> Walk:
    """A draft whose four sites are given."""
    walk = Walk(client_for(app, clinic.prescriber), Charting.begun(work, clinic, clock))
    walk.charting.given()
    return walk


def close(walk: Walk) -> None:
    """Settle, without the answer."""
    version = walk.charting.version()
    with walk.charting.writing() as uow:
        giving.settle(uow, walk.charting.visit_id, version, {})


def test_what_was_given_as_planned_says_so(walk: Walk) -> None:
    assert "As planned, in every muscle and on each side." in walk.page("review")


def test_a_difference_is_said_by_muscle_and_side(walk: Walk) -> None:
    charting = walk.charting
    site = charting.site(muscle="procerus", side=Side.MIDLINE, units="5")
    version = charting.version()
    late = giving.Late("added at the end of the session", charting.clock.now)
    with charting.writing() as uow:
        giving.mark_given(uow, charting.visit_id, version, (site,), late)
    part = walk.page("review").partition('id="planned-title"')[2].partition("</section>")[0]
    assert "Procerus" in part
    assert "not planned" in part
    assert f"5{NBSP}units onabotulinumtoxinA (Botox), 1{NBSP}site" in part
    assert f"as planned: 2.5{NBSP}units" in part


def test_a_site_left_out_is_said(walk: Walk) -> None:
    charting = walk.charting
    first = charting.record().sites[0]
    version = charting.version()
    with charting.writing() as uow:
        giving.take_back(uow, charting.visit_id, version, (first.id,), "was not given after all")
    part = walk.page("review").partition('id="planned-title"')[2].partition("</section>")[0]
    assert "Orbicularis oculi, patient’s left" in part
    assert "not given" in part


def test_the_plan_stays_with_the_time_out_and_never_makes_it_stale(walk: Walk) -> None:
    confirmed = dict(json.loads(walk.charting.record().time_outs[-1].confirmed))
    assert "Mentalis, patient’s left: 2.5" in confirmed["Planned sites"]
    assert [one.code for one in walk.charting.findings() if one.code == "TIMEOUT-001"] == []


def test_nobody_signs_before_the_question_is_answered(walk: Walk) -> None:
    close(walk)
    page = walk.page("review")
    assert "Nobody has said yet whether there was an adverse event" in page
    assert 'name="password"' not in page
    assert "checked" not in page.partition('id="event"')[2].partition("</section>")[0]
    with pytest.raises(Stopped):
        walk.charting.sign(answered=False)


def test_no_is_an_answer_and_stands_in_the_signed_record(walk: Walk) -> None:
    close(walk)
    answer = walk.done("adverse-event", {"happened": "no"})
    assert answer.location.endswith("/review#event")
    assert "No adverse event during the session." in walk.page("review")
    walk.done("review", walk.signature())
    signed = walk.page("signed")
    assert "No adverse event during the session" in signed
    assert "Answered by Ada Prescriber" in signed


def test_yes_needs_words_and_keeps_what_was_typed(walk: Walk) -> None:
    close(walk)
    refused = walk.send("adverse-event", {"happened": "yes", "what": ""})
    assert refused.status_code == 422
    assert "Say what happened" in refused.text
    walk.done("adverse-event", {"happened": "yes", "what": "fainted for a minute, lay down, recovered"})
    assert "Adverse event during the session: fainted for a minute" in walk.page("review")


def test_words_without_yes_are_refused_and_stay(walk: Walk) -> None:
    for happened in ("no", ""):
        refused = walk.send("adverse-event", {"happened": happened, "what": "fainted"})
        assert refused.status_code == 422
        assert value_of(refused.text, "what") == "fainted"


def test_the_answer_can_be_corrected_and_a_later_site_asks_again(walk: Walk) -> None:
    charting = walk.charting
    walk.done("adverse-event", {"happened": "no"})
    walk.done("adverse-event", {"happened": "yes", "what": "bruise at site 2"})
    assert [one.override.reason for one in charting.findings() if one.code == EVENT and one.override] == [
        "Adverse event during the session: bruise at site 2"
    ]
    charting.clock.move(minutes=3)
    site = charting.site(muscle="procerus", side=Side.MIDLINE, units="5")
    version = charting.version()
    with charting.writing() as uow:
        giving.mark_given(
            uow, charting.visit_id, version, (site,), giving.Late("one more at the end", charting.clock.now)
        )
    assert "Nobody has said yet" in walk.page("review")


def test_it_is_not_asked_before_the_last_site(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.begun(work, clinic, clock)
    charting.ready_for_time_out()
    assert EVENT not in {one.code for one in charting.findings()}
    version = charting.version()
    with pytest.raises(WrongStep), charting.writing() as uow:
        adverse_events.answer_adverse_event(uow, charting.visit_id, version, happened=False)
    charting.take_time_out()


def test_it_cannot_be_gone_past_as_a_finding(walk: Walk) -> None:
    key = next(one.key for one in walk.charting.findings() if one.code == EVENT)
    refused = walk.send("override", {"finding_key": key, "reason": "it is meant like this"})
    assert refused.status_code == 409
    assert EVENT not in walk.client.get(walk.url().rstrip("/")).text


def test_a_stale_answer_is_shown_with_what_stands(walk: Walk) -> None:
    version = walk.charting.version()
    walk.charting.consent()
    refused = walk.send("adverse-event", {"happened": "no", "edit_version": version})
    assert refused.status_code == 409
    assert "changed this visit meanwhile" in refused.text


def test_who_may_not_sign_injections_does_not_answer_for_them(app: Flask, walk: Walk) -> None:
    therapist = client_for(app, walk.charting.clinic.people[Role.THERAPIST])
    answer = {"edit_version": walk.charting.version(), "happened": "no"}
    assert therapist.send(f"/visits/{walk.charting.visit_id}/adverse-event", answer).status_code == 403
