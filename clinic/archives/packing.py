"""The archive as one ZIP file: the rows, what they mean, and a manifest of hashes that is sealed with the clinic's key."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from clinic.archives import tables, values
from clinic.archives.parts import STATE, State
from clinic.archives.tables import Scope
from clinic.domain.canonical import dumped

FORMAT: Final = "synkinesis archive"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
SEAL: Final = "manifest.seal"
README: Final = "README.txt"
_CHUNK: Final = 1 << 20
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The same rows give the same bytes: members carry no time of their own."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Made:
    """By whom, when and from which schema of the database an archive was made."""

    clinic: str
    by: str
    at: datetime
    schema: str


def pack(
    folder: Path, scope: Scope, state: State, made: Made, key: bytes, target: Path, beat: Callable[[], None] = _nothing
) -> str:
    """Close an archive: write ``target`` whole or not at all, and return the SHA-256 of its manifest."""
    for part in state.parts:
        (folder / "schema").mkdir(exist_ok=True)
        text = json.dumps(table_schema(part.table), indent=1, sort_keys=True)
        (folder / "schema" / f"{part.table}.json").write_text(text, encoding="utf-8")
    (folder / README).write_text(_readme(made, scope), encoding="utf-8")
    manifest = dumped(_manifest(folder, scope, state, made, beat))
    part_file = target.with_name(f"{target.name}.part")
    try:
        with _private(part_file) as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                _add(archive, MANIFEST, manifest)
                _add(archive, SEAL, seal(key, manifest).encode())
                for place in _files(folder):
                    _copy(archive, folder, place, beat)
            out.flush()
            os.fsync(out.fileno())
        part_file.replace(target)
    finally:
        part_file.unlink(missing_ok=True)
    return hashlib.sha256(manifest).hexdigest()


def _private(file: Path) -> BinaryIO:
    """A new file that nobody else on the machine reads, wherever it is moved."""
    file.unlink(missing_ok=True)
    return os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


def seal(key: bytes, manifest: bytes) -> str:
    """What ties a manifest to the installation that made it."""
    return hmac.new(key, b"archive manifest\n" + manifest, hashlib.sha256).hexdigest()


def _manifest(folder: Path, scope: Scope, state: State, made: Made, beat: Callable[[], None]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "scope": scope.name,
        "clinic": made.clinic,
        "made_by": made.by,
        "made_at": made.at.isoformat(),
        "schema": made.schema,
        "tables": {part.table: {"rows": part.rows, "digest": part.digest} for part in state.parts},
        "files": {place: _hashed(folder / place, beat) for place in _files(folder)},
    }


def _files(folder: Path) -> Iterator[str]:
    """Every file of the archive but the two of the manifest, in a fixed order."""
    places = (one.relative_to(folder).as_posix() for one in sorted(folder.rglob("*")) if one.is_file())
    return (place for place in places if not place.startswith(STATE))


def _hashed(file: Path, beat: Callable[[], None]) -> dict[str, Any]:
    digest = hashlib.sha256()
    with file.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
            beat()
    return {"bytes": file.stat().st_size, "sha256": digest.hexdigest()}


def _add(archive: zipfile.ZipFile, place: str, body: bytes) -> None:
    archive.writestr(_member(place), body)


def _member(place: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(place, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _copy(archive: zipfile.ZipFile, folder: Path, place: str, beat: Callable[[], None]) -> None:
    with (folder / place).open("rb") as source, archive.open(_member(place), "w", force_zip64=True) as out:
        while chunk := source.read(_CHUNK):
            out.write(chunk)
            beat()


def table_schema(name: str) -> dict[str, Any]:
    """A JSON Schema of one line of a table."""
    told = tables.named(name)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "type": "object",
        "properties": {one.name: values.schema(one) for one in told},
        "required": [one.name for one in told],
        "additionalProperties": False,
    }


def _readme(made: Made, scope: Scope) -> str:
    what = "one patient's record" if scope.patient_id else "the whole record of a clinic"
    return f"""This archive holds {what}: {made.clinic}, {made.at:%Y-%m-%d %H:%M} UTC.

It names patients. Keep it as you keep the record itself.

record/    one file a table, one JSON object a line; units are text with a point, moments are in UTC
schema/    a JSON Schema for the lines of each table
csv/       the same rows as tables for a spreadsheet; a cell that begins like a formula stands behind an apostrophe
files/     what was printed and kept, byte for byte; the lines of "document" and "issued_document" name them
{MANIFEST}   every file with its size and SHA-256, and for each table the number of its lines

To check a signature without the program: the SHA-256 of the text "content" of a line of record/signature.jsonl is its
"content_sha256". To check a file: its SHA-256 is what {MANIFEST} says. The audit trail is record/audit_event.jsonl.

Signatures and the audit trail are also sealed with a key that stays with the clinic; {SEAL} is sealed with it.
"""
