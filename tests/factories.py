"""Test data through the real use cases: ``make_x(…, **overrides)``."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from clinic.domain.actors import Actor, Role
from clinic.domain.anatomy import Side
from clinic.domain.patients import Cause, DatePrecision, Sex
from clinic.domain.sign_in import SecondFactorRule
from clinic.queries import accounts as accounts_query
from clinic.services import accounts, clinics, conditions, patients
from clinic.services.conditions import ConditionValues
from clinic.services.patients import PatientValues
from clinic.unit_of_work import Work
from clinic.web.security import new_token, token_hash
from tests import stages

PASSWORD = "correct horse battery staple"


@cache
def password_hash() -> str:
    """One hash for all synthetic people, as cheap as argon2id can be: hashing and checking are slow on purpose."""
    return PasswordHasher.from_parameters(CHEAPEST).hash(PASSWORD)


@dataclass(frozen=True)
class ClinicWorld:
    """A clinic and its people by role; the injector signs under the prescriber."""

    id: int
    people: dict[Role, Actor]

    @property
    def prescriber(self) -> Actor:
        """Who may do everything clinical."""
        return self.people[Role.PRESCRIBER]


def make_clinic(work: Work, *, prefix: str = "", **overrides: Any) -> ClinicWorld:
    """A clinic with one person of every role, named ``<prefix><role>``."""
    values: dict[str, Any] = {
        "name": "Test clinic",
        "time_zone": "Europe/Berlin",
        "second_factor": SecondFactorRule.NOBODY,
    } | overrides
    with work.writing(accounts.SYSTEM, scoped=False) as uow:
        clinic_id = clinics.create_clinic(uow, **values)
    people: dict[Role, Actor] = {}
    for role in Role:
        prescriber = people[Role.PRESCRIBER].user_id if role is Role.INJECTOR else None
        people[role] = make_person(work, clinic_id, role, username=f"{prefix}{role.value}", prescriber_id=prescriber)
    return ClinicWorld(clinic_id, people)


def make_person(work: Work, clinic_id: int, role: Role, **overrides: Any) -> Actor:
    """A person who can act; the password is ``PASSWORD``."""
    values: dict[str, Any] = {
        "username": f"{role.value}-{secrets.token_hex(3)}",
        "name": f"Ada {role.value.capitalize()}",
        "password_hash": password_hash(),
        "must_change_password": False,
    } | overrides
    with work.writing(accounts.system_actor(clinic_id)) as uow:
        accounts.create_user(uow, role=role, **values)
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        found = accounts_query.credentials(uow, values["username"])
    assert found is not None
    return found.actors[0]


def fresh(work: Work, actor: Actor) -> Actor:
    """The same person, whose password was given just now."""
    return replace(actor, password_at=work.clock())


def make_patient(work: Work, actor: Actor, **overrides: Any) -> str:
    """A synthetic patient, Margaret Keane born 3 Feb 1979 unless overridden; gives the id."""
    values: dict[str, Any] = {
        "family_name": "Keane",
        "given_names": "Margaret",
        "birth_date": date(1979, 2, 3),
        "record_number": secrets.token_hex(4),
        "sex": Sex.FEMALE,
    } | overrides
    synthetic = values.pop("synthetic", True)
    others = values.pop("other_people", ())
    with work.writing(actor) as uow:
        return patients.create_patient(uow, PatientValues(**values), synthetic=synthetic, other_people=others)


def make_condition(work: Work, actor: Actor, patient_id: str, **overrides: Any) -> str:
    """A Bell's palsy on the patient's left since 14 Mar 2024 unless overridden; gives the id."""
    values: dict[str, Any] = {
        "side": Side.LEFT,
        "cause": Cause.BELLS_PALSY,
        "onset_on": date(2024, 3, 14),
        "onset_precision": DatePrecision.DAY,
    } | overrides
    with work.writing(actor) as uow:
        return conditions.add_condition(uow, patient_id, ConditionValues(**values))


class Client(FlaskClient):
    """A browser-like client on https://localhost that sends the CSRF token and an idempotency key with each form."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("base_url", "https://localhost")
        return super().open(*args, **kwargs)

    def signed_in(self, actor: Actor) -> Client:
        """Sign a person in without the slow password check; the session row is real."""
        work: Work = self.application.extensions["clinic_work"]

        def sign_in() -> str:
            token = new_token()
            with work.writing(actor) as uow:
                accounts.sign_in(uow, token_hash(token), address="127.0.0.1", agent="test")
            return token

        token = stages.once(work, ("sign in", actor), sign_in)
        with self.session_transaction(base_url="https://localhost") as session:
            session.update({"_user_id": token, "_fresh": True, "csrf_token": "test-csrf"})
        return self

    def send(
        self, url: str, data: dict[str, Any] | None = None, *, key: str | None = None, **kwargs: Any
    ) -> TestResponse:
        """Post a form with its CSRF token and a fresh (or the given) idempotency key."""
        with self.session_transaction(base_url="https://localhost") as session:
            raw = session.setdefault("csrf_token", "test-csrf")
        signer = URLSafeTimedSerializer(self.application.secret_key or "", salt="wtf-csrf-token")
        body = {"csrf_token": signer.dumps(raw), "idempotency_key": key or secrets.token_hex(8)} | (data or {})
        headers = {"Referer": "https://localhost/"} | kwargs.pop("headers", {})
        return self.post(url, data=body, headers=headers, **kwargs)


def client_for(app: Flask, actor: Actor) -> Client:
    """A client with a person signed in."""
    client = app.test_client()
    assert isinstance(client, Client)
    return client.signed_in(actor)


def windows_of(app: Flask, actor: Actor, many: int) -> list[Client]:
    """Windows of one browser in which a person is signed in: one session, for a person has no more than five."""
    token = client_for(app, actor).get_cookie("__Host-clinic", domain="localhost")
    assert token is not None
    windows = [app.test_client() for _ in range(many)]
    for window in windows:
        window.set_cookie("__Host-clinic", token.value, domain="localhost", secure=True)
    return [window for window in windows if isinstance(window, Client)]
