"""Patients found by what was charted, and searches kept under a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.cohort_json import to_json
from clinic.domain.cohort_words import criteria_line
from clinic.domain.cohorts import Criteria
from clinic.domain.errors import Invalid, Stale
from clinic.domain.events import Action, Event
from clinic.domain.quantities import format_number
from clinic.queries import cohorts as query
from clinic.queries.cohort_pages import TABLE_MAXIMUM, FoundPage, FoundPatient, Order, found_page, people
from clinic.queries.cohorts import SavedCohort
from clinic.services import cohorts
from clinic.unit_of_work import UnitOfWork
from clinic.web.costly import costly
from clinic.web.forms.cohort_fields import SearchForm
from clinic.web.forms.cohorts import RetireForm, SaveForm, as_query, search_form
from clinic.web.saving import attempt, shown_version
from clinic.web.security import permission
from clinic.web.spreadsheets import download
from clinic.web.work import once, reading

blueprint = Blueprint("cohorts", __name__, url_prefix="/cohorts")
Page = str | Response | tuple[str, int]

HEADINGS: Final = ("family name, given names", "born", "record number", "last visit", "why")
_INVALID = 422


@dataclass
class _Shown:
    """What one page needs: the form, what it asks, what was found, and the kept search that it began with."""

    form: SearchForm
    criteria: Criteria | None
    found: FoundPage | None
    saved: tuple[SavedCohort, ...]
    kept: SavedCohort | None
    order: Order
    names: dict[str, str] = field(default_factory=dict)

    @property
    def is_as_kept(self) -> bool:
        """Whether what is shown is the kept search itself, and not a change of it that nobody kept yet."""
        return self.kept is not None and self.kept.is_readable and self.criteria == self.kept.criteria


@blueprint.get("")
@permission(Permission.COHORT_SEARCH)
@costly
def index() -> Page:
    """The form, and the patients that fit once something is asked."""
    shown = _read(request.args, request.args.get("cohort", ""))
    return _rendered(shown, SaveForm(formdata=None), 200 if shown.criteria is not None else _INVALID)


@blueprint.get("/<cohort_id>")
@permission(Permission.COHORT_SEARCH)
@costly
def show(cohort_id: str) -> Page:
    """A kept search, asked now."""
    return _rendered(_read(None, cohort_id), SaveForm(formdata=None), 200)


@blueprint.get("/list.csv")
@permission(Permission.COHORT_SEARCH)
@costly
def table() -> Page:
    """Everybody who fits, for a spreadsheet."""
    shown = _read(request.args, "", whole=True)
    if shown.found is None:
        return _rendered(shown, SaveForm(formdata=None), _INVALID)
    return download(f"patients-{shown.found.today.isoformat()}", HEADINGS, _lines(shown.found))


@blueprint.post("")
@permission(Permission.COHORT_SEARCH)
def save() -> Page:
    """Keep a search under a name."""
    form = SaveForm()
    outcome = attempt(
        form, lambda uow: cohorts.save_cohort(uow, form.name.data, form.asked, shared=bool(form.shared.data))
    )
    if outcome.saved:
        flash("The search is kept under its name. It holds its criteria, never the patients.")
        return redirect(url_for(".show", cohort_id=outcome.id))
    return _rendered(_read(_posted(form), ""), form, outcome.status)


@blueprint.post("/<cohort_id>")
@permission(Permission.COHORT_SEARCH)
def change(cohort_id: str) -> Page:
    """Change the name or the criteria of one's own search, or who sees it."""
    form = SaveForm()
    outcome = attempt(form, lambda uow: _change(uow, cohort_id, form))
    if outcome.saved:
        flash("The search is changed.")
        return redirect(url_for(".show", cohort_id=cohort_id))
    shown = _read(_posted(form), cohort_id)
    if shown.kept is not None:
        shown.kept = replace(shown.kept, edit_version=outcome.version(shown.kept.edit_version))
    return _rendered(shown, form, outcome.status)


@blueprint.post("/<cohort_id>/retire")
@permission(Permission.COHORT_SEARCH)
def retire(cohort_id: str) -> Page:
    """Stop using one's own search."""
    form = RetireForm()
    if not form.validate():
        raise Invalid(form.messages)
    try:
        once(lambda uow: cohorts.retire_cohort(uow, cohort_id, shown_version()))
    except Stale as error:
        flash(error.message)
        return redirect(url_for(".show", cohort_id=cohort_id))
    flash("The search is retired. It stays in the audit trail.")
    return redirect(url_for(".index"))


def _change(uow: UnitOfWork, cohort_id: str, form: SaveForm) -> None:
    shared = bool(form.shared.data)
    cohorts.change_cohort(uow, cohort_id, shown_version(), form.name.data, form.asked, shared=shared)


def _posted(form: SaveForm) -> MultiDict[str, Any]:
    """The criteria that came with a refused form, so that the page still shows what they find."""
    try:
        return MultiDict(as_query(form.asked))
    except Invalid:
        return MultiDict()


def _read(args: MultiDict[str, Any] | None, cohort_id: str, *, whole: bool = False) -> _Shown:
    """Read one page; without ``args`` the kept search is asked as it is."""
    with reading() as uow:
        kept = query.cohort_to_show(uow, cohort_id) if cohort_id else None
        names = people(uow)
        asked = MultiDict(as_query(kept.criteria)) if args is None and kept else args or MultiDict()
        form, criteria = search_form(asked, names)
        order = _order(request.args.get("order", ""))
        found = None
        if criteria is not None and not criteria.is_empty:
            page = 1 if whole else _number(request.args.get("page", ""))
            found = found_page(uow, criteria, page, order, whole=whole)
        uow.record(_seen(criteria, found, names, kept, whole=whole))
        return _Shown(form, criteria, found, query.cohorts(uow), kept, order, names)


def _seen(
    criteria: Criteria | None, found: FoundPage | None, names: dict[str, str], kept: SavedCohort | None, *, whole: bool
) -> Event:
    subject = f"cohort:{kept.id}" if kept else ("cohorts.table" if whole else "cohorts")
    if criteria is None or found is None:
        return Event(Action.COHORT_VIEWED, subject)
    told = {"asked": criteria_line(criteria, names), "criteria": to_json(criteria), "found": found.total}
    return Event(Action.COHORT_VIEWED, subject, new=told | {"patients": " ".join(found.patient_ids)})


def _rendered(shown: _Shown, save_form: SaveForm, status: int) -> Page:
    if not request.form and shown.kept is not None:
        save_form.name.data, save_form.shared.data = shown.kept.name, shown.kept.shared
    found, criteria = shown.found, shown.criteria or Criteria()
    kept = as_query(criteria) | ({"cohort": shown.kept.id} if shown.kept else {})
    paged = kept | ({"order": shown.order.value} if shown.order is not Order.NAME else {})
    page = render_template(
        "cohorts/index.html",
        shown=shown,
        form=shown.form,
        found=found,
        save_form=save_form,
        criteria_json=to_json(criteria),
        words={one.id: criteria_line(one.criteria, shown.names) for one in shown.saved},
        orders=[(one, url_for(".index", **kept, order=one.value)) for one in Order],
        table_url=url_for(".table", **as_query(criteria)),
        table_maximum=TABLE_MAXIMUM if found and found.total > TABLE_MAXIMUM else None,
        earlier_url=url_for(".index", **paged, page=found.page - 1) if found and found.page > 1 else None,
        later_url=url_for(".index", **paged, page=found.page + 1) if found and found.more else None,
    )
    return page, status


def _lines(found: FoundPage) -> Iterator[tuple[str, ...]]:
    yield from map(_cells, found.rows)
    if found.more:
        there, all_of_them = format_number(found.last), format_number(found.total)
        yield (
            f"Only the first {there} of {all_of_them} patients are in this table. Narrow the search.",
            "",
            "",
            "",
            "",
        )


def _cells(row: FoundPatient) -> tuple[str, ...]:
    seen = row.last_visit_on.isoformat() if row.last_visit_on else ""
    return (row.name, row.birth_date.isoformat(), row.record_number, seen, "; ".join(one.line for one in row.reasons))


def _order(text: str) -> Order:
    return Order(text) if text in tuple(Order) else Order.NAME


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
