"""An archive that came from elsewhere: taken for hostile until every name, size and hash was compared."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from clinic.archives.packing import FORMAT, MANIFEST, SEAL, VERSION, seal

MOST_MEMBERS: Final = 5_000_000
MOST_BYTES: Final = 200 * 10**9
MANIFEST_BYTES_A_MEMBER: Final = 1_000
MANIFEST_BYTES: Final = 10**6
"""What a manifest takes at most: so much for each file that it names, and so much besides."""
MOST_SEAL_BYTES: Final = 1_000
MOST_FILE_BYTES: Final = 10**9
"""A print that is kept, which is read whole."""
MOST_TIMES_LARGER: Final = 200
"""JSON lines shrink to a tenth or a thirtieth; what shrinks to less than a two-hundredth is no record."""
LONGEST_LINE: Final = 64 * 10**6
_CHUNK: Final = 1 << 20
_UNPACKED: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, struct.error)
"""What unpacking raises for bytes that are none of a ZIP file; RuntimeError has NotImplementedError and RecursionError in it."""


class Refused(ValueError):
    """An archive that is not taken, with the place and the reason."""


@dataclass(frozen=True)
class Opened:
    """An archive whose names, sizes and hashes agree with its manifest."""

    file: zipfile.ZipFile
    manifest: Mapping[str, Any]
    manifest_sha256: str
    sealed_here: bool

    def lines(self, table: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The rows of a table with their line numbers. Raises Refused for a line that is no JSON object."""
        place = f"record/{table}.jsonl"
        with self.file.open(place) as source:
            for number, line in enumerate(iter(lambda: source.readline(LONGEST_LINE), b""), 1):
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise Refused(f"{place}, line {number}: not JSON") from error
                if not isinstance(row, dict):
                    raise Refused(f"{place}, line {number}: not an object")
                yield number, row

    def body(self, told: Mapping[str, Any]) -> bytes:
        """The bytes that a row names. Raises Refused when they are not what the row says."""
        place = str(told.get("file"))
        if place not in self.manifest["files"] or not place.startswith("files/"):
            raise Refused(f"“{place}” is named and not in the archive")
        if self.file.getinfo(place).file_size > MOST_FILE_BYTES:
            raise Refused(f"{place} is larger than {MOST_FILE_BYTES} bytes")
        body = self.file.read(place)
        if hashlib.sha256(body).hexdigest() != told.get("sha256") or len(body) != told.get("bytes"):
            raise Refused(f"{place} is not the file that its row names")
        return body


@contextmanager
def opened(path: Path, key: bytes) -> Iterator[Opened]:
    """Open an archive and check all of it before anything of it is used. Raises Refused."""
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise Refused(f"This is no readable ZIP file: {error}") from error
    with archive:
        members = _members(archive)
        manifest, told = _manifest(archive, members)
        _check_shape(told)
        _check_files(archive, members, told["files"])
        given = _small(archive, members[SEAL], MOST_SEAL_BYTES).decode("ascii", "replace") if SEAL in members else ""
        yield Opened(
            file=archive,
            manifest=told,
            manifest_sha256=hashlib.sha256(manifest).hexdigest(),
            sealed_here=hmac.compare_digest(given.encode(), seal(key, manifest).encode()),
        )


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise Refused(f"It has {len(members)} files; at most {MOST_MEMBERS} are taken.")
    found: dict[str, zipfile.ZipInfo] = {}
    for one in members:
        _check_member(one)
        if one.filename in found:
            raise Refused(f"“{one.filename}” is in it twice.")
        found[one.filename] = one
    if sum(one.file_size for one in members) > MOST_BYTES:
        raise Refused(f"Unpacked it would be larger than {MOST_BYTES} bytes.")
    if archive.comment or (members and min(one.header_offset for one in members)):
        raise Refused("It has something before or behind its files.")
    return found


def _check_member(one: zipfile.ZipInfo) -> None:
    name, kind = one.filename, (one.external_attr >> 16) & 0o170000
    parts = PurePosixPath(name).parts
    if (
        not parts
        or name.startswith("/")
        or "\\" in name
        or "\0" in name
        or ":" in name
        or ".." in parts
        or one.is_dir()
    ):
        raise Refused(f"“{name}” is no name of a file in an archive.")
    if one.compress_type not in _UNPACKED:
        raise Refused(f"“{name}” is packed in a way that an archive is not.")
    if kind not in {0, 0o100000}:
        raise Refused(f"“{name}” is not an ordinary file.")
    if one.flag_bits & 1:
        raise Refused(f"“{name}” is encrypted; an archive is not.")
    if one.file_size > _CHUNK and one.file_size > MOST_TIMES_LARGER * max(one.compress_size, 1):
        raise Refused(f"“{name}” unpacks to more than {MOST_TIMES_LARGER} times its size.")


def _small(archive: zipfile.ZipFile, one: zipfile.ZipInfo, most: int) -> bytes:
    """A member that is read whole."""
    if one.file_size > most:
        raise Refused(f"Its {one.filename} is too large.")
    try:
        return archive.read(one)
    except _BROKEN as error:
        raise Refused(f"Its {one.filename} cannot be read.") from error


def _manifest(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> tuple[bytes, Any]:
    if MANIFEST not in members:
        raise Refused(f"It has no {MANIFEST}: this is no archive of a clinic.")
    body = _small(archive, members[MANIFEST], MANIFEST_BYTES + MANIFEST_BYTES_A_MEMBER * len(members))
    try:
        return body, json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(f"Its {MANIFEST} cannot be read.") from error


def _check_shape(told: Any) -> None:
    kinds = {
        "format": str, "version": int, "scope": str, "clinic": str, "made_by": str, "made_at": str, "schema": str,
        "tables": dict, "files": dict,
    }  # fmt: skip
    if not isinstance(told, dict) or any(type(told.get(name)) is not kind for name, kind in kinds.items()):
        raise Refused(f"Its {MANIFEST} is not that of an archive.")
    for said in told["tables"].values():
        if not isinstance(said, dict) or type(said.get("rows")) is not int or type(said.get("digest")) is not str:
            raise Refused(f"Its {MANIFEST} is not that of an archive.")
    if told["format"] != FORMAT or told["version"] != VERSION:
        raise Refused(f"It is a “{told['format']}” {told['version']}; this program takes “{FORMAT}” {VERSION}.")


def _check_files(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], files: Mapping[str, Any]) -> None:
    there = set(members) - {MANIFEST, SEAL}
    for name in sorted(there - set(files)):
        raise Refused(f"“{name}” is in it, and the manifest does not know it.")
    for name in sorted(set(files) - there):
        raise Refused(f"“{name}” is missing.")
    for name, said in files.items():
        if not isinstance(said, dict) or _hashed(archive, name) != (said.get("bytes"), said.get("sha256")):
            raise Refused(f"“{name}” was altered: it is not what the manifest says.")


def _hashed(archive: zipfile.ZipFile, name: str) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(name) as source:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except _BROKEN as error:
        raise Refused(f"“{name}” was altered: it cannot be unpacked.") from error
    return size, digest.hexdigest()
