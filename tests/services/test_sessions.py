"""Sessions on both databases: how many, new tokens, tries, ends, and what the audit trail says of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.actors import Actor, Role
from clinic.domain.errors import NotFound, NotPermitted
from clinic.domain.events import Action
from clinic.models import AuditEvent, ServerSession
from clinic.queries import accounts as account_query
from clinic.services import accounts, sessions
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld

LIMITS = {"idle": timedelta(minutes=15), "absolute": timedelta(hours=12)}


def opened(work: Work, person: Actor, token: str) -> Actor:
    """The person in a new session."""
    with work.writing(person) as uow:
        accounts.sign_in(uow, token, address="", agent="")
    found = present(work, token)
    assert found is not None
    return found


def present(work: Work, token: str) -> Actor | None:
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        found = account_query.presence(uow, token, **LIMITS)
    return None if found is None or found.locked else found.actor


def ended(work: Work) -> list[str]:
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        rows = uow.session.scalars(select(AuditEvent.reason).where(AuditEvent.action == Action.SESSION_ENDED.value))
        return list(rows)


def test_one_session_too_many_ends_the_oldest(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """S-25."""
    for number in range(sessions.MAXIMUM):
        opened(work, clinic.prescriber, f"token{number}")
        clock.move(seconds=1)
    assert present(work, "token0")
    opened(work, clinic.prescriber, "one more")
    assert present(work, "token0") is None
    assert present(work, "token1")
    assert len(ended(work)) == 1


def test_a_new_token_takes_the_place_of_the_old_one(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """S-16: the old one answers 20 seconds, without a fresh password."""
    actor = opened(work, clinic.prescriber, "old")
    with work.writing(actor) as uow:
        sessions.confirm(uow, "new", by="password")
    clock.move(seconds=19.9)
    late, now = present(work, "old"), present(work, "new")
    assert late is not None
    assert now is not None
    assert (late.password_at, late.session_ref) == (None, now.session_ref)
    assert now.password_at is not None
    clock.move(seconds=0.1)
    assert present(work, "old") is None


def test_a_password_sent_twice_at_once_is_taken_twice(work: Work, clinic: ClinicWorld) -> None:
    """S-16: two requests that began under one token, as after a double click: the session goes on, and can be ended."""
    actor = opened(work, clinic.prescriber, "first")
    for token in ("second", "third"):
        with work.writing(actor) as uow:
            sessions.confirm(uow, token, by="password")
    assert present(work, "third")
    with work.writing(actor) as uow:
        accounts.set_password(uow, actor.user_id, "!", must_change=False, keep_session=actor.session_ref)
    assert present(work, "third"), "a new password keeps one's own session"
    with work.housekeeping() as database:
        assert sessions.claim_try(database, actor.session_ref)
        sessions.lock(database, actor.session_ref, work.clock())
    assert present(work, "third") is None
    with work.writing(actor) as uow:
        accounts.sign_out(uow)
    with work.writing(actor) as uow:
        sessions.confirm(uow, "fourth", by="password")
    assert present(work, "fourth") is None, "signed out by a request that began before"


def test_tries_are_counted_before_they_are_looked_at(work: Work, clinic: ClinicWorld) -> None:
    actor = opened(work, clinic.prescriber, "token")

    def claimed() -> bool:
        with work.housekeeping() as database:
            return sessions.claim_try(database, actor.session_ref)

    assert [claimed() for _ in range(sessions.ATTEMPTS)] == [True] * sessions.ATTEMPTS
    assert claimed() is False
    with work.housekeeping() as database:
        sessions.give_back_try(database, actor.session_ref)
    assert claimed() is True
    with work.writing(actor) as uow:
        assert sessions.end_after_tries(uow)
    assert present(work, "token") is None


def test_a_locked_session_is_gone_on_with(work: Work, clinic: ClinicWorld) -> None:
    actor = opened(work, clinic.prescriber, "token")
    with work.housekeeping() as database:
        sessions.lock(database, actor.session_ref, work.clock())
    assert present(work, "token") is None
    with work.writing(actor) as uow:
        sessions.resume(uow, "new", by="password")
    assert present(work, "new")


def test_who_may_end_whose(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld) -> None:
    """S-21."""
    administrator = opened(work, clinic.people[Role.ADMINISTRATOR], "administrator")
    theirs = opened(work, clinic.prescriber, "theirs")
    foreign = opened(work, other_clinic.prescriber, "foreign")
    with pytest.raises(NotPermitted), work.writing(theirs) as uow:
        sessions.end_of_everybody(uow)
    with pytest.raises(NotFound), work.writing(theirs) as uow:
        sessions.end_own(uow, administrator.session_ref)
    with pytest.raises(NotFound), work.writing(administrator) as uow:
        sessions.end_of_person(uow, foreign.user_id)
    with pytest.raises(NotFound), work.writing(administrator) as uow:
        sessions.end_of_person(uow, theirs.user_id, foreign.session_ref)
    with work.writing(administrator) as uow:
        assert sessions.end_of_everybody(uow) == 1
    assert [present(work, one) is not None for one in ("administrator", "theirs", "foreign")] == [True, False, True]
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        assert uow.session.scalar(select(ServerSession.revoked_at).where(ServerSession.id == theirs.session_ref))
