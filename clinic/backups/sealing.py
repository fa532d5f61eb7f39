"""The outer form of a backup: chunks of AES-256-GCM that cannot be cut, put in another order, added to or changed.

A file is a header and then chunks. Each chunk is sealed under a key of this file alone (HKDF from the key of the backups
and random bytes in the header), with a nonce of its number and whether it is the last, and with the whole header bound in
(the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). Memory does not grow with the file.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import IO, Any, Final

from clinic import encryption

MAGIC: Final = b"SYNKBACKUP\x01\n"
FORMAT: Final = 1
CHUNK_BYTES: Final = 1024 * 1024
TAG_BYTES: Final = 16
_SALT_BYTES: Final = 32
_PREFIX_BYTES: Final = 7
_LENGTH_BYTES: Final = 4
_HEADER_LIMIT: Final = 4096
_CHUNKS_LIMIT: Final = 2**32
"""The number of a chunk has four bytes: 4 PiB."""
_LABEL: Final = "backup key"


class BackupRefused(RuntimeError):
    """A file that is no whole and unchanged backup of this installation's key; the message says what is wrong."""


def fingerprint(key: bytes) -> str:
    """Sixteen digits that tell one key from another and say nothing about it."""
    return encryption.keyed_hash(key, _LABEL, "fingerprint")[:16]


class Sealer:
    """A file to write to; what is written is sealed, and only ``finish`` makes it whole."""

    def __init__(self, out: IO[bytes], key: bytes) -> None:
        self._out, self._buffer, self._number = out, bytearray(), 0
        self._digest, self.size = hashlib.sha256(), 0
        said = {"format": FORMAT, "key": fingerprint(key), "salt": os.urandom(_SALT_BYTES).hex()}
        said |= {"prefix": os.urandom(_PREFIX_BYTES).hex(), "chunk": CHUNK_BYTES}
        body = json.dumps(said).encode()
        self._header = MAGIC + len(body).to_bytes(_LENGTH_BYTES, "big") + body
        self._cipher, self._prefix = _opened(key, said), bytes.fromhex(str(said["prefix"]))
        self._put(self._header)

    def write(self, data: bytes) -> int:
        """Take more plain bytes."""
        self._buffer += data
        while len(self._buffer) > CHUNK_BYTES:  # The last chunk is sealed by ``finish``, which knows that it is.
            self._seal(bytes(self._buffer[:CHUNK_BYTES]), last=False)
            del self._buffer[:CHUNK_BYTES]
        return len(data)

    def finish(self) -> str:
        """Seal the last chunk; give the SHA-256 of the whole file."""
        self._seal(bytes(self._buffer), last=True)
        return self._digest.hexdigest()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._prefix, self._number, last=last), plain, self._header))
        self._number += 1

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self.size += len(data)


class Opener:
    """A sealed file to read from. Raises BackupRefused wherever it is not what was written."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        self._file, self._number, self._ended, self._plain = file, 0, False, b""
        self._at = 0
        self._digest, self.size = hashlib.sha256(), 0
        self._header, said = read_header(file)
        if said["key"] != fingerprint(key):
            raise BackupRefused(
                f"This backup was made with the key {said['key']}; keys/backup.key here is {fingerprint(key)}."
                " Put that key into keys/ of the instance folder (mode 0600) and try again."
            )
        self._digest.update(self._header)
        self.size = len(self._header)
        self._cipher, self._prefix = _opened(key, said), bytes.fromhex(said["prefix"])
        self._next = self._take()

    def read(self, count: int) -> bytes:
        """Give exactly so many plain bytes. Raises BackupRefused when there are fewer."""
        found = bytearray()
        while len(found) < count:
            if self._at == len(self._plain) and not self._more():
                raise BackupRefused("The backup ends before its content does.")
            piece = self._plain[self._at : self._at + count - len(found)]
            self._at += len(piece)
            found += piece
        return bytes(found)

    def finish(self) -> str:
        """Make sure that nothing is left; give the SHA-256 of the whole file."""
        while self._at == len(self._plain) and self._more():
            pass
        if self._at != len(self._plain):
            raise BackupRefused("The backup has more in it than its content.")
        return self._digest.hexdigest()

    def _more(self) -> bool:
        if self._ended:
            return False
        sealed, self._next = self._next, self._take() if len(self._next) == CHUNK_BYTES + TAG_BYTES else b""
        self._ended = not self._next
        self._plain, self._at = self._unsealed(sealed, last=self._ended), 0
        self._number += 1
        return True

    def _unsealed(self, sealed: bytes, *, last: bool) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            if self._number >= _CHUNKS_LIMIT:
                raise InvalidTag
            return self._cipher.decrypt(_nonce(self._prefix, self._number, last=last), sealed, self._header)
        except (InvalidTag, ValueError) as error:
            raise BackupRefused(
                f"The backup does not verify (from byte {self.size - len(sealed) - len(self._next)} on): it was cut,"
                " changed or damaged. Take an earlier one."
            ) from error

    def _take(self) -> bytes:
        data = self._file.read(CHUNK_BYTES + TAG_BYTES)
        self._digest.update(data)
        self.size += len(data)
        return data


def opened(file: Path) -> IO[bytes]:
    """Open a backup to read. Raises BackupRefused, in words, for what is no readable file."""
    if not file.is_file():
        raise BackupRefused(f"{file} is no file.")
    try:
        return file.open("rb")
    except OSError as error:
        raise BackupRefused(f"{file} cannot be read: {error.strerror}.") from error


def read_header(file: IO[bytes]) -> tuple[bytes, dict[str, Any]]:
    """Read the open part: format, fingerprint of the key. Raises BackupRefused for anything that is no backup."""
    start = file.read(len(MAGIC) + _LENGTH_BYTES)
    length = int.from_bytes(start[len(MAGIC) :], "big")
    if start[: len(MAGIC)] != MAGIC or len(start) != len(MAGIC) + _LENGTH_BYTES or not 0 < length <= _HEADER_LIMIT:
        raise BackupRefused("This file is no backup of this program, or its beginning is damaged.")
    body = file.read(length)
    try:
        said = json.loads(body)
        known = said["format"] == FORMAT and said["chunk"] == CHUNK_BYTES
        lengths = (len(bytes.fromhex(said["salt"])), len(bytes.fromhex(said["prefix"])))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BackupRefused("The beginning of the backup is damaged.") from error
    if not known or lengths != (_SALT_BYTES, _PREFIX_BYTES) or not isinstance(said["key"], str):
        raise BackupRefused("This backup is of another form than this version of the program writes.")
    return start + body, said


def _opened(key: bytes, said: dict[str, Any]) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # Slow to load, and needed by few commands.
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    salt = bytes.fromhex(said["salt"])
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"clinic backup file").derive(key))


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])
