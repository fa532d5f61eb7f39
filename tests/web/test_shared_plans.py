"""The plan turned to the patient, and the calendar file: own words, nobody else's data, nothing that tells others."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.calendars import unfold
from clinic.domain.events import Action, Event
from clinic.domain.exercises import library
from clinic.domain.plans import (
    Appointment,
    Details,
    Exercise,
    Goal,
    Mirror,
    Occasion,
    PlanEntry,
    PlanState,
    Programme,
    Referral,
    ReferralKind,
    Target,
)
from clinic.models import GoalRating
from clinic.services import plan_items, visits
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.web.statements import counted

STATEMENTS = 7


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A patient with one signed session."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    return charting


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber's browser."""
    return client_for(app, clinic.prescriber)


def plan(charting: Charting, details: Details, state: PlanState = PlanState.AGREED, reason: str = "") -> str:
    with charting.writing() as uow:
        return plan_items.add_item(uow, charting.patient_id, PlanEntry(details, state, reason))


def set_state(charting: Charting, item: str, number: int, state: PlanState) -> None:
    with charting.writing() as uow:
        plan_items.set_state(uow, item, number, state, "no longer wanted by the patient")


def shown(client: Client, charting: Charting) -> str:
    return unescape(client.get(f"/patients/{charting.patient_id}/plan/shared").text)


def events(client: Client, charting: Charting) -> dict[str, dict[str, str]]:
    """The events of the calendar file by the kind in their UID."""
    answer = client.get(f"/patients/{charting.patient_id}/dates.ics")
    assert answer.status_code == 200
    found: dict[str, dict[str, str]] = {}
    for text in unfold(answer.data.decode()).split("BEGIN:VEVENT\r\n")[1:]:
        pairs = dict(line.partition(":")[::2] for line in text.split("\r\n"))
        found[pairs["UID"].partition("-")[0]] = pairs
    return found


def test_the_page_shows_goals_places_home_and_dates_in_plain_words(client: Client, charting: Charting) -> None:
    goal = plan(charting, Goal("Smile with my eye open", expected="open in a small smile"))
    plan(
        charting,
        Target("orbicularis_oculi", Side.LEFT, sites=2, units_per_site=Decimal("2.5"), product="botox"),
        reason="Eye narrows with big smile",
    )
    plan(charting, Target("mentalis", Side.LEFT), PlanState.PROPOSED)
    key, exercise = next(iter(library().items()))
    plan(charting, Exercise(key, "stop before the eye narrows", "let go", "stop when it hurts", "5 times"))
    plan(charting, Programme(Mirror.NO, advice="Three short times a day"))
    plan(charting, Appointment(Occasion.REVIEW, date(2026, 12, 20), "14:30"))
    plan(charting, Referral(ReferralKind.OPHTHALMOLOGY, question="Cornea?"), PlanState.PROPOSED)
    with charting.writing() as uow:
        visit_id = visits.start(uow, charting.patient_id, with_injections=False)
        rating = {"item_id": goal, "level": 0, "rated_by": "x", "rated_at": uow.now}
        uow.session.add(GoalRating(clinic_id=uow.clinic_id, visit_id=visit_id, **rating))
        uow.record(Event(Action.GOAL_RATED, f"visit:{visit_id}", charting.patient_id))
    page = shown(client, charting)
    for words in (
        "“Smile with my eye open”",
        "reached, as we hoped (22 Nov 2026): open in a small smile",
        "Around your left eye",
        "Chin, left side",
        exercise.title,
        *exercise.steps,
        "stop before the eye narrows",
        "without a mirror",
        "20\u00a0Dec\u00a02026, 14:30",
        "if we agree on it, not before 14\u00a0Feb\u00a02027",
        "We ask an eye specialist",
        "we talked about it",
        "agreed",
        "When to call at once",
    ):
        assert words in page, words
    eye = page[page.index("Around your left eye") :]
    assert 0 < eye.index("More about this") < eye.index("5\u00a0units")


def test_a_next_treatment_long_possible_is_shown_only_while_one_is_planned(app: Flask, charting: Charting) -> None:
    words = "Next treatment with botulinum toxin"
    assert words in shown(client_for(app, charting.clinic.prescriber), charting)
    charting.clock.move(days=85)
    client = client_for(app, charting.clinic.prescriber)
    assert words not in shown(client, charting)
    plan(charting, Target("mentalis", Side.LEFT), PlanState.PROPOSED)
    assert words in shown(client, charting)


def test_the_page_leads_nowhere_but_back_and_shows_nobody_else(
    client: Client, charting: Charting, clinic: ClinicWorld
) -> None:
    make_patient(
        charting.work,
        clinic.prescriber,
        given_names="Margareta",
        record_number="OTHER-1",
        other_people=[charting.patient_id],
    )
    page = shown(client, charting)
    assert re.findall(r'<a [^>]*href="([^"]+)"', page) == [f"/patients/{charting.patient_id}/plan"]
    assert "<form" not in page
    assert "<nav" not in page
    for word in ("Margareta", "OTHER-1", "Look-alike", "Bell", "record"):
        assert word not in page, word
    assert "<title>Your plan</title>" in page


@pytest.mark.parametrize("state", [PlanState.DONE, PlanState.DECLINED, PlanState.SUPERSEDED])
def test_only_what_is_open_is_shown(client: Client, charting: Charting, state: PlanState) -> None:
    item = plan(charting, Goal("Whistle again"))
    assert "Whistle" in shown(client, charting)
    set_state(charting, item, 1, state)
    assert "Whistle" not in shown(client, charting)


def test_a_plan_with_nothing_in_it_says_so(client: Client, work: Work, clinic: ClinicWorld) -> None:
    patient_id = make_patient(work, clinic.prescriber)
    page = client.get(f"/patients/{patient_id}/plan/shared").text
    assert "There is nothing in your plan yet" in page
    assert "When to call" not in page


def test_what_patients_say_is_shown_as_it_is(client: Client, charting: Charting) -> None:
    plan(charting, Goal("<script>alert(1)</script>"))
    page = client.get(f"/patients/{charting.patient_id}/plan/shared").text
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_the_page_costs_the_same_statements_whatever_is_planned(client: Client, charting: Charting) -> None:
    def statements() -> int:
        with counted(charting.work.engine) as seen:
            shown(client, charting)
        return len(seen)

    few = statements()
    for number in range(4):
        plan(charting, Goal(f"Goal {number}"))
    assert statements() == few <= STATEMENTS


def test_another_patient_is_not_found(client: Client, other_clinic: ClinicWorld, work: Work) -> None:
    patient_id = make_patient(work, other_clinic.prescriber)
    for part in ("plan/shared", "dates.ics"):
        assert client.get(f"/patients/{patient_id}/{part}").status_code == 404


def test_the_calendar_holds_dates_and_windows_and_says_little(client: Client, charting: Charting) -> None:
    plan(charting, Appointment(Occasion.INJECTION, date(2027, 2, 18), "9:15"))
    plan(charting, Programme(visit_from=date(2026, 12, 6), visit_to=date(2027, 1, 3)))
    found = events(client, charting)
    assert found["date"]["DTSTART"] == "20270218T081500Z"
    assert (found["date"]["SUMMARY"], found["date"]["STATUS"]) == ("Clinic appointment", "CONFIRMED")
    assert (found["review"]["DTSTART;VALUE=DATE"], found["review"]["DTEND;VALUE=DATE"]) == ("20261206", "20270104")
    assert (found["therapist"]["DTSTART;VALUE=DATE"], found["therapist"]["DTEND;VALUE=DATE"]) == (
        "20261206",
        "20270104",
    )
    assert found["next"]["DTSTART;VALUE=DATE"] == "20270214"
    assert found["next"]["STATUS"] == "CANCELLED"  # A date for it stands in the plan.
    answer = client.get(f"/patients/{charting.patient_id}/dates.ics")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="clinic-dates.ics"'
    assert answer.headers["Content-Type"].startswith("text/calendar")
    for word in ("Keane", "Margaret", "palsy", "botulinum", "toxin", "injection", "synkinesis clinic", "Test clinic"):
        assert word.casefold() not in answer.text.casefold(), word


def test_a_changed_or_cancelled_date_counts_higher_under_the_same_name(client: Client, charting: Charting) -> None:
    item = plan(charting, Appointment(Occasion.OTHER, date(2026, 12, 20)))
    first = events(client, charting)["date"]
    with charting.writing() as uow:
        entry = PlanEntry(Appointment(Occasion.OTHER, date(2026, 12, 21), "in the morning"), PlanState.AGREED)
        plan_items.change_item(uow, item, 1, entry)
    moved = events(client, charting)["date"]
    set_state(charting, item, 2, PlanState.DECLINED)
    cancelled = events(client, charting)["date"]
    assert first["UID"] == moved["UID"] == cancelled["UID"]
    assert [one["SEQUENCE"] for one in (first, moved, cancelled)] == ["0", "1", "2"]
    assert [one["STATUS"] for one in (first, moved, cancelled)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert (moved["DTSTART;VALUE=DATE"], moved["DESCRIPTION"]) == ("20261221", "in the morning")


def test_the_stamp_is_the_clocks(client: Client, charting: Charting, clock: Any) -> None:
    assert events(client, charting)["next"]["DTSTAMP"] == f"{clock.now:%Y%m%dT%H%M%SZ}"


def test_assistants_and_therapists_may_show_it_and_offices_may_not(
    app: Flask, charting: Charting, clinic: ClinicWorld
) -> None:
    for role in Role:
        client = client_for(app, clinic.people[role])
        expected = 403 if role in {Role.ADMINISTRATOR, Role.AUDITOR} else 200
        for part in ("plan/shared", "dates.ics"):
            assert client.get(f"/patients/{charting.patient_id}/{part}").status_code == expected, (role, part)
