"""Taking the data of a saved search out without names: who may, under which password, and the audit entry that remains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clinic.domain.actors import Permission
from clinic.domain.deidentified import released
from clinic.domain.deidentified_files import packed, sha256
from clinic.domain.deidentified_tables import Release
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.queries.cohorts import SavedCohort
from clinic.queries.deidentified import cohort_to_export
from clinic.services.authority import require, require_fresh_password
from clinic.unit_of_work import UnitOfWork

PURPOSE_MAXIMUM: Final = 500
PURPOSE_MINIMUM: Final = 10


@dataclass(frozen=True, slots=True)
class Preview:
    """What an export of a saved search would hold, or in words why there can be none."""

    cohort: SavedCohort
    patients: int
    release: Release | None
    refusal: str


@dataclass(frozen=True, slots=True)
class Export:
    """The file, its hash, and what it holds."""

    cohort: SavedCohort
    release: Release
    body: bytes
    sha256: str


def preview(uow: UnitOfWork, cohort_id: str) -> Preview:
    """What would be exported, without a file. Raises NotFound."""
    require(uow, Permission.COHORT_EXPORT)
    found = cohort_to_export(uow, cohort_id)
    patients = len(found.record.patients)
    try:
        return Preview(found.cohort, patients, released(found.record, found.salt), "")
    except Invalid as error:
        return Preview(found.cohort, patients, None, error.message)


def make_export(uow: UnitOfWork, cohort_id: str) -> Export:
    """Make the file of a saved search as the record stands now; nothing leaves before ``note_export``.

    Raises NotFound, FreshPasswordNeeded, Invalid for a cohort that is too small.
    """
    require(uow, Permission.COHORT_EXPORT)
    found = cohort_to_export(uow, cohort_id)
    require_fresh_password(uow)
    release = released(found.record, found.salt)
    body = packed(release)
    return Export(found.cohort, release, body, sha256(body))


def note_export(uow: UnitOfWork, made: Export, purpose: str) -> None:
    """Keep in the audit trail who takes which file out, and what for. Raises Invalid without a purpose."""
    require(uow, Permission.COHORT_EXPORT)
    require_fresh_password(uow)
    purpose = " ".join(purpose.split())
    if not PURPOSE_MINIMUM <= len(purpose) <= PURPOSE_MAXIMUM:
        words = (
            f"Say what the data are for, in {PURPOSE_MINIMUM} to {PURPOSE_MAXIMUM} characters. Nothing was exported."
        )
        raise Invalid({"purpose": words})
    values = {
        "sha256": made.sha256,
        "patients": str(made.release.patients),
        "sessions": str(made.release.sessions),
        **{f"rows.{name}": str(count) for name, count in made.release.counts},
        "categories_taken_together": str(sum(one.categories for one in made.release.pooled)),
    }
    uow.record(Event(Action.COHORT_EXPORTED, f"cohort:{made.cohort.id}", reason=purpose, new=values))
