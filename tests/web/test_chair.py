"""The chair view: sites marked given one by one or together, confirmed, taken back; what stands survives everything."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.events import Action, Event
from clinic.domain.injections import Phase
from clinic.models import InjectionSite
from clinic.queries.visit_contents import phase
from clinic.services import injections
from clinic.unit_of_work import Work
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld, client_for
from tests.web.statements import counted
from tests.web.walking import Walk, value_of

NBSP = "\u00a0"


@pytest.fixture
def walk(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> Walk:
    """A draft of four sites after its time-out, and the prescriber's browser."""
    walk = Walk(client_for(app, clinic.prescriber), Charting.begun(work, clinic, clock))
    walk.charting.ready_for_time_out()
    return walk


def chart(walk: Walk) -> str:
    """The chart page."""
    return walk.client.get(walk.url().rstrip("/")).text.replace("&nbsp;", NBSP)


def ids(walk: Walk) -> list[str]:
    return [site.id for site in walk.charting.record().sites]


def given(walk: Walk) -> list[int]:
    return [site.number for site in walk.charting.record().sites if site.given_at]


def act(walk: Walk, name: str, *sites: str, **more: str) -> Any:
    return walk.send("chair", {"act": name, "site": list(sites)} | more)


def copied(walk: Walk, *numbers: int) -> None:
    """Make sites look as repeated from 3 Aug 2026, not confirmed yet."""
    with walk.charting.writing() as uow:
        for site in walk.charting.record().sites:
            if site.number in numbers:
                row = uow.session.get_one(InjectionSite, (uow.clinic_id, site.id))
                row.confirmed, row.copied_from = False, date(2026, 8, 3)
        uow.record(Event(Action.SITE_SAVED, f"visit:{walk.charting.visit_id}"))


def test_before_the_time_out_it_says_so_and_marks_nothing(walk: Walk) -> None:
    page = walk.page("chair")
    assert "The time-out comes first" in page
    assert "/time-out" in page
    assert 'name="site"' not in page
    refused = act(walk, "give", ids(walk)[0])
    assert refused.status_code == 409
    assert "Take the time-out first" in refused.text
    assert given(walk) == []


def test_an_unprepared_session_leads_to_the_draw_up_sheet(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    walk = Walk(client_for(app, clinic.prescriber), Charting.begun(work, clinic, clock))
    assert "No site is charted yet" in walk.page("chair")
    walk.charting.chart_usual_sites()
    assert "To the draw-up sheet" in walk.page("chair")


def test_each_site_stands_with_muscle_side_units_and_volume(walk: Walk) -> None:
    walk.charting.take_time_out()
    page = walk.page("chair")
    for words in (
        "0 of 4 given",
        "Depressor labii inferioris",
        "patient’s right",
        f"5{NBSP}units",
        f"0.2{NBSP}mL",
        "Mark all 4 remaining given",
        f"12.5{NBSP}units onabotulinumtoxinA (Botox)",
        f"0 units of 12.5{NBSP}units given".replace("0 units", f"0{NBSP}units"),
    ):
        assert words in page, words
    assert page.count('form="form-give"') == 4


def test_one_site_is_marked_given_and_the_balance_runs(walk: Walk) -> None:
    walk.charting.take_time_out()
    done = act(walk, "give", ids(walk)[3])
    assert done.status_code == 302
    assert done.location.endswith("/chair")
    page = walk.page("chair")
    assert "1 of 4 given" in page
    assert f"7.5{NBSP}units" in page
    assert f"95{NBSP}units in vial V-0001" in page
    assert "Depressor labii" not in page.partition('class="chair-rows')[2].partition("</ol>")[0]
    assert given(walk) == [4]
    assert walk.charting.units_left() == Decimal(95)


def test_the_same_press_counts_once(walk: Walk) -> None:
    walk.charting.take_time_out()
    form = {"act": "give", "site": ids(walk)[0], "edit_version": walk.charting.version()}
    assert [walk.send("chair", form, key="k").status_code for _ in range(2)] == [302, 302]
    assert walk.charting.units_left() == Decimal("97.5")


def test_all_that_remain_are_marked_together(walk: Walk) -> None:
    walk.charting.take_time_out()
    act(walk, "give", ids(walk)[0])
    page = walk.page("chair")
    assert f"3&nbsp;sites, 10{NBSP}units onabotulinumtoxinA (Botox)" in page
    assert act(walk, "give", *ids(walk)[1:]).status_code == 302
    page = walk.page("chair")
    assert "All 4&nbsp;sites given" in page
    assert "Settle the session" in page
    walk.charting.settle()
    assert "Review and sign" in walk.page("chair")


def test_a_stale_page_marks_nothing_and_shows_what_stands(walk: Walk) -> None:
    walk.charting.take_time_out()
    version = walk.charting.version()
    walk.charting.consent()
    refused = act(walk, "give", ids(walk)[0], edit_version=str(version))
    assert refused.status_code == 409
    assert "changed this visit meanwhile" in refused.text
    assert value_of(refused.text, "edit_version") == str(walk.charting.version())
    assert given(walk) == []


def test_what_the_time_out_confirmed_must_still_stand(walk: Walk) -> None:
    walk.charting.take_time_out()
    walk.charting.site(muscle="mentalis", side=Side.LEFT, units="7.5")
    page = walk.page("chair")
    assert "What the time-out confirmed has changed" in page
    assert 'form-give" name' not in page
    assert act(walk, "give", ids(walk)[0]).status_code == 409
    assert given(walk) == []


def test_repeated_sites_are_hollow_named_and_never_given_unconfirmed(walk: Walk) -> None:
    walk.charting.take_time_out()
    copied(walk, 1, 2)
    page = walk.page("chair")
    assert page.count("from 3 Aug 2026</span>, to be confirmed") == 2
    assert page.count('form="form-confirm"') == 2
    assert "Confirm the 2&nbsp;sites shown here" in page
    assert "Sites to be confirmed are not among them" in page
    assert act(walk, "give", ids(walk)[0]).status_code == 409
    assert act(walk, "confirm", *ids(walk)[:2]).status_code == 302
    assert "to be confirmed" not in walk.page("chair")


def test_before_the_time_out_only_one_at_a_time_is_confirmed(walk: Walk) -> None:
    copied(walk, 1, 2)
    page = walk.page("chair")
    assert "shown here" not in page
    assert 'form="form-confirm"' in page
    assert act(walk, "confirm", *ids(walk)[:2]).status_code == 409
    assert act(walk, "confirm", ids(walk)[0]).status_code == 302
    assert [site.confirmed for site in walk.charting.record().sites] == [True, False, True, True]


def test_the_last_mark_is_taken_back_with_a_reason_that_stays_typed(walk: Walk) -> None:
    walk.charting.take_time_out()
    act(walk, "give", ids(walk)[0])
    walk.charting.clock.move(minutes=1)
    act(walk, "give", ids(walk)[2])
    assert "Undo the last given mark: site 3" in walk.page("chair")
    refused = act(walk, "take_back", ids(walk)[2], reason="oops")
    assert refused.status_code == 422
    assert value_of(refused.text, "reason") == "oops"
    assert act(walk, "take_back", ids(walk)[2], reason="pressed the wrong row").status_code == 302
    assert given(walk) == [1]
    assert walk.charting.units_left() == Decimal("97.5")


def test_of_marks_made_together_none_is_chosen_beforehand(walk: Walk) -> None:
    walk.charting.take_time_out()
    act(walk, "give", *ids(walk))
    undo = walk.page("chair").partition('id="undo"')[2]
    assert "Undo the last given mark: 4 sites" in undo
    assert undo.count('type="checkbox"') == 4
    assert "checked" not in undo


def test_power_lost_between_given_and_signed_loses_nothing(app: Flask, walk: Walk) -> None:
    walk.charting.take_time_out()
    act(walk, "give", *ids(walk)[:2])
    with app.app_context():
        from clinic.extensions import db

        db.engine.dispose()
    later = Walk(client_for(app, walk.charting.clinic.prescriber), walk.charting)
    page = later.page("chair")
    assert "2 of 4 given" in page
    assert f"95{NBSP}units in vial V-0001" in page
    assert phase(walk.charting.record()) is Phase.GIVEN
    assert act(later, "give", *ids(walk)[2:]).status_code == 302


def test_an_assistant_reads_along_and_marks_nothing(app: Flask, walk: Walk) -> None:
    walk.charting.take_time_out()
    theirs = Walk(client_for(app, walk.charting.clinic.people[Role.ASSISTANT]), walk.charting)
    page = theirs.page("chair")
    assert "marked given by the person who injects" in page
    assert "<form" not in page.partition("<main")[2]
    assert act(theirs, "give", ids(walk)[0]).status_code == 403


def test_two_syringes_are_named_beside_each_site(walk: Walk) -> None:
    charting = walk.charting
    second = open_vial(charting.work, charting.clinic, lot="X7", label="V-0002", product="xeomin")
    walk.done("syringes", {"vial_id": second})
    charting.site(muscle="procerus", side=Side.MIDLINE, units="5", syringe_id=charting.record().syringes[1].id)
    charting.prepare()
    charting.take_time_out()
    page = walk.page("chair")
    assert page.count("syringe A</span>") >= 4
    assert "syringe B</span>" in page
    assert f"12.5{NBSP}units onabotulinumtoxinA (Botox); 5{NBSP}units incobotulinumtoxinA (Xeomin)" in page


def test_a_site_without_a_vial_leads_to_the_chart(walk: Walk) -> None:
    walk.charting.site(muscle="procerus", side=Side.MIDLINE, syringe_id=None)
    page = walk.page("chair")
    assert "Vial to be added" in page


@pytest.mark.parametrize("values", [{"act": "sign"}, {"act": ""}, {"act": "give", "late_reason": "because it was"}])
def test_anything_else_is_refused(walk: Walk, values: dict[str, str]) -> None:
    walk.charting.take_time_out()
    assert walk.send("chair", {"site": ids(walk)[0]} | values).status_code == 422
    assert given(walk) == []


def test_an_amendment_has_no_chair(walk: Walk) -> None:
    walk.charting.take_time_out()
    act(walk, "give", *ids(walk))
    walk.charting.settle()
    walk.charting.sign()
    amended = walk.client.send(walk.url("amend"), {"reason": "the dose was written wrong"})
    walk.charting.visit_id = amended.location.rpartition("/")[2]
    assert walk.client.get(walk.url("chair")).status_code == 409
    assert "/chair" not in chart(walk)


def test_the_chart_and_the_time_out_lead_to_the_chair(walk: Walk) -> None:
    assert walk.url("chair") in chart(walk)
    walk.charting.take_time_out()
    assert "Go on at the chair" in walk.page("time-out")


def test_the_chair_costs_the_same_whatever_the_number_of_sites(walk: Walk) -> None:
    def cost() -> int:
        with counted(walk.charting.work.engine) as seen:
            walk.page("chair")
        return len(seen)

    few = cost()
    walk.charting.chart_usual_sites()
    assert cost() == few
    assert few <= 14


def test_the_card_says_what_is_left_and_warns(walk: Walk) -> None:
    page = chart(walk)
    assert ">87.5</span>" in page
    assert "units left after these sites" in page
    walk.charting.site(muscle="procerus", side=Side.MIDLINE, units="87.5")
    assert "the whole vial is planned" in chart(walk)
    walk.charting.site(muscle="procerus", side=Side.MIDLINE, units="2.5")
    assert f"2.5{NBSP}units more are planned than the vial holds" in chart(walk)


def test_planned_sites_go_to_another_product_only_after_the_question(walk: Walk) -> None:
    charting = walk.charting
    second = open_vial(charting.work, charting.clinic, lot="X7", label="V-0002", product="xeomin")
    version = charting.version()
    with charting.writing() as uow:
        syringe = injections.add_syringe(uow, charting.visit_id, version, second)
    page = chart(walk)
    assert "Sites 1, 2, 3, 4 hold doses of onabotulinumtoxinA (Botox)." in page
    assert "Take the doses out" in page
    refused = walk.send(f"syringes/{syringe}/draw", {"site": ids(walk)})
    assert refused.status_code == 422
    assert {site.units for site in charting.record().sites} == {Decimal("2.5"), Decimal(5)}
    walk.done(f"syringes/{syringe}/draw", {"site": ids(walk), "clear": "y"})
    assert {site.units for site in charting.record().sites} == {Decimal(0)}
    assert "Draw these sites from it" in chart(walk)
