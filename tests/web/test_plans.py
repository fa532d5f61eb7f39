"""The pages of the plan: what they show, what they refuse beside its field, and what a second window cannot undo."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.injections import Answer, Question
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import Goal, ItemKind, PlanItem, Referral, ReferralKind, Target
from clinic.domain.wording import day_text
from clinic.queries.plan_items import patient_plan
from clinic.queries.planning_facts import planning_facts
from clinic.services import grids, injections, patient_plans, plan_targets, planning_answers, visits
from clinic.services.adverse_events import EventEntry, record_event
from clinic.services.injections import AnswerEntry
from clinic.services.planning_answers import save_planning_answers
from clinic.services.referrals import make_referral
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.web.statements import counted

L = Side.LEFT
TYPED = "<b>because</b> the patient minds it"


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with a grid: the eye with smile, the chin with pucker."""
    charting = Charting.begun(work, clinic, clock)
    cells = [Cell(Place(L, Movement.BIG_SMILE, Group.EYE), 2, 3), Cell(Place(L, Movement.PUCKER, Group.CHIN), 3, 2)]
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, cells)
    return charting


@pytest.fixture
def client(app: Flask, charting: Charting) -> Client:
    """The prescriber."""
    return client_for(app, charting.clinic.prescriber)


def items(charting: Charting, kind: ItemKind) -> list[PlanItem]:
    with charting.reading() as uow:
        return [one for one in patient_plan(uow, charting.patient_id) if one.kind is kind]


def goal(charting: Charting, words: str = "to drink tidily") -> PlanItem:
    with charting.writing() as uow:
        patient_plans.add_goal(uow, charting.patient_id, Goal(words, (Group.CHIN,)))
    return items(charting, ItemKind.GOAL)[-1]


def planner(charting: Charting, more: str = "") -> str:
    return f"/visits/{charting.visit_id}/plan{more}"


def plan(charting: Charting, more: str = "") -> str:
    return f"/patients/{charting.patient_id}/plan{more}"


def target(**values: str) -> dict[str, str]:
    given = {"muscle": "mentalis", "side": "left", "purpose": "synkinesis", "state": "proposed", "reason": TYPED}
    return given | values


def test_the_planner_shows_each_muscle_with_pattern_reason_rule_and_number(client: Client, charting: Charting) -> None:
    page = client.get(planner(charting)).text
    assert "Mentalis, patient’s left" in page
    assert "chin dimples with pucker" in page
    assert "grade\u00a03, minded\u00a02" in page
    assert re.search(r'id="why-mentalis-left".*?/planning-rules/', page, re.DOTALL)
    assert 'data-key="mentalis:left"' in page
    assert "blocked" in page  # The eye, until today's questions are answered.
    assert "what_planning" not in page


def test_without_injections_the_planner_says_where_the_eye_questions_come_from(
    client: Client, charting: Charting
) -> None:
    assert 'questions">Answer today’s eye questions' in client.get(planner(charting)).text
    with charting.writing() as uow:
        talk = visits.start(uow, charting.patient_id, with_injections=False)
    page = client.get(f"/visits/{talk}/plan").text
    assert "Add injections to this visit: the eye questions come with them" in page


def test_an_urgent_referral_without_an_answer_stands_on_top(client: Client, charting: Charting) -> None:
    assert "Urgent referral without an answer" not in client.get(planner(charting)).text
    referral = Referral(ReferralKind.ENT_IMAGING, "Fast <track>", "New pain?", urgent=True)
    with charting.writing() as uow:
        make_referral(uow, charting.patient_id, referral)
    page = client.get(planner(charting)).text
    assert "Urgent referral without an answer.</span> <a" in page
    assert "Fast &lt;track&gt;, urgent</a>" in page


def test_what_stops_toxin_stands_where_the_list_would(client: Client, charting: Charting) -> None:
    version = charting.version()
    with charting.writing() as uow:
        injections.answer(uow, charting.visit_id, version, {Question.BREASTFEEDING: AnswerEntry(Answer.YES)})
    page = client.get(planner(charting)).text
    stops, below = page.index("Why nothing is proposed for toxin"), page.index("Why stands above.")
    assert stops < page.index("Muscles to consider for botulinum toxin") < below
    assert "From the grid of" not in page


def test_a_muscle_offers_its_own_places_only(client: Client, charting: Charting) -> None:
    form = client.get(planner(charting)).text.partition('id="form-mentalis-left"')[2].partition("</form>")[0]
    assert "the muscle as a whole" in form
    assert "lateral_orbital" not in form


def test_a_weakness_after_an_earlier_session_stands_at_its_muscle(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    charting = Charting.after_a_session(work, clinic, clock)
    event = EventEntry(Kind.ORAL_INCOMPETENCE, 1, Relation.PROBABLE, Side.LEFT)
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, [Cell(Place(L, Movement.PUCKER, Group.CHIN), 3, 2)])
        record_event(uow, charting.patient_id, event, session_id=charting.first)
    page = client_for(app, clinic.prescriber).get(planner(charting)).text
    assert "After an earlier session:</span> Leaking of food or drink" in page


def test_muscles_after_the_two_first_patterns_are_folded(client: Client, charting: Charting) -> None:
    assert "Further muscles" not in client.get(planner(charting)).text
    with charting.writing() as uow:
        cells = [Cell(Place(L, Movement.SNARL, Group.NECK), 1, 1)]
        grids.save_cells(uow, charting.visit_id, cells, edit_version=1)
    page = client.get(planner(charting)).text
    further = page.partition('<details class="plan-further">')[2]
    assert further.startswith("<summary>Further muscles (1), after the two patterns that come first</summary>")
    assert "Platysma, patient’s left" in further.partition("</details>")[0]
    assert "Mentalis, patient’s left" not in further.partition("</table>")[0]


def test_the_planner_says_of_which_day_the_grid_is(client: Client, charting: Charting) -> None:
    with charting.reading() as uow:
        graded = planning_facts(uow, charting.patient_id, charting.visit_id).graded_on
    assert graded
    assert f"From the grid of {day_text(graded)}" in client.get(planner(charting)).text


def test_the_pages_cost_the_same_whatever_the_plan_holds(client: Client, charting: Charting) -> None:
    def statements() -> list[int]:
        found = []
        for url in (planner(charting), plan(charting)):
            with counted(charting.work.engine) as seen:
                assert client.get(url).status_code == 200
            found.append(len(seen))
        return found

    few = statements()
    for number in range(4):
        goal(charting, f"goal {number}")
    assert statements() == few


def test_a_target_is_added_once_however_often_it_is_sent(client: Client, charting: Charting) -> None:
    body = target(product="botox", sites="2", units="2.5")
    for _ in range(2):
        assert client.send(planner(charting, "/targets"), body, key="same").status_code == 302
    [item] = items(charting, ItemKind.TARGET)
    assert isinstance(item.entry.details, Target)
    assert (item.entry.details.units, item.entry.reason, item.visit_id) == (5, TYPED, charting.visit_id)
    page = client.get(plan(charting)).text
    assert "<b>because" not in page
    assert "5\u00a0units" in page


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"units": "2,5", "product": "botox"}, "error-summary"),
        ({"units": "2.5"}, "Units belong to a product"),
        ({"sites": "x"}, "A whole number of places."),
        ({"start": "0-botox-1-2.5"}, "Choose one."),
        ({"muscle": "no_such"}, "Choose one from the list."),
        ({"muscle": ""}, "Muscle is needed."),
        ({"side": " "}, "side is needed."),
        ({"muscle": "orbicularis_oculi"}, "error-summary"),
        ({"reason": "x" * 5000}, "At most 2000 characters."),
        ({"strange": "1"}, "something that it does not have"),
    ],
)
def test_a_refused_target_keeps_what_was_typed_and_adds_nothing(
    client: Client, charting: Charting, bad: dict[str, str], words: str
) -> None:
    answer = client.send(planner(charting, "/targets"), target(guard_reason="typed <i>here</i>") | bad)
    assert answer.status_code == 422
    assert words in answer.text
    assert "x" * 5000 in answer.text or "&lt;b&gt;because&lt;/b&gt; the patient minds it" in answer.text
    assert items(charting, ItemKind.TARGET) == []


def test_a_start_is_taken_over_only_when_it_is_chosen(app: Flask, charting: Charting) -> None:
    charting.signed()
    charting.clock.move(days=80)
    charting.start()
    client = client_for(app, charting.clinic.prescriber)
    page = client.get(planner(charting)).text
    starts = re.findall(r'name="start"[^>]*value="(\d+-botox-[^"]+)"', page)
    assert starts
    assert not re.search(r'name="start"[^>]*value="\d+-botox-[^"]+"[^>]*checked', page)
    mentalis = re.search(r'id="target-mentalis-left".*?value="(\d+-botox-[^"]+)"', page, re.DOTALL)
    assert mentalis
    both = client.send(planner(charting, "/targets"), target(start=mentalis[1], product="botox", units="5"))
    assert (both.status_code, "another dose is typed" in both.text) == (422, True)
    assert client.send(planner(charting, "/targets"), target(start=mentalis[1])).status_code == 302
    [item] = items(charting, ItemKind.TARGET)
    assert isinstance(item.entry.details, Target)
    assert item.entry.details.units > 0
    assert item.entry.details.basis


def test_each_part_of_a_muscle_is_planned_from_its_own_dose(app: Flask, charting: Charting) -> None:
    charting.site(muscle="platysma", sub_site="jaw_1", side=L, units="1")
    charting.signed()
    charting.clock.move(days=80)
    charting.start()
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, [Cell(Place(L, Movement.SNARL, Group.NECK), 2, 3)])
    client = client_for(app, charting.clinic.prescriber)

    def starts() -> dict[str, str]:
        page = client.get(planner(charting)).text
        row = page[page.index('id="target-platysma-left"') :].split("</tbody>")[0]
        found = re.findall(r'name="start"[^>]*value="(\d+-botox-(\w*)-[^"]+)"', row)
        return {part: value for value, part in found}

    offered = starts()
    assert {part: value.split("-")[-2:] for part, value in offered.items()} == {
        "medial_band": ["1", "2.50"],
        "jaw": ["1", "1.00"],
    }
    sent = target(muscle="platysma", start=offered["jaw"])
    other_part = client.send(planner(charting, "/targets"), sent | {"site_group": "face"})
    assert (other_part.status_code, "is for another part" in other_part.text) == (422, True)
    assert client.send(planner(charting, "/targets"), sent).status_code == 302
    left = starts()
    assert list(left) == ["medial_band"]
    assert client.send(planner(charting, "/targets"), sent | {"start": left["medial_band"]}).status_code == 302
    doses = {
        (one.entry.details.site_group, one.entry.details.units)
        for one in items(charting, ItemKind.TARGET)
        if isinstance(one.entry.details, Target)
    }
    assert doses == {("jaw", Decimal(1)), ("medial_band", Decimal("2.5"))}
    assert "not proposed today" not in client.get(planner(charting)).text


def test_questions_are_saved_at_once_and_a_colleagues_answer_is_kept(client: Client, charting: Charting) -> None:
    shown = re.search(
        r'name="shown"[^>]*value="(\w+)"', client.get(planner(charting, "")).text.partition("/answers")[2]
    )
    assert shown
    with charting.work.writing(charting.clinic.people[Role.THERAPIST]) as uow:
        save_planning_answers(
            uow, charting.visit_id, {PlanningQuestion.MASS: (Answer.YES, "small, in front of the ear")}
        )
    body = {"shown": shown[1], "low_mood": "yes", "words-low_mood": "typed words stay", "mass": "", "words-mass": ""}
    stale = client.send(planner(charting, "/answers"), body)
    assert (stale.status_code, "typed words stay" in stale.text) == (409, True)
    mass = re.search(r'<fieldset[^>]*id="mass".*?</fieldset>', stale.text, re.DOTALL)
    assert mass
    assert "On record now: yes" in mass[0]  # What would be written over stands beside what was typed.
    assert "On record now: small, in front of the ear" in stale.text
    assert stale.text.count("On record now: not asked") == 1
    again = re.search(r'name="shown"[^>]*value="(\w+)"', stale.text.partition("/answers")[2])
    assert again
    assert client.send(planner(charting, "/answers"), body | {"shown": again[1], "mass": "yes"}).status_code == 302
    bad = client.send(planner(charting, "/answers"), {"shown": "x", "mass": "perhaps"})
    assert bad.status_code == 422


def test_red_flags_stop_and_name_the_addressee(client: Client, charting: Charting) -> None:
    with charting.writing() as uow:
        planning_answers.save_planning_answers(
            uow, charting.visit_id, {PlanningQuestion.NEW_NEUROLOGY: (Answer.YES, "")}
        )
    page = client.get(planner(charting)).text
    assert "Red flag." in page
    assert "Make this referral" in page
    assert 'id="target-mentalis-left"' not in page
    assert client.send(planner(charting, "/targets"), target()).status_code == 422


def test_a_therapist_reads_targets_and_writes_goals(app: Flask, charting: Charting) -> None:
    with charting.writing() as uow:
        plan_targets.add_target(uow, charting.visit_id, Target("mentalis", L), reason="")
    therapist = client_for(app, charting.clinic.people[Role.THERAPIST])
    page = therapist.get(planner(charting)).text
    assert "In the plan: Mentalis" in page
    assert planner(charting, "/targets") not in page
    assert therapist.send(planner(charting, "/targets"), target()).status_code == 403
    [item] = items(charting, ItemKind.TARGET)
    url = plan(charting, f"/items/{item.id}")
    assert "Targets for toxin are changed by those who inject." in therapist.get(url).text
    assert therapist.send(f"{url}/state", {"state": "agreed", "edit_version": "1"}).status_code == 403
    body = {"words": "to whistle", "groups": ["mouth_corner", "chin"], "visit": charting.visit_id}
    assert therapist.send(plan(charting, "/goals/new"), body).status_code == 302
    assert items(charting, ItemKind.GOAL)[0].visit_id == charting.visit_id


def test_goals_are_rated_ordered_and_settled(client: Client, charting: Charting) -> None:
    first, second = goal(charting), goal(charting, "to smile")
    url = plan(charting, f"/items/{second.id}")
    assert client.send(f"{url}/move", {"edit_version": "1", "up": "1"}).status_code == 302
    assert [one.id for one in items(charting, ItemKind.GOAL)] == [second.id, first.id]
    shown = re.search(r'name="shown"[^>]*value="(\w+)"', client.get(planner(charting)).text)
    assert shown
    rated = {"shown": shown[1], f"level-{first.id}": "-1", f"level-{second.id}": ""}
    assert client.send(planner(charting, "/goals"), rated).status_code == 302
    page = client.get(plan(charting, f"/items/{first.id}")).text
    assert "−1, less than expected" in page
    assert client.send(f"{url}/state", {"state": "done", "edit_version": "2"}).status_code == 302
    assert "done" in client.get(plan(charting)).text


def test_declining_takes_a_reason_and_a_stale_state_keeps_it(client: Client, charting: Charting) -> None:
    item = goal(charting)
    url = plan(charting, f"/items/{item.id}")
    short = client.send(f"{url}/state", {"state": "declined", "note": "no", "edit_version": "1"})
    assert (short.status_code, "at least 10 characters" in short.text) == (422, True)
    changed = {"words": "to drink tidily from a cup", "groups": "chin", "edit_version": "1", "note": "said it better"}
    assert client.send(url, changed).status_code == 302
    stale = client.send(f"{url}/state", {"state": "declined", "note": "it matters no more", "edit_version": "1"})
    assert (stale.status_code, "it matters no more" in stale.text) == (409, True)
    assert "to drink tidily from a cup" in stale.text
    unchanged = client.send(url, {"words": "to drink tidily from a cup", "groups": "chin", "edit_version": "2"})
    assert unchanged.status_code in {302, 422}


def test_dates_and_steps_are_added_with_their_reason(client: Client, charting: Charting) -> None:
    date = {"occasion": "review", "on": "2026-12-20", "at": "14:30"}
    assert client.send(plan(charting, "/dates/new"), date).status_code == 302
    assert client.send(plan(charting, "/dates/new"), date | {"on": "31 Feb 2026"}).status_code == 422
    step = {"step": "toxin", "state": "agreed", "reason": "too short"}
    assert client.send(plan(charting, "/steps/new"), step).status_code == 422
    assert client.send(plan(charting, "/steps/new"), step | {"reason": "training has levelled off"}).status_code == 302
    page = client.get(plan(charting)).text
    assert "20 Dec 2026, 14:30" in page
    assert "training has levelled off" in page


def test_another_patients_item_and_visit_are_not_found(client: Client, charting: Charting) -> None:
    item = goal(charting)
    other = make_patient(charting.work, charting.clinic.prescriber, family_name="Other", given_names="Olga")
    theirs = f"/patients/{other}/plan/items/{item.id}"
    assert client.get(theirs).status_code == 404
    for more, body in (
        ("", {"words": "mine", "edit_version": "1"}),
        ("/state", {"state": "done", "edit_version": "1"}),
        ("/move", {"up": "1", "edit_version": "1"}),
    ):
        assert client.send(theirs + more, body).status_code == 404
    body = {"words": "to whistle", "visit": charting.visit_id}
    assert client.send(f"/patients/{other}/plan/goals/new", body).status_code == 404
    assert items(charting, ItemKind.GOAL)[0].number == 1


def test_a_signed_visit_has_no_planner(client: Client, charting: Charting) -> None:
    charting.signed()
    assert client.get(planner(charting)).status_code == 302
    assert client.send(planner(charting, "/targets"), target()).status_code in {302, 409}


def test_a_grid_by_somebody_else_that_the_plan_rests_on_counts_as_seen(app: Flask, charting: Charting) -> None:
    therapist = charting.clinic.people[Role.THERAPIST]
    client_for(app, therapist).get(planner(charting))
    with charting.work.writing(therapist) as uow:
        grids.save_cells(uow, charting.visit_id, [Cell(Place(L, Movement.PUCKER, Group.CHIN), 1, 1)])
    graded = [one for one in charting.record().outcomes.assessments if one.rater_id == therapist.user_id]
    assert [one.blind for one in graded] == [False]
