"""The standing safety questions of a patient with their answers, asked or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from clinic.domain.injections import Answer
from clinic.domain.patients import FACT_MAY_BE_NOT_APPLICABLE, FACT_STALE_DAYS, SAFETY_FACT_LABELS, SafetyFactKind
from clinic.domain.wording import day_text
from clinic.models import SafetyFact
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class FactView:
    """One standing safety question; ``answer`` is None while it was never asked."""

    kind: SafetyFactKind
    label: str
    answer: Answer | None
    answer_text: str
    detail: str
    asked_on: date | None
    asked_text: str
    stale: bool
    calls: bool
    may_be_not_applicable: bool


def safety_facts(uow: UnitOfWork, patient_id: str, today: date) -> tuple[FactView, ...]:
    """Every standing safety question with its answer, asked or not, in the order of asking, in one statement."""
    rows = uow.session.execute(
        select(SafetyFact.kind, SafetyFact.answer, SafetyFact.detail, SafetyFact.asked_on).where(
            SafetyFact.patient_id == patient_id
        )
    )
    return facts_asked(rows, today)


def facts_asked(rows: Iterable[Any], today: date) -> tuple[FactView, ...]:
    """Every standing safety question, from rows of kind, answer, detail and day."""
    answered = {kind: (answer, detail, asked_on) for kind, answer, detail, asked_on in rows}
    return tuple(_fact(kind, *answered.get(kind, (None, "", None)), today=today) for kind in SafetyFactKind)


def _fact(kind: SafetyFactKind, answer: Answer | None, detail: str, asked_on: date | None, *, today: date) -> FactView:
    stale = asked_on is not None and (today - asked_on).days > FACT_STALE_DAYS
    return FactView(
        kind=kind,
        label=SAFETY_FACT_LABELS[kind],
        answer=answer,
        answer_text=answer.value if answer else "not asked",
        detail=detail,
        asked_on=asked_on,
        asked_text=day_text(asked_on) if asked_on else "",
        stale=stale,
        calls=answer in (Answer.YES, Answer.UNKNOWN),
        may_be_not_applicable=kind in FACT_MAY_BE_NOT_APPLICABLE,
    )
