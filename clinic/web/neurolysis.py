"""Criteria for selective neurolysis, test blocks, and the referral with what a surgeon gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.events import Action, Event
from clinic.domain.neurolysis import BLOCK_NOTE, LIMITS
from clinic.queries.neurolysis import NeurolysisPage, neurolysis_page
from clinic.services.blinding import note_seen
from clinic.services.blocks import record_block, remove_block
from clinic.services.neurolysis import answer_criteria, answers_mark, refer_for_neurolysis
from clinic.web.forms.injections import EmptyForm
from clinic.web.forms.neurolysis import (
    BlockForm,
    CriteriaForm,
    NeurolysisReferralForm,
    block_form,
    criteria_form,
    referral_form,
)
from clinic.web.saving import Attempt, attempt
from clinic.web.security import current_actor, permission
from clinic.web.work import reading, work

blueprint = Blueprint("neurolysis", __name__, url_prefix="/visits/<visit_id>/neurolysis")
Page = str | Response | tuple[str, int]
_STALE = 409


@dataclass(frozen=True, slots=True)
class Forms:
    """The three forms of the page, and the one that was posted and refused."""

    criteria: CriteriaForm
    block: BlockForm
    referral: NeurolysisReferralForm


@blueprint.get("")
@permission(Permission.VISIT_READ)
def show(visit_id: str) -> Page:
    """The criteria, the test blocks and what the surgeon gets."""
    page = _read(visit_id)
    return _page(page, _forms(page), Attempt(200)) if page.draft else _to_visit(visit_id)


@blueprint.post("/criteria")
@permission(Permission.PLAN_WRITE)
def answer(visit_id: str) -> Page:
    """Save the answers that only a clinician can give."""
    page = _read(visit_id)
    forms = _forms(page, "criteria")
    form = forms.criteria
    done = attempt(form, lambda uow: answer_criteria(uow, visit_id, form.answers, form.shown.data or ""))
    if done.status == _STALE:
        form.shown.data = answers_mark(page.answers)
    return _done(visit_id, "The answers are saved.", "criteria") if done.saved else _page(page, forms, done, "criteria")


@blueprint.post("/blocks")
@permission(Permission.TARGET_WRITE)
def block(visit_id: str) -> Page:
    """Record a test block."""
    page = _read(visit_id)
    forms = _forms(page, "block")
    done = attempt(forms.block, lambda uow: record_block(uow, visit_id, forms.block.entry))
    return _done(visit_id, "The test block is recorded.", "blocks") if done.saved else _page(page, forms, done, "block")


@blueprint.post("/blocks/<block_id>/remove")
@permission(Permission.TARGET_WRITE)
def remove(visit_id: str, block_id: str) -> Page:
    """Take a test block out that was entered by mistake."""
    page = _read(visit_id)
    form = EmptyForm()
    done = attempt(form, lambda uow: remove_block(uow, visit_id, block_id))
    if done.saved:
        return _done(visit_id, "The test block is taken out. The audit trail keeps what it said.", "blocks")
    return _page(page, _forms(page), done)


@blueprint.post("/referral")
@permission(Permission.PLAN_WRITE)
def refer(visit_id: str) -> Page:
    """Make the referral with its typed reason."""
    page = _read(visit_id)
    forms = _forms(page, "referral")
    form = forms.referral
    said = {
        "recipient": form.recipient.data or "",
        "question": form.question.data or "",
        "reason": form.reason.data or "",
    }
    done = attempt(form, lambda uow: refer_for_neurolysis(uow, page.strip.id, visit_id, **said))
    if not done.saved:
        return _page(page, forms, done, "referral")
    flash("The referral is in the plan. Mark it as sent once the letter has left.")
    return redirect(url_for("referrals.show", patient_id=page.strip.id, item_id=done.id, visit=visit_id))


def _read(visit_id: str) -> NeurolysisPage:
    with reading() as uow:
        page = neurolysis_page(uow, visit_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.strip.id))
    if page.draft and page.others_graded:
        # A page that shows somebody's grading must not leave the viewer blind on record.
        with work().housekeeping() as database:
            note_seen(database, current_actor(), page.others_graded, work().clock())
    return page


def _forms(page: NeurolysisPage, posted: str = "") -> Forms:
    """All forms; only the posted one reads what was sent."""
    given: dict[str, Any] = {name: {"formdata": None} for name in ("criteria", "block", "referral") if name != posted}
    return Forms(
        criteria=criteria_form(page.answers, answers_mark(page.answers), **given.get("criteria", {})),
        block=block_form(page.palsied, **given.get("block", {})),
        referral=referral_form(page.question, **given.get("referral", {})),
    )


def _page(page: NeurolysisPage, forms: Forms, done: Attempt, failed: str = "") -> Page:
    shown = {"page": page, "patient": page.strip, "shown": forms, "failed": getattr(forms, failed) if failed else None}
    return render_template("neurolysis/show.html", limits=LIMITS, block_note=BLOCK_NOTE, **shown), done.status


def _done(visit_id: str, words: str, anchor: str) -> Response:
    flash(words)
    return redirect(url_for(".show", visit_id=visit_id, _anchor=anchor))


def _to_visit(visit_id: str) -> Response:
    return redirect(url_for("visits.show", visit_id=visit_id))
