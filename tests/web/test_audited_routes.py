"""Every route against the audit trail: an answered look leaves an entry that names the patient, a refusal leaves one too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Blueprint, Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from clinic.audit_chain import Circumstances
from clinic.domain.actors import ROLES, Permission, Role
from clinic.domain.events import READS, REFUSALS
from clinic.models import AuditEvent, Patient
from clinic.services import accounts
from clinic.unit_of_work import Work
from clinic.web.security import declared_permission, permission
from tests import stages
from tests.every_kind import one_of_every_kind
from tests.factories import Client, ClinicWorld, client_for

MISSING = "0" * 26
FAMILY_NAME = "Keane"
NOT_OURS = frozenset({"static", "pages.face_geometry"})
OWN_BUSINESS = frozenset({Permission.PUBLIC, Permission.ACCOUNT})
"""Routes about nobody but the person who asks; a patient's name on one of them needs its entry all the same."""
CATALOGUES = frozenset({"csv_imports.template", "patients.new", "letter_templates.new", "inventory.new_lot"})
"""Routes that show nothing of the record: an empty form or the same words for everybody."""
OWN_WORDS = frozenset({Permission.EMERGENCY_ACCESS})


@dataclass(frozen=True)
class Entry:
    """One entry of a request."""

    action: str
    patient_id: str | None
    values: str
    outcome: str

    def names(self, patient_id: str) -> bool:
        """Whether it says that this patient was shown."""
        return self.patient_id == patient_id or patient_id in self.values


def url_of(app: Flask, rule: Rule, ids: dict[str, str]) -> str:
    """The address of a rule with ids for its arguments."""
    from flask import url_for

    blueprint = rule.endpoint.partition(".")[0]
    with app.test_request_context(base_url="https://localhost"):
        return url_for(
            rule.endpoint, **{one: ids.get(f"{one}:{blueprint}", ids.get(one, MISSING)) for one in rule.arguments}
        )


def entries(work: Work, request_id: str) -> list[Entry]:
    """What the audit trail holds of one request."""
    one = AuditEvent
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        rows = uow.session.execute(
            select(one.action, one.patient_id, one.values, one.outcome).where(one.request_id == request_id)
        )
        return [Entry(*row) for row in rows]


def looks(app: Flask, role: Role) -> Iterator[Rule]:
    """Every route that a role may open by looking."""
    for rule in app.url_map.iter_rules():
        needed = declared_permission(app, rule.endpoint)
        if rule.endpoint not in NOT_OURS and "GET" in (rule.methods or set()) and needed and role in ROLES[needed]:
            yield rule


def unaudited_looks(app: Flask, work: Work, client: Client, role: Role, ids: dict[str, str]) -> list[str]:
    """Every route whose answer shows the record without an entry that says so, or a patient without naming him."""
    leaks = []
    for rule in looks(app, role):
        answer = client.get(url_of(app, rule, ids))
        if answer.status_code != 200:
            continue
        needed = declared_permission(app, rule.endpoint)
        reads = [one for one in entries(work, answer.headers["X-Request-Id"]) if one.action in READS or _opens(one)]
        exempt = needed in OWN_BUSINESS | OWN_WORDS or rule.endpoint in CATALOGUES
        if not reads and not exempt:
            leaks.append(f"{rule.rule}: no entry")
        is_his = "patient_id" in rule.arguments or FAMILY_NAME in answer.get_data().decode("utf-8", "ignore")
        if is_his and not any(one.names(ids["patient_id"]) for one in reads):
            leaks.append(f"{rule.rule}: no entry names the patient")
    return leaks


def _opens(one: Entry) -> bool:
    # A file that leaves the house is noted as a change: it is kept, or counted, or both.
    return one.action in {"document.issued", "document.handed_over", "record.exported", "cohort.exported"}


def unaudited_refusals(work: Work, tries: dict[str, Any]) -> list[str]:
    """Every refused try without exactly one entry that says that it was refused."""
    leaks = []
    for name, answer in tries.items():
        found = [one for one in entries(work, answer.headers["X-Request-Id"]) if one.action in REFUSALS]
        if answer.status_code < 400 or len(found) != 1 or found[0].outcome != "refused":
            leaks.append(f"{name}: {answer.status_code}, {len(found)} entries")
    return leaks


@pytest.fixture
def ids(work: Work, clinic: ClinicWorld, clock: Any) -> dict[str, str]:
    """Ids of one record of every kind in the first clinic."""
    return dict(stages.once(work, ("one of every kind", clinic.id), lambda: one_of_every_kind(work, clinic, clock)))


@pytest.mark.parametrize("role", [Role.PRESCRIBER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_every_look_at_the_record_is_an_entry(
    app: Flask, work: Work, clinic: ClinicWorld, ids: dict[str, str], role: Role
) -> None:
    """A-02, O-02, O-10: every route that answers, crawled; an answer with the patient's name needs an entry with the id."""
    assert unaudited_looks(app, work, client_for(app, clinic.people[role]), role, ids) == []


def test_a_planted_look_without_an_entry_is_named(
    app: Flask, work: Work, clinic: ClinicWorld, ids: dict[str, str]
) -> None:
    """The tooth of A-02: one route that reads in silence, one that says the wrong thing."""
    planted = Blueprint("planted", __name__)

    @planted.get("/silent/<patient_id>")
    @permission(Permission.PATIENT_READ)
    def silent(patient_id: str) -> str:
        from clinic.web.work import reading

        with reading() as uow:
            return uow.session.get_one(Patient, (uow.clinic_id, patient_id)).family_name

    app._got_first_request = False
    app.register_blueprint(planted)
    leaks = unaudited_looks(app, work, client_for(app, clinic.prescriber), Role.PRESCRIBER, ids)
    assert leaks == ["/silent/<patient_id>: no entry", "/silent/<patient_id>: no entry names the patient"]


def refused_tries(app: Flask, clinic: ClinicWorld, other: ClinicWorld, ids: dict[str, str]) -> dict[str, Any]:
    """Requests that must not get through, each of another kind."""
    prescriber, stranger = client_for(app, clinic.prescriber), client_for(app, other.prescriber)
    auditor, patient = client_for(app, clinic.people[Role.AUDITOR]), ids["patient_id"]
    return {
        "a role without the permission": auditor.get(f"/patients/{patient}"),
        "another clinic's patient": stranger.get(f"/patients/{patient}"),
        "another clinic's visit": stranger.get(f"/visits/{ids['visit_id']}"),
        "a missing patient": prescriber.get(f"/patients/{MISSING}"),
        "a form without its token": prescriber.post(f"/patients/{patient}/edit", data={"family_name": "X"}),
        "a form with keys of nobody": prescriber.send(f"/patients/{patient}/edit", {"clinic_id": "2"}),
        "a form with a repeated key": prescriber.send(f"/patients/{patient}/edit", {"family_name": ["A", "B"]}),
        "an act in the wrong state": prescriber.send(f"/visits/{ids['visit_id']}/discard", {"edit_version": "1"}),
        "a method that an address does not take": prescriber.put(f"/patients/{patient}"),
        "emergency access of somebody not named": auditor.get("/emergency"),
        "an unsafe form of a role without the permission": auditor.send("/patients/new", {"family_name": "X"}),
    }


def test_every_refusal_is_one_entry(
    app: Flask, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, ids: dict[str, str]
) -> None:
    """A-03, S-79: denied roles and objects, a missing token, bypassed validation, a wrong state."""
    assert unaudited_refusals(work, refused_tries(app, clinic, other_clinic, ids)) == []


def test_a_refusal_that_leaves_no_entry_is_named(
    app: Flask, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, ids: dict[str, str]
) -> None:
    """The tooth of A-03: without what notes them, the check names the tries that no use case saw."""
    kept = app.after_request_funcs[None]
    app.after_request_funcs[None] = [one for one in kept if one.__module__ != "clinic.web.refusals"]
    leaks = unaudited_refusals(work, refused_tries(app, clinic, other_clinic, ids))
    assert "another clinic's patient: 404, 0 entries" in leaks
    assert "a form with keys of nobody: 422, 0 entries" in leaks


def test_a_refusal_notes_ids_and_never_what_was_typed(
    app: Flask, work: Work, clinic: ClinicWorld, ids: dict[str, str]
) -> None:
    client = client_for(app, clinic.prescriber)
    answers = [client.get(f"/patients/{MISSING}"), client.get("/patients/Margaret%20Keane,%20born%201979")]
    [asked], [typed] = (entries(work, one.headers["X-Request-Id"]) for one in answers)
    assert json.loads(asked.values)["new"] == {"asked": {"patient_id": MISSING}}
    assert FAMILY_NAME not in typed.values


def test_who_tried_to_open_a_record_stands_with_its_entries(
    app: Flask, work: Work, clinic: ClinicWorld, ids: dict[str, str]
) -> None:
    """A-01, A-03: a refusal for the role names the record that was asked for, and the audit of that record shows it."""
    auditor = client_for(app, clinic.people[Role.AUDITOR])
    refused = auditor.get(f"/patients/{ids['patient_id']}")
    [entry] = entries(work, refused.headers["X-Request-Id"])
    assert json.loads(entry.values)["new"] == {"asked": {"patient_id": ids["patient_id"]}}
    assert "The role auditor may not do this" in auditor.get(f"/audit?patient={ids['patient_id']}").text


def test_nobody_unknown_fills_the_trail(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    """A stranger's wrong addresses stand in the log alone."""
    answer = app.test_client().get(f"/patients/{MISSING}")
    assert entries(work, answer.headers["X-Request-Id"]) == []


def incomplete_entries(work: Work, clinic: ClinicWorld) -> list[str]:
    """Every entry that lacks a field of A-01; what was asked from no session or by no request may lack those two."""
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        rows = list(uow.session.scalars(select(AuditEvent).where(AuditEvent.chain == clinic.id)))
    found = []
    for row in rows:
        needed = {"user": row.user_id, "name": row.username, "role": row.role, "action": row.action}
        needed |= {"subject": row.subject, "outcome": row.outcome}
        if row.request_id:
            needed["address"] = row.address
            # A session begins with the entry that names it; until then there is none to name.
            if row.action not in {"session.opened", "session.refused"}:
                needed["session"] = row.session_id
        found += [f"{row.sequence} {row.action}: no {name}" for name, value in needed.items() if not value]
        if row.at.tzinfo is None or row.at.utcoffset():
            found.append(f"{row.sequence}: not UTC")
    return found


def scripted_day(app: Flask, clinic: ClinicWorld, ids: dict[str, str]) -> None:
    """Looks, changes, refusals, a print, and signing out, by three people."""
    prescriber, assistant = client_for(app, clinic.prescriber), client_for(app, clinic.people[Role.ASSISTANT])
    prescriber.get(f"/patients/{ids['patient_id']}")
    prescriber.get(f"/visits/{ids['visit_id']}/summary.pdf")
    prescriber.send("/patients/search", {"q": FAMILY_NAME})
    prescriber.send(f"/patients/{ids['patient_id']}/edit", {"clinic_id": "2"})
    assistant.get("/audit")
    auditor = client_for(app, clinic.people[Role.AUDITOR])
    auditor.get("/audit")
    auditor.send("/sign-out")


def test_the_fields_of_a_scripted_day_are_complete(
    app: Flask, work: Work, clinic: ClinicWorld, ids: dict[str, str]
) -> None:
    """A-01: time in UTC, person, role, session, address, action, subject, outcome in every entry of every request."""
    scripted_day(app, clinic, ids)
    assert incomplete_entries(work, clinic) == []
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        seen = set(uow.session.scalars(select(AuditEvent.action).where(AuditEvent.request_id != "")))
    assert {"patient.viewed", "list.viewed", "request.refused", "audit.viewed", "session.closed"} <= seen


def test_an_entry_without_its_session_is_named(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    """The tooth of A-01."""
    from clinic.domain.events import Action, Event

    work.append(clinic.prescriber, [Event(Action.PATIENT_VIEWED, "patient")], Circumstances("r1", "10.0.0.1"))
    assert [one.partition(" ")[2] for one in incomplete_entries(work, clinic)] == ["patient.viewed: no session"]


def test_a_session_is_named_with_its_device(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    """A-01: the browser's words stand once, in the entry that opened the session, under the session's name."""
    with work.writing(clinic.prescriber, Circumstances("r2", "10.0.0.1")) as uow:
        accounts.sign_in(uow, "0" * 64, address="10.0.0.1", agent="Browser/1.0")
    [opened] = entries(work, "r2")
    new = json.loads(opened.values)["new"]
    assert new["device"] == "Browser/1.0"
    assert len(new["session"]) == 26
