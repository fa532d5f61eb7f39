"""Two clinics with a record of every kind, and a visit in every state: what the attacks are run against."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from clinic.domain.actors import Actor, Permission, Role
from clinic.domain.anatomy import Side
from clinic.domain.visits import Disposition
from clinic.models import Base, Patient
from clinic.services import accounts, assessments, blocks, patients, signing, visits
from clinic.unit_of_work import Work
from clinic.web.security import declared_permission, new_token, token_hash
from tests import stages
from tests.charting import Charting, open_vial
from tests.every_kind import BLOCK, one_of_every_kind, records_of_a_patient
from tests.factories import Client, ClinicWorld, make_condition, make_patient

MISSING = "0" * 26
NAMES = {
    "second": "Kagulindroth",
    "draft": "Kestivander",
    "timed out": "Kominubi",
    "given": "Krallowex",
    "amended": "Kuprintsa",
    "voided": "Kvoboshad",
    "discarded": "Kylenfarth",
    "retired": "Kzentrup",
}
"""State → the family name of its patient, which stands nowhere else."""
GIVEN = ("Mirabel", "Mortimer", "Myfanwy", "Magnus", "Melisende", "Maximus", "Muriel", "Mathilda")
NOT_RECORDS = frozenset({"static", "pages.face_geometry"})
"""Routes whose argument is no record."""

Ids = dict[str, str]
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
TRAILS = frozenset(
    {"audit_event", "audit_head", "server_session", "idempotency_key", "sign_in_tries", "sign_in_step", "draft_viewer"}
)
"""Tables that a refused request may write: what happened, and nothing of the record."""


@dataclass
class World:
    """What stands: ids by state of the first clinic's visits, and of the other clinic's records."""

    app: Flask
    work: Work
    clinic: ClinicWorld
    other: ClinicWorld
    store: stages.File
    ids: Ids
    """One record of every kind; the visit is signed."""
    states: dict[str, Ids]
    """State → ids of a visit in it, with its patient and children; all else is as in ``ids``."""
    second: Ids
    """Another patient of the first clinic, with children of their own."""
    foreign: Ids
    """One of every kind in the other clinic."""
    tokens: dict[Actor, str]
    stage: bytes = field(repr=False, default=b"")

    @property
    def tokens_of_first(self) -> str:
        """What tells one world from another: a session's token is never given twice."""
        return self.tokens[self.clinic.prescriber]

    def restore(self) -> None:
        """Put every row back to where the world began."""
        self.store.put_back(self.stage)

    def actor(self, role: Role, *, of_other: bool = False) -> Actor:
        """A person of either clinic."""
        return (self.other if of_other else self.clinic).people[role]

    def client(self, actor: Actor) -> Client:
        """A browser with a person signed in; a new one, so that nothing of an earlier request is left in it."""
        client = self.app.test_client()
        assert isinstance(client, Client)
        with client.session_transaction(base_url="https://localhost") as session:
            session.update({"_user_id": self.tokens[actor], "_fresh": True, "csrf_token": "test-csrf"})
        return client

    def address(self, rule: Rule, ids: Ids) -> str:
        """The URL of a rule with ids for its arguments."""
        with self.app.test_request_context(base_url="https://localhost"):
            from flask import url_for

            return url_for(
                rule.endpoint,
                **{
                    name: ids.get(f"{name}:{rule.endpoint.partition('.')[0]}", ids.get(name, MISSING))
                    for name in rule.arguments
                },
            )

    def rules(self) -> list[Rule]:
        """All routes that lead to a view of ours."""
        return [rule for rule in self.app.url_map.iter_rules() if rule.endpoint not in NOT_RECORDS]

    def matched(self, url: str, method: str) -> tuple[str, dict[str, Any]] | None:
        """Endpoint and arguments of an address, or None where there is none."""
        try:
            return self.app.url_map.bind("localhost", url_scheme="https").match(url.partition("?")[0], method)
        except HTTPException:
            return None

    def needed(self, rule: Rule) -> Permission:
        """The permission that a route declares."""
        found = declared_permission(self.app, rule.endpoint)
        assert found is not None, rule.rule
        return found

    def rows(self) -> dict[str, str]:
        """A hash over the rows of every table but the trails."""
        found = {}
        for table in Base.metadata.tables.keys() - TRAILS:
            rows = sorted(map(repr, self.store.connection.execute(f'SELECT * FROM "{table}"')))
            found[table] = hashlib.sha256(repr(rows).encode()).hexdigest()
        return found

    def changed(self, before: dict[str, str]) -> list[str]:
        """The tables whose rows are others now."""
        now = self.rows()
        return sorted(table for table in before if now[table] != before[table])


def send(client: Client, method: str, url: str, body: dict[str, Any] | None = None, **more: Any) -> TestResponse:
    """One request as a browser of the same site sends it; an unsafe one with its tokens."""
    if method not in UNSAFE:
        return client.open(url, method=method, **more)
    signer = URLSafeTimedSerializer(client.application.secret_key or "", salt="wtf-csrf-token")
    tokens = {"csrf_token": signer.dumps("test-csrf"), "idempotency_key": secrets.token_hex(8)}
    headers = {"Referer": "https://localhost/"} | more.pop("headers", {})
    return client.open(url, method=method, data=tokens | (body or {}), headers=headers, **more)


def make_world(app: Flask, work: Work, clinic: ClinicWorld, other: ClinicWorld, clock: Any) -> World:
    """Make it, or put it back where it was made before."""
    made = stages.once(work, ("the attacked world", clinic.id), lambda: _made(work, clinic, other, clock))
    ids, states, second, foreign, tokens = made
    store = stages.File(Path(str(work.engine.url.database)))
    world = World(app, work, clinic, other, store, dict(ids), states, second, foreign, tokens)
    world.stage = store.keep()
    app.config["TESTING"] = False  # A fault must answer as it does in the clinic.
    return world


def _made(work: Work, clinic: ClinicWorld, other: ClinicWorld, clock: Any) -> tuple[Any, ...]:
    foreign = one_of_every_kind(work, other, clock)
    ids = one_of_every_kind(work, clinic, clock)
    states = _states(work, clinic, clock)
    second = {**ids, **records_of_a_patient(_begun(work, clinic, clock, NAMES["second"]))}
    states = {"signed": ids} | {name: {**ids, **found} for name, found in states.items()}
    states["following"] = {**ids, **_following(work, clinic, clock, ids)}
    people = (*clinic.people.values(), *other.people.values())
    return ids, states, second, foreign, {actor: _signed_in(work, actor) for actor in people}


def _signed_in(work: Work, actor: Actor) -> str:
    token = new_token()
    with work.writing(actor) as uow:
        accounts.sign_in(uow, token_hash(token), address="127.0.0.1", agent="test")
    return token


def _ids(charting: Charting) -> Ids:
    record = charting.record()
    found = {"patient_id": charting.patient_id, "visit_id": charting.visit_id, "source_id": charting.visit_id}
    found |= {"vial_id": charting.vial_id, "session_id": charting.visit_id}
    if record.sites:
        found["site_id"] = record.sites[0].id
    if record.syringes:
        found["syringe_id"] = record.syringes[0].id
    return found


def _begun(work: Work, clinic: ClinicWorld, clock: Any, name: str) -> Charting:
    """A draft of a patient of its own name, drawn from a vial of its own."""
    place = list(NAMES.values()).index(name)
    born, given = date(1979, 3, 1) + timedelta(days=37 * place), GIVEN[place]
    with work.reading(clinic.prescriber) as uow:
        others = tuple(uow.session.scalars(select(Patient.id)))
    patient_id = make_patient(
        work, clinic.prescriber, family_name=name, given_names=given, birth_date=born, other_people=others
    )
    make_condition(work, clinic.prescriber, patient_id)
    charting = Charting(
        work, clinic, clock, patient_id, open_vial(work, clinic, label=f"V-1{place}", lot=f"L-1{place}")
    )
    charting.start()
    return charting


def _following(work: Work, clinic: ClinicWorld, clock: Any, ids: Ids) -> Ids:
    """A draft of the first patient, 90 days after the signed visit, with an assessment of its own."""
    clock.move(days=90)
    charting = Charting(work, clinic, clock, ids["patient_id"], ids["vial_id"])
    charting.start()
    with charting.writing() as uow:
        assessment_id = assessments.save_assessment(
            uow, charting.visit_id, "house_brackmann", {"grade": 2}, version="1985", side=Side.LEFT
        )
    with charting.writing() as uow:
        block_id = blocks.record_block(uow, charting.visit_id, BLOCK)
    return {
        "visit_id": charting.visit_id,
        "syringe_id": charting.syringe_id,
        "assessment_id": assessment_id,
        "block_id": block_id,
    }


def _states(work: Work, clinic: ClinicWorld, clock: Any) -> dict[str, Ids]:
    """A visit in every state, each of a patient of its own."""
    return {state: _ids(lead(_begun(work, clinic, clock, NAMES[state]))) for state, lead in LEADS.items()}


def _charted(charting: Charting) -> Charting:
    charting.ready_for_time_out()
    return charting


def _timed_out(charting: Charting) -> Charting:
    _charted(charting).take_time_out()
    return charting


def _given(charting: Charting) -> Charting:
    charting.settled()
    charting.answer_adverse_event()
    return charting


def _signed(charting: Charting) -> Charting:
    charting.signed()
    return charting


def _amended(charting: Charting) -> Charting:
    first = _signed(charting).visit_id
    with charting.writing() as uow:
        charting.visit_id = signing.amend(uow, first, "The dose of site 1 was mistyped")
    charting.sign()
    charting.visit_id = first
    return charting


def _voided(charting: Charting) -> Charting:
    visit_id = _signed(charting).visit_id
    with charting.fresh_writing() as uow:
        signing.void(uow, visit_id, "Charted in the wrong record", Disposition.GIVEN)
    return charting


def _discarded(charting: Charting) -> Charting:
    version = _charted(charting).version()
    with charting.writing() as uow:
        visits.discard(uow, charting.visit_id, version, "Started by mistake")
    return charting


def _retired(charting: Charting) -> Charting:
    _signed(charting)
    with charting.fresh_writing() as uow:
        patients.retire_patient(uow, charting.patient_id, 1, "Entered twice by mistake")
    return charting


LEADS: Mapping[str, Callable[[Charting], Charting]] = {
    "draft": _charted,
    "timed out": _timed_out,
    "given": _given,
    "amended": _amended,
    "voided": _voided,
    "discarded": _discarded,
    "retired": _retired,
}
"""State → how a visit gets into it; *signed* is the one of every kind."""
