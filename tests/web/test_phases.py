"""The session's step pages: draw-up sheet, time-out, settling."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import RecordState, Role
from clinic.domain.anatomy import Side
from clinic.domain.errors import WrongStep
from clinic.domain.injections import Phase
from clinic.domain.time_out import IDENTIFIED, READ_ALOUD, TYPED
from clinic.models import Lot, Vial, Visit
from clinic.queries.visit_contents import phase
from clinic.services import clinics, lots
from clinic.unit_of_work import Work
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld, client_for
from tests.web.walking import IDENTIFIERS, Walk, value_of

NBSP = "\u00a0"


@pytest.fixture
def walk(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> Walk:
    """A draft with one syringe, and the prescriber's browser."""
    return Walk(client_for(app, clinic.prescriber), Charting.begun(work, clinic, clock))


def stands_at(walk: Walk) -> Phase:
    return phase(walk.charting.record())


def drawn(walk: Walk) -> Decimal | None:
    return walk.charting.record().syringes[0].units_drawn


def test_the_draw_up_sheet_says_units_and_millilitres_of_each_syringe(walk: Walk) -> None:
    walk.charting.chart_usual_sites()
    page = walk.page("prepare")
    for words in (
        "Syringe A",
        f"0.5{NBSP}mL",
        f"12.5{NBSP}units",
        "C4821A2",
        "31 Aug 2027",
        f"100{NBSP}units in 4{NBSP}mL",
    ):
        assert words in page, words
    assert page.index("Orbicularis oculi") < page.index("Depressor labii inferioris")


def test_a_site_without_a_vial_is_named_and_not_drawn(walk: Walk) -> None:
    walk.charting.site(muscle="mentalis", side=Side.LEFT)
    walk.charting.site(muscle="platysma", sub_site="medial_band_1", side=Side.LEFT, syringe_id=None, units="7.5")
    page = walk.page("prepare")
    assert "No vial yet" in page
    assert f"site 2 (Platysma, patient’s left, 7.5{NBSP}units)" in page
    assert f"0.1{NBSP}mL</span>" in page


def test_two_syringes_are_drawn_apart(walk: Walk) -> None:
    charting = walk.charting
    charting.site(muscle="mentalis", side=Side.LEFT)
    second = open_vial(charting.work, charting.clinic, lot="X7", label="V-0002", product="xeomin")
    walk.done("syringes", {"vial_id": second})
    charting.site(
        muscle="platysma",
        sub_site="medial_band_1",
        side=Side.LEFT,
        syringe_id=charting.record().syringes[1].id,
        units="5",
    )
    page = walk.page("prepare")
    first, other = page.index("Syringe A"), page.index("Syringe B")
    assert first < page.index("Mentalis") < other < page.index("Platysma")
    assert "incobotulinumtoxinA (Xeomin)" in page[other:]


def test_preparing_keeps_what_the_sheet_said(walk: Walk) -> None:
    walk.charting.chart_usual_sites()
    answer = walk.done("prepare")
    assert answer.location.endswith("/time-out")
    assert stands_at(walk) is Phase.PREPARED
    assert drawn(walk) == Decimal("12.5")
    assert f"12.5{NBSP}units" in walk.page("settle")


def test_nothing_is_prepared_without_sites_or_vial(walk: Walk) -> None:
    refused = walk.send("prepare")
    assert refused.status_code == 409
    assert "Chart the planned sites and choose a vial first" in refused.text
    assert "Chart the sites" in refused.text
    assert stands_at(walk) is Phase.PLANNED


def test_preparing_twice_with_one_form_counts_once(walk: Walk) -> None:
    walk.charting.chart_usual_sites()
    form = {"edit_version": walk.charting.version()}
    assert [walk.send("prepare", form, key="p").status_code for _ in range(2)] == [302, 302]
    assert walk.charting.version() == form["edit_version"] + 1


def test_the_time_out_shows_every_line_with_a_box_to_tick(walk: Walk) -> None:
    walk.charting.ready_for_time_out()
    page = walk.page("time-out")
    for words in (
        "Keane, Margaret, born 3 Feb 1979",
        f"7.5{NBSP}units onabotulinumtoxinA (Botox)",
        f"5{NBSP}units onabotulinumtoxinA (Botox)",
        f"12.5{NBSP}units, 4 sites",
        "lot C4821A2, expires 31 Aug 2027",
        "none reported today",
        "Off-label use explained and agreed",
    ):
        assert words in page, words
    boxes = re.findall(r'<input type="checkbox"[^>]*>', page)
    assert len(boxes) == 9
    assert all("required" in box and "checked" not in box and "name=" not in box for box in boxes)
    assert "novalidate" not in page


def test_a_time_out_needs_the_session_prepared(walk: Walk) -> None:
    walk.charting.chart_usual_sites()
    page = walk.page("time-out")
    assert "Prepare the session first" in page
    assert 'name="initials"' not in page
    refused = walk.send("time-out", IDENTIFIERS | {"shown": "0" * 64})
    assert refused.status_code == 409
    assert stands_at(walk) is Phase.PLANNED


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"initials": "ZZ"}, "These are not this patient"),
        ({"birth_year": "1978"}, "These are not this patient"),
        ({"birth_year": "79"}, "Four digits"),
        ({"initials": " "}, "This is needed: ask the patient"),
    ],
)
def test_wrong_identifiers_take_no_time_out_and_stay_to_be_compared(
    walk: Walk, typed: dict[str, str], words: str
) -> None:
    walk.charting.ready_for_time_out()
    refused = walk.send("time-out", walk.time_out_values() | typed)
    assert refused.status_code == 422
    assert words in refused.text
    assert value_of(refused.text, "birth_year") == typed.get("birth_year", "1979")
    assert "checked" not in refused.text
    assert stands_at(walk) is Phase.PREPARED


def by_tap(walk: Walk) -> None:
    """Let the clinic identify by a tap, with the session ready."""
    walk.charting.ready_for_time_out()
    administrator = walk.charting.clinic.people[Role.ADMINISTRATOR]
    with walk.charting.work.writing(administrator) as uow:
        clinics.change_clinic(uow, 1, time_out_typed=False)


def test_a_clinic_can_identify_by_a_tap_that_is_never_made_beforehand(walk: Walk) -> None:
    by_tap(walk)
    page = walk.page("time-out")
    assert 'name="initials"' not in page
    [box] = re.findall(r'<input type="checkbox"[^>]*name="read_aloud"[^>]*>', page)
    assert "required" in box
    assert "checked" not in page
    shown = {"shown": value_of(page, "shown")}
    for typed in ({}, {"initials": "MK", "birth_year": "1979"}):
        refused = walk.send("time-out", shown | typed)
        assert refused.status_code == 422
        assert "then tap to confirm them" in refused.text
        assert "checked" not in refused.text
    walk.done("time-out", shown | {"read_aloud": "y"})
    assert stands_at(walk) is Phase.TIME_OUT
    assert dict(json.loads(walk.charting.record().time_outs[0].confirmed))[IDENTIFIED] == READ_ALOUD
    walk.give_all()


def test_a_tap_does_not_stand_for_what_must_be_typed(walk: Walk) -> None:
    walk.charting.ready_for_time_out()
    shown = {"shown": value_of(walk.page("time-out"), "shown"), "read_aloud": "y"}
    assert walk.send("time-out", shown).status_code == 422
    walk.done("time-out", shown | IDENTIFIERS)
    assert dict(json.loads(walk.charting.record().time_outs[0].confirmed))[IDENTIFIED] == TYPED


def test_values_that_changed_meanwhile_are_read_again(walk: Walk) -> None:
    walk.charting.ready_for_time_out()
    shown = walk.time_out_values()
    walk.charting.site(muscle="mentalis", side=Side.LEFT, units="5")
    refused = walk.send("time-out", shown)
    assert refused.status_code == 409
    assert "Read the values again" in refused.text
    assert f"17.5{NBSP}units, 5 sites" in refused.text
    assert value_of(refused.text, "shown") != shown["shown"]
    assert stands_at(walk) is Phase.PREPARED


def test_findings_in_the_way_are_listed_with_what_to_do(walk: Walk) -> None:
    walk.charting.chart_usual_sites()
    walk.charting.prepare()
    refused = walk.send("time-out", walk.time_out_values())
    assert refused.status_code == 422
    assert "Settle these before the time-out" in refused.text
    assert refused.text.count("Settle it on the chart") >= 2
    assert value_of(refused.text, "initials") == "M.K."
    assert stands_at(walk) is Phase.PREPARED


def test_a_time_out_is_stamped_with_who_and_what(walk: Walk) -> None:
    walk.charting.ready_for_time_out()
    answer = walk.done("time-out", walk.time_out_values())
    assert answer.location.endswith("/chair")
    record = walk.charting.record()
    assert [(one.by, one.at) for one in record.time_outs] == [("Ada Prescriber", walk.charting.clock.now)]
    assert stands_at(walk) is Phase.TIME_OUT


def test_an_assistant_takes_the_time_out_but_gives_nothing(app: Flask, walk: Walk) -> None:
    walk.charting.ready_for_time_out()
    client = client_for(app, walk.charting.clinic.people[Role.ASSISTANT])
    theirs = Walk(client, walk.charting)
    theirs.done("time-out", theirs.time_out_values())
    assert theirs.send("give", {"site": walk.charting.record().sites[0].id}).status_code == 403
    assert theirs.send("settle").status_code == 403
    assert walk.charting.record().time_outs[0].by == "Ada Assistant"


def test_settling_spells_the_balance_out(walk: Walk) -> None:
    walk.charting.given()
    page = walk.page("settle")
    for words in (f"100{NBSP}units opened", "12.5 given", "0 wasted", "87.5 left"):
        assert words in page, words


def test_a_second_patients_session_counts_what_was_used_before(walk: Walk) -> None:
    charting = walk.charting
    charting.signed()
    charting.start()
    charting.site(muscle="mentalis", side=Side.LEFT)
    charting.answer_all()
    page = walk.page("settle")
    assert "12.5 used before this session" in page
    assert "87.5 left" in page


def test_waste_needs_a_reason_and_keeps_what_was_typed(walk: Walk) -> None:
    walk.charting.given()
    syringe = walk.charting.record().syringes[0].id
    refused = walk.send("settle", {f"waste:{syringe}": "3.75", f"reason:{syringe}": ""})
    assert refused.status_code == 422
    assert f"Say why 3.75{NBSP}units of syringe A were wasted" in refused.text
    assert value_of(refused.text, f"waste:{syringe}") == "3.75"
    assert stands_at(walk) is Phase.GIVEN
    assert walk.charting.units_left() == Decimal("87.5")


@pytest.mark.parametrize("typed", ["2,5", "1e1", "-1", "abc", "10000"])
def test_waste_that_is_no_number_is_refused_beside_its_field(walk: Walk, typed: str) -> None:
    walk.charting.given()
    syringe = walk.charting.record().syringes[0].id
    refused = walk.send("settle", {f"waste:{syringe}": typed, f"reason:{syringe}": "left in the needle"})
    assert refused.status_code == 422
    assert value_of(refused.text, f"waste:{syringe}") == typed
    assert value_of(refused.text, f"reason:{syringe}") == "left in the needle"
    assert f'href="#waste:{syringe}"' in refused.text
    assert walk.charting.units_left() == Decimal("87.5")


def test_more_waste_than_the_vial_holds_is_refused(walk: Walk) -> None:
    walk.charting.given()
    syringe = walk.charting.record().syringes[0].id
    refused = walk.send("settle", {f"waste:{syringe}": "87.51", f"reason:{syringe}": "dropped on the floor"})
    assert refused.status_code == 422
    assert walk.charting.units_left() == Decimal("87.5")


def test_settling_books_the_waste_once(walk: Walk) -> None:
    walk.charting.given()
    syringe = walk.charting.record().syringes[0].id
    form = {
        f"waste:{syringe}": "2.5",
        f"reason:{syringe}": "left in the needle",
        "edit_version": walk.charting.version(),
    }
    answers = [walk.send("settle", form, key="s") for _ in range(2)]
    assert [one.status_code for one in answers] == [302, 302]
    assert answers[0].location.endswith("/review")
    assert walk.charting.units_left() == Decimal(85)
    assert stands_at(walk) is Phase.SETTLED
    assert "2.5 wasted" in walk.page("review")


def test_open_sites_are_named_before_settling(walk: Walk) -> None:
    walk.charting.ready_for_time_out()
    refused = walk.send("settle")
    assert refused.status_code == 409
    assert "Sites 1, 2, 3, 4 are not marked given" in refused.text


@pytest.mark.parametrize("step", ["prepare", "time-out", "settle"])
def test_a_visit_without_injections_has_no_such_step(walk: Walk, step: str) -> None:
    started = walk.client.send(f"/patients/{walk.charting.patient_id}/visits", {"on": "", "kind": "plain"})
    walk.charting.visit_id = started.location.rpartition("/")[2]
    assert walk.client.get(walk.url(step)).status_code == 404


@pytest.mark.parametrize("step", ["prepare", "time-out", "settle"])
def test_a_transcribed_session_has_no_such_step(walk: Walk, step: str) -> None:
    walk.done("session", {"transcribed": "y", "transcribed_source": "old chart", "transcribed_product": "botox"})
    refused = walk.client.get(walk.url(step))
    assert refused.status_code == 409
    assert "no phases of its own" in refused.text


def test_reading_a_step_changes_nothing(walk: Walk) -> None:
    walk.charting.given()
    version = walk.charting.version()
    for step in ("prepare", "time-out", "settle", "review"):
        walk.page(step)
    with walk.charting.reading() as uow:
        visit = uow.session.get_one(Visit, (uow.clinic_id, walk.charting.visit_id))
        assert visit.edit_version == version


def test_a_detail_without_its_answer_is_refused_and_not_dropped(walk: Walk) -> None:
    for alone in ({"lagophthalmos_mm": "2.5"}, {"allergy_detail": "after the last session"}):
        refused = walk.send("answers", {"pregnancy": "no"} | alone)
        assert refused.status_code == 422
        assert walk.charting.record().answers == {}


def test_the_draw_up_sheet_says_what_stops_its_vial(walk: Walk) -> None:
    walk.charting.chart_usual_sites()
    assert "finding-stop" not in walk.page("prepare")
    with walk.charting.writing() as uow:
        lot = uow.session.get_one(Vial, (uow.clinic_id, walk.charting.vial_id)).lot_id
        lots.recall(uow, lot, uow.session.get_one(Lot, (uow.clinic_id, lot)).edit_version, "letter of the maker")
    page = walk.page("prepare")
    assert "finding-stop" in page
    assert "recalled" in page


def test_the_steps_link_only_to_what_the_person_may_open(app: Flask, walk: Walk) -> None:
    assistant = client_for(app, walk.charting.clinic.people[Role.ASSISTANT])
    steps = (
        assistant.get(walk.url("prepare"))
        .text.partition('aria-label="Steps of this session"')[2]
        .partition("</nav>")[0]
    )
    assert "/time-out" in steps
    assert "/settle" not in steps
    assert "/review" not in steps


def test_a_session_of_today_or_from_our_stock_does_not_pass_as_transcribed(walk: Walk) -> None:
    walk.charting.chart_usual_sites()
    walk.done("session", {"transcribed": "y"})
    page = walk.page("review")
    for words in ("its day is today", "a vial of this clinic is chosen", "Say which earlier record", "#details"):
        assert words in page
    assert 'name="password"' not in page
    with pytest.raises(WrongStep, match="its day is today"):
        walk.charting.sign()


def test_a_past_session_is_transcribed_and_signed(app: Flask, walk: Walk) -> None:
    on = walk.charting.clock.now.date() - timedelta(days=200)
    started = walk.client.send(f"/patients/{walk.charting.patient_id}/visits", {"on": on.isoformat(), "kind": ""})
    walk.charting.visit_id = started.location.rpartition("/")[2]
    walk.done("session", {"transcribed": "y", "transcribed_source": "letter", "transcribed_product": "botox"})
    walk.done("sites", {"muscle": "mentalis", "side": "left", "units": "2.5"})
    walk.charting.sign()
    assert walk.charting.record().state is RecordState.SIGNED
