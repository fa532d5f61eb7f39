"""The drill: a backup restored aside, compared with what was saved and verified there, and removed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from clinic import config, verification
from clinic.backups import files, restoring, scratches
from clinic.backups.reading import Read
from clinic.backups.restoring import MakeApp
from clinic.backups.sealing import BackupRefused
from clinic.config import Settings
from clinic.extensions import db, upgrade
from clinic.unit_of_work import Work
from clinic.verification import Report


@dataclass(frozen=True, slots=True)
class Drilled:
    """A backup that was restored aside and is what was saved; ``report`` is what verifying it there found."""

    read: Read
    report: Report

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """What was compared, in words, with how much of it."""
        manifest = self.read.manifest
        rows = sum(table.rows for table in manifest.tables.values())
        return (
            ("Made at", manifest.made_at),
            ("Decrypted and checked", f"{self.read.size:,} bytes"),
            ("Tables with the same rows and the same digest", f"{len(manifest.tables)}"),
            ("Rows", f"{rows:,}"),
            ("Clinics", f"{manifest.clinics}"),
            ("Audit chains that end where they ended", f"{len(manifest.heads)}"),
            *((f"Verified there: {name}", f"{count:,}") for name, count in self.report.counts.items()),
            ("Problems", str(len(self.report.problems) or "none")),
        )


def drill(settings: Settings, file: Path, make_app: MakeApp, known: frozenset[str], scratch_url: str = "") -> Drilled:
    """Restore a backup aside and compare it. Raises BackupRefused where it is not what was saved."""
    key = config.backup_key(settings.instance)
    try:
        with files.one_run(settings.instance) as work:
            if settings.sqlite_file is not None:
                place = work / "drill.sqlite3"
                read = restoring.unpacked(settings, file, key, place, known)
                return Drilled(read, _verified(make_app, settings, f"sqlite:///{place}", read, work))
            with scratches.scratch(settings, scratch_url) as url:
                read = restoring.loaded(settings, file, key, url, known)
                return Drilled(read, _verified(make_app, settings, url, read, work))
    except restoring.FAILURES as error:
        raise BackupRefused(f"The drill was not finished: {restoring.in_words(error)}. Nothing was changed.") from error


def _verified(make_app: MakeApp, settings: Settings, url: str, read: Read, work: Path) -> Report:
    folder = work / "anchors"
    restoring.put_anchors(folder, read.anchors)
    with _scratch_app(make_app(restoring.aimed_at(settings, url))) as app:
        upgrade()
        made: Work = app.extensions["clinic_work"]
        return verification.verify(made, folder)


@contextmanager
def _scratch_app(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        try:
            yield app
        finally:
            db.engine.dispose()
