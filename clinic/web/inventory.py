"""The stock: vials, lots, what became of every unit, and the products' reference data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import ROLES, Permission
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.products import Product, product
from clinic.queries import inventory as query
from clinic.queries import ledgers, stock_lists
from clinic.queries import products as product_query
from clinic.queries.lot_recalls import recall_list
from clinic.services import inventory, lots
from clinic.unit_of_work import UnitOfWork
from clinic.web.forms.base import StrictForm
from clinic.web.forms.inventory import (
    AdjustForm,
    DiscardForm,
    LotChangeForm,
    LotForm,
    RecallForm,
    VialForm,
    WasteForm,
)
from clinic.web.saving import attempt, shown_version
from clinic.web.security import current_actor, permission
from clinic.web.work import reading, work

blueprint = Blueprint("inventory", __name__)
Page = str | Response | tuple[str, int]


@blueprint.get("/stock")
@permission(Permission.STOCK_READ)
def index() -> Page:
    """Open vials first, then the lots, then what is used up."""
    with reading() as uow:
        found = stock_lists.stock(uow)
        uow.record(Event(Action.STOCK_VIEWED, "stock"))
    return render_template("inventory/index.html", stock=found, may_write=_may_write())


@blueprint.get("/stock/products")
@permission(Permission.STOCK_READ)
def products() -> Page:
    """The products' reference data, each statement with its source."""
    with reading() as uow:
        uow.record(Event(Action.STOCK_VIEWED, "products"))
    return render_template("inventory/products.html", products=product_query.product_sheets())


@blueprint.route("/stock/lots/new", methods=["GET", "POST"])
@permission(Permission.STOCK_WRITE)
def new_lot() -> Page:
    """Enter a lot."""
    form = LotForm()

    def save(uow: UnitOfWork) -> str:
        return lots.add(
            uow,
            product=form.product.data,
            number=form.lot.data,
            expires_on=form.expires_on.data,
            supplier=form.supplier.data or "",
            received=form.received.data or "",
        )

    outcome = attempt(form, save)
    if outcome.saved:
        flash("The lot is in stock. Compare its number and expiry with the box once more.")
        return redirect(url_for("inventory.lot", lot_id=outcome.id))
    return render_template("inventory/new_lot.html", form=form), outcome.status


@blueprint.get("/stock/lots/<lot_id>")
@permission(Permission.STOCK_READ)
def lot(lot_id: str) -> Page:
    """A lot and every session that used it."""
    with reading() as uow:
        row, found = query.lot(uow, lot_id), recall_list(uow, lot_id)
        uow.record(_viewed(f"lot:{lot_id}", {one.person.id for one in found.patients}))
    return render_template("inventory/lot.html", lot=row, found=found, may_write=_may_write())


@blueprint.route("/stock/lots/<lot_id>/change", methods=["GET", "POST"])
@permission(Permission.STOCK_WRITE)
def change_lot(lot_id: str) -> Page:
    """Correct a lot's expiry or supplier."""
    row = _lot(lot_id)
    form = LotChangeForm(expires_on=row.expires_on.isoformat(), supplier=row.supplier)
    outcome = attempt(
        form,
        lambda uow: lots.change(
            uow,
            lot_id,
            shown_version(),
            expires_on=form.expires_on.data,
            supplier=form.supplier.data or "",
            reason=form.reason.data,
        ),
    )
    if outcome.saved:
        return redirect(url_for("inventory.lot", lot_id=lot_id))
    row = _lot(lot_id)
    page = render_template("inventory/change_lot.html", form=form, lot=row, version=outcome.version(row.edit_version))
    return page, outcome.status


@blueprint.route("/stock/lots/<lot_id>/recall", methods=["GET", "POST"])
@permission(Permission.STOCK_WRITE)
def recall_lot(lot_id: str) -> Page:
    """Mark a lot as recalled."""
    form = RecallForm()
    outcome = attempt(form, lambda uow: lots.recall(uow, lot_id, shown_version(), form.reason.data))
    if outcome.saved:
        flash("The lot is marked as recalled. Put its vials aside; everybody who had it is listed below.", "warn")
        return redirect(url_for("inventory.lot", lot_id=lot_id))
    row = _lot(lot_id)
    page = render_template("inventory/recall_lot.html", form=form, lot=row, version=outcome.version(row.edit_version))
    return page, outcome.status


@blueprint.route("/stock/lots/<lot_id>/open", methods=["GET", "POST"])
@permission(Permission.STOCK_WRITE)
def open_vial(lot_id: str) -> Page:
    """Open a vial: what it comes to is shown before it can be saved."""
    row = _lot(lot_id)
    item = product(row.product)
    form = VialForm(mixed_by=current_actor().name)
    form.fit(item)
    mixture = _mixture(form, item) if form.is_submitted() else None
    if mixture and form.checked.data == form.fingerprint():
        outcome = attempt(form, lambda uow: _open(uow, lot_id, form))
        if outcome.saved:
            flash(f"The vial is open. Write {_vial(outcome.id).label} on it.")
            return redirect(url_for("inventory.vial", vial_id=outcome.id))
    form.checked.data = form.fingerprint() if mixture else ""
    page = render_template("inventory/open_vial.html", form=form, lot=row, item=item, mixture=mixture)
    return page, 422 if form.errors else 200


def _mixture(form: VialForm, item: Product) -> product_query.Mixture | None:
    """Check the form and what it comes to; fill in the time and the use-by that go with it."""
    if not form.validate():
        return None
    now, zone, shown_time = _now(), _zone(), (form.checked.data or "").rpartition("|")[2]
    mixed_at = form.mixed_at.moment(now.astimezone(zone).date(), zone) or now.replace(second=0, microsecond=0)
    form.mixed_at.data = f"{mixed_at.astimezone(zone):%H:%M}"
    # A use-by shown for another time of mixing is offered anew.
    chosen = form.use_by.moment(zone) if shown_time == form.mixed_at.data else None
    try:
        inventory.check_mixing_time(mixed_at, now, zone)
        keeps = inventory.checked_use_by(item, mixed_at, chosen)
        mixture = product_query.mixture(item, Decimal(form.labelled_units.data), form.diluent.microlitres or 0, keeps)
    except Invalid as error:
        form.refuse(error)
        return None
    form.use_by.data = f"{keeps.at.astimezone(zone):%Y-%m-%dT%H:%M}"
    return mixture


def _open(uow: UnitOfWork, lot_id: str, form: VialForm) -> str:
    mixed_at = form.mixed_at.moment(uow.now.astimezone(_zone()).date(), _zone())
    return inventory.open_vial(
        uow,
        lot_id,
        labelled_units=Decimal(form.labelled_units.data),
        diluent=form.diluent_name,
        microlitres=form.diluent.microlitres or 0,
        mixed_at=mixed_at or uow.now,
        mixed_by=form.mixed_by.data,
        use_by=form.use_by.moment(_zone()),
    )


@blueprint.get("/stock/vials/<vial_id>")
@permission(Permission.STOCK_READ)
def vial(vial_id: str) -> Page:
    """A vial and its ledger."""
    with reading() as uow:
        row, ledger = query.vial(uow, vial_id), ledgers.vial_ledger(uow, vial_id)
        uow.record(_viewed(f"vial:{vial_id}", {line.patient.id for line in ledger.lines if line.patient}))
    return render_template("inventory/vial.html", vial=row, ledger=ledger, may_write=_may_write())


@blueprint.route("/stock/vials/<vial_id>/waste", methods=["GET", "POST"])
@permission(Permission.STOCK_WRITE)
def waste(vial_id: str) -> Page:
    """Record units that nobody was given."""
    form = WasteForm()
    return _movement(vial_id, form, "waste", lambda uow: inventory.waste(uow, vial_id, _units(form), form.reason.data))


@blueprint.route("/stock/vials/<vial_id>/adjust", methods=["GET", "POST"])
@permission(Permission.STOCK_WRITE)
def adjust(vial_id: str) -> Page:
    """Correct what a vial holds."""
    form = AdjustForm()

    def save(uow: UnitOfWork) -> None:
        sign = 1 if form.direction.data == "more" else -1
        inventory.adjust(uow, vial_id, sign * _units(form), form.reason.data)

    return _movement(vial_id, form, "adjust", save)


@blueprint.route("/stock/vials/<vial_id>/discard", methods=["GET", "POST"])
@permission(Permission.STOCK_WRITE)
def discard(vial_id: str) -> Page:
    """Discard a vial and what is left in it."""
    form = DiscardForm()
    return _movement(vial_id, form, "discard", lambda uow: inventory.discard(uow, vial_id, form.reason.data))


def _viewed(subject: str, patient_ids: set[str]) -> Event:
    """A read of the stock that showed these patients; the audit page finds them by it."""
    shown = {"patients": " ".join(sorted(patient_ids))} if patient_ids else {}
    return Event(Action.STOCK_VIEWED, subject, new=shown)


def _movement(vial_id: str, form: StrictForm, kind: str, save: Callable[[UnitOfWork], None]) -> Page:
    outcome = attempt(form, save)
    if outcome.saved:
        return redirect(url_for("inventory.vial", vial_id=vial_id))
    return render_template(f"inventory/{kind}.html", form=form, vial=_vial(vial_id)), outcome.status


def _units(form: WasteForm | AdjustForm) -> Decimal:
    return form.units.units or Decimal(0)


def _lot(lot_id: str) -> query.LotRow:
    with reading() as uow:
        row = query.lot(uow, lot_id)
        uow.record(Event(Action.STOCK_VIEWED, f"lot:{lot_id}"))
    return row


def _vial(vial_id: str) -> query.VialRow:
    with reading() as uow:
        row = query.vial(uow, vial_id)
        uow.record(Event(Action.STOCK_VIEWED, f"vial:{vial_id}"))
    return row


def _may_write() -> bool:
    return current_actor().role in ROLES[Permission.STOCK_WRITE]


def _zone() -> ZoneInfo:
    return ZoneInfo(g.time_zone)


def _now() -> datetime:
    return work().clock()
