"""Reading a backup back: everything is decrypted and compared, whatever is then done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from clinic.backups import parts, postgresql_tools, sealing
from clinic.backups.parts import Manifest
from clinic.backups.sealing import BackupRefused, Opener
from clinic.config import Settings

Target = Callable[[Manifest], AbstractContextManager[IO[bytes] | None]]
"""Where the bytes of the database go; nowhere when it gives None."""


@dataclass(frozen=True, slots=True)
class Read:
    """A backup that was read to its end and found whole."""

    manifest: Manifest
    anchors: dict[str, bytes]
    sha256: str
    size: int


def read(file: Path, key: bytes, target: Target) -> Read:
    """Read a backup to its end. Raises BackupRefused wherever it is not what was written."""
    try:
        with sealing.opened(file) as sealed:
            source = Opener(sealed, key)
            if parts.next_name(source) != parts.MANIFEST:
                raise BackupRefused("The backup does not begin with its manifest.")
            manifest = Manifest.read(parts.whole(source))
            anchors, names = {}, []
            while name := parts.next_name(source):
                names.append(name)
                if name == parts.DATABASE:
                    with target(manifest) as out:
                        _passed_on(parts.blocks(source), out)
                else:
                    anchors[name.removeprefix(parts.ANCHORS)] = parts.whole(source)
            digest = source.finish()
            if sorted(names) != sorted((*manifest.files, parts.DATABASE)):
                raise BackupRefused("The backup holds other parts than its manifest names.")
            return Read(manifest, anchors, digest, source.size)
    except OSError as error:
        raise BackupRefused(f"{file} cannot be read to its end, or not be written out: {error.strerror}.") from error


def check(settings: Settings, file: Path, key: bytes) -> Read:
    """Read a backup to its end and into nothing; a dump of PostgreSQL is also read by ``pg_restore``."""

    def target(manifest: Manifest) -> AbstractContextManager[IO[bytes] | None]:
        return nullcontext(None) if manifest.database == "sqlite" else postgresql_tools.listing(settings)

    return read(file, key, target)


def _passed_on(blocks: Iterator[bytes], out: IO[bytes] | None) -> None:
    for block in blocks:
        if out is not None:
            out.write(block)
