"""Password hashing (argon2id), with a bound on how many run and wait, and the rules for a new password.

One hash takes 64 MiB and about 0.2 s, so it never runs inside a writing unit of work.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from clinic.domain.errors import Busy, Invalid
from clinic.domain.products import products

MINIMUM: Final = 12
"""Characters of a new password (S-02); 15 are recommended where no second factor is asked for."""
MAXIMUM: Final = 256
STRENGTH: Final = 4
"""The least estimate of zxcvbn, from 0 to 4: 10^10 guesses (S-04). One less lets a season with its year and two signs pass."""
_ESTIMATED: Final = 72
"""How much of a password is estimated: the work grows faster than its length."""
_TOLD: Final = 4
"""Shorter names are found in too many good passwords."""
_PROGRAM: Final = ("synkinesis", "botulinum", "botulinumtoxin", "toxin")
NONE: Final = "!"
"""Stands in the row of somebody who has no password yet; no hash, so nothing matches it."""
PARALLEL: Final = 2
"""How many hashes run at once: 128 MiB, and both cores of a small computer."""
STRANGERS: Final = 4
"""How many tries of people whom nobody knows yet run or wait; half of the server's eight threads stay for the rest."""
SEATS: Final = 6
"""How many tries run or wait in all: two seats are kept for who is signed in or uses the usual browser."""
_running = threading.BoundedSemaphore(PARALLEL)
_strangers = threading.BoundedSemaphore(STRANGERS)
_seats = threading.BoundedSemaphore(SEATS)
_hasher = PasswordHasher()
_ARGON: Final = "$argon2"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS = 4
_GROUP_LENGTH = 5

# Verified against when there is no hash, so that a refusal takes as long as for a wrong password.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXJhbmRvbXNhbHQ$3sJ6v1GvCqvVtdXH6xW0nE8mWcuuwEOC7sKqJyF1wOg"


def hashed(password: str) -> str:
    """The argon2id hash of a password, exactly as typed."""
    with _running:
        return _hasher.hash(password)


def matches(hash_or_none: str | None, password: str, *, stranger: bool = False) -> bool:
    """Whether a password is right; takes the same time for an unknown person (None) and for one without a password.

    Raises Busy, at once and without looking, when too many wait already.
    """
    stored = hash_or_none if hash_or_none and hash_or_none.startswith(_ARGON) else None
    with _seat(stranger=stranger):
        try:
            return _hasher.verify(stored or _NOBODY, password) and stored is not None
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False


@contextmanager
def _seat(*, stranger: bool) -> Iterator[None]:
    needed = (_strangers, _seats) if stranger else (_seats,)
    taken = []
    try:
        for seats in needed:
            if not seats.acquire(blocking=False):
                raise Busy
            taken.append(seats)
        with _running:
            yield
    finally:
        for seats in taken:
            seats.release()


def is_outdated(hash_: str) -> bool:
    """Whether a hash was made with other parameters than today's, and is made anew at the next sign-in."""
    return _hasher.check_needs_rehash(hash_)


def check_new(password: str, username: str, told: Iterable[str] = (), field: str = "new_password") -> None:
    """Check a new password by length and by how easily it is guessed, never by kinds of characters.

    ``told`` is what others know of the person: the name, the clinic. Raises Invalid for ``field``.
    """
    if not MINIMUM <= len(password) <= MAXIMUM:
        raise Invalid({field: f"A password has {MINIMUM} to {MAXIMUM} characters; several words are easiest."})
    if len(username) >= _TOLD and username.casefold() in password.casefold():
        raise Invalid({field: "The password must not contain the user name."})
    told = tuple(told)
    known = _words((*told, *_PROGRAM, *_toxins()))
    named = next((word for word in known if word in _closed(password)), None)
    if named is not None:
        raise Invalid({field: f"The password must not contain “{named}”: whoever knows the clinic tries that first."})
    parts = [part.casefold() for text in told for part in text.split()]
    _check_strength(password, (username.casefold(), *known, *parts), field)


def _check_strength(password: str, known: Iterable[str], field: str) -> None:
    from zxcvbn import zxcvbn  # Its word lists take time to load, and few requests choose a password.

    found = zxcvbn(password[:_ESTIMATED], user_inputs=[word for word in known if word], max_length=_ESTIMATED)
    if found["score"] < STRENGTH:
        why = next((_WEAK[part["pattern"]] for part in _weakest_first(found["sequence"])), _WEAK["dictionary"])
        raise Invalid({field: f"This password is easy to guess: {why}. {_BETTER}"})


_WEAK: Final = {
    "dictionary": "it is made of common words or names",
    "spatial": "it follows the rows of the keyboard",
    "repeat": "it repeats itself",
    "sequence": "it runs on like abc or 123",
    "regex": "it is a year",
    "date": "it is a date",
    "bruteforce": "it is too short for what it is made of",
}
_BETTER: Final = (
    "Several words that have nothing to do with each other, or one from a password manager, are hard to guess."
)


def _weakest_first(parts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(parts, key=lambda part: -len(part["token"]))


def _words(told: Iterable[str]) -> tuple[str, ...]:
    whole = [_closed(text) for text in told]
    return tuple(dict.fromkeys(word for word in whole if len(word) > _TOLD))


def _closed(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _toxins() -> tuple[str, ...]:
    return tuple(name for one in products().values() for name in (one.brand, one.generic))


def generated() -> str:
    """A random password that can be read aloud: four groups of five, about 99 bits."""
    return grouped(_GROUPS, _GROUP_LENGTH)


def grouped(groups: int, length: int) -> str:
    """Random letters and digits that nobody takes for each other, in groups; each carries 4.95 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(length)) for _ in range(groups))
