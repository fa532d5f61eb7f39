"""Referring a patient: making a referral, sending it, taking its answer, changing and declining it.

Each is a further entry of the patient's plan (``services.plan_items``); what was said before stays readable.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from clinic.domain.actors import Permission
from clinic.domain.errors import Frozen, Invalid, NotFound, WrongStep
from clinic.domain.plans import ItemKind, PlanEntry, PlanItem, PlanState, Referral
from clinic.domain.referrals import REASON_MINIMUM, problems, wait_until
from clinic.models import PlanItem as ItemRow
from clinic.queries.patients import clinic_today
from clinic.services.authority import require
from clinic.services.plan_items import add_item, change_item, held_item
from clinic.unit_of_work import UnitOfWork


def make_referral(
    uow: UnitOfWork,
    patient_id: str,
    referral: Referral,
    *,
    reason: str = "",
    rules: tuple[str, ...] = (),
    visit_id: str | None = None,
) -> str:
    """Enter a referral that was agreed on; gives its id. A sent one without a day for its answer gets the usual one.

    Raises as ``add_item`` does.
    """
    require(uow, Permission.PLAN_WRITE)
    today = clinic_today(uow)
    if referral.answered_on or referral.answer.strip():
        raise Invalid({"answered_on": "A new referral has no answer yet: save it first."})
    if referral.sent_on and referral.answer_by is None:
        referral = replace(referral, answer_by=wait_until(referral.sent_on, referral.urgent))
    referral = _settled(referral)
    if found := problems(referral, today):
        raise Invalid(found)
    entry = PlanEntry(referral, PlanState.AGREED, reason.strip(), rules)
    return add_item(uow, patient_id, entry, visit_id=visit_id)


def change_referral(
    uow: UnitOfWork, patient_id: str, item_id: str, number: int, referral: Referral, *, visit_id: str | None = None
) -> None:
    """Change to whom, what is asked, whether it is urgent and by when an answer is expected; the kind and the rest stay."""
    item, before = _open(uow, patient_id, item_id, number)
    changed = replace(
        before,
        recipient=referral.recipient,
        question=referral.question,
        urgent=referral.urgent,
        answer_by=referral.answer_by,
    )
    _write(uow, item, changed, item.entry.state, "", visit_id)


def send_referral(
    uow: UnitOfWork,
    patient_id: str,
    item_id: str,
    number: int,
    sent_on: date,
    answer_by: date | None = None,
    *,
    visit_id: str | None = None,
) -> None:
    """Say that it was sent, and by when an answer is expected: the usual day unless another is named."""
    item, before = _open(uow, patient_id, item_id, number)
    if before.sent_on is not None:
        raise WrongStep("This referral is marked as sent already. Nothing was changed.")
    until = answer_by or wait_until(sent_on, before.urgent)
    _write(uow, item, replace(before, sent_on=sent_on, answer_by=until), PlanState.AGREED, "", visit_id)


def answer_referral(
    uow: UnitOfWork,
    patient_id: str,
    item_id: str,
    number: int,
    answered_on: date,
    answer: str,
    *,
    visit_id: str | None = None,
) -> None:
    """Enter what came back, and on which day; the referral is done with it. Raises Invalid before it was sent."""
    item, before = _open(uow, patient_id, item_id, number)
    if not answer.strip():
        raise Invalid({"answer": "Say in words what the answer is."})
    answered = replace(before, answered_on=answered_on, answer=answer)
    _write(uow, item, answered, PlanState.DONE, "", visit_id)


def decline_referral(
    uow: UnitOfWork, patient_id: str, item_id: str, number: int, reason: str, *, visit_id: str | None = None
) -> None:
    """Say why it is not pursued."""
    item, before = _open(uow, patient_id, item_id, number)
    if len(reason.strip()) < REASON_MINIMUM:
        raise Invalid({"reason": f"Say why, in at least {REASON_MINIMUM} characters."})
    try:
        _write(uow, item, before, PlanState.DECLINED, reason.strip(), visit_id)
    except Invalid as error:
        raise Invalid({"reason" if name == "note" else name: said for name, said in error.fields.items()}) from error


def _open(uow: UnitOfWork, patient_id: str, item_id: str, number: int) -> tuple[PlanItem, Referral]:
    """Take hold of a referral that still waits. Raises NotFound for anything else than a referral of this patient."""
    require(uow, Permission.PLAN_WRITE)
    row = uow.session.get(ItemRow, (uow.clinic_id, item_id))
    if row is None or row.patient_id != patient_id or row.kind is not ItemKind.REFERRAL:
        raise NotFound
    item = held_item(uow, item_id, number)
    details = item.entry.details
    if not isinstance(details, Referral):
        raise NotFound
    if not item.is_open:
        raise Frozen(
            f"This referral is {item.entry.state.value} and takes no change here. Make a new one if it is needed."
        )
    return item, details


def _write(
    uow: UnitOfWork, item: PlanItem, referral: Referral, state: PlanState, note: str, visit_id: str | None
) -> None:
    referral = _settled(referral)
    if found := problems(referral, clinic_today(uow)):
        raise Invalid(found)
    entry = replace(item.entry, details=referral, state=state, note=note)
    if entry == replace(item.entry, note=note) and not note:
        raise Invalid({"": "Nothing was changed: the referral stands as it is."})
    change_item(uow, item.id, item.number, entry, visit_id=visit_id)


def _settled(referral: Referral) -> Referral:
    """Without blanks around what was typed."""
    return replace(
        referral,
        recipient=referral.recipient.strip(),
        question=referral.question.strip(),
        answer=referral.answer.strip(),
    )
