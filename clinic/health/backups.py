"""How old the last verified backup is."""

from __future__ import annotations

from datetime import datetime, timedelta

from clinic.health.report import Check, ok, warning
from clinic.queries.backup_runs import last_verified
from clinic.unit_of_work import UnitOfWork

OLDEST = timedelta(hours=26)
"""A backup every day, with two hours for a slow one."""
_BACK_UP = "Run `flask --app wsgi clinic backup`, and look why the timer did not (docs/deploy.md, Back up)."


def check(uow: UnitOfWork, now: datetime) -> Check:
    """The age of the last verified backup."""
    run = last_verified(uow)
    return age(run.finished_at if run else None, now)


def age(at: datetime | None, now: datetime) -> Check:
    """The words for the moment at which the last verified backup was finished."""
    if at is None:
        return warning("backup", "There is no verified backup.", _BACK_UP)
    hours = int((now - at).total_seconds() // 3600)
    if now - at > OLDEST:
        return warning("backup", f"The last verified backup is {hours:,} hours old.", _BACK_UP)
    return ok("backup", f"The last verified backup is {max(hours, 0)} hours old.")
