"""Real argon2id as cheap as it can be, and a count of what was verified against somebody's hash."""

from __future__ import annotations

from typing import Any

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from clinic import passwords


class CountingHasher(PasswordHasher):
    """A hasher that keeps every hash it was asked to verify against."""

    verified: list[str]

    def verify(self, *given: Any) -> Any:
        self.verified.append(str(given[0]))
        return super().verify(*given)

    @property
    def evaluated(self) -> int:
        """How many guesses were held against a real person's hash."""
        return sum(one != passwords._NOBODY for one in self.verified)


def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> CountingHasher:
    """Hash with the least cost in this test, and count."""
    hasher = CountingHasher.from_parameters(CHEAPEST)
    assert isinstance(hasher, CountingHasher)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_NOBODY", hasher.hash("nobody's"))
    hasher.verified = []
    return hasher
