"""S-58: a request that is larger than any form of the program is refused before it is held in memory."""

from __future__ import annotations

import gc
import io
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.domain.actors import ROLES, Permission
from clinic.domain.csv_reading import BYTES_MAXIMUM as TABLE_MAXIMUM
from clinic.models import Patient
from clinic.services.logos import BYTES_MAXIMUM as LOGO_MAXIMUM
from clinic.unit_of_work import Work
from tests.architecture.sources import ROOT
from tests.factories import Client, ClinicWorld, client_for

BODY = 2 * 1024 * 1024
MEMORY = 1024 * 1024
PARTS = 1000
ROOM = 64 * 1024
"""What a server may have read of a body before it looks at its size."""
MULTIPART = "multipart/form-data; boundary=x"
END = b"--x--\r\n"
URLENCODED = "application/x-www-form-urlencoded"


class Counted(io.BytesIO):
    """A body that says how much of it was read."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self.size, self.taken = len(body), 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data

    def readinto(self, buffer: Any, /) -> int:
        count = super().readinto(buffer)
        self.taken += count
        return count


def part(name: str, value: bytes = b"x") -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + value + b"\r\n"


def parts(number: int) -> Counted:
    return Counted(part("a") * number + END)


OVERSIZED: dict[str, tuple[Callable[[], Counted], str, int]] = {
    "16 MiB of a form": (lambda: Counted(b"a=b&" * (4 * BODY // 2)), URLENCODED, ROOM),
    "one byte over a body": (lambda: Counted(b"x" * (BODY + 1)), URLENCODED, ROOM),
    "one byte over the memory of a form": (lambda: Counted(b"x" * (MEMORY + 1)), URLENCODED, MEMORY + ROOM),
    "a field over the memory of a form": (
        lambda: Counted(part("a", b"y" * (MEMORY + 1)) + END),
        MULTIPART,
        MEMORY + 4 * ROOM,
    ),
    "2,000 fields": (lambda: Counted(b"a=b&" * (2 * PARTS)), URLENCODED, ROOM),
    "2,000 parts": (lambda: parts(2 * PARTS), MULTIPART, BODY),
    "one part over": (lambda: parts(PARTS + 1), MULTIPART, BODY),
}
"""What is sent, and how much of it may be read before it is refused."""


def leaks(client: Client, url: str = "/patients/new") -> list[str]:
    """Oversized requests that are not refused, or of which more is read than a form may hold."""
    found = []
    for name, (make, kind, most) in OVERSIZED.items():
        body = make()
        answer = client.post(url, input_stream=body, content_length=body.size, content_type=kind)
        if answer.status_code != 413:
            found.append(f"{name}: {answer.status_code}")
        elif body.taken > most:
            found.append(f"{name}: {body.taken} bytes read")
    return found


def test_what_is_larger_than_any_form_is_refused_and_changes_nothing(
    app: Flask, work: Work, clinic: ClinicWorld
) -> None:
    """S-58: parts, memory and body at one above their limits, signed in and not."""
    assert leaks(client_for(app, clinic.prescriber)) == []
    stranger = app.test_client()
    assert isinstance(stranger, Client)
    assert leaks(stranger, "/sign-in") == []
    with work.reading(clinic.prescriber) as uow:
        assert uow.session.scalar(select(func.count()).select_from(Patient)) == 0


def test_what_is_just_as_large_as_it_may_be_is_looked_at(app: Flask, clinic: ClinicWorld) -> None:
    """At the limits the body is read: it is refused for its missing token, not for its size."""
    client = client_for(app, clinic.prescriber)
    for body, kind in (
        (parts(PARTS), MULTIPART),
        (Counted(b"x" * MEMORY), URLENCODED),
    ):
        answer = client.post("/patients/new", input_stream=body, content_length=body.size, content_type=kind)
        assert answer.status_code == 400
        assert body.taken == body.size


def test_a_limit_that_is_gone_is_found(app: Flask, clinic: ClinicWorld) -> None:
    """The tooth."""
    client = client_for(app, clinic.prescriber)
    app.config.update(MAX_FORM_PARTS=None)
    assert {one.partition(":")[0] for one in leaks(client)} == {"2,000 fields", "2,000 parts", "one part over"}
    app.config.update(MAX_FORM_PARTS=PARTS, MAX_FORM_MEMORY_SIZE=None)
    forgotten = {"one byte over the memory of a form", "a field over the memory of a form"}
    assert {one.partition(":")[0] for one in leaks(client)} == forgotten


@pytest.mark.parametrize(
    ("url", "field", "most", "needed"),
    [
        ("/settings/logo", "logo", LOGO_MAXIMUM, Permission.SETTINGS_MANAGE),
        ("/imports", "file", TABLE_MAXIMUM + ROOM, Permission.RECORD_IMPORT),
    ],
)
def test_an_upload_over_its_own_limit_is_refused(
    app: Flask, clinic: ClinicWorld, url: str, field: str, most: int, needed: Permission
) -> None:
    """S-58: each upload has a limit of its own, in bytes; one byte more is told so beside its field, or is too much."""
    client = client_for(app, clinic.people[next(role for role in clinic.people if role in ROLES[needed])])
    sent = {field: (io.BytesIO(b"x" * (most + 1)), "a.png")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # What was sent waits in a file that nobody closes by hand.
        with client.send(url, sent, content_type="multipart/form-data") as answer:
            told = answer.status_code, "larger than 2 MB" in answer.text
        del answer, sent
        gc.collect()
    assert told in {(413, False), (422, True)}


def test_the_limits_are_written_down() -> None:
    written = (ROOT / "docs" / "deploy.md").read_text()
    sizes = (f"{size // MEMORY} MiB" for size in (BODY, MEMORY, TABLE_MAXIMUM))
    for limit in (*sizes, f"{PARTS:,} parts", f"{LOGO_MAXIMUM // 1_000_000} MB"):
        assert limit in written, limit
