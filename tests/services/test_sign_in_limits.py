"""How often somebody may guess: the numbers of docs/access.md, below, at and above each."""

from __future__ import annotations

import pytest

from clinic.domain.sign_in import TRIES, WINDOW, Claim, TryKind
from clinic.models import SignInTries
from clinic.services import sign_in_limits
from clinic.unit_of_work import Work
from tests.conftest import Clock


def claim(work: Work, kind: TryKind = TryKind.ACCOUNT, whom: str = "ada") -> Claim:
    with work.housekeeping() as database:
        return sign_in_limits.claim(database, work.key, kind, whom, work.clock())


def give_back(work: Work, kind: TryKind = TryKind.ACCOUNT, whom: str = "ada") -> None:
    with work.housekeeping() as database:
        sign_in_limits.give_back(database, work.key, kind, whom)


def test_the_numbers_are_those_of_the_document() -> None:
    """S-08: an account gets ten tries in fifteen minutes, an address twenty."""
    assert (TRIES[TryKind.ACCOUNT], TRIES[TryKind.ADDRESS], TRIES[TryKind.BROWSER]) == (10, 20, 10)
    assert WINDOW.total_seconds() == 15 * 60


@pytest.mark.parametrize("kind", list(TryKind))
def test_a_bucket_takes_its_tries_and_no_more_until_its_window_is_over(work: Work, clock: Clock, kind: TryKind) -> None:
    """S-08: below, at and above the number of tries and the length of the window."""
    assert all(claim(work, kind).allowed for _ in range(TRIES[kind]))
    above = [claim(work, kind) for _ in range(3)]
    assert [one.allowed for one in above] == [False] * 3
    assert [one.first_too_many for one in above] == [True, False, False]
    clock.move(seconds=WINDOW.total_seconds() - 1)
    assert not claim(work, kind).allowed
    clock.move(seconds=1)
    assert claim(work, kind).allowed


def test_buckets_of_two_people_and_of_two_kinds_are_apart(work: Work) -> None:
    for _ in range(TRIES[TryKind.ACCOUNT]):
        claim(work)
    assert not claim(work).allowed
    assert claim(work, whom="grace").allowed
    assert claim(work, TryKind.BROWSER).allowed


def test_a_right_answer_gives_back_its_own_try_only(work: Work) -> None:
    """S-08: somebody who guesses while the owner signs in gains nothing by it."""
    limit = TRIES[TryKind.ACCOUNT]
    for _ in range(limit - 1):
        claim(work)
    assert claim(work).allowed
    give_back(work)
    assert claim(work).allowed
    assert not claim(work).allowed


def test_nothing_is_given_back_to_an_empty_bucket(work: Work) -> None:
    claim(work)
    for _ in range(3):
        give_back(work)
    assert sum(claim(work).allowed for _ in range(20)) == TRIES[TryKind.ACCOUNT]


def test_a_clock_that_was_put_back_locks_nobody_out_for_long(work: Work, clock: Clock) -> None:
    for _ in range(11):
        claim(work)
    clock.move(days=-2)
    assert claim(work).allowed


def test_the_rows_say_neither_whom_nor_from_where_and_are_forgotten(work: Work, clock: Clock) -> None:
    claim(work, whom="lovelace")
    claim(work, TryKind.ADDRESS, "203.0.113.9")
    with work.housekeeping() as database:
        rows = database.query(SignInTries).all()
        assert len(rows) == 2
        assert not any("lovelace" in row.key or "203.0" in row.key for row in rows)
    clock.move(minutes=15)
    with work.housekeeping() as database:
        sign_in_limits.sweep(database, work.clock())
        assert database.query(SignInTries).count() == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.9", "203.0.113.10", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.9", "203.0.113.9", True),
        ("", "somewhere", False),
    ],
)
def test_the_network_of_an_address_is_what_is_counted(one: str, other: str, same: bool) -> None:
    assert (sign_in_limits.network(one) == sign_in_limits.network(other)) is same
