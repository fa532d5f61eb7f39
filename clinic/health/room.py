"""Room on the disk: warned of while there is enough to go on, refused when there is none."""

from __future__ import annotations

import shutil
from pathlib import Path

from clinic.health.report import Check, ok, warning, wrong

FULL_MEBIBYTES = 64
"""Less than this does not hold a day's documents and the journal of a migration: it is as good as full."""
_MEBIBYTE = 1024 * 1024
_FREE_IT = "Move old backups and logs to another machine, or give the disk more room."


def check(folder: Path, low_mebibytes: int) -> Check:
    """How much room the disk of a folder has; ``low_mebibytes`` is where the warning begins."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return wrong(
            "disk",
            f"The folder {folder.name}/ cannot be reached ({error.strerror}).",
            "Bring its disk back.",
            stops=True,
        )
    return said(free, low_mebibytes)


def said(free_bytes: int, low_mebibytes: int) -> Check:
    """The words for so many free bytes."""
    left = f"{free_bytes // _MEBIBYTE:,} MiB are free on the disk of the record"
    if free_bytes < FULL_MEBIBYTES * _MEBIBYTE:
        return wrong("disk", f"The disk is as good as full: {left}. Saving will fail.", _FREE_IT, stops=True)
    if free_bytes < low_mebibytes * _MEBIBYTE:
        return warning("disk", f"The disk is nearly full: {left}. Saving still works.", _FREE_IT)
    return ok("disk", f"{left}.")
