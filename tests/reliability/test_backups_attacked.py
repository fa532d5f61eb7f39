"""D-17: a backup that was cut, flipped, reordered, added to or made elsewhere is refused, always; a tooth for each."""

from __future__ import annotations

import errno
import io
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from clinic.backups import files, making, sealing
from clinic.backups.sealing import BackupRefused
from tests import factories
from tests.architecture.sources import ROOT
from tests.backing_up import accepted, backed_up, header_length, key_of, settings_of, taken_in

KEY = b"k" * 32
SMALL = 8 * 1024
"""A chunk of this size gives the small backup of a test many of them."""


@pytest.mark.sqlite_only
def test_an_attacked_file_is_refused(
    app: Flask, clinic: factories.ClinicWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "CHUNK_BYTES", SMALL)
    made, key = backed_up(app), key_of(app)
    data = made.file.read_bytes()
    assert accepted(made.file, key)
    assert len(data) > 4 * SMALL
    assert taken_in(data, tmp_path / "attacked", key) == []


def sealed(chunks: int) -> bytes:
    """A file of so many small chunks."""
    out = io.BytesIO()
    sealer = sealing.Sealer(out, KEY)
    sealer.write(bytes(range(256)) * (chunks * SMALL // 256))
    sealer.finish()
    return out.getvalue()


def opens(data: bytes) -> bool:
    """Whether a sealed file is taken to its end."""
    try:
        source = sealing.Opener(io.BytesIO(data), KEY)
        while source._more():
            pass
    except BackupRefused:
        return False
    return True


def test_what_is_put_together_from_two_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """D-17: the header, a chunk or the end of another backup of the same key; cut at each boundary of a chunk."""
    monkeypatch.setattr(sealing, "CHUNK_BYTES", SMALL)
    one, other = sealed(4), sealed(4)
    first, chunk = header_length(one), SMALL + sealing.TAG_BYTES
    assert header_length(other) == first
    assert opens(one)
    mixed = {"the header of another": other[:first] + one[first:]}
    for number, at in enumerate(range(first, len(one), chunk)):
        mixed[f"chunk {number} of another"] = one[:at] + other[at : at + chunk] + one[at + chunk :]
        mixed[f"cut before chunk {number}"] = one[:at]
        mixed[f"from chunk {number} on of another"] = one[:at] + other[at:]
    mixed["from chunk 0 on of another"] = one[:first] + other[first:]
    assert [name for name, data in mixed.items() if opens(data)] == []


@pytest.mark.parametrize(
    "body", [b"[" * 4000, b"{}", b"[]", b"3", b"\xff", b'{"format": 1, "chunk": 1048576, "salt": 1, "prefix": 2}']
)
def test_a_beginning_that_was_made_up_is_refused_in_words(body: bytes) -> None:
    """D-17: also one that is deep, short or of other types; such a file in the folder stops no backup."""
    data = sealing.MAGIC + len(body).to_bytes(4, "big") + body
    with pytest.raises(BackupRefused):
        sealing.read_header(io.BytesIO(data))
    with pytest.raises(BackupRefused, match="no backup of this program"):
        sealing.read_header(io.BytesIO(sealing.MAGIC + b"\xff\xff\xff\xff" + body))


@pytest.mark.sqlite_only
def test_a_seal_with_a_hole_is_named(
    app: Flask, clinic: factories.ClinicWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tooth: without the number in the nonce and without a last chunk, what the check must find is found."""
    monkeypatch.setattr(sealing, "CHUNK_BYTES", SMALL)
    monkeypatch.setattr(sealing, "_nonce", lambda prefix, _number, **_last: prefix + bytes(5))
    out = tmp_path / "plain"
    with out.open("wb") as file:
        sealer = sealing.Sealer(file, b"k" * 32)
        sealer.write(bytes(range(256)) * 256)
        sealer.finish()

    def opened(data: bytes) -> bool:
        out.write_bytes(data)
        try:
            with out.open("rb") as file:
                source = sealing.Opener(file, b"k" * 32)
                while source._more():
                    pass
        except BackupRefused:
            return False
        return True

    from tests.backing_up import attacks

    found = {name for name, data in attacks(out.read_bytes()).items() if opened(data)}
    assert {"first chunks swapped", "a chunk left out", "a chunk repeated", "ended after a whole chunk"} <= found


@pytest.mark.sqlite_only
def test_what_is_no_backup_of_ours_is_refused_in_words(
    app: Flask, clinic: factories.ClinicWorld, tmp_path: Path
) -> None:
    """D-17: empty, a folder, a broken link, nothing, a database, another installation's; a link to a good one is that one."""
    made, key = backed_up(app), key_of(app)
    refused = {"empty": tmp_path / "empty", "folder": tmp_path, "nothing": tmp_path / "nothing"}
    refused["empty"].write_bytes(b"")
    refused["broken link"] = tmp_path / "broken"
    refused["broken link"].symlink_to(tmp_path / "nothing")
    refused["database"] = Path(str(settings_of(app).sqlite_file))
    for name, file in refused.items():
        assert not accepted(file, key), name
    (tmp_path / "link").symlink_to(made.file)
    assert accepted(tmp_path / "link", key)
    with pytest.raises(BackupRefused, match="made with the key"), made.file.open("rb") as file:
        sealing.Opener(file, os.urandom(32))


BACKUP = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from clinic import config
from clinic.backups import making
limit = int(sys.argv[2])
if limit:
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
settings = config.settings()
try:
    print(making.make(settings, Path(sys.argv[1])).file)
except making.BackupRefused as error:
    sys.exit(str(error))
"""


def started(app: Flask, folder: Path, limit: int = 0) -> subprocess.Popen[str]:
    """A backup in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLINIC_")}
    environment |= {"CLINIC_INSTANCE": str(settings_of(app).instance)}
    return subprocess.Popen(
        [sys.executable, "-c", BACKUP, str(folder), str(limit)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.sqlite_only
def test_no_room_for_it_leaves_the_last_one_whole(app: Flask, clinic: factories.ClinicWorld) -> None:
    """D-07, D-17: no room for the copy: words, status 1, nothing left, the last one intact."""
    good, folder = backed_up(app), files.folder_of(settings_of(app).instance)
    said = started(app, folder, limit=400 * 1024).communicate(timeout=60)[1]
    assert "No backup was made" in said
    assert {one.name for one in folder.iterdir()} == {".lock", good.file.name}
    assert accepted(good.file, key_of(app))


@pytest.mark.sqlite_only
def test_no_room_for_the_sealed_file_leaves_the_last_one_whole(
    app: Flask, clinic: factories.ClinicWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D-07, D-17: the disk is full when the file is synced; the fault suite kills and fills real ones."""
    good, folder = backed_up(app), files.folder_of(settings_of(app).instance)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(BackupRefused, match=r"No backup was made .*No space left"):
            backed_up(app)
    assert {one.name for one in folder.iterdir()} == {".lock", good.file.name}
    assert accepted(good.file, key_of(app))


@pytest.mark.sqlite_only
def test_memory_does_not_grow_with_the_file(app: Flask, clinic: factories.ClinicWorld, tmp_path: Path) -> None:
    """D-17: 64 MiB are sealed and opened within a few chunks of memory."""
    key, file = key_of(app), tmp_path / "large"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with file.open("wb") as out:
        sealer = sealing.Sealer(out, key)
        for _ in range(256):
            sealer.write(bytes(256 * 1024))
        sealer.finish()
    with file.open("rb") as sealed:
        source = sealing.Opener(sealed, key)
        for _ in range(256):
            source.read(256 * 1024)
        source.finish()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 24 * 1024
    file.unlink()


@pytest.mark.sqlite_only
def test_two_runs_at_once_are_refused(app: Flask, clinic: factories.ClinicWorld) -> None:
    with files.one_run(settings_of(app).instance), pytest.raises(BackupRefused, match="running already"):
        making.make(settings_of(app), files.folder_of(settings_of(app).instance))
