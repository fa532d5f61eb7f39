"""D-26, D-25: the clock jumps, on and back; no session lives longer, nobody is shut out, nothing that was stamped moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from clinic.domain import clocks
from clinic.domain.actors import Role
from clinic.domain.errors import FreshPasswordNeeded
from clinic.domain.events import Action, Event
from clinic.domain.sign_in import TRIES, CodeKind, TryKind
from clinic.models import AuditEvent, InjectionSite, ServerSession, TimeOut, Vial
from clinic.queries import accounts as query
from clinic.services import accounts, one_time_codes, second_factors, sign_in_limits
from clinic.services.accounts import SYSTEM
from clinic.services.authority import require_fresh
from clinic.services.sessions import MAXIMUM
from clinic.unit_of_work import Work
from clinic.web.security import new_token, token_hash
from tests.charting import Charting
from tests.conftest import Clock
from tests.factories import ClinicWorld, make_person

IDLE, ABSOLUTE = timedelta(minutes=15), timedelta(hours=12)
YEAR = 365
JUMPS = st.lists(
    st.sampled_from([timedelta(days=days) for days in (-YEAR, -1, 1, YEAR)] + [timedelta(hours=-1), timedelta(hours=1)]),
    min_size=1, max_size=6,
)  # fmt: skip


def opened(work: Work, clinic: ClinicWorld) -> str:
    """Sign the prescriber in; gives the token's hash."""
    hashed = token_hash(new_token())
    with work.writing(clinic.prescriber) as uow:
        accounts.sign_in(uow, hashed, address="127.0.0.1", agent="test")
    return hashed


def standing(work: Work, hashed: str) -> query.Presence | None:
    """Who a token stands for now."""
    with work.reading(SYSTEM, scoped=False) as uow:
        return query.presence(uow, hashed, idle=IDLE, absolute=ABSOLUTE)


def lives(found: query.Presence | None) -> bool:
    """Whether it opens pages without a password."""
    return found is not None and not found.locked


@pytest.mark.parametrize("back", [timedelta(minutes=3), timedelta(days=1), timedelta(days=YEAR)])
def test_no_session_lives_longer_after_the_clock_was_put_back(
    back: timedelta, work: Work, clinic: ClinicWorld, clock: Clock
) -> None:
    hashed = opened(work, clinic)
    assert lives(standing(work, hashed))
    clock.now -= back
    assert standing(work, hashed) is None


def test_servers_whose_clocks_differ_a_little_share_a_session(work: Work, clinic: ClinicWorld, clock: Clock) -> None:
    hashed = opened(work, clinic)
    clock.now -= clocks.TOLERANCE
    assert lives(standing(work, hashed))


def test_a_session_used_under_a_wrong_clock_is_locked(work: Work, clinic: ClinicWorld, clock: Clock) -> None:
    """Otherwise it would not idle out for a year; the password opens it again."""
    hashed = opened(work, clinic)
    with work.housekeeping() as database:
        ahead = clock.now + timedelta(days=YEAR)
        database.execute(update(ServerSession).where(ServerSession.token_hash == hashed).values(seen_at=ahead))
    found = standing(work, hashed)
    assert found is not None
    assert found.locked


def test_the_token_before_the_newest_ends(work: Work, clinic: ClinicWorld, clock: Clock) -> None:
    hashed = opened(work, clinic)
    with work.housekeeping() as database:
        mine = update(ServerSession).where(ServerSession.token_hash == hashed)
        ahead = clock.now + timedelta(days=YEAR)
        database.execute(mine.values(previous_hash=hashed, token_hash="n" * 64, rotated_at=ahead))
    assert standing(work, hashed) is None


@pytest.mark.parametrize(
    ("given_at", "fresh"),
    [(-timedelta(minutes=6), False), (timedelta(0), True), (clocks.TOLERANCE, True), (timedelta(minutes=3), False)],
)
def test_a_password_from_the_future_is_not_fresh(
    given_at: timedelta, fresh: bool, clinic: ClinicWorld, clock: Clock
) -> None:
    actor = replace(clinic.prescriber, password_at=clock.now + given_at)
    if fresh:
        require_fresh(actor, clock.now)
    else:
        with pytest.raises(FreshPasswordNeeded):
            require_fresh(actor, clock.now)


def test_nobody_is_shut_out_by_sessions_from_the_future(work: Work, clinic: ClinicWorld, clock: Clock) -> None:
    """As many sessions as a person may have were opened a year ahead; the next one must not be the oldest of them."""
    clock.move(days=YEAR)
    for _ in range(MAXIMUM):
        opened(work, clinic)
    clock.move(days=-YEAR)
    assert lives(standing(work, opened(work, clinic)))


def test_nobody_is_shut_out_of_the_second_factor(work: Work, clinic: ClinicWorld, clock: Clock) -> None:
    """An authenticator used a year ahead takes the codes of now; each of them once."""
    import pyotp

    actor, seed = replace(clinic.prescriber, password_at=clock.now), second_factors.new_seed()
    step = int(clock.now.timestamp()) // second_factors.STEP_SECONDS
    token = opened(work, clinic)
    found = standing(work, token)
    assert found is not None
    sealed = second_factors.sealed_seed(work.key, actor.user_id, seed)
    with work.writing(found.actor) as uow:
        second_factors.add_authenticator(uow, sealed, pyotp.HOTP(seed).at(step), ())
    ahead = step + YEAR * 24 * 120
    with work.housekeeping() as database:
        assert second_factors.claim_step(database, actor.user_id, (ahead,))
        assert second_factors.claim_step(database, actor.user_id, (step + 1,))
        assert not second_factors.claim_step(database, actor.user_id, (step + 1,))
        assert not second_factors.claim_step(database, actor.user_id, (step,))


def test_nobody_is_shut_out_by_tries_under_a_wrong_clock(work: Work, clock: Clock) -> None:
    clock.move(days=YEAR)
    for _ in range(TRIES[TryKind.ACCOUNT] + 3):
        with work.housekeeping() as database:
            last = sign_in_limits.claim(database, work.key, TryKind.ACCOUNT, "ada", clock.now)
    assert not last.allowed
    clock.move(days=-YEAR)
    with work.housekeeping() as database:
        assert sign_in_limits.claim(database, work.key, TryKind.ACCOUNT, "ada", clock.now).allowed


def test_a_code_from_the_future_is_not_used_and_a_new_one_can_be_made(
    work: Work, clinic: ClinicWorld, clock: Clock
) -> None:
    administrator = clinic.people[Role.ADMINISTRATOR]
    somebody = make_person(work, clinic.id, Role.ASSISTANT)

    def issued(code: str) -> bool:
        with work.writing(replace(administrator, password_at=clock.now)) as uow:
            one_time_codes.issue(uow, somebody.user_id, CodeKind.NEW_PASSWORD, code)
        return usable(code)

    def usable(code: str) -> bool:
        with work.reading(SYSTEM, scoped=False) as uow:
            return one_time_codes.usable(uow, somebody.username, code) is not None

    clock.move(days=YEAR)
    assert issued("ahead of time")
    clock.move(days=-YEAR)
    assert not usable("ahead of time")
    assert issued("of now")


@pytest.fixture
def given_sites(work: Work, clinic: ClinicWorld, clock: Clock) -> Charting:
    """A session with its time-out taken and its sites given."""
    charting = Charting.begun(work, clinic, clock)
    charting.given()
    with work.housekeeping() as database:
        database.execute(update(Vial).values(use_by=clock.now + timedelta(hours=24)))
    return charting


def stamped(charting: Charting) -> dict[str, Any]:
    """Everything that a jump must not move, and the order of what happened."""
    with charting.reading() as uow:
        rows = uow.session
        vials = select(Vial.id, Vial.opened_at, Vial.use_by).order_by(Vial.id)
        sites = select(InjectionSite.number, InjectionSite.given_at).order_by(InjectionSite.number)
        chain = select(AuditEvent.sequence, AuditEvent.action).order_by(AuditEvent.sequence)
        return {
            "vials": rows.execute(vials).all(),
            "time-out": rows.execute(select(TimeOut.visit_id, TimeOut.at)).all(),
            "given": rows.execute(sites).all(),
            "order": [row for row in rows.execute(chain).all() if row.action != Action.CLOCK_MOVED.value],
        }


def moved(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What is not as it was; the trail may only have grown."""
    found = [name for name in ("vials", "time-out", "given") if before[name] != after[name]]
    kept = after["order"][: len(before["order"])] == before["order"]
    return found if kept else [*found, "order"]


def test_a_jump_moves_nothing_that_was_stamped(given_sites: Charting, clock: Clock, work: Work) -> None:
    """Use-by, the interval between time-out and given, and the order stay, whatever the clock does meanwhile."""
    began, before = clock.now, stamped(given_sites)

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(JUMPS)
    def jumping(jumps: list[timedelta]) -> None:
        clock.now = began
        for jump in jumps:
            clock.now += jump
            with work.reading(given_sites.clinic.prescriber) as uow:
                uow.record(Event(Action.LIST_VIEWED, "patients"))
            findings = given_sites.findings()
            assert findings is not None
        assert moved(before, stamped(given_sites)) == []

    jumping()


def test_a_stamp_that_moved_would_be_named(given_sites: Charting) -> None:
    """The tooth."""
    before = stamped(given_sites)
    assert moved(before, before | {"vials": [], "order": before["order"][1:]}) == ["vials", "order"]


def test_the_two_half_past_ones_of_autumn_are_an_hour_apart(work: Work, clinic: ClinicWorld, clock: Clock) -> None:
    """D-25: a session opened at the first 01:30 is idle at the second; the clinic's zone has no part in it."""
    zone = ZoneInfo("America/New_York")
    first, second = (datetime(2026, 11, 1, 1, 30, tzinfo=zone, fold=fold) for fold in (0, 1))
    assert first.replace(tzinfo=None) == second.replace(tzinfo=None)
    clock.now = first.astimezone(UTC)
    hashed = opened(work, clinic)
    clock.now = second.astimezone(UTC)
    found = standing(work, hashed)
    assert found is not None
    assert found.locked
