"""The texts that patients get, with what the clinic accepted: all of them, and one with every sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from clinic.domain.documents.texts import Language, Text, languages
from clinic.domain.errors import NotFound
from clinic.models import TextApproval
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Approval:
    """That somebody accepted a version of a text, and who withdrew that."""

    version: str
    sha256: str
    accepted_by: str
    accepted_at: datetime
    withdrawn_by: str
    withdrawn_at: datetime | None
    withdrawn_reason: str


@dataclass(frozen=True, slots=True)
class TextView:
    """A text with its standing in the clinic: ``history`` newest first, ``accepted`` the one that holds for this version."""

    text: Text
    language: Language
    history: tuple[Approval, ...]

    @property
    def accepted(self) -> Approval | None:
        """The acceptance of exactly these words, or None."""
        return next((one for one in self.history if one.sha256 == self.text.sha256 and not one.withdrawn_at), None)

    @property
    def earlier(self) -> Approval | None:
        """An acceptance of other words than these, which no longer counts for what is printed."""
        if self.accepted:
            return None
        return next((one for one in self.history if one.sha256 != self.text.sha256 and not one.withdrawn_at), None)


def text_views(uow: UnitOfWork) -> tuple[TextView, ...]:
    """Every text in every language, in one statement."""
    found = _approvals(uow)
    return tuple(
        TextView(one, language, _of(found, one))
        for language in languages().values()
        for one in sorted(language.texts.values(), key=lambda text: text.title)
    )


def text_view(uow: UnitOfWork, code: str, text_id: str) -> TextView:
    """One text in one language, in one statement. Raises NotFound."""
    language = languages().get(code)
    if language is None or text_id not in language.texts:
        raise NotFound
    one = language.texts[text_id]
    return TextView(one, language, _of(_approvals(uow), one))


def _approvals(uow: UnitOfWork) -> list[tuple[str, str, Approval]]:
    one = TextApproval
    rows = uow.session.execute(
        select(
            one.text_id,
            one.language,
            one.version,
            one.sha256,
            one.accepted_by,
            one.accepted_at,
            one.withdrawn_by,
            one.withdrawn_at,
            one.withdrawn_reason,
        ).order_by(one.accepted_at.desc(), one.id.desc())
    )
    return [(row.text_id, row.language, _approval(row)) for row in rows]


def _of(found: Iterable[tuple[str, str, Approval]], text: Text) -> tuple[Approval, ...]:
    return tuple(one for text_id, code, one in found if (text_id, code) == (text.id, text.language))


def _approval(row: Any) -> Approval:
    return Approval(*tuple(row)[2:])
