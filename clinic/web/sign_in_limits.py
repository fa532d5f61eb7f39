"""Counting tries of passwords and codes for a request: claim first, look then, give back what was right."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from flask import current_app, request

from clinic.audit_chain import INSTALLATION
from clinic.domain.actors import Actor
from clinic.domain.errors import Busy, Invalid, TooManyTries
from clinic.domain.events import Action, Event
from clinic.domain.sign_in import Claim, TryKind
from clinic.domain.wording import plural
from clinic.services import sign_in_limits
from clinic.services.accounts import system_actor
from clinic.unit_of_work import Unavailable
from clinic.web.work import circumstances, work

_OF_ADDRESSES = frozenset({TryKind.ADDRESS, TryKind.CHALLENGE})
_OWED_MAXIMUM = 1000
_SWEEP_ONE_IN = 50
"""About one claim in so many also forgets the buckets that are empty again."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The tries that one request counted, to be given back when it turns out right."""

    buckets: tuple[tuple[TryKind, str], ...]
    claim: Claim

    @property
    def allowed(self) -> bool:
        """Whether the password or code may be looked at."""
        return self.claim.allowed


@dataclass(frozen=True, slots=True)
class Owed:
    """Tries that could not be given back, in this process, each until its bucket is empty by itself."""

    _tried: list[tuple[tuple[TryKind, str], datetime]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, tried: Tried) -> None:
        """Keep what is owed; the oldest is forgotten where there is too much."""
        with self._lock:
            self._tried.extend((bucket, tried.claim.empty_at) for bucket in tried.buckets)
            del self._tried[:-_OWED_MAXIMUM]

    def taken(self, buckets: tuple[tuple[TryKind, str], ...], now: datetime) -> Tried | None:
        """Take out one that is owed to these buckets; what is over is forgotten, for it would loosen the next window."""
        with self._lock:
            self._tried[:] = [one for one in self._tried if one[1] > now]
            found = next((one for one in self._tried if one[0] in buckets), None)
            if found is None:
                return None
            self._tried.remove(found)
        return Tried((found[0],), Claim(True, False, found[1]))


def _owed() -> Owed:
    found: Owed = current_app.extensions.setdefault("clinic_tries_owed", Owed())
    return found


def here() -> str:
    """What counts as this request's address."""
    return sign_in_limits.network(request.remote_addr or "")


def claim(*buckets: tuple[TryKind, str]) -> Tried:
    """Count one try in each bucket, in this order; the first full one ends it. Everybody must use the same order."""
    used: list[tuple[TryKind, str]] = []
    made = work()
    now = made.clock()
    while (owed := _owed().taken(buckets, now)) is not None:
        give_back(owed)
    with made.housekeeping() as database:
        for kind, whom in buckets:
            used.append((kind, whom))
            claimed = sign_in_limits.claim(database, made.key, kind, whom, now)
            if not claimed.allowed:
                break
        if secrets.randbelow(_SWEEP_ONE_IN) == 0:
            sign_in_limits.sweep(database, now)
    return Tried(tuple(used), claimed)


def give_back(tried: Tried) -> None:
    """Take back the tries of a request whose answer was right, or was never looked at.

    Where the database fails just then, they are owed, so that nobody who types the right password is shut out by a disk.
    """
    made = work()
    try:
        with made.housekeeping() as database:
            for kind, whom in tried.buckets:
                sign_in_limits.give_back(database, made.key, kind, whom)
    except Unavailable:
        _owed().add(tried)
        raise


@contextmanager
def given_back_when_busy(tried: Tried) -> Iterator[None]:
    """Give the tries back when the computer was too busy to look at them."""
    try:
        yield
    except (Busy, Unavailable):
        give_back(tried)
        raise


def minutes_left(tried: Tried) -> int:
    """Whole minutes until the next try is looked at, at least one."""
    return max(1, math.ceil((tried.claim.empty_at - work().clock()).total_seconds() / 60))


def refuse_address(tried: Tried) -> None:
    """Raise TooManyTries when it was the address that had too many; the answer says nothing of any account."""
    if not tried.allowed and tried.buckets[-1][0] in _OF_ADDRESSES:
        if tried.claim.first_too_many:
            event = Event(Action.SIGN_IN_REFUSED, "address", reason="too many tries from one address")
            work().append(system_actor(INSTALLATION), [event], circumstances())
        raise TooManyTries(minutes_left(tried))


def claim_confirmation(kind: TryKind, whom: str, field: str, actor: Actor | None = None) -> Tried:
    """Count a try of somebody who is known already (fresh password, second factor). Raises Invalid when too many."""
    tried = claim((kind, whom))
    if not tried.allowed:
        if actor is not None and tried.claim.first_too_many:
            event = Event(Action.REFUSED, f"user:{actor.user_id}", reason=f"too many tries ({kind.value})")
            work().append(actor, [event], circumstances())
        wait = plural(minutes_left(tried), "minute")
        raise Invalid({field: f"There were too many tries. Wait {wait}, then try again. Nothing was changed."})
    return tried
