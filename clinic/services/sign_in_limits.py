"""How often somebody may guess: rows in the database, counted before anything is looked at, right in parallel too.

A right answer gives back its own try and nothing more. It does not empty the bucket: somebody who guesses while the owner
signs in would be given a full bucket each time, and could spend own sign-ins on guesses at others from one address.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from ipaddress import IPv6Address, ip_address

from sqlalchemy import case, delete, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from clinic.domain.sign_in import TRIES, WINDOW, Claim, TryKind
from clinic.models import SignInTries

_IPV6_PREFIX = 64
"""One household or one server is given a whole network of this length, so its addresses count as one."""


def bucket(key: bytes, kind: TryKind, whom: str) -> str:
    """The name of a bucket; keyed, so that the rows tell nobody which names and addresses were tried."""
    return hmac.new(key, f"tries\0{kind.value}\0{whom}".encode(), hashlib.sha256).hexdigest()


def network(address: str) -> str:
    """What of an address is counted: all of IPv4, the network of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(int(found) >> (128 - _IPV6_PREFIX))
    return str(found)


def claim(session: Session, key: bytes, kind: TryKind, whom: str, now: datetime) -> Claim:
    """Count one try, in one statement, before its password or code is looked at; say whether it may be."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    # A stamp from the future is left by a clock that was put back: it would hold a bucket full for as long.
    is_over = or_(SignInTries.began_at <= now - WINDOW, SignInTries.began_at > now + WINDOW)
    statement = (
        insert(SignInTries)
        .values(key=bucket(key, kind, whom), began_at=now, tries=1)
        .on_conflict_do_update(
            index_elements=[SignInTries.key],
            set_={
                "tries": case((is_over, 1), else_=SignInTries.tries + 1),
                "began_at": case((is_over, now), else_=SignInTries.began_at),
            },
        )
        .returning(SignInTries.tries, SignInTries.began_at)
    )
    tries, began_at = session.execute(statement).one()
    return Claim(tries <= TRIES[kind], tries == TRIES[kind] + 1, began_at + WINDOW)


def give_back(session: Session, key: bytes, kind: TryKind, whom: str) -> None:
    """Take one try back that was right, or that was never looked at."""
    statement = update(SignInTries).where(SignInTries.key == bucket(key, kind, whom), SignInTries.tries > 0)
    session.execute(statement.values(tries=SignInTries.tries - 1).execution_options(synchronize_session=False))


def sweep(session: Session, now: datetime) -> None:
    """Forget the buckets that are empty again."""
    session.execute(delete(SignInTries).where(SignInTries.began_at <= now - WINDOW))
