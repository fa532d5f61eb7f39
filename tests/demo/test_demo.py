"""The demo clinics: their people, their stories, their stock of today; made anew, and never over a real patient."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from clinic import demo, passwords, verification
from clinic.demo import stage
from clinic.demo.generated import _SESSIONS
from clinic.domain import visit_content as contents
from clinic.domain.actors import Role
from clinic.domain.injections import Phase
from clinic.domain.visits import Meaning, VisitState
from clinic.models import (
    AuditEvent,
    Clinic,
    Lot,
    Patient,
    Signature,
    ToxinElsewhere,
    User,
    Visit,
    VisitVoid,
)
from clinic.queries import inventory
from clinic.queries.facts import judged
from clinic.queries.stock_lists import stock
from clinic.queries.visit_contents import phase
from clinic.queries.visit_record import visit_record
from clinic.services.accounts import SYSTEM, system_actor
from clinic.unit_of_work import UnitOfWork, Work
from tests import factories
from tests.demo.conftest import TODAY, Made

NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)


def everywhere(made: Made, query: Any) -> list[Any]:
    """The rows of a query over both clinics."""
    with made.work.reading(SYSTEM, scoped=False) as uow:
        return list(uow.session.execute(query))


def at_noon(made: Made) -> Work:
    """Units of work as on the day of the demo."""
    return Work(made.work.engine, made.work.key, made.work.new_id, lambda: NOON)


def signed_contents(made: Made, family_name: str) -> list[contents.VisitContent]:
    """What was signed for a patient, the earliest first."""
    rows = everywhere(made, select(Signature.content, Signature.signed_at).order_by(Signature.signed_at))
    found = [contents.read(content) for content, _ in rows]
    return [one for one in found if one.patient.family_name == family_name]


def test_every_role_has_somebody_and_a_prescriber_comes_first(made: Made) -> None:
    first = [one for one in made.accounts if one.clinic == made.accounts[0].clinic]
    assert made.accounts[0].role is Role.PRESCRIBER
    assert {one.role for one in first} == set(Role)
    assert sum(one.role is Role.PRESCRIBER for one in first) == 2
    assert len({one.clinic for one in made.accounts}) == 2


def test_passwords_are_random_and_work_at_once(made: Made) -> None:
    assert len({one.password for one in made.accounts}) == len(made.accounts)
    [(hashed, must_change)] = everywhere(
        made,
        select(User.password_hash, User.must_change_password).where(User.username == made.accounts[0].username),
    )
    assert passwords.matches(hashed, made.accounts[0].password)
    assert not must_change


def test_the_table_shows_each_account_once(made: Made) -> None:
    table = demo.accounts_table(made.accounts)
    assert all(table.count(one.password) == 1 for one in made.accounts)
    assert table.index(made.accounts[0].username) < min(table.index(one.username) for one in made.accounts[1:])


def test_everything_is_marked_invented(made: Made) -> None:
    assert everywhere(made, select(func.count()).select_from(Patient).where(Patient.synthetic.is_(False))) == [(0,)]
    assert {row[0] for row in everywhere(made, select(Clinic.is_demo))} == {True}
    assert demo.holds_only_demo(made.app)


def test_lists_are_filled_when_it_is_made_for_use() -> None:
    assert sum(demo.GENERATED) >= 30
    assert (min(_SESSIONS), max(_SESSIONS)) == (0, 6)


def test_the_same_seed_and_day_give_the_same_bytes(made: Made, again: Callable[[], Made]) -> None:
    query = select(Signature.visit_id, Signature.content_sha256, Signature.content).order_by(Signature.visit_id)
    other = again()
    assert everywhere(made, query) == everywhere(other, query)
    assert {one.password for one in made.accounts}.isdisjoint(one.password for one in other.accounts)


def test_every_kind_of_visit_is_there(made: Made) -> None:
    assert {row[0] for row in everywhere(made, select(Signature.meaning))} == set(Meaning)
    assert {row[0] for row in everywhere(made, select(Visit.state))} == set(VisitState)
    assert len(everywhere(made, select(VisitVoid.reason))) == 1
    assert everywhere(made, select(ToxinElsewhere.product)) == [("botox_cosmetic",)]


def test_two_drafts_of_today_stand_at_planned_and_at_the_time_out(made: Made) -> None:
    drafts = everywhere(made, select(Visit.clinic_id, Visit.id, Visit.on).where(Visit.state == VisitState.DRAFT))
    assert {on for _, _, on in drafts} == {TODAY}
    phases = set()
    for clinic_id, visit_id, _ in drafts:
        with made.work.reading(system_actor(clinic_id)) as uow:
            phases.add(phase(visit_record(uow, visit_id)))
    assert phases == {Phase.PLANNED, Phase.TIME_OUT}


def test_vials_are_open_for_hands_on_trying(made: Made) -> None:
    with at_noon(made).reading(system_actor(1)) as uow:
        rows = inventory.vial_rows(uow, [row.id for row in stock(uow).vials]).values()
    fit = [row for row in rows if row.fit_for_use and not row.patients]
    stale = [row for row in rows if row.past_use_by]
    assert any(row.product == "botox" and row.labelled_units == 100 and row.diluent_microlitres == 4000 for row in fit)
    assert any(row.product == "xeomin" for row in fit)
    assert len(stale) == 1


def test_the_cupboard_has_good_expired_and_recalled_lots(made: Made) -> None:
    lots = everywhere(made, select(Lot.expires_on, Lot.recalled_at).where(Lot.clinic_id == 1))
    assert any(expires < TODAY for expires, _ in lots)
    assert any(TODAY <= expires < TODAY + timedelta(days=45) for expires, _ in lots)
    assert sum(recalled is not None for _, recalled in lots) == 1
    assert sum(expires > TODAY + timedelta(days=180) and recalled is None for expires, recalled in lots) >= 2


def test_the_doses_of_the_first_story_are_those_told(made: Made) -> None:
    sessions = [one.session for one in signed_contents(made, "Hartley") if one.session]
    sides = [contents.totals_by(session, "side") for session in sessions]
    assert [sums[("left",)] for sums in sides[:2]] == [Decimal("16.25"), Decimal(25)]
    assert {sums[("right",)] for sums in sides} == {Decimal("12.5")}
    assert len(sessions) == 6


def test_dates_move_with_the_day_of_seeding(made: Made) -> None:
    first = signed_contents(made, "Hartley")[0]
    assert TODAY - first.on == stage.REFERENCE_DAY - date(2025, 3, 27)
    assert first.patient.age == 45


def test_the_mistyped_lot_was_amended_and_its_units_moved(made: Made) -> None:
    amended = signed_contents(made, "Thorne")
    versions = [one for one in amended if one.session and one.revision == 2]
    assert [one.session.syringes[0].lot for one in versions if one.session] == ["C8120D4"]
    assert versions[0].amends in {one.id for one in amended}


def test_the_wrong_side_was_stopped_and_left_its_refusal(made: Made) -> None:
    refusals = everywhere(made, select(AuditEvent.reason).where(AuditEvent.outcome == "refused"))
    assert [reason.startswith("Stopped") for (reason,) in refusals] == [True]
    [(reason,)] = everywhere(made, select(Visit.discard_reason).where(Visit.state == VisitState.DISCARDED))
    assert "time-out" in reason


def test_findings_that_were_passed_carry_their_reasons(made: Made) -> None:
    [visit] = signed_contents(made, "Featherstonehaugh-Cholmondeley-Warrington")
    reasons = {one.code: one.override_reason for one in visit.findings if one.override_reason}
    assert reasons.pop("EVENT-001") == "No adverse event during the session"
    assert set(reasons) == {"EYE-001", "SCREEN-003"}
    assert all(len(reason) > 30 for reason in reasons.values())


def test_the_day_planned_has_no_surprise_but_open_questions(made: Made) -> None:
    [(visit_id,)] = everywhere(
        made,
        select(Visit.id)
        .join(Patient, (Patient.clinic_id == Visit.clinic_id) & (Patient.id == Visit.patient_id))
        .where(Visit.state == VisitState.DRAFT, Patient.family_name == "Hartley"),
    )
    with at_noon(made).reading(system_actor(1)) as uow:
        codes = {one.code for one in judged(visit_record(uow, visit_id), uow.now)[1]}
    assert codes == {"SCREEN-001", "CONSENT-001"}


@pytest.mark.parametrize("chain", [1, 2])
def test_the_audit_trail_runs_forward_in_time(made: Made, chain: int) -> None:
    times = [
        at
        for (at,) in everywhere(
            made, select(AuditEvent.at).where(AuditEvent.chain == chain).order_by(AuditEvent.sequence)
        )
    ]
    assert times == sorted(times)
    assert times[-1] <= NOON


def test_the_whole_demo_verifies(own: Made) -> None:
    assert verification.verify(own.work, own.instance / "anchors").problems == ()


def test_passwords_can_be_made_anew(own: Made) -> None:
    answer = own.app.test_cli_runner().invoke(args=["clinic", "demo", "--reset-passwords"])
    assert answer.exit_code == 0, answer.output
    assert own.accounts[0].password not in answer.output
    line = next(line for line in answer.output.splitlines() if own.accounts[0].username in line)
    [(hashed,)] = everywhere(own, select(User.password_hash).where(User.username == own.accounts[0].username))
    assert passwords.matches(hashed, line.split()[1])
    again = own.app.test_cli_runner().invoke(args=["clinic", "demo"])
    assert again.exit_code == 1
    assert "is here already" in again.output


def test_a_real_patient_stops_a_new_demo(own: Made) -> None:
    with own.work.reading(system_actor(1)) as uow:
        actor = _prescriber(uow)
    factories.make_patient(own.work, actor, synthetic=False)
    before = (own.instance / "clinic.sqlite3").read_bytes()
    for command in ("demo-reset", "demo"):
        answer = own.app.test_cli_runner().invoke(args=["clinic", command])
        assert answer.exit_code == 1
        assert "real patient" in answer.output
    assert (own.instance / "clinic.sqlite3").read_bytes() == before


def _prescriber(uow: UnitOfWork) -> Any:
    from clinic.queries.accounts import credentials

    found = credentials(uow, "marchetti")
    assert found is not None
    return found.actors[0]


def test_a_new_demo_keeps_the_old_one_aside(own: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    verification.anchor(own.work, own.instance / "anchors")
    monkeypatch.setitem(demo.seed.__kwdefaults__, "counts", (0, 0))
    before = (own.instance / "clinic.sqlite3").read_bytes()
    answer = own.app.test_cli_runner().invoke(args=["clinic", "demo-reset"])
    assert answer.exit_code == 0, answer.output
    [aside] = (own.instance / "backups").iterdir()
    assert (aside / "clinic.sqlite3").read_bytes() == before
    assert (aside / "anchors" / "1.jsonl").exists()
    assert "marchetti" in answer.output
    assert not demo.mark(own.app.extensions["clinic_settings"]).exists()
    assert verification.verify(own.work, own.instance / "anchors").problems == ()


def test_a_failed_new_demo_brings_the_old_one_back(own: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(demo.seed.__kwdefaults__, "counts", ("no number", 0))
    before = (own.instance / "clinic.sqlite3").read_bytes()
    answer = own.app.test_cli_runner().invoke(args=["clinic", "demo-reset"])
    assert answer.exit_code == 1
    assert (own.instance / "clinic.sqlite3").read_bytes() == before
    assert list((own.instance / "backups").iterdir()) == []


def test_a_running_server_stops_a_new_demo(own: Made) -> None:
    from clinic import sqlite_file

    # Another process has the lock of the file: for the same one it is its own.
    with sqlite_file.lock_file(own.app.extensions["clinic_settings"].sqlite_file).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        answer = own.app.test_cli_runner().invoke(args=["clinic", "demo-reset"])
    assert answer.exit_code == 1
    assert "Another server" in answer.output


def test_verify_says_what_it_checked_and_fails_on_a_problem(own: Made) -> None:
    good = own.app.test_cli_runner().invoke(args=["clinic", "verify"])
    assert (good.exit_code, "No problem found." in good.output) == (0, True), good.output
    anchors = own.instance / "anchors" / "1.jsonl"
    anchors.write_text(anchors.read_text(encoding="utf-8").replace('"hash": "', '"hash": "0'), encoding="utf-8")
    bad = own.app.test_cli_runner().invoke(args=["clinic", "verify"])
    assert bad.exit_code == 1
    assert "PROBLEM  chain 1, entry" in bad.output


def test_a_clinic_of_the_same_name_is_refused(own: Made) -> None:
    name = own.accounts[0].clinic.upper()
    answer = own.app.test_cli_runner().invoke(
        args=["clinic", "init", "--name", name, "--time-zone", "Europe/Paris", "--administrator", "someone"]
    )
    assert answer.exit_code == 1
    assert "has this name already" in answer.output
