"""Password hashing (argon2id) with a bound on how many run at once, and the rules for a new password.

One hash takes 64 MiB and about 0.2 s, so it never runs inside a writing unit of work.
"""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from clinic.domain.errors import Invalid

MINIMUM = 12
MAXIMUM = 256
_PARALLEL = threading.BoundedSemaphore(2)
_hasher = PasswordHasher()
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS = 4
_GROUP_LENGTH = 5

# Verified against when the name is unknown, so that a refusal takes as long as for a wrong password.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXJhbmRvbXNhbHQ$3sJ6v1GvCqvVtdXH6xW0nE8mWcuuwEOC7sKqJyF1wOg"


def hashed(password: str) -> str:
    """The argon2id hash of a password, exactly as typed."""
    with _PARALLEL:
        return _hasher.hash(password)


def matches(hash_or_none: str | None, password: str) -> bool:
    """Whether a password is right; takes the same time for an unknown person (None)."""
    with _PARALLEL:
        try:
            return _hasher.verify(hash_or_none or _NOBODY, password) and hash_or_none is not None
        except (VerifyMismatchError, InvalidHashError):
            return False


def check_new(password: str, username: str, field: str = "new_password") -> None:
    """Check a new password's length and that it is not the user's name. Raises Invalid for ``field``."""
    if not MINIMUM <= len(password) <= MAXIMUM:
        raise Invalid({field: f"A password has {MINIMUM} to {MAXIMUM} characters; several words are easiest."})
    if username and username.casefold() in password.casefold():
        raise Invalid({field: "The password must not contain the user name."})
    if len(set(password)) < MINIMUM // 3:
        raise Invalid({field: "This password repeats too few characters."})


def generated() -> str:
    """A random password that can be read aloud: four groups of five, about 99 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
