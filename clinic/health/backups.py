"""How old the last verified backup is, and the last drill that tried one out."""

from __future__ import annotations

from datetime import datetime, timedelta

from clinic.audit_chain import CLOCK_TOLERANCE
from clinic.domain.wording import plural
from clinic.health.report import Check, ok, warning
from clinic.queries.backup_runs import last_drill, last_verified
from clinic.unit_of_work import UnitOfWork

_AHEAD = "of a day that has not come: the clock was ahead when it was made, so its age says nothing."
OLDEST = timedelta(hours=26)
"""A backup every day, with two hours for a slow one."""
DRILL_OLDEST = timedelta(days=35)
"""A drill every month, with days for a late one."""
_BACK_UP = "Run `flask --app wsgi clinic backup`, and look why the timer did not (docs/deploy.md, Back up)."

_DRILL = "Run `flask --app wsgi clinic drill`, every month by a timer (docs/deploy.md, Back up)."


def check(uow: UnitOfWork, now: datetime) -> Check:
    """The age of the last verified backup."""
    run = last_verified(uow)
    return age(run.finished_at if run else None, now)


def age(at: datetime | None, now: datetime) -> Check:
    """The words for the moment at which the last verified backup was finished."""
    if at is None:
        return warning("backup", "There is no verified backup.", _BACK_UP)
    if at - now > CLOCK_TOLERANCE:
        return warning("backup", f"The last verified backup is {_AHEAD}", _BACK_UP)
    hours = int((now - at).total_seconds() // 3600)
    if now - at > OLDEST:
        return warning("backup", f"The last verified backup is {hours:,} hours old.", _BACK_UP)
    old = plural(hours, "hour") if hours > 0 else "less than an hour"
    return ok("backup", f"The last verified backup is {old} old.")


def drilled(uow: UnitOfWork, now: datetime) -> Check:
    """How long ago a backup was last tried out by restoring it aside."""
    run = last_drill(uow)
    return drill_age(run.finished_at if run else None, now)


def drill_age(at: datetime | None, now: datetime) -> Check:
    """The words for the moment at which the last drill that went well was finished."""
    if at is None:
        return warning("drill", "No backup has been tried out by restoring it aside.", _DRILL)
    if at - now > CLOCK_TOLERANCE:
        return warning("drill", f"The last try at a backup is {_AHEAD}", _DRILL)
    days = (now - at).days
    said = f"A backup was last tried out {plural(days, 'day')} ago." if days > 0 else "A backup was tried out today."
    return warning("drill", said, _DRILL) if now - at > DRILL_OLDEST else ok("drill", said)
