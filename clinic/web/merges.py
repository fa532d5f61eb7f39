"""Records that may be of one person: compared, merged, parted again, or said to be two people."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.errors import Frozen, Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.queries import duplicates, patients, record_pairs
from clinic.queries import merges as merge_query
from clinic.services import merges
from clinic.web.accounts import confirm_fresh_password
from clinic.web.costly import costly
from clinic.web.forms.merges import ChooseForm, DistinctForm, MergeForm, PartForm
from clinic.web.patients import Pager
from clinic.web.saving import attempt, shown_version
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("merges", __name__)
Page = str | Response | tuple[str, int]


@blueprint.route("/patients/duplicates", methods=["GET", "POST"])
@permission(Permission.PATIENT_WRITE)
@costly
def index() -> Page:
    """Pairs of records that may be of one person; a pair is said to be two people here."""
    form = DistinctForm()
    done = attempt(form, lambda uow: merges.mark_distinct(uow, form.one.data or "", form.other.data or ""))
    if done.saved:
        flash("Noted: these are two people. The pair is not shown again.")
        return redirect(url_for(".index"))
    with reading() as uow:
        page, stretch = (request.args.get(name, 1, type=int) for name in ("page", "stretch"))
        found = duplicates.possible_duplicates(uow, page=page, stretch=stretch)
        shown = dict.fromkeys(one.id for pair in found.pairs for one in (pair.newer, pair.older))
        uow.record(Event(Action.LIST_VIEWED, "patients.duplicates", new={"patients": " ".join(shown)}))
    return render_template("merges/index.html", found=found, pager=_pager(found), form=form), done.status


def _pager(found: duplicates.PairList) -> Pager:
    before = url_for(".index", page=found.page - 1, stretch=found.stretch) if found.page > 1 else None
    later = url_for(".index", page=found.page + 1, stretch=found.stretch) if found.last < found.total else None
    return Pager(found.first, found.last, found.total, "pairs", before, later)


@blueprint.route("/patients/<patient_id>/merge", methods=["GET", "POST"])
@permission(Permission.PATIENT_MERGE)
def choose(patient_id: str) -> Page:
    """Name the other record of the same person by its number."""
    form, other_id = ChooseForm(), None
    good = form.validate() if request.method == "POST" else None
    with reading() as uow:
        strip = patients.strip(uow, patient_id)
        if good:
            other_id = merge_query.numbered(uow, form.record_number.data or "", but=patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.merge", patient_id))
    if other_id:
        return redirect(url_for(".compare", patient_id=patient_id, other_id=other_id))
    if good:
        form.refuse(Invalid({"record_number": "No other record in use has this number. Nothing was changed."}))
    return render_template("merges/choose.html", patient=strip, form=form), 422 if good is not None else 200


@blueprint.route("/patients/<patient_id>/merge/<other_id>", methods=["GET", "POST"])
@permission(Permission.PATIENT_MERGE)
def compare(patient_id: str, other_id: str) -> Page:
    """Both records side by side; the first stays, the second is taken up into it."""
    form = MergeForm()
    done = attempt(
        form,
        lambda uow: merges.merge(
            uow,
            patient_id,
            other_id,
            kept_version=shown_version(),
            merged_version=int(form.merged_version.data or 0),
            record_number=form.record_number.data or "",
            reason=form.reason.data or "",
        ),
        first=lambda: confirm_fresh_password(form),
    )
    if done.saved:
        flash("The two records are one now. Read the safety answers and the open drafts next.")
        return redirect(url_for("patients.show", patient_id=patient_id))
    pair, notes = _pair(patient_id, other_id)
    return render_template(
        "merges/compare.html", pair=pair, notes=notes, patient=pair.kept.strip, form=form
    ), done.status


def _pair(patient_id: str, other_id: str) -> tuple[record_pairs.RecordPair, tuple[merge_query.MergeNote, ...]]:
    with reading() as uow:
        if patient_id == other_id:
            raise NotFound
        pair = record_pairs.record_pair(uow, patient_id, other_id)
        retired = [one.strip for one in (pair.kept, pair.merged) if one.strip.retired]
        for one in (pair.kept, pair.merged):
            uow.record(Event(Action.PATIENT_VIEWED, "patient.merge", one.strip.id))
        if retired:
            raise Frozen(
                f"Record {retired[0].record_number} is retired or merged already. Only records in use are merged."
            )
        return pair, merge_query.merge_notes(uow, other_id).taken_up


@blueprint.route("/patients/<patient_id>/part", methods=["GET", "POST"])
@permission(Permission.PATIENT_MERGE)
def part(patient_id: str) -> Page:
    """Undo the merge of a record: what it brought goes back."""
    form = PartForm()
    done = attempt(
        form,
        lambda uow: merges.part(uow, patient_id, form.reason.data or "", kept_version=shown_version()),
        first=lambda: confirm_fresh_password(form),
    )
    if done.saved:
        flash(
            "The two records are parted again. Read both: what was entered since the merge stayed with the other one."
        )
        return redirect(url_for("patients.show", patient_id=patient_id))
    with reading() as uow:
        strip = patients.strip(uow, patient_id)
        note = merge_query.merge_note(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.part", patient_id))
        if note is None:
            raise Frozen("This record is part of no merge now; there is nothing to part.")
        shown = {"note": note, "parting": merge_query.parting(uow, note), "kept": patients.strip(uow, note.kept_id)}
    return render_template("merges/part.html", patient=strip, form=form, **shown), done.status
