"""The vocabulary of proving who one is, and the numbers that bound guessing (docs/access.md gives them)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from clinic.domain.actors import Role


class CodeKind(StrEnum):
    """What a one-time code is for."""

    INVITATION = "invitation"
    NEW_PASSWORD = "new password"  # noqa: S105 - a kind, not a secret
    SECOND_FACTOR = "second factor"


LASTS: Final = {
    CodeKind.INVITATION: timedelta(hours=72),
    CodeKind.NEW_PASSWORD: timedelta(minutes=10),
    CodeKind.SECOND_FACTOR: timedelta(minutes=10),
}
"""How long a one-time code can be used (S-11: a way back in lasts at most 10 minutes)."""
SETS_PASSWORD: Final = frozenset({CodeKind.INVITATION, CodeKind.NEW_PASSWORD})
"""The codes with which somebody chooses a password."""


class SecondFactorRule(StrEnum):
    """Who of a clinic must sign in with a second factor."""

    NOBODY = "nobody"
    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"


class TryKind(StrEnum):
    """What is counted: one bucket for each kind and each person, address or session."""

    ACCOUNT = "account"
    ADDRESS = "address"
    BROWSER = "browser"
    CONFIRMATION = "confirmation"
    SECOND_FACTOR = "second factor"
    CODE = "code"
    CHALLENGE = "challenge"


WINDOW: Final = timedelta(minutes=15)
"""A bucket is empty again this long after its first try (S-08)."""
TRIES: Final = {
    TryKind.ACCOUNT: 10,
    TryKind.ADDRESS: 20,
    TryKind.BROWSER: 10,
    TryKind.CONFIRMATION: 10,
    TryKind.SECOND_FACTOR: 10,
    TryKind.CODE: 10,
    TryKind.CHALLENGE: 100,
}
"""How many tries one window takes (S-08): two windows that meet within ten minutes still give an account no more than 20."""
BROWSER_KNOWN: Final = timedelta(days=365)
"""How long a browser is known after somebody signed in with it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One try that was counted: whether it may be looked at, and when the bucket is empty again."""

    allowed: bool
    first_too_many: bool
    empty_at: datetime


def demands_second_factor(rule: SecondFactorRule, role: Role, *, outside: bool = False) -> bool:
    """Whether a role must sign in with a second factor; from outside the clinic's networks every role, unless nobody must."""
    if rule is SecondFactorRule.NOBODY:
        return False
    return rule is SecondFactorRule.EVERYBODY or outside or role is Role.ADMINISTRATOR
