"""A program of its own: each line it is sent makes one file the same as another, page by page, and answers with one.

It is no part of the process that asks: closing a file there would drop the locks that SQLite holds on it (POSIX locks
belong to the process). So it imports nothing of the program, and takes no lock itself.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

_PIECE = 1024 * 1024


def made_same(source: IO[bytes], target: IO[bytes]) -> int:
    """Write what differs, and end where the source ends; give how many pieces were written."""
    written, at = 0, 0
    source.seek(0)
    while piece := source.read(_PIECE):
        target.seek(at)
        if target.read(len(piece)) != piece:
            target.seek(at)
            _put(target, piece)
            written += 1
        at += len(piece)
    target.truncate(at)
    return written


def _put(target: IO[bytes], piece: bytes) -> None:
    left = memoryview(piece)
    while left:  # A file without a buffer may take a part only.
        left = left[target.write(left) :]


def main() -> None:
    """Serve one line after the other until the input ends."""
    target = os.open(sys.argv[2], os.O_RDWR | os.O_CREAT, 0o600)
    with Path(sys.argv[1]).open("rb", buffering=0) as source, os.fdopen(target, "r+b", buffering=0) as copy:
        for _ in sys.stdin:
            try:
                said = str(made_same(source, copy))
            except OSError as error:
                said = str(error.strerror)
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
