"""Accepting the texts that patients get: one version of one text in one language, known by the hash of what was read."""

from __future__ import annotations

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.documents.texts import Text, TextKind, languages
from clinic.domain.errors import Invalid, NotFound, Stale
from clinic.domain.events import Action, Event
from clinic.models import Clinic, TextApproval
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork

REASON_MAXIMUM = 500
_NEEDED = {TextKind.TREATMENT: Permission.TEXT_ACCEPT, TextKind.THERAPY: Permission.THERAPY_TEXT_ACCEPT}


def needed(text: Text) -> Permission:
    """The permission to accept a text: prescribers for treatment, therapists too for therapy."""
    return _NEEDED[text.kind]


def accept_text(uow: UnitOfWork, language: str, text_id: str, *, version: str, sha256: str) -> str:
    """Accept a text for the clinic, exactly as it was shown; gives the id.

    Raises NotFound, Stale when the text is another one than was shown, Invalid when it is accepted already.
    """
    text = _text(language, text_id)
    require(uow, needed(text))
    _wait(uow)
    if (version, sha256) != (text.version, text.sha256):
        raise Stale(
            "The text was changed since it was shown to you, so it is not accepted. Read it again, then accept it.",
            shown=0,
            current=1,
        )
    if _standing(uow, text) is not None:
        raise Invalid({"": "This version is accepted already. Nothing was changed."})
    row = TextApproval(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        text_id=text.id,
        language=text.language,
        version=text.version,
        sha256=text.sha256,
        accepted_by=uow.actor.name,
        accepted_at=uow.now,
    )
    uow.session.add(row)
    new = {"version": row.version, "sha256": row.sha256, "accepted_by": row.accepted_by}
    uow.record(Event(Action.TEXT_ACCEPTED, _subject(text), new=new))
    return row.id


def withdraw_text(uow: UnitOfWork, language: str, text_id: str, reason: str) -> None:
    """Take the acceptance of a text back, with a reason; it prints as not approved from now on.

    Raises NotFound, also for a text that nobody accepted, and Invalid without a reason.
    """
    text = _text(language, text_id)
    require(uow, needed(text))
    _wait(uow)
    row = _standing(uow, text)
    if row is None:
        raise NotFound
    if not reason.strip():
        raise Invalid({"reason": "Say why the text is withdrawn."})
    if len(reason) > REASON_MAXIMUM:
        raise Invalid({"reason": f"At most {REASON_MAXIMUM} characters."})
    row.withdrawn_by, row.withdrawn_at, row.withdrawn_reason = uow.actor.name, uow.now, reason.strip()
    old = {"version": row.version, "sha256": row.sha256, "accepted_by": row.accepted_by}
    new = {"withdrawn_by": row.withdrawn_by}
    uow.record(Event(Action.TEXT_WITHDRAWN, _subject(text), old=old, new=new, reason=reason.strip()))


def _text(language: str, text_id: str) -> Text:
    known = languages().get(language)
    if known is None or text_id not in known.texts:
        raise NotFound
    return known.texts[text_id]


def _wait(uow: UnitOfWork) -> None:
    # Whoever accepts or withdraws at the same time waits here, so that a text is not accepted twice.
    uow.session.get_one(Clinic, uow.clinic_id, with_for_update=True)


def _standing(uow: UnitOfWork, text: Text) -> TextApproval | None:
    one = TextApproval
    return uow.session.scalars(
        select(one).where(one.sha256 == text.sha256, one.language == text.language, one.withdrawn_at.is_(None))
    ).first()


def _subject(text: Text) -> str:
    return f"text:{text.language}/{text.id}"
