"""Emergency access: who may, for how long, for what, and how it is reviewed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.domain.actors import ROLES, STATES, Actor, Permission, Role, permits
from clinic.domain.emergencies import LASTS, READABLE, allows
from clinic.domain.errors import FreshPasswordNeeded, Invalid, NotFound, NotPermitted
from clinic.domain.visits import FRESH_PASSWORD
from clinic.models import AuditEvent
from clinic.queries import accounts as accounts_query
from clinic.queries import emergencies as query
from clinic.services import accounts, emergencies
from clinic.services.authority import require
from clinic.unit_of_work import Work
from clinic.web.security import token_hash
from tests.conftest import Clock
from tests.factories import ClinicWorld

WHY = "Patient in the hall cannot swallow; nobody clinical is here."


def fresh(work: Work, actor: Actor) -> Actor:
    return replace(actor, password_at=work.clock())


def name(work: Work, clinic: ClinicWorld, role: Role, *, may: bool = True) -> None:
    with work.writing(fresh(work, clinic.people[Role.ADMINISTRATOR])) as uow:
        emergencies.name_person(uow, clinic.people[role].user_id, may=may)


@pytest.fixture
def auditor(work: Work, clinic: ClinicWorld) -> Callable[[], Actor]:
    """The auditor, named for emergencies and signed in; each call gives the actor of a request made now."""
    name(work, clinic, Role.AUDITOR)
    with work.writing(clinic.people[Role.AUDITOR]) as uow:
        accounts.sign_in(uow, token_hash("token"), address="10.0.0.9", agent="A browser")
    return lambda: present(work, "token")


def present(work: Work, token: str) -> Actor:
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        found = accounts_query.presence(uow, token_hash(token), idle=timedelta(days=9), absolute=timedelta(days=9))
    assert found is not None
    return found.actor


def begin(work: Work, actor: Actor, reason: str = WHY) -> str:
    with work.writing(fresh(work, actor)) as uow:
        return emergencies.begin(uow, reason)


def test_it_opens_records_for_reading_and_nothing_else(work: Work, auditor: Callable[[], Actor]) -> None:
    """S-40, O-06: what it opens is a list of reading permissions; every other answer stays that of the role."""
    begin(work, auditor())
    actor, now = auditor(), work.clock()
    gained = {
        permission
        for permission in Permission
        for state in STATES[permission]
        if allows(actor, permission, state, now) and not permits(actor.role, permission, state)
    }
    assert gained == READABLE
    assert all(permission.value.endswith(".read") for permission in gained)


def test_what_reading_opens_lets_nobody_write(work: Work, auditor: Callable[[], Actor]) -> None:
    """S-40: some acts ask for no more than reading, such as saving a pattern of one's own; here they are refused."""
    begin(work, auditor())
    for permission in READABLE:
        with work.reading(auditor()) as uow:
            require(uow, permission, min(STATES[permission]))
        with pytest.raises(NotPermitted, match="more than reading"), work.writing(auditor()) as uow:
            require(uow, permission, min(STATES[permission]))


@pytest.mark.parametrize(
    ("after", "opens"),
    [(LASTS - timedelta(seconds=1), True), (LASTS, False), (LASTS + timedelta(seconds=1), False)],
)
def test_it_ends_at_the_minute(
    work: Work, clock: Clock, auditor: Callable[[], Actor], after: timedelta, opens: bool
) -> None:
    """S-40: an hour at most; tested below, at and above, for the session's loader and for what was loaded before."""
    begin(work, auditor())
    loaded = auditor()
    clock.now += after
    assert (auditor().emergency_until is not None) is opens
    for actor in (loaded, auditor()):
        assert allows(actor, Permission.PATIENT_READ, *_none(), work.clock()) is opens


def _none() -> tuple:
    from clinic.domain.actors import RecordState

    return (RecordState.NONE,)


def test_a_clock_set_back_does_not_make_it_longer(work: Work, clock: Clock, auditor: Callable[[], Actor]) -> None:
    """D-26: no access lives longer because the clock jumped; its session is of before the jump and goes on."""
    clock.move(days=1)
    begin(work, auditor())
    assert auditor().emergency_until is not None
    clock.move(days=-1)
    assert auditor().emergency_until is None


def test_it_is_never_made_longer(work: Work, clock: Clock, auditor: Callable[[], Actor]) -> None:
    begin(work, auditor())
    clock.move(minutes=50)
    with pytest.raises(Invalid, match="not made longer"):
        begin(work, auditor())
    clock.move(minutes=10)
    begin(work, auditor())
    assert auditor().emergency_until == work.clock() + LASTS


def test_it_needs_a_reason_and_a_fresh_password(work: Work, clock: Clock, auditor: Callable[[], Actor]) -> None:
    with pytest.raises(Invalid):
        begin(work, auditor(), "123456789")
    with pytest.raises(Invalid):
        begin(work, auditor(), "a" + " " * 20 + "b")
    clock.move(seconds=FRESH_PASSWORD.total_seconds() + 1)
    with pytest.raises(FreshPasswordNeeded), work.writing(auditor()) as uow:
        emergencies.begin(uow, WHY)
    assert begin(work, auditor(), "1234567890")


def test_who_is_not_named_is_refused(work: Work, clinic: ClinicWorld) -> None:
    """O-06: an identified set of people; everybody else is refused."""
    for role in (Role.ADMINISTRATOR, Role.AUDITOR):
        with pytest.raises(NotPermitted):
            begin(work, clinic.people[role])


def test_who_reads_records_anyway_is_told(work: Work, clinic: ClinicWorld) -> None:
    name(work, clinic, Role.THERAPIST)
    with pytest.raises(Invalid, match="by your role"):
        begin(work, clinic.people[Role.THERAPIST])


def test_taking_the_name_back_ends_it_at_once(work: Work, clinic: ClinicWorld, auditor: Callable[[], Actor]) -> None:
    begin(work, auditor())
    name(work, clinic, Role.AUDITOR, may=False)
    assert auditor().emergency_until is None


def test_naming_is_an_administrators_and_needs_the_password(work: Work, clinic: ClinicWorld) -> None:
    whom = clinic.people[Role.AUDITOR].user_id
    with pytest.raises(NotPermitted), work.writing(fresh(work, clinic.prescriber)) as uow:
        emergencies.name_person(uow, whom, may=True)
    with pytest.raises(FreshPasswordNeeded), work.writing(clinic.people[Role.ADMINISTRATOR]) as uow:
        emergencies.name_person(uow, whom, may=True)
    with pytest.raises(NotFound), work.writing(fresh(work, clinic.people[Role.ADMINISTRATOR])) as uow:
        emergencies.name_person(uow, "0" * 26, may=True)


def test_nobody_names_themselves(work: Work, clinic: ClinicWorld) -> None:
    """O-06: granted in advance by somebody else; taking one's own name off the list is always possible."""
    with pytest.raises(Invalid, match="themselves"):
        name(work, clinic, Role.ADMINISTRATOR)
    name(work, clinic, Role.ADMINISTRATOR, may=False)


def test_it_belongs_to_one_session_and_ends_with_it(
    work: Work, clinic: ClinicWorld, auditor: Callable[[], Actor]
) -> None:
    with work.writing(clinic.people[Role.AUDITOR]) as uow:
        accounts.sign_in(uow, token_hash("elsewhere"), address="10.0.0.8", agent="Another browser")
    begin(work, auditor())
    assert auditor().emergency_until is not None
    assert present(work, "elsewhere").emergency_until is None
    with work.writing(auditor()) as uow:
        accounts.sign_out(uow)
    with work.reading(clinic.people[Role.ADMINISTRATOR]) as uow:
        [row] = query.accesses(uow)
        actions = uow.session.scalars(select(AuditEvent.action).order_by(AuditEvent.sequence)).all()
    assert not row.holds
    assert row.ended_at == work.clock()
    assert actions[-2:] == ["emergency.ended", "session.closed"]


def test_a_review_is_by_somebody_else_after_the_end_and_once(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, clock: Clock, auditor: Callable[[], Actor]
) -> None:
    access_id = begin(work, auditor())
    administrator = clinic.people[Role.ADMINISTRATOR]

    def review(actor: Actor, note: str = "Looked at the swallowing note only.") -> None:
        with work.writing(actor) as uow:
            emergencies.review(uow, access_id, note)

    with pytest.raises(Invalid, match="still holds"):
        review(administrator)
    clock.move(hours=1)
    with pytest.raises(NotPermitted, match="their own"):
        review(auditor())
    with pytest.raises(NotPermitted):
        review(clinic.prescriber)
    with pytest.raises(NotFound):
        review(other_clinic.people[Role.ADMINISTRATOR])
    with pytest.raises(Invalid):
        review(administrator, "fine")
    with work.reading(administrator) as uow:
        assert query.to_review(uow) == 1
    review(administrator)
    with pytest.raises(Invalid, match="already"):
        review(administrator)
    with work.reading(administrator) as uow:
        assert query.to_review(uow) == 0
        assert query.accesses(uow)[0].reviewed_by == administrator.name


def test_no_role_that_reads_records_holds_less_than_before() -> None:
    """The access adds to roles; it never takes from one."""
    assert all(ROLES[permission] for permission in READABLE)
