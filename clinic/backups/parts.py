"""The inner form of a backup: a manifest, then named parts, each compressed where that helps and with its digest."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import IO, Any, Final

from clinic.backups.sealing import BackupRefused, Opener, Sealer

MANIFEST: Final = "manifest"
DATABASE: Final = "database"
ANCHORS: Final = "anchors/"
BLOCK_BYTES: Final = 256 * 1024
_PACKED_LIMIT: Final = 2 * BLOCK_BYTES
_MANIFEST_LIMIT: Final = 64 * 1024 * 1024
_NAME_LIMIT: Final = 255
_DIGEST_BYTES: Final = 32
_FASTEST: Final = 1


@dataclass(frozen=True, slots=True)
class Table:
    """How many rows a table has, and a digest of them all."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, and what it must be again after it was restored."""

    made_at: str
    database: str
    """``sqlite`` or ``postgresql``."""
    revision: str
    program: str
    server: str
    clinics: int
    tables: dict[str, Table]
    heads: dict[str, tuple[int, str]]
    """Number and hash of the last entry of each audit chain."""
    keys: dict[str, str]
    """Fingerprints of the other keys, never the keys."""
    files: tuple[str, ...] = field(default=())

    def written(self) -> bytes:
        """As bytes of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def read(cls, data: bytes) -> Manifest:
        """From bytes of JSON. Raises BackupRefused for another form."""
        try:
            said: dict[str, Any] = json.loads(data)
            said["tables"] = {name: Table(**table) for name, table in said["tables"].items()}
            said["heads"] = {chain: (int(end[0]), str(end[1])) for chain, end in said["heads"].items()}
            said["files"] = tuple(said["files"])
            return cls(**said)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackupRefused("The manifest of the backup is of another form.") from error


def put(out: Sealer, name: str, source: Iterator[bytes]) -> str:
    """Write one part; give the SHA-256 of its plain bytes."""
    out.write(len(name.encode()).to_bytes(2, "big") + name.encode())
    digest = hashlib.sha256()
    for block in source:
        digest.update(block)
        packed = zlib.compress(block, _FASTEST)
        out.write(len(packed).to_bytes(4, "big") + packed)
    out.write((0).to_bytes(4, "big") + digest.digest())
    return digest.hexdigest()


def put_end(out: Sealer) -> None:
    """Say that no part follows."""
    out.write((0).to_bytes(2, "big"))


def next_name(source: Opener) -> str:
    """The name of the part that begins here; empty at the end."""
    length = int.from_bytes(source.read(2), "big")
    if length > _NAME_LIMIT:
        raise BackupRefused("A part of the backup has no name that this program gives.")
    return source.read(length).decode(errors="replace")


def blocks(source: Opener) -> Iterator[bytes]:
    """Give the plain bytes of the part that begins here. Raises BackupRefused when its digest differs."""
    digest = hashlib.sha256()
    while length := int.from_bytes(source.read(4), "big"):
        if length > _PACKED_LIMIT:
            raise BackupRefused("A part of the backup is of another form.")
        try:
            block = zlib.decompress(source.read(length))
        except zlib.error as error:
            raise BackupRefused("A part of the backup cannot be unpacked.") from error
        digest.update(block)
        yield block
    if source.read(_DIGEST_BYTES) != digest.digest():
        raise BackupRefused("A part of the backup has another checksum than it was written with.")


def whole(source: Opener) -> bytes:
    """The plain bytes of a small part."""
    found = bytearray()
    for block in blocks(source):
        found += block
        if len(found) > _MANIFEST_LIMIT:
            raise BackupRefused("A part of the backup is larger than this program writes.")
    return bytes(found)


def in_blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Give a file's bytes, never empty blocks."""
    while block := file.read(BLOCK_BYTES):
        yield block
