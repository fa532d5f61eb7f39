"""What must hold when many ask at the same moment, on both databases, each with a connection of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import NullPool, create_engine, select

from clinic import extensions
from clinic.domain.actors import Actor, Role
from clinic.domain.errors import Invalid, NotPermitted
from clinic.domain.sign_in import TRIES, CodeKind, TryKind
from clinic.models import Membership
from clinic.services import accounts, one_time_codes, sign_in_limits
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld, make_person

HANDS = 16


@pytest.fixture
def hands(work: Work) -> Iterator[Work]:
    """The same database with no pool: every unit of work opens a connection of its own."""
    engine = create_engine(work.engine.url, poolclass=NullPool)
    extensions.prepare(engine)
    yield Work(engine, work.key, work.new_id, work.clock)
    engine.dispose()


def at_once(run: Callable[[int], str], hands: int = HANDS) -> Counter[str]:
    """Let every hand act at the same moment; count what they came back with."""
    ready = Barrier(hands)

    def one(number: int) -> str:
        ready.wait()
        return run(number)

    with ThreadPoolExecutor(hands) as pool:
        return Counter(pool.map(one, range(hands)))


def test_guesses_sent_at_once_are_no_more_than_those_in_a_row(hands: Work) -> None:
    """S-08: sixteen at the same moment, ten looked at."""

    def guess(_number: int) -> str:
        with hands.housekeeping() as database:
            claimed = sign_in_limits.claim(database, hands.key, TryKind.ACCOUNT, "ada", hands.clock())
        return "looked at" if claimed.allowed else "refused"

    limit = TRIES[TryKind.ACCOUNT]
    assert at_once(guess) == {"looked at": limit, "refused": HANDS - limit}


def test_a_code_that_comes_many_times_at_once_is_used_once(work: Work, hands: Work, clinic: ClinicWorld) -> None:
    """S-11: single use, in parallel too."""
    code, owner = one_time_codes.new_code(), clinic.prescriber
    with work.writing(replace(clinic.people[Role.ADMINISTRATOR], password_at=work.clock())) as uow:
        one_time_codes.issue(uow, owner.user_id, CodeKind.NEW_PASSWORD, code)

    def use(_number: int) -> str:
        try:
            with hands.writing(owner) as uow:
                if not one_time_codes.use(uow, owner.user_id, CodeKind.NEW_PASSWORD, code):
                    raise Invalid({"code": "used"})
        except Invalid:
            return "refused"
        return "used"

    assert at_once(use, 6) == {"used": 1, "refused": 5}


def test_administrators_who_put_each_other_out_at_once_leave_one(work: Work, hands: Work, clinic: ClinicWorld) -> None:
    """A clinic never ends without an administrator, and who lost the role a moment ago takes nobody else's."""
    rest = [make_person(work, clinic.id, Role.ADMINISTRATOR) for _ in range(3)]
    everybody = [replace(one, password_at=work.clock()) for one in (clinic.people[Role.ADMINISTRATOR], *rest)]

    def put_out(number: int) -> str:
        actor, target = everybody[number], everybody[(number + 1) % len(everybody)]
        try:
            hands.retrying(lambda: _demote(hands, actor, target))
        except (Invalid, NotPermitted) as error:
            return type(error).__name__
        return "done"

    told = at_once(put_out, len(everybody))
    left = _administrators(work, clinic)
    assert told["done"] == len(everybody) - len(left)
    assert left


def _demote(work: Work, actor: Actor, target: Actor) -> None:
    with work.writing(actor) as uow:
        accounts.change_membership(uow, target.user_id, role=Role.AUDITOR, prescriber_id=None, active=True)


def _administrators(work: Work, clinic: ClinicWorld) -> list[str]:
    with work.reading(SYSTEM, scoped=False) as uow:
        which = (Membership.clinic_id == clinic.id, Membership.role == Role.ADMINISTRATOR, Membership.active)
        return list(uow.session.scalars(select(Membership.user_id).where(*which)))
