"""Hashing and the rules of a new password."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from clinic import passwords
from clinic.domain.errors import Busy, Invalid
from tests.hashing import cheap_hashing

TOLD = ("Ada Lovelace", "Riverside Facial Clinic")

COMMON = (
    "password1234", "qwertyuiop12", "letmein123456", "iloveyou1234", "123456789012", "abcdefghijkl", "aaaaaaaaaaaa",
    "Summer2026!!", "P@ssw0rd1234", "november2026", "welcome12345", "1q2w3e4r5t6y", "monkey123456", "football1234",
    "princess1234", "sunshine1234", "asdfghjkl123", "adminadmin12", "changeme1234", "qazwsxedc123",
)  # fmt: skip


def is_refused(password: str) -> str:
    """Why a password is refused, or nothing."""
    try:
        passwords.check_new(password, "lovelace", TOLD)
    except Invalid as error:
        return error.fields["new_password"]
    return ""


@pytest.mark.parametrize("password", COMMON)
def test_a_common_password_is_refused_offline(password: str) -> None:
    """S-04: by an estimate that needs no network."""
    assert "easy to guess" in is_refused(password)


@pytest.mark.parametrize(
    "password",
    [
        "xk7-lovelace-wq93b",
        "RiversideFacialClinic2026!!",
        "xk7 Botox wq93bmm",
        "dysport-xk7wq93bmm",
        "my Synkinesis xk7wq",
        "incobotulinumtoxinA9",
    ],
)
def test_a_password_that_names_its_clinic_person_or_toxin_is_refused(password: str) -> None:
    """S-04."""
    assert "must not contain" in is_refused(password)


@pytest.mark.parametrize(("length", "allowed"), [(11, False), (12, True), (256, True), (257, False)])
def test_the_length_of_a_password(length: int, allowed: bool) -> None:
    """S-02: from 12 to 256 characters."""
    word = "zq7kxw4mvbj9trplyhgd" * 13
    assert (is_refused(word[:length]) == "") is allowed


@pytest.mark.parametrize(
    "password",
    ["zkqwmvbxrtplyhgd", "пароль с пробелами 7", "correct horse battery staple", "雨の日は傘を三本さす七番目"],
)
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    """S-02, S-03: sixteen lower-case letters, blanks, any alphabet."""
    assert is_refused(password) == ""


def test_what_is_refused_says_why() -> None:
    assert "keyboard" in is_refused("qwertyuiop[]")
    assert "repeats itself" in is_refused("xyxyxyxyxyxy")


def test_a_password_is_checked_exactly_as_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """S-05: nothing is cut off, trimmed or folded; the first 72 bytes are not the password."""
    cheap_hashing(monkeypatch)
    stem = "ü" * 36
    for typed, other in [
        (stem + "one", stem + "two"),
        ("a phrase of words ", "a phrase of words"),
        ("A Phrase Of Words", "a phrase of words"),
        ("Stra\u00dfe nach Hause", "Strasse nach Hause"),
        ("caf\u00e9 au lait noir", "cafe\u0301 au lait noir"),
    ]:
        stored = passwords.hashed(typed)
        assert passwords.matches(stored, typed)
        assert not passwords.matches(stored, other)


def test_a_hash_has_todays_cost() -> None:
    """S-06: argon2id, 64 MiB, three rounds."""
    stored = passwords.hashed("a phrase of words")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not passwords.is_outdated(stored)
    assert passwords.is_outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43)


@pytest.mark.parametrize("stored", [None, passwords.NONE, "", "no hash"])
def test_who_has_no_password_is_verified_as_long_as_anybody(
    monkeypatch: pytest.MonkeyPatch, stored: str | None
) -> None:
    """S-12: one verification against a hash of the same cost, and never a match."""
    hasher = cheap_hashing(monkeypatch)
    assert not passwords.matches(stored, "nobody's")
    assert len(hasher.verified) == 1
    assert hasher.evaluated == 0


def test_only_so_many_wait_and_two_seats_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A storm of strangers is turned away at once; who is known still gets a seat."""
    hasher = cheap_hashing(monkeypatch)
    stored = hasher.hash("right")
    turn, begun = threading.Event(), threading.Semaphore(0)

    def slow(hash_: str, password: str) -> bool:
        begun.release()
        turn.wait(10)
        return super(type(hasher), hasher).verify(hash_, password)

    monkeypatch.setattr(hasher, "verify", slow)
    with ThreadPoolExecutor(16) as pool:
        strangers = [pool.submit(passwords.matches, stored, "right", stranger=True) for _ in range(12)]
        for _ in range(passwords.PARALLEL):
            assert begun.acquire(timeout=5)
        known = [pool.submit(passwords.matches, stored, "right") for _ in range(2)]
        turned_away = _finished(strangers, 12 - passwords.STRANGERS)
        assert all(isinstance(one.exception(), Busy) for one in turned_away)
        assert not begun.acquire(blocking=False), "more than two hashes ran at once"
        turn.set()
        assert all(one.result(10) for one in known)
        assert sum(one.exception(10) is None for one in strangers) == passwords.STRANGERS
    assert passwords.matches(stored, "right", stranger=True)


def _finished(futures: list, number: int) -> list:
    for _ in range(500):
        done = [one for one in futures if one.done()]
        if len(done) >= number:
            return done
        time.sleep(0.01)
    raise AssertionError(f"only {len(done)} of {number} were turned away")
