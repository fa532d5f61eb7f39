"""Room kept aside on the disk of a SQLite file, so that a full disk still lets the record be read, printed and exported.

Every look needs its entry in the audit trail, and an entry needs room. When the disk is full the reserve is given up for
entries, sessions and exports; other writes are refused until there is room to keep it again.
"""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import suppress
from pathlib import Path

KEPT_BYTES = 8 * 1024 * 1024
"""Some ten thousand entries of the audit trail (measured: 0.7 KiB each with its indexes), or a patient's export."""
MARGIN_BYTES = 4 * 1024 * 1024
"""So much must be free beside the reserve before it is kept again: else the next save would take it at once."""
_PIECE = 1024 * 1024


class Reserve:
    """The reserve beside one database file; without a file, or before it is kept, it refuses nothing."""

    def __init__(self, database: Path | None) -> None:
        self._file = database.with_suffix(".reserve") if database else None
        self._lock = threading.Lock()
        self._given_up = False
        self._is_kept = False

    def keep(self) -> None:
        """Keep the room from now on; on a disk that is full already the reserve counts as given up."""
        with self._lock:
            self._given_up = not self._kept_now()
            self._is_kept = True

    def give_up(self) -> None:
        """Let the room go: the disk is full."""
        if self._file is None or not self._is_kept:
            return
        with self._lock:
            self._given_up = True
            with suppress(OSError):
                self._file.unlink(missing_ok=True)

    def is_given_up(self) -> bool:
        """Whether the disk is still full; where it is not, the room is kept again."""
        if not self._given_up:
            return False
        with self._lock:
            self._given_up = not self._kept_now()
            return self._given_up

    def _kept_now(self) -> bool:
        if self._file is None:
            return True
        try:
            if self._file.exists() and self._file.stat().st_size == KEPT_BYTES:
                return True
            if shutil.disk_usage(self._file.parent).free < KEPT_BYTES + MARGIN_BYTES:
                return False
            self._write(self._file)
        except OSError:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)
            return False
        return True

    @staticmethod
    def _write(file: Path) -> None:
        # Random bytes: a file system that compresses, or leaves holes, would keep no room for zeros.
        with file.open("wb") as out:
            for _ in range(KEPT_BYTES // _PIECE):
                out.write(os.urandom(_PIECE))
            out.flush()
            os.fsync(out.fileno())
