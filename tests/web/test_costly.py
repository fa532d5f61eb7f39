"""S-93: what costs much is made in turns, whoever finds none is told so, and charting goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.errors import Crowded
from clinic.unit_of_work import Work
from clinic.web.costly import A_PERSON, OVERALL, WAITING, Turns, is_costly
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for, windows_of

PRINTS = 12
NAMED = {
    "archives": {"index", "patient", "file", "resume"},
    "clinic_reports": {"show", "table"},
    "cohort_exports": {"show", "download"},
    "cohorts": {"index", "show", "table"},
    "csv_imports": {"index", "carry_out"},
    "document_packs": {"print_for_patient", "print_for_visit"},
    "letters": {"issue"},
    "lot_recalls": {"letters"},
    "merges": {"index"},
    "work_lists": {"paper"},
}
"""What costs much beside the files that a route's address tells: by S-93's own list."""
CHEAP = {
    "csv_imports.columns": "some headings",
    "csv_imports.problems": "lines that were found before",
    "injections.state": "the chart itself, asked for at the chair",
    "logos.image": "a kept picture",
    "pages.face_geometry": "a file that a browser keeps",
    "shared_plans.dates": "some dates",
}
"""Files that cost no more than a page, and why."""


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def turns(app: Flask) -> Turns:
    """Turns for which nobody waits long."""
    app.extensions["clinic_turns"] = Turns(patience=0.01)
    found: Turns = app.extensions["clinic_turns"]
    return found


def missing(app: Flask) -> list[str]:
    """Costly routes that take no turn."""
    files = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.endswith((".pdf", ".csv", ".json", ".zip", ".ics", ".png")) and rule.endpoint != "static"
    }
    named = {f"{blueprint}.{view}" for blueprint, views in NAMED.items() for view in views}
    return sorted(one for one in (files - CHEAP.keys()) | named if not is_costly(app, one))


def test_every_costly_route_takes_a_turn(app: Flask) -> None:
    """S-93: each print, table and export by its address; reports, cohorts, imports and archives by name."""
    assert missing(app) == []


def test_a_print_without_a_turn_is_found(app: Flask) -> None:
    """The tooth."""
    app.view_functions["trends.document"] = app.view_functions["trends.document"].__wrapped__
    assert missing(app) == ["trends.document"]


@pytest.mark.parametrize(
    ("held", "person", "free"),
    [
        ([], "a", True),
        (["a"] * (A_PERSON - 1), "a", True),
        (["a"] * A_PERSON, "a", False),
        (["a"] * A_PERSON, "b", True),
        (["a", "a", "b"], "c", True),
        (["a", "a", "b", "b"], "c", False),
    ],
)
def test_a_person_has_two_turns_and_all_have_four(held: list[str], person: str, free: bool) -> None:
    """Below, at and above both limits; what was held is free again."""
    turns = Turns(patience=0.01)
    with ExitStack() as stack:
        for one in held:
            stack.enter_context(turns.one(one))
        assert could(turns, person) is free
    assert all(could(turns, one) for one in {*held, person})
    assert (A_PERSON, OVERALL) == (2, 4)


def could(turns: Turns, person: str) -> bool:
    try:
        with turns.one(person):
            return True
    except Crowded:
        return False


def test_a_turn_comes_to_who_waits_and_no_third_waits() -> None:
    turns, leave, came = Turns(patience=5), Event(), []

    def hold() -> None:
        with turns.one("a"):
            leave.wait(5)

    def wait() -> None:
        with turns.one("a"):
            came.append(1)

    holders = [Thread(target=hold) for _ in range(A_PERSON)]
    for thread in holders:
        thread.start()
    while turns.running < A_PERSON:
        pass
    waiters = [Thread(target=wait) for _ in range(WAITING)]
    for thread in waiters:
        thread.start()
    while turns.waiting < WAITING:
        pass
    assert not could(turns, "a")
    leave.set()
    for thread in (*holders, *waiters):
        thread.join(5)
    assert (came, turns.running, turns.waiting) == ([1] * WAITING, 0, 0)


def test_who_finds_no_turn_loses_nothing(app: Flask, turns: Turns, charting: Charting) -> None:
    """503 with Retry-After and a page to try again; the chart is saved meanwhile; afterwards the print is there."""
    client, person = client_for(app, charting.clinic.prescriber), charting.clinic.prescriber.user_id
    url = f"/visits/{charting.visit_id}/summary.pdf"
    with turns.one(person), turns.one(person):
        refused = client.get(url)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert "nothing was changed" in " ".join(refused.text.split())
        typed = client.send("/imports", {"kind": "patients", "order": "year"})
        assert typed.status_code in {403, 503}
        assert saved(client, charting) == 200
        assert client_for(app, charting.clinic.people[Role.THERAPIST]).get(url).status_code == 200
    assert client.get(url).status_code == 200


def test_twelve_prints_at_once_leave_room_for_a_chart(app: Flask, charting: Charting) -> None:
    """S-93: real threads; every print is made or told to come again, none fails, and a dose is saved beside them."""
    *windows, charts = windows_of(app, charting.clinic.prescriber, PRINTS + 1)
    url = f"/visits/{charting.visit_id}/summary.pdf"
    with ThreadPoolExecutor(PRINTS) as pool:
        prints = [pool.submit(lambda window=window: window.get(url).status_code) for window in windows]
        status = saved(charts, charting)
        statuses = {one.result() for one in prints}
    assert status == 200
    assert 200 in statuses
    assert statuses <= {200, 503}
    turns: Turns = app.extensions["clinic_turns"]
    assert (turns.running, turns.waiting) == (0, 0)


def saved(client: Any, charting: Charting) -> int:
    """Chart a dose."""
    data = {"edit_version": charting.version(), "muscle": "mentalis", "side": "left", "units": "2.5"}
    answer = client.send(f"/visits/{charting.visit_id}/sites", data, headers={"Accept": "application/json"})
    return int(answer.status_code)
