"""Looks at an installation from outside, whether it starts or not, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from clinic import config
from clinic.config import SettingError, Settings
from clinic.health import backups, doctor_database, doctor_files, readiness, room, trail
from clinic.health.report import Check, ok, warning, wrong
from clinic.queries.backup_runs import last_verified
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Unavailable, UnitOfWork, Work

_Look = Callable[[], Iterator[Check]]


def examine() -> list[Check]:
    """All checks in their order; one that cannot be made is wrong itself and keeps none of the others from being made."""
    try:
        settings = config.settings()
    except SettingError as error:
        return [wrong("settings", str(error), "Set it right; the rest is looked at then (docs/settings.md).")]
    found = [ok("settings", f"They can be used; the instance folder is {settings.instance}.")]
    for name, look in _checks(settings):
        try:
            found += look()
        except (OSError, SettingError, SQLAlchemyError, Unavailable, ValueError, RuntimeError) as error:
            found.append(
                wrong(name, f"This could not be looked at ({type(error).__name__}).", "See what is wrong above.")
            )
    return found


def _checks(settings: Settings) -> list[tuple[str, _Look]]:
    engine = doctor_database.engine(settings)
    work = Work(engine, b"", lambda: "", lambda: datetime.now(UTC))
    return [
        ("keys", partial(doctor_files.keys, settings)),
        ("file modes", partial(doctor_files.modes, settings)),
        ("disk", lambda: iter([room.check(_folder(settings), settings.low_disk_mebibytes)])),
        ("lock", partial(doctor_files.lock, settings)),
        ("demo", partial(doctor_files.demo, settings)),
        ("file", partial(doctor_files.file, settings)),
        ("database", partial(doctor_database.reachable, engine)),
        ("schema", partial(_read, work, lambda uow: iter([readiness.schema(uow)]))),
        ("rows", partial(doctor_database.rows, engine)),
        ("plans", partial(doctor_database.plans, engine)),
        (
            "audit trail",
            partial(_read, work, lambda uow: iter(trail.check(uow, settings.instance / "anchors", work.clock()))),
        ),
        ("clock", doctor_files.time_service),
        ("backup", partial(_read, work, lambda uow: _backups(uow, settings))),
        ("log", doctor_files.log),
    ]


def _folder(settings: Settings) -> Path:
    return settings.sqlite_file.parent if settings.sqlite_file else settings.instance


def _read(work: Work, look: Callable[[UnitOfWork], Iterator[Check]]) -> Iterator[Check]:
    with work.reading(SYSTEM, scoped=False) as uow:
        yield from look(uow)


def _backups(uow: UnitOfWork, settings: Settings) -> Iterator[Check]:
    yield backups.check(uow, datetime.now(UTC))
    run = last_verified(uow)
    if (
        run is not None
        and run.file
        and not (Path(run.file).exists() or (settings.instance / "backups" / run.file).exists())
    ):
        yield warning(
            "backup",
            f"{Path(run.file).name} is not on this machine any more.",
            "That is right when copies are moved elsewhere; see that it is there.",
        )
    if run is not None:
        yield backups.drilled(uow, datetime.now(UTC))
