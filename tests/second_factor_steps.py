"""Steps with second factors that several tests take: a set-up authenticator, its codes, and a half signed-in browser."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyotp
from flask import Flask
from sqlalchemy import text

from clinic.domain.actors import Actor
from clinic.domain.sign_in import SecondFactorRule
from clinic.models import ServerSession
from clinic.services import accounts, recovery_codes, second_factors, sign_in_steps
from clinic.services.sign_in_steps import Purpose, Step
from clinic.unit_of_work import Work
from clinic.web.security import new_token, token_hash
from tests.factories import PASSWORD, Client, ClinicWorld


def code_at(seed: str, now: datetime, steps: int = 0) -> str:
    """The code that an app shows at a moment, some steps later or earlier."""
    return pyotp.TOTP(seed).at(now, counter_offset=steps)


def with_session(work: Work, actor: Actor) -> Actor:
    """The person in a session of their own with a fresh password, as services see them."""
    token = token_hash(new_token())
    with work.writing(actor) as uow:
        accounts.sign_in(uow, token, address="127.0.0.1", agent="test")
        uow.session.flush()
        ref = uow.session.get_one(ServerSession, token).id
    return replace(actor, session_id=token, session_ref=ref, password_at=work.clock())


def give_authenticator(work: Work, actor: Actor) -> tuple[str, tuple[str, ...]]:
    """Set an authenticator app up for a person; gives its seed and the recovery codes."""
    seed, codes = second_factors.new_seed(), recovery_codes.new_codes()
    sealed = second_factors.sealed_seed(work.key, actor.user_id, seed)
    with work.writing(with_session(work, actor)) as uow:
        second_factors.add_authenticator(uow, sealed, code_at(seed, uow.now, -1), codes)
    return seed, codes


def browser(app: Flask) -> Client:
    """A browser of nobody."""
    client = app.test_client()
    assert isinstance(client, Client)
    return client


def with_password(app: Flask, actor: Actor, *, target: str = "", **kwargs: Any) -> tuple[Client, Any]:
    """A browser in which the right password was given, and the answer to it."""
    client = browser(app)
    address = "/sign-in" + (f"?next={target}" if target else "")
    return client, client.send(address, {"username": actor.username, "password": PASSWORD}, **kwargs)


def half_signed_in(app: Flask, work: Work, actor: Actor) -> Client:
    """A browser in which the right password was given just now, without the slow check of it."""
    token, client = new_token(), browser(app)
    with work.housekeeping() as database:
        step = Step(actor.user_id, actor.clinic_id, "")
        sign_in_steps.begin(database, token_hash(token), Purpose.SECOND_FACTOR, work.clock(), step)
    with client.session_transaction(base_url="https://localhost") as session:
        session["step"] = token
    return client


def set_rule(work: Work, clinic: ClinicWorld, rule: SecondFactorRule) -> None:
    """The clinic's rule."""
    with work.housekeeping() as database:
        database.execute(
            text("UPDATE clinic SET second_factor = :rule WHERE id = :id"), {"rule": rule, "id": clinic.id}
        )


def shown_seed(page: str) -> str:
    """The seed that a set-up page shows in groups."""
    return "".join(re.findall(r'<span class="nowrap">([A-Z2-7]{4})</span>', page))


def shown_codes(page: str) -> list[str]:
    """The recovery codes of the page that shows them."""
    return re.findall(r'<code class="nowrap">([0-9a-z-]{24})</code>', page)
