"""Accepting and retiring the wording of a licensed questionnaire, by an administrator who states the licence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete

from clinic.domain import assessments, instrument_wordings
from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, NotFound, Stale
from clinic.domain.events import Action, Event
from clinic.domain.instrument_wordings import STATEMENT_MAXIMUM, STATEMENT_MINIMUM, VERSION_MAXIMUM
from clinic.models import Clinic, InstrumentLicence, InstrumentWording
from clinic.queries.instrument_wordings import Wording, wordings
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class WordingEntry:
    """What was typed and pasted: the licence in words, the version of the wording, and the texts by item key."""

    statement: str
    version: str
    intro: str = ""
    questions: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)


def accept_wording(uow: UnitOfWork, instrument_key: str, entry: WordingEntry, mark: int = 0) -> None:
    """Take a clinic's own wording in use, in place of what it had. Raises Invalid, Stale, NotFound.

    ``mark`` is the mark of the wording that the form was shown with, 0 for none.
    """
    require(uow, Permission.SETTINGS_MANAGE)
    instrument = assessments.instrument(instrument_key)
    if not instrument.licensed:
        raise NotFound
    before = _same(uow, instrument_key, mark)
    wrong = _licence_refusals(entry)
    try:
        parts = instrument_wordings.parts(instrument, entry.intro, entry.questions, entry.answers)
    except Invalid as error:
        raise Invalid(wrong | error.fields) from error
    if wrong:
        raise Invalid(wrong)
    after = Wording(instrument_key, entry.version.strip(), entry.statement.strip(), uow.actor.name, uow.now, parts)
    _write(uow, after)
    uow.record(
        Event(
            Action.WORDING_ACCEPTED,
            _subject(instrument_key),
            old=_told(before) if before else {},
            new=_told(after),
        )
    )


def retire_wording(uow: UnitOfWork, instrument_key: str, mark: int) -> None:
    """Stop using a clinic's wording and take the licensed text out; the statement stays in the audit trail."""
    require(uow, Permission.SETTINGS_MANAGE)
    before = _same(uow, instrument_key, mark)
    if before is None:
        raise NotFound
    _clear(uow, instrument_key)
    uow.record(Event(Action.WORDING_RETIRED, _subject(instrument_key), old=_told(before), new={}))


def _same(uow: UnitOfWork, instrument_key: str, mark: int) -> Wording | None:
    """The wording in use, which must be the one that was shown. Whoever comes at the same time waits here."""
    uow.session.get_one(Clinic, uow.clinic_id, with_for_update=True)
    before = wordings(uow).get(instrument_key)
    current = before.mark if before else 0
    if current != mark:
        raise Stale("The wording was changed by somebody else meanwhile.", shown=mark, current=current)
    return before


def _licence_refusals(entry: WordingEntry) -> dict[str, str]:
    wrong = {}
    if not STATEMENT_MINIMUM <= len(entry.statement.strip()) <= STATEMENT_MAXIMUM:
        wrong["statement"] = (
            f"Say in your own words which licence the clinic holds, in {STATEMENT_MINIMUM} to {STATEMENT_MAXIMUM} characters."
        )
    if not 1 <= len(entry.version.strip()) <= VERSION_MAXIMUM:
        wrong["version"] = f"Name the version, in at most {VERSION_MAXIMUM} characters."
    return wrong


def _write(uow: UnitOfWork, after: Wording) -> None:
    _clear(uow, after.instrument)
    uow.session.add(
        InstrumentLicence(
            clinic_id=uow.clinic_id,
            instrument=after.instrument,
            version=after.version,
            statement=after.statement,
            accepted_by=after.accepted_by,
            accepted_at=after.accepted_at,
        )
    )
    uow.session.add_all(
        InstrumentWording(clinic_id=uow.clinic_id, instrument=after.instrument, part=part, text=text)
        for part, text in after.parts.items()
    )


def _clear(uow: UnitOfWork, instrument_key: str) -> None:
    for model in (InstrumentWording, InstrumentLicence):
        mine = (model.clinic_id == uow.clinic_id, model.instrument == instrument_key)
        uow.session.execute(delete(model).where(*mine), execution_options={"synchronize_session": False})


def _told(wording: Wording) -> dict[str, object]:
    # The text itself is licensed, so the audit trail keeps what proves it and not what it says.
    return {"version": wording.version, "statement": wording.statement, "sha256": wording.digest}


def _subject(instrument_key: str) -> str:
    return f"instrument:{instrument_key}"
